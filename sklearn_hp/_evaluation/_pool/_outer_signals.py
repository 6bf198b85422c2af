"""Tell what a signal from outside raises from what a fit raises.

Python runs the handler of a signal inside whatever the main thread runs. With one
worker that is a fit, and what the handler raises, often SystemExit, would count as the
failure of that fit.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any, Self

# What people and schedulers send. A signal such as SIGCHLD is a consequence of what the
# fit does, and what its handler raises is the fit's failure.
_FROM_OUTSIDE = (
    "SIGINT",
    "SIGTERM",
    "SIGHUP",
    "SIGQUIT",
    "SIGBREAK",
    "SIGUSR1",
    "SIGUSR2",
    "SIGXCPU",
)
# A fit can limit its own time by these. Then the timer was not running before it.
_TIMERS = {"SIGALRM": "ITIMER_REAL", "SIGVTALRM": "ITIMER_VIRTUAL"}

_Handler = Callable[[int, Any], Any]


class OuterSignals:
    """Notes what the handlers of signals raise that were there before the fits.

    A context manager, within which the handlers written in Python are replaced by ones
    that call them. It has no effect in threads, which signals do not reach.
    """

    def __init__(self) -> None:
        self._handlers: dict[int, tuple[_Handler, _Handler]] = {}
        self._timers: dict[int, int] = {}
        self._of_fit: set[int] = set()
        self._raised: BaseException | None = None

    def begin_fit(self) -> None:
        """Note which timers are not running, so that the fit could start them."""
        self._of_fit = {
            number
            for number, timer in self._timers.items()
            if signal.getitimer(timer)[0] == 0
        }

    def raise_pending(self) -> None:
        """Raise what a handler raised, whatever the fit made of it."""
        if self._raised is not None:
            raise self._raised

    def _noting(self, handler: _Handler) -> _Handler:
        def note(number: int, frame: Any) -> Any:
            try:
                return handler(number, frame)
            except BaseException as exc:
                if number not in self._of_fit:
                    self._raised = exc
                raise

        note.__wrapped__ = handler  # type: ignore[attr-defined]
        return note

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self
        for name in (*_FROM_OUTSIDE, *_TIMERS):
            if not hasattr(signal, name):  # not every system has each
                continue
            number = getattr(signal, name)
            handler = signal.getsignal(number)
            if callable(handler):
                noting = self._noting(handler)
                self._handlers[number] = handler, noting
                signal.signal(number, noting)
                if name in _TIMERS:
                    self._timers[number] = getattr(signal, _TIMERS[name])
        return self

    def __exit__(self, *exc_info: object) -> None:
        for number, (handler, noting) in self._handlers.items():
            if signal.getsignal(number) is noting:  # a fit may have set another
                signal.signal(number, handler)
        self._handlers.clear()
