"""Rows as users have them -> arrays, or sparse matrices, of float32."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_array, validate_data
from torch.utils.data import DataLoader, Dataset

from sklearn_hp.neural_network._sparse import with_sorted_indices

# float32 has seven digits. A column is told apart from a constant if it varies in the
# fourth or before.
_RESOLUTION = 1e-4

# Others, of another order of bytes or without a sign, are made int64.
_TORCH_INTEGERS = [np.dtype(t) for t in ("uint8", "int8", "int16", "int32", "int64")]

# Parts of what numpy and scikit-learn say of text among numbers.
TEXT_ERRORS = (
    "could not convert string",
    "not compatible with arrays of bytes/strings",
)


@dataclass(frozen=True)
class CheckedRows:
    """The rows of a fit: validated, without those of weight zero.

    `X` is an array, or a CSR matrix.
    """

    X: Any
    target: np.ndarray
    weight: np.ndarray | None
    groups: Any
    numbers: np.ndarray | None = None  # among the rows that were given, if needed

    def with_weight(self) -> CheckedRows:
        """Return the rows of a weight above 0."""
        if self.weight is None or self.weight.all():
            return self
        return self.take(np.flatnonzero(self.weight))

    def take(self, rows: np.ndarray) -> CheckedRows:
        """Return some of the rows, by number."""
        weight = None if self.weight is None else self.weight[rows]
        groups = None if self.groups is None else self.groups[rows]
        numbers = None if self.numbers is None else self.numbers[rows]
        return CheckedRows(self.X[rows], self.target[rows], weight, groups, numbers)


def check_table(
    estimator: Any,
    X: Any,
    *,
    reset: bool,
    allow_nd: bool = False,
    allow_nan: bool = False,
    keep_integers: bool = False,
) -> Any:
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
    allow_nan : bool, default=False
        Whether numbers may be missing, in rows of one axis.
    keep_integers : bool, default=False
        Whether integers stay integers; sparse ones do not.

    Returns
    -------
    X : ndarray of float32, or of integers that torch knows; contiguous
        Or a CSR matrix of float32, its indices sorted.

    Raises
    ------
    ValueError
        If a value is infinite, beyond the range of float32 or of int64, or missing
        where none may.
    TypeError
        If it is a dict or a Dataset.
    """
    refuse_loader(X)
    if isinstance(X, (Mapping, Dataset)):
        raise TypeError(
            f"X must be an array, a DataFrame or a sparse matrix, got an object of "
            f"type {type(X).__name__}. TorchClassifier and TorchRegressor take a dict "
            f"of parts or a Dataset, with a module of your own."
        )
    if allow_nd and _n_axes(X) > 2:
        # scikit-learn would take the length of the first axis for the features
        X = check_array(X, dtype="numeric", allow_nd=True, input_name="X")
    else:
        X = validate_data(
            estimator,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype="numeric",
            ensure_all_finite="allow-nan" if allow_nan else True,
        )
    if issparse(X):
        return with_sorted_indices(to_float32(X))
    if keep_integers and X.dtype.kind in "iu":
        return _writeable(_to_torch_integers(X))
    if reset:
        warn_of_offsets(X)
    return _writeable(to_float32(X))


def refuse_loader(X: Any) -> None:
    """Raise TypeError if rows are those of a DataLoader."""
    if isinstance(X, DataLoader):
        raise TypeError(
            "X is a DataLoader, whose batches are made before a fit can choose its "
            "rows. Pass X.dataset instead, and set batch_size and collate_fn on the "
            "estimator. A Dataset needs a module of your own, in TorchClassifier or "
            "TorchRegressor."
        )


def _n_axes(X: Any) -> int:
    n_axes = getattr(X, "ndim", None)
    if n_axes is not None:
        return n_axes
    return np.asarray(X).ndim


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
    if X.dtype.kind == "f" and np.isinf(narrow).any():
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
    spread, center = X.std(axis=0), np.abs(X.mean(axis=0))
    gaps = np.isnan(center)
    if gaps.any():
        gaps &= ~np.isnan(X).all(axis=0)
    if gaps.any():
        known = StandardScaler().fit(X[:, gaps])
        spread[gaps], center[gaps] = np.sqrt(known.var_), np.abs(known.mean_)
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
