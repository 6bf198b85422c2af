"""Rows of a sparse matrix, which become dense batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse

# Values that are made dense at once for a prediction: 16 MB.
_CHUNK = 4_000_000


class SparseRows:
    """Rows of a CSR matrix; those that are asked for are a dense tensor.

    Parameters
    ----------
    matrix : CSR matrix or array of shape (n_samples, n_features), dtype float32
    """

    device = torch.device("cpu")

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix

    def __len__(self) -> int:
        return self.matrix.shape[0]

    def __getitem__(self, rows: Any) -> torch.Tensor:
        """Return rows by number, as a tensor of shape (n_rows, n_features)."""
        if isinstance(rows, int):
            return self[[rows]][0]
        if isinstance(rows, torch.Tensor):
            rows = rows.numpy()
        return torch.from_numpy(self.matrix[rows].toarray())

    def split(self, n_rows: int) -> Iterator[torch.Tensor]:
        """Return all rows in order, at most so many at a time, fewer if long."""
        n_rows = min(n_rows, max(1, _CHUNK // self.matrix.shape[1]))
        for start in range(0, len(self), n_rows):
            yield self[start : start + n_rows]


def as_rows(X: Any) -> torch.Tensor | SparseRows:
    """Return a tensor that shares the memory of an array, or sparse rows."""
    return SparseRows(X) if issparse(X) else torch.as_tensor(X)


def first_rows(X: Any, n_rows: int = 8) -> np.ndarray:
    """Return a dense copy of the first rows."""
    return X[:n_rows].toarray() if issparse(X) else X[:n_rows].copy()


def contents(X: Any) -> Any:
    """Return what tells rows from others, whatever the types of a sparse index."""
    if not issparse(X):
        return X
    return X.shape, X.indptr.astype(np.int64), X.indices.astype(np.int64), X.data


def with_sorted_indices(X: Any) -> Any:
    """Return a CSR matrix in the one form that its values have."""
    if X.has_canonical_format:
        return X
    X = X.copy()
    X.sum_duplicates()
    return X
