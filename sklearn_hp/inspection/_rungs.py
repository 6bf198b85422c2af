"""Candidates that got more and more of a resource, and those that were dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import rankdata

from sklearn_hp.inspection._data import Metric, SearchData, read_search
from sklearn_hp.inspection._plotting import (
    BLUE,
    CYCLE,
    GREY,
    ORANGE,
    BaseDisplay,
    leave_out_the_worst,
    plain,
    score_label,
)

_MOST_RUNGS = 8  # that have a tick each
_LOG_FROM = 8.0  # times the smallest amount
_FEWEST = 4  # candidates whose order says something


class RungsDisplay(BaseDisplay):
    """The scores of candidates over the resource, for Halving, Hyperband and pruning.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    rungs : ndarray of shape (n_rungs,)
        The amounts of the resource, ascending.
    scores : ndarray of shape (n_candidates, n_rungs)
        Maximised; NaN where a candidate was not on a rung or failed there.
    candidates : ndarray of shape (n_candidates,), dtype int
        Their numbers, as in :func:`to_frame`.
    survived : ndarray of shape (n_candidates,), dtype bool
        Whether a candidate got to the last rung, of its bracket if there are several.
    best : int or None
        Which of them is the winner.
    metric : Metric
        The score.
    resource_name : str, default="resource"
        What candidates got more of, such as "n_samples".
    bracket : ndarray of shape (n_candidates,) or None, default=None
        Their brackets in Hyperband.

    Attributes
    ----------
    agreement : ndarray of shape (n_rungs - 1,)
        Spearman's rank correlation of the scores on a rung and the next, of the
        candidates that have both; NaN if there are fewer than 4.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.experimental import enable_halving_search_cv
    >>> from sklearn.model_selection import HalvingGridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp.inspection import RungsDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"C": [0.01, 0.1, 1, 10], "gamma": [0.01, 0.1, 1]}
    >>> search = HalvingGridSearchCV(SVC(), grid, random_state=0).fit(X, y)
    >>> display = RungsDisplay.from_search(search)
    >>> display.rungs.tolist(), int(display.survived.sum())
    ([30.0, 90.0], 4)
    """

    def __init__(
        self,
        *,
        rungs: Any,
        scores: Any,
        candidates: Any,
        survived: Any,
        best: int | None,
        metric: Metric,
        resource_name: str = "resource",
        bracket: Any = None,
    ) -> None:
        self.rungs = rungs
        self.scores = scores
        self.candidates = candidates
        self.survived = survived
        self.best = best
        self.metric = metric
        self.resource_name = resource_name
        self.bracket = bracket
        self.agreement = np.array(
            [_rank_correlation(one, two) for one, two in _neighbours(scores)]
        )

    @classmethod
    def from_search(
        cls, search: Any, *, metric: str | None = None, ax: Any = None
    ) -> RungsDisplay:
        """Draw the scores of the candidates over the resource.

        Parameters
        ----------
        search : object
            A search that gives candidates more and more of a resource: scikit-learn's
            two halving searches, dask-ml's incremental searches and Hyperband, or an
            Optuna study whose trials report scores on the way.
        metric : str, default=None
            Name of the score; None for the one that decides.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : RungsDisplay
            Drawn.

        Raises
        ------
        ValueError
            If the search has no such resource, or lacks the metric.
        """
        data = read_search(search)
        one = data.metric(metric)
        number, amount, score = _points(data, one)
        rungs, rung = np.unique(amount, return_inverse=True)
        candidates, row = np.unique(number, return_inverse=True)
        cells = np.full((len(candidates), len(rungs)), np.nan)
        cells[row, rung] = score
        last = np.zeros(len(candidates))
        np.maximum.at(last, row, amount)
        bracket = _brackets(data, candidates)
        best = None if data.best is None else data.numbers[data.best]
        found = np.flatnonzero(candidates == best)
        return cls(
            rungs=rungs,
            scores=cells,
            candidates=candidates,
            survived=last >= _highest(last, bracket),
            best=int(found[0]) if found.size else None,
            metric=one,
            resource_name=data.resource_name or "resource",
            bracket=bracket,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> RungsDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : RungsDisplay
            Drawn.
        """
        ax = self._start(ax)
        n_kept = int(self.survived.sum())
        n_dropped = len(self.survived) - n_kept
        self._lines(ax, ~self.survived, GREY, f"dropped ({n_dropped})", 0.7)
        for which, color, label in self._survivors():
            self._lines(ax, which, color, f"{label} ({which.sum()})", 1.2)
        if self.best is not None:
            which = np.arange(len(self.scores)) == self.best
            self._lines(ax, which, ORANGE, "the winner", 2.4)
        if self.rungs[0] > 0 and self.rungs[-1] >= _LOG_FROM * self.rungs[0]:
            ax.set_xscale("log")
        if len(self.rungs) <= _MOST_RUNGS:
            ax.set_xticks(self.rungs, [f"{amount:g}" for amount in self.rungs])
            ax.set_xticks([], minor=True)
        ax.set_xlabel(plain(self.resource_name))
        ax.set_ylabel(score_label(self.metric))
        ax.set_title(self._title(), fontsize="medium", loc="left")
        leave_out_the_worst(ax, self.scores, self.metric.sign)
        self._finish()
        return self

    def _survivors(self) -> list[tuple[Any, str, str]]:
        if self.bracket is None:
            return [(self.survived, BLUE, "kept")]
        colors = [color for color in CYCLE if color != ORANGE]
        return [
            (
                self.survived & (self.bracket == one),
                colors[i % len(colors)],
                f"kept, bracket {one}",
            )
            for i, one in enumerate(np.unique(self.bracket))
        ]

    def _lines(self, ax: Any, which: Any, color: str, label: str, width: float) -> None:
        from matplotlib.collections import LineCollection

        shown = self.metric.sign * self.scores[which]
        if not len(shown):
            return
        lines = [np.column_stack([self.rungs, row])[np.isfinite(row)] for row in shown]
        alpha = 1.0 if width > 2 else max(0.25, min(0.8, 20 / len(lines)))
        ax.add_collection(
            LineCollection(
                lines, colors=color, linewidths=width, alpha=alpha, label=label
            )
        )
        if len(self.rungs) > _MOST_RUNGS:  # only what would not be seen as a line
            lines = [line for line in lines if len(line) == 1]
        points = np.concatenate([np.empty((0, 2)), *lines])
        ax.scatter(*points.T, s=10.0 * width, color=color, alpha=alpha, linewidths=0)

    def _title(self) -> str:
        known = self.agreement[np.isfinite(self.agreement)]
        if not known.size or len(self.rungs) > _MOST_RUNGS:
            return ""
        listed = ", ".join(f"{one:.2f}" for one in known)
        return f"Rank correlation of each rung and the next: {listed}"


def _points(data: SearchData, metric: Metric) -> tuple[Any, Any, Any]:
    """Return candidate, amount and score of each point, each of shape (n_points,)."""
    if data.resource is not None:
        return data.numbers, data.resource, data.scores[metric.name]
    if data.reports is None or metric is not data.metrics[0]:
        raise ValueError(
            f"RungsDisplay needs scores of candidates that got more and more of a "
            f"resource, which the {data.kind} does not have"
            f"{'' if data.reports is None else f' for {metric.name!r}'}. Draw the "
            f"SplitsDisplay to see what racing did not run."
        )
    n_each = [len(amounts) for amounts, _ in data.reports]
    amount = np.concatenate([amounts for amounts, _ in data.reports])
    score = np.concatenate([scores for _, scores in data.reports])
    return np.repeat(data.numbers, n_each), amount, score


def _brackets(data: SearchData, candidates: Any) -> Any:
    if data.bracket is None:
        return None
    bracket_of = dict(zip(data.numbers, data.bracket, strict=True))
    return np.array([bracket_of[number] for number in candidates])


def _highest(last: Any, bracket: Any) -> Any:
    """Return the highest rung that anyone got to, of the bracket of each candidate."""
    if bracket is None:
        return np.full(len(last), last.max())
    return np.array([last[bracket == one].max() for one in bracket])


def _neighbours(scores: Any) -> Any:
    return zip(scores.T[:-1], scores.T[1:], strict=True)


def _rank_correlation(one: Any, two: Any) -> float:
    both = np.isfinite(one) & np.isfinite(two)
    if both.sum() < _FEWEST:
        return np.nan
    a, b = rankdata(one[both]), rankdata(two[both])
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return float(np.corrcoef(a, b)[0, 1])
