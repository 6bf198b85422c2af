"""Whether the winner is worth its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import SearchData
from sklearn_hp.inspection._findings._finding import Finding
from sklearn_hp.inspection._paired import paired_differences
from sklearn_hp.inspection._plotting import seconds_text

_FEWEST_SPLITS = 3  # of which a difference has an interval that says anything
_FASTER = 0.5  # of the winner's time, so that a candidate is worth a mention


def winner(data: SearchData) -> Iterator[Finding]:
    """Yield whom the winner does not beat beyond the noise of the splits."""
    if data.best is None or data.n_splits < _FEWEST_SPLITS or len(data) < 2:
        return
    found = paired_differences(data)
    # the interval of one that was given up contains 0 because it has few splits
    complete = data.numbers[(data.states == "complete") & data.last]
    is_complete = np.isin(found["candidate"], complete)
    level = is_complete & np.isfinite(found["low"]) & (found["low"] <= 0)
    yield from _untuned(data, found, level)
    others = level & ~found["is_untuned"]
    if others.any():
        yield _equals(data, found, others, int(is_complete.sum()))


def _untuned(data: SearchData, found: dict[str, Any], level: Any) -> Iterator[Finding]:
    for i in np.flatnonzero(level & found["is_untuned"]):
        yield Finding(
            kind="not better than untuned",
            severity="advice",
            what=(
                "The winner is not better than the untuned estimator beyond the noise "
                "of the splits."
            ),
            evidence=(
                f"Its {data.metrics[0].label} is better by "
                f"{found['difference'][i]:.3g}, with a 95 % interval of "
                f"{found['low'][i]:.3g} to {found['high'][i]:.3g}."
            ),
            advice=(
                "Search with more splits, such as RepeatedStratifiedKFold, or keep the "
                "untuned estimator."
            ),
        )


def _equals(
    data: SearchData, found: dict[str, Any], which: Any, n_others: int
) -> Finding:
    numbers = np.asarray(found["candidate"])[which]
    row_of = {number: row for row, number in enumerate(data.numbers) if data.last[row]}
    rows = np.array([row_of[number] for number in numbers])
    seconds = data.fit_time + np.nan_to_num(data.score_time)
    known = np.where(np.isnan(seconds), np.inf, seconds)
    fastest, best = int(rows[np.argmin(known[rows])]), data.best
    faster = ""
    if best is not None and known[fastest] <= _FASTER * known[best] < np.inf:
        faster = (
            f" Candidate {data.numbers[fastest]} of them takes "
            f"{seconds_text(float(seconds[fastest]))} a fit, the winner "
            f"{seconds_text(float(seconds[best]))}."
        )
    return Finding(
        kind="as good as the winner",
        severity="note",
        what=(
            f"{_counted(int(which.sum()), n_others, len(found['candidate']))} as good "
            f"as the winner, as far as the splits tell."
        ),
        evidence=(f"The 95 % interval of their difference to it contains 0.{faster}"),
        advice=(
            "Prefer the simplest or the fastest of them; a selection rule does so, as "
            "refit=WithinOneStandardError(...)."
        ),
    )


def _counted(n: int, n_others: int, n_all: int) -> str:
    """Return how many candidates, with their verb."""
    kind = "other" if n_others == n_all else "other complete"
    if n_others == 1:
        return f"The {kind} candidate is"
    if n == n_others == 2:
        return f"Both {kind} candidates are"
    if n == n_others:
        return f"All {n} {kind} candidates are"
    return f"{n} of the {n_others} {kind} candidates {'is' if n == 1 else 'are'}"
