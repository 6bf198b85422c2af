"""What the loop of a search asks of its workers."""

from __future__ import annotations

import math
from typing import Protocol, Self

from sklearn_hp._records import SplitResult, Task


class Pool(Protocol):
    """Workers that run tasks; a context manager.

    A task that is handed to a worker has the worker's number as its `slot`, below the
    number of workers: of those that run at the same time, no two have the same.
    """

    @property
    def has_idle(self) -> bool:
        """Whether a task submitted now would start at once."""

    @property
    def n_running(self) -> int:
        """Number of tasks submitted whose results were not given back yet."""

    def submit(self, task: Task) -> None:
        """Run a task; only while there `has_idle`."""

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Wait for a result, and return it with its task.

        If there is none at the deadline, in seconds of the monotonic clock, raise
        TimeoutError. A pool whose tasks run in the calling process has no such limit.
        """

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...
