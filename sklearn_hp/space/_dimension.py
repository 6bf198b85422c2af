"""One parameter and its coordinate.

A numeric parameter has a coordinate u in [0, 1]: u = cdf(value), value = ppf(u). A
discrete value owns the cell (cdf(value-), cdf(value)] and is represented by the middle
of it. A categorical parameter has the index of the choice as its coordinate.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from numbers import Integral
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_hp.space._values import is_number, same_value, token

Array = NDArray[np.float64]

# A longer list, or a discrete distribution with more values, is relaxed to a continuous
# one: nobody can tell the neighbours apart.
MAX_CELLS = 10_000
# More cells than this cannot be told apart by a coordinate.
_FINEST = 2**40


class Dimension(Protocol):
    """What a parameter with a coordinate knows of its values."""

    @property
    def n_choices(self) -> int:
        """Number of choices without an order, 0 for numbers."""

    @property
    def n_values(self) -> float:
        """Number of values, which may be infinite."""

    @property
    def levels(self) -> Array | None:
        """The coordinates of all values, if they are listed and in order."""

    def snap(self, u: Array) -> Array:
        """Return the coordinates of the values that coordinates stand for."""

    def encode(self, value: Any) -> float:
        """Return the coordinate of a value, NaN if it is not one of them."""

    def decode(self, u: float) -> Any:
        """Return the value at a coordinate."""

    def canonical(self, value: Any) -> Any:
        """Return the value that a candidate gets for one that is equal to it."""

    def key(self, value: Any) -> Hashable:
        """Return what is equal for values that are the same to a search."""

    def same(self, other: Any) -> bool:
        """Whether another dimension has the same values at the same coordinates."""


class Ordered:
    """A parameter with numbers to choose from, in increasing order.

    Parameters
    ----------
    values : sequence of numbers, length n_values
        Distinct and increasing. It is not copied, and may be very long.
    edges : ndarray of shape (n_values + 1,) or None, default=None
        Ends of their cells, increasing from 0 to 1; None for cells of equal size.

    Attributes
    ----------
    levels : ndarray of shape (n_values,) or None
        The coordinates of the values; None if there are more than `MAX_CELLS`.
    """

    n_choices = 0

    def __init__(self, values: Sequence[Any], edges: Array | None = None) -> None:
        self.values = values
        self.n_values = len(values)
        self._n_cells = min(self.n_values, _FINEST)
        if edges is None and self.n_values <= MAX_CELLS:
            edges = np.linspace(0.0, 1.0, self.n_values + 1)
        self.edges = edges
        self.levels = None if edges is None else self.coordinates()

    def coordinates(self) -> Array:
        """Return the coordinates of all values."""
        if self.edges is not None:
            return (self.edges[:-1] + self.edges[1:]) / 2
        return (np.arange(self._n_cells) + 0.5) / self._n_cells

    def cell(self, u: Any) -> Any:
        """Return the number of the cell that holds each coordinate."""
        if self.edges is not None:
            cell = np.searchsorted(self.edges, u, side="left") - 1
        else:
            cell = np.ceil(np.multiply(u, self._n_cells)).astype(np.int64) - 1
        return np.clip(cell, 0, self._n_cells - 1)

    def snap(self, u: Array) -> Array:
        """Move coordinates to the middle of their cell."""
        if self.levels is not None:
            return self.levels[self.cell(u)]
        return (self.cell(u) + 0.5) / self._n_cells

    def _find(self, value: Any) -> int | None:
        """Return the index of a value, None if it is not one of them."""
        if not is_number(value):
            return None
        index = bisect_left(self.values, value)
        is_there = index < self.n_values and bool(self.values[index] == value)
        return index if is_there else None

    def encode(self, value: Any) -> float:
        """Return the middle of the cell of a value, NaN if it is not one of them."""
        index = self._find(value)
        if index is None:
            return math.nan
        if self.levels is not None:
            return float(self.levels[index])
        return (index * self._n_cells // self.n_values + 0.5) / self._n_cells

    def decode(self, u: float) -> Any:
        """Return the value whose cell holds a coordinate."""
        cell = int(self.cell(u))
        # the middle one, where several share a cell
        return self.values[(2 * cell + 1) * self.n_values // (2 * self._n_cells)]

    def canonical(self, value: Any) -> Any:
        """Return the very object listed that is equal to a value."""
        index = self._find(value)
        assert index is not None, "it has a coordinate"
        return self.values[index]

    def key(self, value: Any) -> Hashable:
        """Return what is equal for equal values."""
        return token(value)

    def same(self, other: Any) -> bool:
        """Whether another dimension has the same values at the same coordinates."""
        return (
            isinstance(other, Ordered)
            and self.n_values == other.n_values
            and self._same_values(other)
            and np.array_equal(self.levels, other.levels)  # type: ignore[arg-type]
        )

    def _same_values(self, other: Ordered) -> bool:
        if self.values is other.values:
            return True
        if isinstance(self.values, list) and isinstance(other.values, list):
            return all(map(same_value, self.values, other.values))
        return same_value(self.values, other.values)

    def __str__(self) -> str:
        if self.n_values > 10:
            return f"one of {self.n_values} from {self.values[0]} to {self.values[-1]}"
        return f"one of {self.values}"


class Categorical:
    """A parameter with choices that have no order.

    Parameters
    ----------
    choices : iterable
        Any objects, of equal ones the first; a candidate gets the object itself.
    """

    levels: Array | None = None

    def __init__(self, choices: Iterable[Any]) -> None:
        self.choices: list[Any] = []
        self._index: dict[Any, int] = {}
        for choice in choices:
            key = token(choice)
            if key not in self._index:
                self._index[key] = len(self.choices)
                self.choices.append(choice)
        self.n_choices = self.n_values = len(self.choices)

    def snap(self, u: Array) -> Array:
        """Return the coordinates: they are indices already."""
        return u

    def encode(self, value: Any) -> float:
        """Return the index of a value, NaN if it is not one of the choices."""
        index = self._index.get(token(value))
        if index is None and is_number(value):
            # 1.0 is in [1, 10], if 1 and 1.0 are not both choices
            kind = float if isinstance(value, Integral) else int
            index = self._index.get((kind, value))
        return math.nan if index is None else float(index)

    def decode(self, u: float) -> Any:
        """Return the choice at an index."""
        return self.choices[int(u)]

    def canonical(self, value: Any) -> Any:
        """Return the very object listed that is equal to a value."""
        return self.decode(self.encode(value))

    def key(self, value: Any) -> Hashable:
        """Return what is equal for equal values."""
        return token(value)

    def same(self, other: Any) -> bool:
        """Whether another dimension has the same choices at the same indices."""
        return isinstance(other, Categorical) and same_value(
            self.choices, other.choices
        )

    def __str__(self) -> str:
        return f"one of {self.choices}"


class Drawn:
    """A parameter that offers ``rvs`` and nothing else: drawn, never modelled.

    Parameters
    ----------
    distribution : object with an ``rvs`` method
        Called as ``rvs(random_state=RandomState)``, as scikit-learn does.
    """

    n_values = math.inf

    def __init__(self, distribution: Any) -> None:
        self.distribution = distribution

    def draw(self, rng: np.random.Generator) -> Any:
        """Return a value."""
        state = np.random.RandomState(int(rng.integers(2**32)))
        return self.distribution.rvs(random_state=state)
