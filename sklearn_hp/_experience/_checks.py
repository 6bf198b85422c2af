"""What `suggest_space` refuses or warns of, and how it says so."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np

from sklearn_hp._experience._measurement import numbers
from sklearn_hp._experience._places import Place
from sklearn_hp._experience._problem import Problem, length
from sklearn_hp._experience._store import load
from sklearn_hp._sklearn_compat import Interval, parameter_constraints


def check_count(name: str, given: Any) -> None:
    """Make sure that a number of rows or columns is one."""
    if given is None:
        return
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise TypeError(
            f"{name} must be an integer, got {short(given)}. Leave it out if it is "
            f"not known."
        )
    if given < 1:
        raise ValueError(
            f"{name} must be positive, got {given}. Leave it out if it is not known."
        )


def no_estimator(given: Any) -> str:
    """Return what to say of what is no estimator."""
    remedy = f" Pass {given.__name__}()." if isinstance(given, type) else ""
    return (
        f"estimator must be an instance of an estimator, a Pipeline for example, got "
        f"{short(given)}.{remedy}"
    )


def check_data(problem: Problem, is_regression: bool) -> None:
    """Make sure that data that are given can be used."""
    X, y = problem.X, problem.y
    if X is not None and problem.n_samples is None:
        raise TypeError(
            f"X must be array-like of shape (n_samples, n_features), got {short(X)}. "
            f"Leave it out if the data are not known."
        )
    if y is None:
        return
    if X is not None and length(y) != problem.n_samples:
        raise ValueError(
            f"y must have a value for each of the {problem.n_samples} rows of X, got "
            f"{'none' if length(y) is None else length(y)}."
        )
    if is_regression and _is_text(y):
        raise TypeError(f"y of a regressor must be numbers, got {short(y)}.")


def _is_text(y: Any) -> bool:
    """Whether a target is text that is no number."""
    try:
        values = np.asarray(y)
    except (TypeError, ValueError, RuntimeError):  # on a device
        return False
    is_some = values.dtype.kind in "USO" and values.size > 0
    return is_some and not numbers(values).size and isinstance(values.flat[0], str)


def warn_of_gaps(
    problem: Problem, space: Mapping[str, Any], found: list[Place]
) -> None:
    """Say where a range is wide because something of the data is not known."""
    if problem.failures:
        warnings.warn(
            f"{_short_text(problem.failures[0], 200)} So ranges are wider than they "
            f"need be.",
            UserWarning,
            stacklevel=3,
        )
    by_y = [
        place.prefix + name
        for place in found
        if place.experience is not None
        and (place.wrapper is None or place.wrapper.transformer is None)
        for name, quantity in place.experience.relative_to.items()
        if quantity.startswith("y_") and place.prefix + name in space
    ]
    is_unknown = problem.y is None or not numbers(problem.y).size
    if by_y and problem.X is not None and is_unknown:
        remedy = "give y too" if problem.y is None else "give y as numpy array"
        warnings.warn(
            f"Good values of {' and '.join(by_y)} depend on the scale of the target, "
            f"which is taken to be about 1: {remedy}.",
            UserWarning,
            stacklevel=3,
        )


def short(given: Any) -> str:
    """Return a value and its type, for a message."""
    return f"{_short_text(repr(given))} of type {type(given).__name__}"


def _short_text(text: str, length: int = 120) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 3]}..."


def unknown(estimator: Any, found: list[Place]) -> str:
    """Return what to say where nothing is known."""
    place = found[0]
    known = ", ".join(sorted({experience.name for experience in load().values()}))
    name = type(place.estimator).__name__
    inside = f", in {type(estimator).__name__}," if place.prefix else ""
    return (
        f"suggest_space knows no parameters of {name}{inside} to search. Write the "
        f"space by hand: a dict that has, for the name of each parameter to search, a "
        f"distribution of scipy.stats or a list of values{_by_hand(place)} The "
        f"estimators whose parameters it knows are {known}."
    )


# Numbers that are not for tuning.
_TECHNICAL = {"tol", "cache_size", "eps", "validation_fraction", "quantile"}


def _by_hand(place: Place) -> str:
    """Return an example with numbers among an estimator's parameters, if there are."""
    entries = []
    allowed = parameter_constraints(place.estimator)
    for name, value in place.estimator.get_params(deep=False).items():
        if name in _TECHNICAL or not isinstance(value, float) or not value > 0:
            continue
        # A decade to each side is a sensible first range for most positive numbers, cut
        # to what the estimator accepts.
        low, high = value / 10, value * 10
        for interval in allowed.get(name, []):
            if isinstance(interval, Interval) and interval.is_satisfied_by(value):
                low = max(low, interval.left or low)
                high = min(high, interval.right or high)
        if low < high < math.inf:
            written = f"scipy.stats.loguniform({low:g}, {high:g})"
            entries.append(f"{place.prefix + name!r}: {written}")
    return f", for example {{{', '.join(entries[:3])}}}." if entries else "."
