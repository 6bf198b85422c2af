"""Times at which a search did not run, such as the night before it was resumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sklearn_hp.inspection._data._records import Array

_SHORTEST = 10.0  # seconds


@dataclass(frozen=True)
class Pause:
    """A time without any fit, longer than all fits together.

    Parameters
    ----------
    at : float
        When it was, in seconds since the first fit began, pauses before it left out.
    seconds : float
        How long it was.
    """

    at: float
    seconds: float


def without_pauses(started: Array, seconds: Array) -> tuple[Array, list[Pause]]:
    """Return when fits began if the search had not paused, and the pauses.

    Parameters
    ----------
    started, seconds : ndarray of shape (n_fits,)
        When fits began and how long they took; NaN if it is not known.

    Returns
    -------
    started : ndarray of shape (n_fits,)
        NaN where it was.
    pauses : list of Pause
    """
    known = np.flatnonzero(np.isfinite(started))
    order = known[np.argsort(started[known], kind="stable")]
    ends = np.maximum.accumulate(started[order] + np.nan_to_num(seconds[order]))
    gaps = np.maximum(started[order][1:] - ends[:-1], 0)
    span = ends[-1] - started[order][0] if order.size else 0.0
    is_pause = gaps > max(_SHORTEST, span - gaps.sum())
    lost = np.where(is_pause, gaps, 0.0).cumsum()
    shifted = started.copy()
    shifted[order[1:]] -= lost
    at = ends[:-1] - np.concatenate([[0.0], lost])[: len(gaps)]
    return shifted, [
        Pause(float(at[i]), float(gaps[i])) for i in np.flatnonzero(is_pause)
    ]
