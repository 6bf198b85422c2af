"""A Gaussian process around what another one expects.

X : (n, p) columns.   y : (n,) standardised scores.
f : (n,) what the other process expects at X, moved and scaled to mean 0 and a standard
    deviation near 1.   b : how far it holds.   y = b f + r, r ~ GP.

What is known of similar scores serves as the mean of these. `b` is estimated by
generalised least squares with a Gaussian prior [RW]_, and is 0 at least: an expectation
that the scores contradict is left aside. Only the order and the distances of the other
scores matter, not their level or their unit.

.. [RW] Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section
   2.7, Eq. 2.41.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._gaussian_process._hyperparameters import default_theta
from sklearn_hp._gaussian_process._regressor import GaussianProcess
from sklearn_hp._gaussian_process._transforms import Features

Array = NDArray[np.float64]

# Mean and standard deviation of b before any score, see benchmarks/prior_results.py.
# With a mean of 0.7, searches were as good on similar data, and worse on other data.
B_MEAN, B_SD = 0.3, 0.5
# The scale of f is that of X and of so many points where f has standard deviation 1:
# where all of X promise the same, small differences must not count as large ones.
N_PRIOR = 2.0


class Expectation:
    """What a process expects, moved and scaled to the points of another one.

    Parameters
    ----------
    process : GaussianProcess
        Expects standardised scores.
    X : ndarray of shape (n, p)
        Columns of the points of the other one.
    """

    def __init__(self, process: GaussianProcess, X: Array) -> None:
        self._process = process
        f, _ = process.predict(X)
        self._level = f.mean()
        squares = np.sum((f - self._level) ** 2)
        self._scale = math.sqrt((N_PRIOR + squares) / (N_PRIOR + len(f)))

    def __call__(self, X: Array) -> Array:
        """Return f at each row of X, (n,)."""
        return (self._process.predict(X)[0] - self._level) / self._scale

    def with_gradient(self, X: Array) -> tuple[Array, Array]:
        """Return f, (n,), and its derivatives by the numeric columns, (n, m)."""
        f, _, d_f, _ = self._process.predict_gradient(X)
        return (f - self._level) / self._scale, d_f / self._scale


class GaussianProcessAround:
    """The posterior of a function that lies around an expectation.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        Columns.
    y : ndarray of shape (n,)
        Standardised scores.
    noise : ndarray of shape (n,)
        The variance of each score that is known beforehand; 0 for none.
    features : Features
        The layout of the columns.
    theta : ndarray of shape (p + 2 + 2 m,)
        Hyperparameters of r.
    f : Expectation
        What is expected.
    b : float, default=None
        How far that holds; None to estimate it.
    """

    def __init__(
        self,
        X: Array,
        y: Array,
        noise: Array,
        features: Features,
        theta: Array,
        f: Expectation,
        b: float | None = None,
    ) -> None:
        self.X, self.y, self.f = X, y, f
        expected = f(X)
        if b is None:
            b = estimate_b(X, y, noise, features, theta, expected)
        self.b = b
        self._rest = GaussianProcess(X, y - b * expected, noise, features, theta)

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the function, (n,) each."""
        mean, std = self._rest.predict(X)
        return mean + self.b * self.f(X), std

    def predict_gradient(self, X: Array) -> tuple[Array, Array, Array, Array]:
        """Return mean, std and their gradients, as `GaussianProcess` does."""
        mean, std, d_mean, d_std = self._rest.predict_gradient(X)
        f, d_f = self.f.with_gradient(X)
        return mean + self.b * f, std, d_mean + self.b * d_f, d_std

    def condition(self, X: Array) -> GaussianProcessAround:
        """Return the posterior as if the scores at X were the predicted means."""
        mean, _ = self.predict(X)
        return GaussianProcessAround(
            np.vstack([self.X, X]),
            np.concatenate([self.y, mean]),
            np.concatenate([self._rest.noise, np.zeros(len(X))]),
            self._rest.features,
            self._rest.theta,
            self.f,
            self.b,
        )


def estimate_b(
    X: Array, y: Array, noise: Array, features: Features, theta: Array, f: Array
) -> float:
    """Return how far the expectation f at X, (n,), holds for the scores, [RW] 2.41."""
    K_inv_f = GaussianProcess(X, f, noise, features, theta).alpha
    precision = f @ K_inv_f + B_SD**-2
    return max(0.0, float(y @ K_inv_f + B_MEAN * B_SD**-2) / precision)


def unexpected(
    X: Array, y: Array, noise: Array, features: Features, f: Expectation
) -> Array:
    """Return y - b f, what the hyperparameters of r are fitted to.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        Columns.
    y : ndarray of shape (n,)
        Standardised scores.
    noise : ndarray of shape (n,)
        The variance of each score that is known beforehand; 0 for none.
    features : Features
        The layout of the columns.
    f : Expectation
        What is expected.

    Returns
    -------
    r : ndarray of shape (n,)
        With `b` as estimated before any hyperparameter is known.
    """
    expected = f(X)
    b = estimate_b(X, y, noise, features, default_theta(features), expected)
    return y - b * expected
