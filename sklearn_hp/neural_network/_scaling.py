"""The moments of training rows, and the layer that scales inputs by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csc_array, issparse
from sklearn.preprocessing import RobustScaler, StandardScaler

from sklearn_hp.neural_network._modules import Scale

# Values of which moments are computed at once.
_CHUNK = 4_000_000


def make_scale(
    X: Any,
    weight: np.ndarray | None,
    scaler: str | None,
    axis: int = 1,
    fill: bool = False,
) -> Scale | None:
    """Return the layer that scales inputs, by the moments of these rows.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features) or (n_samples, n_channels, ...)
        Training rows, or a CSR matrix of them. Those of type uint8 are images, of
        values from 0 to 255. NaN, of a number that is missing, has no part.
    weight : ndarray of shape (n_samples,) or None
        Weights of the rows, which "robust" does not regard.
    scaler : {"standard", "robust"} or None
        None leaves inputs as they are; images are divided by 255.
    axis : int, default=1
        The axis of columns or channels.
    fill : bool, default=False
        Whether the layer puts the centre for NaN.

    Returns
    -------
    scale : Scale or None
        None if nothing is to be done.
    """
    n_axes = X.ndim - 1
    if scaler is None:
        if X.dtype != np.uint8:
            return None
        return Scale(np.zeros(X.shape[1]), np.full(X.shape[1], 255.0), n_axes)
    fitted = moments(X, weight, axis)
    if scaler == "standard":
        return Scale(fitted.mean_, fitted.scale_, n_axes, axis=axis, fill=fill)
    center, scale, is_constant = _quartiles(X, axis)
    # of a column that is mostly one value the quartiles are equal, and say nothing
    scale = np.where(is_constant, fitted.scale_, scale)
    return Scale(center, scale, n_axes, clip=True, axis=axis, fill=fill)


def moments(X: Any, weight: np.ndarray | None, axis: int = 1) -> StandardScaler:
    """Return the moments of columns or channels; a copy of all rows is not needed."""
    if issparse(X):
        return StandardScaler(with_mean=False).fit(X.astype(np.float64), None, weight)
    scaler = StandardScaler()
    n_rows = max(1, _CHUNK * len(X) // X.size)
    for start in range(0, len(X), n_rows):
        columns = _columns(X[start : start + n_rows], axis)
        of_rows = None
        if weight is not None:
            of_rows = weight[start : start + n_rows]
            of_rows = np.repeat(of_rows, X.size // (len(X) * X.shape[axis]))
        scaler.partial_fit(columns, sample_weight=of_rows)
    return scaler


def _quartiles(X: Any, axis: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return median and scale of columns, and whether their quartiles are equal."""
    parts = []
    for columns in _blocks(X, axis):
        robust = RobustScaler(unit_variance=True).fit(columns)
        low, high = np.nanquantile(columns, [0.25, 0.75], axis=0)
        parts.append((robust.center_, robust.scale_, low == high))
    center, scale, is_constant = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    return center, scale, is_constant


def _blocks(X: Any, axis: int) -> Iterator[np.ndarray]:
    """Return all columns; those of a sparse matrix some at a time, dense."""
    if not issparse(X):
        yield _columns(X, axis)
        return
    n_columns = max(1, _CHUNK // X.shape[0])
    by_column = csc_array(X)
    for start in range(0, X.shape[1], n_columns):
        yield by_column[:, start : start + n_columns].toarray().astype(np.float64)


def _columns(X: np.ndarray, axis: int) -> np.ndarray:
    """Return all values by column or channel; float32 sums of many lose digits."""
    return np.moveaxis(X, axis, -1).reshape(-1, X.shape[axis]).astype(np.float64)
