"""How the best score grew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import gammaln

from sklearn_hp.inspection._data import Metric, SearchData, read_search
from sklearn_hp.inspection._plotting import (
    CYCLE,
    GREY,
    ORANGE,
    RED,
    BaseDisplay,
    leave_out_the_worst,
    score_label,
    whole_ticks,
)

_X = {"candidates": "candidates evaluated", "seconds": "seconds of fitting"}


class SearchHistoryDisplay(BaseDisplay):
    """The scores of the candidates, and the best so far.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    curves : list of dict
        One for each search, with the keys ``name``, ``x`` (candidates evaluated, or
        seconds of fitting, after each), ``scores`` (of the candidates, NaN for none),
        ``best`` (the best so far), ``states``, ``is_start_point``, and ``expected``:
        what random search is expected to have found after so many candidates, or None.
        All are ndarrays of shape (n_candidates,). A candidate that was given up
        (dropped) does not count as the best.
    metric : Metric
        The score.
    x : {"candidates", "seconds"}
        What the curves are drawn over.

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
    >>> from sklearn_hp.inspection import SearchHistoryDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 1, 10]}).fit(X, y)
    >>> display = SearchHistoryDisplay.from_search(search)
    >>> display.curves[0]["best"].round(2).tolist()
    [0.93, 0.97, 0.98]
    """

    def __init__(
        self, *, curves: list[dict[str, Any]], metric: Metric, x: str = "candidates"
    ) -> None:
        self.curves = curves
        self.metric = metric
        self.x = x

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        x: str = "candidates",
        ax: Any = None,
    ) -> SearchHistoryDisplay:
        """Draw the history of one search or of several.

        Parameters
        ----------
        search : object, list of them, or dict of str -> object
            Whatever :func:`to_frame` takes; a dict gives their names.
        metric : str, default=None
            Name of the score; None for the one that decides.
        x : {"candidates", "seconds"}, default="candidates"
            What to draw over: the number of candidates, or the seconds that their fits
            took together.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : SearchHistoryDisplay
            Drawn.

        Raises
        ------
        ValueError
            If a search is not fitted, lacks the metric, or `x` is neither of the two.
        """
        if x not in _X:
            raise ValueError(f"x must be 'candidates' or 'seconds', got {x!r}.")
        named = _named(search)
        found = [(name, data, data.metric(metric)) for name, data in named]
        curves = [_curve(name, data, one, x) for name, data, one in found]
        return cls(curves=curves, metric=found[0][2], x=x).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> SearchHistoryDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : SearchHistoryDisplay
            Drawn.
        """
        ax = self._start(ax)
        alone = len(self.curves) == 1
        for curve, color in zip(self.curves, _colors(len(self.curves)), strict=True):
            _draw(ax, curve, self.metric.sign, color, alone)
        ax.set_xlabel(_X[self.x])
        if self.x == "candidates":
            whole_ticks(ax.xaxis)
        ax.set_ylabel(score_label(self.metric))
        scores = np.concatenate([curve["scores"] for curve in self.curves])
        leave_out_the_worst(ax, scores, self.metric.sign)
        self._finish()
        return self


def _named(search: Any) -> list[tuple[str, SearchData]]:
    if isinstance(search, Mapping) and not _is_table(search):
        return [(str(name), read_search(one)) for name, one in search.items()]
    if isinstance(search, list | tuple):
        found = [read_search(one) for one in search]
        names = [data.kind for data in found]
        if len(set(names)) < len(names):
            names = [f"{name} {i + 1}" for i, name in enumerate(names)]
        return list(zip(names, found, strict=True))
    data = read_search(search)
    return [(data.kind, data)]


def _is_table(search: Mapping[str, Any]) -> bool:
    return any(name == "params" or str(name).startswith("param_") for name in search)


def _curve(name: str, data: SearchData, metric: Metric, x: str) -> dict[str, Any]:
    scores = data.scores[metric.name]
    counts = np.where(data.states == "complete", scores, np.nan)
    if data.resource is not None:  # scores of less are not to be compared
        counts = np.where(data.resource == data.resource.max(), counts, np.nan)
    over = np.arange(1, len(data) + 1) if x == "candidates" else data.seconds.cumsum()
    expected = None
    is_whole = not (data.states == "dropped").any()
    if data.drawn_at_random and is_whole and x == "candidates":
        expected = expected_best(counts)
    return {
        "name": name,
        "x": over.astype(float),
        "scores": scores,
        "best": np.fmax.accumulate(counts),
        "states": data.states,
        "is_start_point": np.array([bool(source) for source in data.sources]),
        "expected": expected,
    }


def expected_best(scores: np.ndarray) -> np.ndarray:
    """Return the expected best of the first k of scores in random order, for each k.

    Exact: the best of k drawn without replacement is the i-th smallest of all n with
    probability C(i - 1, k - 1) / C(n, k).

    Parameters
    ----------
    scores : ndarray of shape (n_candidates,)
        NaN for those that failed, which count as draws without a score.

    Returns
    -------
    expected : ndarray of shape (n_candidates,)
        NaN where there may be no score yet.
    """
    n, n_failed = len(scores), int(np.isnan(scores).sum())
    ordered = np.sort(scores[~np.isnan(scores)])
    rank = np.arange(n_failed + 1, n + 1)  # failures are the smallest
    expected = np.full(n, np.nan)
    for k in range(1, n + 1):
        if k <= n_failed:
            continue  # all of them may have failed
        weight = np.zeros(len(ordered))
        can = rank >= k
        weight[can] = np.exp(_log_choose(rank[can] - 1, k - 1) - _log_choose(n, k))
        expected[k - 1] = weight @ ordered
    return expected


def _log_choose(n: Any, k: Any) -> Any:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _colors(n: int) -> Sequence[str]:
    return [CYCLE[i % len(CYCLE)] for i in range(n)]


def _draw(
    ax: Any, curve: Mapping[str, Any], sign: float, color: str, alone: bool
) -> None:
    x, scores = curve["x"], sign * curve["scores"]
    complete = curve["states"] == "complete"
    size = 18 if len(x) <= 200 else 6
    start = curve["is_start_point"]
    ax.scatter(
        x[complete & ~start],
        scores[complete & ~start],
        s=size,
        color=color,
        alpha=0.35,
        linewidths=0,
        label="candidates" if alone else None,
    )
    if alone:
        _draw_others(ax, curve, x, scores, size)
    label = "best so far" if alone else curve["name"]
    ax.step(x, sign * curve["best"], where="post", color=color, label=label)
    if curve["expected"] is not None:
        ax.plot(
            x,
            sign * curve["expected"],
            color=GREY,
            linestyle="--",
            linewidth=1,
            label="expected of random search" if alone else None,
        )


def _draw_others(ax: Any, curve: Any, x: Any, scores: Any, size: float) -> None:
    states, start = curve["states"], curve["is_start_point"]
    complete = states == "complete"
    for which, options in (
        (complete & start, {"color": ORANGE, "marker": "D", "label": "start points"}),
        (states == "dropped", {"color": GREY, "marker": "v", "label": "dropped"}),
    ):
        if which.any():
            ax.scatter(x[which], scores[which], s=size, **options)
    failed = (states == "failed") | (states == "unfinished")
    if failed.any():
        ax.scatter(
            x[failed],
            np.full(failed.sum(), 0.02),
            s=size,
            color=RED,
            marker="x",
            transform=ax.get_xaxis_transform(),
            label="failed or unfinished",
        )
