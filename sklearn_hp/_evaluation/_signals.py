"""What signals do to a search and to the processes that it starts."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


@contextmanager
def held_back(names: Iterable[str]) -> Iterator[None]:
    """Hold back the signals of these names, also from a process started meanwhile.

    Such a process inherits that, and then decides for itself.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    signals = {getattr(signal, name) for name in names}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
