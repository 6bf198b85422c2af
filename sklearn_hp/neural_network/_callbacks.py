"""Callbacks of skorch that look at the rows set aside to stop by."""

from __future__ import annotations

from typing import Any


def check_callbacks(callbacks: list[Any] | None) -> None:
    """Refuse what cannot be called while training.

    Raises
    ------
    TypeError
        If one is no callback of skorch.
    """
    for item in callbacks or []:
        callback = _callback_of(item)
        if not hasattr(callback, "on_epoch_end"):
            raise TypeError(
                f"callbacks must be a list of callbacks of skorch, or of pairs (name, "
                f"callback), got {item!r} of type {type(item).__name__} in it. Import "
                f"them from skorch.callbacks."
            )


def check_no_stopping_rows_needed(callbacks: list[Any] | None) -> None:
    """Refuse callbacks that watch a score which there is none of.

    Raises
    ------
    ValueError
        If a callback monitors the validation loss.
    """
    for item in callbacks or []:
        if _needs_stopping_rows(item):
            callback = _callback_of(item)
            raise ValueError(
                f"The callback {type(callback).__name__} monitors "
                f"{callback.monitor!r}, which there is with early_stopping=True only: "
                f"else no rows are set aside. Pass early_stopping=True, or "
                f"monitor='train_loss'."
            )


def without_stopping_rows(callbacks: list[Any] | None) -> list[Any] | None:
    """Return the callbacks that do without rows to stop by."""
    if callbacks is None:
        return None
    return [item for item in callbacks if not _needs_stopping_rows(item)]


def _callback_of(item: Any) -> Any:
    callback = item[1] if isinstance(item, (tuple, list)) else item
    # skorch makes an instance of a class
    return callback() if isinstance(callback, type) else callback


def _needs_stopping_rows(item: Any) -> bool:
    monitor = getattr(_callback_of(item), "monitor", None)
    return isinstance(monitor, str) and monitor.startswith("valid_")
