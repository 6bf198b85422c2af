"""The Matern-5/2 covariance with a weight for each column.

Z : (n, D) features.   w : (D,) weights, 1 / length_scale^2.   s : signal variance.

.. [RW] Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, ch. 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def squared_distance(Z1: Array, Z2: Array, w: Array) -> Array:
    """Return r2 = sum_f w_f (z_f - z'_f)^2 for all pairs, of shape (n1, n2)."""
    A, B = Z1 * w, Z2
    r2 = (A * Z1).sum(1)[:, None] + (B * B * w).sum(1)[None, :] - 2 * (A @ B.T)
    return np.maximum(r2, 0.0)  # rounding can go below 0


def matern52(r2: Array, s: float) -> tuple[Array, Array]:
    """Return k = s (1 + r + r^2/3) exp(-r) with r = sqrt(5 r2), and dk/dr2.

    [RW] Eq. 4.17.
    """
    r = np.sqrt(5.0 * r2)
    decay = s * np.exp(-r)
    return (1.0 + r + r * r / 3.0) * decay, (-5.0 / 6.0) * (1.0 + r) * decay
