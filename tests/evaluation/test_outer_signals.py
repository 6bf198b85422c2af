"""A signal from outside ends a search with one worker, too; a fit's own does not."""

import os
import signal
import sys
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning

from sklearn_hp import GridSearchCV
from tests.evaluation import workers  # noqa: F401 - registers "pooled loky"
from tests.faults import Faulty

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends itself signals")
X, y = make_classification(n_samples=40, random_state=0)


class Stop(Exception):
    """What a handler of the user raises."""


def exits(number, frame):
    sys.exit(143)


class Exits:
    def __call__(self, number, frame):
        sys.exit(143)


def stops(number, frame):
    raise Stop("the time is up")


@pytest.fixture
def handle():
    """Set handlers of signals, for one test."""
    before = {}

    def set_handler(number, handler):
        before[number] = signal.signal(number, handler)

    yield set_handler
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in before.items():
        signal.signal(number, handler)


def wait_for_signal(then=lambda: None):
    """Run until a handler raises; a signal is handled between two instructions."""
    for _ in range(10_000):
        threading.Event().wait(0.001)
    then()


class Receives(Faulty):
    """At quality 0.3 the process receives a signal, or waits for one."""

    def __init__(self, quality=0.5, number=None, swallows=False):
        super().__init__(quality)
        self.number = number
        self.swallows = swallows

    def fit(self, X, y):
        if self.quality == 0.3:
            try:
                if self.number is not None:
                    os.kill(os.getpid(), self.number)
                wait_for_signal()
            except BaseException:
                if not self.swallows:
                    raise
        return super().fit(X, y)


def search_for(estimator, **kwargs):
    return GridSearchCV(estimator, {"quality": [0.1, 0.2, 0.3, 0.4]}, cv=2, **kwargs)


@pytest.mark.parametrize("swallows", [False, True])
@pytest.mark.parametrize(
    "handler, error", [(exits, SystemExit), (stops, Stop), (Exits(), SystemExit)]
)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT"])
def test_a_signal_from_outside_ends_the_search(name, handler, error, swallows, handle):
    number = getattr(signal, name)
    handle(number, handler)
    search = search_for(Receives(number=number, swallows=swallows))
    with pytest.raises(error):
        search.fit(X, y)
    assert signal.getsignal(number) is handler
    assert search.stop_reason_ == f"{error.__name__} after 4 fits"
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], [0.1, 0.2])
    assert search.failures_ == []


def test_a_time_limit_from_outside_ends_the_search(handle):
    handle(signal.SIGALRM, stops)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    search = search_for(Receives())
    with pytest.raises(Stop, match="the time is up"):
        search.fit(X, y)
    assert search.stop_reason_ == "Stop after 4 fits"


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend", ["loky", "threading", "multiprocessing", "pooled loky"]
)
def test_a_time_limit_from_outside_ends_the_search_of_any_workers(backend, handle):
    handle(signal.SIGALRM, stops)
    signal.setitimer(signal.ITIMER_REAL, 2.0)
    search = search_for(Sleeps(), n_jobs=2)
    with joblib.parallel_config(backend=backend), pytest.raises(Stop, match="the time"):
        search.fit(X, y)
    assert search.stop_reason_.startswith("Stop after ")


class Sleeps(Faulty):
    def fit(self, X, y):
        time.sleep(3)
        return super().fit(X, y)


class LimitsItself(Faulty):
    """Sets its own alarm, for which a handler is there already, and waits for it."""

    def fit(self, X, y):
        if self.quality == 0.3:
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            wait_for_signal()
        return super().fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_a_time_limit_of_a_fit_is_its_failure(n_jobs, handle):
    class InWorker(LimitsItself):
        def fit(self, X, y):
            if n_jobs > 1:
                signal.signal(signal.SIGALRM, stops)
            return super().fit(X, y)

    handle(signal.SIGALRM, stops)
    search = search_for(InWorker(), n_jobs=n_jobs)
    with pytest.warns(FitFailedWarning, match=r"(?s)2 fits failed.*the time is up"):
        search.fit(X, y)
    assert {failure["candidate"] for failure in search.failures_} == {2}


def test_a_handler_that_a_fit_sets_stays(handle):
    class Sets(Faulty):
        def fit(self, X, y):
            signal.signal(signal.SIGUSR1, stops)
            return super().fit(X, y)

    handle(signal.SIGUSR1, exits)
    search_for(Sets()).fit(X, y)
    assert signal.getsignal(signal.SIGUSR1) is stops


def test_a_search_in_a_thread_leaves_signals_alone(handle):
    handle(signal.SIGUSR1, exits)
    search = search_for(Faulty())
    thread = threading.Thread(target=search.fit, args=(X, y))
    thread.start()
    thread.join()
    assert search.best_params_ == {"quality": 0.4}
    assert signal.getsignal(signal.SIGUSR1) is exits
