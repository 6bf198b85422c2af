"""What ran where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Fits, SearchData, read_search
from sklearn_hp.inspection._data._pauses import Pause, without_pauses
from sklearn_hp.inspection._plotting import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    SKY,
    BaseDisplay,
    legend_above,
    seconds_text,
    time_unit,
)

_MOST_WORKERS = 24  # whose idle share is written beside them
# In the order in which they are drawn. Fits of one candidate have one blue, so that
# those of the next can be told from them.
_KINDS = {
    "even": (BLUE, "fits, by candidate"),
    "odd": (SKY, None),
    "dropped": (GREY, "dropped"),
    "winner": (ORANGE, "the winner"),
    "failed": (RED, "failed"),
}


class TimelineDisplay(BaseDisplay):
    """The fits of each worker over time.

    Make it with :meth:`from_search`.

    Parameters
    ----------
    fits : Fits
        The single fits, in the order in which they ended: arrays ``candidate``,
        ``split``, ``worker``, ``started`` and ``seconds``. Times at which nothing ran
        for long, because the search was interrupted, are left out of ``started``.
    kinds : ndarray of shape (n_fits,), dtype str
        "failed", "winner" (a fit of the winner), "dropped" (of a candidate that was
        given up), and "even" or "odd" by the number of the candidate for others.
    pauses : list of Pause, default=[]
        What was left out: ``at`` and ``seconds``.

    Attributes
    ----------
    span : float
        Seconds from the start of the first fit to the end of the last.
    workers : ndarray of shape (n_workers,), dtype int
        The workers that ran fits.
    idle : ndarray of shape (n_workers,)
        The share of `span` in which each of them ran nothing, from 0 to 1.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        Their figure, after `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import TimelineDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 1.0, 10]}).fit(X, y)
    >>> display = TimelineDisplay.from_search(search)
    >>> display.kinds[-5:].tolist()
    ['winner', 'winner', 'winner', 'winner', 'winner']
    """

    def __init__(self, *, fits: Fits, kinds: Any, pauses: Sequence[Pause] = ()) -> None:
        self.fits = fits
        self.kinds = kinds
        self.pauses = list(pauses)
        known = np.isfinite(fits.started)
        started, seconds = fits.started[known], np.nan_to_num(fits.seconds[known])
        self.span = float((started + seconds).max() - started.min())
        self.workers = np.unique(fits.worker[known])
        busy = [seconds[fits.worker[known] == one].sum() for one in self.workers]
        self.idle = np.clip(1 - np.array(busy) / max(self.span, 1e-9), 0, 1)

    @classmethod
    def from_search(cls, search: Any, *, ax: Any = None) -> TimelineDisplay:
        """Draw what each worker did over time.

        Parameters
        ----------
        search : object
            A search of this library, its checkpoint, or an Optuna study. The others do
            not keep when a fit began. Of a checkpoint or a study it is not known which
            worker ran a fit: fits that did not overlap share a row.
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : TimelineDisplay
            Drawn.

        Raises
        ------
        ValueError
            If it is not known when fits began.
        """
        data = read_search(search)
        fits = data.fits
        if fits is None or not np.isfinite(fits.started).any():
            raise ValueError(
                f"TimelineDisplay needs to know when each fit began, which the "
                f"{data.kind} does not tell. Give a search of sklearn_hp, its "
                f"checkpoint, or an Optuna study."
            )
        started, pauses = without_pauses(fits.started, fits.seconds)
        shifted = replace(fits, started=started)
        return cls(fits=shifted, kinds=_kinds(data, fits), pauses=pauses).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> TimelineDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a new figure.

        Returns
        -------
        display : TimelineDisplay
            Drawn.
        """
        n = len(self.workers)
        ax = self._start(ax, height=min(max(2.2, 1.4 + 0.3 * n), 7.0))
        unit, length = time_unit(self.span)
        legend_above(ax, self._draw_fits(ax, length))
        for pause in self.pauses:
            ax.axvline(pause.at / length, color="black", linestyle=":", linewidth=1)
            ax.annotate(
                f" paused for {seconds_text(pause.seconds)}",
                (pause.at / length, 1),
                xycoords=("data", "axes fraction"),
                fontsize="x-small",
                va="top",
                bbox={"color": "white", "alpha": 0.8, "pad": 0.5},
            )
        ax.set_xlim(0, 1.01 * max(self.span, 1e-3) / length)
        ax.set_ylim(n - 0.5, -0.5)
        ax.set_xlabel(f"time ({unit})")
        self._label_workers(ax)
        return self

    def _draw_fits(self, ax: Any, length: float) -> list[Any]:
        from matplotlib.patches import Patch

        fits, handles = self.fits, []
        row = np.searchsorted(self.workers, fits.worker)
        bars = np.column_stack([fits.started, np.nan_to_num(fits.seconds)]) / length
        for kind, (color, label) in _KINDS.items():
            which = (self.kinds == kind) & np.isfinite(fits.started)
            # a line around what is rare, so that it is seen however short it is
            width = 1.0 if kind in ("winner", "failed") else 0.0
            for one in np.unique(row[which]):
                here = which & (row == one)
                ax.broken_barh(
                    bars[here],
                    (one - 0.4, 0.8),
                    facecolor=color,
                    edgecolor=color,
                    linewidth=width,
                )
            if which.any() and label:
                handles.append(Patch(color=color, label=label))
        return handles

    def _label_workers(self, ax: Any) -> None:
        n = len(self.workers)
        if n <= _MOST_WORKERS:
            texts = [
                f"{worker}\n{idle:.0%} idle" if n <= _MOST_WORKERS // 2 else str(worker)
                for worker, idle in zip(self.workers, self.idle, strict=True)
            ]
            ax.set_yticks(range(n), texts, fontsize="small")
        name = "worker" if self.fits.is_worker_known else "concurrent fits"
        ax.set_ylabel(name)


def _kinds(data: SearchData, fits: Fits) -> Any:
    row_of = {number: row for row, number in enumerate(data.numbers)}
    rows = np.array([row_of[number] for number in fits.candidate])
    kinds = np.where(fits.candidate % 2, "odd", "even").astype("U8")
    kinds[data.states[rows] == "dropped"] = "dropped"
    if data.best is not None:
        kinds[fits.candidate == data.numbers[data.best]] = "winner"
    kinds[fits.failure != ""] = "failed"
    return kinds
