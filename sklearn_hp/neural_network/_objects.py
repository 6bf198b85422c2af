"""Rows that are no array of numbers: tensors, text, objects, ragged rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

_RAGGED = (
    "The rows of X must all have one length, and X has rows of several. Pad short "
    "ones, with a value that the module knows to leave out, or pass a collate_fn."
)


def as_numpy(X: Any) -> Any:
    """Return a tensor as an array: from any device, without its gradient."""
    if not isinstance(X, torch.Tensor):
        return X
    return (X.float() if X.dtype == torch.bfloat16 else X).numpy(force=True)


def refuse_objects(X: Any) -> None:
    """Refuse rows that only a `collate_fn` could make a batch of.

    Raises
    ------
    TypeError
        If they are text, pairs of a Dataset, or other objects.
    ValueError
        If they have several lengths.
    """
    if isinstance(X, list):
        if X and isinstance(X[0], tuple):
            _refuse_pairs(X[0])
        try:
            X = np.asarray(X)
        except ValueError as exc:
            if "inhomogeneous" not in str(exc):
                raise
            raise ValueError(_RAGGED) from exc
    if not isinstance(X, np.ndarray) or X.ndim != 1 or X.dtype.kind not in "OUS":
        return
    if X.size and all(np.ndim(row) for row in X[:8]):
        raise ValueError(_RAGGED)
    kind = type(X[0]).__name__ if X.size else X.dtype
    raise TypeError(
        f"The rows of X must be numbers, got objects of type {kind}. Pass a "
        f"collate_fn, which makes a batch of a list of them, or convert them before, "
        f"in a step of a Pipeline."
    )


def _refuse_pairs(row: tuple[Any, ...]) -> None:
    if any(isinstance(part, torch.Tensor) for part in row):
        raise TypeError(
            "X is a list of pairs of tensors, as a search makes of a Dataset. Pass "
            "skorch.helper.SliceDataset(dataset), of which a search can choose rows."
        )
