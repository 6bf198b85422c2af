"""The workers of every backend, with real processes, threads and a real cluster."""

import os
import time
import warnings
from collections import Counter
from contextlib import suppress
from itertools import pairwise

import joblib
import numpy as np
import pandas as pd
import psutil
import pytest
import scipy.sparse
from joblib._parallel_backends import LokyBackend
from sklearn import config_context, get_config
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp._current_slot import current_slot, running_in
from sklearn_hp._evaluation import Evaluation, open_pool
from sklearn_hp._evaluation._pool._dask import DaskPool
from sklearn_hp._evaluation._pool._fresh import FreshRetryPool
from sklearn_hp._evaluation._pool._retry import RetryPool
from sklearn_hp._evaluation._pool._runner import TaskRunner
from sklearn_hp._records import Task, Trial
from tests.evaluation.workers import Reports, report
from tests.faults import Faulty

X, y = make_classification(n_samples=60, random_state=0)


def same_results(search, reference):
    assert list(search.cv_results_) == list(reference.cv_results_)
    for key, expected in reference.cv_results_.items():
        if not key.endswith("_time"):
            np.testing.assert_array_equal(search.cv_results_[key], expected)


@pytest.mark.parametrize("n_jobs", [1, 2, 3, -1])
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_results_do_not_depend_on_the_backend(backend, n_jobs):
    grid = [{"C": [0.01, 1, 100]}, {"C": [1], "class_weight": ["balanced", None]}]
    kwargs = {"scoring": ["accuracy", "roc_auc"], "refit": "roc_auc", "cv": 3}
    reference = GridSearchCV(LogisticRegression(), grid, **kwargs).fit(X, y)
    search = GridSearchCV(LogisticRegression(), grid, n_jobs=n_jobs, **kwargs)
    with joblib.parallel_config(backend=backend):
        same_results(search.fit(X, y), reference)


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_random_search_does_not_depend_on_the_backend(backend):
    from scipy.stats import loguniform

    search = RandomSearchCV(
        LogisticRegression(), {"C": loguniform(1e-3, 1e3)}, n_iter=12, random_state=3
    )
    reference = RandomSearchCV(**search.get_params(deep=False)).fit(X, y)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        same_results(search.fit(X, y), reference)


@pytest.mark.filterwarnings("default")
def test_dask_runs_the_fits_on_its_workers(cluster):
    big = np.random.default_rng(0).normal(size=(60, 20_000))
    here = os.getpid()
    with joblib.parallel_config(backend="dask"):
        pids = set(report(lambda X: os.getpid(), X=big, n_jobs=-1, n=6).ravel())
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1, 10]}).fit(X, y)
    assert here not in pids
    assert len(pids) <= 2
    same_results(
        search, GridSearchCV(LogisticRegression(), {"C": [0.1, 1, 10]}).fit(X, y)
    )


@pytest.mark.parametrize(
    "backend, pool",
    [
        ("loky", "SlotPool"),
        ("threading", "ThreadPool"),
        ("multiprocessing", "BatchPool"),
        ("pooled loky", "BatchPool"),
        ("sequential", "SerialPool"),
    ],
)
def test_the_backend_decides_the_pool(backend, pool):
    evaluation = Evaluation(Faulty(), X, y, [], None)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        with open_pool(evaluation, None) as opened:
            of_workers = opened
            while isinstance(of_workers, (RetryPool, FreshRetryPool)):
                of_workers = of_workers._pool
            assert type(of_workers).__name__ == pool
        with open_pool(evaluation, 1) as opened:
            assert type(opened).__name__ == "SerialPool"


def start_and_slot(backend, n_jobs, n_tasks):
    """Return results of tasks that score their slot, and check what they say of it."""
    evaluation = Evaluation(
        Reports(take_slot), X, y, [(np.arange(40), np.arange(40, 60))], own_score
    )
    told = []
    before = time.time()
    with (
        joblib.parallel_config(backend=backend),
        open_pool(evaluation, n_jobs) as pool,
    ):
        tasks = [Task(Trial(number, {}), 0) for number in range(n_tasks)]
        while tasks or pool.n_running:
            while tasks and pool.has_idle:
                pool.submit(tasks.pop())
            told.append(pool.wait_any()[1])
    after = time.time()
    for result in told:
        assert result.test_scores == {"score": result.slot}
        assert before <= result.started <= after - result.fit_time
    return told


def take_slot(X):
    time.sleep(0.05)
    return current_slot()


def own_score(estimator, X, y):
    return estimator.found_


@pytest.mark.parametrize(
    "backend", ["loky", "threading", "multiprocessing", "pooled loky"]
)
def test_a_result_says_when_and_where_its_fit_ran(backend):
    told = start_and_slot(backend, 2, 6)
    assert {result.slot for result in told} == {0, 1}
    # no two fits ran in one slot at the same time
    for slot in (0, 1):
        own = sorted((r for r in told if r.slot == slot), key=lambda r: r.started)
        for one, next_one in pairwise(own):
            assert next_one.started >= one.started + 0.05


def test_a_result_of_the_calling_thread_says_when_its_fit_ran():
    assert {result.slot for result in start_and_slot("loky", 1, 2)} == {0}
    with running_in(5):
        assert {result.slot for result in start_and_slot("loky", 1, 2)} == {5}


@pytest.mark.filterwarnings("default")
def test_a_result_of_a_cluster_says_when_and_where_its_fit_ran(cluster):
    assert {result.slot for result in start_and_slot("dask", 2, 6)} == {0, 1}


class NeverArrives:
    """Cannot be unpickled, for want of what `error` says."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        return raise_error, (self.error,)


def raise_error(error):
    raise error("never arrives")


@pytest.mark.parametrize(
    "params, kind, reason",
    [
        ({"fault": "os._exit"}, "died", "The worker process died by"),
        (
            {"fault": NeverArrives(ValueError)},
            "lost",
            "The fit could not be sent to a worker process, or back:",
        ),
        (
            {"fault": NeverArrives(MemoryError)},
            "memory",
            "It ran out of memory, and failed again when it ran alone",
        ),
    ],
)
def test_a_result_without_a_fit_says_why(params, kind, reason):
    evaluation = Evaluation(Faulty(), X, y, [(np.arange(40), np.arange(40, 60))], None)
    with open_pool(evaluation, 2) as pool:
        pool.submit(Task(Trial(0, params), 0))
        _, result = pool.wait_any()
    assert result.fit_failure.kind == kind
    assert result.fit_failure.reason.startswith(reason)
    assert result.started is None
    assert result.slot in (0, 1)


def test_n_jobs_zero_is_refused():
    search = GridSearchCV(Faulty(), {"quality": [1]}, n_jobs=0)
    with pytest.raises(ValueError, match="n_jobs == 0"):
        search.fit(X, y)


def assumes_finite(X):
    return get_config()["assume_finite"]


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_the_settings_of_scikit_learn_reach_the_workers(backend):
    with joblib.parallel_config(backend=backend):
        assert not report(assumes_finite).any()
        with config_context(assume_finite=True):
            assert report(assumes_finite).all()


class Warns(Faulty):
    def fit(self, X, y):
        warnings.warn("fitting warns", UserWarning, stacklevel=1)
        return super().fit(X, y)


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_the_warnings_filters_reach_the_workers(backend):
    search = GridSearchCV(Warns(), {"quality": [0.1, 0.2]}, cv=2, n_jobs=2)
    with joblib.parallel_config(backend=backend):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y)
        with pytest.raises(ValueError, match="fitting warns"):
            search.fit(X, y)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_nested_parallelism_does_not_oversubscribe(backend):
    def n_inner_jobs(X):
        return joblib.effective_n_jobs(-1)

    def n_native_threads(X):
        return max(pool["num_threads"] for pool in threadpool_info())

    share = max(1, joblib.cpu_count() // 2)
    with joblib.parallel_config(backend=backend):
        assert report(n_inner_jobs).max() <= share
        assert report(n_native_threads).max() <= share


def test_native_threads_are_restored_after_threads():
    with threadpool_limits(limits=7):
        with joblib.parallel_config(backend="threading"):
            report(lambda X: 0)
        assert {pool["num_threads"] for pool in threadpool_info()} == {7}


def test_inner_max_num_threads_is_respected():
    def n_native_threads(X):
        return max(pool["num_threads"] for pool in threadpool_info())

    with joblib.parallel_config(backend="loky", inner_max_num_threads=3):
        assert report(n_native_threads).max() == 3


def test_a_search_inside_a_search():
    inner = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2, n_jobs=2)
    grid = {"estimator__class_weight": ["balanced", None]}
    reference = GridSearchCV(inner, grid, cv=2).fit(X, y)
    same_results(GridSearchCV(inner, grid, cv=2, n_jobs=2).fit(X, y), reference)


# ---- how data travels ---------------------------------------------------------------


class Sees(Reports):
    """Reports on the whole data as the worker holds it, not on the rows of a split."""

    def fit(self, X, y, whole):
        return super().fit(whole, y)


def see(probe, whole):
    search = GridSearchCV(Sees(probe), {"number": [0, 1]}, cv=2, n_jobs=2, refit=False)
    return search.fit(X, y, whole=whole).cv_results_["mean_test_score"].astype(bool)


def is_mapped(array):
    while array is not None:
        if isinstance(array, np.memmap):
            return True
        array = getattr(array, "base", None)
    return False


BIG = np.zeros((700, 200))


@pytest.mark.parametrize(
    "whole, probe",
    [
        (BIG, is_mapped),
        (np.asfortranarray(BIG), lambda X: is_mapped(X) and X.flags.f_contiguous),
        (
            np.repeat(BIG, 2, 1).T[:, ::2],
            lambda X: is_mapped(X) and X.T.flags.c_contiguous,
        ),
        (pd.DataFrame(BIG), lambda X: is_mapped(X.to_numpy())),
        (scipy.sparse.random(900, 900, 0.5, "csr"), lambda X: is_mapped(X.data)),
        (np.zeros(10), lambda X: not is_mapped(X)),
        (np.array([None] * 200_000), lambda X: not is_mapped(X)),
    ],
    ids=["C", "F", "strided", "DataFrame", "sparse", "small", "object"],
)
def test_large_arrays_are_memory_mapped(whole, probe):
    assert see(probe, whole).all()


def test_a_memory_map_of_the_user_serves_the_workers(tmp_path):
    path = str(tmp_path / "X.npy")
    np.save(path, BIG)
    whole = np.load(path, mmap_mode="r")[5:]
    assert see(lambda X: X.filename == path and len(X) == 695, whole).all()


def test_joblib_decides_what_is_mapped_and_where(tmp_path):
    with joblib.parallel_config(backend="loky", max_nbytes=None):
        assert see(lambda X: not is_mapped(X), BIG).all()
    with joblib.parallel_config(backend="loky", mmap_mode="c"):
        assert see(lambda X: is_mapped(X) and X.flags.writeable, BIG).all()
    folder = str(tmp_path)
    with joblib.parallel_config(backend="loky", temp_folder=folder):
        assert see(lambda X: X.filename.startswith(folder), BIG).all()
    assert list(tmp_path.iterdir()) == []


# ---- workers between searches -------------------------------------------------------


def worker_processes():
    pids = set()
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it is going
            if "popen_loky_posix" in " ".join(child.cmdline()):
                pids.add(child.pid)
    return pids


def test_workers_stay_warm_for_the_next_search():
    first = set(report(lambda X: os.getpid(), n=8).ravel())
    assert set(report(lambda X: os.getpid(), n=8).ravel()) <= first


def test_workers_that_a_short_search_does_not_need_stay_warm_too():
    first = set(report(lambda X: os.getpid(), n=8).ravel())
    alone = GridSearchCV(
        Reports(lambda X: os.getpid()),
        {"number": [0]},
        cv=[(np.arange(20), np.arange(20, 40))],
        n_jobs=2,
        refit=False,
    ).fit(X, y)
    assert set(alone.cv_results_["split0_test_score"]) <= first
    assert first <= worker_processes()
    assert set(report(lambda X: os.getpid(), n=8).ravel()) <= first


def test_a_worker_that_died_while_idle_is_replaced():
    pids = report(lambda X: os.getpid()).ravel()
    for pid in set(pids):
        psutil.Process(int(pid)).kill()
    assert not set(report(lambda X: os.getpid()).ravel()) & set(pids)


def test_an_error_leaves_no_worker():
    pids = set(report(lambda X: os.getpid()).ravel())
    search = GridSearchCV(
        Faulty(fault="exception"), {"quality": [1, 2]}, n_jobs=2, error_score="raise"
    )
    with pytest.raises(ValueError, match="the fit failed"):
        search.fit(X, y)
    assert not pids & worker_processes()


def test_warm_workers_do_not_add_up():
    started = set()
    for n_jobs, inner in [(2, None), (3, None), (4, 1), (2, 2), (2, None)]:
        with joblib.parallel_config(backend="loky", inner_max_num_threads=inner):
            started |= set(report(lambda X: os.getpid(), n_jobs=n_jobs).ravel())
    for _ in range(100):  # those that are not kept are on their way out
        left = started & worker_processes()
        if len(left) <= 2:
            return
        time.sleep(0.1)
    raise AssertionError(f"{len(left)} of {len(started)} workers left")


def test_idle_workers_hold_no_data():
    pids = set(report(lambda X: os.getpid(), X=np.zeros((60, 100_000))).ravel())

    def mapped(pid):
        maps = psutil.Process(int(pid)).memory_maps()
        return [m.path for m in maps if "sklearn_hp_" in m.path]

    # the message to forget is on its way
    for _ in range(100):
        if not any(mapped(pid) for pid in pids):
            return
        time.sleep(0.1)
    raise AssertionError([mapped(pid) for pid in pids])


# ---- a backend that loses its batch -------------------------------------------------


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_a_batch_that_fails_as_a_whole_costs_the_culprit_only():
    grid = [{"quality": [0.1, 0.2, 0.3]}, {"fault": ["os._exit"]}]
    search = GridSearchCV(Faulty(), grid, cv=2)
    with (
        joblib.parallel_config(backend="pooled loky", n_jobs=2),
        pytest.warns(RuntimeWarning, match="PooledLoky failed as a whole: Terminated"),
        pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 8"),
    ):
        search.fit(X, y)
    assert search.best_params_ == {"quality": 0.3}
    assert "The worker process died" in search.failures_[0]["reason"]
    assert search.failures_[0]["kind"] == "died"


class Unreachable(LokyBackend):
    """A cluster that is down."""

    def submit(self, func, callback=None):
        raise ConnectionError("scheduler unreachable")

    apply_async = submit  # its name before joblib 1.5


def test_a_backend_that_does_not_work_is_not_hidden():
    joblib.register_parallel_backend("unreachable", Unreachable)
    search = GridSearchCV(Faulty(), {"quality": np.linspace(0, 1, 10)}, cv=2)
    with (
        joblib.parallel_config(backend="unreachable", n_jobs=2),
        pytest.warns(RuntimeWarning, match="ConnectionError.*scheduler unreachable"),
        pytest.raises(ConnectionError, match="scheduler unreachable"),
    ):
        search.fit(X, y)
    assert len(search.cv_results_["params"]) > 0, "of the batch that was rescued"


class Counted:
    """Rows that write a line each time they arrive in a process."""

    shape = (60,)

    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 60

    def __getitem__(self, rows):
        return np.zeros(60)[rows]

    def __setstate__(self, state):
        self.__dict__ = state
        with open(self.path, "a") as file:
            file.write(f"{os.getpid()}\n")


@pytest.mark.filterwarnings("default")
def test_dask_gets_the_data_once_for_each_worker(cluster, tmp_path):
    counted = Counted(str(tmp_path / "arrivals"))
    with joblib.parallel_config(backend="dask", n_jobs=2):
        search = GridSearchCV(
            Sees(lambda whole: 0), {"number": range(20)}, cv=2, refit=False
        )
        search.fit(X, y, whole=counted)
    arrivals = (tmp_path / "arrivals").read_text().split()
    # of 40 tasks; this process has the scheduler, which unpickles as well
    in_workers = Counter(pid for pid in arrivals if int(pid) != os.getpid())
    assert 1 <= len(in_workers) <= 2
    # once to hold it, and once more if the holder was another when it was sent
    assert max(in_workers.values()) <= 2


@pytest.mark.slow
@pytest.mark.filterwarnings("default", "ignore:One or more of the test scores")
def test_dask_loses_the_culprit_only_when_a_worker_dies(cluster):
    grid = [{"quality": [0.1, 0.2]}, {"fault": ["os._exit"]}, {"quality": [0.3, 0.4]}]
    search = GridSearchCV(Faulty(), grid, cv=2)
    with (
        joblib.parallel_config(backend="dask", n_jobs=2),
        pytest.warns(FitFailedWarning, match="The Dask cluster gave up this fit"),
    ):
        search.fit(X, y)
    assert {failure["candidate"] for failure in search.failures_} == {2}
    assert {failure["kind"] for failure in search.failures_} == {"died"}
    assert search.best_params_ == {"quality": 0.4}


@pytest.mark.filterwarnings("default")
def test_dask_says_that_it_has_no_workers():
    distributed = pytest.importorskip("distributed")
    runner = TaskRunner(Evaluation(Faulty(), X, y, [], None))
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
        DaskPool(runner, 1, client=client, submit_kwargs={}) as pool,
        pytest.warns(RuntimeWarning, match="The Dask cluster has no workers") as caught,
    ):
        pool._warn_without_workers()
        pool._warn_without_workers()
    assert len([w for w in caught if w.category is RuntimeWarning]) == 1


@pytest.mark.filterwarnings("default")
def test_dask_raises_what_a_fit_raised(cluster):
    search = GridSearchCV(
        Faulty(), {"fault": [None, "exception"]}, cv=2, error_score="raise"
    )
    with joblib.parallel_config(backend="dask", n_jobs=2):
        with pytest.raises(ValueError, match="the fit failed"):
            search.fit(X, y)
