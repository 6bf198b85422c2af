"""Score against what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, SearchData, read_search
from sklearn_hp.inspection._data._metrics import label_of
from sklearn_hp.inspection._data._ranges import reads_better_in_log
from sklearn_hp.inspection._plotting import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    BaseDisplay,
    leave_out_the_worst,
    parameter_label,
    plain,
    score_label,
    time_unit,
)

_TIMES = {"fit_time": "fit time of a split", "score_time": "score time of a split"}
_PREFER = ("smallest", "largest")
_MOST_NUMBERS = 12  # that are written beside the points of the front


class ParetoDisplay(BaseDisplay):
    """The score of the candidates against fit time, predict time or any other column.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    x_values : ndarray of shape (n_rows,)
        What the score is drawn against, such as seconds, as people read it; NaN if it
        is not known.
    scores : ndarray of shape (n_rows,)
        Maximised; NaN for none.
    states : ndarray of shape (n_rows,), dtype str
        How each candidate ended.
    candidates : ndarray of shape (n_rows,), dtype int
        Their numbers, as in :func:`to_frame`.
    front : ndarray of shape (n_front,), dtype int
        The rows of the candidates of which none is better in both, the best value of
        `x_values` first.
    best : int or None
        The row of the winner.
    metric : Metric
        The score.
    x_label : str
        What `x_values` are.
    is_time : bool, default=False
        Whether they are seconds.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    See Also
    --------
    sklearn_hp.model_selection.BestUnderConstraints : Choose by this.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import ParetoDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, {"max_leaf_nodes": [2, 3, 4, 5]}).fit(X, y)
    >>> display = ParetoDisplay.from_search(search, x="max_leaf_nodes")
    >>> display.x_values[display.front].tolist()
    [2.0, 3.0, 4.0]
    """

    def __init__(
        self,
        *,
        x_values: Any,
        scores: Any,
        states: Any,
        candidates: Any,
        front: Any,
        best: int | None,
        metric: Metric,
        x_label: str,
        is_time: bool = False,
    ) -> None:
        self.x_values = x_values
        self.scores = scores
        self.states = states
        self.candidates = candidates
        self.front = front
        self.best = best
        self.metric = metric
        self.x_label = x_label
        self.is_time = is_time

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        x: str = "fit_time",
        prefer: str | None = None,
        metric: str | None = None,
        ax: Any = None,
    ) -> ParetoDisplay:
        """Draw the score against something else.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes.
        x : str, default="fit_time"
            "fit_time" or "score_time" (seconds of a split), another metric, a parameter
            whose values are numbers, or any other column of numbers in the results.
        prefer : {"smallest", "largest"}, default=None
            Which values of `x` are good. None means the smallest, and for a metric the
            better scores.
        metric : str, default=None
            Name of the score; None for the one that decides.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParetoDisplay
            Drawn.

        Raises
        ------
        ValueError
            If the search has no such column or metric, no candidate has both, or
            `prefer` is neither of the two.
        """
        if prefer not in (None, *_PREFER):
            raise ValueError(
                f"prefer must be 'smallest', 'largest' or None, got {prefer!r}."
            )
        data = read_search(search)
        one = data.metric(metric)
        values, label, is_better_larger = _column(data, x)
        if prefer is not None:
            is_better_larger = prefer == "largest"
        scores = data.scores[one.name]
        counts = _counts(data, values, scores)
        if not counts.any():
            raise ValueError(
                f"No candidate has both a score and a value of {x!r} in this "
                f"{data.kind}."
            )
        cost = -values if is_better_larger else values
        return cls(
            x_values=values,
            scores=scores,
            states=data.states,
            candidates=data.numbers,
            front=_front(cost, scores, counts),
            best=data.best,
            metric=one,
            x_label=label,
            is_time=x in _TIMES,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> ParetoDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : ParetoDisplay
            Drawn.
        """
        ax = self._start(ax)
        x, label = self._x()
        y = self.metric.sign * self.scores
        size = 18 if len(x) <= 200 else 6
        options = {"s": size, "alpha": 0.4, "linewidths": 0}
        for state, color, name in (
            ("dropped", GREY, "dropped"),
            ("complete", BLUE, "candidates"),
        ):
            which = (self.states == state) & np.isfinite(x) & np.isfinite(y)
            if which.any():
                ax.scatter(x[which], y[which], color=color, label=name, **options)
        self._draw_front(ax, x, y)
        if self.best is not None and np.isfinite(x[self.best]):
            ax.scatter(
                x[self.best],
                y[self.best],
                s=90,
                facecolors="none",
                edgecolors=RED,
                linewidths=1.8,
                label="the winner",
                zorder=4,
            )
        known = x[np.isfinite(x) & np.isfinite(y)]
        if reads_better_in_log(known):
            ax.set_xscale("log")
        ax.set_xlabel(label)
        ax.set_ylabel(score_label(self.metric))
        leave_out_the_worst(ax, self.scores, self.metric.sign)
        self._finish()
        return self

    def _x(self) -> tuple[Any, str]:
        if not self.is_time:
            return self.x_values, self.x_label
        unit, length = time_unit(float(np.nanmax(self.x_values)))
        return self.x_values / length, f"{self.x_label} ({unit})"

    def _draw_front(self, ax: Any, x: Any, y: Any) -> None:
        front = self.front
        ax.plot(
            x[front],
            y[front],
            color=ORANGE,
            drawstyle="steps-post",
            marker="D",
            markersize=4,
            linewidth=1.2,
            label="none is better in both",
        )
        if len(front) > _MOST_NUMBERS:
            return
        for i, row in enumerate(front):
            ax.annotate(
                f"{self.candidates[row]}",
                (x[row], y[row]),
                xytext=(3, -9) if i % 2 else (-2, 5),  # neighbours are close
                textcoords="offset points",
                fontsize="small",
                annotation_clip=True,
            )


def _column(data: SearchData, name: str) -> tuple[Any, str, bool]:
    """Return values of a column, what they are, and whether larger is better."""
    if name in _TIMES:
        return getattr(data, name), _TIMES[name], False
    for metric in data.metrics:
        if metric.name == name:
            shown = metric.sign * data.scores[name]
            return shown, score_label(metric), metric.sign > 0
    numeric = [one for one in data.parameters if not one.is_category]
    for parameter in numeric:
        if parameter.name == name.removeprefix("param_"):
            return parameter.numbers, plain(parameter_label(parameter.name)), False
    for column in (name, f"mean_{name}"):
        if column in data.extra:
            return (
                data.extra[column],
                plain(label_of(name.removeprefix("mean_"))),
                False,
            )
    known = [*_TIMES, *(one.name for one in data.metrics)]
    known += [*(one.name for one in numeric), *data.extra]
    raise ValueError(
        f"x={name!r} is no column of numbers of this {data.kind}. It has "
        f"{', '.join(map(repr, known))}."
    )


def _counts(data: SearchData, values: Any, scores: Any) -> Any:
    """Whether each row can be compared with the others."""
    counts = np.isfinite(values) & np.isfinite(scores) & (data.states == "complete")
    if data.resource is not None:
        counts &= data.resource == data.resource.max()
    return counts


def _front(cost: Any, scores: Any, counts: Any) -> Any:
    """Return the rows that no other row beats in cost or score without losing else."""
    rows = np.flatnonzero(counts)
    rows = rows[np.lexsort((-scores[rows], cost[rows]))]
    best_before = np.concatenate([[-np.inf], np.maximum.accumulate(scores[rows])[:-1]])
    return rows[scores[rows] > best_before]
