"""What a worker process tells of itself while it runs a fit, when it cannot answer.

The upper half runs in the process of the search, the lower half in the worker.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from sklearn_hp._evaluation._pool._memory import processes_here

# What a fit needs may have to be imported when its parameters are unpickled, which
# takes seconds and is not the fit's fault. It must not take for ever.
_UNPACKING_SECONDS = 60.0


class Progress:
    """The near end of a pipe from a worker process.

    Parameters
    ----------
    context : multiprocessing context
        Of the worker.

    Attributes
    ----------
    writer : Connection
        The far end, for `tell_through` in the worker.
    pid : int
        Number of the process; 0 until it has started.
    clock : float, seconds
        Since when a fit runs, on the monotonic clock; infinity while none does.
    first_bytes : float
        Memory that the process had before its first fit; 0 while that is not known.
    idle_bytes : float
        Memory that earlier fits and all else take before the next; found out by others.
    """

    def __init__(self, context: Any) -> None:
        self._reader, self.writer = context.Pipe(duplex=False)
        self.pid = 0
        self.clock = math.inf
        self.first_bytes = self.idle_bytes = 0.0

    def begin(self) -> None:
        """Take note that the worker gets a task now.

        A pipe holds a few hundred words. A worker that told of all its tasks before
        anybody reads would wait for that, in the middle of a fit.
        """
        self.update()
        self.clock = math.inf

    def update(self) -> None:
        """Take note of what the worker told since the last call."""
        while self._reader.poll():
            name, value = self._reader.recv()
            setattr(self, name, value)


# ---- in the worker process ----------------------------------------------------------

_writer: Connection | None = None


def tell_through(writer: Connection) -> None:
    """Have this process tell of itself through a pipe."""
    global _writer
    _writer = writer
    _tell("pid", os.getpid())


def tell_memory() -> None:
    """Tell how much memory this process has."""
    processes = processes_here()
    if processes is not None:
        _tell("first_bytes", processes.private_bytes(os.getpid()))


def tell_unpacking() -> None:
    """Tell that what a fit needs is unpickled here, from now until it begins."""
    _tell("clock", time.monotonic() + _UNPACKING_SECONDS)


@contextmanager
def fitting() -> Iterator[None]:
    """Tell that a fit runs here."""
    _tell("clock", time.monotonic())
    try:
        yield
    finally:
        _tell("clock", math.inf)


def _tell(name: str, value: float) -> None:
    assert _writer is not None
    with suppress(BrokenPipeError):  # the search was killed, and this process is next
        _writer.send((name, value))
