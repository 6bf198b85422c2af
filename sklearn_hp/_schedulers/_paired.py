"""Candidates compared on the same splits.

S : (n_trials, k) scores, maximised; NaN where a trial has not run a split. The row of a
    trial that failed is NaN as a whole.
b : the incumbent, the best of the complete trials.   M_b : its mean.
d = S[c] - S[b] : the differences of trial c, on the splits it has run; m their mean, j
    their number.

Splits differ: one is easy for all candidates, another hard. So a candidate is compared
with the incumbent on the splits that both have run. What is left is the noise of one
difference. Its variance is pooled over the better candidates, as a few splits of one
candidate say little about it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]

# The first estimate of the variance counts as so many degrees of freedom.
PRIOR_DOF = 2
# Means that differ by less, relative to the larger one, differ by rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Standard:
    """What a candidate is compared with.

    Parameters
    ----------
    incumbent : int
        Row of the incumbent.
    scores : ndarray of shape (k,)
        Its scores.
    ease : ndarray of shape (k,)
        By how much each split is easier than the others, for good candidates.
    variance : float
        Variance of one difference to the incumbent on one split.
    dof : float
        Degrees of freedom of that estimate.
    """

    incumbent: int
    scores: Array
    ease: Array
    variance: float
    dof: float

    @property
    def mean(self) -> float:
        """The mean score of the incumbent."""
        return float(self.scores.mean())

    def split_order(self) -> list[int]:
        """Return the splits, first those where the incumbent was luckiest.

        A candidate that is worse shows it there soonest.
        """
        luck = self.scores - self.mean - self.ease
        return np.argsort(-luck, kind="stable").tolist()

    def difference(self, row: Array) -> tuple[float, int]:
        """Return m and j of a candidate, from its row."""
        d = (row - self.scores)[np.isfinite(row)]
        return float(d.mean()), len(d)

    def estimate(self, row: Array) -> tuple[float, float]:
        """Estimate the mean over all splits of a candidate that has run some.

        Returns
        -------
        mean : float
            The incumbent's mean and the mean difference to it.
        noise : float
            The variance of the candidate's share in what is missing: half of that of
            the difference, ``variance / 2 * (1 / j - 1 / k)``.
        """
        m, j = self.difference(row)
        return self.mean + m, self.variance / 2 * (1 / j - 1 / len(row))

    def is_beaten(self, row: Array, alpha: float) -> bool:
        """Return whether the incumbent is better, beyond doubt.

        With normal differences and a flat prior, the difference over all k splits has,
        after j of them, a t distribution about m with the squared scale
        ``variance * (k - j) / (k * j)``. The candidate is beaten if the probability
        that it is positive is below `alpha`.
        """
        m, j = self.difference(row)
        k = len(row)
        if j == k or alpha == 0 or self.variance == 0:
            return False  # without any variance, nothing is known of the noise
        scale = np.sqrt(self.variance * (k - j) / (k * j))
        # the quantile is negative; scipy has plus infinity for the smallest alphas
        return bool(m < -abs(stdtrit(self.dof, alpha)) * scale)


def make_standard(S: Array) -> Standard | None:
    """Return what candidates are compared with; None if no trial is complete.

    Parameters
    ----------
    S : ndarray of shape (n_trials, k)
        The scores known so far.

    Returns
    -------
    standard : Standard or None
        The same for any constants added to the scores of one split, but for the
        incumbent's scores and the ease of the splits.
    """
    complete = np.flatnonzero(np.isfinite(S).all(axis=1))
    if not len(complete):
        return None
    means = S[complete].mean(axis=1)
    # the first of those that are equal
    first = np.argmax(means >= means.max() - _ROUNDING * abs(means.max()))
    incumbent = int(complete[first])
    scores, k = S[incumbent], S.shape[1]
    if k == 1:
        return Standard(incumbent, scores, np.zeros(1), 0.0, PRIOR_DOF)
    d = S - scores
    tells = _tells_of_noise(d, scores)
    distinct = tells[complete] | (complete == incumbent)
    good = complete[distinct & (means >= np.median(means))]
    if len(good) < 2:
        good = complete[distinct]
    n = len(good)
    ease, factor = np.zeros(k), 2.0
    if n > 1:
        centred = S[good] - S[good].mean(axis=1, keepdims=True)
        ease, factor = centred.mean(axis=0), 2 * n / (n - 1)
    variance = factor * np.var(scores - ease, ddof=1)
    if variance <= (_ROUNDING * np.abs(scores).max()) ** 2:  # twins
        variance = 2 * np.var(scores, ddof=1)
    squares, dof = _residuals(d[tells])
    pooled = (PRIOR_DOF * variance + squares) / (PRIOR_DOF + dof)
    return Standard(incumbent, scores, ease, float(pooled), PRIOR_DOF + dof)


def _tells_of_noise(d: Array, scores: Array) -> NDArray[np.bool_]:
    """Return which candidates differ from the incumbent on half of their splits.

    Others are all but the same model, such as one that predicts the larger class. They
    say nothing of how noisy the difference to a candidate is that is not.
    """
    differs = np.abs(d) > _ROUNDING * np.abs(scores).max()
    n_run = np.isfinite(d).sum(axis=1)
    return (n_run > 0) & (2 * differs.sum(axis=1) >= n_run)


def _residuals(d: Array) -> tuple[float, int]:
    """Return the squared residuals of the better candidates, and their freedom."""
    j = np.isfinite(d).sum(axis=1)
    d, j = d[j >= 2], j[j >= 2]
    if not len(d):
        return 0.0, 0
    m = np.nansum(d, axis=1) / j
    better = m >= np.median(m)  # the residuals of poor candidates differ
    residuals = d[better] - m[better, None]
    return float(np.nansum(residuals**2)), int((j[better] - 1).sum())


def adjusted_means(S: Array, dropped: NDArray[np.bool_]) -> Array:
    """Estimate the means of dropped candidates by the final incumbent.

    Parameters
    ----------
    S : ndarray of shape (n_trials, k)
        The scores; NaN in the rows of trials that failed.
    dropped : ndarray of shape (n_trials,)
        Which trials were dropped.

    Returns
    -------
    means : ndarray of shape (n_trials,)
        Of those that were dropped, below the mean of the incumbent; NaN for the others.
    """
    means = np.full(len(S), np.nan)
    standard = make_standard(S)
    if standard is not None:
        below = np.nextafter(standard.mean, -np.inf)
        for row in np.flatnonzero(dropped & np.isfinite(S).any(axis=1)):
            means[row] = min(standard.estimate(S[row])[0], below)
    return means
