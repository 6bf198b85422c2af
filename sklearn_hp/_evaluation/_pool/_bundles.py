"""How many tasks travel to a worker together, and whether they wait in its queue."""

from __future__ import annotations

import math

from sklearn_hp._records import Task

# A message costs about a millisecond however small its task is: fits of a few
# milliseconds travel in bundles that take about this long (benchmarks/overhead.py).
_BUNDLE_SECONDS = 0.03
_MAX_BUNDLE = 100

# Between two messages a worker idles for 1 to 4 ms. While fits are shorter than this,
# its next bundle waits in its queue, which is then the smaller loss: a long fit can
# keep the bundle behind it waiting.
_QUEUE_SECONDS = 0.5


class Bundles:
    """Collects tasks for the next message to a worker.

    Parameters
    ----------
    n_workers : int
        Number of workers.
    max_tasks : int or None
        The most tasks there will be, None if unknown.
    allowed : bool
        Whether short fits may travel several at a time, and wait in a worker's queue.

    Attributes
    ----------
    allowed : bool
        As given.
    """

    def __init__(self, n_workers: int, max_tasks: int | None, allowed: bool) -> None:
        self.allowed = allowed
        self._n_workers = n_workers
        self._n_left = math.inf if max_tasks is None else max_tasks
        self._tasks: list[Task] = []
        self._size = 1
        self._task_seconds = math.inf

    def __len__(self) -> int:
        """Return the number of tasks that wait for the next message."""
        return len(self._tasks)

    @property
    def are_short(self) -> bool:
        """Whether the latest fits were short."""
        return self._task_seconds < _QUEUE_SECONDS

    @property
    def depth(self) -> int:
        """How many bundles a worker holds: one, or one more in its queue."""
        # near the end a queued bundle would wait while another worker has none
        many_left = self._n_left > 2 * self._n_workers * self._size
        return 2 if self.allowed and self.are_short and many_left else 1

    def add(self, task: Task) -> bool:
        """Add a task; return whether the bundle is full."""
        self._n_left -= 1
        self._tasks.append(task)
        return len(self._tasks) >= self._size

    def take(self) -> list[Task]:
        """Return the tasks that wait, and begin another bundle."""
        bundle, self._tasks = self._tasks, []
        return bundle

    def learn(self, task_seconds: float) -> None:
        """Fit the size of bundles to how long the tasks of one took, on average."""
        self._task_seconds = task_seconds
        if self.allowed:
            # shrink at once when a fit was slow, grow by doubling while they are fast
            fitting = int(_BUNDLE_SECONDS / max(task_seconds, 1e-9))
            self._size = max(1, min(fitting, 2 * self._size, _MAX_BUNDLE))
