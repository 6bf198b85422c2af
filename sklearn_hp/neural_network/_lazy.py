"""Rows that are loaded when a batch needs them: Datasets, and what a user collates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from skorch.helper import SliceDataset
from skorch.utils import to_device
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from torch.utils.data import DataLoader, Dataset, Subset, default_collate

from sklearn_hp._sklearn_compat import safe_indexing
from sklearn_hp.neural_network._data import (
    EVALUATION_BATCH,
    Batch,
    batch_sizes,
    map_parts,
    split_rows,
)
from sklearn_hp.neural_network._sparse import as_rows, first_rows


def is_dataset(X: Any) -> bool:
    """Whether X is a Dataset of torch, or one that skorch lets searches slice."""
    return isinstance(X, (Dataset, SliceDataset))


def rows_at(X: Any, numbers: Any) -> Any:
    """Return some rows of what a user gave, of the same kind."""
    if isinstance(X, Mapping) and not issparse(X):
        return {name: safe_indexing(part, numbers) for name, part in X.items()}
    return Subset(X, numbers) if isinstance(X, Dataset) else safe_indexing(X, numbers)


class LazyRows:
    """Rows of a Dataset, or of any sequence, by their numbers.

    Parameters
    ----------
    X : Dataset, SliceDataset, dict of array-like, or sequence
        A Dataset returns a row or a pair of a row and its target.
    collate_fn : callable or None
        Makes a batch of a list of pairs, as that of a DataLoader.

    Raises
    ------
    TypeError
        If `X` does not say how many rows it has.
    """

    def __init__(self, X: Any, collate_fn: Callable[[list[Any]], Any] | None) -> None:
        _check_has_rows(X)
        if issparse(X):
            X = X.tocsr()
        elif hasattr(X, "iloc"):
            X = X.to_numpy()
        self.source = X
        self.collate_fn = collate_fn
        length = next(iter(X.values())) if isinstance(X, Mapping) else X
        n_rows = length.shape[0] if hasattr(length, "shape") else len(length)
        self.numbers = np.arange(n_rows)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of rows: scikit-learn asks for the shape."""
        return (len(self),)

    def __getitem__(self, rows: Any) -> LazyRows:
        """Return some of the rows, without loading them."""
        some = object.__new__(LazyRows)
        some.source, some.collate_fn = self.source, self.collate_fn
        some.numbers = self.numbers[rows]
        return some

    @property
    def identity(self) -> Any:
        """What tells these rows from others; those of a Dataset are not read."""
        if is_dataset(self.source):
            return type(self.source).__qualname__, self.numbers
        return self.source, self.numbers

    def load(self, position: int) -> Any:
        """Return one row, without its target."""
        number = int(self.numbers[position])
        if isinstance(self.source, Mapping):
            return {name: part[number] for name, part in self.source.items()}
        row = self.source[number]
        if not isinstance(self.source, Dataset) or not isinstance(row, tuple):
            return row
        if len(row) > 2:
            raise TypeError(
                f"The Dataset {type(self.source).__name__} returned a tuple of "
                f"{len(row)}. Return a pair (x, y); for an input in several parts, "
                f"x is a dict of them, by the names of the arguments of the module."
            )
        return row[0]

    def join(self, pairs: list[tuple[Any, Any]]) -> tuple[Any, torch.Tensor]:
        """Return a batch of pairs of a row and its target.

        Raises
        ------
        TypeError, ValueError
            If they cannot be joined, or `collate_fn` does not return a pair.
        """
        batch = (self.collate_fn or _stack)(pairs)
        is_pair = isinstance(batch, (tuple, list)) and len(batch) == 2
        if not is_pair or not isinstance(batch[1], torch.Tensor):
            raise TypeError(
                f"collate_fn must return a pair (X, y): what the module gets, and a "
                f"tensor of {len(pairs)} targets. It is called with a list of pairs "
                f"(row, target), as that of a DataLoader, and returned an object of "
                f"type {type(batch).__name__}."
            )
        X, y = batch
        shape = (len(pairs), *pairs[0][1].shape)
        # targets of one number each are often joined as (n_samples,)
        y = y.reshape(shape) if y.numel() == math.prod(shape) else y
        return map_tensors(X, _no_float64), y


class LazyBatches:
    """The batches of one pass over rows that a DataLoader loads.

    Parameters
    ----------
    rows : LazyRows
    target : Tensor of shape (n_samples,) or (n_samples, n_outputs)
    weight : Tensor of shape (n_samples,) or None
        Of mean 1.
    batch_size : int
        Rows of a batch. A single row that remains goes with the batch before it.
    device : torch.device
        Where batches are needed.
    shuffle : bool
        Whether batches are drawn in an order of `generator`.

    Attributes
    ----------
    rows : LazyDataset
        Pairs of a row and its target.
    generator : torch.Generator or None
        Set by the loop before each epoch.
    """

    def __init__(
        self,
        rows: LazyRows,
        target: torch.Tensor,
        weight: torch.Tensor | None,
        batch_size: int,
        device: torch.device,
        *,
        shuffle: bool,
    ) -> None:
        self.rows = LazyDataset(rows, target)
        self._weight, self._device, self._shuffle = weight, device, shuffle
        self._sizes = batch_sizes(len(rows), batch_size)
        self.generator: torch.Generator | None = None

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[Batch]:
        n_rows = len(self.rows)
        order = torch.arange(n_rows)
        if self._shuffle:
            order = torch.randperm(n_rows, generator=self.generator)
        numbers = order.split(self._sizes)
        loader = _loader(self.rows, [each.tolist() for each in numbers])
        for chosen, (X, y) in zip(numbers, loader, strict=True):
            weight = None
            if self._weight is not None:
                weight = self._weight[chosen].to(self._device)
            yield Batch(to_device(X, self._device), y.to(self._device), weight)


class LazyDataset(Dataset):
    """Pairs of a row and its target, as a Dataset.

    Parameters
    ----------
    X : LazyRows
    y : Tensor of shape (n_samples,) or (n_samples, n_outputs)
    """

    def __init__(self, X: LazyRows, y: torch.Tensor) -> None:
        self.X, self.y = X, y

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, position: int) -> tuple[Any, torch.Tensor]:
        return self.X.load(position), self.y[position]


def first_batch(X: Any, device: Any) -> Any:
    """Return a copy of the first rows, at most eight, as a module gets them."""
    if isinstance(X, LazyRows):
        return to_device(_with_places(X[:8])[0], device)
    return map_parts(X, lambda part: torch.from_numpy(first_rows(part)).to(device))


def pieces(X: Any, batch_size: int, device: str) -> Iterator[tuple[Any, Any]]:
    """Yield the batches to predict, and what puts the outputs of one in order.

    Parameters
    ----------
    X : ndarray, CSR matrix, SliceDict of ndarray, or LazyRows
    batch_size : int
        Rows of a batch, where they are loaded.
    device : str
        Where batches are needed.

    Raises
    ------
    ValueError
        If a `collate_fn` loses rows.
    """
    if not isinstance(X, LazyRows):
        tensors = map_parts(X, as_rows)
        for rows in split_rows(tensors, EVALUATION_BATCH):
            # a copy, as a module may work in place
            yield map_parts(rows, lambda part: part.to(device, copy=True)), slice(None)
        return
    for start in range(0, len(X), batch_size):
        batch, places = _with_places(X[start : start + batch_size])
        yield to_device(batch, device), torch.argsort(places)


def _with_places(rows: LazyRows) -> tuple[Any, torch.Tensor]:
    """Return one batch of all rows, and the place of each of them."""
    # a collate_fn may put long rows first, and takes what stands for targets along
    expected = torch.arange(len(rows))
    dataset = LazyDataset(rows, expected)
    [(batch, places)] = _loader(dataset, [expected.tolist()])
    if not torch.equal(places.sort().values, expected):
        raise ValueError(
            f"collate_fn must return the targets that it is given. Where none are "
            f"known, as in predict, they are the places of the rows in the batch, here "
            f"0 to {len(rows) - 1}, and it returned {places.tolist()}."
        )
    return batch, places


def check_keeps_order(rows: LazyRows) -> None:
    """Refuse a `collate_fn` that puts rows in another order than their weights have.

    Raises
    ------
    ValueError
        If it does so with the first rows.
    """
    places = _with_places(rows)[1]
    if not torch.equal(places, torch.arange(len(rows))):
        raise ValueError(
            "collate_fn changes the order of rows, which sample_weight and "
            "class_weight do not follow. Keep the order, as "
            "pack_padded_sequence(..., enforce_sorted=False) allows, or leave the "
            "weights out."
        )


def targets_of(dataset: Any) -> np.ndarray:
    """Return the targets of a Dataset of pairs; each pair is loaded once.

    Raises
    ------
    TypeError, ValueError
        If it has no rows by number, or returns no pairs.
    """
    _check_has_rows(dataset)
    targets = []
    for number in range(len(dataset)):
        pair = dataset[number]
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ValueError(
                f"y is None, and the Dataset {type(dataset).__name__} does not return "
                f"pairs (x, y). Pass y, or let it return pairs."
            )
        targets.append(np.asarray(pair[1]))
    return np.stack(targets)


def map_tensors(X: Any, function: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """Return a batch in which `function` was called with each tensor."""
    if isinstance(X, PackedSequence):
        orders = (X.batch_sizes, X.sorted_indices, X.unsorted_indices)
        return PackedSequence(function(X.data), *orders)
    if isinstance(X, torch.Tensor):
        return function(X)
    if isinstance(X, Mapping):
        return {name: map_tensors(part, function) for name, part in X.items()}
    if isinstance(X, (list, tuple)):
        parts = [map_tensors(part, function) for part in X]
        return type(X)(*parts) if hasattr(X, "_fields") else type(X)(parts)
    return X


class AsNumbers(nn.Module):
    """Converts a batch that was collated: numbers and pixels become float32."""

    def forward(self, X: Any) -> Any:
        """Return the batch, with other whole numbers as they are."""
        return map_tensors(X, _as_number)


def _as_number(X: torch.Tensor) -> torch.Tensor:
    is_number = X.is_floating_point() or X.dtype == torch.uint8
    return X.float() if is_number else X


def _no_float64(X: torch.Tensor) -> torch.Tensor:
    # which not every device has
    return X.float() if X.dtype == torch.float64 else X


def _stack(pairs: list[tuple[Any, Any]]) -> Any:
    """Return a batch as a DataLoader makes it if it is not told how."""
    try:
        if _has_text(pairs[0][0]):
            raise TypeError("a row has text")
        return default_collate(pairs)
    except (TypeError, RuntimeError) as exc:
        raise ValueError(
            f"The rows of X cannot be joined to a batch: they must be arrays or "
            f"tensors of one shape, or dicts of such. Convert them in the Dataset, or "
            f"pass a collate_fn that joins them. It raised: {exc}"
        ) from exc


def _has_text(row: Any) -> bool:
    if isinstance(row, Mapping):
        return any(map(_has_text, row.values()))
    return isinstance(row, (str, bytes))


def _loader(dataset: LazyDataset, batches: list[list[int]]) -> DataLoader:
    """Return what loads these rows, batch by batch."""
    # a generator of its own: otherwise it would draw from that of the fit
    return DataLoader(
        dataset,
        batch_sampler=batches,
        collate_fn=dataset.X.join,
        generator=torch.Generator(),
    )


def _check_has_rows(X: Any) -> None:
    try:
        len(X)
        X.__getitem__  # noqa: B018
    except (AttributeError, TypeError, NotImplementedError) as exc:
        raise TypeError(
            f"X must have __len__ and __getitem__, got an object of type "
            f"{type(X).__name__}. An IterableDataset cannot be split into rows: give "
            f"it both methods, or collect its rows in a list."
        ) from exc
