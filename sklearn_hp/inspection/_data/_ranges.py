"""The range of a parameter, from each form in which libraries write it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import loguniform

from sklearn_hp.space import log_randint
from sklearn_hp.space._values import is_number

# Values that span less read well on a linear scale.
_LEAST_LOG_SPAN = 30.0


@dataclass(frozen=True)
class Range:
    """What is known of the values that a parameter may take.

    Parameters
    ----------
    low, high : float
        The ends; infinite where there is none.
    is_log : bool or None
        Whether it is meant on a logarithmic scale; None to look at the values.
    listed : tuple
        All values, in the order given, if they are listed; otherwise empty.
    """

    low: float = math.nan
    high: float = math.nan
    is_log: bool | None = None
    listed: tuple[Any, ...] = ()


def ranges_of(space: Any) -> dict[str, Range]:
    """Return the range of each parameter of a space.

    Parameters
    ----------
    space : dict, or list of dict or of (dict, int)
        ``param_grid``, ``param_distributions`` or ``search_spaces``. Branches may
        list a parameter several times.

    Returns
    -------
    ranges : dict of str -> Range
        Without those of which nothing is known.
    """
    found: dict[str, Range] = {}
    for branch in _branches(space):
        for name, entry in branch.items():
            one = range_of(entry)
            if one is not None:
                found[name] = _both(found[name], one) if name in found else one
    return found


def _branches(space: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(space, Mapping):
        return [space]
    if not isinstance(space, list | tuple):
        return []
    dicts = (one[0] if isinstance(one, tuple) else one for one in space)
    return [one for one in dicts if isinstance(one, Mapping)]


def _both(a: Range, b: Range) -> Range:
    """Return the range of a parameter of two branches."""
    listed = a.listed + tuple(v for v in b.listed if not _is_among(v, a.listed))
    is_log = a.is_log if a.is_log == b.is_log else None
    if math.isnan(a.low) or math.isnan(b.low):
        return Range(is_log=is_log, listed=listed)
    return Range(min(a.low, b.low), max(a.high, b.high), is_log, listed)


def _is_among(value: Any, listed: tuple[Any, ...]) -> bool:
    return any(value is one or repr(value) == repr(one) for one in listed)


def range_of(entry: Any) -> Range | None:
    """Return the range of one entry of a space; None if it is of no known form.

    Parameters
    ----------
    entry : object
        A list of values, or a distribution of scipy, scikit-optimize or Optuna.
    """
    if hasattr(entry, "support") and hasattr(entry, "rvs"):
        return _of_scipy(entry)
    if hasattr(entry, "choices"):  # Optuna's categories
        return _of_list(entry.choices)
    if hasattr(entry, "categories"):  # scikit-optimize's
        return _of_list(entry.categories)
    if is_number(getattr(entry, "low", None)):
        is_log = bool(
            getattr(entry, "log", getattr(entry, "prior", "") == "log-uniform")
        )
        return Range(float(entry.low), float(entry.high), is_log)
    if isinstance(entry, tuple) and entry and entry[-1] in ("uniform", "log-uniform"):
        return Range(float(entry[0]), float(entry[1]), entry[-1] == "log-uniform")
    if isinstance(entry, str) or not hasattr(entry, "__iter__"):
        return None
    return _of_list(entry)


def _of_scipy(distribution: Any) -> Range | None:
    family = getattr(distribution, "dist", distribution)
    ends = distribution.support()
    if any(np.ndim(end) for end in ends):
        return None
    is_log = isinstance(family, (type(loguniform), type(log_randint(1, 2).dist)))
    return Range(float(ends[0]), float(ends[1]), is_log)


def _of_list(values: Iterable[Any]) -> Range:
    listed = tuple(values)
    if listed and all(map(is_number, listed)):
        return Range(float(min(listed)), float(max(listed)), None, listed)
    return Range(listed=listed)


def reads_better_in_log(numbers: np.ndarray) -> bool:
    """Whether numbers lie more evenly on a logarithmic scale."""
    distinct = np.unique(numbers[np.isfinite(numbers)])
    if distinct.size < 3 or distinct[0] <= 0:
        return False
    if distinct[-1] / distinct[0] < _LEAST_LOG_SPAN:
        return False
    return _unevenness(np.log(distinct)) < _unevenness(distinct)


def _unevenness(increasing: np.ndarray) -> float:
    """Return how far numbers are from evenly spread over their range."""
    unit = (increasing - increasing[0]) / (increasing[-1] - increasing[0])
    return float(np.abs(unit - np.linspace(0, 1, unit.size)).mean())
