"""Rows as users have them -> arrays of float32, and the moments to scale them by."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.utils.validation import check_array, validate_data
from torch.utils.data import Dataset

from sklearn_hp.neural_network._modules import Scale

# float32 has seven digits. A column is told apart from a constant if it varies in the
# fourth or before.
_RESOLUTION = 1e-4

# Values of which moments are computed at once.
_CHUNK = 4_000_000


# Others, of another order of bytes or without a sign, are made int64.
_TORCH_INTEGERS = [np.dtype(t) for t in ("uint8", "int8", "int16", "int32", "int64")]


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
    estimator: Any,
    X: Any,
    *,
    reset: bool,
    allow_nd: bool = False,
    keep_integers: bool = False,
) -> np.ndarray:
    """Validate rows and return them as float32.

    Parameters
    ----------
    estimator : estimator
        Keeps, or is checked for, number and names of columns; not where rows have more
        axes.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Or with more axes.
    reset : bool
        Whether this is the first fit.
    allow_nd : bool, default=False
        Whether rows may have more than one axis.
    keep_integers : bool, default=False
        Whether integers stay integers; sparse ones do not.

    Returns
    -------
    X : ndarray of float32, or of integers that torch knows; contiguous

    Raises
    ------
    ValueError
        If a value is missing, infinite, or beyond the range of float32 or of int64.
    TypeError
        If it is a dict or a Dataset.
    """
    if isinstance(X, (Mapping, Dataset)):
        raise TypeError(
            f"X must be an array, a DataFrame or a sparse matrix, got an object of "
            f"type {type(X).__name__}. Of a dict, put the parts side by side in one "
            f"array, and let the module take them apart; of a Dataset, stack the rows."
        )
    if allow_nd and _n_axes(X) > 2:
        # scikit-learn would take the length of the first axis for the features
        X = check_array(X, dtype="numeric", allow_nd=True, input_name="X")
    else:
        X = validate_data(
            estimator, X, reset=reset, accept_sparse="csr", dtype="numeric"
        )
    if issparse(X):
        return _writeable(to_float32(X).toarray())
    if keep_integers and X.dtype.kind in "iu":
        return _writeable(_to_torch_integers(X))
    if reset:
        warn_of_offsets(X)
    return _writeable(to_float32(X))


def _n_axes(X: Any) -> int:
    n_axes = getattr(X, "ndim", None)
    if n_axes is not None:
        return n_axes
    try:
        return np.asarray(X).ndim
    except ValueError as exc:
        raise ValueError(
            "The rows of X must all have one length, and X has rows of several. Pad "
            "short ones, with a value that the module knows to leave out."
        ) from exc


def to_float32(X: Any) -> Any:
    """Return an array or a sparse matrix as float32.

    Raises
    ------
    ValueError
        If a value is beyond the range of float32.
    """
    if X.dtype == np.float32:
        return X if issparse(X) else np.ascontiguousarray(X)
    if issparse(X):
        narrow = X.copy()
        narrow.data = to_float32(X.data)
        return narrow
    with np.errstate(over="ignore"):
        narrow = np.ascontiguousarray(X, dtype=np.float32)
    if X.dtype.kind == "f" and not np.isfinite(narrow).all():
        raise ValueError(
            "Input X contains infinity or a value too large for dtype('float32')."
        )
    return narrow


def _to_torch_integers(X: np.ndarray) -> np.ndarray:
    if X.dtype in _TORCH_INTEGERS:
        return np.ascontiguousarray(X)
    if X.size and X.max() > np.iinfo(np.int64).max:
        raise ValueError(
            f"Input X contains {X.max()}, which is too large for dtype('int64')."
        )
    return np.ascontiguousarray(X, dtype=np.int64)


def _writeable(X: np.ndarray) -> np.ndarray:
    # torch cannot wrap what may not be written to, as the memory maps of a search
    return X if X.flags.writeable else X.copy()


def warn_of_offsets(X: np.ndarray) -> None:
    """Warn of columns that float32 would round to a constant, or nearly."""
    if X.ndim != 2 or X.dtype.itemsize <= 2 or X.dtype == np.float32:
        return
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
            stacklevel=3,
        )


def make_scale(
    X: np.ndarray, weight: np.ndarray | None, scaler: str | None, axis: int = 1
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
    axis : int, default=1
        The axis of columns or channels.

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
    fitted = _moments(X, weight, axis)
    if scaler == "standard":
        return Scale(fitted.mean_, fitted.scale_, n_axes, axis=axis)
    columns = _columns(X, axis)
    robust = RobustScaler(unit_variance=True).fit(columns)
    # of a column that is mostly one value the quartiles are equal, and say nothing
    equal = np.ptp(np.quantile(columns, [0.25, 0.75], axis=0), axis=0) == 0
    scale = np.where(equal, fitted.scale_, robust.scale_)
    return Scale(robust.center_, scale, n_axes, clip=True, axis=axis)


def _moments(X: np.ndarray, weight: np.ndarray | None, axis: int) -> StandardScaler:
    """Return the moments of columns or channels; a copy of all rows is not needed."""
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


def _columns(X: np.ndarray, axis: int) -> np.ndarray:
    """Return all values by column or channel; float32 sums of many lose digits."""
    return np.moveaxis(X, axis, -1).reshape(-1, X.shape[axis]).astype(np.float64)
