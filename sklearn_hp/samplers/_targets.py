"""Scores as the model sees them.

scores : (n,) as told; not finite if the trial failed.
y : (n,) standardised, after two monotone warps [1]_.

What matters is which of the good candidates is best. But the spread of raw scores is
that of the bad ones: a diverged fit, a penalty far too large. So the half-rank warp
replaces the scores below the median by normal quantiles of their ranks, scaled like
those above it, and the log warp stretches the differences near the best.

.. [1] X. Song et al. (2024), The Vizier Gaussian Process Bandit Algorithm,
   arXiv:2408.11527, section 3.1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

STRETCH = 1.5  # the offset s of the log warp, as in [1]
LARGEST = 1e100  # the square of what is larger overflows


class WarpedScores:
    """Scores, warped and standardised, and the way back.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Two of them at least are finite and different. A failed trial counts as the
        worst of them: left out, the model would propose its neighbours for ever.

    Attributes
    ----------
    y : ndarray of shape (n,)
        What the model sees: mean 0, standard deviation 1.
    """

    def __init__(self, scores: Array) -> None:
        finite = np.isfinite(scores)
        kept = np.clip(scores, -LARGEST, LARGEST)
        self._scores = np.where(finite, kept, kept[finite].min())
        ranked = half_rank(self._scores)
        self._top, self._width = ranked.max(), np.ptp(ranked)
        warped = self._log_warp(ranked)
        self._mean, self._std = warped.mean(), warped.std()
        self.y = (warped - self._mean) / self._std
        self._median = float(np.median(self._scores))

    def _log_warp(self, ranked: Array) -> Array:
        share = (self._top - ranked) / self._width
        return -np.log1p((STRETCH - 1) * share) / math.log(STRETCH)

    def to_scores(self, y: Array) -> Array:
        """Return the scores that warped ones stand for.

        Above the median that is the inverse of the warp; below, scores are known by
        their ranks, and read off the line through them.
        """
        warped = self._mean + self._std * np.asarray(y)
        share = np.expm1(-warped * math.log(STRETCH)) / (STRETCH - 1)
        upper = self._top - self._width * share
        order = np.argsort(self._scores)
        lower = np.interp(y, self.y[order], self._scores[order])
        return np.where(upper >= self._median, upper, np.minimum(lower, self._median))


def half_rank(scores: Array) -> Array:
    """Replace scores below the median by quantiles of a normal distribution.

    Its mean is the median; its standard deviation is how far, in quadratic mean, the
    better half lies above. Where that is zero, all of them equal to the best, it is 1.
    """
    median = np.median(scores)
    low = scores < median
    distinct = np.unique(scores[low])
    rank = np.searchsorted(distinct, scores[low])
    spread = math.sqrt(np.mean((scores[~low] - median) ** 2)) or 1.0
    out = scores.copy()
    out[low] = median + spread * ndtri((rank + 0.5) / (2 * len(distinct)))
    return out


def warp_scores(scores: Array) -> WarpedScores | None:
    """Return the scores as the model sees them.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Scores in the order of the trials; not finite if failed.

    Returns
    -------
    warped : WarpedScores or None
        None if there are no two different finite scores.
    """
    finite = np.clip(scores[np.isfinite(scores)], -LARGEST, LARGEST)
    if len(finite) < 2:
        return None
    # differences in the last digits are not differences
    if finite.std() < 1e-15 * max(1.0, abs(finite.mean())):
        return None
    return WarpedScores(scores)
