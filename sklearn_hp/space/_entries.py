"""One entry of ``param_distributions`` as a dimension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.stats import rv_continuous, rv_discrete
from scipy.stats.distributions import rv_frozen
from sklearn.base import BaseEstimator

from sklearn_hp.space._dimension import (
    MAX_CELLS,
    Categorical,
    Dimension,
    Drawn,
    Ordered,
)
from sklearn_hp.space._range import TAIL, Continuous, ManyIntegers
from sklearn_hp.space._values import as_int, is_number


def make_dimension(values: Any) -> Dimension | Drawn:
    """Return the dimension of one entry of ``param_distributions``.

    Parameters
    ----------
    values : frozen scipy.stats distribution, object with ``rvs``, or sequence
        A sequence of three or more distinct numbers is ordered, any other is
        categorical. Repeated values count once. Long ranges and arrays of numbers are
        not copied.

    Returns
    -------
    dimension : object
        Maps its values to coordinates and back.
    """
    family = values.dist if isinstance(values, rv_frozen) else values
    if isinstance(family, rv_continuous | rv_discrete):
        if not _has_quantiles(values):
            return _constant(values) or Drawn(values)
        is_discrete = isinstance(family, rv_discrete)
        return _discrete(values) if is_discrete else Continuous(values)
    if hasattr(values, "rvs"):
        return Drawn(values)
    return _ordered(values) or Categorical(values)


def estimators_in(values: Any) -> list[Any]:
    """Return the estimators among what can be chosen, without a look at numbers."""
    is_of_numbers = getattr(getattr(values, "dtype", None), "kind", "O") in "biufcSU"
    if hasattr(values, "rvs") or isinstance(values, range) or is_of_numbers:
        return []
    return [choice for choice in values if isinstance(choice, BaseEstimator)]


def _has_quantiles(distribution: Any) -> bool:
    """Whether a distribution is of single numbers, and knows where they are.

    One of arrays draws arrays. One of no width, as uniform(1, 0), is valid to ``rvs``
    only.
    """
    with np.errstate(invalid="ignore"):  # an infinite end, no width
        ends = distribution.support()
        median = distribution.ppf(0.5)
    are_scalars = all(np.ndim(number) == 0 for number in (*ends, median))
    return are_scalars and not any(map(math.isnan, ends)) and math.isfinite(median)


def _constant(distribution: Any) -> Categorical | None:
    """Return the only value of a distribution of no width, None if it has others."""
    drawn = [distribution.rvs(random_state=seed) for seed in range(8)]
    found = Categorical(drawn)
    return found if found.n_values == 1 else None


def _ordered(values: Any) -> Ordered | None:
    """Return the dimension of a list of numbers, None if it is no such list."""
    numbers = _long_numbers(values)
    if numbers is None:
        numbers = _distinct_numbers(values)
    return Ordered(numbers) if numbers is not None and len(numbers) >= 3 else None


def _long_numbers(values: Any) -> Sequence[Any] | None:
    """Return the numbers of a long range or array, increasing, without a copy."""
    if len(values) <= MAX_CELLS:
        return None
    if isinstance(values, range):
        return values if values.step > 0 else values[::-1]
    if not hasattr(values, "__array__"):
        return None
    numbers = np.asarray(values)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iuf" or np.isnan(numbers).any():
        return None
    for direction in (numbers, numbers[::-1]):
        if (direction[:-1] < direction[1:]).all():
            return direction  # type: ignore[return-value]
    return np.unique(numbers)  # type: ignore[return-value]


def _distinct_numbers(values: Any) -> list[Any] | None:
    """Return the numbers of a list, distinct and increasing, None if it has others."""
    if not all(map(is_number, values)):
        return None
    if len(set(map(type, values))) == 1:  # else 1 and 1.0 are two values
        distinct = sorted(set(values))
    else:
        distinct = sorted(Categorical(values).choices)
    return distinct if all(a < b for a, b in pairwise(distinct)) else None


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
    decoded = [as_int(value) for value in values.tolist()]
    if len(decoded) == 1:
        return Categorical(decoded)
    return Ordered(decoded, np.concatenate([[0.0], cdf]))
