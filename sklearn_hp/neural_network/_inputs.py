"""Rows as users have them -> arrays of float32, and the moments to scale them by."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.utils.validation import validate_data

from sklearn_hp.neural_network._modules import Scale

# float32 has seven digits. A column is told apart from a constant if it varies in the
# fourth or before.
_RESOLUTION = 1e-4

# Values of which moments are computed at once.
_CHUNK = 4_000_000


@dataclass(frozen=True)
class CheckedRows:
    """The rows of a fit: validated, without those of weight zero."""

    X: np.ndarray
    target: np.ndarray
    weight: np.ndarray | None
    groups: Any

    def with_weight(self) -> CheckedRows:
        """Return the rows of a weight above 0."""
        if self.weight is None or self.weight.all():
            return self
        return self.take(np.flatnonzero(self.weight))

    def take(self, rows: np.ndarray) -> CheckedRows:
        """Return some of the rows, by number."""
        weight = None if self.weight is None else self.weight[rows]
        groups = None if self.groups is None else self.groups[rows]
        return CheckedRows(self.X[rows], self.target[rows], weight, groups)


def check_table(
    estimator: Any, X: Any, *, reset: bool, allow_nd: bool = False
) -> np.ndarray:
    """Validate rows and return them as float32.

    Parameters
    ----------
    estimator : estimator
        Keeps, or is checked for, number and names of columns.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Or with more axes.
    reset : bool
        Whether this is the first fit.
    allow_nd : bool, default=False
        Whether rows may have more than one axis.

    Returns
    -------
    X : ndarray of float32, contiguous

    Raises
    ------
    ValueError
        If a value is missing, infinite, or beyond the range of float32.
    """
    X = validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse="csr",
        dtype=[np.float64, np.float32],
        allow_nd=allow_nd,
    )
    if issparse(X):
        X = X.toarray()
    elif reset and X.dtype == np.float64 and X.ndim == 2:
        _warn_of_offsets(X)
    with np.errstate(over="ignore"):
        narrow = np.ascontiguousarray(X, dtype=np.float32)
    if narrow is not X and not np.isfinite(narrow).all():
        raise ValueError(
            "Input X contains infinity or a value too large for dtype('float32')."
        )
    # torch cannot wrap what may not be written to, as the memory maps of a search
    return narrow if narrow.flags.writeable else narrow.copy()


def _warn_of_offsets(X: np.ndarray) -> None:
    """Warn of columns that float32 would round to a constant, or nearly."""
    spread = X.std(axis=0)
    center = np.abs(X.mean(axis=0))
    # a constant column varies by rounding
    varies = spread > 1e3 * np.finfo(np.float64).eps * center
    lost = np.flatnonzero(varies & (spread < _RESOLUTION * center))
    if lost.size:
        warnings.warn(
            f"Columns {lost[:10].tolist()} of X vary by less than {_RESOLUTION:g} of "
            f"their mean, which float32, in which networks compute, hardly resolves. "
            f"Subtract a constant from them, or put a StandardScaler in front.",
            UserWarning,
            stacklevel=2,
        )


def make_scale(
    X: np.ndarray, weight: np.ndarray | None, scaler: str | None
) -> Scale | None:
    """Return the layer that scales inputs, by the moments of these rows.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features) or (n_samples, n_channels, ...)
        Training rows. Those of type uint8 are images, of values from 0 to 255.
    weight : ndarray of shape (n_samples,) or None
        Weights of the rows, which "robust" does not regard.
    scaler : {"standard", "robust"} or None
        None leaves inputs as they are; images are divided by 255.

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
    fitted = _moments(X, weight)
    if scaler == "standard":
        return Scale(fitted.mean_, fitted.scale_, n_axes)
    columns = _columns(X)
    robust = RobustScaler(unit_variance=True).fit(columns)
    # of a column that is mostly one value the quartiles are equal, and say nothing
    equal = np.ptp(np.quantile(columns, [0.25, 0.75], axis=0), axis=0) == 0
    scale = np.where(equal, fitted.scale_, robust.scale_)
    return Scale(robust.center_, scale, n_axes, clip=True)


def _moments(X: np.ndarray, weight: np.ndarray | None) -> StandardScaler:
    """Return the moments of columns or channels; a copy of all rows is not needed."""
    scaler = StandardScaler()
    n_rows = max(1, _CHUNK * len(X) // X.size)
    for start in range(0, len(X), n_rows):
        columns = _columns(X[start : start + n_rows])
        of_rows = None
        if weight is not None:
            of_rows = weight[start : start + n_rows]
            of_rows = np.repeat(of_rows, X.size // (len(X) * X.shape[1]))
        scaler.partial_fit(columns, sample_weight=of_rows)
    return scaler


def _columns(X: np.ndarray) -> np.ndarray:
    """Return all values by column or channel; float32 sums of many lose digits."""
    return np.moveaxis(X, 1, -1).reshape(-1, X.shape[1]).astype(np.float64)
