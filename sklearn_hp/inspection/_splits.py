"""The score of each candidate on each split."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Metric, read_search
from sklearn_hp.inspection._plotting import (
    RED,
    BaseDisplay,
    legend_above,
    score_label,
    score_limits,
    score_map,
    whole_ticks,
)

_ORDERS = ("score", "proposed")
_MOST_SPLITS = 12  # whose effect is written at the axis
_NOT_RUN = "#e6e6e6"


class SplitsDisplay(BaseDisplay):
    """The score of each candidate on each split.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    scores : ndarray of shape (n_candidates, n_splits)
        Maximised; NaN for none. The rows are in the order in which they are drawn.
    rows : ndarray of shape (n_candidates,), dtype int
        The row of each in the results of the search.
    failed : ndarray of shape (n_candidates, n_splits), dtype bool
        Where a split of a failed candidate has no score.
    effects : ndarray of shape (n_splits,)
        How easy each split is: the score on it minus the candidate's mean, averaged
        over the candidates that have all splits. Below 0 is a hard split. NaN if no
        candidate has all.
    metric : Metric
        The score.
    order : {"score", "proposed"}, default="score"
        What the order is.

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
    >>> from sklearn_hp.inspection import SplitsDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 1, 10]}).fit(X, y)
    >>> display = SplitsDisplay.from_search(search)
    >>> display.effects.round(3)
    array([-0.013,  0.009, -0.013, -0.002,  0.02 ])
    """

    def __init__(
        self,
        *,
        scores: Any,
        rows: Any,
        failed: Any,
        effects: Any,
        metric: Metric,
        order: str = "score",
    ) -> None:
        self.scores = scores
        self.rows = rows
        self.failed = failed
        self.effects = effects
        self.metric = metric
        self.order = order

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        order: str = "score",
        ax: Any = None,
    ) -> SplitsDisplay:
        """Draw the scores of a search on each split.

        Parameters
        ----------
        search : object
            Whatever :func:`to_frame` takes. Of a search that gives candidates more and
            more resources, the last row of each is drawn.
        metric : str, default=None
            Name of the score; None for the one that decides.
        order : {"score", "proposed"}, default="score"
            Whether the best candidates are on top, with those that lack splits below
            the others, or the first proposed.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : SplitsDisplay
            Drawn.

        Raises
        ------
        ValueError
            If the scores of the splits are not known, the search lacks the metric, or
            `order` is neither of the two.
        """
        if order not in _ORDERS:
            raise ValueError(f"order must be 'score' or 'proposed', got {order!r}.")
        data = read_search(search)
        one = data.metric(metric)
        if one.name not in data.split_scores:
            raise ValueError(
                f"SplitsDisplay needs the scores of single splits, and the {data.kind} "
                f"has none. Give a search, or a table with columns split0_test_"
                f"{one.name}, split1_test_{one.name}, and so on."
            )
        rows = np.flatnonzero(data.last)
        cells = data.split_scores[one.name]
        if order == "score":
            rows = rows[_best_first(cells[rows])]
        cells = cells[rows]
        failed = np.isnan(cells) & (data.states[rows] == "failed")[:, np.newaxis]
        return cls(
            scores=cells,
            rows=rows,
            failed=failed,
            effects=_effects(cells),
            metric=one,
            order=order,
        ).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> SplitsDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : SplitsDisplay
            Drawn.
        """
        ax = self._start(ax)
        self._draw_scores(ax)
        handles = self._draw_missing(ax)
        n, k = self.scores.shape
        if k <= _MOST_SPLITS:
            ax.set_xticks(range(k), self._split_labels())
        else:
            whole_ticks(ax.xaxis)
        beside = ", and how its scores differ from the mean"
        ax.set_xlabel(f"split{beside if k <= _MOST_SPLITS else ''}")
        whole_ticks(ax.yaxis)
        how = "best first" if self.order == "score" else "as proposed"
        ax.set_ylabel(f"{n} candidates, {how}")
        legend_above(ax, handles)
        return self

    def _draw_scores(self, ax: Any) -> None:
        shown = self.metric.sign * self.scores
        low, high = score_limits(shown, self.metric.sign)
        cells = np.ma.masked_invalid(shown)
        colors = score_map(self.metric)
        image = self._cells(ax, cells, cmap=colors, vmin=low, vmax=high)
        if cells.count():
            self.figure_.colorbar(image, ax=ax, label=score_label(self.metric))

    def _draw_missing(self, ax: Any) -> list[Any]:
        from matplotlib.colors import ListedColormap
        from matplotlib.patches import Patch

        handles = []
        for which, color, label in (
            (self.failed, RED, "failed"),
            (np.isnan(self.scores) & ~self.failed, _NOT_RUN, "not run"),
        ):
            if which.any():
                cells = np.ma.masked_equal(which.astype(float), 0)
                self._cells(ax, cells, cmap=ListedColormap([color]))
                handles.append(Patch(color=color, label=label))
        return handles

    def _cells(self, ax: Any, cells: Any, **options: Any) -> Any:
        n, k = self.scores.shape
        x, y = np.arange(k + 1) - 0.5, np.arange(n + 1) + 0.5  # candidates count from 1
        ax.set_ylim(n + 0.5, 0.5)
        return ax.pcolormesh(x, y, cells, rasterized=True, **options)

    def _split_labels(self) -> list[str]:
        splits = range(len(self.effects))
        if np.isnan(self.effects).any():
            return [str(split) for split in splits]
        largest = float(np.abs(self.effects).max())
        decimals = max(0, 1 - int(np.floor(np.log10(max(largest, 1e-6)))))
        texts = [f"{self.metric.sign * one:+.{decimals}f}" for one in self.effects]
        return [f"{split}\n{text}" for split, text in zip(splits, texts, strict=True)]


def _best_first(cells: Any) -> Any:
    """Return the order by mean score; candidates with fewer splits come later."""
    known = np.ma.masked_invalid(cells)
    mean = known.mean(axis=1).filled(-np.inf)
    return np.lexsort((-mean, -np.asarray(known.count(axis=1))))


def _effects(cells: Any) -> Any:
    whole = cells[np.isfinite(cells).all(axis=1)]
    if not len(whole):
        return np.full(cells.shape[1], np.nan)
    return (whole - whole.mean(axis=1, keepdims=True)).mean(axis=0)
