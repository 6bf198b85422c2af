"""Missing values among labels and other objects: None, NaN, NaT or pandas' NA."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse


def _is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, NaT or pandas' NA, which equals nothing."""
    same = value == value
    # comparing an array gives an array
    return value is None or not (same is True or same is np.True_ or np.ndim(same))


_are_missing = np.frompyfunc(_is_missing, 1, 1)


def are_missing(values: np.ndarray) -> np.ndarray:
    """Return which of some objects are None, NaN, NaT or pandas' NA.

    Parameters
    ----------
    values : ndarray of any shape, dtype object

    Returns
    -------
    missing : ndarray of bool, of that shape
    """
    with np.errstate(invalid="ignore"):  # some processors note each comparison of a NaN
        return np.asarray(_are_missing(values), dtype=bool)


def check_no_label_missing(y: Any) -> None:
    """Raise if a classifier's target has missing values.

    scikit-learn sorts the labels, or compares them, before it looks for missing values.

    Parameters
    ----------
    y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_outputs)
        Labels of any type, or None.

    Raises
    ------
    ValueError
        If one is missing.
    """
    if y is None or issparse(y):
        return
    # numpy would make text of a None beside strings
    labels = np.asarray(y, dtype=object if isinstance(y, (list, tuple)) else None)
    if labels.dtype.kind == "f":
        missing = np.isnan(labels)
    elif labels.dtype.kind == "O":
        missing = are_missing(labels)
    else:
        return
    if missing.any():
        n_missing = missing.reshape(len(labels), -1).any(axis=1).sum()
        raise ValueError(
            f"Input y contains NaN or None: the label is missing in {n_missing} of "
            f"{len(labels)} rows. A classifier learns from rows that have one. Leave "
            f"the others out of X and y, as in X[y.notna()] and y[y.notna()]."
        )
