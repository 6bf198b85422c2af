"""What a network makes of a data set first: scaled numbers, gaps and levels.

References
----------
.. [HGS] Holzmueller, Grinsztajn & Steinwart (2024), "Better by default: strong
   pre-tuned MLPs and boosted trees on tabular data", arXiv:2407.04491.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from torch import nn

from sklearn_hp.neural_network._columns import UNKNOWN, Levels
from sklearn_hp.neural_network._modules import Scale
from sklearn_hp.neural_network._scaling import make_scale, moments

# Columns of at most so many levels are indicators, those of more are embedded in so
# many dimensions: the defaults of RealMLP [HGS]. With one width for all columns, one
# table holds the vectors of all, and one operation looks them up.
_FEW_LEVELS = 8
_EMBEDDING_WIDTH = 8


class Fill(nn.Module):
    """Put a value in the place of NaN, a number that is missing.

    Parameters
    ----------
    value : array of shape (n_features,)
        For each column.
    """

    value: torch.Tensor
    has_gaps = True  # whether rows to train on may have NaN

    def __init__(self, value: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("value", torch.tensor(value, dtype=torch.float32))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the numbers, complete."""
        if self.training and not self.has_gaps:
            return X
        return torch.where(X.isnan(), self.value, X)


class _Levels(nn.Module):
    """The levels of some columns, numbered through all of them.

    Number 0 is a level that no training row has.

    Parameters
    ----------
    columns : array of int
        Their positions in the data set.
    n_codes : array of int
        For each column, how many codes there are.
    known : sequence of array of int
        For each column, the codes that training rows have.
    """

    columns: torch.Tensor
    start: torch.Tensor
    number: torch.Tensor

    def __init__(
        self,
        columns: np.ndarray,
        n_codes: np.ndarray,
        known: Sequence[np.ndarray],
    ) -> None:
        super().__init__()
        *start, end = np.cumsum([0, *n_codes]).tolist()
        place = np.concatenate(
            [s + codes for s, codes in zip(start, known, strict=True)]
        )
        self.n_levels = len(place)
        number = torch.zeros(end, dtype=torch.int64)
        number[torch.from_numpy(place)] = torch.arange(1, self.n_levels + 1)
        self.register_buffer("columns", torch.tensor(columns))
        self.register_buffer("start", torch.tensor(start))
        self.register_buffer("number", number)

    def numbers(self, X: torch.Tensor) -> torch.Tensor:
        """Return the number of the level in each of the columns."""
        return self.number[X.index_select(1, self.columns).long() + self.start]


class Indicators(_Levels):
    """One column for each level: 1 where a row has it, otherwise 0."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the indicators, of shape (n_samples, n_levels)."""
        numbers = self.numbers(X)
        found = X.new_zeros((X.shape[0], self.n_levels + 1))
        return found.scatter(1, numbers, 1.0)[:, 1:]


class Embeddings(_Levels):
    """A vector for each level, which is learnt; that of an unknown level is zero."""

    def __init__(
        self,
        columns: np.ndarray,
        n_codes: np.ndarray,
        known: Sequence[np.ndarray],
    ) -> None:
        super().__init__(columns, n_codes, known)
        self.vectors = nn.Embedding(
            self.n_levels + 1, _EMBEDDING_WIDTH, padding_idx=UNKNOWN
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the vectors, of shape (n_samples, width * n_columns)."""
        return self.vectors(self.numbers(X)).flatten(1)


class Columns(nn.Module):
    """Numbers, whether they are missing, and levels, side by side.

    The input has the columns of the data set in their order, as float32: numbers, with
    NaN where one is missing, and codes of levels.

    Parameters
    ----------
    numbers : array of int
        Positions of the columns of numbers.
    scale : nn.Module
        Puts them on a common scale and fills gaps.
    missing : array of int
        Positions of columns of numbers that have gaps in training rows. Each gets an
        indicator of them.
    levels : sequence of nn.Module
        What is made of category columns.
    """

    numbers: torch.Tensor
    missing: torch.Tensor

    def __init__(
        self,
        numbers: np.ndarray,
        scale: nn.Module,
        missing: np.ndarray,
        levels: Sequence[nn.Module],
    ) -> None:
        super().__init__()
        self.register_buffer("numbers", torch.tensor(numbers, dtype=torch.int64))
        self.register_buffer("missing", torch.tensor(missing, dtype=torch.int64))
        self.scale = scale
        self.levels = nn.ModuleList(levels)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the inputs of the next layer, of shape (n_samples, n_inputs)."""
        parts = [self.scale(X.index_select(1, self.numbers))]
        if len(self.missing):
            parts.append(X.index_select(1, self.missing).isnan().float())
        parts += [part(X) for part in self.levels]
        return torch.cat(parts, 1)


def make_front(
    X: Any, weight: np.ndarray | None, scaler: str | None, levels: Levels | None
) -> list[tuple[str, nn.Module]]:
    """Return the layers that prepare rows of a data set, by name.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features), dtype float32
        The training rows; category columns have codes.
    weight : ndarray of shape (n_samples,) or None
        Weights of the rows in the scaling.
    scaler : {"standard", "robust"} or None
    levels : Levels or None
        None if there are no category columns.
    """
    n_gaps = _count_gaps(X)
    if levels is None:
        numbers = np.arange(X.shape[1])
        layer = _layer_of_numbers(X, n_gaps, weight, scaler)
    else:
        numbers = np.flatnonzero(~levels.is_categorical)
        layer = _layer_of_numbers(X[:, numbers], n_gaps[numbers], weight, scaler)
    missing = np.flatnonzero(n_gaps)  # codes have no gaps
    expect_gaps(layer, bool(len(missing)))
    if levels is None and not len(missing):
        return [("scale" if isinstance(layer, Scale) else "fill", layer)]
    parts = [] if levels is None else _layers_of_levels(X, levels)
    return [("columns", Columns(numbers, layer, missing, parts))]


def expect_gaps(module: nn.Module, has_gaps: bool) -> None:
    """Tell the layers that fill gaps whether rows to train on may have any.

    What there is none of is not looked for in each batch. A prediction always looks.
    """
    for layer in module.modules():
        if isinstance(layer, Scale | Fill):
            layer.has_gaps = has_gaps


def _count_gaps(X: Any) -> np.ndarray:
    """Return how many numbers are missing in each column."""
    if issparse(X):
        return np.bincount(X.indices[np.isnan(X.data)], minlength=X.shape[1])
    return np.isnan(X).sum(axis=0)


def _layer_of_numbers(
    X: Any, n_gaps: np.ndarray, weight: np.ndarray | None, scaler: str | None
) -> nn.Module:
    """Return the layer that scales numbers and fills gaps with their centre."""
    if not X.shape[1]:
        return nn.Identity()
    empty = np.flatnonzero(n_gaps == X.shape[0])
    if len(empty):  # they have no moments
        X = X.copy()
        if issparse(X):
            X.data[np.isin(X.indices, empty)] = 0.0
        else:
            X[:, empty] = 0.0
    scale = make_scale(X, weight, scaler, fill=True)
    return Fill(moments(X, weight).mean_) if scale is None else scale


def _layers_of_levels(X: np.ndarray, levels: Levels) -> list[nn.Module]:
    """Return the layers for category columns of few levels, and of many."""
    columns = np.flatnonzero(levels.is_categorical)
    known = [np.unique(X[:, column]).astype(np.int64) for column in columns]
    n_codes = np.array(levels.n_levels) + 1
    is_few = np.array([len(codes) <= _FEW_LEVELS for codes in known])
    return [
        layer(columns[chosen], n_codes[chosen], [known[i] for i in chosen])
        for layer, chosen in (
            (Indicators, np.flatnonzero(is_few)),
            (Embeddings, np.flatnonzero(~is_few)),
        )
        if len(chosen)
    ]
