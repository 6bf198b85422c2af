"""Whether time was spent where it brought nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import spearmanr

from sklearn_hp.inspection._data import Fits, SearchData
from sklearn_hp.inspection._data._pauses import without_pauses
from sklearn_hp.inspection._findings._finding import Finding, comparable_rows, listed
from sklearn_hp.inspection._plotting import parameter_label, seconds_text

_SLOW = 5.0  # times as long as the winner
_SHARE = 0.3  # of the time of all fits
_FEWEST = 8  # candidates
_BUSY = 0.7  # of the time of the workers
_SHORTEST = 10.0  # seconds that a search must take for its time to matter
_RELATED = 0.5  # rank correlation of a parameter with the time


def slow_fits(data: SearchData) -> Iterator[Finding]:
    """Yield that slow candidates took much of the time, and were not better."""
    rows = comparable_rows(data)
    if data.best is None or len(rows) < _FEWEST:
        return
    seconds = data.fit_time + np.nan_to_num(data.score_time)
    of_best = seconds[data.best]
    slow = rows[seconds[rows] > _SLOW * of_best]
    total = np.nansum(data.seconds)
    share = np.nansum(data.seconds[slow]) / total if total > 0 else 0.0
    if not len(slow) or share < _SHARE or total < _SHORTEST:
        return
    metric = data.metrics[0]
    scores = metric.sign * data.scores[metric.name]
    best_slow = slow[np.argmax(data.scores[metric.name][slow])]
    # a selection rule may have preferred a fast candidate to a better one
    if data.scores[metric.name][best_slow] > data.scores[metric.name][data.best]:
        return
    drivers = _drivers(data, seconds, rows)
    towards = f" {listed(drivers)} goes with it." if drivers else ""
    yield Finding(
        kind="slow fits",
        severity="advice",
        what=(
            f"{len(slow)} of {len(rows)} candidates took more than {_SLOW:g} times as "
            f"long as the winner, and none is better."
        ),
        evidence=(
            f"They took {share:.0%} of the time; the best of them has {metric.label} "
            f"{scores[best_slow]:.4g}, the winner {scores[data.best]:.4g} with "
            f"{seconds_text(of_best)} a fit.{towards}"
        ),
        advice="Narrow the range towards fast fits, or draw the ParetoDisplay.",
    )


def _drivers(data: SearchData, seconds: np.ndarray, rows: np.ndarray) -> list[str]:
    """Return the parameters that the time rises with, or falls."""
    found = []
    for parameter in data.parameters:
        numbers = parameter.numbers[rows]
        known = np.isfinite(numbers) & np.isfinite(seconds[rows])
        if parameter.is_category or known.sum() < _FEWEST:
            continue
        if np.ptp(numbers[known]) == 0:
            continue
        related = spearmanr(numbers[known], seconds[rows][known]).statistic
        if abs(related) >= _RELATED:
            size = "large" if related > 0 else "small"
            found.append((-abs(related), f"a {size} {parameter_label(parameter.name)}"))
    return [text for _, text in sorted(found)]


def idle_workers(data: SearchData) -> Iterator[Finding]:
    """Yield that workers waited."""
    fits = data.fits
    if fits is None or not fits.is_worker_known:
        return
    busy, n_workers, span = busy_share(fits)
    if n_workers < 2 or span < _SHORTEST or busy >= _BUSY:
        return
    yield Finding(
        kind="idle workers",
        severity="advice",
        what=f"The {n_workers} workers were idle for {1 - busy:.0%} of the time.",
        evidence=f"The fits took {seconds_text(span)} from the first to the last.",
        advice=(
            "Draw the TimelineDisplay: if one fit is long at the end, bound it with "
            "fit_timeout; if there are gaps everywhere, use fewer workers."
        ),
    )


def busy_share(fits: Fits) -> tuple[float, int, float]:
    """Return which share of their time workers were busy, their number, and the time.

    Times at which the search was interrupted do not count.

    Returns
    -------
    busy : float
        From 0 to 1; 1 if nothing is known.
    n_workers : int
    span : float
        Seconds from the start of the first fit to the end of the last.
    """
    known = np.isfinite(fits.started)
    if not known.any():
        return 1.0, 0, 0.0
    seconds = np.nan_to_num(fits.seconds[known])
    started, _ = without_pauses(fits.started[known], seconds)
    span = float((started + seconds).max() - started.min())
    n_workers = len(np.unique(fits.worker[known]))
    if span <= 0:
        return 1.0, n_workers, 0.0
    return min(1.0, float(seconds.sum()) / (n_workers * span)), n_workers, span
