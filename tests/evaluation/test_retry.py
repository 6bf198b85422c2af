"""What runs out of memory runs once more, alone."""

import math
import warnings
from dataclasses import replace

import joblib
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning

from sklearn_hp import GridSearchCV
from sklearn_hp._evaluation._pool._retry import RetryPool
from sklearn_hp._history import History
from sklearn_hp._records import Failure, Task, Trial
from sklearn_hp._schedulers import CompletePolicy, TrialQueue
from sklearn_hp.model_selection._run import run_trials
from sklearn_hp.samplers import FixedSampler
from tests.fakes import FakeMonitor, FakePool
from tests.model_selection.test_callbacks import Recorder
from tests.optional_methods import Greedy

X, y = make_classification(n_samples=60, random_state=0)
ALONE = "It ran out of memory, and failed again when it ran alone"


class FullPool(FakePool):
    """What is greedy needs the memory of all workers; the hopeless needs more."""

    def __init__(self, n_workers, greedy=(), hopeless=(), where="fit"):
        super().__init__(n_workers)
        self.greedy = greedy
        self.hopeless = hopeless
        self.where = where

    def wait_any(self, deadline=math.inf):
        n_running = len(self.running)
        task, result = super().wait_any()
        which = task.key[:2]
        full = which in self.greedy and n_running > 1
        if full or which in self.hopeless:
            failure = Failure("it is full", MemoryError("full"), "memory")
            if self.where == "fit":
                result = replace(result, test_scores={}, fit_failure=failure)
            else:
                failures = {("test", "score"): failure}
                result = replace(result, score_failures=failures)
        return task, result

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.exited = exc_info


def run(pool, monitor, n_candidates=5):
    sampler = FixedSampler({"a": i} for i in range(n_candidates))
    history = History()
    scheduler = TrialQueue(sampler, CompletePolicy(), 2)
    pool = RetryPool(pool)
    run_trials(scheduler, pool, history, monitor)
    assert pool.n_running == 0
    assert pool.has_idle
    return history


EVERY = [(number, split) for number in range(5) for split in range(2)]


@pytest.mark.parametrize("where", ["fit", "score"])
@pytest.mark.parametrize("greedy", [[(0, 0)], [(1, 1), (2, 0), (4, 1)], EVERY])
@pytest.mark.parametrize("n_workers", [2, 3, 100])
def test_what_needs_all_the_memory_succeeds_alone(n_workers, greedy, where):
    pool, monitor = FullPool(n_workers, greedy, where=where), FakeMonitor()
    history = run(pool, monitor)
    assert sorted(result.key[:2] for result in history) == EVERY
    assert all(result.failures == [] for result in history)
    # of the second attempt nothing is seen from outside
    assert sorted(key[:2] for key in monitor.begun) == EVERY
    assert sorted(key[:2] for key in monitor.ended) == EVERY


def test_the_retry_waits_for_what_runs_and_holds_up_what_would_start():
    pool = FullPool(3, [(0, 1)])
    run(pool, FakeMonitor())
    # the fake pool gives back the last first
    assert pool.log[:11] == [
        ("submit", 0, 0),
        ("submit", 0, 1),
        ("submit", 1, 0),
        ("done", 1, 0),
        ("submit", 1, 1),
        ("done", 1, 1),
        ("submit", 2, 0),
        ("done", 2, 0),
        ("submit", 2, 1),
        ("done", 2, 1),
        ("submit", 3, 0),
    ]
    failed = len(pool.log) - 1 - pool.log[::-1].index(("submit", 0, 1))
    assert pool.log[failed - 2 : failed + 2] == [
        ("done", 0, 1),
        ("done", 0, 0),
        ("submit", 0, 1),
        ("done", 0, 1),
    ]


def test_no_task_starts_while_one_is_held_back():
    inside = FullPool(3, greedy=[(2, 0)])
    pool = RetryPool(inside)
    tasks = [Task(Trial(number, {}), 0) for number in range(3)]
    for task in tasks:
        pool.submit(task)
    # the last runs out of memory first, and the next result is given back
    assert pool.wait_any()[0] is tasks[1]
    assert inside.has_idle
    assert not pool.has_idle
    assert pool.n_running == 2
    assert [pool.wait_any()[0] for _ in range(2)] == [tasks[0], tasks[2]]
    assert pool.has_idle


@pytest.mark.parametrize("where", ["fit", "score"])
def test_the_second_failure_counts_and_says_that_it_was_alone(where):
    pool = FullPool(3, hopeless=[(1, 0)], where=where)
    history = History()
    sampler = FixedSampler({"a": i} for i in range(5))
    scheduler = TrialQueue(sampler, CompletePolicy(), 2)
    with pytest.raises(MemoryError) as caught:
        run_trials(scheduler, RetryPool(pool), history, FakeMonitor())
    assert pool.log.count(("submit", 1, 0)) == 2
    assert caught.value.__notes__ == [f"{ALONE}."]
    (failure,) = [failure for result in history for failure in result.failures]
    assert failure.reason == f"{ALONE}:\nit is full"


def test_leaving_the_pool_leaves_the_workers():
    inside = FullPool(2)
    with pytest.raises(ZeroDivisionError), RetryPool(inside):
        raise ZeroDivisionError
    assert inside.exited[0] is ZeroDivisionError


# ---- with real workers --------------------------------------------------------------


def search_with(folder, greedy, **kwargs):
    """Return a search of light candidates and, among them, two greedy ones."""
    light = {"quality": [0.1, 0.2, 0.3]}
    heavy = {"quality": [0.8, 0.9], "greedy": [greedy]}
    kwargs = {"cv": 2, "n_jobs": 2, "scoring": quality_score, **kwargs}
    return GridSearchCV(Greedy(str(folder)), [light, heavy, light], **kwargs)


def quality_score(estimator, X, y):
    estimator.predict(X)
    return estimator.quality


@pytest.mark.parametrize("greedy", ["fit", "predict"])
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_greedy_fits_get_a_second_chance(backend, greedy, tmp_path):
    search = search_with(tmp_path, greedy, refit=False)
    with joblib.parallel_config(backend=backend):
        search.fit(X, y)
    assert search.failures_ == []
    assert search.best_params_ == {"quality": 0.9, "greedy": greedy}
    attempts = [path for path in tmp_path.iterdir() if path.name.startswith("attempt")]
    assert len(attempts) == 2 * 4


def test_a_score_among_several_gets_a_second_chance(tmp_path):
    scoring = ["accuracy", "recall"]
    search = search_with(tmp_path, "predict", scoring=scoring, refit=False).fit(X, y)
    assert search.failures_ == []


@pytest.mark.filterwarnings("default")
def test_greedy_fits_get_a_second_chance_on_a_cluster(cluster, tmp_path):
    with joblib.parallel_config(backend="dask"):
        search = search_with(tmp_path, "fit", refit=False).fit(X, y)
    assert search.failures_ == []


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_what_fails_alone_has_failed(backend, tmp_path):
    search = search_with(tmp_path, "always")
    with (
        joblib.parallel_config(backend=backend),
        pytest.warns(FitFailedWarning, match=f"4 fits failed.*(?s:.*){ALONE}"),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", "One or more of the test scores")
        search.fit(X, y)
    assert search.best_params_ == {"quality": 0.3}
    assert {failure["candidate"] for failure in search.failures_} == {3, 4}
    reason = search.failures_[0]["reason"]
    assert reason.startswith(f"{ALONE}:\nMemoryError: too large\n\nThe above")
    assert reason.endswith("RuntimeError: the device says no\n")


def test_a_fit_that_was_alone_has_no_second_chance(tmp_path):
    search = search_with(tmp_path, "fit", n_jobs=1)
    with pytest.warns(FitFailedWarning, match="4 fits failed"):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "One or more of the test scores")
            search.fit(X, y)
    assert ALONE not in search.failures_[0]["reason"]


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_the_error_of_the_second_attempt_is_raised(backend, tmp_path):
    search = search_with(tmp_path, "always", error_score="raise")
    with joblib.parallel_config(backend=backend):
        with pytest.raises(RuntimeError, match="the device says no") as caught:
            search.fit(X, y)
    assert f"{ALONE}." in caught.value.__notes__


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.filterwarnings("ignore:The estimator Greedy does not support callbacks")
def test_callbacks_see_one_task(backend, tmp_path):
    recorder = Recorder()
    search = search_with(tmp_path, "fit", refit=False).set_callbacks(recorder)
    with joblib.parallel_config(backend=backend):
        search.fit(X, y)
    tasks = [
        (event, id) for event, name, id in recorder.events if name.startswith("cand")
    ]
    assert len(tasks) == len(set(tasks)) == 2 * 16
