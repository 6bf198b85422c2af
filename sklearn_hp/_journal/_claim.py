"""Who writes to a file: one process at a time, and how to know that it has ended."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

# A process of another host cannot be looked at from here. While it lives, it touches
# the file every 30 seconds; when it has not for this long, it is taken to have ended.
BEAT = 30.0
STALE = 600.0
# One of a host of this name before it started anew is most likely of this one.
STALE_BEFORE_BOOT = 3 * BEAT


def new_claim() -> str:
    """Return the claim of this process, a text that no other claim is equal to."""
    return json.dumps(
        {
            "pid": os.getpid(),
            "host": platform.node(),
            "place": _place(),
            "started": _started(os.getpid()),
            "id": uuid.uuid4().hex,
        }
    )


def owner_of(claim: str, path: str | os.PathLike) -> str:
    """Return who holds a claim, for a message; "" if that process has ended.

    Parameters
    ----------
    claim : str
        What `new_claim` returned, maybe in another process.
    path : path-like
        The file, which the process touches while it lives.
    """
    known = json.loads(claim)
    pid, host = known["pid"], known["host"]
    silent = time.time() - os.stat(path).st_mtime
    place = _place()
    if (host, known["place"]) == (platform.node(), place):
        is_there = _is_alive(pid, known["started"])
        if not known["started"] and silent > STALE:
            is_there = False  # its number went to another process
        this = " (this process)" if pid == os.getpid() else ""
        return f"process {pid}{this} on this host, {host}" if is_there else ""
    other_boot = known["place"].partition(" ")[0] != place.partition(" ")[0]
    is_restart = host == platform.node() and other_boot
    limit = STALE_BEFORE_BOOT if is_restart else STALE
    if silent > limit:
        return ""
    return (
        f"process {pid} on the host {host}, last heard of {max(silent, 0):.0f} s ago; "
        f"after {limit:.0f} s of silence, you may take it over"
    )


def _place() -> str:
    """Return what tells apart containers of one host name, where processes differ."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _started(pid: int) -> str:
    """Return when a process began; "" where the system does not say so."""
    with suppress(OSError):
        # after the name in parentheses, which may hold anything; the 22nd field
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def _is_alive(pid: int, started: str) -> bool:
    """Whether a process runs, and is not another one with the number of the first."""
    if started:
        return _started(pid) == started and not _is_zombie(pid)
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_zombie(pid: int) -> bool:
    with suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state in "ZX"
    return False


def _is_alive_on_windows(pid: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    query, still_active = 0x1000, 259
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == still_active
