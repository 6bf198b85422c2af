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
    """Return the number of the worker that runs the current fit of a search.

    An estimator that trains on a device can choose the device by this number. Fits of
    a search that run at the same time have different numbers.

    Returns
    -------
    slot : int
        From 0 to one less than the number of workers. It is 0 outside of a search, and
        in threads that a fit starts.

    Examples
    --------
    >>> from sklearn_hp import current_slot
    >>> n_devices = 4
    >>> f"cuda:{current_slot() % n_devices}"
    'cuda:0'
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
