"""The number of the worker that runs the present fit.

A fit that trains on a device may take the one of its number, so that fits that run at
the same time share none as long as there are enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_slot: ContextVar[int | None] = ContextVar("sklearn_hp_slot", default=None)


def current_slot() -> int:
    """Return the number, from 0, of the worker that runs the current fit of a search.

    It is 0 outside of the fits and scores of a search, and in threads that a fit
    starts. Of the tasks of a search that run at the same time, no two have the same.
    """
    return _slot.get() or 0


def in_slot() -> bool:
    """Whether this is called in a fit of a search, or while it is scored."""
    return _slot.get() is not None


@contextmanager
def running_in(slot: int) -> Iterator[None]:
    """Let `current_slot` return `slot`."""
    token = _slot.set(slot)
    try:
        yield
    finally:
        _slot.reset(token)
