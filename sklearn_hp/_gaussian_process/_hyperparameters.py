"""The hyperparameters as one vector: its layout, its bounds and its prior.

w : (p,) weights, one per column, 1 / length_scale^2.   s : signal variance.
sigma2 : noise variance.   a, b : (m,) exponents of the warp of the m numeric columns.
theta : (p + 2 + 2 m,) = (log w, log sigma2, log s, log a, log b), see `Layout`.

The prior of the weights is nearly flat for length scales between 0.4 and 2.5 and
forbids tiny and huge ones: no parameter is written off after a few trials.

.. [O] Optuna 5, the priors of its GPSampler: Eq. 5a to 5c, densities of w, sigma2, s.
.. [S] Snoek et al. (2014), Input warping for Bayesian optimization, ICML: Eq. 5d.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._gaussian_process._transforms import Features

Array = NDArray[np.float64]

WARP_SD = 0.8  # prior standard deviation of log a and log b

# of w (length scales from 0.02 to 30), sigma2, s, and a and b
_BOUNDS_W = (math.log(1.1e-3), math.log(2500.0))
_BOUNDS_NOISE = (math.log(1e-6), 0.0)
_BOUNDS_S = (math.log(0.05), math.log(20.0))
_BOUNDS_WARP = (-1.5, 1.5)


class Layout:
    """Where in theta, and in what is of its shape, each hyperparameter stands."""

    def __init__(self, features: Features) -> None:
        p, m = features.n_columns, len(features.numeric)
        self.size = p + 2 + 2 * m
        self.w = slice(0, p)
        self.noise = p
        self.s = p + 1
        self.a = slice(p + 2, p + 2 + m)
        self.b = slice(p + 2 + m, self.size)


@dataclass(frozen=True)
class Theta:
    """The parts of a vector of hyperparameters, as logarithms."""

    log_w: Array
    log_noise: float
    log_s: float
    log_a: Array
    log_b: Array

    @classmethod
    def unpack(cls, theta: Array, features: Features) -> Theta:
        """Cut a vector into its parts."""
        at = Layout(features)
        return cls(
            log_w=theta[at.w],
            log_noise=float(theta[at.noise]),
            log_s=float(theta[at.s]),
            log_a=theta[at.a],
            log_b=theta[at.b],
        )


def default_theta(features: Features) -> Array:
    """Return where the search for the mode starts: length scales 0.5 sqrt(p).

    Parameters
    ----------
    features : Features
        The layout of the columns.

    Returns
    -------
    theta : ndarray of shape (p + 2 + 2 m,)
        The hyperparameters.
    """
    at = Layout(features)
    theta = np.zeros(at.size)
    theta[at.w] = -math.log(0.25 * max(features.n_columns, 1))
    theta[at.noise] = math.log(0.01)
    return theta


def theta_bounds(features: Features) -> Array:
    """Return the lowest and highest value of each entry of theta, (p + 2 + 2 m, 2)."""
    at = Layout(features)
    bounds = np.empty((at.size, 2))
    bounds[at.w] = _BOUNDS_W
    bounds[at.noise] = _BOUNDS_NOISE
    bounds[at.s] = _BOUNDS_S
    bounds[at.a] = bounds[at.b] = _BOUNDS_WARP
    return bounds


def log_prior(theta: Array, features: Features) -> tuple[float, Array]:
    """Return the log density of theta, up to a constant, and its gradient."""
    at, t = Layout(features), Theta.unpack(theta, features)
    w, noise, s = np.exp(t.log_w), math.exp(t.log_noise), math.exp(t.log_s)
    value = (
        -np.sum(0.1 / w + 0.1 * w)  # (5a)
        + 0.1 * t.log_noise - 30 * noise  # (5b) Gamma(1.1, rate 30)
        + t.log_s - s  # (5c) Gamma(2, 1)
        - np.sum(t.log_a**2 + t.log_b**2) / (2 * WARP_SD**2)  # (5d)
    )  # fmt: skip
    gradient = np.empty(at.size)
    gradient[at.w] = 0.1 / w - 0.1 * w
    gradient[at.noise] = 0.1 - 30 * noise
    gradient[at.s] = 1 - s
    gradient[at.a] = -t.log_a / WARP_SD**2
    gradient[at.b] = -t.log_b / WARP_SD**2
    return float(value), gradient
