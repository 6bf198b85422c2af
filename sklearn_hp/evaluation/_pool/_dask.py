"""Workers of a Dask cluster, through the futures of joblib's Dask client.

joblib's own route waits for ever when a task kills its worker, and sends the data anew
with each call of `joblib.Parallel`. Futures do neither.
"""

from __future__ import annotations

import queue
import traceback
import warnings
from collections import deque
from collections.abc import Sequence
from typing import Any, Self

from sklearn_hp._records import Failure, SplitResult, Task
from sklearn_hp.evaluation._pool._runner import TaskRunner


class DaskPool:
    """The workers that a `distributed.Client` reaches.

    Dask runs a task again whose worker died, and gives it up when that has happened
    several times (its setting ``distributed.scheduler.allowed-failures``). Those that
    waited on the same worker may be given up with it, so each runs once more, alone.

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
        self._n_workers = n_workers
        self._client = client
        self._submit_kwargs = {**submit_kwargs, "pure": False}
        self._keep_exceptions = runner.evaluation.keep_exceptions
        with warnings.catch_warnings():
            # Scattered data would be lost with the worker that holds it; the result of
            # a task is made again. Dask would rather have large data scattered.
            warnings.filterwarnings("ignore", "Sending large graph")
            self._runner = client.submit(_identity, runner, pure=False)
        self._running: dict[Any, Task] = {}
        self._suspects: deque[Task] = deque()
        self._retry: Any = None
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @property
    def has_idle(self) -> bool:
        """Whether the cluster has room for a task, or to have one ready."""
        # one more for each worker than it runs, which hides the way there and back
        return not self._suspects and len(self._running) < 2 * self._n_workers

    @property
    def n_running(self) -> int:
        """Tasks submitted and not given back."""
        return len(self._running) + len(self._suspects)

    def submit(self, task: Task) -> None:
        """Send the task to the cluster."""
        self._send(task)

    def _send(self, task: Task) -> Any:
        future = self._client.submit(_call, self._runner, [task], **self._submit_kwargs)
        self._running[future] = task
        future.add_done_callback(self._done.put)
        return future

    def wait_any(self) -> tuple[Task, SplitResult]:
        """Return the next result; a task that the cluster gave up has failed."""
        while True:
            if not self._running:
                self._retry = self._send(self._suspects.popleft())
            future = self._done.get()
            task = self._running.pop(future)
            try:
                (result,), _ = future.result()
            except Exception as exc:
                if future is not self._retry:
                    self._suspects.append(task)
                    continue
                result = self._failure(task, exc)
            return task, result

    def _failure(self, task: Task, exc: Exception) -> SplitResult:
        trace = "".join(traceback.format_exception(exc))
        failure = Failure(
            f"The Dask cluster gave up this fit: {exc}\n{trace}",
            exc if self._keep_exceptions else None,
        )
        return SplitResult(*task.key, fit_time=0.0, score_time=0.0, fit_failure=failure)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Cancel what has not begun; a fit that runs ends by itself."""
        self._client.cancel([*self._running, self._runner])


def _identity(runner: TaskRunner) -> TaskRunner:
    return runner


def _call(runner: TaskRunner, tasks: Sequence[Task]) -> tuple[list[SplitResult], float]:
    return runner(tasks)
