"""One parameter and its coordinate.

A numeric parameter has a coordinate u in [0, 1]: u = cdf(value), value = ppf(u). A
discrete value owns the cell (cdf(value-), cdf(value)] and is represented by the middle
of it. A categorical parameter has the index of the choice as its coordinate.

Values of lists are never hashed, and compared only where that is safe (`same_value`):
they may be estimators, arrays or anything else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rv_continuous, rv_discrete
from sklearn.base import BaseEstimator

Array = NDArray[np.float64]

# A discrete distribution with more values is relaxed to a continuous one.
MAX_CELLS = 10_000

# Coordinates of continuous parameters are rounded to so many digits.
N_DIGITS = 9

# An unbounded support is searched between these quantiles: 50 random draws would leave
# them once in ten searches, and the tails of a heavy-tailed distribution are endless.
TAIL = 1e-3


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
        low, high = (math.isfinite(end) for end in self.support)
        self._bounds = (0.0 if low else TAIL, 1.0 if high else 1.0 - TAIL)

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
        """Return the value at a coordinate."""
        value = float(self.distribution.ppf(u))
        if not math.isfinite(value):
            value = float(self.distribution.ppf(min(max(u, 1e-9), 1 - 1e-9)))
        # 1, not 1.0000000000000009; and ppf can step over the end of the support
        value = float(f"{value:.12g}")
        return min(max(value, self.support[0]), self.support[1])

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

    def snap(self, u: Array) -> Array:
        """Move coordinates to the middle of their cell."""
        value = self.distribution.ppf(super().snap(u))
        return (self.distribution.cdf(value - 1) + self.distribution.cdf(value)) / 2

    def encode(self, value: Any) -> float:
        """Return the middle of the cell of a value, NaN if it has none."""
        if not is_number(value) or not self.distribution.pmf(value) > 0:
            return math.nan
        cdf = self.distribution.cdf
        return float(cdf(value - 1) + cdf(value)) / 2

    def decode(self, u: float) -> Any:
        """Return the value at a coordinate."""
        return _as_int(super().decode(u))


class Ordered:
    """A parameter with numbers to choose from, in increasing order.

    Parameters
    ----------
    values : sequence of numbers, length n_values
        Distinct and increasing.
    edges : ndarray of shape (n_values + 1,) or None, default=None
        Ends of their cells, increasing from 0 to 1; None for cells of equal size.
    """

    n_choices = 0

    def __init__(self, values: Sequence[Any], edges: Array | None = None) -> None:
        self.values = list(values)
        self.n_values = len(self.values)
        if edges is None:
            edges = np.linspace(0.0, 1.0, self.n_values + 1)
        self.edges = edges
        self.levels = (edges[:-1] + edges[1:]) / 2

    def cell(self, u: Any) -> Any:
        """Return the index of the value whose cell holds each coordinate."""
        index = np.searchsorted(self.edges, u, side="left") - 1
        return np.clip(index, 0, self.n_values - 1)

    def snap(self, u: Array) -> Array:
        """Move coordinates to the middle of their cell."""
        return self.levels[self.cell(u)]

    def encode(self, value: Any) -> float:
        """Return the middle of the cell of a value, NaN if it is not one of them."""
        if is_number(value):
            for level, known in zip(self.levels, self.values, strict=True):
                if known == value:
                    return float(level)
        return math.nan

    def decode(self, u: float) -> Any:
        """Return the value whose cell holds a coordinate."""
        return self.values[self.cell(u)]

    def same(self, other: Any) -> bool:
        """Whether another dimension has the same values at the same coordinates."""
        return (
            isinstance(other, Ordered)
            and same_value(self.values, other.values)
            and np.array_equal(self.edges, other.edges)
        )

    def __str__(self) -> str:
        if self.n_values > 10:
            return f"one of {self.n_values} from {self.values[0]} to {self.values[-1]}"
        return f"one of {self.values}"


class Categorical:
    """A parameter with choices that have no order.

    Parameters
    ----------
    choices : sequence, length n_choices
        Any objects; a candidate gets the object itself.
    """

    levels: Array | None = None

    def __init__(self, choices: Sequence[Any]) -> None:
        self.choices = list(choices)
        self.n_choices = self.n_values = len(self.choices)
        self._others: list[Any] = []
        self._index = {
            token(choice, self._others): index
            for index, choice in reversed([*enumerate(self.choices)])
        }

    def snap(self, u: Array) -> Array:
        """Return the coordinates: they are indices already."""
        return u

    def encode(self, value: Any) -> float:
        """Return the index of a value, NaN if it is not one of the choices."""
        known = len(self._others)
        index = self._index.get(token(value, self._others))
        del self._others[known:]
        if index is None and is_number(value):
            # 1.0 is in [1, 10], if 1 and 1.0 are not both choices
            kind = float if isinstance(value, Integral) else int
            index = self._index.get((kind, value))
        if index is not None:
            return float(index)
        return math.nan

    def decode(self, u: float) -> Any:
        """Return the choice at an index."""
        return self.choices[int(u)]

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


def make_dimension(values: Any) -> Dimension | Drawn:
    """Return the dimension of one entry of ``param_distributions``.

    Parameters
    ----------
    values : frozen scipy.stats distribution, object with ``rvs``, or sequence
        A sequence of three or more distinct numbers is ordered, any other is
        categorical. Repeated values count once.

    Returns
    -------
    dimension : object
        Maps its values to coordinates and back.
    """
    kind = getattr(values, "dist", values)
    if isinstance(kind, rv_continuous):
        return Continuous(values)
    if isinstance(kind, rv_discrete):
        return _discrete(values)
    if hasattr(values, "rvs"):
        return Drawn(values)
    choices = list(values)
    if not isinstance(values, range):
        others: list[Any] = []
        choices = list({token(value, others): value for value in choices}.values())
    if len(choices) >= 3 and all(is_number(value) for value in choices):
        ordered = sorted(choices)
        if all(a < b for a, b in pairwise(ordered)):
            return Ordered(ordered)
    return Categorical(choices)


def _discrete(distribution: Any) -> Dimension | Drawn:
    """Return the dimension of a discrete distribution, by its values of any weight."""
    family = getattr(distribution, "dist", distribution)
    # scipy gives a distribution made of (values, probabilities) these attributes
    if hasattr(family, "xk"):
        order = np.argsort(family.xk)
        values, weight = np.asarray(family.xk)[order], np.asarray(family.pk)[order]
        # not asked by value: with a loc, rounding moves them away from those known
        values = values + (float(distribution.support()[0]) - float(values[0]))
    else:
        low, high = distribution.support()
        low = low if math.isfinite(low) else distribution.ppf(1e-9)
        # not ppf, which counts up to the value: endless where the tail is heavy
        n_values = round(min(high - low + 1, MAX_CELLS))
        values = low + np.arange(n_values)
        weight = np.asarray(distribution.pmf(values), dtype=float)
        endless = not math.isfinite(high) and weight.sum() >= 1.0 - TAIL
        if values[-1] < high and not endless:
            if type(family)._ppf is rv_discrete._ppf:
                return Drawn(distribution)  # scipy would search its ppf, without end
            return ManyIntegers(distribution)
    cdf = np.cumsum(weight)
    before = np.concatenate([[0.0], cdf[:-1]])
    reachable = (before + cdf) / 2 > before  # not so where next to nothing is left
    values, cdf = values[reachable], cdf[reachable]
    cdf[-1] = 1.0
    decoded = [_as_int(value) for value in values.tolist()]
    if len(decoded) == 1:
        return Categorical(decoded)
    return Ordered(decoded, np.concatenate([[0.0], cdf]))


def _as_int(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def is_number(value: Any) -> bool:
    """Whether a value is a real number other than NaN; booleans are not."""
    # the first two are soon told, of a million
    known = type(value) is int or isinstance(value, float)
    if not known and (isinstance(value, bool) or not isinstance(value, Real)):
        return False
    return bool(value == value)


def same_value(a: Any, b: Any) -> bool:
    """Whether two values are the same for certain, without asking unknown objects.

    Numbers and strings are compared, lists, tuples and dicts by their elements,
    estimators by type and parameters; anything else is the same only as itself. 1, 1.0
    and True are three values: to many estimators, they mean different things.
    """
    if a is b:
        return True
    a, b = _plain(a), _plain(b)
    if is_number(a) and is_number(b):
        return isinstance(a, Integral) == isinstance(b, Integral) and bool(a == b)
    if isinstance(a, float) and isinstance(b, float):
        return a != a and b != b  # both are NaN
    if type(a) is not type(b):
        return False
    if isinstance(a, str | bytes | bool | complex | np.generic):
        return bool(a == b)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same_value, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    if isinstance(a, BaseEstimator):
        ours, theirs = a.get_params(deep=False), b.get_params(deep=False)
        return ours.keys() == theirs.keys() and all(
            same_value(value, theirs[name]) for name, value in ours.items()
        )
    return False


def _plain(value: Any) -> Any:
    """Return the text or boolean of an element of an array."""
    return value.item() if isinstance(value, np.str_ | np.bool_) else value


def token(value: Any, others: list[Any]) -> tuple[Any, ...]:
    """Return something hashable, equal for equal values.

    Parameters
    ----------
    value : object
        A number, a text, a list, tuple or dict of values, or anything.
    others : list
        The values seen so far that are none of these; `value` is added if it is new.
    """
    if type(value) is int:
        return int, value
    if is_number(value):
        is_float = isinstance(value, float) or not isinstance(value, Integral)
        kind = float if is_float else int
        return kind, kind(value)
    value = _plain(value)
    if type(value) is str:
        return str, value
    if type(value) in (list, tuple):
        return type(value), *(token(element, others) for element in value)
    if type(value) is dict:
        return dict, frozenset((key, token(v, others)) for key, v in value.items())
    for index, other in enumerate(others):
        if same_value(other, value):
            return (index,)
    others.append(value)
    return (len(others) - 1,)
