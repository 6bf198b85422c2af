"""The numbers of workers, by which fits choose a device, and how many there may be."""

import os
import time
import warnings

import joblib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning

from sklearn_hp import GridSearchCV
from sklearn_hp._current_slot import current_slot
from sklearn_hp._evaluation import Evaluation, open_pool
from sklearn_hp._evaluation._pool._runner import TaskRunner
from sklearn_hp._evaluation._pool._shipping import Shipment
from sklearn_hp._evaluation._pool._slots import Slots
from tests.evaluation.workers import report
from tests.faults import Faulty
from tests.optional_methods import OnDevice

X, y = make_classification(n_samples=60, random_state=0)


class TakeSlot:
    """Returns the slot; raises if two fits have the same at one time."""

    def __init__(self, folder, seconds):
        self.folder = folder
        self.seconds = seconds

    def __call__(self, X):
        path = os.path.join(self.folder, str(current_slot()))
        open(path, "x").close()
        time.sleep(self.seconds)
        os.remove(path)
        return current_slot()


def slots_of(folder, n_jobs=2, n=20, seconds=0.0):
    slots = report(TakeSlot(str(folder), seconds), n_jobs=n_jobs, n=n).ravel()
    assert not np.isnan(slots).any()
    return set(slots)


@pytest.mark.parametrize(
    "backend", ["loky", "threading", "multiprocessing", "pooled loky"]
)
def test_fits_that_run_at_the_same_time_share_no_slot(backend, tmp_path):
    with joblib.parallel_config(backend=backend):
        # long enough for both workers to have some, and short ones, which are bundled
        assert slots_of(tmp_path, n=3, seconds=0.1) == {0, 1}
        assert slots_of(tmp_path, n=100, seconds=0.0) <= {0, 1}


@pytest.mark.filterwarnings("default")
def test_fits_on_a_cluster_share_no_slot(cluster, tmp_path):
    with joblib.parallel_config(backend="dask"):
        assert slots_of(tmp_path, seconds=0.05) == {0, 1}


def test_the_calling_thread_has_slot_zero(tmp_path):
    assert slots_of(tmp_path, n_jobs=1) == {0}


def test_a_worker_keeps_its_slot_as_long_as_it_can(tmp_path):
    def who(X):
        time.sleep(0.02)
        return 10 * os.getpid() + current_slot()

    first = set(report(who).ravel())
    pids = {int(which) // 10 for which in first}
    assert len(first) == len(pids)
    # warm workers have their numbers in the next search
    assert set(report(who).ravel()) <= first
    # and numbers that are too high for a smaller one are given anew
    assert slots_of(tmp_path, n=6, n_jobs=3, seconds=0.1) == {0, 1, 2}
    assert slots_of(tmp_path, n=4, seconds=0.1) == {0, 1}


class Takes(Faulty):
    """Scores its slot, or dies."""

    def __init__(self, probe=None, quality=0.5, fault=None):
        super().__init__(quality, fault)
        self.probe = probe

    def fit(self, X, y):
        super().fit(X, y)
        self.slot_ = self.probe(X)
        return self

    def score(self, X, y):
        return self.slot_


@pytest.mark.parametrize("n_before", [0, pytest.param(5, marks=pytest.mark.slow)])
def test_a_fresh_worker_takes_the_slot_of_the_one_that_died(n_before, tmp_path):
    grid = [{"quality": [q]} for q in np.linspace(0, 1, 8)]
    # where no fit has ended yet, others start in place of those that died, which run
    # again when there are as many workers as there may be
    grid.insert(n_before, {"fault": ["os._exit"]})
    search = GridSearchCV(Takes(TakeSlot(str(tmp_path), 0.1)), grid, cv=2, n_jobs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert {failure["candidate"] for failure in search.failures_} == {n_before}
    means = search.cv_results_["mean_test_score"]
    assert set(means[~np.isnan(means)]) <= {0, 0.5, 1}


class Searches(Takes, OnDevice):
    """Runs a search in its fit, and scores whether that was in its own slot."""

    def __init__(self, quality=0.5, slots=2):
        super().__init__(quality=quality)
        self.slots = slots

    def fit(self, X, y):
        search = GridSearchCV(
            TakesOnDevice(slots=self.slots), {"quality": [1, 2]}, cv=2, n_jobs=2
        ).fit(X, y)
        slots = search.cv_results_["mean_test_score"]
        self.slot_ = float((slots == current_slot()).all())
        return self


class TakesOnDevice(OnDevice):
    def fit(self, X, y):
        super().fit(X, y)
        self.slot_ = current_slot()
        return self

    def score(self, X, y):
        return self.slot_


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_search_inside_a_fit_runs_in_the_slot_of_that_fit(backend):
    search = GridSearchCV(
        Searches(), {"quality": [1, 2, 3]}, cv=2, n_jobs=2, refit=False
    )
    with joblib.parallel_config(backend=backend):
        assert search.fit(X, y).cv_results_["mean_test_score"].tolist() == [1, 1, 1]


def has_started(worker, seconds=0.0):
    """Return whether a worker's process tells of itself, though it has no task yet."""
    end = time.monotonic() + seconds
    while not worker.progress.pid and time.monotonic() < end:
        worker.progress.update()
        time.sleep(0.01)
    return worker.progress.pid > 0


def test_once_a_worker_was_lost_the_next_is_ready():
    slots = Slots(1, {}, idle_timeout=60, n_kept=0)
    shipment = Shipment(
        TaskRunner(Evaluation(Faulty(), X, y, [], None)), None, None, "r"
    )
    try:
        first = slots.free()
        slots.keep_spare(shipment.path)
        slots.discard(first)
        second = slots.new()
        assert not has_started(second), "no spare as long as nothing was lost"
        slots.keep_spare(shipment.path)
        slots.discard(second)
        assert has_started(slots.new(), seconds=60)
    finally:
        slots.kill()
        shipment.close()


# ---- no more workers than the devices take ------------------------------------------


def opened(slots, backend, max_tasks=None, n_jobs=4):
    """Return the number of workers, None for the calling thread, and what was said."""
    evaluation = Evaluation(OnDevice(slots=slots), X, y, [], None)
    said = []
    with joblib.parallel_config(backend=backend):
        pool = open_pool(evaluation, n_jobs, max_tasks, notify=said.append)
        with pool:
            of_workers = pool
            while hasattr(of_workers, "_pool"):
                of_workers = of_workers._pool
            return getattr(of_workers, "_n_workers", None), said


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_the_devices_limit_the_workers(backend):
    def message(n, wanted):
        return [
            f"Running {n} at a time instead of {wanted}: the estimator's devices take "
            f"no more."
        ]

    assert opened(None, backend) == (4, [])
    assert opened(4, backend) == (4, [])
    assert opened(2, backend) == (2, message("2 fits", 4))
    assert opened(1, backend) == (1, message("1 fit", 4))
    assert opened(2, backend, max_tasks=3) == (2, message("2 fits", 3))
    assert opened(2, backend, max_tasks=2) == (2, [])
    assert opened(1, backend, n_jobs=1) == (None, [])


def test_the_devices_here_do_not_limit_workers_that_may_be_elsewhere():
    assert opened(2, "pooled loky") == (4, [])


@pytest.mark.filterwarnings("default")
def test_the_devices_here_do_not_limit_a_cluster(cluster):
    evaluation = Evaluation(OnDevice(slots=1), X, y, [], None)
    with joblib.parallel_config(backend="dask"), open_pool(evaluation, 2) as pool:
        for _ in range(2):
            assert pool.has_idle
            pool._pool._free_slots.pop()
        assert not pool.has_idle


def test_a_forked_process_cannot_use_a_device():
    search = GridSearchCV(OnDevice(slots=2), {"quality": [1, 2]}, n_jobs=2)
    with joblib.parallel_config(backend="multiprocessing"):
        with pytest.raises(ValueError, match=r"a forked process cannot use.*'loky'"):
            search.fit(X, y)
        search.set_params(n_jobs=1).fit(X, y)
        search.set_params(n_jobs=2, estimator__slots=None).fit(X, y)


def test_the_workers_that_do_not_start_are_mentioned(capsys):
    search = GridSearchCV(OnDevice(slots=1), {"quality": [1, 2]}, cv=2, n_jobs=2)
    search.fit(X, y)
    assert capsys.readouterr().out == ""
    search.set_params(verbose=1).fit(X, y)
    assert capsys.readouterr().out.startswith(
        "Fitting 2 folds for each of 2 candidates, totalling 4 fits\n"
        "Running 1 fit at a time instead of 2: the estimator's devices take no more.\n"
    )


@pytest.mark.slow
def test_one_worker_is_still_a_process_of_its_own():
    grid = {"fault": [None, "SIGKILL"]}
    search = GridSearchCV(OnDevice(slots=1), grid, cv=2, n_jobs=2)
    with (
        pytest.warns(FitFailedWarning, match="The worker process died"),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", "One or more of the test scores")
        search.fit(X, y)
    assert {failure["candidate"] for failure in search.failures_} == {1}
