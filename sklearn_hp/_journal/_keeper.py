"""A thread that says once a second to the disk what was written, and that we live."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress

from sklearn_hp._journal._claim import BEAT

_PERIOD = 1.0


class Keeper:
    """Syncs a log, and touches the file, until it is closed.

    A commit without a sync outlives the process, whatever kills it, but not a power
    cut. It takes 0.02 ms, and a sync 10 ms.

    Parameters
    ----------
    path : str
        The file, which is touched.
    log : str or None
        What is to be synced; None if SQLite syncs each commit.
    by_number : bool, default=True
        Whether files are told apart by their numbers; else it counts only whether there
        is one.

    Attributes
    ----------
    is_gone : bool
        Whether the file was removed, or another one took its place. What is written
        then is lost when the process ends.
    """

    def __init__(self, path: str, log: str | None, by_number: bool = True) -> None:
        self._path = path
        self._log = log
        self._written = False
        # file systems of the network may give one file several numbers
        self._by_number = by_number and log is not None
        self._file = self._identity(path)
        self._log_file: tuple[int, int] | None = None
        self.is_gone = False
        self._closed = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="sklearn_hp checkpoint", daemon=True
        )
        self._thread.start()

    def note_written(self) -> None:
        """Say that there is something to sync."""
        self._written = True

    def close(self) -> None:
        """End the thread, and sync what was written last."""
        self._closed.set()
        self._thread.join()
        self.look()
        if self._written:
            # SQLite does it if nobody reads the file, and not otherwise
            self._sync()

    def look(self) -> None:
        """See whether the file is still there, with its log."""
        log = None if self._log is None else self._identity(self._log)
        log_is_gone = self._log_file not in (None, log)
        self._log_file = log
        if log_is_gone or self._identity(self._path) != self._file:
            self.is_gone = True

    def _run(self) -> None:
        touched = time.monotonic()
        while not self._closed.wait(_PERIOD):
            if self._written:
                self._written = False
                self.look()
                self._sync()
            if time.monotonic() - touched > BEAT:
                touched = time.monotonic()
                with suppress(OSError):  # the next write says what is wrong
                    os.utime(self._path)

    def _sync(self) -> None:
        if self._log is None:
            return
        # not the file itself: to close a descriptor of it would release SQLite's locks
        with suppress(OSError):
            descriptor = os.open(self._log, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _identity(self, path: str) -> tuple[int, int] | None:
        """Return what no other file has; None if there is none."""
        try:
            found = os.stat(path)
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if self._by_number else (0, 0)
