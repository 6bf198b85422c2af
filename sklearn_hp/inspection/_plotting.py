"""What all pictures have in common: figures, colours, axes of parameters and scores.

matplotlib is imported when something is drawn, not before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, Parameter, SearchData
from sklearn_hp.inspection._data._metrics import label_of

# By Okabe & Ito (2008): told apart by people who do not see all colours.
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
RED, PINK, SKY, GREY = "#D55E00", "#CC79A7", "#56B4E9", "#767676"
CYCLE = (BLUE, ORANGE, GREEN, PINK, SKY, RED)

_WIDTH, _HEIGHT = 7.0, 4.2  # inches
_MOST_LEVELS = 30  # whose names are written at an axis
_ENOUGH_FOR_QUANTILES = 20
_UNITS = (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))


def make_axes(ax: Any, width: float = _WIDTH, height: float = _HEIGHT) -> Any:
    """Return axes to draw into: those given, or new ones.

    Parameters
    ----------
    ax : matplotlib Axes or None
        What the user gave.
    width, height : float
        Size of a new figure, in inches.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as exc:
        raise ImportError(
            "Drawing needs matplotlib, which is not installed. Install it with "
            "pip install 'sklearn-hp[plot]'."
        ) from exc
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


class BaseDisplay:
    """Base of the displays: the figure and the axes of the last plot.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.
    """

    def _start(self, ax: Any, width: float = _WIDTH, height: float = _HEIGHT) -> Any:
        """Return the axes to draw into, and keep them."""
        self.ax_ = make_axes(ax, width, height)
        self.figure_ = self.ax_.figure
        return self.ax_

    def _finish(self, n_columns: int = 1) -> None:
        """Draw the legend, if there is anything in it."""
        if self.ax_.get_legend_handles_labels()[1]:
            self.ax_.legend(
                framealpha=0.8, edgecolor="none", fontsize="small", ncols=n_columns
            )


def score_label(metric: Metric) -> str:
    """Return the label of an axis of scores."""
    label = plain(metric.label)
    return f"{label} (lower is better)" if metric.sign < 0 else label


def score_map(metric: Metric) -> str:
    """Return the name of a colour map in which better scores are darker."""
    return "viridis" if metric.sign < 0 else "viridis_r"


def score_limits(shown: np.ndarray, sign: float) -> tuple[float, float]:
    """Return the ends of a scale of colours that tells good scores apart.

    Parameters
    ----------
    shown : ndarray
        Scores as people read them; NaN for none.
    sign : float
        -1 for a loss.
    """
    scores = sign * shown[np.isfinite(shown)]
    if not scores.size:
        return 0.0, 1.0
    worst, best = float(scores.min()), float(scores.max())
    if scores.size >= _ENOUGH_FOR_QUANTILES:
        worst = float(np.quantile(scores, 0.1))
    low, high = sorted([sign * worst, sign * best])
    return (low, high) if low < high else (low - 1e-3, high + 1e-3)


def leave_out_the_worst(ax: Any, scores: np.ndarray, sign: float) -> None:
    """Let the y axis show where the scores are of which one wants to know more.

    Parameters
    ----------
    ax : matplotlib Axes
    scores : ndarray
        Maximised; NaN for none.
    sign : float
        -1 for a loss.
    """
    scores = scores[np.isfinite(scores)]
    if scores.size < 10:
        return
    low, middle, high = np.quantile(scores, [0.05, 0.5, 1.0])
    span = high - middle
    if span > 0 and scores.min() < middle - 4 * span:
        low = max(low, middle - 4 * span)
        ends = sorted([sign * (low - 0.05 * span), sign * (high + 0.15 * span)])
        ax.set_ylim(*ends)


def legend_above(ax: Any, handles: Any) -> None:
    """Draw a legend above axes that are full."""
    if handles:
        ax.legend(
            handles=handles,
            fontsize="small",
            frameon=False,
            ncols=4,
            loc="lower right",
            bbox_to_anchor=(1, 1),
            borderaxespad=0.1,
        )


def plain(text: str) -> str:
    """Return a text for matplotlib, which takes what is between two $ as a formula."""
    return text.replace("$", r"\$")


def parameter_label(name: str, longest: int | None = None) -> str:
    """Return the name of a parameter; of a Pipeline, its step before a dot.

    Of a name longer than `longest`, the end, which tells it from the others.
    """
    text = name.replace("__", ".")
    if longest is None or len(text) <= longest:
        return text
    return f"…{text[len(text) + 1 - longest :]}"


def shortened(texts: Sequence[str], longest: int) -> list[str]:
    """Return the beginning of long texts; also their end where beginnings are equal."""
    cut = [_fitted(text, longest, n_last=0) for text in texts]
    counts = Counter(cut)
    return [
        short if counts[short] == 1 else _fitted(text, longest, n_last=longest // 2)
        for text, short in zip(texts, cut, strict=True)
    ]


def _fitted(text: str, longest: int, n_last: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[: longest - 1 - n_last]}…{text[len(text) - n_last :]}"


def set_parameter_axis(ax: Any, parameter: Parameter, which: str = "x") -> None:
    """Let an axis show the values of a parameter: its name, its scale, its levels.

    Parameters
    ----------
    ax : matplotlib Axes
    parameter : Parameter
        Its ``numbers`` are what is drawn.
    which : {"x", "y"}
    """
    getattr(ax, f"set_{which}label")(plain(parameter_label(parameter.name)))
    if parameter.is_log:
        getattr(ax, f"set_{which}scale")("log")
    if parameter.levels is not None:
        set_level_ticks(ax, parameter.levels, which)
    elif parameter.is_integer:
        axis = ax.xaxis if which == "x" else ax.yaxis
        (_whole_log_ticks if parameter.is_log else whole_ticks)(axis)


def whole_ticks(axis: Any) -> None:
    """Let an axis have ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))


def _whole_log_ticks(axis: Any) -> None:
    """Let a logarithmic axis show whole numbers as such, not as 3 x 10^0."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def time_unit(longest: float) -> tuple[str, float]:
    """Return the unit that suits a time in seconds, and its length in seconds."""
    return next(
        (name, length) for name, length in _UNITS if longest >= 2 * length or length < 2
    )


def set_level_ticks(ax: Any, levels: tuple[str, ...], which: str = "x") -> None:
    """Write the names of categories at an axis; of many, some."""
    step = -(-len(levels) // _MOST_LEVELS)
    places = np.arange(0, len(levels), step)
    labels = [plain(levels[place]) for place in places]
    long = which == "x" and sum(map(len, labels)) > 60
    options = {"rotation": 45, "ha": "right"} if long else {}
    getattr(ax, f"set_{which}ticks")(places, labels, **options)


def shown(data: SearchData, metric: Metric) -> np.ndarray:
    """Return the scores of all rows as people read them; NaN for none."""
    return metric.sign * data.scores[metric.name]


def seconds_text(seconds: float) -> str:
    """Return a duration as people write it."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


__all__ = [
    "BLUE",
    "CYCLE",
    "GREEN",
    "GREY",
    "ORANGE",
    "PINK",
    "RED",
    "SKY",
    "BaseDisplay",
    "label_of",
    "leave_out_the_worst",
    "legend_above",
    "make_axes",
    "parameter_label",
    "plain",
    "score_label",
    "score_limits",
    "score_map",
    "seconds_text",
    "set_level_ticks",
    "set_parameter_axis",
    "shortened",
    "shown",
    "time_unit",
    "whole_ticks",
]
