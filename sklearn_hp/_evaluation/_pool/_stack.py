"""Find out where a worker process is that does not answer.

Python's faulthandler writes the stack from the handler of a signal, in C, so that it
does not matter what the process is doing. The upper half runs in the process of the
search, the lower half in the worker.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

# One that nobody uses, where there are such.
_SIGNAL: int = getattr(signal, "SIGRTMAX", getattr(signal, "SIGUSR2", 0))
_CAN_WRITE = hasattr(faulthandler, "register")

# How long it may take until the first line comes, and the next.
_FIRST_SECONDS = 0.25
_NEXT_SECONDS = 0.02

_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)
_OWN = os.path.dirname(os.path.dirname(__file__))


class StackReader:
    """The near end of a pipe through which a worker process writes its stack.

    Parameters
    ----------
    context : multiprocessing context
        Of the worker.

    Attributes
    ----------
    writer : Connection or None
        The far end, for `write_on_request`; None where there are no such signals.
    """

    def __init__(self, context: Any) -> None:
        self.writer: Connection | None = None
        if _CAN_WRITE:
            self._reader, self.writer = context.Pipe(duplex=False)

    def read(self, pid: int) -> str:
        """Return where the fit in the process is, as lines; "" if it does not say."""
        if self.writer is None or not pid:
            return ""
        with suppress(OSError):  # it has ended
            os.kill(pid, _SIGNAL)
        written, seconds = b"", _FIRST_SECONDS
        while self._reader.poll(seconds):
            written += os.read(self._reader.fileno(), 65536)
            seconds = _NEXT_SECONDS
        return _of_fit(written.decode(errors="replace"))


def _of_fit(written: str) -> str:
    """Return the frames of the fit, the latest last; without those that called it."""
    lines = []
    for path, number, name in _FRAME.findall(written):
        if path.startswith(_OWN):
            break
        # with more space than a traceback has: it is none, nothing was raised
        lines.append(f'    File "{path}", line {number}, in {name}')
    return "\n".join(reversed(lines))


# ---- in the worker process ----------------------------------------------------------


def write_on_request(writer: Connection | None) -> None:
    """Have this process write its stack when it gets the signal."""
    if writer is not None:
        faulthandler.register(_SIGNAL, writer.fileno(), all_threads=False)
        _kept.append(writer)  # it would be closed


_kept: list[Connection] = []
