"""Any fitted search in one form."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import expon, loguniform, randint
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._data._lanes import lanes
from sklearn_hp.inspection._data._ranges import ranges_of
from sklearn_hp.space import log_randint
from tests.inspection import _searches as fitted


def test_our_grid():
    data = read_search(fitted.grid())
    assert data.kind == "GridSearchCV" and len(data) == 12
    assert data.best == fitted.grid().best_index_
    assert set(data.states) == {"complete"} and data.n_splits == 3
    depth = data.parameter("max_depth")
    assert (depth.low, depth.high, depth.is_integer) == (1, 8, True)
    assert depth.levels is None and depth.is_range_known
    assert data.metrics[0].label == "accuracy"
    assert not data.drawn_at_random
    assert read_search(fitted.random()).drawn_at_random
    assert read_search(data) is data


def test_branches_metrics_races_and_start_points():
    search = fitted.bayes()
    data = read_search(search)
    assert [m.name for m in data.metrics] == ["roc_auc", "neg_log_loss"]
    assert [m.label for m in data.metrics] == ["ROC AUC", "log loss"]
    assert [m.sign for m in data.metrics] == [1, -1]
    np.testing.assert_array_equal(
        data.states == "dropped", search.cv_results_["n_splits_run"] < 3
    )
    alpha = data.parameter("ccp_alpha")
    assert alpha.is_log and (alpha.low, alpha.high) == (1e-5, 1e-1)
    has = ["ccp_alpha" in params for params in search.cv_results_["params"]]
    np.testing.assert_array_equal(alpha.active, has)
    assert data.sources[0] != "" and data.sources[-1] == ""


def test_single_fits_of_ours():
    search = fitted.random()
    fits = read_search(search).fits
    assert len(fits.candidate) == 120
    assert fits.started.min() == 0 and fits.is_worker_known
    assert sorted(zip(fits.candidate, fits.split, strict=True)) == [
        (candidate, split) for candidate in range(40) for split in range(3)
    ]


@pytest.mark.slow
def test_workers_are_numbered():
    search = GridSearchCV(fitted.TREE, {"max_depth": range(1, 9)}, cv=3, n_jobs=2)
    search.fit(fitted.X, fitted.y)
    assert set(search.fits_["worker"]) <= {0, 1}


def test_columns_of_single_fits():
    assert set(fitted.grid().fits_) == {
        "candidate",
        "split",
        "worker",
        "started",
        "fit_time",
        "score_time",
        "failure",
    }


def test_failures():
    data = read_search(fitted.with_failures())
    assert (data.states == "complete").sum() == 2
    assert len(data.failures) == 12 and "Got -5 instead" in data.failures[0]
    assert (data.fits.failure == "exception").sum() == 12
    assert read_search(fitted.sklearn_grid()).states.tolist() == [
        *["complete"] * 3,
        "failed",
    ]


def test_a_search_that_was_cut_off_has_unfinished_candidates():
    table = {
        "params": [{"a": 1}, {"a": 2}],
        "mean_test_score": [1.0, np.nan],
        "split0_test_score": [1.0, 2.0],
        "split1_test_score": [1.0, np.nan],
    }

    search = SimpleNamespace(cv_results_=table, failures_=[])
    assert read_search(search).states.tolist() == ["complete", "unfinished"]


def test_all_failed():
    data = read_search(fitted.all_failed())
    assert set(data.states) == {"failed"} and data.best is None


def test_halving_has_a_row_for_each_rung():
    search = fitted.halving()
    data = read_search(search)
    assert data.resource_name == "n_samples"
    np.testing.assert_array_equal(data.resource, search.cv_results_["n_resources"])
    assert data.best == search.best_index_
    assert len(data) > len(set(data.numbers)) == data.last.sum()
    assert data.last[data.best]


def test_scikit_optimize():
    data = read_search(fitted.skopt())
    leaf = data.parameter("min_samples_leaf")
    assert leaf.is_log and (leaf.low, leaf.high) == (1, 40)
    assert data.parameter("criterion").levels == ("gini", "entropy")
    assert (data.parameter("max_depth").low, data.parameter("max_depth").high) == (
        1,
        20,
    )


def test_optuna_search():
    search = fitted.optuna_search()
    data = read_search(search)
    assert data.best == search.best_index_ and data.n_splits == 3
    np.testing.assert_allclose(
        data.scores["score"], [trial.value for trial in search.trials_]
    )
    assert data.parameter("min_samples_leaf").is_log


def test_optuna_study():
    study = fitted.study()
    data = read_search(study)
    assert data.best == study.best_trial.number
    assert data.metrics[0].sign == -1
    names = {"COMPLETE": "complete", "PRUNED": "dropped", "FAIL": "failed"}
    assert data.states.tolist() == [names[t.state.name] for t in study.trials]
    assert set(data.states) == {"complete", "dropped", "failed"}
    assert data.scores["value"][data.best] == -study.best_value
    assert not data.parameter("b").active.all()
    assert data.drawn_at_random and not data.fits.is_worker_known


def test_checkpoint(tmp_path):
    path = tmp_path / "search.db"
    search = GridSearchCV(fitted.TREE, {"max_depth": [1, 2, 3]}, cv=3, checkpoint=path)
    search.fit(fitted.X, fitted.y)
    data = read_search(path)
    np.testing.assert_allclose(
        data.scores["score"], search.cv_results_["mean_test_score"]
    )
    assert set(data.states) == {"complete"} and len(data.fits.split) == 9
    assert data.parameter("max_depth").is_integer


@pytest.mark.parametrize("make", [pd.DataFrame, dict], ids=["DataFrame", "dict"])
def test_a_table_of_any_origin(make):
    data = read_search(
        make(
            {
                "param_a": [1, 2, 3],
                "param_b": ["x", None, "y"],
                "my_score": [0.1, 0.3, np.nan],
            }
        )
    )
    assert data.candidates == [{"a": 1, "b": "x"}, {"a": 2}, {"a": 3, "b": "y"}]
    assert data.best == 1 and data.states[2] == "failed"
    assert data.metrics[0].label == "my score"


def test_the_untuned_candidate():
    search = GridSearchCV(SVC(), {"C": [0.1, 1.0], "gamma": ["auto", "scale"]}, cv=3)
    data = read_search(search.fit(fitted.X, fitted.y))
    assert data.candidates[data.untuned] == {"C": 1.0, "gamma": "scale"}
    assert read_search(fitted.grid()).untuned is None


@pytest.mark.parametrize(
    ("entry", "low", "high", "is_log"),
    [
        (loguniform(1e-3, 10), 1e-3, 10, True),
        (randint(2, 30), 2, 29, False),
        (log_randint(1, 100), 1, 99, True),
        (expon(), 0, np.inf, False),
        ([1, 10, 100], 1, 100, None),
        ((1e-3, 1.0, "log-uniform"), 1e-3, 1, True),
    ],
)
def test_ranges(entry, low, high, is_log):
    found = ranges_of({"a": entry})["a"]
    assert (found.low, found.high, found.is_log) == (low, high, is_log)


def test_a_list_of_powers_reads_on_a_logarithmic_scale():
    table = {"params": [{"a": 10.0**k} for k in range(-3, 3)], "score": range(6)}
    assert read_search(table).parameter("a").is_log
    table = {"params": [{"a": 10 * k} for k in range(1, 50)], "score": range(49)}
    assert not read_search(table).parameter("a").is_log


def test_numbers_beside_none_are_categories():
    data = read_search({"params": [{"a": None}, {"a": 3}, {"a": 1}], "score": range(3)})
    assert data.parameter("a").levels == ("1", "3", "None")
    assert data.parameter("a").numbers.tolist() == [2, 1, 0]


def test_long_values_stay_apart():
    forests = [
        RandomForestClassifier(max_depth=3, min_samples_leaf=5, n_estimators=n)
        for n in (10, 20)
    ]
    layers = [(9,) * 5 + (n,) + (9,) * 9 for n in (1, 2)]  # differ where text is cut
    values = [*forests, *layers, "None", None, clone(forests[0])]
    params = [{"a": value} for value in values]
    table = {"params": params, "mean_test_score": np.arange(7.0)}
    found = read_search(table).parameter("a")
    assert found.numbers.tolist() == [0, 1, 2, 3, 4, 5, 0]
    assert found.levels == (
        "…n_estimators=10)",
        "…n_estimators=20)",
        "(9, 9, 9, ..., 9) (1)",
        "(9, 9, 9, ..., 9) (2)",
        "None (1)",
        "None (2)",
    )


def test_lanes_do_not_overlap():
    lane = lanes(np.array([0.0, 0.5, 1.0, 1.2]), np.array([1.0, 1.0, 0.1, 1.0]))
    assert lane.tolist() == [0, 1, 0, 0]


def test_what_cannot_be_read():
    with pytest.raises(ValueError, match="The GridSearchCV has no cv_results_: it is"):
        read_search(GridSearchCV(SVC(), {"C": [1]}))
    with pytest.raises(TypeError, match="search must be a fitted search, an Optuna"):
        read_search(3)
    with pytest.raises(ValueError, match=r"no candidates to look at.*there are none"):
        read_search({})
    with pytest.raises(ValueError, match="not clear which column has the scores"):
        read_search({"param_a": [1], "x": [1.0], "z": [2.0]})
    with pytest.raises(ValueError, match="metric='f1' is none of this search, which"):
        read_search(fitted.grid()).metric("f1")
    with pytest.raises(
        ValueError, match=r"which has 'max_depth', 'min_samples_leaf'\. Pass one"
    ):
        read_search(fitted.grid()).parameter("C")


def test_regressors_and_named_scores_have_their_label():
    X, y = fitted.X, fitted.y
    search = GridSearchCV(Ridge(), {"alpha": [1, 2]}, cv=3).fit(X, y)
    assert read_search(search).metrics[0].label == "R²"
    search.set_params(scoring="neg_mean_squared_error").fit(X, y)
    metric = read_search(search).metrics[0]
    assert (metric.label, metric.sign) == ("mean squared error", -1)


def test_a_search_that_is_not_fitted():
    search = BayesSearchCV(SVC(), {"C": loguniform(0.1, 10)}, initial_points=None)
    with pytest.raises(ValueError, match="not fitted"):
        read_search(search)


def test_a_csv_file_is_no_checkpoint(tmp_path):
    path = tmp_path / "results.csv"
    pd.DataFrame(fitted.grid().cv_results_).to_csv(path)
    with pytest.raises(ValueError, match=r"results.csv' is no checkpoint. Read it fir"):
        read_search(path)
    assert len(read_search(pd.read_csv(path))) == 12
