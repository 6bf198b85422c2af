"""What a worker process tells of itself while it runs a fit, when it cannot answer.

The upper half runs in the process of the search, the lower half in the worker.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    first_bytes, idle_bytes : float
        Memory that the process had before its first fit, and after its last one; that
        is found out by others.
    """

    def __init__(self, context: Any) -> None:
        self._reader, self.writer = context.Pipe(duplex=False)
        self.pid = 0
        self.clock = math.inf
        self.first_bytes = self.idle_bytes = 0.0

    def update(self) -> None:
        """Take note of what the worker told since the last call."""
        # it writes a few words for a task, and gets no other before they are read
        while self._reader.poll():
            name, value = self._reader.recv()
            setattr(self, name, value)


# ---- in the worker process ----------------------------------------------------------

_writer: Connection | None = None
_memory_told = False


def tell_through(writer: Connection) -> None:
    """Have this process tell of itself through a pipe."""
    global _writer
    _writer = writer
    _tell("pid", os.getpid())


def tell_memory() -> None:
    """Tell how much memory this process has; only the first time it is called."""
    global _memory_told
    if not _memory_told:
        _memory_told = True
        processes = processes_here()
        if processes is not None:
            _tell("first_bytes", processes.private_bytes(os.getpid()))


@contextmanager
def unpacking() -> Iterator[None]:
    """Tell that what a fit needs is being unpickled here."""
    _tell("clock", time.monotonic() + _UNPACKING_SECONDS)
    try:
        yield
    finally:
        _tell("clock", math.inf)


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
    _writer.send((name, value))
