"""What all pictures have in common."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from sklearn_hp import inspection
from sklearn_hp.inspection._data import Metric
from sklearn_hp.inspection._plotting import score_limits, score_map, time_unit
from sklearn_hp.space import log_randint

DISPLAYS = [name for name in inspection.__all__ if name.endswith("Display")]
DISPLAYS.remove("TimelineDisplay")  # which has no text of the user
N = 6  # candidates, so that there is a model
# What the formulas of matplotlib would choke on.
ODD = {
    "params": [{"$x^$": "$^$", "b": i} for i in range(N - 1)]
    + [{"$x^$": "y_$_$", "b": N}],
    "mean_test_$^$": np.linspace(0.5, 0.6, N),
    "split0_test_$^$": np.linspace(0.4, 0.6, N),
    "split1_test_$^$": np.linspace(0.6, 0.6, N),
    "mean_fit_time": np.linspace(1.0, 2.0, N),
    "n_resources": np.ones(N, int),
}


class Odd(BaseEstimator):
    """An estimator with the parameters of the first candidate."""

    def get_params(self, deep=True):
        return ODD["params"][0]


@pytest.mark.parametrize("name", DISPLAYS)
def test_texts_are_no_formulas(name):
    search = SimpleNamespace(cv_results_=ODD, estimator=Odd())
    own = ["$x^$"] if name == "ParameterSliceDisplay" else []
    display = getattr(inspection, name).from_search(search, *own)
    display.figure_.canvas.draw()


@pytest.mark.parametrize(
    "seconds, unit",
    [(0, "seconds"), (119, "seconds"), (120, "minutes"), (7200, "hours")],
)
def test_time_unit(seconds, unit):
    assert time_unit(seconds)[0] == unit


def test_scales_of_colors_tell_good_scores_apart():
    shown = np.array([*np.linspace(0.8, 0.9, 30), -100.0, np.nan])
    low, high = score_limits(shown, 1.0)
    assert 0.79 < low < 0.82 and high == 0.9
    assert score_limits(-shown, -1.0) == (-high, -low)
    assert score_limits(np.array([np.nan]), 1.0) == (0.0, 1.0)
    low, high = score_limits(np.array([2.0, 2.0]), 1.0)
    assert low < 2 < high


def test_better_is_darker():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    for metric, best in ((Metric("a", "a"), 1.0), (Metric("b", "b", -1.0), 0.0)):
        colors = pyplot.get_cmap(score_map(metric))
        assert sum(colors(best)[:3]) < sum(colors(1 - best)[:3])


def test_whole_numbers_of_a_logarithmic_axis_are_written_as_such():
    results = {
        "params": [{"n": n} for n in (2, 3, 8, 20, 64)],
        "mean_test_score": np.arange(5.0),
    }
    search = SimpleNamespace(
        cv_results_=results, param_distributions={"n": log_randint(2, 64)}
    )
    display = inspection.ParameterSliceDisplay.from_search(search, "n")
    display.figure_.canvas.draw()
    shown = {label.get_text() for label in display.ax_.get_xticklabels()}
    assert {"2", "5", "10", "20", "50"} <= shown
    assert not any(
        label.get_text() for label in display.ax_.get_xticklabels(minor=True)
    )
