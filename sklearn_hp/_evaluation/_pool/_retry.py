"""Run again, alone, what ran out of memory beside others."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Self

from sklearn_hp._evaluation._pool._base import Pool
from sklearn_hp._records import Failure, SplitResult, Task

_FAILED_ALONE = "It ran out of memory, and failed again when it ran alone:\n"


class RetryPool:
    """A pool that gives a task that ran out of memory a second chance.

    How much memory there is for a fit depends on what runs beside it, so that its
    failure says nothing about the candidate. It is held back, no new task starts until
    those that run have ended, and then it runs once more. That outcome counts.

    Parameters
    ----------
    pool : Pool
        The workers, two or more.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._held_back: deque[Task] = deque()

    @property
    def has_idle(self) -> bool:
        """Whether a worker is idle, and no task waits for all of them to be."""
        return not self._held_back and self._pool.has_idle

    @property
    def n_running(self) -> int:
        """Tasks that run or are held back."""
        return self._pool.n_running + len(self._held_back)

    def submit(self, task: Task) -> None:
        """Give the task to the workers."""
        self._pool.submit(task)

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return the next result; when nothing runs any more, of what was held back."""
        while self._pool.n_running:
            task, result = self._pool.wait_any(deadline)
            if not any(failure.out_of_memory for failure in result.failures):
                return task, result
            self._held_back.append(task)
        self._pool.submit(self._held_back.popleft())
        task, result = self._pool.wait_any(deadline)
        return task, _failed_alone(result)

    def __enter__(self) -> Self:
        self._pool.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._pool.__exit__(*exc_info)


def _failed_alone(result: SplitResult) -> SplitResult:
    """Let each failure in a result say that it is the second; without, return it."""
    if result.fit_failure is not None:
        return replace(result, fit_failure=_second(result.fit_failure))
    if result.score_failures:
        failures = {key: _second(f) for key, f in result.score_failures.items()}
        return replace(result, score_failures=failures)
    return result


def _second(failure: Failure) -> Failure:
    if failure.exception is not None:
        failure.exception.add_note(_FAILED_ALONE.rstrip(":\n") + ".")
    return replace(failure, reason=_FAILED_ALONE + failure.reason)
