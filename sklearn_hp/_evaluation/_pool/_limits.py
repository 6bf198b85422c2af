"""Find out which of the running fits are over a limit of their search."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from sklearn_hp._evaluation._pool._memory import MemoryMeter, processes_here
from sklearn_hp._evaluation._pool._process import WorkerProcess
from sklearn_hp._records import FailureKind, Limits

# A limit may be shorter than what it is worth to look again after.
_LEAST_SECONDS = 0.01
# In this time a fit can take some hundred megabytes.
_MEMORY_SECONDS = 0.05

# Of the memory that fits may take: what others have left in a worker, so that the fit
# which went over the limit there deserves another, and so that it is not used again.
_LEFT_FOR_RETRY = 0.1
_LEFT_FOR_RECYCLING = 0.5

_NO_METER = (
    "fit_memory_limit needs to know how much memory worker processes take. Here this "
    "cannot be found out: there is neither /proc nor the command ps, and psutil is not "
    "installed. Install psutil, or leave fit_memory_limit=None."
)


class Excess(NamedTuple):
    """How a fit went over a limit.

    ``by_others`` says that what earlier fits left in its worker may have caused it.
    """

    kind: FailureKind
    error: Exception
    by_others: bool = False


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

    Raises
    ------
    ValueError
        If memory is limited, and the system does not tell of it.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._meter: MemoryMeter | None = None
        self._interval = math.inf
        self.next_look = math.inf
        if limits.n_bytes < math.inf:
            processes = processes_here()
            if processes is None:
                raise ValueError(_NO_METER)
            self._meter = MemoryMeter(processes)
            self._interval = _MEMORY_SECONDS

    def note_start(self, worker: WorkerProcess) -> None:
        """Take note that a worker gets a task now."""
        worker.progress.begin()
        soon = min(self._limits.seconds, self._interval)
        self.next_look = min(self.next_look, time.monotonic() + soon)

    def look_at(self, workers: list[WorkerProcess]) -> dict[WorkerProcess, Excess]:
        """Return those workers whose fit is over a limit, and how.

        Raises
        ------
        ValueError
            If the memory that a worker takes before its first fit is over the limit.
        """
        self.next_look = time.monotonic() + self._interval
        found = {}
        for worker in workers:
            worker.progress.update()
            excess = self._time_of(worker) or self._memory_of(worker)
            if excess is not None:
                found[worker] = excess
        return found

    def note_end(self, worker: WorkerProcess) -> None:
        """Take note that a task of a worker has ended.

        Raises
        ------
        ValueError
            If the memory that a worker takes before its first fit is over the limit.
        """
        if self._meter is not None:
            worker.progress.update()
            self._check_start(worker.progress.first_bytes)

    def has_grown(self, worker: WorkerProcess) -> bool:
        """Whether earlier fits, also of other searches, left too much in a worker."""
        if self._meter is None or not worker.n_done:
            return False
        progress = worker.progress
        progress.update()
        progress.idle_bytes = self._meter.bytes_of(progress.pid, self._limits.n_bytes)
        return self._share_left(worker) > _LEFT_FOR_RECYCLING

    def _time_of(self, worker: WorkerProcess) -> Excess | None:
        now = time.monotonic()
        # a fit that has not begun cannot be over before it could be if it did now
        end = min(worker.progress.clock, now) + self._limits.seconds
        self.next_look = min(self.next_look, max(end, now + _LEAST_SECONDS))
        if now < end:
            return None
        reason = f"The fit timed out after {self._limits.seconds:g} s (fit_timeout)."
        return Excess("timeout", TimeoutError(reason + _where(worker)))

    def _memory_of(self, worker: WorkerProcess) -> Excess | None:
        if self._meter is None or worker.progress.clock == math.inf:
            return None
        limit = self._limits.n_bytes
        n_bytes = self._meter.bytes_of(worker.progress.pid, limit)
        if n_bytes <= limit:
            return None
        self._check_start(worker.progress.first_bytes)
        reason = (
            f"The fit took too much memory: its worker process had {_size(n_bytes)}, "
            f"and fit_memory_limit is {_size(limit)}."
        )
        by_others = worker.n_done > 0 and self._share_left(worker) > _LEFT_FOR_RETRY
        return Excess("memory limit", MemoryError(reason + _where(worker)), by_others)

    def _share_left(self, worker: WorkerProcess) -> float:
        """Return what fits left in a worker, of what there is for them."""
        progress = worker.progress
        left = progress.idle_bytes - progress.first_bytes
        return left / (self._limits.n_bytes - progress.first_bytes)

    def _check_start(self, n_bytes: float) -> None:
        if n_bytes >= self._limits.n_bytes:
            raise ValueError(
                f"fit_memory_limit is {_size(self._limits.n_bytes)}, but a worker "
                f"process takes {_size(n_bytes)} before its first fit, for the "
                f"libraries and the data. What a fit takes comes on top: give a larger "
                f"limit, or fit_memory_limit=None."
            )


def _where(worker: WorkerProcess) -> str:
    lines = worker.where()
    return f"\nIt was here (most recent call last):\n{lines}" if lines else ""


def _size(n_bytes: float) -> str:
    if n_bytes >= 2**30:
        return f"{n_bytes / 2**30:.3g} GiB"
    return f"{n_bytes / 2**20:.3g} MiB"
