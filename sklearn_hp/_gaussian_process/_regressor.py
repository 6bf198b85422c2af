"""Gaussian-process regression with hyperparameters at their posterior mode.

X : (n, p) columns.   Z : (n, D) warped features.   y : (n,) standardised scores.
noise : (n,) variance of each score that is known beforehand, beside sigma2.
theta : (p + 2 + 2 m,) the logarithms of w, sigma2, s, a, b, see `_hyperparameters`.
K : (n, n) covariance of y.   L : lower Cholesky factor of K.   alpha : K^-1 y.

.. [RW] Rasmussen & Williams (2006), Gaussian Processes for Machine Learning.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtrtrs
from scipy.optimize import minimize

from sklearn_hp._gaussian_process._hyperparameters import (
    Layout,
    Theta,
    log_prior,
    theta_bounds,
)
from sklearn_hp._gaussian_process._kernels import matern52, squared_distance
from sklearn_hp._gaussian_process._transforms import Features, warp, warp_gradient

Array = NDArray[np.float64]

JITTER = 1e-8  # on the diagonal of K, always


def log_marginal_likelihood(
    theta: Array, X: Array, y: Array, noise: Array, features: Features
) -> tuple[float, Array]:
    """Return log p(y | theta), [RW] Eq. 2.30, and its gradient, [RW] Eq. 5.9.

    Minus infinity and zeros where K is not positive definite to working precision.
    """
    at, t = Layout(features), Theta.unpack(theta, features)
    numeric, n = features.numeric, len(y)
    w = np.exp(t.log_w)[features.group]  # (D,)
    Z = features.expand(X)
    x = Z[:, numeric]
    Z[:, numeric] = warp(x, t.log_a, t.log_b)
    k, dk = matern52(squared_distance(Z, Z, w), math.exp(t.log_s))  # (n, n) each
    sigma2 = math.exp(t.log_noise)
    K = k.copy()
    K.flat[:: n + 1] += noise + sigma2 + JITTER
    L, info = dpotrf(K, lower=1)
    if info != 0:
        return -math.inf, np.zeros_like(theta)
    alpha, _ = dpotrs(L, y, lower=1)
    value = -0.5 * y @ alpha - np.log(L.diagonal()).sum() - 0.5 * n * math.log(math.tau)

    K_inv, _ = dpotri(L, lower=1)  # its lower triangle
    K_inv = np.tril(K_inv) + np.tril(K_inv, -1).T
    G = 0.5 * (np.outer(alpha, alpha) - K_inv)  # dlog p / dK
    M = G * dk
    pull = Z * M.sum(1)[:, None] - M @ Z  # sum_j M_ij (z_i - z_j), (n, D)
    d_log_w = 2 * w * np.sum(Z * pull, axis=0)  # (D,)
    _, dz_a, dz_b = warp_gradient(x, t.log_a, t.log_b)
    pull_warped = 4 * w[numeric] * pull[:, numeric]
    gradient = np.empty(at.size)
    gradient[at.w] = np.bincount(features.group, d_log_w, features.n_columns)
    gradient[at.noise] = sigma2 * np.trace(G)
    gradient[at.s] = np.sum(G * k)
    gradient[at.a] = np.sum(pull_warped * dz_a, axis=0)
    gradient[at.b] = np.sum(pull_warped * dz_b, axis=0)
    return float(value), gradient


def fit_theta(
    X: Array, y: Array, noise: Array, features: Features, starts: list[Array]
) -> Array:
    """Return the mode of theta's posterior density, the best of several searches.

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
    starts : list of ndarray
        Where each search starts. A few iterations do: more of them, or more starts,
        left the quality of searches as it was.

    Returns
    -------
    theta : ndarray of shape (p + 2 + 2 m,)
        The hyperparameters.
    """

    def objective(theta: Array) -> tuple[float, Array]:
        likelihood, gradient = log_marginal_likelihood(theta, X, y, noise, features)
        if not math.isfinite(likelihood):
            return 1e10, np.zeros_like(theta)  # the line search backs off
        prior, prior_gradient = log_prior(theta, features)
        return -(likelihood + prior), -(gradient + prior_gradient)

    options = {"maxiter": 30, "maxfun": 60, "ftol": 1e-5, "gtol": 1e-3}
    bounds = theta_bounds(features)
    found = [
        minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options=options,
        )
        for start in starts
    ]
    return min(found, key=lambda result: result.fun).x


class GaussianProcess:
    """The posterior of a function, given observations and hyperparameters.

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
        Hyperparameters, see `fit_theta`.

    Attributes
    ----------
    noise_variance : ndarray of shape (n,)
        The variance of each score, known beforehand or not, on the diagonal of K.
    alpha : ndarray of shape (n,)
        K^-1 y.
    """

    def __init__(
        self, X: Array, y: Array, noise: Array, features: Features, theta: Array
    ) -> None:
        self.X, self.y, self.noise = X, y, noise
        self.features, self.theta = features, theta
        self._t = Theta.unpack(theta, features)
        self._w = np.exp(self._t.log_w)[features.group]
        self._s = math.exp(self._t.log_s)
        self._Z = self._warped(X)
        k, _ = matern52(squared_distance(self._Z, self._Z, self._w), self._s)
        self.noise_variance = noise + math.exp(self._t.log_noise) + JITTER
        self._L = _cholesky(k, self.noise_variance)
        self.alpha, _ = dpotrs(self._L, y, lower=1)

    def _warped(self, X: Array) -> Array:
        Z = self.features.expand(X)
        numeric = self.features.numeric
        Z[:, numeric] = warp(Z[:, numeric], self._t.log_a, self._t.log_b)
        return Z

    def condition(self, X: Array) -> GaussianProcess:
        """Return the posterior as if the scores at X were the predicted means.

        Pending candidates are treated so: uncertainty falls around them, the mean stays
        (the "kriging believer"). Hyperparameters are kept.
        """
        mean, _ = self.predict(X)
        return GaussianProcess(
            np.vstack([self.X, X]),
            np.concatenate([self.y, mean]),
            np.concatenate([self.noise, np.zeros(len(X))]),
            self.features,
            self.theta,
        )

    def covariance(self, X: Array) -> Array:
        """Return the prior covariance of the function at X and at the observations.

        Its product with `alpha` is the mean alone, in a fraction of the time.
        """
        k, _ = matern52(squared_distance(self._warped(X), self._Z, self._w), self._s)
        return k

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the function, (n,) each."""
        k = self.covariance(X)
        mean = k @ self.alpha  # [RW] Eq. 2.25
        v, _ = dtrtrs(self._L, k.T, lower=1)
        var = self._s - np.sum(v * v, axis=0)  # [RW] Eq. 2.26
        return mean, np.sqrt(np.maximum(var, 1e-12 * self._s))

    def predict_gradient(self, X: Array) -> tuple[Array, Array, Array, Array]:
        """Return mean, std and their gradients.

        Parameters
        ----------
        X : ndarray of shape (n, p)
            Columns.

        Returns
        -------
        mean, std : ndarray of shape (n,)
            As `predict` returns them.
        d_mean, d_std : ndarray of shape (n, m)
            Derivatives by the numeric columns.
        """
        Z, numeric = self._warped(X), self.features.numeric
        k, dk = matern52(squared_distance(Z, self._Z, self._w), self._s)
        v, _ = dpotrs(self._L, k.T, lower=1)  # K^-1 k', (n_obs, n)
        mean = k @ self.alpha
        std = np.sqrt(np.maximum(self._s - np.sum(k * v.T, axis=1), 1e-12 * self._s))
        x = X[:, self.features.numeric_columns]
        dz, _, _ = warp_gradient(x, self._t.log_a, self._t.log_b)
        scale = 2 * self._w[numeric] * dz
        near, far = self._Z[:, numeric], Z[:, numeric]

        def pull(weights: Array) -> Array:  # sum_i weights_i (z - z_i), by feature
            return far * weights.sum(1)[:, None] - weights @ near

        d_mean = scale * pull(dk * self.alpha)
        d_var = -2 * scale * pull(dk * v.T)
        return mean, std, d_mean, d_var / (2 * std[:, None])


def _cholesky(k: Array, noise: Array) -> Array:
    """Return the lower Cholesky factor of k + diag(noise), with more if needed."""
    while True:
        K = k.copy()
        K.flat[:: len(K) + 1] += noise
        L, info = dpotrf(K, lower=1, clean=1)
        if info == 0:
            return L
        noise = np.maximum(10 * noise, JITTER)
