"""Score against what it costs."""

import numpy as np
import pytest

from sklearn_hp.inspection import ParetoDisplay
from tests.inspection import _searches as fitted

TABLE = {
    "params": [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}, {"a": 5}],
    "mean_test_score": [0.5, 0.9, 0.8, 0.9, np.nan],
    "mean_test_neg_mae": [-1.0, -5.0, -3.0, -2.0, -9.0],
    "mean_fit_time": [1.0, 4.0, 2.0, 3.0, 0.1],
    "mean_score_time": [0.2, 0.1, 0.1, 0.3, 0.1],
    "mean_n_leaves": [5.0, 4.0, 3.0, 2.0, 1.0],
}


@pytest.mark.parametrize(
    "name",
    ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "study",
     "sklearn_grid", "with_failures"],
)  # fmt: skip
def test_any_search_can_be_drawn(name):
    display = ParetoDisplay.from_search(getattr(fitted, name)())
    display.figure_.canvas.draw()
    # the winner itself, or one as good and faster
    assert display.scores[display.front[-1]] == display.scores[display.best]


def test_none_on_the_front_is_beaten_in_both():
    search = fitted.random()
    display = ParetoDisplay.from_search(search)
    cost = search.cv_results_["mean_fit_time"]
    scores = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(display.x_values, cost)

    def is_beaten(row):
        no_worse = (cost <= cost[row]) & (scores >= scores[row])
        return (no_worse & ((cost < cost[row]) | (scores > scores[row]))).any()

    efficient = [row for row in range(len(cost)) if not is_beaten(row)]
    assert sorted(display.front) == efficient
    assert (np.diff(cost[display.front]) > 0).all()


def test_the_front_by_time():
    display = ParetoDisplay.from_search(TABLE)
    assert display.front.tolist() == [0, 2, 3]  # 1 is as good as 3, and slower
    assert display.ax_.get_xlabel() == "fit time of a split (seconds)"
    display = ParetoDisplay.from_search(TABLE, x="score_time")
    assert display.front.tolist() == [1]


@pytest.mark.parametrize(
    "x, label, front",
    [
        ("n_leaves", "n leaves", [3]),
        ("mean_n_leaves", "n leaves", [3]),
        ("a", "a", [0, 1]),
        ("param_a", "a", [0, 1]),
        ("neg_mae", "mae (lower is better)", [0, 3]),
    ],
)
def test_any_column_of_numbers(x, label, front):
    display = ParetoDisplay.from_search(TABLE, x=x)
    assert display.front.tolist() == front
    assert display.ax_.get_xlabel() == label
    assert display.x_values[0] > 0  # a loss is shown as a loss


def test_the_largest_can_be_preferred():
    display = ParetoDisplay.from_search(TABLE, x="a", prefer="largest")
    assert display.front.tolist() == [3]
    display = ParetoDisplay.from_search(TABLE, x="neg_mae", prefer="largest")
    assert display.front.tolist() == [1]


def test_two_losses():
    display = ParetoDisplay.from_search(fitted.bayes(), metric="neg_log_loss")
    assert display.ax_.get_ylabel() == "log loss (lower is better)"
    scores = fitted.bayes().cv_results_["mean_test_neg_log_loss"]
    assert scores[display.front[-1]] == np.nanmax(scores[display.states == "complete"])


def test_candidates_that_are_dropped_or_got_less_do_not_count():
    table = {**TABLE, "n_splits_run": [2, 2, 2, 1, 2]}
    table |= {f"split{i}_test_score": [0.5, 0.9, 0.8, 0.9, np.nan] for i in range(2)}
    table["split1_test_score"] = [0.5, 0.9, 0.8, np.nan, np.nan]
    assert ParetoDisplay.from_search(table).front.tolist() == [0, 2, 1]
    search = fitted.halving()
    display = ParetoDisplay.from_search(search)
    n_resources = search.cv_results_["n_resources"]
    assert (n_resources[display.front] == n_resources.max()).all()


def test_times_that_span_much_are_on_a_logarithmic_scale():
    n = 12
    table = {
        "params": [{"a": i} for i in range(n)],
        "mean_test_score": np.linspace(0, 1, n),
        "mean_fit_time": np.geomspace(0.1, 30000, n),
    }
    ax = ParetoDisplay.from_search(table).ax_
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "fit time of a split (hours)"


def test_refused():
    with pytest.raises(ValueError, match="x='memory' is no column of numbers of this"):
        ParetoDisplay.from_search(TABLE, x="memory")
    with pytest.raises(ValueError, match="It has 'fit_time', 'score_time', 'score'"):
        ParetoDisplay.from_search(fitted.random(), x="criterion")
    with pytest.raises(ValueError, match="prefer must be 'smallest', 'largest' or"):
        ParetoDisplay.from_search(TABLE, prefer="low")
    with pytest.raises(ValueError, match="No candidate has both a score and a value"):
        ParetoDisplay.from_search(fitted.all_failed())
