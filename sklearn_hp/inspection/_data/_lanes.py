"""Fits that did not overlap, one behind the other."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from sklearn_hp.inspection._data._records import Array

_TOLERANCE = 1e-3  # seconds: clocks are read a moment apart


def lanes(started: Array, seconds: Array) -> NDArray[np.int64]:
    """Return a lane for each fit, as few as do without overlaps.

    Parameters
    ----------
    started, seconds : ndarray of shape (n_fits,)
        When fits began and how long they took; NaN if it is not known.

    Returns
    -------
    lane : ndarray of shape (n_fits,), dtype int
        From 0; -1 where the start is not known.
    """
    lane = np.full(len(started), -1)
    running: list[tuple[float, int]] = []  # the end of a fit, and its lane
    free: list[int] = []
    for fit in np.argsort(started, kind="stable"):
        if np.isnan(started[fit]):
            continue
        while running and running[0][0] <= started[fit] + _TOLERANCE:
            heappush(free, heappop(running)[1])
        lane[fit] = heappop(free) if free else len(running)
        heappush(running, (started[fit] + np.nan_to_num(seconds[fit]), lane[fit]))
    return lane
