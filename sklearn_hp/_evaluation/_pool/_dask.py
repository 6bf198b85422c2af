"""Workers of a Dask cluster, through the futures of joblib's Dask client.

joblib's own route waits for ever when a task kills its worker, and sends the data anew
with each call of `joblib.Parallel`. Futures do neither.
"""

from __future__ import annotations

import math
import queue
import time
import traceback
import warnings
from typing import Any, Self

from sklearn_hp._evaluation._failures import not_returned
from sklearn_hp._evaluation._pool._parcel import packed
from sklearn_hp._evaluation._pool._runner import TaskRunner, run_tasks
from sklearn_hp._records import SplitResult, Task

# How long without a result until the cluster is asked whether it has workers.
_WARN_SECONDS = 30.0


class DaskPool:
    """The workers that a `distributed.Client` reaches.

    Dask runs a task again whose worker died, and gives it up when that has happened
    several times (its setting ``distributed.scheduler.allowed-failures``). A worker is
    given one task at a time, or those behind a deadly one would be given up with it.

    Parameters
    ----------
    runner : TaskRunner
        What a worker calls with its tasks; it is sent to each worker once.
    n_workers : int
        Number of tasks that the cluster runs at the same time.
    client : distributed.Client
        Reaches the cluster.
    submit_kwargs : dict
        Arguments for `distributed.Client.submit`, as given to joblib's backend.
    """

    def __init__(
        self,
        runner: TaskRunner,
        n_workers: int,
        *,
        client: Any,
        submit_kwargs: dict[str, Any],
    ) -> None:
        self._free_slots = list(range(n_workers))
        self._client = client
        self._submit_kwargs = {**submit_kwargs, "pure": False}
        self._keep_exceptions = runner.keep_exceptions
        with warnings.catch_warnings():
            # Scattered data would be lost with the worker that holds it; the result of
            # a task is made again. Dask would rather have large data scattered.
            warnings.filterwarnings("ignore", "Sending large graph")
            self._runner = client.submit(_identity, runner, pure=False)
        self._running: dict[Any, Task] = {}
        self._warned = False
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @property
    def has_idle(self) -> bool:
        """Whether the cluster has room for a task."""
        return bool(self._free_slots)

    @property
    def n_running(self) -> int:
        """Tasks submitted and not given back."""
        return len(self._running)

    def submit(self, task: Task) -> None:
        """Send the task to the cluster."""
        task = task.in_slot(self._free_slots.pop(0))
        future = self._client.submit(
            run_tasks, self._runner, [packed(task)], **self._submit_kwargs
        )
        self._running[future] = task
        future.add_done_callback(self._done.put)

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return the next result; a task that the cluster gave up has failed."""
        future = self._next_done(deadline)
        task = self._running.pop(future)
        self._free_slots.append(task.slot)
        try:
            (result,), _ = future.result()
        except Exception as exc:
            result = self._gave_up(task, exc)
        return task, result

    def _next_done(self, deadline: float) -> Any:
        while True:
            seconds = max(0.0, deadline - time.monotonic())
            try:
                return self._done.get(timeout=min(_WARN_SECONDS, seconds))
            except queue.Empty:
                if seconds == 0.0:
                    raise TimeoutError from None
                self._warn_without_workers()

    def _warn_without_workers(self) -> None:
        # A cluster may grow again, so to wait is right, but not in silence.
        if self._warned or self._client.scheduler_info()["workers"]:
            return
        self._warned = True
        warnings.warn(
            "The Dask cluster has no workers left. The search waits until it has some. "
            "Interrupt it to have the results so far in cv_results_.",
            RuntimeWarning,
            stacklevel=2,
        )

    def _gave_up(self, task: Task, exc: Exception) -> SplitResult:
        trace = "".join(traceback.format_exception(exc))
        reason = f"The Dask cluster gave up this fit: {exc}\n{trace}"
        died = type(exc).__name__ == "KilledWorker"
        return not_returned(task, reason, exc, self._keep_exceptions, died)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Cancel what has not begun; a fit that runs ends by itself."""
        self._client.cancel([*self._running, self._runner])


def _identity(runner: TaskRunner) -> TaskRunner:
    return runner
