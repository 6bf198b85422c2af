"""Run tasks one at a time in the calling thread."""

from __future__ import annotations

import math
from typing import Self

from sklearn_hp._current_slot import current_slot
from sklearn_hp._evaluation._evaluate import Evaluation, evaluate
from sklearn_hp._evaluation._pool._outer_signals import OuterSignals
from sklearn_hp._records import SplitResult, Task


class SerialPool:
    """The calling thread as the only worker: nothing is pickled, nothing configured.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._task: Task | None = None
        self._signals = OuterSignals()

    @property
    def has_idle(self) -> bool:
        """Whether no task waits."""
        return self._task is None

    @property
    def n_running(self) -> int:
        """One if a task waits."""
        return int(self._task is not None)

    def submit(self, task: Task) -> None:
        """Keep the task for `wait_any`."""
        # a search inside a fit runs where that fit does
        self._task = task.in_slot(current_slot())

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Run the task."""
        assert self._task is not None
        task, self._task = self._task, None
        self._signals.begin_fit()
        result = evaluate(self._evaluation, task)
        self._signals.raise_pending()
        return task, result

    def __enter__(self) -> Self:
        self._signals.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._signals.__exit__()
