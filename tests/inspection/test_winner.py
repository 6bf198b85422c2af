"""Whom the winner beats."""

import numpy as np
import pytest
from scipy import stats
from sklearn.model_selection import RepeatedKFold, ShuffleSplit, StratifiedShuffleSplit

from sklearn_hp import GridSearchCV
from sklearn_hp.inspection import WinnerDisplay, paired_differences
from tests.inspection import _searches as fitted

TABLE = {
    "params": [{"a": 1}, {"a": 2}, {"a": 3, "b": "x"}],
    "mean_test_score": [0.8, 0.7, 0.6],
    "split0_test_score": [0.9, 0.7, 0.7],
    "split1_test_score": [0.8, 0.8, 0.5],
    "split2_test_score": [0.7, 0.6, 0.6],
}


@pytest.mark.parametrize(
    "name",
    ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "study",
     "sklearn_grid", "with_failures"],
)  # fmt: skip
def test_any_search_can_be_drawn(name):
    display = WinnerDisplay.from_search(getattr(fitted, name)())
    display.figure_.canvas.draw()
    assert len(display.labels) == len(display.differences["candidate"]) > 0


def test_the_interval_is_that_of_nadeau_and_bengio():
    found = paired_differences(TABLE, test_train_ratio=0.5)
    d = np.array([0.2, 0.0, 0.1])
    half = stats.t.ppf(0.975, 2) * np.sqrt((1 / 3 + 0.5) * d.var(ddof=1))
    np.testing.assert_allclose(found["difference"], [0.1, 0.2])
    np.testing.assert_allclose(found["low"][0], 0.1 - half)
    np.testing.assert_allclose(found["high"][0], 0.1 + half)
    assert found["n_splits"].tolist() == [3, 3]
    assert found["params"] == [{"a": 2}, {"a": 3, "b": "x"}]


def test_differences_are_those_of_the_search():
    search = fitted.random()
    found = paired_differences(search)
    means = search.cv_results_["mean_test_score"]
    assert search.best_index_ not in found["candidate"] and len(means) == 40
    expected = search.best_score_ - means[found["candidate"]]
    np.testing.assert_allclose(found["difference"], expected, atol=1e-15)
    assert (np.diff(found["difference"]) >= 0).all()


@pytest.mark.parametrize(
    "cv, ratio",
    [
        (5, 1 / 4),
        (RepeatedKFold(n_splits=4, n_repeats=2, random_state=0), 1 / 3),
        (ShuffleSplit(3, test_size=0.2, random_state=0), 1 / 4),
        (ShuffleSplit(3, random_state=0), 1 / 9),
        (StratifiedShuffleSplit(3, train_size=0.4, random_state=0), 3 / 2),
        (ShuffleSplit(3, test_size=0.2, train_size=0.4, random_state=0), 1 / 2),
        (ShuffleSplit(3, test_size=30, train_size=90, random_state=0), 1 / 3),
        (ShuffleSplit(3, test_size=60, random_state=0), 1 / 2),  # rows are not known
    ],
)
def test_the_ratio_is_that_of_the_splits(cv, ratio):
    search = GridSearchCV(fitted.TREE, {"max_depth": [1, 3]}, cv=cv)
    search.fit(fitted.X, fitted.y)
    found = paired_differences(search)
    given = paired_differences(search, test_train_ratio=ratio)
    assert found["low"] == pytest.approx(given["low"])
    assert found["low"] < paired_differences(search, test_train_ratio=0)["low"]


def test_a_loss_is_better_when_it_is_smaller():
    search = fitted.bayes()
    display = WinnerDisplay.from_search(search, metric="neg_log_loss")
    means = search.cv_results_["mean_test_neg_log_loss"]
    found = display.differences
    expected = means[search.best_index_] - means[found["candidate"]]
    complete = np.isfinite(expected)
    np.testing.assert_allclose(found["difference"][complete], expected[complete])
    assert "log loss is" in display.ax_.get_title(loc="left")
    assert display.ax_.get_xlabel() == "winner better by (log loss)"
    assert display.score == means[search.best_index_]


def test_a_dropped_candidate_is_compared_on_the_splits_it_has():
    table = {
        **TABLE,
        "mean_test_score": [0.8, 0.75, 0.6],
        "split2_test_score": [0.7, np.nan, 0.6],
        "n_splits_run": [3, 2, 3],
    }
    found = paired_differences(table)
    np.testing.assert_allclose(found["difference"], [0.1, 0.2])
    assert found["n_splits"].tolist() == [2, 3]
    # it is not among the runners-up: few splits are often lucky
    assert paired_differences(table, n_candidates=1)["candidate"].tolist() == [2]


def test_the_untuned_candidate_is_always_there():
    search = fitted.bayes()
    found = paired_differences(search, n_candidates=1)
    assert found["is_untuned"].sum() == 1 and len(found["candidate"]) == 2
    assert "untuned" in WinnerDisplay.from_search(search).ax_.get_legend(
    ).get_texts()[-1].get_text()  # fmt: skip


def test_only_candidates_with_as_much_of_the_resource_are_compared():
    search = fitted.halving()
    found = paired_differences(search)
    last = search.cv_results_["iter"] == search.n_iterations_ - 1
    assert len(found["candidate"]) == last.sum() - 1


def test_without_splits_there_is_no_interval():
    table = {name: TABLE[name] for name in ("params", "mean_test_score")}
    found = paired_differences(table)
    np.testing.assert_allclose(found["difference"], [0.1, 0.2])
    assert np.isnan(found["low"]).all() and found["n_splits"].tolist() == [0, 0]
    legend = WinnerDisplay.from_search(table).ax_.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["noise not known"]


def test_labels_say_what_differs_from_the_winner():
    table = {
        "params": [
            {"svc__kernel": "rbf", "gamma": 0.123456},
            {"svc__kernel": "rbf", "gamma": 1 / 3},
            {"svc__kernel": "linear"},
            {"svc__kernel": "rbf"},
            {"svc__kernel": "rbf", "gamma": 0.123456},
            {"svc__kernel": "x" * 100},
        ],
        "mean_test_score": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4],
    }
    labels = WinnerDisplay.from_search(table).labels
    assert labels[:4] == [
        "1: gamma=0.333",
        "2: svc.kernel=linear",
        "3: without gamma",
        "4: the same parameters",
    ]
    assert len(labels[4]) == 42


def test_a_long_label_has_the_value():
    name = "preprocessor__numeric__imputer__strategy"
    table = {
        "params": [{name: "mean"}, {name: "median"}],
        "mean_test_score": [0.9, 0.8],
    }
    assert WinnerDisplay.from_search(table).labels == ["1: …mputer.strategy=median"]


def test_one_candidate_alone():
    found = paired_differences({"params": [{"a": 1}], "mean_test_score": [0.5]})
    assert {len(column) for column in found.values()} == {0}
    table = {"params": [{"a": 1}], "mean_test_score": [0.5]}
    WinnerDisplay.from_search(table).figure_.canvas.draw()


def test_the_corrected_score_is_shown():
    grid = {"max_depth": [1, 2, 4]}
    search = GridSearchCV(fitted.TREE, grid, cv=3, keep_predictions=True)
    display = WinnerDisplay.from_search(search.fit(fitted.X, fitted.y))
    assert display.corrected_score is search.corrected_score_
    expected = f"expect {search.corrected_score_.estimate:.4g} on new rows"
    assert expected in display.ax_.get_title(loc="left")


def test_refused():
    with pytest.raises(ValueError, match="no candidate has a score"):
        paired_differences(fitted.all_failed())
    with pytest.raises(ValueError, match="n_candidates must be at least 1"):
        paired_differences(TABLE, n_candidates=0)
    with pytest.raises(ValueError, match="test_train_ratio must be at least 0"):
        WinnerDisplay.from_search(TABLE, test_train_ratio=-1)
