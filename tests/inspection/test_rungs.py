"""Candidates that got more and more of a resource."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from scipy.stats import spearmanr

from sklearn_hp.inspection import RungsDisplay
from sklearn_hp.inspection._data import read_search
from tests.inspection import _searches as fitted


def halving_table(n_first, rungs, bracket, rng):
    """Return rows of one bracket: the better third goes on to the next rung."""
    quality = rng.normal(size=n_first)
    rows, kept = [], np.arange(n_first)
    for amount in rungs:
        scores = quality[kept] + rng.normal(size=len(kept)) / np.sqrt(amount)
        rows += [
            {"params": {"a": bracket * 10**6 + int(i)}, "mean_test_score": float(score),
             "n_resources": amount, "bracket": bracket}
            for i, score in zip(kept, scores, strict=True)
        ]  # fmt: skip
        kept = kept[np.argsort(-scores)[: max(1, len(kept) // 3)]]
    return rows


def hyperband(times=1):
    """Return results with three brackets."""
    rng = np.random.default_rng(0)
    rows = halving_table(27 * times, [1, 3, 9, 27], 2, rng)
    rows += halving_table(12 * times, [3, 9, 27], 1, rng)
    rows += halving_table(6 * times, [9, 27], 0, rng)
    return {name: [row[name] for row in rows] for name in rows[0]}


def epochs():
    """Return a study whose trials report a loss after each epoch."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial):
        rate = trial.suggest_float("rate", 0.01, 1, log=True)
        for epoch in range(30):
            loss = np.exp(-rate * epoch) + rate
            trial.report(loss, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return loss

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=30)
    return study


def test_halving():
    search = fitted.halving()
    display = RungsDisplay.from_search(search)
    display.figure_.canvas.draw()
    results = search.cv_results_
    assert display.rungs.tolist() == search.n_resources_
    n_each = np.isfinite(display.scores).sum(axis=0)
    assert n_each.tolist() == search.n_candidates_
    assert display.survived.sum() == search.n_candidates_[-1]
    assert display.scores[display.best, -1] == search.best_score_
    assert display.ax_.get_xlabel() == "n_samples"
    first = results["mean_test_score"][results["iter"] == 0]
    np.testing.assert_array_equal(np.sort(display.scores[:, 0]), np.sort(first))


def test_agreement_is_spearmans_correlation_of_neighbours():
    display = RungsDisplay.from_search(hyperband())
    both = np.isfinite(display.scores[:, :2]).all(axis=1)
    expected = spearmanr(*display.scores[both, :2].T).statistic
    np.testing.assert_allclose(display.agreement[0], expected)
    assert display.ax_.get_title(loc="left").startswith("Rank correlation of each rung")


def test_too_few_candidates_have_no_agreement():
    table = {
        "params": [{"a": 1}, {"a": 2}, {"a": 3}] * 2,
        "mean_test_score": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        "n_resources": [1, 1, 1, 3, 3, 3],
    }
    display = RungsDisplay.from_search(table)
    assert np.isnan(display.agreement).all()
    assert display.ax_.get_title(loc="left") == ""


def test_survivors_are_those_of_each_bracket():
    display = RungsDisplay.from_search(hyperband())
    n_kept = [display.survived[display.bracket == one].sum() for one in range(3)]
    assert n_kept == [2, 1, 1]
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["dropped (41)", "kept, bracket 0 (2)", "kept, bracket 1 (1)",
                      "kept, bracket 2 (1)", "the winner"]  # fmt: skip
    assert display.ax_.get_xscale() == "log"


def test_a_bracket_may_end_below_another():
    table = {
        "params": [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 1}, {"a": 3}],
        "mean_test_score": [0.1, 0.2, 0.3, 0.4, 0.5],
        "n_resources": [1, 1, 9, 3, 27],
        "bracket": [0, 0, 1, 0, 1],
    }
    display = RungsDisplay.from_search(table)
    assert display.survived.tolist() == [True, False, True]


def test_a_study_that_reports_on_the_way():
    study = epochs()
    display = RungsDisplay.from_search(study)
    display.figure_.canvas.draw()
    assert display.rungs.tolist() == list(range(30))
    complete = [trial.state.name == "COMPLETE" for trial in study.trials]
    assert display.survived.tolist() == complete
    assert 0 < sum(complete) < 30
    best = study.best_trial
    assert display.candidates[display.best] == best.number
    np.testing.assert_allclose(
        display.scores[display.best], [-best.intermediate_values[i] for i in range(30)]
    )
    assert display.ax_.get_ylabel() == "value (lower is better)"


def test_dropped_after_one_of_many_rungs_is_a_dot():
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    for values in ({0: 3.0}, {i: 1.0 / (i + 1) for i in range(30)}):
        is_pruned = len(values) == 1
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState(2 if is_pruned else 1),
                value=values[max(values)],
                intermediate_values=values,
            )
        )
    ax = RungsDisplay.from_search(study).ax_
    drawn = [
        points.get_offsets().tolist()
        for points in ax.collections
        if isinstance(points, PathCollection) and points.get_sizes().any()
    ]
    assert [[0.0, 3.0]] in drawn


def test_dask_ml_hyperband():
    # what its searches leave, by dask_ml/model_selection/_incremental.py
    told = {
        "bracket=1-0": [(1, 0.5), (3, 0.8)],
        "bracket=1-1": [(1, 0.4)],
        "bracket=0-0": [(3, 0.7)],
    }
    search = SimpleNamespace(
        model_history_={
            model: [{"partial_fit_calls": n, "score": score} for n, score in pairs]
            for model, pairs in told.items()
        },
        cv_results_={
            "params": [{"a": 1}, {"a": 2}, {"a": 3}],
            "model_id": list(told),
            "bracket": [1, 1, 0],
            "test_score": [0.8, 0.4, 0.7],
            "partial_fit_calls": [3, 1, 3],
        },
        best_index_=0,
    )
    display = RungsDisplay.from_search(search)
    assert display.rungs.tolist() == [1, 3]
    np.testing.assert_array_equal(
        display.scores, [[0.5, 0.8], [0.4, np.nan], [np.nan, 0.7]]
    )
    assert display.survived.tolist() == [True, False, True] and display.best == 0
    assert display.ax_.get_xlabel() == "partial_fit_calls"


def test_searches_without_a_resource_are_refused():
    message = "more and more of a resource, which the GridSearchCV does not have. Draw"
    with pytest.raises(ValueError, match=message):
        RungsDisplay.from_search(fitted.grid())
    table = {"params": [{"a": 1}], "mean_test_a": [1.0], "mean_test_b": [2.0]}
    told = [(np.array([1.0]), np.array([0.5]))]
    data = replace(read_search(table), reports=told)
    assert RungsDisplay.from_search(data).scores.tolist() == [[0.5]]
    with pytest.raises(ValueError, match="does not have for 'b'"):
        RungsDisplay.from_search(data, metric="b")


def test_nothing_has_a_score():
    table = {
        "params": [{"a": 1}, {"a": 2}],
        "mean_test_score": [np.nan, np.nan],
        "n_resources": [1, 1],
    }
    display = RungsDisplay.from_search(table)
    display.figure_.canvas.draw()
    assert display.best is None
