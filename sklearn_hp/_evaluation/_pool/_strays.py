"""What a fit started and moved away from its worker, as a daemon does: find and end it.

loky ends the children of a worker and theirs. A process whose parent has ended is
nobody's child any more; but it has inherited the environment.
"""

from __future__ import annotations

import os
import signal
import time
import uuid
from contextlib import suppress

_VARIABLE = "SKLEARN_HP_WORKER"
# What ends can have started another in the meantime.
_ROUNDS = 100
_MOMENT = 1e-3


def new_mark() -> dict[str, str]:
    """Return an environment variable by which what a process starts is known.

    It keeps the marks of what this process itself runs in.
    """
    mark = uuid.uuid4().hex
    return {_VARIABLE: f"{os.environ.get(_VARIABLE, '')}:{mark}"}


def kill_marked(mark: dict[str, str]) -> None:
    """Kill all processes that have the mark; on Linux only."""
    if not os.path.exists("/proc/self/environ"):
        return
    pattern = mark[_VARIABLE].encode()
    for _ in range(_ROUNDS):
        found = [pid for pid in _processes() if pattern in _environment(pid)]
        for pid in found:
            with suppress(OSError):  # it has ended
                os.kill(pid, signal.SIGKILL)
        if not found:
            break
        time.sleep(_MOMENT)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment(pid: int) -> bytes:
    """Return what the process was started with; nothing of those of other users."""
    with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
        return file.read()
    return b""
