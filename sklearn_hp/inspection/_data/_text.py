"""Numbers and texts as people read them."""

from __future__ import annotations


def number(value: float) -> str:
    """Return a number with four digits that matter, as people write it."""
    return f"{value:.4g}"


def cut(text: str, longest: int) -> str:
    """Return a text, shortened to so many characters if it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
