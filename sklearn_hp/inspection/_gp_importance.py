"""Shapley effects of a Gaussian process that models the scores.

f : the mean of the process.   D = {1, ..., d} : the parameters, drawn independently.
x, x' : two candidates.   F(u) = f(x' in the parameters u, x in the others).
c(u) = E (F(u) - F({}))^2 / 2 : the variance that is left when all but u are known.

The Shapley effect of a parameter is the mean, over all orders of the parameters, of the
increase of c when it joins those before it [O], [N, Theorem 1]. Effects are not
negative, sum to the variance of f, and share out interactions equally.

To `N_EXACT` parameters all subsets are taken, with any of them in place of {}. The
Walsh transform of F, a(v) = 2^-d sum_u (-1)^|u & v| F(u), does that at once:

    c(u) = 2 sum_v E a(v)^2 [|u & v| is odd].                                    (1)

The bracket is a game in which all players of v are equal. Together they win 1 if |v| is
odd, else 0, so that each has a Shapley value of 1 / |v|, or 0:

    effect(j) = 2 sum_v E a(v)^2 / |v|   over v that contain j, |v| odd.         (2)

With more parameters, orders are drawn at random [G]. The covariance, Matern-5/2 of a
distance in all parameters, is no product over parameters, so that there is no closed
form of the expectations: they are means over a Sobol sequence.

.. [O] Owen (2014), Sobol' indices and Shapley value, SIAM/ASA Journal on Uncertainty
   Quantification 2.
.. [N] Song, Nelson & Staum (2016), Shapley effects for global sensitivity analysis:
   theory and computation, SIAM/ASA Journal on Uncertainty Quantification 4.
.. [G] Goda (2021), A simple algorithm for global sensitivity analysis with Shapley
   effects, Reliability Engineering & System Safety 213.
.. [RW] Rasmussen & Williams (2006), Gaussian Processes for Machine Learning.

X, n_choices, scores : see `_importance`.   U : (m, 2 d) pairs of points of the cube.
k functions are looked at together: the process of all candidates and of samples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import qmc

from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    default_theta,
    fit_theta,
)
from sklearn_hp.inspection._flat_space import FlatSpace
from sklearn_hp.inspection._importance import (
    Array,
    Importance,
    draw_counts,
    failed_as_worst,
    normalise,
)

# Scores farther below the median, in distances from there to the best, count as so far
# away. The shares of functions that do not diverge are the same as without a bound, see
# benchmarks/importance.py; with 10, those of searches by a model are worse. So are they
# with the warp of the scores that `GPSampler` uses to find the best.
FARTHEST = 30.0
LARGEST = 1e100  # the square of what is larger overflows
ROUNDING = 1e-14  # of scores that are equal
MAX_OBSERVATIONS = 200  # as many as GPSampler looks at
N_EXACT = 10  # parameters; with 11 there are 2048 subsets
N_PAIRS = (128, 2048)  # of candidates, at least and at most
N_ROWS = 2**17  # to evaluate in all, about
LOG2_THRESHOLD = 11  # points for the threshold of the best
CHUNK = 2**12  # rows that are evaluated at once

Functions = Callable[[Array], Array]  # (m, d) points of the cube to (m, k) values


def gp_importance(
    X: Array,
    n_choices: NDArray[np.intp],
    scores: Array,
    *,
    top: float | None = None,
    n_bootstrap: int = 50,
    random_state: int = 0,
) -> Importance:
    """Return the importance of each parameter as Shapley effects of our model.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Positions in [0, 1], or codes of choices; NaN where a parameter is inactive.
    n_choices : ndarray of shape (d,)
        Number of choices of a categorical column, 0 for a numeric one.
    scores : ndarray of shape (n,)
        Greater is better. A candidate that failed, NaN or infinite, counts as the
        worst.
    top : float, default=None
        If given, the importance for being among the best candidates of the space, such
        as 0.1 for the best 10 %. None for the score itself.
    n_bootstrap : int, default=50
        Number of samples of the candidates that the model sees, 200 at most. The
        hyperparameters are fitted once, to all of these.
    random_state : int, default=0
        Seed of what is drawn.

    Returns
    -------
    importance : Importance
        Shares of the variance of the modelled score over the space.
    """
    n, d = X.shape
    y = bounded(failed_as_worst(scores)) if n > 0 else np.zeros(1)
    if d == 0 or np.ptp(y) <= ROUNDING * np.abs(y).max():
        return Importance(np.zeros(d), np.zeros((n_bootstrap, d)), n)
    rng = np.random.default_rng(random_state)
    space = FlatSpace(X, n_choices)
    process = fitted(space.encode(X), y, Features(space.n_choices), rng)
    alphas = np.column_stack([process.alpha, *sampled(process, n_bootstrap, rng)])

    def means(U: Array) -> Array:
        return process.covariance(space.rows(U)) @ alphas

    f: Functions = means
    if top is not None:
        sd = float(np.sqrt(process.noise_variance.min()))
        f = among_best(means, d, top, sd, rng)
    shares = normalise(shapley_effects(f, d, rng))
    return Importance(shares[0], shares[1:], n, explained_by(process))


def explained_by(process: GaussianProcess) -> float:
    """Return the share of the variance that is predicted, each score from the others.

    y - f, with f from the others, is alpha / diag(K^-1) [RW, Eq. 5.12].
    """
    K = process.covariance(process.X) + np.diag(process.noise_variance)
    error = process.alpha / np.diag(np.linalg.inv(K))
    return float(1 - np.mean(error**2) / process.y.var())


def bounded(scores: Array) -> Array:
    """Return scores without those that are bad beyond measure.

    Beside a few fits that diverged, all others look the same to the model.
    """
    scores = np.clip(scores, -LARGEST, LARGEST)
    median = np.median(scores)
    spread = scores.max() - median
    return scores if spread == 0 else np.maximum(scores, median - FARTHEST * spread)


def fitted(
    rows: Array, y: Array, features: Features, rng: np.random.Generator
) -> GaussianProcess:
    """Return the process of the candidates; of many, of half the best, half others."""
    seen = observed(y, rng)
    rows, y = rows[seen], y[seen]
    y = (y - y.mean()) / (y.std() or 1.0)
    noise = np.zeros(len(y))  # beside that which is fitted
    theta = fit_theta(rows, y, noise, features, [default_theta(features)])
    return GaussianProcess(rows, y, noise, features, theta)


def observed(y: Array, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return which candidates the process sees: all; of many, half the best."""
    if len(y) <= MAX_OBSERVATIONS:
        return np.arange(len(y))
    best, others = np.split(np.argsort(-y, kind="stable"), [MAX_OBSERVATIONS // 2])
    drawn = rng.choice(others, MAX_OBSERVATIONS - len(best), replace=False)
    return np.concatenate([best, drawn])


def sampled(
    process: GaussianProcess, n_draws: int, rng: np.random.Generator
) -> list[Array]:
    """Return alpha for samples of the observations, with 0 for those left out.

    An observation that is in a sample c times has 1 / c of the noise.
    """
    K, noise = process.covariance(process.X), process.noise_variance
    alphas = []
    for counts in draw_counts(len(K), n_draws, rng):
        kept = np.flatnonzero(counts)
        A = K[np.ix_(kept, kept)] + np.diag(noise[kept] / counts[kept])
        alpha = np.zeros(len(K))
        alpha[kept] = np.linalg.solve(A, process.y[kept])
        alphas.append(alpha)
    return alphas


def among_best(
    f: Functions, d: int, top: float, sd: float, rng: np.random.Generator
) -> Functions:
    """Return the probability that a score, with noise, is in the best share of f.

    Without noise, tiny differences on a plateau would decide what is among the best.
    """
    values = f(qmc.Sobol(d, seed=rng).random_base2(LOG2_THRESHOLD))
    threshold = np.quantile(values, 1 - top, axis=0)
    return lambda U: ndtr((f(U) - threshold) / sd)


def shapley_effects(f: Functions, d: int, rng: np.random.Generator) -> Array:
    """Return the Shapley effects of k functions of the unit cube, (k, d).

    Parameters
    ----------
    f : callable
        Takes points of the unit cube, (m, d), and returns values, (m, k).
    d : int
        Number of parameters.
    rng : numpy.random.Generator
        Scrambles the Sobol sequence and draws the orders.

    Returns
    -------
    effects : ndarray of shape (k, d)
        They sum to the variances of the functions.
    """
    of_pairs = effects_of_subsets if d <= N_EXACT else effects_of_orders
    per_pair = 2**d if d <= N_EXACT else d + 1
    n_pairs = int(np.clip(N_ROWS // per_pair, *N_PAIRS))
    sobol = qmc.Sobol(2 * d, seed=rng)
    U = sobol.random_base2(int(np.log2(n_pairs)))
    step = max(1, CHUNK // per_pair)
    parts = [of_pairs(f, U[i : i + step], rng) for i in range(0, len(U), step)]
    return np.sum(parts, axis=0) / len(U)


def effects_of_subsets(f: Functions, U: Array, rng: np.random.Generator) -> Array:
    """Return the sum over pairs of the effects by all subsets, (k, d): Eq. (2)."""
    d = U.shape[1] // 2
    subsets = (np.arange(2**d)[:, None] >> np.arange(d)) & 1  # (2^d, d)
    a = walsh(hybrids(f, U, subsets[None] == 1))  # (m, 2^d, k)
    size = subsets.sum(axis=1)
    weight = 2 * subsets * (size % 2 / np.maximum(size, 1))[:, None]  # (2^d, d)
    return (a**2).sum(axis=0).T @ weight


def effects_of_orders(f: Functions, U: Array, rng: np.random.Generator) -> Array:
    """Return the sum over pairs of the effects by one order each, (k, d): [G].

    Each order is followed from x to x' and back.
    """
    m, d = len(U), U.shape[1] // 2
    place = rng.permuted(np.tile(np.arange(d), (m, 1)), axis=1)  # in the order, (m, d)
    u = place[:, None, :] < np.arange(d + 1)[:, None]  # (m, d + 1, d)
    F = hybrids(f, U, u)  # (m, d + 1, k)
    c = ((F - F[:, :1]) ** 2 - (F - F[:, -1:]) ** 2) / 4
    gain = np.diff(c, axis=1)  # (m, d, k)
    return np.take_along_axis(gain, place[:, :, None], axis=1).sum(axis=0).T


def hybrids(f: Functions, U: Array, u: NDArray[np.bool_]) -> Array:
    """Return F(u) for the subsets u, (m or 1, s, d), of each pair: (m, s, k)."""
    d = U.shape[1] // 2
    points = np.where(u, U[:, None, d:], U[:, None, :d])  # (m, s, d)
    return f(points.reshape(-1, d)).reshape(*points.shape[:2], -1)


def walsh(F: Array) -> Array:
    """Return the Walsh transform along axis 1, of length 2^d, divided by 2^d."""
    m, size, k = F.shape
    step = 1
    while step < size:
        F = F.reshape(m, -1, 2, step, k)
        low, high = F[:, :, 0], F[:, :, 1]
        F = np.stack([low + high, low - high], axis=2) / 2
        step *= 2
    return F.reshape(m, size, k)
