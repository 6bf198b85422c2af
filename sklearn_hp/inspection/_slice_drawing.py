"""How slices are drawn: a curve over one parameter, a map over two."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from sklearn_hp.inspection._data import Metric, Parameter
from sklearn_hp.inspection._encoding import Array, from_unit
from sklearn_hp.inspection._plotting import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    leave_out_the_worst,
    parameter_label,
    plain,
    score_label,
    score_limits,
    score_map,
    set_level_ticks,
    set_parameter_axis,
)

_Z95 = 1.96
_MANY = 200  # candidates, which are drawn smaller
_MOST_WRITTEN = 80  # cells with their score in them
_GOLDEN = 0.618034
_WINNER = {"s": 170, "marker": "*", "color": RED, "edgecolor": "white", "zorder": 4}
_UNTUNED = {"s": 40, "marker": "D", "color": ORANGE, "edgecolor": "white", "zorder": 3}


class Slice(Protocol):
    """What is drawn; see `ParameterSliceDisplay`."""

    parameters: tuple[Parameter, ...]
    scores: Array
    states: np.ndarray
    best: int | None
    untuned: int | None
    metric: Metric
    grid: tuple[Array, ...]
    mean: Array | None
    std: Array | None
    is_exact: bool


def draw_curve(ax: Any, of: Slice) -> None:
    """Draw scores over one parameter."""
    (parameter,) = of.parameters
    sign, x = of.metric.sign, _places(parameter)
    _draw_model(ax, of, parameter)
    for which, options in _groups(of):
        ax.scatter(x[which], sign * of.scores[which], **options)
    lost = ~np.isfinite(of.scores) & np.isfinite(x)
    if lost.any():
        low = np.full(lost.sum(), 0.02)
        _draw_lost(ax, x[lost], low, transform=ax.get_xaxis_transform())
    if not parameter.is_category and parameter.is_range_known:
        for end in (parameter.low, parameter.high):
            if np.isfinite(end) and not (parameter.is_log and end <= 0):
                ax.axvline(end, color=GREY, linestyle=":", linewidth=1)
    set_parameter_axis(ax, parameter)
    ax.set_ylabel(score_label(of.metric))
    leave_out_the_worst(ax, of.scores, sign)


def _draw_model(ax: Any, of: Slice, parameter: Parameter) -> None:
    if of.mean is None or of.std is None:
        return
    (at,), mean, margin = of.grid, of.metric.sign * of.mean, _Z95 * of.std
    label = "model: only this parameter changes"
    if parameter.is_category:
        options = {"color": BLUE, "markersize": 18, "capsize": 5, "alpha": 0.8}
        ax.errorbar(at, mean, yerr=margin, fmt="_", label=label, **options)
        return
    ax.plot(at, mean, color=BLUE, label=label)
    ax.fill_between(at, mean - margin, mean + margin, color=BLUE, alpha=0.15, lw=0)


def _draw_lost(ax: Any, x: Array, y: Array, **options: Any) -> None:
    label = "failed or unfinished"
    ax.scatter(x, y, s=18, color=RED, marker="x", label=label, **options)


def _groups(of: Slice) -> list[tuple[np.ndarray, dict[str, Any]]]:
    """Return which candidates with a score are drawn how, the winner last."""
    rows = np.arange(len(of.scores))
    is_best, is_untuned = rows == of.best, (rows == of.untuned) & (rows != of.best)
    shown = np.isfinite(of.scores)
    shown &= np.all([np.isfinite(p.numbers) for p in of.parameters], axis=0)
    others = shown & ~is_best & ~is_untuned
    size = 18 if len(rows) <= _MANY else 6
    dropped = {"s": size, "color": GREY, "marker": "v", "lw": 0, "label": "dropped"}
    complete = {"s": size, "color": BLUE, "alpha": 0.45, "lw": 0, "label": "candidates"}
    groups = [
        (others & (of.states == "dropped"), dropped),
        (others & (of.states == "complete"), complete),
        (shown & is_untuned, {**_UNTUNED, "label": "untuned"}),
        (shown & is_best, {**_WINNER, "label": "winner"}),
    ]
    return [(which, options) for which, options in groups if which.any()]


def _places(parameter: Parameter) -> Array:
    """Return where candidates are drawn; those of a level beside each other."""
    if not parameter.is_category:
        return parameter.numbers
    spread = np.arange(len(parameter.numbers)) * _GOLDEN % 1 - 0.5
    return parameter.numbers + 0.4 * spread


def draw_map(ax: Any, of: Slice) -> None:
    """Draw two parameters as a map of colours."""
    sign, shown = of.metric.sign, np.isfinite(of.scores) & (of.states == "complete")
    drawn = [] if of.mean is None else [of.mean.ravel()]
    drawn = drawn if of.is_exact else [*drawn, of.scores[shown]]
    low, high = score_limits(sign * np.concatenate([*drawn, []]), sign)
    colors = {"cmap": score_map(of.metric), "vmin": low, "vmax": high}
    image = None
    if of.mean is not None:
        edges = [_edges(of, which) for which in (0, 1)]
        image = ax.pcolormesh(*edges, sign * of.mean, **colors)
    places = [_map_places(of, which) for which in (0, 1)]
    if of.is_exact:
        _write_scores(ax, of, (low, high))
    else:
        options = {"s": 24 if len(shown) <= _MANY else 9, "linewidths": 0.6}
        x, y = places[0][shown], places[1][shown]
        c = sign * of.scores[shown]
        points = ax.scatter(x, y, c=c, edgecolors="white", **options, **colors)
        image = points if image is None else image
    _mark(ax, of, places)
    for which in (0, 1):
        _set_axis(ax, of, which)
    label = score_label(of.metric)
    if of.mean is not None and not of.is_exact:
        label = f"{label}, by the model"
    of_colors = ax.figure.colorbar(image, ax=ax)
    of_colors.set_label(label)


def _mark(ax: Any, of: Slice, places: list[Array]) -> None:
    x, y = places
    if not of.is_exact:
        lost = ~np.isfinite(of.scores) & np.isfinite(x) & np.isfinite(y)
        if lost.any():
            _draw_lost(ax, x[lost], y[lost])
    for row, options, label in (
        (of.untuned, _UNTUNED, "untuned"),
        (of.best, _WINNER, "winner"),
    ):
        if row is not None and np.isfinite(x[row] + y[row]):
            # in a cell, beside its score
            shift = 0.33 if of.is_exact else 0.0
            ax.scatter([x[row]], [y[row] + shift], label=label, **options)


def _map_places(of: Slice, which: int) -> Array:
    """Return where candidates are drawn; in a map of cells, the number of theirs."""
    parameter = of.parameters[which]
    if not of.is_exact:
        return _places(parameter)
    numbers = parameter.numbers
    index = np.searchsorted(of.grid[which], numbers).astype(float)
    return np.where(np.isfinite(numbers), index, np.nan)


def _edges(of: Slice, which: int) -> Array:
    parameter, n = of.parameters[which], len(of.grid[which])
    if of.is_exact or parameter.is_category:
        return np.linspace(-0.5, n - 0.5, n + 1)
    edges: Array = from_unit(parameter, np.linspace(0, 1, n + 1))
    if edges[0] == edges[-1]:  # of a single value
        edges = edges + np.linspace(-0.5, 0.5, n + 1)
    return edges


def _set_axis(ax: Any, of: Slice, which: int) -> None:
    parameter, name = of.parameters[which], "xy"[which]
    if not of.is_exact:
        set_parameter_axis(ax, parameter, name)
        return
    getattr(ax, f"set_{name}label")(plain(parameter_label(parameter.name)))
    values = of.grid[which]
    if parameter.levels is not None:
        texts = tuple(parameter.levels[int(code)] for code in values)
    else:
        texts = tuple(f"{value:.4g}" for value in values)
    set_level_ticks(ax, texts, name)


def _write_scores(ax: Any, of: Slice, limits: tuple[float, float]) -> None:
    """Write the scores of few cells into them, readable on their colour."""
    assert of.mean is not None  # cells are made of scores
    if of.mean.size > _MOST_WRITTEN:
        return
    sign, (low, high) = of.metric.sign, limits
    worst, best = (low, high) if sign > 0 else (high, low)
    for (row, column), score in np.ndenumerate(of.mean):
        if np.isnan(score):
            ax.text(column, row, "none", ha="center", va="center", color=GREY)
            continue
        goodness = (sign * score - worst) / (best - worst)  # better is darker
        color = "white" if goodness > 0.5 else "black"
        text = f"{sign * score:.3g}"
        ax.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
