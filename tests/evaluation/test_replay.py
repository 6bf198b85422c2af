"""What is known is not run, and all else is as if it had been."""

import threading
from types import SimpleNamespace

import pytest

from sklearn_hp._canonical import canonical
from sklearn_hp._evaluation import Known, ReplayPool
from sklearn_hp._history import History
from sklearn_hp._records import Failure, SplitResult, Task, Trial
from sklearn_hp._schedulers import CompletePolicy, TrialQueue
from sklearn_hp.model_selection._run import run_trials
from sklearn_hp.samplers import FixedSampler
from tests.fakes import FakeMonitor, FakePool


class Opened(FakePool):
    """A pool that knows whether it was entered and left."""

    def __init__(self, n_workers=1, fail=()):
        super().__init__(n_workers, fail)
        self.entered = self.left = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, *exc_info):
        self.left += 1


def run(candidates, known, n_workers=1, n_splits=2, fail=()):
    """Run a search; return its history, the pool, and what was recorded."""
    inner, recorded, history = Opened(n_workers, fail), [], History()
    pool = ReplayPool(lambda: inner, known, lambda *args: recorded.append(args))
    queue = TrialQueue(FixedSampler(candidates), CompletePolicy(), n_splits)
    with pool:
        run_trials(queue, pool, history, FakeMonitor())
    return SimpleNamespace(history=history, inner=inner, recorded=recorded)


def known_of(done):
    known = Known()
    for _, text, result in done.recorded:
        known.add(text, result)
    return known


def keys(done):
    return sorted(result.key for result in done.history)


GRID = [{"a": i} for i in range(3)]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_what_is_known_is_not_run(n_workers):
    first = run(GRID, Known(), n_workers)
    assert len(first.recorded) == len(first.inner.log) / 2 == 6
    again = run(GRID, known_of(first), n_workers)
    assert again.inner.entered == 0
    assert keys(again) == keys(first)
    assert again.recorded == []


def test_the_pool_is_opened_for_the_first_task_that_is_not_known_and_left():
    first = run(GRID, Known())
    longer = run([*GRID, {"a": 3}], known_of(first))
    assert [entry[1] for entry in longer.inner.log] == [3, 3, 3, 3]
    assert (longer.inner.entered, longer.inner.left) == (1, 1)
    assert len(longer.recorded) == 2


def test_results_have_the_number_of_this_run():
    first = run(GRID, Known())
    moved = run([{"a": -1}, *GRID], known_of(first))
    assert keys(moved) == [(i, k, None) for i in range(4) for k in range(2)]
    # the pool's score of a candidate is its number
    scores = {r.trial_number: r.test_scores["score"] for r in moved.history}
    assert scores == {0: 0.0, 1: 0.0, 2: 1.0, 3: 2.0}


def test_answers_come_before_the_next_task_is_begun():
    first = run(GRID, Known())
    pool = ReplayPool(Opened, known_of(first))
    pool.submit(Task(Trial(0, GRID[0]), 0))
    assert not pool.has_idle
    assert pool.n_running == 1
    task, result = pool.wait_any()
    assert task.key == result.key
    assert pool.has_idle


def test_equal_candidates_have_a_result_each():
    first = run([{"a": 0}, {"a": 0}], Known())
    again = run([{"a": 1}, {"a": 0}, {"a": 0}], known_of(first))
    assert [entry[1] for entry in again.inner.log] == [0, 0, 0, 0]
    scores = {r.trial_number: r.test_scores["score"] for r in again.history}
    assert scores == {0: 0.0, 1: 1.0, 2: 0.0}  # of the same number, else the first


def test_known_results_stay_as_they_are():
    known = known_of(run(GRID, Known()))
    for _ in range(2):
        assert run(GRID, known).inner.log == []
    assert len(known) == 6


def test_split_and_resource_tell_tasks_apart():
    known, text = Known(), canonical({"a": 0})
    known.add(text, SplitResult(0, 1, 3, 0.0, 0.0))
    trial = Trial(0, {"a": 0})
    assert known.take(text, Task(trial, 0, 3)) is None
    assert known.take(text, Task(trial, 1)) is None
    assert known.take(text, Task(Trial(-1, {}), 1, 3)) is None
    assert known.take(text, Task(trial, 1, 3)).key == (0, 1, 3)
    assert known.take(text, Task(trial, 1, 3)) is None


def test_what_ends_the_search_by_raising_is_not_recorded():
    with pytest.raises(ZeroDivisionError):
        run(GRID, Known(), fail=[(0, 0)])
    recorded = []
    pool = ReplayPool(lambda: Opened(fail=[(0, 0)]), Known(), recorded.append)
    pool.submit(Task(Trial(0, GRID[0]), 0))
    pool.wait_any()
    assert recorded == []


def test_failures_are_known_too():
    known = Known()
    failed = SplitResult(0, 0, None, 0.0, 0.0, fit_failure=Failure("no"))
    known.add(canonical(GRID[0]), failed)
    pool = ReplayPool(Opened, known)
    pool.submit(Task(Trial(0, GRID[0]), 0))
    assert pool.wait_any()[1] == failed


def test_a_candidate_without_a_text_is_run_and_not_recorded():
    candidates = [{"a": threading.Lock()}, {"a": 1}]
    with pytest.warns(RuntimeWarning, match="evaluates them again: a _thread.lock"):
        done = run(candidates, Known())
    assert [text for _, text, _ in done.recorded] == ["{'a': 1}"] * 2
    assert len(done.history) == 4
