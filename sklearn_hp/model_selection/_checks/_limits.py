"""Limits on a fit, as users write them."""

import math
import re
from numbers import Real

from sklearn_hp._records import Limits
from sklearn_hp._sklearn_compat import InvalidParameterError

_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_BINARY_UNITS = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SIZE = re.compile(r"(\d+\.?\d*|\.\d+)\s*([kmgt]i?)?(b|bytes)?")


def check_limits(search):
    """Return the limits on each fit of a search.

    Parameters
    ----------
    search : BaseSearch
        The search, with its `fit_timeout` and `fit_memory_limit`.

    Returns
    -------
    limits : Limits
        Infinite where a parameter is None.

    Raises
    ------
    InvalidParameterError
        A ValueError and a TypeError, as scikit-learn raises for other parameters.
    """
    seconds, n_bytes = math.inf, math.inf
    if search.fit_timeout is not None:
        seconds = _positive(search.fit_timeout)
        if seconds is None:
            raise _refused(
                search, "fit_timeout", "a positive number of seconds, such as 60"
            )
    if search.fit_memory_limit is not None:
        n_bytes = _positive(_number_of_bytes(search.fit_memory_limit))
        if n_bytes is None:
            raise _refused(
                search,
                "fit_memory_limit",
                "a positive number of bytes, or a string such as '4GiB' or '500 MB'",
            )
    return Limits(seconds, n_bytes)


def _positive(value):
    """Return the number as a float; None if it is none that can be a limit."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return None
    return float(value) if 0 < value < math.inf else None


def _number_of_bytes(size):
    """Return the number of bytes that a string names; anything else as it is."""
    found = isinstance(size, str) and _SIZE.fullmatch(size.strip().lower())
    if not found:
        return size
    number, unit, _ = found.groups(default="")
    return float(number) * {**_UNITS, **_BINARY_UNITS}[unit]


def _refused(search, name, expected):
    return InvalidParameterError(
        f"The {name!r} parameter of {type(search).__name__} must be {expected}, or "
        f"None for no limit. Got {getattr(search, name)!r} instead."
    )
