"""The value of one entry of ``param_distributions`` that is closest to a given one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sklearn_hp.space._dimension import (
    Categorical,
    Continuous,
    Drawn,
    ManyIntegers,
    is_number,
    make_dimension,
)

# Lists that span so much, as [0.1, 1, 10], are compared by ratios.
_WIDE = 10.0


def nearest_value(values: Any, wanted: Any) -> tuple[bool, Any]:
    """Return the value that an entry of ``param_distributions`` has closest to one.

    Parameters
    ----------
    values : frozen scipy.stats distribution or sequence
        The entry.
    wanted : object
        A number is moved to the nearest end of a range and to the nearest number of a
        list, by ratio in a list over a decade or more; a tuple of numbers, as layers,
        to the tuple that is most alike; anything else must be listed.

    Returns
    -------
    found : bool
        Whether there is a value that can stand for it.
    value : object
        That value, None if there is none. Of a list, the very object listed.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn_hp.space import nearest_value
    >>> nearest_value(loguniform(0.01, 100), 1000)
    (True, 100.0)
    >>> nearest_value([1, 10, 100], 40)
    (True, 100)
    >>> nearest_value(["rbf", "poly"], "linear")
    (False, None)
    """
    dimension = make_dimension(values)
    if isinstance(dimension, Drawn):
        return False, None
    if isinstance(dimension, Continuous):
        if not is_number(wanted):
            return False, None
        low, high = dimension.support
        value = float(min(max(wanted, low), high))
        if isinstance(dimension, ManyIntegers):
            value = round(value)
        return True, value
    if not isinstance(dimension, Categorical):
        return _nearest_number(dimension.values, wanted)
    index = dimension.encode(wanted)
    if not math.isnan(index):
        return True, dimension.decode(index)
    if is_number(wanted):
        numbers = [choice for choice in dimension.choices if is_number(choice)]
        return _nearest_number(numbers, wanted)
    return _nearest_tuple(dimension.choices, wanted)


def _nearest_number(numbers: Sequence[Any], wanted: Any) -> tuple[bool, Any]:
    if not is_number(wanted) or not numbers:
        return False, None
    by_ratio = wanted > 0 and min(numbers) > 0 and max(numbers) >= _WIDE * min(numbers)

    def distance(number: Any) -> float:
        return abs(math.log(number / wanted)) if by_ratio else abs(number - wanted)

    return True, min(numbers, key=distance)


def _nearest_tuple(choices: Sequence[Any], wanted: Any) -> tuple[bool, Any]:
    """Return the tuple of about the same length whose numbers are most alike."""
    tuples = [choice for choice in choices if _is_sizes(choice)]
    if not _is_sizes(wanted) or not tuples:
        return False, None

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
