"""The pictures of a report: which apply, and what they show, in words."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from sklearn_hp.inspection._data import SearchData
from sklearn_hp.inspection._facts import best_text
from sklearn_hp.inspection._history import SearchHistoryDisplay

_INCHES = (7.0, 4.2)
_DPI = 140


@dataclass(frozen=True)
class Picture:
    """A picture that is part of the page.

    Parameters
    ----------
    png : str
        The file, in base 64.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        What to read off it.
    width, height : int
        Its size in pixels.
    """

    png: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True)
class _Kind:
    """A picture that reports have, if it applies."""

    draw: Callable[[SearchData, Any], Any]
    applies: Callable[[SearchData], bool]
    alt: Callable[[SearchData], str]
    caption: str


def pictures(data: SearchData) -> Iterator[Picture]:
    """Yield the pictures that apply to a search."""
    for kind in _KINDS:
        if kind.applies(data):
            yield _picture(kind, data)


def _picture(kind: _Kind, data: SearchData) -> Picture:
    from matplotlib.figure import Figure

    # not pyplot's, which would keep it, and need a screen in some set-ups
    figure = Figure(figsize=_INCHES, layout="constrained")
    kind.draw(data, figure.subplots())
    file = BytesIO()
    figure.savefig(file, format="png", dpi=_DPI)
    width, height = (int(_DPI * inches) for inches in figure.get_size_inches())
    encoded = b64encode(file.getvalue()).decode("ascii")
    return Picture(encoded, kind.alt(data), kind.caption, width, height)


def _has_scores(data: SearchData) -> bool:
    return data.best is not None


_KINDS = (
    _Kind(
        draw=lambda data, ax: SearchHistoryDisplay.from_search(data, ax=ax),
        applies=_has_scores,
        alt=lambda data: f"Scores by candidate, and the best so far. {best_text(data)}",
        caption=(
            "How the best score grew. If the line still rises at its end, more "
            "candidates will help."
        ),
    ),
)
