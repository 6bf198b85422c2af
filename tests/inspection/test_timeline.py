"""What ran where and when."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_hp import RandomSearchCV
from sklearn_hp.inspection import TimelineDisplay, findings
from sklearn_hp.inspection._data import Fits, read_search
from tests.inspection import _searches as fitted


def _fits(started, seconds, worker, **options):
    n = len(started)
    return Fits(
        candidate=np.arange(n),
        split=np.zeros(n, int),
        worker=np.array(worker),
        started=np.array(started, float),
        seconds=np.array(seconds, float),
        failure=np.full(n, ""),
        **options,
    )


def _search_with(fits):
    table = {
        "params": [{"a": i} for i in range(len(fits.started))],
        "mean_test_score": [0.5] * len(fits.started),
    }
    return replace(read_search(table), fits=fits)


@pytest.mark.parametrize(
    "name", ["grid", "random", "bayes", "with_failures", "study", "optuna_search"]
)
def test_any_search_that_keeps_starts_can_be_drawn(name):
    display = TimelineDisplay.from_search(getattr(fitted, name)())
    display.figure_.canvas.draw()
    assert display.span > 0 and (0 <= display.idle).all()


@pytest.mark.slow
def test_two_workers():
    search = RandomSearchCV(
        fitted.TREE, fitted.SPACE, n_iter=6, cv=2, n_jobs=2, random_state=0
    ).fit(fitted.X, fitted.y)
    display = TimelineDisplay.from_search(search)
    assert display.workers.tolist() == [0, 1]
    assert len(display.kinds) == 12
    assert display.ax_.get_ylabel() == "worker"


def test_idle_is_the_share_of_the_whole_time():
    fits = _fits([0, 0, 2, 5], [2, 5, 1, 5], [0, 1, 0, 1])
    display = TimelineDisplay.from_search(_search_with(fits))
    assert display.span == 10
    np.testing.assert_allclose(display.idle, [0.7, 0.0])
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["0\n70% idle", "1\n0% idle"]


def test_a_night_between_two_runs_is_left_out():
    night = 8 * 3600
    fits = _fits([0, 10, night + 20, night + 30], [10, 10, 10, 10], [0] * 4)
    display = TimelineDisplay.from_search(_search_with(fits))
    assert display.fits.started.tolist() == [0, 10, 20, 30]
    assert [(one.at, one.seconds) for one in display.pauses] == [(20, night)]
    assert display.idle.tolist() == [0.0]
    assert display.ax_.texts[0].get_text() == " paused for 8.0 h"


def test_workers_are_not_said_to_idle_while_the_search_is_interrupted():
    night = 8 * 3600
    fits = _fits([0, 0, night + 10, night + 10], [10] * 4, [0, 1, 0, 1])
    kinds = [finding.kind for finding in findings(_search_with(fits))]
    assert "idle workers" not in kinds
    fits = _fits([0, 0, 25, 25], [10] * 4, [0, 1, 0, 1])
    kinds = [finding.kind for finding in findings(_search_with(fits))]
    assert "idle workers" in kinds


def test_two_nights_and_fits_side_by_side():
    fits = _fits(
        [0, 1, 1000, 3000, 3001, np.nan], [5, 2, 5, 5, 5, 1], [0, 1, 0, 1, 0, 1]
    )
    display = TimelineDisplay.from_search(_search_with(fits))
    assert display.fits.started.tolist()[:5] == [0, 1, 5, 10, 11]
    assert [(one.at, one.seconds) for one in display.pauses] == [(5, 995), (10, 1995)]
    assert np.isnan(display.fits.started[5])


def test_gaps_of_a_running_search_are_not_left_out():
    fits = _fits([0, 3, 15], [1, 1, 1], [0] * 3)
    display = TimelineDisplay.from_search(_search_with(fits))
    assert display.pauses != []  # 11 s without a fit, and 3 s of fits
    fits = _fits([0, 3, 12], [1, 1, 1], [0] * 3)
    display = TimelineDisplay.from_search(_search_with(fits))
    assert display.pauses == [] and display.span == 13


def test_kinds_of_fits():
    search = fitted.with_failures()
    display = TimelineDisplay.from_search(search)
    assert (display.kinds == "failed").sum() == len(search.failures_)
    winner = display.fits.candidate[display.kinds == "winner"]
    assert set(winner) == {search.best_index_} and len(winner) == 3
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "failed" in legend and "dropped" not in legend
    display = TimelineDisplay.from_search(fitted.study())
    assert (display.kinds == "dropped").any()
    assert display.ax_.get_ylabel() == "concurrent fits"


def test_time_is_in_units_that_people_read():
    fits = _fits([0], [3 * 3600], [0])
    assert TimelineDisplay.from_search(_search_with(fits)).ax_.get_xlabel() == (
        "time (hours)"
    )
    fits = _fits([0], [0.5], [0])
    assert TimelineDisplay.from_search(_search_with(fits)).ax_.get_xlabel() == (
        "time (seconds)"
    )


def test_many_fits_and_workers():
    rng = np.random.default_rng(0)
    worker = np.arange(3000) % 60
    fits = _fits(np.arange(3000) // 60, rng.uniform(0.5, 1, 3000), worker)
    display = TimelineDisplay.from_search(_search_with(fits))
    display.figure_.canvas.draw()
    assert len(display.workers) == 60


def test_refused():
    message = "needs to know when each fit began, which the GridSearchCV does not tell"
    with pytest.raises(ValueError, match=message):
        TimelineDisplay.from_search(fitted.sklearn_grid())
    with pytest.raises(ValueError, match="needs to know when each fit began"):
        TimelineDisplay.from_search(_search_with(_fits([np.nan], [1.0], [0])))
