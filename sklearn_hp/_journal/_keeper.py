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
    """

    def __init__(self, path: str, log: str | None) -> None:
        self._path = path
        self._log = log
        self._written = False
        self._closed = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="sklearn_hp checkpoint", daemon=True
        )
        self._thread.start()

    def note_written(self) -> None:
        """Say that there is something to sync."""
        self._written = True

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        touched = time.monotonic()
        while not self._closed.wait(_PERIOD):
            if self._written:
                self._written = False
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
