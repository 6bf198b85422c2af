"""Scores as the model sees them.

scores : (n,) as told; not finite if the trial failed.
y : (n,) standardised, after a monotone warp.

What matters is which of the good candidates is best. But the spread of scores is
mostly that of the bad ones: a penalty far too large, a fit that diverged. Beside them,
all good candidates look alike to the model. So scores below the median are drawn nearer
to it, to where they would be if they were spread like the scores above it: the
half-rank warp [1]_, used only where it draws nearer. (Where the worse half is the
narrow one, as on a plateau with a single peak, ranks would blow up differences that
mean nothing.)

.. [1] X. Song et al. (2024), The Vizier Gaussian Process Bandit Algorithm,
   arXiv:2408.11527.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

LARGEST = 1e100  # the square of what is larger overflows
# A score that is so many times further from the best than the third best is, and than
# zero, is that of a fit which diverged: as good as failed.
DIVERGED = 1e6
# A standard deviation beside which a score says nothing; a larger one may overflow.
MAX_SD = 1e4


class WarpedScores:
    """Scores, warped and standardised, and the way back.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Two of them at least are finite and different. A failed trial, or one that
        diverged, counts as the worst of the others: left out, the model would propose
        its neighbours for ever.

    Attributes
    ----------
    y : ndarray of shape (n,)
        What the model sees: mean 0, standard deviation 1.
    """

    def __init__(self, scores: Array) -> None:
        kept = np.clip(scores, -LARGEST, LARGEST)
        good = np.isfinite(scores)
        best, *_, third = np.sort(kept[good])[:-4:-1]
        converged = good & (kept >= best - DIVERGED * (abs(best) + best - third))
        if kept[converged].min() < best:  # or nothing else tells them apart
            good = converged
        self._is_good = good
        self._scores = np.where(good, kept, kept[good].min())
        warped = half_rank(self._scores)
        self._mean, self._std = warped.mean(), warped.std()
        self.y = (warped - self._mean) / self._std

    def to_scores(self, y: Array) -> Array:
        """Return the scores that warped ones stand for.

        Above the median the warp changes nothing. Below, it is known at the scores
        told, and taken to be linear between them; below all of them, to change nothing.
        """
        y = np.asarray(y, dtype=float)
        upper = self._mean + self._std * y
        order = np.argsort(self._scores)
        lower = np.interp(y, self.y[order], self._scores[order])
        lower += self._std * np.minimum(y - self.y.min(), 0.0)
        median = np.median(self._scores)
        return np.where(upper >= median, upper, np.minimum(lower, median))

    def to_noise(self, variances: ArrayLike) -> Array:
        """Return variances of scores as variances of y.

        Below the median, where the warp draws scores nearer, they are too large: what
        is uncertain there matters least. A failed trial has none: it is certainly bad.
        """
        sd = np.sqrt(np.asarray(variances, dtype=float)) / self._std
        return np.where(self._is_good, np.minimum(sd, MAX_SD) ** 2, 0.0)

    def to_improvement(self, y: Array) -> Array:
        """Return the differences of scores, above the best, that warped ones stand for.

        The warp leaves what is above the median alone, and only standardises it.
        """
        return self._std * np.asarray(y, dtype=float)


def half_rank(scores: Array) -> Array:
    """Raise scores below the median to quantiles of a normal distribution, by rank.

    Its mean is the median; its standard deviation is how far, in quadratic mean, the
    better half lies above or, where all of that are equal, how far the others typically
    lie below. A score that is higher already stays as it is.
    """
    median = np.median(scores)
    low = scores < median
    if not low.any():
        return scores
    distinct = np.unique(scores[low])
    rank = np.searchsorted(distinct, scores[low])
    quantile = ndtri((rank + 0.5) / (2 * len(distinct)))
    spread = math.sqrt(np.mean((scores[~low] - median) ** 2))
    if spread == 0:
        spread = np.median(median - scores[low])
    out = scores.copy()
    out[low] = np.maximum(scores[low], median + spread * quantile)
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
