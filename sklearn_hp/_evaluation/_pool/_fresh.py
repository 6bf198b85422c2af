"""Run again, in a fresh worker, what may have failed of what other fits left behind."""

from __future__ import annotations

import math
from collections import deque
from typing import Self

from sklearn_hp._evaluation._pool._slot_pool import SlotPool
from sklearn_hp._records import SplitResult, Task


class FreshRetryPool:
    """Worker processes that do not let a fit fail of what another left in its process.

    Much is put back after each fit, but not all can be. So a fit that failed in a
    process that had run others, of an error such as OSError, is held back. No new task
    starts until those that run have ended. Then it runs once more, in a fresh process,
    and that outcome counts.

    Most such errors are the candidate's own. If one comes again in the fresh process,
    later ones of its kind are believed at once: a search in which many fits fail of one
    error pays for one fit more.

    Parameters
    ----------
    pool : SlotPool
        The workers.
    """

    def __init__(self, pool: SlotPool) -> None:
        self._pool = pool
        self._held_back: deque[tuple[Task, SplitResult]] = deque()
        self._retried: tuple[Task, str] | None = None
        self._believed: set[str] = set()

    @property
    def has_idle(self) -> bool:
        """Whether a worker is idle, and no task waits for all of them to be."""
        return not self._held_back and self._retried is None and self._pool.has_idle

    @property
    def n_running(self) -> int:
        """Tasks that run or are held back."""
        return self._pool.n_running + len(self._held_back)

    def submit(self, task: Task) -> None:
        """Give the task to the workers."""
        self._pool.submit(task)

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return the next result; when nothing runs any more, of what was held back."""
        while True:
            if not self._pool.n_running:
                task, result = self._held_back.popleft()
                if _error(result) in self._believed:
                    return task, result
                self._retried = task, _error(result)
                self._pool.submit_fresh(task)
            task, result = self._pool.wait_any(deadline)
            if self._retried is not None and self._retried[0].key == task.key:
                self._judge(result)
                return task, result
            error = _error(result)
            if not (error and result.in_used_process) or error in self._believed:
                return task, result
            self._held_back.append((task, result))

    def _judge(self, second: SplitResult) -> None:
        assert self._retried is not None
        _, error = self._retried
        self._retried = None
        if _error(second) == error:
            self._believed.add(error)
        else:  # of what another fit left, in whichever worker that was
            self._pool.renew()

    def __enter__(self) -> Self:
        self._pool.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._pool.__exit__(*exc_info)


def _error(result: SplitResult) -> str:
    """Return the name of an error that another fit may have caused, "" if none is."""
    return next((f.of_process for f in result.failures if f.of_process), "")
