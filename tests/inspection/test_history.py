"""How the best score grew."""

from itertools import permutations

import numpy as np
import pytest

from sklearn_hp.inspection import SearchHistoryDisplay
from sklearn_hp.inspection._history import expected_best
from tests.inspection import _searches as fitted


@pytest.mark.parametrize(
    "name",
    ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "study",
     "sklearn_grid", "with_failures", "all_failed"],
)  # fmt: skip
def test_any_search_can_be_drawn(name):
    search = getattr(fitted, name)()
    for x in ("candidates", "seconds"):
        display = SearchHistoryDisplay.from_search(search, x=x)
        display.figure_.canvas.draw()
        assert display.ax_.get_ylabel()


def test_the_best_so_far():
    search = fitted.grid()
    curve = SearchHistoryDisplay.from_search(search).curves[0]
    scores = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(curve["best"], np.maximum.accumulate(scores))
    assert curve["x"].tolist() == list(range(1, 13))
    assert curve["expected"] is None  # not random


def test_a_dropped_candidate_is_never_the_best():
    table = {
        "params": [{"a": 1}, {"a": 2}],
        "mean_test_score": [0.5, 0.9],
        "split0_test_score": [0.5, 0.9],
        "split1_test_score": [0.5, np.nan],
        "n_splits_run": [2, 1],
    }
    curve = SearchHistoryDisplay.from_search(table).curves[0]
    assert curve["best"].tolist() == [0.5, 0.5]


def test_of_halving_only_the_last_rung_counts():
    search = fitted.halving()
    curve = SearchHistoryDisplay.from_search(search).curves[0]
    rung = search.cv_results_["n_resources"]
    assert np.isnan(curve["best"][rung < rung.max()]).all()
    assert curve["best"][-1] == search.best_score_


def test_a_loss_is_drawn_as_a_loss():
    display = SearchHistoryDisplay.from_search(fitted.bayes(), metric="neg_log_loss")
    assert display.ax_.get_ylabel() == "log loss (lower is better)"
    drawn = display.ax_.lines[-1].get_ydata()
    assert np.nanmin(drawn) > 0 and drawn[-1] <= np.nanmin(drawn)


def test_several_searches_by_name():
    display = SearchHistoryDisplay.from_search(
        {"all": fitted.grid(), "some": fitted.random()}, x="seconds"
    )
    labels = display.ax_.get_legend_handles_labels()[1]
    assert labels == ["all", "some"]
    display = SearchHistoryDisplay.from_search([fitted.grid(), fitted.grid()])
    assert [curve["name"] for curve in display.curves] == [
        "GridSearchCV 1",
        "GridSearchCV 2",
    ]


@pytest.mark.parametrize("scores", [[3.0, 1.0, 2.0, 2.0], [0.5, np.nan, 0.1]])
def test_expected_best_is_that_over_all_orders(scores):
    orders = np.array(list(permutations(scores)))
    best = np.fmax.accumulate(orders, axis=1)
    n_failed = np.isnan(scores).sum()
    expected = expected_best(np.array(scores))
    assert np.isnan(expected[:n_failed]).all()
    np.testing.assert_allclose(expected[n_failed:], best.mean(axis=0)[n_failed:])


def test_expected_best_of_many_candidates():
    scores = np.random.default_rng(0).normal(size=2000)
    expected = expected_best(scores)
    np.testing.assert_allclose(expected[0], scores.mean())
    np.testing.assert_allclose(expected[-1], scores.max())
    assert (np.diff(expected) >= 0).all()


def test_it_is_drawn_for_random_search():
    for search in (fitted.random(), fitted.sklearn_random()):
        display = SearchHistoryDisplay.from_search(search)
        assert np.isfinite(display.curves[0]["expected"]).all()
        assert len(display.ax_.lines) == 2


def test_axes_of_the_user_are_used(pyplot):
    _, ax = pyplot.subplots()
    display = SearchHistoryDisplay.from_search(fitted.grid(), ax=ax)
    assert display.ax_ is ax and display.figure_ is ax.figure
    with pytest.raises(ValueError, match="x must be 'candidates' or 'seconds', got"):
        SearchHistoryDisplay.from_search(fitted.grid(), x="hours")
