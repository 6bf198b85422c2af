"""Steps of a pipeline, fitted for the initial points, are code of the user."""

import math
import os
import signal
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from joblib import parallel_config
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, suggest_space
from sklearn_hp._experience import MeasurementError
from sklearn_hp._experience._measurement import Preprocessing, describe_features
from sklearn_hp._records import Limits
from sklearn_hp.model_selection._measure import MeasureInWorker

X, y = make_classification(60, random_state=0)
GAMMA = {"svc__gamma": loguniform(1e-4, 10)}


def _write(X):
    X[:] = 0


def _raise(X):
    raise ValueError("first\nsecond")


FAULTS = {
    "raises": lambda X: 1 / 0,
    "raises in two lines": _raise,
    "exits": lambda X: sys.exit("a command-line tool inside"),
    "dies": lambda X: os._exit(17),
    "hangs": lambda X: time.sleep(100),
    "is interrupted": lambda X: signal.raise_signal(signal.SIGINT),
    "works in place": _write,
    "none": lambda X: None,
}


class Step(TransformerMixin, BaseEstimator):
    """Has a fault where it gets all rows, as it does for the initial points only."""

    def __init__(self, fault="none"):
        self.fault = fault

    def fit(self, X, y=None):
        if len(X) == 60:
            FAULTS[self.fault](X)
        return self

    def transform(self, X):
        return X


def make_search(fault, **kwargs):
    kwargs = {"n_iter": 3, "cv": 2, "refit": False, "random_state": 0, **kwargs}
    return BayesSearchCV(make_pipeline(Step(fault), SVC()), GAMMA, **kwargs)


def sources(search):
    return [point["source"] for point in search.initial_points_]


@pytest.mark.parametrize(
    "fault, n_jobs, backend",
    [
        ("raises", 1, "loky"),
        ("raises", 2, "loky"),
        ("raises", 2, "threading"),
        ("raises", 2, "multiprocessing"),
        ("exits", 1, "loky"),
        ("exits", 2, "loky"),
        ("dies", 2, "loky"),
    ],
)
def test_a_fault_costs_the_initial_points_only(fault, n_jobs, backend):
    search = make_search(fault, n_jobs=n_jobs)
    with parallel_config(backend=backend):
        search.fit(X, y)
    assert search.failures_ == []
    assert sources(search) == []
    evenly_spread = make_search("none", initial_points=[]).fit(X, y)
    assert search.cv_results_["params"] == evenly_spread.cv_results_["params"]


def test_without_a_fault():
    learnt = "learnt for SVC (svc)"
    search = make_search("none", n_jobs=2).fit(X, y)
    assert sources(search) == ["nearly as it is", learnt, learnt]


def test_the_own_parameters_do_not_need_the_steps():
    space = {"svc__C": loguniform(0.1, 10), **GAMMA}
    pipe = make_pipeline(Step("exits"), SVC(gamma=0.1))
    search = BayesSearchCV(pipe, space, n_iter=1, cv=2, refit=False).fit(X, y)
    assert sources(search) == ["as it is"]


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_a_step_that_hangs_is_given_up_when_the_time_has_passed():
    n_before = len(psutil.Process().children(recursive=True))
    search = make_search("hangs", n_jobs=2, timeout=2).fit(X, y)
    assert sources(search) == []
    assert search.stop_reason_.startswith("timeout=2 s passed when")
    assert np.isfinite(search.cv_results_["mean_test_score"][0])
    assert len(psutil.Process().children(recursive=True)) <= n_before + 3


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_step_that_hangs_is_ended_by_the_limit_on_a_fit(n_jobs):
    search = make_search("hangs", fit_timeout=1, n_jobs=n_jobs).fit(X, y)
    assert sources(search) == []
    assert search.failures_ == []


def test_the_reason_is_the_line_that_says_what_went_wrong():
    measure = MeasureInWorker(1, math.inf, notify=None, limits=Limits())
    with pytest.raises(MeasurementError, match=r"^ValueError: first$"):
        measure(Preprocessing([Step("raises in two lines")]), X, y, describe_features)


def test_nothing_is_fitted_once_the_time_has_passed():
    search = make_search("hangs", timeout=1e-9).fit(X, y)
    assert sources(search) == []


def interrupted(search, seconds=None):
    """Fit the search until it is interrupted, by itself or after some time."""
    timer = threading.Timer(seconds or 0, os.kill, (os.getpid(), signal.SIGINT))
    if seconds is not None:
        timer.start()
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    return search


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_leaves_what_an_interrupted_search_leaves(n_jobs):
    if n_jobs == 1:
        search = interrupted(make_search("is interrupted"))
    else:
        search = interrupted(make_search("hangs", n_jobs=2), seconds=1.5)
    assert search.stop_reason_ == "KeyboardInterrupt after 0 fits"
    assert search.failures_ == []
    assert not hasattr(search, "cv_results_")


def test_it_is_told(capsys):
    make_search("none", verbose=1).fit(X, y)
    first, headline, initial = capsys.readouterr().out.splitlines()[:3]
    assert first == "Initial points: fitting Step to some rows."
    assert headline.startswith("Fitting 2 folds for each of 3 candidates")
    assert initial == "Initial points: 1 nearly as it is, 2 learnt for SVC (svc)"


def test_the_rows_of_the_user_are_left_alone():
    before = X.copy()
    make_search("works in place").fit(X, y)
    np.testing.assert_array_equal(X, before)
    suggest_space(make_search("works in place").estimator, X, y)
    np.testing.assert_array_equal(X, before)


def test_a_suggested_space_survives_them_too():
    with pytest.warns(
        UserWarning, match=r"rows of X\. SystemExit: a command-line tool"
    ):
        suggest_space(make_search("exits").estimator, X, y)
    with pytest.raises(KeyboardInterrupt):
        suggest_space(make_search("is interrupted").estimator, X, y)


def test_steps_are_fitted_in_a_worker(tmp_path):
    class Notes(StandardScaler):
        def fit(self, X, y=None):
            (tmp_path / f"{len(X)}_{os.getpid()}").touch()
            return super().fit(X, y)

    pipe = make_pipeline(Notes(), SVC())
    BayesSearchCV(pipe, GAMMA, n_iter=1, cv=2, n_jobs=2, refit=False).fit(X, y)
    pids = {int(path.name.split("_")[1]) for path in tmp_path.iterdir()}
    assert len(list(tmp_path.glob("60_*"))) == 1
    assert os.getpid() not in pids
