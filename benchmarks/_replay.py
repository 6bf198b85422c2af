"""Searches as users call them, with fits that are remembered and a simulated clock.

`replay` calls `fit` of a search of sklearn_hp with all that belongs to it. Only its
workers are exchanged: a fit that any search of the task did before is not done again,
but takes as long on the simulated clock, and as many workers as one likes run side by
side. What the search itself takes, to choose candidates above all, is the CPU time that
the calling thread really spends; workers fit meanwhile.
"""

import heapq
import math
import time
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
from _fold_memory import FoldMemory
from threadpoolctl import threadpool_limits

from sklearn_hp._evaluation import Evaluation
from sklearn_hp._evaluation._pool._serial import SerialPool
from sklearn_hp._records import SplitResult, Task
from sklearn_hp.model_selection import _base, _clock, _measure, _scheduling


class SimulatedClock:
    """CPU time of the calling thread since the start, in seconds, and waiting times.

    `cpu` is without these.
    """

    def __init__(self) -> None:
        self._start = time.thread_time()
        self._waited = 0.0

    def __call__(self) -> float:
        return self.cpu + self._waited

    @property
    def cpu(self) -> float:
        """Seconds that the calling thread worked."""
        return time.thread_time() - self._start

    def wait_until(self, instant: float) -> None:
        """Let time pass, if the instant is not over."""
        self._waited += max(0.0, instant - self())

    @contextmanager
    def stopped(self):
        """Let no time pass."""
        start = time.thread_time()
        yield
        self._start += time.thread_time() - start


class ReplayPool:
    """A Pool of virtual workers; `ended` lists the tasks' keys and when each ended.

    `fitting` is the sum of their times.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    n_workers : int
        How many tasks run at the same time.
    memory : FoldMemory
        Knows, or finds out, what tasks return and how long they take.
    clock : SimulatedClock
        What workers go by.
    slowdown : float
        Fits take so many times as long as is remembered.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        n_workers: int,
        memory: FoldMemory,
        clock: SimulatedClock,
        slowdown: float = 1.0,
    ) -> None:
        self.ended: list[tuple[tuple, float]] = []
        self.fitting = 0.0
        self._evaluation = evaluation
        self._memory = memory
        self._clock = clock
        self._slowdown = slowdown
        self._idle = list(range(n_workers))
        self._running: list[tuple[float, int, Task, SplitResult]] = []

    @property
    def has_idle(self) -> bool:
        return bool(self._idle)

    @property
    def n_running(self) -> int:
        return len(self._running)

    def submit(self, task: Task) -> None:
        slot = heapq.heappop(self._idle)
        with self._clock.stopped():
            result = self._memory.run(self._evaluation, task)
        duration = self._slowdown * (result.fit_time + result.score_time)
        self.fitting += duration
        end = self._clock() + duration
        heapq.heappush(self._running, (end, slot, task.in_slot(slot), result))

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        if self._running[0][0] > deadline:
            self._clock.wait_until(deadline)
            raise TimeoutError
        end, slot, task, result = heapq.heappop(self._running)
        self._clock.wait_until(end)
        heapq.heappush(self._idle, slot)
        self.ended.append((task.key, end))
        return task, result

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        pass


@dataclass(frozen=True)
class Replay:
    """A search that has been fitted, and its times in seconds.

    scores : ndarray of shape (n_candidates,), mean over the folds; NaN if one failed
    or was not run, as of candidates that were dropped.
    ends : ndarray of shape (n_candidates,), when the last fold of each ended.
    wall : when the search ended.  cpu : what it worked, all but fits.
    fitting : what all fits took, with their scores.  n_fits : how many there were.
    """

    scores: np.ndarray
    ends: np.ndarray
    wall: float
    cpu: float
    fitting: float
    n_fits: int


def replay(search, task, n_workers=1, slowdown=1.0):
    """Fit a search of sklearn_hp to a task's data; return what came of it.

    Parameters
    ----------
    search : estimator
        Of the task's estimator and space; the rest of the task is set here.
    task : TuningTask
        What is tuned.
    n_workers : int, default=1
        Number of virtual workers.
    slowdown : float, default=1
        Fits take so many times as long as is remembered.

    Returns
    -------
    replay : Replay
        Scores and times.
    """
    clock = SimulatedClock()
    pools = []

    def open_pool(evaluation, *args, **kwargs):
        pools.append(ReplayPool(evaluation, n_workers, task.folds, clock, slowdown))
        return pools[-1]

    with _replaced(open_pool, clock, n_workers), threadpool_limits(1):
        search.set_params(
            n_jobs=n_workers, cv=task.splits, scoring=task.scoring, refit=False
        )
        search.fit(*task.data)
        wall, cpu = clock(), clock.cpu
    results = search.cv_results_
    ends = np.zeros(len(results["params"]))
    for (number, *_), end in pools[-1].ended:
        if number >= 0:
            ends[number] = max(ends[number], end)
    folds = [results[f"split{i}_test_score"] for i in range(len(task.splits))]
    scores, pool = np.mean(folds, axis=0), pools[-1]
    return Replay(scores, ends, wall, cpu, pool.fitting, len(pool.ended))


@contextmanager
def _replaced(open_pool, clock, n_workers):
    """Let searches run on virtual workers, and go by a simulated clock."""

    def open_serial_pool(evaluation, *args, **kwargs):
        return SerialPool(evaluation)

    with ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # failed fits, no convergence
        for module, name, value in [
            (_base, "open_pool", open_pool),
            (_measure, "open_pool", open_serial_pool),
            (_scheduling, "effective_n_jobs", lambda n_jobs: n_workers),
            (_base, "monotonic", clock),
            (_measure, "monotonic", clock),
            (_clock, "monotonic", clock),
            (_clock, "perf_counter", clock),
        ]:
            stack.enter_context(patch.object(module, name, value))
        yield
