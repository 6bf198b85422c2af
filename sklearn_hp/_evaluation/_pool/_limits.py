"""Find out which of the running fits are over a limit of their search."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from sklearn_hp._evaluation._pool._process import WorkerProcess
from sklearn_hp._records import FailureKind, Limits

# A limit may be shorter than it is worth to look again.
_LEAST_SECONDS = 0.01


class Excess(NamedTuple):
    """How a fit went over a limit."""

    kind: FailureKind
    error: Exception


class LimitKeeper:
    """Looks at running workers, as often as their limits need.

    Parameters
    ----------
    limits : Limits
        Of each fit.

    Attributes
    ----------
    next_look : float, seconds
        When a worker may be over a limit next, on the monotonic clock.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.next_look = math.inf

    def note_start(self) -> None:
        """Take note that a worker gets a task now."""
        self.next_look = min(self.next_look, self._earliest(time.monotonic()))

    def look_at(self, workers: list[WorkerProcess]) -> dict[WorkerProcess, Excess]:
        """Return those workers whose fit is over a limit, and how."""
        self.next_look = math.inf
        found = {}
        for worker in workers:
            worker.progress.update()
            now = time.monotonic()
            # a fit that has not begun cannot be over before it could be if it did now
            end = self._earliest(min(worker.progress.clock, now))
            if now >= end:
                found[worker] = self._too_long()
            self.next_look = min(self.next_look, max(end, now + _LEAST_SECONDS))
        return found

    def _earliest(self, start: float) -> float:
        return start + self._limits.seconds

    def _too_long(self) -> Excess:
        reason = f"The fit timed out after {self._limits.seconds:g} s (fit_timeout)."
        return Excess("timeout", TimeoutError(reason))
