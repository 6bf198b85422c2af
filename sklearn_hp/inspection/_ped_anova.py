"""PED-ANOVA: which parameters decide whether a candidate is among the best.

Let b(x) be 1 for the best share gamma' of the candidates and 0 for the others. The
importance of a parameter is the variance of b that its value alone explains,

    v_d = Var_{x_d}[ P(b = 1 | x_d) ] = gamma'^2 D(p_top || p),

where D is the Pearson divergence of the density of x_d among the best from that among
all [W]: two kernel density estimates in one dimension suffice [W, Eq. 14 to 16]. "All"
are the candidates of the region. If that is the best half, v_d says what matters among
those that are good already.

A conditional parameter is active in a share beta of the candidates, and only counts
there. Being active or not is credited to the parameter that decides it:

    v_d = gamma'^2 alpha^2 / beta D(p_top | active || p | active),   [B, Theorem 4.2]

where alpha is the share of the best that are active. (The formula is quoted from an
implementation of [B], and was derived again from the first one: among the active
candidates b has the mean gamma' alpha / beta, and they have the weight beta.)

This file differs from the papers:

- Both densities have one bandwidth, so that D of equal sets is 0.
- The mean of what an irrelevant parameter would get, over all orders of the candidates,
  is subtracted. So a parameter does not gain by having many choices.
- Several gamma' can be given; v_d is the mean over them. For all gamma' from 0 to 1
  it is the index of [G], which sees the whole distribution of the scores.
- Candidates with equal scores share the places among the best that they would fill.

.. [W] Watanabe, Bansal & Hutter (2023), PED-ANOVA: Efficiently quantifying
   hyperparameter importance in arbitrary subspaces, IJCAI, arXiv:2304.10255.
.. [B] Baba, Ozaki & Watanabe (2026), Conditional PED-ANOVA: Hyperparameter importance
   in hierarchical & dynamic search spaces, KDD, arXiv:2601.20800.
.. [G] Gamboa, Klein & Lagnoux (2018), Sensitivity analysis based on Cramer-von Mises
   distance, SIAM/ASA Journal on Uncertainty Quantification 6.
.. [S] Scott (1992), Multivariate density estimation: the normal reference rule.

X, n_choices, scores : see `_importance`.   W : (B, n) weights of the candidates.
b : (B, n) how much of a candidate is among the best, mostly 0 or 1.
S : (G, G) the kernel's mass in each cell of the grid, around the middle of each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sklearn_hp.inspection._importance import (
    Array,
    Importance,
    draw_counts,
    failed_as_worst,
    normalise,
)

# The mean over these is the importance of a parameter for the score as a whole.
OVERALL = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# What decides whether a candidate is among the best 10 %.
BEST = (0.1,)

N_CELLS = 50  # of the grid on [0, 1]
ROUNDING = 1e-12  # of the variance of b, which is 1/4 at most


def ped_anova(
    X: Array,
    n_choices: NDArray[np.intp],
    scores: Array,
    *,
    top: Sequence[float] = OVERALL,
    region: float = 1.0,
    n_bootstrap: int = 100,
    random_state: int = 0,
) -> Importance:
    """Return the importance of each parameter by PED-ANOVA.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Positions in [0, 1], or codes of choices; NaN where a parameter is inactive.
    n_choices : ndarray of shape (d,)
        Number of choices of a categorical column, 0 for a numeric one.
    scores : ndarray of shape (n,)
        Greater is better. A candidate that failed, NaN or infinite, counts as the
        worst.
    top : sequence of float, default=OVERALL
        Shares gamma' of the region that count as the best; the mean over them is taken.
    region : float, default=1.0
        The share gamma of the candidates, the best of them, that is looked at.
    n_bootstrap : int, default=100
        Number of samples of the candidates.
    random_state : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    importance : Importance
        Shares of the variance that single parameters explain.
    """
    n, d = X.shape
    if n == 0:
        return Importance(np.zeros(d), np.zeros((n_bootstrap, d)), n)
    rng = np.random.default_rng(random_state)
    W = np.vstack([np.ones((1, n)), draw_counts(n, n_bootstrap, rng)])
    ranks = np.unique(failed_as_worst(scores), return_inverse=True)[1].ravel()
    W = W * best_share(ranks, W, region)
    tops = [best_share(ranks, W, share) for share in top]
    v = np.zeros((len(W), d))
    for column in range(d):
        active = ~np.isnan(X[:, column])
        cells, S = smoother(X[active, column], int(n_choices[column]))
        b = [one[:, active] for one in tops]
        v[:, column] = explained(cells, S, W[:, active], b) / W.sum(axis=1)
    shares = normalise(np.where(v > ROUNDING, v, 0.0))
    return Importance(shares[0], shares[1:], n)


def best_share(ranks: NDArray[np.intp], W: Array, share: float) -> Array:
    """Return how much of each candidate is in the best `share` by weight, (B, n).

    It is 1 or 0, or between for those with the score at the threshold.
    """
    order = np.argsort(-ranks, kind="stable")  # the best first
    starts = np.flatnonzero(np.diff(ranks[order], prepend=-1))  # of equal scores
    of_rank = np.add.reduceat(W[:, order], starts, axis=1)  # (B, n_ranks)
    better = np.cumsum(of_rank, axis=1) - of_rank
    room = share * W.sum(axis=1, keepdims=True) - better
    inside = np.clip(room / np.where(of_rank > 0, of_rank, 1.0), 0.0, 1.0)
    return inside[:, ranks.max() - ranks]


def smoother(x: Array, n_choices: int) -> tuple[NDArray[np.intp], Array]:
    """Return the cell of each value, (n,), and the kernel, (G, G)."""
    if n_choices > 0:
        return x.astype(int), np.eye(n_choices)
    cells = np.clip(np.floor(x * N_CELLS), 0, N_CELLS - 1).astype(int)
    edges = np.linspace(0, 1, N_CELLS + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    mass = np.diff(ndtr((edges - middle[:, None]) / bandwidth(x)), axis=1)
    return cells, mass / mass.sum(axis=1, keepdims=True)  # none lies outside [0, 1]


def bandwidth(x: Array) -> float:
    """Scott's rule for the standard deviation of a Gaussian kernel [S]."""
    if len(x) < 2:
        return 1.0
    quartiles = np.quantile(x, [0.25, 0.75])
    spread = min(x.std(ddof=1), np.diff(quartiles)[0] / 1.34)
    return max(1.059 * spread * len(x) ** -0.2, 0.5 / N_CELLS)


def explained(
    cells: NDArray[np.intp], S: Array, W: Array, tops: Sequence[Array]
) -> Array:
    """Return the variance of b that the column explains, times the weight, (B,).

    With p(g) the density at cell g and q(g) = p(g) (P(b = 1 | g) - P(b = 1)), the sum
    of q^2 / p is gamma'^2 D(p_top || p) in [W, Eq. 16].
    """
    onehot = np.eye(len(S))[cells]  # (n, G)
    n = W.sum(axis=1, keepdims=True)  # (B, 1)
    n = np.where(n > 0, n, 1.0)  # a sample can lack active candidates
    count = W @ onehot
    p = count @ S / n  # (B, G)
    # of one candidate's mass at each cell, over the candidates
    variance = count @ S**2 / n - p**2
    inverse = 1 / np.where(p > 1e-12, p, np.inf)
    v = np.zeros(len(W))
    for b in tops:
        mean = (W * b).sum(axis=1, keepdims=True) / n
        deviation = W * (b - mean)
        q = deviation @ onehot @ S / n
        spread = (deviation * (b - mean)).sum(axis=1, keepdims=True) / n
        by_chance = spread * variance / np.maximum(n - 1, 1)  # E q^2 of any order
        v += ((q**2 - by_chance) * inverse).sum(axis=1)
    return v * n[:, 0] / len(tops)
