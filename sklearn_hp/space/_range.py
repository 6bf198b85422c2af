"""Parameters whose distribution has a cdf and a ppf, with values that are not listed.

They have the coordinate u in [0, 1]: u = cdf(value), value = ppf(u).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import loguniform

from sklearn_hp.space._values import as_int, is_number, token

Array = NDArray[np.float64]

# Coordinates of continuous parameters are rounded to so many digits.
N_DIGITS = 9

# An unbounded support is searched between these quantiles: 50 random draws would leave
# them once in ten searches, and the tails of a heavy-tailed distribution are endless.
TAIL = 1e-3

# A bounded one is searched to so near its ends. No random draw is ever one of them, so
# that whoever gives uniform(0, 1) has not said that the estimator takes 0 or 1.
EDGE = 1e-6


class Range(ABC):
    """A parameter with a distribution whose values are not listed.

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
        self._is_taken = [self._takes(end) for end in self.support]
        low, high = self._margins()
        self._bounds = (low, 1.0 - high)
        self._inner = [
            end if is_taken else math.nextafter(end, other)
            for end, other, is_taken in zip(
                self.support, self.support[::-1], self._is_taken, strict=True
            )
        ]

    @abstractmethod
    def _takes(self, end: float) -> bool:
        """Whether an end of the support is proposed."""

    @abstractmethod
    def _margins(self) -> tuple[float, float]:
        """Return which part of [0, 1] is not searched, at its low and its high end."""

    def snap(self, u: Array) -> Array:
        """Move coordinates into the part of [0, 1] that is searched, and round them.

        The last digits of a proposal depend on the processor. Rounded, they do not grow
        from one proposal to the next until another machine finds other candidates.
        """
        return np.clip(u, *self._bounds).round(N_DIGITS)

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


class Continuous(Range):
    """A parameter with a continuous distribution."""

    def __init__(self, distribution: Any) -> None:
        super().__init__(distribution)
        self._n_digits = self._count_digits()

    def _count_digits(self) -> int:
        """Return how many digits matter: more in a narrow range far from 0."""
        low, high = (float(self.distribution.ppf(u)) for u in (0.25, 0.75))
        largest = max(abs(low), abs(high))
        if not 0 < high - low < largest < math.inf:
            return 12
        return min(12 + math.ceil(math.log10(largest / (high - low))), 17)

    def _margins(self) -> tuple[float, float]:
        """Return which part of [0, 1] is not searched, at its low and its high end.

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

    def key(self, value: Any) -> Hashable:
        """Return what is equal for values that differ by rounding only."""
        return token(self.shorten(value))


class ManyIntegers(Range):
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

    def key(self, value: Any) -> Hashable:
        """Return what is equal for equal values."""
        return token(value)
