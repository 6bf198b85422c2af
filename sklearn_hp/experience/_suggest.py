"""Spaces for known estimators: what practitioners tune, where good values lay."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.base import is_regressor

from sklearn_hp._sklearn_compat import Interval
from sklearn_hp.experience._places import Place, places
from sklearn_hp.experience._preprocessing import preprocessing_space
from sklearn_hp.experience._problem import Problem, length, numbers
from sklearn_hp.experience._quantities import COUNTS_ROWS, Quantities, most_for
from sklearn_hp.experience._store import Experience, load
from sklearn_hp.experience._units import number_for
from sklearn_hp.space import log_randint
from sklearn_hp.space._dimension import is_number, same_value


class _Space(dict):
    """A dict of parameter names that prints as it would be written."""

    def __repr__(self) -> str:
        lines = [f"    {name!r}: {_written(values)}," for name, values in self.items()]
        return "\n".join(["{", *lines, "}"])

    def copy(self) -> _Space:
        return _Space(self)

    def __or__(self, other: Mapping[str, Any]) -> _Space:  # type: ignore[override]
        return _Space({**self, **other})


def _written(values: Any) -> str:
    """Return how to write the values of a parameter."""
    if not hasattr(values, "dist"):
        return repr(values)
    given = [_number(arg) for arg in values.args]
    given += [f"{name}={_number(value)}" for name, value in values.kwds.items()]
    return f"{values.dist.name}({', '.join(given)})"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def suggest_space(
    estimator: Any,
    X: Any = None,
    y: Any = None,
    *,
    n_samples: int | None = None,
    n_features: int | None = None,
    preprocessing: bool = False,
) -> dict[str, Any]:
    """Suggest which parameters of an estimator to search, and over which values.

    The ranges are where the best candidates lay on some forty tables: 95 % of the best
    5 % of several hundred random ones [1]_. They are wide. Parameters that hardly
    matter are left out, as are those that only cost time, such as the number of trees
    in a forest.

    Read more in the :ref:`User Guide <start_points>`. Example:
    :ref:`sphx_glr_gallery_plot_suggested_space.py`.

    Parameters
    ----------
    estimator : estimator
        What is to be tuned: a known estimator, or a Pipeline, a meta-estimator or an
        ensemble of different ones that holds any. Names get their prefixes.
    X : array-like of shape (n_samples, n_features), default=None
        The data, from which `n_samples` and `n_features` are taken. Where a range
        depends on the features, the steps before the estimator are fitted to 1,000 rows
        or fewer.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target. Some penalties of regressors are weighed against its scale. None
        for a target of the order of one, or one that is scaled by a
        `TransformedTargetRegressor`.
    n_samples : int, default=None
        Number of rows to be trained on; sizes of leaves, batches and neighbourhoods
        stay below. None if it is large or unknown.
    n_features : int, default=None
        Number of features that reach the estimator. None for anything from 5 to 100.
    preprocessing : bool, default=False
        Whether to search the steps before the estimator too: imputation, feature
        selection, PCA, encoders of categories, splines and words.

    Returns
    -------
    space : dict of str -> frozen scipy.stats distribution or list
        The ``param_distributions`` of any search, scikit-learn's RandomizedSearchCV
        included. Change what you know better.

    Raises
    ------
    TypeError
        If a class is given, or no estimator; if `X` has no rows to count; if `y` of a
        regressor is text; if `n_samples` or `n_features` is no integer.
    ValueError
        If nothing is known of the estimator; the message has how to write the space.
        If `n_samples` or `n_features` is not positive; if `y` has not the length of
        `X`.

    Warns
    -----
    UserWarning
        If a range depends on what is not known of the data: `X` is given and not `y`,
        or the steps before the estimator cannot be fitted.

    See Also
    --------
    BayesSearchCV : Starts from what is known without being told.

    References
    ----------
    .. [1] ``benchmarks/experience`` of this project has the tables and all scores.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import suggest_space
    >>> pipe = make_pipeline(StandardScaler(), SVC())
    >>> suggest_space(pipe, n_features=20)
    {
        'svc__C': loguniform(...),
        'svc__gamma': loguniform(...),
        'svc__class_weight': [None, 'balanced'],
    }
    """
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise TypeError(_no_estimator(estimator))
    for name, number in {"n_samples": n_samples, "n_features": n_features}.items():
        _check_count(name, number)
    if not isinstance(preprocessing, bool | np.bool_):
        raise TypeError(
            f"preprocessing must be True or False, got {_short(preprocessing)}."
        )
    found = list(places(estimator))
    if all(place.experience is None for place in found):
        raise ValueError(_unknown(estimator, found))
    space = _Space(preprocessing_space(estimator) if preprocessing else {})
    found = [place for place in found if place.experience is not None]
    problem = Problem(X, y)
    _check_data(problem, any(is_regressor(place.estimator) for place in found))
    if n_samples is None:
        n_samples = problem.n_samples
    for place in found:
        assert place.experience is not None
        quantities = Quantities(place, problem, n_features)
        space.update(_space_at(place, place.experience, quantities, n_samples))
    _warn_of_gaps(problem, space, found)
    return space


def _space_at(
    place: Place, experience: Experience, quantities: Quantities, n_samples: int | None
) -> dict[str, Any]:
    """Return the space of one estimator."""
    own = experience.params_of(place.estimator)
    fixed = {k: v for k, v in own.items() if k not in experience.suggested}
    space: dict[str, Any] = {}
    for name in experience.suggested:
        if name not in own or not experience.applies(name, fixed):
            continue
        known = dict(experience.ranges[name])
        if "choices" in known:
            space[place.prefix + name] = _with_own(known["choices"], own[name])
            continue
        if name in experience.relative_to:
            low, high = quantities[experience.relative_to[name]]
            known["low"] *= low
            known["high"] *= high
        for rate, steps, power in experience.products:
            if rate == name:
                times = _times_more(experience, steps, own.get(steps))
                known["low"] /= times**power  # more steps want shorter ones
        if name in COUNTS_ROWS and n_samples is not None:
            most = most_for(name, n_samples)
            number = number_for(name, own[name], quantities)
            if is_number(number) and most < number <= min(n_samples, known["high"]):
                most = number  # the estimator as it is should be in its space
            known["high"] = max(min(known["high"], most), 2)
            known["low"] = min(known["low"], known["high"] / 2)
        space[place.prefix + name] = _distribution(known)
    return space


def _times_more(experience: Experience, steps: str, own: Any) -> float:
    """Return how many times more steps an estimator takes than were learnt from."""
    most = experience.ranges.get(steps, {}).get("high", experience.fixed.get(steps))
    return own / most if most is not None and is_number(own) and own > most else 1.0


def _with_own(choices: list[Any], own: Any) -> list[Any]:
    """Return choices, the estimator's own among them."""
    listed = [tuple(c) if isinstance(c, list) else c for c in choices]
    if any(same_value(own, one) for one in listed):
        return listed
    return [own, *listed]


def _distribution(known: Mapping[str, Any]) -> Any:
    """Return the distribution over a range."""
    low, high = known["low"], known["high"]
    if known["integer"]:
        make = log_randint if known["log"] else randint
        return make(int(low), int(high) + 1)
    low, high = _readable(low, math.floor), _readable(high, math.ceil)
    if known["log"]:
        return loguniform(low, high)
    return uniform(low, _float(high - low))


def _readable(value: float, rounded: Any) -> float:
    """Return a number with two digits, rounded outward."""
    if value == 0:
        return 0.0
    digits = 1 - math.floor(math.log10(abs(value)))
    return _float(rounded(value * 10.0**digits) / 10.0**digits)


def _float(value: float) -> float:
    """Return a number without the digits that arithmetic adds to short ones."""
    return float(np.format_float_positional(value, precision=6, fractional=False))


def _check_count(name: str, given: Any) -> None:
    """Make sure that a number of rows or columns is one."""
    if given is None:
        return
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise TypeError(
            f"{name} must be an integer, got {_short(given)}. Leave it out if it is "
            f"not known."
        )
    if given < 1:
        raise ValueError(
            f"{name} must be positive, got {given}. Leave it out if it is not known."
        )


def _no_estimator(given: Any) -> str:
    remedy = f" Pass {given.__name__}()." if isinstance(given, type) else ""
    return (
        f"estimator must be an instance of an estimator, a Pipeline for example, got "
        f"{_short(given)}.{remedy}"
    )


def _check_data(problem: Problem, is_regression: bool) -> None:
    """Make sure that data that are given can be used."""
    X, y = problem.X, problem.y
    if X is not None and problem.n_samples is None:
        raise TypeError(
            f"X must be array-like of shape (n_samples, n_features), got {_short(X)}. "
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
        raise TypeError(f"y of a regressor must be numbers, got {_short(y)}.")


def _is_text(y: Any) -> bool:
    """Whether a target is text that is no number."""
    try:
        values = np.asarray(y)
    except (TypeError, ValueError, RuntimeError):  # on a device
        return False
    is_some = values.dtype.kind in "USO" and values.size > 0
    return is_some and not numbers(values).size and isinstance(values.flat[0], str)


def _warn_of_gaps(
    problem: Problem, space: Mapping[str, Any], found: list[Place]
) -> None:
    """Say where a range is wide because something of the data is not known."""
    if problem.failures:
        failure = problem.failures[0]
        warnings.warn(
            f"The steps before the estimator could not be fitted to rows of X, so that "
            f"ranges are wider than they need be. {type(failure).__name__}: "
            f"{_short_text(str(failure))}",
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


def _short(given: Any) -> str:
    """Return a value and its type, for a message."""
    return f"{_short_text(repr(given))} of type {type(given).__name__}"


def _short_text(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:117]}..."


def _unknown(estimator: Any, found: list[Place]) -> str:
    """Return what to say where nothing is known."""
    unknown = found[0]
    known = ", ".join(sorted({experience.name for experience in load().values()}))
    name = type(unknown.estimator).__name__
    inside = f", in {type(estimator).__name__}," if unknown.prefix else ""
    return (
        f"suggest_space knows no parameters of {name}{inside} to search. Write the "
        f"space by hand: a dict that has, for the name of each parameter to search, a "
        f"distribution of scipy.stats or a list of values{_by_hand(unknown)} The "
        f"estimators whose parameters it knows are {known}."
    )


# Numbers that are not for tuning.
_TECHNICAL = {"tol", "cache_size", "eps", "validation_fraction", "quantile"}


def _by_hand(place: Place) -> str:
    """Return an example with numbers among an estimator's parameters, if there are."""
    entries = []
    allowed = getattr(place.estimator, "_parameter_constraints", {})
    for name, value in place.estimator.get_params(deep=False).items():
        if name in _TECHNICAL or not isinstance(value, float) or not value > 0:
            continue
        low, high = value / 10, value * 10
        for interval in allowed.get(name, []):
            if isinstance(interval, Interval) and interval.is_satisfied_by(value):
                low = max(low, interval.left or low)
                high = min(high, interval.right or high)
        if low < high < math.inf:
            written = f"scipy.stats.loguniform({_float(low):g}, {_float(high):g})"
            entries.append(f"{place.prefix + name!r}: {written}")
    return f", for example {{{', '.join(entries[:3])}}}." if entries else "."
