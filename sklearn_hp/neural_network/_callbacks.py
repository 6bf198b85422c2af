"""Callbacks of skorch that look at the rows set aside to stop by."""

from __future__ import annotations

from typing import Any


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
    return item[1] if isinstance(item, (tuple, list)) else item


def _needs_stopping_rows(item: Any) -> bool:
    monitor = getattr(_callback_of(item), "monitor", None)
    return isinstance(monitor, str) and monitor.startswith("valid_")
