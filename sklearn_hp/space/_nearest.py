"""The value of one entry of ``param_distributions`` that is closest to a given one."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_hp.space._dimension import Drawn, Ordered
from sklearn_hp.space._range import Continuous, ManyIntegers
from sklearn_hp.space._values import is_number

# Lists that span so much, as [0.1, 1, 10], are compared by ratios.
_WIDE = 10.0


def nearest_value(
    dimension: Any, wanted: Any, none_is_unlimited: bool = False
) -> tuple[bool, Any]:
    """Return the value of a dimension that is closest to a given one.

    Parameters
    ----------
    dimension : object
        As `make_dimension` returns it.
    wanted : object
        A number is moved to the nearest end of what is searched of a range, and to the
        nearest number of a list, by ratio in a list over a decade or more; a tuple of
        numbers, as layers, to the tuple that is most alike, or like its first where
        there are numbers only; anything else must be listed.
    none_is_unlimited : bool, default=False
        Whether a listed None counts as twice the largest number of the list.

    Returns
    -------
    found : bool
        Whether there is a value that can stand for it.
    value : object
        That value, None if there is none. Of a list, the very object listed.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn_hp.space._entries import make_dimension
    >>> from sklearn_hp.space._nearest import nearest_value
    >>> nearest_value(make_dimension(loguniform(0.01, 100)), 1000)
    (True, 100.0)
    >>> nearest_value(make_dimension([1, 10, 100]), 40)
    (True, 100)
    >>> nearest_value(make_dimension([None, 2, 4]), 50, none_is_unlimited=True)
    (True, None)
    >>> nearest_value(make_dimension(["rbf", "poly"]), "linear")
    (False, None)
    """
    if isinstance(dimension, Drawn):
        return False, None
    if _is_sizes(wanted) and not any(map(_is_sizes, _listed(dimension))):
        wanted = wanted[0]  # one layer may be given as a number
    if isinstance(dimension, Continuous | ManyIntegers):
        return _nearest_in_range(dimension, wanted)
    if isinstance(dimension, Ordered):
        return _nearest_number(dimension.values, wanted)
    index = dimension.encode(wanted)
    if not math.isnan(index):
        return True, dimension.decode(index)
    if not is_number(wanted):
        return _nearest_tuple(dimension.choices, wanted)
    # among choices that are no numbers, such as "auto", numbers still have an order
    numbers = sorted(choice for choice in dimension.choices if is_number(choice))
    if none_is_unlimited and any(choice is None for choice in dimension.choices):
        unlimited = 2 * max(numbers, default=1)
        _, number = _nearest_number([*numbers, unlimited], wanted)
        return True, None if number == unlimited else number
    return _nearest_number(numbers, wanted)


def middle_value(dimension: Any) -> Any:
    """Return the median of a range, or the middle one of a list.

    Parameters
    ----------
    dimension : object
        As `make_dimension` returns it, but not one that can only be drawn from.

    Returns
    -------
    value : object
        The value.
    """
    return dimension.decode(dimension.n_choices // 2 if dimension.n_choices else 0.5)


def _listed(dimension: Any) -> Sequence[Any]:
    return getattr(dimension, "choices", ())


def _nearest_in_range(
    dimension: Continuous | ManyIntegers, wanted: Any
) -> tuple[bool, Any]:
    if not is_number(wanted):
        return False, None
    searched = [dimension.decode(u) for u in dimension.snap(np.array([0.0, 1.0]))]
    low, high = (
        end if math.isfinite(end) else last
        for end, last in zip(dimension.support, searched, strict=True)
    )
    # What is inside was good for this very estimator, be it an end, as no penalty at
    # all. What is outside is moved to where others are proposed: the end itself may be
    # what the estimator does not take.
    value = float(wanted)
    if not low <= wanted <= high:
        value = float(min(max(wanted, searched[0]), searched[1]))
    if isinstance(dimension, ManyIntegers):  # not round: it may have a loc of 0.5
        u = dimension.encode(value)
        if math.isnan(u):
            u = dimension.distribution.cdf(value)
        value = dimension.decode(float(dimension.snap(np.array([u]))[0]))
    return True, value


def _nearest_number(numbers: Sequence[Any], wanted: Any) -> tuple[bool, Any]:
    """Return the nearest of increasing numbers."""
    if not is_number(wanted) or len(numbers) == 0:
        return False, None
    above = bisect(numbers, wanted)
    if above in (0, len(numbers)):
        return True, numbers[min(above, len(numbers) - 1)]
    low, high = numbers[above - 1 : above + 1]
    if numbers[0] > 0 and numbers[-1] >= _WIDE * numbers[0]:
        is_low = math.log(wanted) - math.log(low) <= math.log(high) - math.log(wanted)
    else:
        is_low = wanted - low <= high - wanted
    return True, low if is_low else high


def _nearest_tuple(choices: Sequence[Any], wanted: Any) -> tuple[bool, Any]:
    """Return the tuple of about the same length whose numbers are most alike."""
    tuples = [choice for choice in choices if _is_sizes(choice)]
    if not _is_sizes(wanted) or not tuples:
        return False, None

    # One layer more or less weighs as much as all layers twice or half as wide.
    def distance(sizes: Any) -> float:
        ratios = [abs(math.log2(a / b)) for a, b in zip(sizes, wanted, strict=False)]
        return abs(len(sizes) - len(wanted)) + sum(ratios) / len(ratios)

    return True, min(tuples, key=distance)


def _is_sizes(value: Any) -> bool:
    """Whether a value is a tuple or list of positive numbers, as layers are."""
    return (
        isinstance(value, tuple | list)
        and len(value) > 0
        and all(is_number(size) and size > 0 for size in value)
    )
