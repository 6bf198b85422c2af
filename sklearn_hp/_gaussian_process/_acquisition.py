"""The logarithm of expected improvement.

mean, std : of the function at a point.   best_f : the best score observed.
t = (mean - best_f) / std.   h(t) = pdf(t) + t cdf(t): EI = std h(t).

EI is zero to working precision over most of a space; its logarithm is not, so that
there is a gradient to follow everywhere.

.. [A] Ament et al. (2023), Unexpected improvements to expected improvement for Bayesian
   optimization, NeurIPS.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, log_ndtr, ndtr

from sklearn_hp._gaussian_process._around import GaussianProcessAround
from sklearn_hp._gaussian_process._regressor import GaussianProcess

Array = NDArray[np.float64]

_LOG_SQRT_TAU = 0.5 * math.log(math.tau)


def log_h(t: Array) -> Array:
    """Return log(pdf(t) + t cdf(t)), stable for any t, [A] Eq. 9."""
    t = np.asarray(t, dtype=float)
    out = np.empty_like(t)
    high, low = t > -1, t <= -1e6
    middle = ~high & ~low
    u = t[high]
    out[high] = np.log(np.exp(-0.5 * u * u - _LOG_SQRT_TAU) + u * ndtr(u))
    u = -t[middle]
    log_ratio = np.log(erfcx(u / math.sqrt(2)) * u) + 0.5 * math.log(math.pi / 2)
    out[middle] = -0.5 * u * u - _LOG_SQRT_TAU + _log1mexp(log_ratio)
    u = -t[low]
    out[low] = -0.5 * u * u - _LOG_SQRT_TAU - 2 * np.log(u)
    return out


def _log1mexp(x: Array) -> Array:
    """Return log(1 - exp(x)) for x < 0."""
    x = np.minimum(x, -1e-300)
    near = x > -math.log(2)
    return np.where(near, np.log(-np.expm1(x)), np.log1p(-np.exp(np.minimum(x, -0.1))))


def log_expected_improvement(mean: Array, std: Array, best_f: float) -> Array:
    """Return the logarithm of expected improvement.

    Parameters
    ----------
    mean, std : ndarray
        Of the predicted score.
    best_f : float
        The score to improve on.

    Returns
    -------
    log_ei : ndarray
        Of the shape of `mean`.
    """
    return np.log(std) + log_h((mean - best_f) / std)


class LogExpectedImprovement:
    """Log of the expected improvement over the best score, by a Gaussian process.

    Parameters
    ----------
    model : GaussianProcess or GaussianProcessAround
        Predicts the score.
    best_f : float
        The score to improve on, standardised like those of the model.
    """

    def __init__(
        self, model: GaussianProcess | GaussianProcessAround, best_f: float
    ) -> None:
        self.model, self.best_f = model, best_f

    def __call__(self, X: Array) -> Array:
        """Return log EI at each row of X, (n,)."""
        mean, std = self.model.predict(X)
        return log_expected_improvement(mean, std, self.best_f)

    def with_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return log EI, (n,), and its derivatives by the numeric columns, (n, m)."""
        mean, std, d_mean, d_std = self.model.predict_gradient(X)
        t = (mean - self.best_f) / std
        log_h_t = log_h(t)
        slope = np.exp(log_ndtr(t) - log_h_t)  # h'/h, as h' = cdf
        d_mean_part = (slope / std)[:, None] * d_mean
        d_std_part = ((1 - t * slope) / std)[:, None] * d_std
        return np.log(std) + log_h_t, d_mean_part + d_std_part
