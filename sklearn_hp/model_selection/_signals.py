"""What signals do to a search as a whole."""

import inspect
import multiprocessing
import os
import signal
import threading
from contextlib import contextmanager

from sklearn_hp._current_slot import in_slot

# What job schedulers, containers and closed terminals send. Not every system has each.
_ENDING = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# What a shell reports of a process that a signal has ended.
_EXIT_STATUS = 128


class EndedBySignals:
    """Let SIGTERM and SIGHUP end what runs inside as Ctrl-C does, then the script.

    By default they end the process at once, and `finally` blocks do not run. Here the
    first raises SystemExit, whatever a fit makes of that; a second one has the default
    effect. Signals for which there is a handler, or which are ignored, are left alone,
    and so are all in threads and in worker processes, which are ended from outside.
    """

    def __init__(self):
        self._received = None
        self._handled = []

    def __enter__(self):
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and not in_slot() and multiprocessing.parent_process() is None:
            for number in _ENDING:
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._handled.append(number)
                    signal.signal(number, self.end)
            _in_force.append(self)
        return self

    def __exit__(self, exc_type, exc, traceback):
        self.restore()
        if self._received is not None and not isinstance(exc, SystemExit):
            # a fit has swallowed it, or made something else of it
            raise SystemExit(_EXIT_STATUS + self._received) from exc

    def restore(self):
        """Give signals their default effect again, where it is still replaced."""
        if self in _in_force:
            _in_force.remove(self)
        for number in self._handled:
            # within fits the handler is wrapped, and a fit may have set its own
            if inspect.unwrap(signal.getsignal(number)) == self.end:
                signal.signal(number, signal.SIG_DFL)
        self._handled.clear()

    def end(self, number, frame):
        """Handle a signal: the next one has its default effect."""
        self._received = number
        self.restore()
        raise SystemExit(_EXIT_STATUS + number)


_in_force: list[EndedBySignals] = []


def _leave_to_parent():
    """In a process that a fit has forked: SIGTERM ends it, as its parent expects."""
    for ended in list(_in_force):
        ended.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


@contextmanager
def interrupts_deferred():
    """Let Ctrl-C, SIGTERM and SIGHUP wait for the end of a block of but a moment.

    Handlers of the user, and what ends the process at once, are left alone.
    """
    ours = [signal.default_int_handler, *(ended.end for ended in _in_force)]
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, *_ENDING)}
    deferred = []
    for number, handler in handlers.items():
        if handler in ours:
            signal.signal(number, lambda *args: deferred.append(args))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler in ours:
                signal.signal(number, handler)
    for number, frame in deferred[:1]:
        handlers[number](number, frame)
