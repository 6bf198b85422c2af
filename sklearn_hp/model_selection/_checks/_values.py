"""Values that the estimator's ``fit`` will refuse for certain, told before the fits.

scikit-learn's estimators check their parameters first thing in ``fit``, against
constraints that can be read. Only where it is certain that this check will come, and
what it will say, is anything said here.
"""

import math
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import islice
from numbers import Integral

import numpy as np
from scipy.stats import rv_discrete
from scipy.stats.distributions import rv_frozen
from sklearn.pipeline import Pipeline

from sklearn_hp._sklearn_compat import (
    Interval,
    StrOptions,
    constraint_error,
    constraints_of_fit,
)
from sklearn_hp.model_selection._warning import warn_caller
from sklearn_hp.space._written import written

# Of a longer list, so many values are tried.
_MAX_TRIED = 100
# Quantiles of a distribution that are tried: what is rarer may fail without a word.
_QUANTILES = (np.arange(16) + 0.5) / 16
_PLAIN = (str, bool, int, float, list, tuple, np.ndarray)


def check_values(estimator, space, argument):
    """Refuse a space of values that the estimator does not take; warn of some.

    Parameters
    ----------
    estimator : estimator
        What will be fitted.
    space : dict or list of dict
        Names of parameters, with lists or distributions; checked already.
    argument : str
        What the search calls the space.

    Raises
    ------
    ValueError
        If no candidate can be fitted, because one of its values is excluded.
    """
    dicts = [space] if isinstance(space, Mapping) else space
    all_excluded, some_excluded = [], []
    for given in dicts:
        found = [
            (reason, has_others)
            for name in given
            if (owner := _owner_of(name, estimator, given)) is not None
            for reason, has_others in _excluded(argument, name, given[name], *owner)
        ]
        hopeless = [reason for reason, has_others in found if not has_others]
        all_excluded += hopeless[:1]
        some_excluded += [reason for reason, _ in found]
    if dicts and len(all_excluded) == len(dicts):
        raise ValueError(f"{all_excluded[0]} So no candidate can be fitted.")
    for reason in some_excluded:
        warn_caller(
            f"{reason} Candidates with such a value fail.",
        )


def _owner_of(name, estimator, given):
    """Return the estimator that takes a parameter, and its name there, None if unsure.

    Of what contains other estimators, only a Pipeline is sure to fit them all.
    """
    *path, parameter = name.split("__")
    prefix = ""
    for step in path:
        if type(estimator) is not Pipeline or f"{prefix}steps" in given:
            return None
        estimator = dict(estimator.steps).get(step)
        replaced_by = given.get(f"{prefix}{step}")
        if replaced_by is not None:
            if not isinstance(replaced_by, list) or len(replaced_by) != 1:
                return None
            estimator = replaced_by[0]
        prefix += f"{step}__"
    return estimator, parameter


def _excluded(argument, name, values, owner, parameter):
    """Yield what to say of values that are excluded, and whether there are others."""
    constraints = constraints_of_fit(owner).get(parameter)
    if not isinstance(constraints, list):  # none, or "no_validation"
        return
    tried, is_all = _some_of(values)
    found = [constraint_error(owner, parameter, value) for value in tried]
    errors = {
        written(value): (value, error)
        for value, error in zip(tried, found, strict=True)
        if error is not None
    }
    if not errors:
        return
    value, error = next(iter(errors.values()))
    if isinstance(values, rv_frozen):
        what = f"{argument}[{name!r}] = {written(values)} draws {value:.3g}"
        is_all = not any(
            constraint_error(owner, parameter, inside) is None
            for inside in _inside(values, constraints)
        )
    else:
        what = f"{argument}[{name!r}] has {', '.join(islice(errors, 3))}"
    remedy = _remedy(values, value, constraints)
    if isinstance(value, list | tuple | np.ndarray):
        remedy = " To try its elements, list them one by one."
    yield f"{what}. {error}{remedy}", None in found or not is_all


def _some_of(values):
    """Return plain values to try, and whether they are all that there are."""
    if isinstance(values, rv_frozen):
        library = type(values.dist).__module__.split(".")[0]
        if library not in ("scipy", "sklearn_hp") or np.ndim(values.ppf(0.5)):
            return [], False  # slow, or draws arrays
        points = values.ppf(_QUANTILES).tolist()
        if isinstance(values.dist, rv_discrete):
            points = [int(point) for point in points if point.is_integer()]
        return [point for point in points if math.isfinite(point)], True
    if hasattr(values, "rvs"):
        return [], False
    some = list(islice(iter(values), _MAX_TRIED))
    plain = [value.item() if isinstance(value, np.generic) else value for value in some]
    # nothing is asked of objects of other classes
    plain = [value for value in plain if value is None or _is_plain(value)]
    return plain, len(plain) == len(values)


def _is_plain(value):
    return type(value) in _PLAIN or issubclass(type(value), rv_frozen)


def _inside(distribution, constraints):
    """Yield values where, if anywhere, a distribution meets allowed intervals."""
    support = distribution.support()
    number = int if isinstance(distribution.dist, rv_discrete) else float
    for constraint in constraints:
        if not isinstance(constraint, Interval):
            continue
        low = max(support[0], -np.inf if constraint.left is None else constraint.left)
        high = min(support[1], np.inf if constraint.right is None else constraint.right)
        if low > high:
            continue
        if math.isfinite(low) and math.isfinite(high):
            yield from (number(low), number((low + high) / 2), number(high))
        else:
            end = next((end for end in (low, high) if math.isfinite(end)), 0)
            yield from (number(end), number(end + 1), number(end - 1))


def _remedy(values, value, constraints):
    """Return how to write what was meant, if that can be guessed."""
    if isinstance(value, rv_frozen):
        return (
            " BayesSearchCV and RandomSearchCV draw from a distribution that is given "
            "without a list around it."
        )
    if isinstance(value, str):
        options = {
            option
            for constraint in constraints
            if isinstance(constraint, StrOptions)
            for option in constraint.options
        }
        near = get_close_matches(value, options, n=2)
        return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    if not isinstance(value, float) or not any(
        isinstance(constraint, Interval) and constraint.type is Integral
        for constraint in constraints
    ):
        return _meant_ends(values)
    if not isinstance(values, rv_frozen):
        return " For whole numbers, list integers."
    low, high = values.support()
    if not (math.isfinite(low) and math.isfinite(high)):
        return " For whole numbers, use scipy.stats.randint(low, high)."
    is_log = values.dist.name == "loguniform"
    family = "sklearn_hp.space.log_randint" if is_log else "scipy.stats.randint"
    low, high = math.ceil(low), math.floor(high) + 1
    return f" For whole numbers, use {family}({low}, {high})."


def _meant_ends(values):
    """Return how to write a uniform distribution whose width was taken for its end."""
    if not isinstance(values, rv_frozen) or values.dist.name != "uniform":
        return ""
    low, high = values.support()
    width = high - low
    if not low < width:
        return ""
    return (
        f" uniform takes (low, width): for {low:g} to {width:g} write "
        f"uniform({low:g}, {width - low:g})."
    )
