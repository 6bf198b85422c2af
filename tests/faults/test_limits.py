"""A fit over a limit is ended, whatever it hangs in; it costs no other fit."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from functools import partial

import joblib
import numpy as np
import psutil
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp._evaluation._pool import _progress
from tests.faults import Faulty
from tests.optional_methods import OnDevice
from tests.searches import BUILDERS, bayes_over, learning_over

X, y = make_classification(n_samples=40, random_state=0)
QUALITIES = [0.1, 0.2, 0.3]
LIMIT = 1.0  # seconds, which an innocent fit takes on no machine


def loop():
    while True:
        pass


def sleep_with_the_lock_held():
    ctypes.PyDLL(None).sleep(1000)


def match_for_ever():
    re.match(r"(a+)+$", 50 * "a" + "b")


def train_svm():
    rng = np.random.default_rng(0)
    SVC(kernel="linear", C=1e9, tol=1e-12).fit(
        rng.normal(size=(3000, 20)), rng.integers(2, size=3000)
    )


def ignore_signals():
    for number in {signal.SIGTERM, signal.SIGINT}:
        signal.signal(number, signal.SIG_IGN)
    time.sleep(1000)


def catch_everything():
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            continue


def run_in_parallel():
    joblib.Parallel(n_jobs=2, backend="loky")([joblib.delayed(time.sleep)(1000)] * 2)


def fork_away(note):
    """Leave a process that is no child of the worker any more."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open(note, "a") as file:
                file.write(f"{os.getpid()}\n")
            time.sleep(1000)
        os._exit(0)
    time.sleep(1000)


HANGING = {
    "Python": loop,
    "C with the lock held": sleep_with_the_lock_held,
    "regular expression": match_for_ever,
    "libsvm": train_svm,
    "signals ignored": ignore_signals,
    "everything caught": catch_everything,
    "joblib inside": run_in_parallel,
}
VITAL = {"Python", "C with the lock held"}
posix = pytest.mark.skipif(os.name != "posix", reason="forks, and C's own names")


class Hangs(Faulty):
    """Hangs in a way, in its fit, or where it is scored or unpickled."""

    def __init__(self, quality=0.5, fault=None, how=None, where="fit", note=None):
        super().__init__(quality, fault)
        self.how = how
        self.where = where
        self.note = note

    def fit(self, X, y):
        if self.note is not None:
            with open(self.note, "a") as file:
                file.write(f"{self.quality}\n")
        if self.where == "fit" and self.how is not None:
            self.how()
        return super().fit(X, y)

    def score(self, X, y):
        if self.where == "score" and self.how is not None:
            self.how()
        return super().score(X, y)


class Opens:
    """A parameter that runs a function when it is unpickled."""

    def __init__(self, how):
        self.how = how

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return self.how, ()


def search_with(bad, build=GridSearchCV, estimator=None, **kwargs):
    """Return a search of three healthy candidates and, in second place, a bad one."""
    grid = [{"quality": [quality]} for quality in QUALITIES]
    grid.insert(1, {"quality": [0.9], **{name: [v] for name, v in bad.items()}})
    kwargs = {"cv": 2, "n_jobs": 2, "fit_timeout": LIMIT, **kwargs}
    return build(estimator or Hangs(), grid, **kwargs)


def fit_quietly(search, X=X, y=y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(X, y)


def assert_only_the_bad_one_failed(search, kind="timeout"):
    scores = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(scores, [0.1, np.nan, 0.2, 0.3])
    assert search.best_params_["quality"] == 0.3
    assert {failure["candidate"] for failure in search.failures_} == {1}
    assert {failure["kind"] for failure in search.failures_} == {kind}
    assert len(search.failures_) == 2


@posix
@pytest.mark.parametrize(
    "how",
    [
        pytest.param(how, id=name, marks=() if name in VITAL else pytest.mark.slow)
        for name, how in HANGING.items()
    ],
)
def test_a_fit_that_hangs_is_ended(how):
    search = fit_quietly(search_with({"how": how}))
    assert_only_the_bad_one_failed(search)
    first, heading, *stack = search.failures_[0]["reason"].splitlines()
    assert first == "The fit timed out after 1 s (fit_timeout)."
    assert heading == "It was here (most recent call last):"
    # from the fit of the estimator to where it hung
    assert stack[0].endswith("in fit")
    if how is not run_in_parallel:
        assert stack[1].endswith(f"in {how.__name__}")


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("build", [*BUILDERS, learning_over])
def test_every_class_and_number_of_workers(build, n_jobs):
    kwargs = {"racing": False} if build is learning_over else {}
    search = fit_quietly(search_with({"how": loop}, build, n_jobs=n_jobs, **kwargs))
    if build is not learning_over:
        assert_only_the_bad_one_failed(search)
    assert {failure["kind"] for failure in search.failures_} == {"timeout"}
    assert {f["params"]["quality"] for f in search.failures_} == {0.9}
    assert search.best_params_["quality"] == 0.3


@pytest.mark.slow
def test_scoring_that_hangs_is_ended():
    search = fit_quietly(search_with({"how": loop, "where": "score"}))
    assert_only_the_bad_one_failed(search)


class Impatient(Hangs):
    """Allows less time for imports in the process where it is unpickled."""

    def __setstate__(self, state):
        _progress._UNPACKING_SECONDS = 0.5
        super().__setstate__(state)


@pytest.mark.slow
def test_a_candidate_that_hangs_when_it_is_unpickled_is_ended():
    search = search_with({"note": Opens(loop)}, estimator=Impatient())
    assert_only_the_bad_one_failed(fit_quietly(search))


def test_the_innocent_are_fitted_once(tmp_path):
    note = tmp_path / "fits"
    search = search_with({"how": loop}, estimator=Hangs(note=str(note)), refit=False)
    assert_only_the_bad_one_failed(fit_quietly(search))
    assert sorted(note.read_text().split()) == sorted(
        str(quality) for quality in [*QUALITIES, 0.9] for _ in range(2)
    )


@pytest.mark.parametrize(
    "build", [GridSearchCV, pytest.param(bayes_over, marks=pytest.mark.slow)]
)
def test_error_score_raise_raises_a_timeout_error(build):
    search = search_with({"how": loop}, build, error_score="raise")
    with pytest.raises(TimeoutError, match="timed out after 1 s"):
        search.fit(X, y)


@pytest.mark.slow
def test_a_number_as_error_score_and_the_warning():
    search = search_with({"how": loop}, error_score=-1.0)
    with pytest.warns(FitFailedWarning, match="timed out after 1 s.*\n2 fits failed"):
        search.fit(X, y)
    assert search.cv_results_["mean_test_score"].tolist() == [0.1, -1.0, 0.2, 0.3]
    assert search.best_params_ == {"quality": 0.3}


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="Linux only")
def test_nothing_that_the_fit_started_is_left(tmp_path):
    note = tmp_path / "pids"
    search = search_with({"how": partial(fork_away, str(note))}, n_jobs=1)
    assert_only_the_bad_one_failed(fit_quietly(search))
    pids = note.read_text().split()
    assert len(pids) == 2
    assert not any(is_alive(int(pid)) for pid in pids)


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_a_split_that_timed_out_ends_its_candidate_in_a_race(tmp_path):
    note = tmp_path / "fits"
    # the first two candidates are complete in any case
    grid = [{"quality": [*QUALITIES]}, {"quality": [0.9], "how": [loop]}]
    search = GridSearchCV(
        Hangs(note=str(note)), grid, cv=5, racing=True, fit_timeout=LIMIT
    )
    fit_quietly(search)
    assert search.best_params_ == {"quality": 0.3}
    assert [failure["split"] for failure in search.failures_] == [0]
    assert note.read_text().split().count("0.9") == 1


class Slow(Faulty):
    """Takes long to import, in each process anew."""

    def __setstate__(self, state):
        if not hasattr(sys, "_slow_is_imported"):
            sys._slow_is_imported = True
            time.sleep(1.5)
        super().__setstate__(state)


def test_what_imports_take_is_not_the_fit_s_time():
    grid = {"quality": QUALITIES}
    search = GridSearchCV(Slow(), grid, cv=2, n_jobs=2, fit_timeout=0.7).fit(X, y)
    assert search.failures_ == []


@pytest.mark.slow
def test_a_worker_that_was_warm_is_limited_too():
    GridSearchCV(Hangs(), {"quality": QUALITIES}, cv=2, n_jobs=2).fit(X, y)
    assert_only_the_bad_one_failed(fit_quietly(search_with({"how": loop})))


@pytest.mark.slow
def test_a_fit_that_dies_beside_one_that_hangs():
    grid = [
        {"quality": QUALITIES},
        {"quality": [0.8], "fault": ["SIGKILL"]},
        {"quality": [0.9], "how": [loop]},
    ]
    search = GridSearchCV(Hangs(), grid, cv=2, n_jobs=2, fit_timeout=LIMIT)
    fit_quietly(search)
    kinds = [failure["kind"] for failure in search.failures_]
    assert kinds == ["died", "died", "timeout", "timeout"]
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], [*QUALITIES, np.nan, np.nan]
    )


@pytest.mark.slow
def test_a_search_inside_a_fit_has_limits_of_its_own():
    search = search_with({"how": loop}, error_score=0.0, n_jobs=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_val_score(search, X, y, cv=2, n_jobs=2)
    assert scores.tolist() == [0.3, 0.3]


@pytest.mark.slow
def test_an_estimator_with_devices():
    class HangsOnDevice(Hangs, OnDevice):
        def __init__(self, quality=0.5, slots=1, how=None):
            super().__init__(quality=quality, how=how)
            self.slots = slots

    search = fit_quietly(search_with({"how": loop}, estimator=HangsOnDevice()))
    assert_only_the_bad_one_failed(search)


@pytest.mark.slow
def test_a_search_in_which_all_fits_hang_ends_after_the_first_split():
    grid = {"quality": [*QUALITIES, 0.4]}
    search = GridSearchCV(
        Hangs(how=loop), grid, cv=4, n_jobs=2, fit_timeout=0.3, error_score=np.nan
    )
    with pytest.raises(
        ValueError,
        match=r"^The fit timed out after 0\.3 s \(fit_timeout\)\.\nAll fits failed, in "
        r"the same way: 4 different candidates.* If fits need more than that, give "
        r"them a larger fit_timeout\.",
    ):
        search.fit(X, y)
    assert len(search.failures_) < 10


@pytest.mark.slow
def test_a_probe_that_hangs_is_ended(tmp_path):
    note = tmp_path / "note"
    # the estimator's own parameters hang, those of the space are refused
    space = {"fault": ["exception", "panic"], "quality": [*np.linspace(0, 1, 12)]}
    search = BayesSearchCV(
        HangsAsItIs(fault="none", bad_score=note),
        space,
        n_iter=20,
        n_jobs=1,
        cv=2,
        racing=False,
        fit_timeout=LIMIT,
    )
    with pytest.raises(ValueError, match="All the 40 fits failed"):
        search.fit(X, y)
    assert note.exists()
    assert {failure["kind"] for failure in search.failures_} == {"exception"}


class HangsAsItIs(Faulty):
    def fit(self, X, y):
        while self.fault == "none":
            self.bad_score.touch()
        raise ValueError("the fit failed")


@pytest.mark.slow
def test_a_network_that_trains_too_long():
    pytest.importorskip("torch")
    from sklearn_hp.neural_network import TorchMLPClassifier

    network = TorchMLPClassifier(early_stopping=False, random_state=0)
    grid = {"max_epochs": [1, 10**7, 2]}
    search = GridSearchCV(network, grid, cv=2, n_jobs=1, fit_timeout=5, refit=False)
    fit_quietly(search, X.astype(np.float32))
    assert np.isfinite(search.cv_results_["mean_test_score"]).tolist() == [1, 0, 1]
    assert {failure["kind"] for failure in search.failures_} == {"timeout"}
    assert "neural_network" in search.failures_[0]["reason"]


@pytest.mark.slow
def test_many_short_fits_under_a_long_limit():
    # what a worker tells of them must not fill a pipe that nobody reads
    grid = {"quality": np.linspace(0, 1, 500)}
    search = GridSearchCV(Faulty(), grid, cv=2, n_jobs=1, fit_timeout=40, refit=False)
    start = time.monotonic()
    assert search.fit(X, y).failures_ == []
    assert time.monotonic() - start < 30


SCRIPT = """
import warnings
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn_hp import GridSearchCV
from sklearn_hp._evaluation._pool import _progress

class Hangs(ClassifierMixin, BaseEstimator):
    def __init__(self, quality=0.0):
        self.quality = quality

    def fit(self, X, y):
        while self.quality == 0.9:
            pass
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        return self.quality

warnings.simplefilter("ignore")
search = GridSearchCV(Hangs(), {"quality": [0.9, 0.1]}, cv=2, fit_timeout=0.5)
print(search.fit(np.zeros((20, 2)), np.arange(20) % 2).best_params_)
"""


def test_a_script_without_a_guard_ends():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("{'quality': 0.1}\n", "")


# ---- memory -------------------------------------------------------------------------


def eat(megabytes=2000):
    eaten = []
    for _ in range(megabytes // 20):
        eaten.append(np.ones(2_500_000))
        time.sleep(0.01)
    return eaten


def eat_in_a_child():
    pid = os.fork()
    if pid == 0:
        eat()
        os._exit(0)
    os.waitpid(pid, 0)


_left = []


def leave():
    _left.append(np.ones(5_000_000))  # 40 MB


@posix
@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "how", [eat, pytest.param(eat_in_a_child, marks=pytest.mark.slow)]
)
def test_a_fit_that_takes_too_much_memory_is_ended(how, n_jobs):
    search = search_with({"how": how}, fit_timeout=None, fit_memory_limit="500 MB")
    fit_quietly(search.set_params(n_jobs=n_jobs))
    assert_only_the_bad_one_failed(search, "memory limit")
    assert re.match(
        r"The fit took too much memory: its worker process had \d+ MiB, and "
        r"fit_memory_limit is 477 MiB\.",
        search.failures_[0]["reason"],
    )


@pytest.mark.slow
def test_error_score_raise_raises_a_memory_error():
    search = search_with(
        {"how": eat}, fit_timeout=None, fit_memory_limit="500MB", error_score="raise"
    )
    with pytest.raises(MemoryError, match="took too much memory"):
        search.fit(X, y)


@pytest.mark.slow
def test_memory_that_fits_leave_behind_is_nobody_s_fault():
    grid = {"quality": np.linspace(0, 1, 12)}
    search = GridSearchCV(
        Hangs(how=leave), grid, cv=2, n_jobs=1, fit_memory_limit="400 MB", refit=False
    )
    search.fit(X, y)
    assert search.failures_ == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["300 MB", "420 MB"])
def test_what_an_earlier_search_left_in_a_worker_is_nobody_s_fault(limit):
    grid = {"quality": np.linspace(0, 1, 6)}
    GridSearchCV(Hangs(how=leave), grid, cv=2, n_jobs=2, refit=False).fit(X, y)
    search = GridSearchCV(
        Hangs(how=partial(eat, 100)), grid, cv=2, n_jobs=2, fit_memory_limit=limit
    )
    assert search.fit(X, y).failures_ == []


def test_a_limit_below_what_a_worker_takes_is_an_error():
    search = search_with({}, fit_memory_limit="30 MB")
    with pytest.raises(
        ValueError,
        match=r"fit_memory_limit is 28.6 MiB, but a worker process takes \d+ MiB "
        r"before its first fit.*give a larger limit",
    ):
        search.fit(X, y)


@pytest.mark.slow
def test_data_that_workers_share_do_not_count():
    big = np.ones((40, 1_000_000))  # 320 MB

    class First(Faulty):
        def fit(self, X, y):
            return super().fit(X[:, :2], y)

    search = GridSearchCV(
        First(), {"quality": [0.1, 0.2]}, cv=2, n_jobs=1, fit_memory_limit="500 MB"
    )
    assert search.fit(big, y).failures_ == []


# ---- where there is no worker to end ------------------------------------------------


@pytest.mark.parametrize("limit", [{"fit_timeout": 9}, {"fit_memory_limit": "9 GB"}])
@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_other_workers_are_refused(backend, limit):
    search = GridSearchCV(Faulty(), {"quality": QUALITIES}, n_jobs=2, **limit)
    name = f"{backend.capitalize()}Backend"
    with joblib.parallel_config(backend=backend):
        with pytest.raises(ValueError, match=f"joblib's {name} are not. Use 'loky'"):
            search.fit(X, y)
    assert search.failures_ == []


@pytest.mark.slow
def test_a_cluster_is_refused():
    distributed = pytest.importorskip("distributed")
    search = GridSearchCV(Faulty(), {"quality": QUALITIES}, n_jobs=2, fit_timeout=9)
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
        pytest.raises(ValueError, match="joblib's DaskDistributedBackend are not"),
    ):
        search.fit(X, y)


@pytest.mark.slow
def test_a_daemonic_process_is_refused():
    search = GridSearchCV(Faulty(), {"quality": QUALITIES}, fit_timeout=9)
    with joblib.parallel_config(backend="multiprocessing"):
        with pytest.raises(ValueError, match=r"daemonic process.*Use 'loky'"):
            cross_val_score(search, X, y, cv=2, n_jobs=2, error_score="raise")


@pytest.mark.parametrize("limit", [0, -1, np.nan, np.inf, True, "5s", None])
def test_what_is_no_time(limit):
    search = GridSearchCV(Faulty(), {"quality": QUALITIES}, fit_timeout=limit)
    if limit is None:
        search.fit(X, y)
        return
    with pytest.raises(
        ValueError,
        match=r"'fit_timeout' parameter of GridSearchCV must be a positive number of "
        rf"seconds, such as 60, or None for no limit\. Got {limit!r} instead",
    ):
        search.fit(X, y)


@pytest.mark.parametrize("limit", [0, -1, np.nan, np.inf, True, "lots", "4 GiBs", "-1"])
def test_what_is_no_size(limit):
    search = GridSearchCV(Faulty(), {"quality": QUALITIES}, fit_memory_limit=limit)
    with pytest.raises(
        ValueError, match=r"'fit_memory_limit' parameter .*such as '4GiB' or '500 MB'"
    ):
        search.fit(X, y)
