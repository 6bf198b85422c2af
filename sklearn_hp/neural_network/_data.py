"""Rows as tensors, and the batches that training takes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from skorch.helper import SliceDict
from torch.utils.data import Dataset

from sklearn_hp.neural_network._sparse import SparseRows

# Rows that are evaluated at once, where nothing is learnt from a batch.
EVALUATION_BATCH = 4096


def map_parts(X: Any, function: Callable[[Any], Any]) -> Any:
    """Return what `function` makes of rows, or of each of their parts by name."""
    if isinstance(X, SliceDict):
        return SliceDict(**{name: function(part) for name, part in X.items()})
    return function(X)


def parts_of(X: Any) -> list[Any]:
    """Return the parts that rows have, or the rows alone."""
    return list(X.values()) if isinstance(X, SliceDict) else [X]


def shape_of(X: Any) -> Any:
    """Return the shape of a batch for a message, or the shapes of its parts."""
    if isinstance(X, Mapping):
        return {name: shape_of(part) for name, part in X.items()}
    return tuple(X.shape) if hasattr(X, "shape") else type(X).__name__


def split_rows(X: Any, sizes: int | list[int]) -> Iterator[Any]:
    """Yield rows in consecutive pieces; of tensors, each is a view."""
    if not isinstance(X, SliceDict):
        yield from X.split(sizes)
        return
    pieces = (part.split(sizes) for part in X.values())
    for piece in zip(*pieces, strict=True):
        yield SliceDict(**dict(zip(X, piece, strict=True)))


class Rows(Dataset):
    """The rows that a fit trains on, or those that it stops by.

    Parameters
    ----------
    X : Tensor of shape (n_samples, ...), SliceDict of such, or SparseRows
        Inputs.
    y : Tensor of shape (n_samples,) or (n_samples, n_outputs)
        Indices of classes, or targets.
    weight : Tensor of shape (n_samples,) or None
        Of mean 1.
    """

    def __init__(self, X: Any, y: torch.Tensor, weight: torch.Tensor | None) -> None:
        self.X, self.y, self.weight = X, y, weight

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, i: Any) -> Any:
        return self.X[i], self.y[i]

    @property
    def n_bytes(self) -> int:
        """Size of all tensors."""
        parts = (*parts_of(self.X), self.y, self.weight)
        tensors = [part for part in parts if isinstance(part, torch.Tensor)]
        return sum(t.numel() * t.element_size() for t in tensors)

    def map(self, function: Callable[[torch.Tensor], torch.Tensor]) -> Rows:
        """Return the rows that `function` makes of each of the tensors."""
        weight = None if self.weight is None else function(self.weight)
        X = self.X if isinstance(self.X, SparseRows) else map_parts(self.X, function)
        return Rows(X, function(self.y), weight)


class Batch(tuple):
    """A pair (X, y), as skorch's callbacks expect it, with the weights of its rows."""

    weight: torch.Tensor | None

    def __new__(cls, X: Any, y: torch.Tensor, weight: torch.Tensor | None) -> Batch:
        """Return the pair."""
        batch = super().__new__(cls, (X, y))
        batch.weight = weight
        return batch


class Batches:
    """The batches of one pass over rows.

    The rows of an epoch are shuffled once, into a copy of which the batches are slices:
    to gather each batch by itself takes twice as long. Sparse rows are gathered, as all
    of them may be too many to be dense at once.

    Parameters
    ----------
    rows : Rows
        On `device`, or in the memory of the host; then each batch is copied over.
    batch_size : int
        Rows of a batch. A single row that remains goes with the batch before it, as one
        row has no variance to normalise by.
    device : torch.device
        Where batches are needed.
    shuffle : bool
        Whether batches are drawn in an order of `generator`, otherwise as they stand.

    Attributes
    ----------
    rows : Rows
    generator : torch.Generator or None
        Set by the loop before each epoch.
    """

    def __init__(
        self, rows: Rows, batch_size: int, device: torch.device, *, shuffle: bool
    ) -> None:
        self.rows = rows
        self._device = device
        self._sizes = batch_sizes(len(rows), batch_size)
        self._is_shuffled = shuffle
        self._is_sparse = isinstance(rows.X, SparseRows)
        copied = shuffle and not self._is_sparse
        self._shuffled = rows.map(_empty_like) if copied else rows
        self.generator: torch.Generator | None = None

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[Batch]:
        return self._gathered() if self._is_sparse else self._slices()

    def _gathered(self) -> Iterator[Batch]:
        n_rows = len(self.rows)
        order = torch.arange(n_rows)
        if self._is_shuffled:
            order = torch.randperm(n_rows, generator=self.generator)
        X, y, weight = self.rows.X, self.rows.y, self.rows.weight
        for rows in order.split(self._sizes):
            of_rows = None if weight is None else weight[rows]
            yield self._on_device((X[rows], y[rows], of_rows))

    def _slices(self) -> Iterator[Batch]:
        if self._shuffled is not self.rows:
            self._shuffle()
        elsewhere = self.rows.y.device != self._device
        X, y, weight = self._shuffled.X, self._shuffled.y, self._shuffled.weight
        weights = [None] * len(self) if weight is None else weight.split(self._sizes)
        for batch in zip(
            split_rows(X, self._sizes), y.split(self._sizes), weights, strict=True
        ):
            yield self._on_device(batch) if elsewhere else Batch(*batch)

    def _shuffle(self) -> None:
        order = torch.randperm(len(self.rows), generator=self.generator)
        order = order.to(self.rows.y.device)
        for part, shuffled in zip(
            parts_of(self.rows.X), parts_of(self._shuffled.X), strict=True
        ):
            torch.index_select(part, 0, order, out=shuffled)
        torch.index_select(self.rows.y, 0, order, out=self._shuffled.y)
        if self.rows.weight is not None and self._shuffled.weight is not None:
            torch.index_select(self.rows.weight, 0, order, out=self._shuffled.weight)

    def _on_device(self, batch: tuple[Any, Any, Any]) -> Batch:
        X, y, weight = batch
        if weight is not None:
            weight = weight.to(self._device, non_blocking=True)
        return Batch(
            map_parts(X, lambda part: part.to(self._device, non_blocking=True)),
            y.to(self._device, non_blocking=True),
            weight,
        )


def _empty_like(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(tensor, pin_memory=tensor.is_pinned())


def batch_sizes(n_rows: int, batch_size: int) -> list[int]:
    """Return the sizes of batches; a single row goes with the batch before it."""
    n_full, rest = divmod(n_rows, batch_size)
    sizes = [batch_size] * n_full
    if rest == 1 and sizes:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return sizes
