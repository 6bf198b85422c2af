"""One parameter and its coordinate.

A numeric parameter has a coordinate u in [0, 1]: u = cdf(value), value = ppf(u). A
discrete value owns the cell (cdf(value-), cdf(value)] and is represented by the middle
of it. A categorical parameter has the index of the choice as its coordinate.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import loguniform

from sklearn_hp.space._values import is_number, same_value, token

Array = NDArray[np.float64]

# A longer list, or a discrete distribution with more values, is relaxed to a continuous
# one: nobody can tell the neighbours apart.
MAX_CELLS = 10_000
# More cells than this cannot be told apart by a coordinate.
_FINEST = 2**40

# Coordinates of continuous parameters are rounded to so many digits.
N_DIGITS = 9

# An unbounded support is searched between these quantiles: 50 random draws would leave
# them once in ten searches, and the tails of a heavy-tailed distribution are endless.
TAIL = 1e-3

# A bounded one is searched to so near its ends. No random draw is ever one of them, so
# that whoever gives uniform(0, 1) has not said that the estimator takes 0 or 1.
EDGE = 1e-6


class Continuous:
    """A parameter with a continuous distribution.

    Parameters
    ----------
    distribution : frozen scipy.stats distribution
        Its cdf and ppf map values to coordinates and back.
    """

    n_choices = 0
    levels: Array | None = None
    n_values = math.inf

    def __init__(self, distribution: Any) -> None:
        self.distribution = distribution
        self.support = tuple(float(end) for end in distribution.support())
        self._n_digits = self._count_digits()
        self._is_taken = [self._takes(end) for end in self.support]
        low, high = self._margins()
        self._bounds = (low, 1.0 - high)
        self._inner = [
            end if is_taken else math.nextafter(end, other)
            for end, other, is_taken in zip(
                self.support, self.support[::-1], self._is_taken, strict=True
            )
        ]

    def _count_digits(self) -> int:
        """Return how many digits matter: more in a narrow range far from 0."""
        low, high = (float(self.distribution.ppf(u)) for u in (0.25, 0.75))
        largest = max(abs(low), abs(high))
        if not 0 < high - low < largest < math.inf:
            return 12
        return min(12 + math.ceil(math.log10(largest / (high - low))), 17)

    def _margins(self) -> tuple[float, float]:
        """Return which part of [0, 1] is not searched, at the low end and the high one.

        What is unbounded on one side, as expon or pareto, is left at the same quantile
        on the other: its end is where the support begins, not the end of a range.
        """
        if not all(map(math.isfinite, self.support)):
            return TAIL, TAIL
        low, high = (0.0 if is_taken else EDGE for is_taken in self._is_taken)
        return low, high

    def _takes(self, end: float) -> bool:
        """Whether an end of the support is proposed.

        The ends of loguniform(0.001, 1000) are meant, and are numbers that people
        like. But 1 is where shares and probabilities end, which many parameters
        exclude: the share of variance that PCA keeps, the decay of an optimiser.
        """
        family = getattr(self.distribution, "dist", self.distribution)
        return isinstance(family, type(loguniform)) and end != 1.0

    def snap(self, u: Array) -> Array:
        """Move coordinates into the part of [0, 1] that is searched, and round them.

        The last digits of a proposal depend on the processor. Rounded, they do not grow
        from one proposal to the next until another machine finds other candidates.
        """
        return np.clip(u, *self._bounds).round(N_DIGITS)

    def encode(self, value: Any) -> float:
        """Return the coordinate of a value, NaN if it is outside the support."""
        low, high = self.support
        if not is_number(value) or not low <= value <= high:
            return math.nan
        return float(self.distribution.cdf(value))

    def decode(self, u: float) -> Any:
        """Return the value at a coordinate, one that may be proposed."""
        value = float(self.distribution.ppf(u))
        if not math.isfinite(value):
            value = float(self.distribution.ppf(min(max(u, 1e-9), 1 - 1e-9)))
        low, high = self._inner
        short = self.shorten(value)
        return short if low <= short <= high else min(max(value, low), high)

    def shorten(self, value: float) -> float:
        """Return a value without the digits that the way to a coordinate adds.

        1, not 1.0000000000000009.
        """
        return float(f"{value:.{self._n_digits}g}")

    def canonical(self, value: Any) -> Any:
        """Return a value of the support as it is given."""
        return value

    def same(self, other: Any) -> bool:
        """Whether another dimension has the same values at the same coordinates."""
        if type(other) is not type(self) or other.support != self.support:
            return False
        quantiles = np.linspace(0.01, 0.99, 33)
        return bool(
            np.array_equal(
                self.distribution.ppf(quantiles), other.distribution.ppf(quantiles)
            )
        )

    def __str__(self) -> str:
        return f"between {self.support[0]:g} and {self.support[1]:g}"


class ManyIntegers(Continuous):
    """A discrete distribution with so many values that they are not listed."""

    def _takes(self, end: float) -> bool:
        """Whether an end of the support is proposed: where it is a float, it is."""
        return abs(end) < 2**53

    def _margins(self) -> tuple[float, float]:
        low, high = (0.0 if math.isfinite(end) else TAIL for end in self.support)
        return low, high

    def snap(self, u: Array) -> Array:
        """Move coordinates to the middle of their cell."""
        value = np.maximum(self.distribution.ppf(super().snap(u)), self.support[0])
        return (self.distribution.cdf(value - 1) + self.distribution.cdf(value)) / 2

    def encode(self, value: Any) -> float:
        """Return the middle of the cell of a value, NaN if it has none."""
        if not is_number(value) or not self.distribution.pmf(value) > 0:
            return math.nan
        cdf = self.distribution.cdf
        return float(cdf(value - 1) + cdf(value)) / 2

    def decode(self, u: float) -> Any:
        """Return the value at a coordinate."""
        value = float(self.distribution.ppf(u))
        if not math.isfinite(value):
            value = float(self.distribution.ppf(min(u, 1 - 1e-9)))
        return as_int(min(max(value, self._inner[0]), self._inner[1]))

    def canonical(self, value: Any) -> Any:
        """Return a value of the support as an integer, where it is one."""
        return as_int(value)


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


Dimension = Continuous | Ordered | Categorical


def as_int(value: Any) -> Any:
    """Return a number as an integer, if it is one."""
    return int(value) if float(value).is_integer() else value
