"""One line for each candidate, through its values on an axis for each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, Parameter, SearchData, read_search
from sklearn_hp.inspection._plotting import (
    GREY,
    ORANGE,
    RED,
    BaseDisplay,
    legend_above,
    parameter_label,
    plain,
    score_label,
    score_limits,
    score_map,
    shortened,
)

_INCHES_EACH = 0.95  # of an axis
_NOT_SET = -0.12  # where a line passes the axis of a parameter that a candidate lacks
_MOST_COLORED = 100  # the best; the lines of all would hide each other
_MOST_TICKS = 12
_TAIL = 0.3  # of a line without a score, in distances of axes
_LONGEST = 14  # characters of a category
_LONGEST_NAME = 24  # characters of a parameter, from its end


class ParallelCoordinatesDisplay(BaseDisplay):
    """One line for each candidate, through an axis for each parameter and the score.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    parameters : tuple of Parameter
        The parameters that are drawn.
    positions : ndarray of shape (n_candidates, n_parameters)
        Where each candidate crosses each axis, from 0 (low) to 1 (high), on a
        logarithmic scale where that reads better; categories in equal steps. NaN where
        a candidate lacks the parameter.
    scores : ndarray of shape (n_candidates,)
        Maximised; NaN for none.
    rows : ndarray of shape (n_candidates,), dtype int
        The row of each in the results of the search.
    best : int or None
        Which of them is the winner.
    metric : Metric
        The score.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import ParallelCoordinatesDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"C": [0.01, 1, 100], "kernel": ["linear", "rbf"]}
    >>> search = GridSearchCV(SVC(), grid).fit(X, y)
    >>> display = ParallelCoordinatesDisplay.from_search(search)
    >>> display.positions[:3].round(2).tolist()
    [[0.0, 0.25], [0.0, 0.75], [0.5, 0.25]]
    """

    def __init__(
        self,
        *,
        parameters: tuple[Parameter, ...],
        positions: Any,
        scores: Any,
        rows: Any,
        best: int | None,
        metric: Metric,
    ) -> None:
        self.parameters = parameters
        self.positions = positions
        self.scores = scores
        self.rows = rows
        self.best = best
        self.metric = metric

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        parameters: Sequence[str] | None = None,
        metric: str | None = None,
        ax: Any = None,
    ) -> ParallelCoordinatesDisplay:
        """Draw the candidates of a search as lines.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes. Of a search that gives candidates more and
            more resources, the last row of each is drawn.
        parameters : sequence of str, default=None
            Their names, from left to right; None for all that vary.
        metric : str, default=None
            Name of the score; None for the one that decides.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParallelCoordinatesDisplay
            Drawn.

        Raises
        ------
        ValueError
            If the search has no parameters, lacks one of those given, or the metric.
        """
        data = read_search(search)
        one = data.metric(metric)
        drawn = _drawn(data, parameters)
        rows = np.flatnonzero(data.last)
        positions = [position_on_axis(parameter)[rows] for parameter in drawn]
        found = np.flatnonzero(rows == data.best)
        return cls(
            parameters=drawn,
            positions=np.column_stack(positions),
            scores=data.scores[one.name][rows],
            rows=rows,
            best=int(found[0]) if found.size else None,
            metric=one,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> ParallelCoordinatesDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParallelCoordinatesDisplay
            Drawn.
        """
        n_axes = len(self.parameters) + 1
        ax = self._start(ax, width=max(7.0, _INCHES_EACH * n_axes))
        legend_above(ax, self._draw_lines(ax))
        for place, parameter in enumerate(self.parameters):
            _draw_axis(ax, place, *_ticks(parameter))
        _draw_axis(ax, n_axes - 1, *self._ticks_of_scores())
        names = [
            plain(parameter_label(parameter.name, _LONGEST_NAME))
            for parameter in self.parameters
        ]
        names.append(score_label(self.metric).replace(" (", "\n("))
        tilt = {"rotation": 30, "ha": "right"} if max(map(len, names)) > 10 else {}
        ax.set_xticks(range(n_axes), names, fontsize="small", **tilt)
        lacks = np.isnan(self.positions).any()
        ax.set_yticks([_NOT_SET] if lacks else [], ["not set"] if lacks else [])
        ax.set_xlim(-0.15, n_axes - 0.35)
        ax.set_ylim(_NOT_SET - 0.05 if lacks else -0.04, 1.04)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        return self

    def _limits(self) -> tuple[float, float]:
        """Return the ends of the scale of scores, as people read them."""
        return score_limits(self.metric.sign * self.scores, self.metric.sign)

    def _ticks_of_scores(self) -> tuple[Any, list[str]]:
        """Return the ticks of the scores, the best at 1."""
        if not np.isfinite(self.scores).any():
            return np.array([]), []
        low, high = self._limits()
        worst, best = (low, high) if self.metric.sign > 0 else (high, low)
        between = _round_numbers(low, high, is_log=False, is_integer=False)
        return _with_ends(worst, between, best, (between - worst) / (best - worst))

    def _draw_lines(self, ax: Any) -> list[Any]:
        from matplotlib.lines import Line2D

        shown = self.metric.sign * self.scores
        low, high = self._limits()
        lines = self._lines(self._heights_of_scores(low, high))
        worst_first = np.argsort(self.scores, kind="stable")  # NaN comes last
        n_good = int(np.isfinite(shown).sum())
        good, failed = worst_first[:n_good], worst_first[n_good:]
        rest, best = good[:-_MOST_COLORED], good[-_MOST_COLORED:]
        _add_lines(ax, lines, rest, colors=GREY, alpha=0.15)
        _add_lines(ax, lines, failed, colors=RED, linestyles="dotted", alpha=0.6)
        drawn = _add_lines(ax, lines, best, cmap=score_map(self.metric), alpha=0.8)
        drawn.set_array(shown[best])
        drawn.set_clim(low, high)
        found = []
        if len(rest):
            label = f"others ({len(rest)})"
            found.append(Line2D([], [], color=GREY, alpha=0.5, label=label))
        if len(failed):
            label = f"no score ({len(failed)})"
            found.append(Line2D([], [], color=RED, linestyle=":", label=label))
        if self.best is not None and np.isfinite(shown[self.best]):
            style: dict[str, Any] = {
                "color": ORANGE,
                "linewidth": 2.5,
                "label": "the winner",
            }
            ax.plot(*lines[self.best].T, **style)
            found.append(Line2D([], [], **style))
        return found

    def _heights_of_scores(self, low: float, high: float) -> Any:
        height = np.clip((self.metric.sign * self.scores - low) / (high - low), 0, 1)
        return height if self.metric.sign > 0 else 1 - height

    def _lines(self, of_scores: Any) -> list[Any]:
        """Return the points of each line; those of one category lie side by side."""
        heights = self.positions.copy()
        rng = np.random.default_rng(0)
        for column, parameter in enumerate(self.parameters):
            if parameter.levels is not None:
                width = 0.5 / len(parameter.levels)
                heights[:, column] += rng.uniform(-width, width, len(heights)) / 2
        heights = np.column_stack([np.nan_to_num(heights, nan=_NOT_SET), of_scores])
        places = np.arange(heights.shape[1])
        points = [np.column_stack([places, height]) for height in heights]
        for one in points:
            if np.isnan(one[-1, 1]):  # no score: it ends before
                one[-1] = one[-2] + [_TAIL, 0.0]
        return points


def _add_lines(ax: Any, lines: list[Any], rows: Any, **options: Any) -> Any:
    from matplotlib.collections import LineCollection

    chosen = [lines[row] for row in rows]
    return ax.add_collection(LineCollection(chosen, linewidths=0.9, **options))


def _drawn(data: SearchData, names: Sequence[str] | None) -> tuple[Parameter, ...]:
    if names is not None:
        found = tuple(data.parameter(name) for name in names)
    else:
        found = tuple(filter(_varies, data.parameters)) or data.parameters
    if not found:
        raise ValueError(
            f"The {data.kind} has no parameters to draw. Draw the SearchHistoryDisplay."
        )
    return found


def _varies(parameter: Parameter) -> bool:
    numbers = parameter.numbers[parameter.active]
    return not parameter.active.all() or bool((numbers != numbers[0]).any())


def position_on_axis(parameter: Parameter) -> Any:
    """Return where values lie on the axis of a parameter, 0 to 1; NaN for none."""
    if parameter.levels is not None:
        return (parameter.numbers + 0.5) / len(parameter.levels)
    low, high = _ends(parameter)
    if low == high:
        return np.where(parameter.active, 0.5, np.nan)
    return np.clip(_on_scale(parameter, parameter.numbers, low, high), 0, 1)


def _on_scale(parameter: Parameter, numbers: Any, low: float, high: float) -> Any:
    if parameter.is_log:
        numbers, low, high = np.log(numbers), np.log(low), np.log(high)
    return (numbers - low) / (high - low)


def _ends(parameter: Parameter) -> tuple[float, float]:
    """Return the ends of the axis: those of the range, if it has any."""
    numbers = parameter.numbers[np.isfinite(parameter.numbers)]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    if np.isfinite(parameter.low) and (parameter.low > 0 or not parameter.is_log):
        low = min(low, parameter.low)
    if np.isfinite(parameter.high):
        high = max(high, parameter.high)
    return float(low), float(high)


def _ticks(parameter: Parameter) -> tuple[Any, list[str]]:
    """Return where an axis has ticks, from 0 to 1, and their texts."""
    if parameter.levels is not None:
        n = len(parameter.levels)
        kept = np.arange(0, n, -(-n // _MOST_TICKS))
        texts = shortened([parameter.levels[i] for i in kept], _LONGEST)
        return (kept + 0.5) / n, [plain(text) for text in texts]
    low, high = _ends(parameter)
    if low == high:
        return np.array([0.5]), [f"{low:.4g}"]
    between = _round_numbers(low, high, parameter.is_log, parameter.is_integer)
    return _with_ends(low, between, high, _on_scale(parameter, between, low, high))


def _with_ends(low: float, between: Any, high: float, at: Any) -> tuple[Any, list[str]]:
    inner = (at > 0.07) & (at < 0.93)  # others would lie on the ends
    texts = [f"{number:.4g}" for number in (low, *between[inner], high)]
    return np.array([0.0, *at[inner], 1.0]), texts


def _round_numbers(low: float, high: float, is_log: bool, is_integer: bool) -> Any:
    from matplotlib.ticker import LogLocator, MaxNLocator

    if is_log and high / low >= 10:
        return LogLocator(numticks=6).tick_values(low, high)
    return MaxNLocator(4, integer=is_integer).tick_values(low, high)


def _draw_axis(ax: Any, place: int, at: Any, texts: list[str]) -> None:
    ax.axvline(place, color="black", linewidth=0.8, zorder=3)
    for height, text in zip(at, texts, strict=True):
        ax.text(
            place + 0.04,
            height,
            text,
            fontsize="x-small",
            va="center",
            zorder=4,
            bbox={"color": "white", "alpha": 0.75, "pad": 0.6},
        )
