"""A worker process that can be waited for, because it is killed if it does not end."""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from multiprocessing.connection import wait

from sklearn_hp._evaluation._joblib_compat import (
    LokyContext,
    LokyProcess,
    kill_process_tree,
)

# How long the exit hooks of a worker may take that leaves by itself, as when it has
# been idle for long: they write the last lines of logs.
_GRACE_SECONDS = 2.0


class MortalProcess(LokyProcess):
    """A process of loky that always comes to its end, and whose end is always seen.

    A fit can leave a thread, an executor or an exit hook in its worker for which that
    process waits at its end for ever. loky, which waits for the process, would be stuck
    with it: so would the search that lost a worker, and the script at its end.
    """

    _killed = False
    _close: weakref.finalize | None = None

    def start(self) -> None:
        """Start the process."""
        super().start()
        if hasattr(os, "pidfd_open"):
            with suppress(OSError):  # a kernel older than Python was built for
                self._pidfd = os.pidfd_open(self.pid)
                self._close = weakref.finalize(self, os.close, self._pidfd)

    @property
    def sentinel(self) -> int:
        """What becomes ready when the process has ended.

        loky's own, a pipe, is also open in what a fit has forked. As long as that
        lives, the pipe does not show that the worker died.
        """
        return super().sentinel if self._close is None else self._pidfd

    def join(self, timeout: float | None = None) -> None:
        """Wait for the process, but not long: kill it and its children then."""
        ended = wait([self.sentinel], timeout=_GRACE_SECONDS)
        if not ended and not self._killed:
            self._killed = True
            kill_process_tree(self)  # which joins it
        super().join(timeout)
        if self._close is not None:
            self._close()
            self._close = None


class MortalContext(LokyContext):
    """Has the executor of loky start mortal processes."""

    Process = MortalProcess
