"""How much memory processes have to themselves, without a library where that can be.

Memory that a process shares does not count, as far as the system tells: the data of a
search are mapped into all its workers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import suppress
from typing import Protocol

# To list all processes takes milliseconds.
_LIST_SECONDS = 0.5


class Processes(Protocol):
    """What a system tells of processes."""

    def parents(self) -> dict[int, int]:
        """Return the parent of each process there is."""

    def private_bytes(self, pid: int) -> float:
        """Return the memory of a process, 0 if it has ended."""

    def shares_of_bytes(self, pids: list[int]) -> float:
        """Return the memory of processes that share some of it with each other."""


class ProcProcesses:
    """Linux's: files in /proc."""

    _page_size = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

    def parents(self) -> dict[int, int]:
        """Return the parent of each process there is."""
        found = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # the name of the program, in parentheses, can have spaces
                fields = file.read().rpartition(b")")[2].split()
                found[int(name)] = int(fields[1])
        return found

    def private_bytes(self, pid: int) -> float:
        """Return the memory that is of no file: resident without shared."""
        try:
            with open(f"/proc/{pid}/statm", "rb") as file:
                _, resident, shared, *_ = file.read().split()
        except OSError:
            return 0.0
        return (int(resident) - int(shared)) * self._page_size

    def shares_of_bytes(self, pids: list[int]) -> float:
        """Return the sum, each page divided among the processes that share it.

        What a process has before it forks is its children's too. It takes milliseconds.
        """
        return sum(map(self._share_of_bytes, pids))

    def _share_of_bytes(self, pid: int) -> float:
        with suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss_Anon:"):
                    return int(line.split()[1]) * 1024
        return self.private_bytes(pid)


class PsutilProcesses:
    """Any system's, where psutil is installed."""

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil

    def parents(self) -> dict[int, int]:
        """Return the parent of each process there is."""
        return {p.pid: p.info["ppid"] for p in self._psutil.process_iter(["ppid"])}

    def private_bytes(self, pid: int) -> float:
        """Return the private memory; where that is not known, all that is resident."""
        try:
            memory = self._psutil.Process(pid).memory_info()
        except self._psutil.Error:
            return 0.0
        if hasattr(memory, "private"):  # on Windows
            return memory.private
        return memory.rss - getattr(memory, "shared", 0)

    def shares_of_bytes(self, pids: list[int]) -> float:
        """Return the sum."""
        return sum(map(self.private_bytes, pids))


class PsProcesses:
    """Any Unix's: what the command ps prints, looked at again after a while."""

    def __init__(self) -> None:
        self._expires = 0.0
        self._table: dict[int, tuple[int, float]] = {}

    def _rows(self) -> dict[int, tuple[int, float]]:
        if time.monotonic() >= self._expires:
            printed = subprocess.run(
                ["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, check=True
            ).stdout
            rows = [list(map(int, line.split())) for line in printed.splitlines()]
            self._table = {pid: (ppid, kib * 1024.0) for pid, ppid, kib in rows}
            self._expires = time.monotonic() + _LIST_SECONDS
        return self._table

    def parents(self) -> dict[int, int]:
        """Return the parent of each process there is."""
        return {pid: ppid for pid, (ppid, _) in self._rows().items()}

    def private_bytes(self, pid: int) -> float:
        """Return the resident memory, of which ps does not tell what is shared."""
        return self._rows().get(pid, (0, 0.0))[1]

    def shares_of_bytes(self, pids: list[int]) -> float:
        """Return the sum."""
        return sum(map(self.private_bytes, pids))


def processes_here() -> Processes | None:
    """Return what this system tells of processes, None if nothing."""
    if os.path.exists("/proc/self/statm"):
        return ProcProcesses()
    with suppress(ImportError):
        return PsutilProcesses()
    return PsProcesses() if shutil.which("ps") else None


class MemoryMeter:
    """Measures processes together with those that they have started.

    Parameters
    ----------
    processes : Processes
        What the system tells.
    """

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._children: dict[int, list[int]] = {}
        self._expires = 0.0

    def bytes_of(self, pid: int, enough: float) -> float:
        """Return the memory of a process and its descendants.

        What they share is taken off only if more than `enough` is found.
        """
        pids = [pid, *self._descendants(pid)]
        n_bytes = sum(map(self._processes.private_bytes, pids))
        if n_bytes > enough and len(pids) > 1:
            return self._processes.shares_of_bytes(pids)
        return n_bytes

    def _descendants(self, pid: int) -> list[int]:
        if time.monotonic() >= self._expires:
            self._children = {}
            for child, parent in self._processes.parents().items():
                self._children.setdefault(parent, []).append(child)
            self._expires = time.monotonic() + _LIST_SECONDS
        found: list[int] = []
        level = [pid]
        while level:
            level = [c for parent in level for c in self._children.get(parent, [])]
            found += level
        return found
