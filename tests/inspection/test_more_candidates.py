"""Whether more candidates would help; benchmarks/more_candidates.py says how often."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import GridSearchCV
from sklearn_hp.inspection import findings
from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._findings._more import KINDS
from sklearn_hp.inspection._model import fit_model
from tests.inspection import _searches as fitted

HARDLY, HELP = KINDS


def searched(n, score, d, seed=0, at_random=True):
    """Return a search of d numbers that are drawn at random."""
    X = np.random.default_rng(seed).random((n, d))
    params = [{f"x{i}": float(value) for i, value in enumerate(row)} for row in X]
    data = read_search({"params": params, "mean_test_score": score(X)})
    return replace(data, drawn_at_random=at_random)


def bowl(X):
    return -((X - 0.4) ** 2).sum(axis=1)


def slope(X):
    return X.sum(axis=1)


def found(data):
    return [finding for finding in findings(data) if finding.kind in KINDS]


def test_a_space_that_was_searched_through():
    (finding,) = found(searched(60, bowl, 1))
    assert finding.kind == HARDLY and finding.severity == "note"
    assert "The best of 25 more is expected to gain" in finding.evidence


def test_a_space_of_which_little_was_seen():
    (finding,) = found(searched(20, slope, 5, seed=1))
    assert finding.kind == HELP and finding.severity == "advice"
    assert finding.advice == "Search on, with 25 more; BayesSearchCV needs fewer."


def test_a_search_that_learns_from_scores_is_only_told_to_stop():
    (finding,) = found(searched(60, bowl, 1, at_random=False))
    assert finding.kind == HARDLY
    assert "The most promising candidate is expected to gain" in finding.evidence
    assert not found(searched(20, slope, 5, at_random=False))


def test_nothing_is_said_of_few_candidates_grids_and_rungs():
    assert not found(searched(12, slope, 5))
    assert not found(searched(30, bowl, 1))  # random ones may have missed the best
    grid = {"max_depth": [*range(1, 9)], "min_samples_leaf": [1, 5, 20]}
    tree = DecisionTreeClassifier(random_state=0)
    assert not found(GridSearchCV(tree, grid, cv=3).fit(fitted.X, fitted.y))
    assert not found(fitted.halving())
    assert not found(fitted.all_failed())
    assert not found(searched(40, lambda X: np.ones(len(X)), 2))


def test_what_25_random_candidates_gain():
    data = searched(20, slope, 5)
    gain = fit_model(data, data.metrics[0]).expected_gain(25)
    best = data.scores["score"].max()
    new = np.random.default_rng(1).random((4000, 25, 5)).sum(axis=2).max(axis=1)
    assert gain == pytest.approx(np.maximum(new - best, 0).mean(), rel=0.5)


def test_choices_and_conditional_parameters_have_an_improvement():
    for name in ("bayes", "study", "random"):
        data = read_search(getattr(fitted, name)())
        improvement = fit_model(data, data.metrics[0]).expected_improvement()
        scores = data.scores[data.metrics[0].name]
        assert 0 <= improvement < np.nanmax(scores) - np.nanmin(scores)
