"""The loop, with a pool that does what the test says."""

import pytest

from sklearn_hp._history import History
from sklearn_hp._schedulers import CompletePolicy, TrialQueue
from sklearn_hp.model_selection._run import run_trials
from sklearn_hp.samplers import FixedSampler
from tests.fakes import FakeMonitor, FakePool


def run(pool, monitor, n_candidates=4, n_splits=2):
    sampler = FixedSampler({"a": i} for i in range(n_candidates))
    history = History()
    run_trials(TrialQueue(sampler, CompletePolicy(), n_splits), pool, history, monitor)
    return history


@pytest.mark.parametrize("n_workers", [1, 2, 3, 100])
def test_every_task_runs_once_and_every_worker_is_busy(n_workers):
    pool, monitor = FakePool(n_workers), FakeMonitor()
    history = run(pool, monitor)
    assert len(history) == 8
    assert monitor.begun == sorted(monitor.begun)
    assert sorted(monitor.ended) == monitor.begun
    first_done = next(i for i, entry in enumerate(pool.log) if entry[0] == "done")
    assert first_done == min(n_workers, 8), "no result is awaited while a worker idles"


def test_a_stopped_search_drains_and_starts_nothing():
    pool, monitor = FakePool(3), FakeMonitor(stop_after=4)
    history = run(pool, monitor)
    assert pool.n_running == 0
    after_stop = pool.log[[e[0] for e in pool.log].index("done") + 4 :]
    n_done = [kind for kind, *_ in pool.log].count("done")
    assert n_done == len(history) < 8
    assert [kind for kind, *_ in after_stop].count("submit") <= 1
    assert {kind for kind, *_ in pool.log[-2:]} == {"done"}


@pytest.mark.parametrize("n_begun", [0, 1, 3])
def test_the_first_candidate_is_completed_when_time_is_up_at_once(n_begun):
    pool, monitor = FakePool(1), FakeMonitor(time_up_after=n_begun)
    history = run(pool, monitor)
    assert len(history) == max(2, n_begun)
    assert [result.trial_number for result in history][:2] == [0, 0]


def test_no_task_starts_when_time_is_up_however_many_workers_idle():
    pool, monitor = FakePool(100), FakeMonitor(time_up_after=3)
    history = run(pool, monitor)
    assert [task[:2] for task in monitor.begun] == [(0, 0), (0, 1), (1, 0)]
    assert len(history) == 3


def test_an_exception_that_was_kept_is_raised_after_its_result_is_noted():
    pool, monitor = FakePool(1, fail={(1, 0)}), FakeMonitor()
    history = History()
    scheduler = TrialQueue(
        FixedSampler({"a": i} for i in range(4)), CompletePolicy(), 2
    )
    with pytest.raises(ZeroDivisionError, match="it failed"):
        run_trials(scheduler, pool, history, monitor)
    assert [result.key[:2] for result in history] == [(0, 0), (0, 1), (1, 0)]
    assert len(monitor.ended) == 3


def test_no_tasks():
    assert len(run(FakePool(2), FakeMonitor(), n_candidates=0)) == 0


class Stuck(TrialQueue):
    """Forgets the splits of the second trial."""

    def next_task(self):
        task = super().next_task()
        if task is not None and task.trial.number == 1:
            return None
        return task


def test_a_scheduler_that_is_stuck_is_an_error_not_the_end():
    pool, history, monitor = FakePool(2), History(), FakeMonitor()
    scheduler = Stuck(FixedSampler({"a": i} for i in range(3)), CompletePolicy(), 2)
    message = (
        r"nothing runs, and the scheduler has no next task, but it is not finished: "
        r"<Stuck, complete: trials \[1\] have not ended, 4 fits given out, 2 looked at"
    )
    with pytest.raises(RuntimeError, match=message):
        run_trials(scheduler, pool, history, monitor)
    assert len(history) == 2
    assert not hasattr(monitor, "finished")


def test_the_history_has_a_verdict_on_each_trial():
    pool, history = FakePool(1, fail={(1, 0)}), History()
    sampler = FixedSampler({"a": i} for i in range(3))
    scheduler = TrialQueue(sampler, CompletePolicy(), 2)
    with pytest.raises(ZeroDivisionError):
        run_trials(scheduler, pool, history, FakeMonitor())
    history.cut_off()
    states = [history.state_of(trial.number) for trial in history.trials]
    assert states == ["complete", "cut off"]
    assert [verdict.n_run for verdict in history.verdicts_since(0)] == [2, 1]
