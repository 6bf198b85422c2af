"""From columns to features: one-hot choices, and warped coordinates.

X : (n, p) columns; numeric ones in [0, 1], categorical ones with indices of choices, -1
    for none.
Z : (n, D) features; a numeric column is one, a column of m choices m of them.
group : (D,) the column that each feature belongs to.

.. [S] Snoek, Swersky, Zemel, Adams (2014), Input warping for Bayesian optimization of
   non-stationary functions, ICML.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EDGE = 1e-6  # the warp has an infinite slope at 0 and 1 for some a, b


class Features:
    """The layout of the features of a space.

    Parameters
    ----------
    n_choices : array-like of shape (p,)
        Number of choices of a categorical column, 0 for a numeric one.

    Attributes
    ----------
    group : ndarray of shape (D,)
        The column that each feature belongs to.
    numeric : ndarray of shape (m,)
        The features of numeric columns.
    numeric_columns : ndarray of shape (m,)
        Their columns.
    """

    def __init__(self, n_choices: NDArray[np.intp]) -> None:
        self.n_choices = np.asarray(n_choices, dtype=int)
        self.n_columns = len(self.n_choices)
        self.group = np.repeat(
            np.arange(self.n_columns), np.where(self.n_choices > 0, self.n_choices, 1)
        )
        self.numeric = np.flatnonzero(self.n_choices[self.group] == 0)
        self.numeric_columns = self.group[self.numeric]
        # the choice that each feature stands for; for numeric columns without meaning
        first = np.searchsorted(self.group, self.group)
        self._choice = np.arange(len(self.group)) - first

    def expand(self, X: Array) -> Array:
        """Return the features, with numeric coordinates as they are.

        Two different choices are at squared distance 1: the Hamming distance, written
        so that distances are matrix products.
        """
        Z = np.where(X[:, self.group] == self._choice, np.sqrt(0.5), 0.0)
        Z[:, self.numeric] = X[:, self.numeric_columns]
        return Z


def warp(x: Array, log_a: Array, log_b: Array) -> Array:
    """Kumaraswamy's distribution function, z = 1 - (1 - x^a)^b [S]."""
    x = np.minimum(np.maximum(x, EDGE), 1 - EDGE)
    a, b = np.exp(log_a), np.exp(log_b)
    return -np.expm1(b * np.log1p(-(x**a)))


def warp_gradient(x: Array, log_a: Array, log_b: Array) -> tuple[Array, Array, Array]:
    """Return dz/dx, dz/dlog a and dz/dlog b of `warp`, each of the shape of x."""
    x = np.minimum(np.maximum(x, EDGE), 1 - EDGE)
    a, b = np.exp(log_a), np.exp(log_b)
    x_a = x**a
    log_rest = np.log1p(-x_a)  # log(1 - x^a)
    common = a * b * np.exp((b - 1) * log_rest) * x_a
    return common / x, common * np.log(x), -b * np.exp(b * log_rest) * log_rest
