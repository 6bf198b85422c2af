"""Any registered joblib backend, through nothing but `joblib.Parallel`."""

from __future__ import annotations

import math
import time
import warnings
from collections import deque
from collections.abc import Callable
from typing import Any, Self

import joblib

from sklearn_hp._evaluation._joblib_compat import backend_of
from sklearn_hp._evaluation._pool._base import Pool
from sklearn_hp._evaluation._pool._outer_signals import OuterSignals
from sklearn_hp._evaluation._pool._parcel import packed
from sklearn_hp._evaluation._pool._runner import TaskRunner, run_tasks
from sklearn_hp._records import SplitResult, Task

# A call of Parallel waits for its slowest task. Batches grow until a call takes this
# long, which bounds both that wait and what an interruption loses.
_BATCH_SECONDS = 1.0
_MAX_PER_WORKER = 64


class BatchPool:
    """Collect tasks, run them in one call of `joblib.Parallel`, give out the results.

    Not every backend returns results one by one, so this pool does not ask for it. When
    a call fails as a whole, as where a backend reports that a worker died, each task of
    the batch runs again, alone, in a process of this machine. multiprocessing does not
    report it, but waits for ever.

    Parameters
    ----------
    runner : TaskRunner
        What a worker calls with its tasks.
    n_workers : int
        Number of workers the backend has.
    bundle : bool
        Whether batches may grow beyond one task for each worker.
    rescue_pool : callable
        Returns the pool in which tasks of a failed batch run again, one at a time.
    """

    def __init__(
        self,
        runner: TaskRunner,
        n_workers: int,
        *,
        bundle: bool,
        rescue_pool: Callable[[], Pool],
    ) -> None:
        self._runner = runner
        self._n_workers = n_workers
        self._rescue_pool = rescue_pool
        self._rescue: Pool | None = None
        self._per_worker = 1
        self._max_per_worker = _MAX_PER_WORKER if bundle else 1
        self._error: Exception | None = None
        self._signals = OuterSignals()
        self._batch: list[Task] = []
        self._results: deque[tuple[Task, SplitResult]] = deque()
        self._suspects: deque[Task] = deque()
        self._parallel = joblib.Parallel(
            n_jobs=n_workers, pre_dispatch="all", batch_size=1
        )
        self._backend_name = type(backend_of(self._parallel)).__name__

    @property
    def has_idle(self) -> bool:
        """Whether the batch has room, once the last one is given back."""
        room = self._n_workers * self._per_worker
        return not self._results and not self._suspects and len(self._batch) < room

    @property
    def n_running(self) -> int:
        """Tasks in the batch, suspect, or done and not given back."""
        return len(self._batch) + len(self._suspects) + len(self._results)

    def submit(self, task: Task) -> None:
        """Add the task to the batch."""
        self._batch.append(task)

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return a result; run the batch if there is none."""
        if not self._results and not self._suspects:
            self._run_batch()
        if self._results:
            return self._results.popleft()
        return self._run_alone(self._suspects.popleft())

    def _run_batch(self) -> None:
        batch, self._batch = self._batch, []
        start = time.perf_counter()
        try:
            results = self._run_side_by_side(batch)
        except Exception as exc:
            self._signals.raise_pending()
            # Which task it was, and what the others returned, is lost.
            self._rescue_batch(batch, exc)
            return
        self._error = None
        seconds = time.perf_counter() - start
        if seconds < _BATCH_SECONDS / 2 and len(batch) > self._n_workers // 2:
            self._per_worker = min(2 * self._per_worker, self._max_per_worker)
        elif seconds > _BATCH_SECONDS:
            self._per_worker = max(1, self._per_worker // 2)
        self._results.extend(zip(batch, results, strict=True))

    def _run_side_by_side(self, batch: list[Task]) -> list[SplitResult]:
        """Run every n_workers-th task in one message, one after the other.

        The number of the message is that of their slot, which no other task has then.
        """
        n = self._n_workers
        messages = [
            [packed(task.in_slot(slot)) for task in batch[slot::n]]
            for slot in range(min(n, len(batch)))
        ]
        outcomes = self._parallel(
            joblib.delayed(run_tasks)(self._runner, tasks) for tasks in messages
        )
        results: list[Any] = [None] * len(batch)
        for slot, (of_slot, _) in enumerate(outcomes):
            results[slot::n] = of_slot
        return results

    def _rescue_batch(self, batch: list[Task], exc: Exception) -> None:
        if self._error is not None:
            # the batch before failed too, and none of its tasks was at fault
            raise exc
        self._error = exc
        self._suspects.extend(batch)
        warnings.warn(
            f"joblib's backend {self._backend_name} failed as a whole: {exc!r}. The "
            f"{len(batch)} fits it had been given run again in a process of this "
            f"machine, one at a time.",
            RuntimeWarning,
            stacklevel=2,
        )

    def _run_alone(self, task: Task) -> tuple[Task, SplitResult]:
        if self._rescue is None:
            self._rescue = self._rescue_pool().__enter__()
        self._rescue.submit(task)
        task, result = self._rescue.wait_any()
        if result.fit_failure is not None:
            self._error = None  # a culprit is found, so the backend may go on
        return task, result

    def __enter__(self) -> Self:
        self._signals.__enter__()
        self._parallel.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._signals.__exit__()
        try:
            if self._rescue is not None:
                self._rescue.__exit__(*exc_info)
        finally:
            self._parallel.__exit__(*exc_info)
