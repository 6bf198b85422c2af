"""Spaces for known estimators: what practitioners tune, where good values lay."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.base import is_regressor

from sklearn_hp._experience._checks import (
    check_count,
    check_data,
    no_estimator,
    short,
    unknown,
    warn_of_gaps,
)
from sklearn_hp._experience._places import Place, places
from sklearn_hp._experience._preprocessing import preprocessing_space
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._quantities import (
    COUNTS_ROWS,
    Quantities,
    least_of,
    most_for,
)
from sklearn_hp._experience._store import Experience
from sklearn_hp._experience._units import number_for
from sklearn_hp.space import log_randint
from sklearn_hp.space._values import is_number, same_value
from sklearn_hp.space._written import written


class _Space(dict):
    """A dict of parameter names that prints as it would be written.

    A plain dict prints a frozen distribution as the address of an object, and people
    have to read the space to judge it.
    """

    def __repr__(self) -> str:
        lines = [f"    {name!r}: {written(values)}," for name, values in self.items()]
        return "\n".join(["{", *lines, "}"])

    def copy(self) -> _Space:
        return _Space(self)

    def __or__(self, other: Mapping[str, Any]) -> _Space:  # type: ignore[override]
        return _Space({**self, **other})

    def __ror__(self, other: Mapping[str, Any]) -> _Space:  # type: ignore[override]
        return _Space({**other, **self})


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

    The ranges are where the best candidates lay on some forty data sets: 95 % of the
    best 5 % of several hundred random ones [1]_. They are wide. Parameters that hardly
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
        If `n_samples` or `n_features` is not positive; if `X` and `y` differ in length.

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
    .. [1] ``benchmarks/experience`` of this project has the data sets and all scores.

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
        raise TypeError(no_estimator(estimator))
    for name, number in {"n_samples": n_samples, "n_features": n_features}.items():
        check_count(name, number)
    if not isinstance(preprocessing, bool | np.bool_):
        raise TypeError(
            f"preprocessing must be True or False, got {short(preprocessing)}."
        )
    found = list(places(estimator))
    if all(place.experience is None for place in found):
        raise ValueError(unknown(estimator, found))
    space = _Space(preprocessing_space(estimator) if preprocessing else {})
    found = [place for place in found if place.experience is not None]
    problem = Problem(X, y)
    check_data(problem, any(is_regressor(place.estimator) for place in found))
    if n_samples is None:
        n_samples = problem.n_samples
    for place in found:
        assert place.experience is not None
        quantities = Quantities(place, problem, n_features)
        space.update(_space_at(place, place.experience, quantities, n_samples))
    warn_of_gaps(problem, space, found)
    return space


def _space_at(
    place: Place, experience: Experience, quantities: Quantities, n_samples: int | None
) -> dict[str, Any]:
    """Return the space of one estimator."""
    own = experience.params_of(place.estimator)
    # A parameter that matters only with another value of one that is searched, too,
    # stays in: some candidates have that value.
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
                # More steps want shorter ones.
                times = _times_more(experience, steps, own.get(steps))
                known["low"] /= times**power
        if name in COUNTS_ROWS and n_samples is not None:
            most = most_for(name, n_samples)
            number = number_for(name, own[name], quantities)
            if is_number(number) and most < number <= min(n_samples, known["high"]):
                most = number  # the space should have the estimator's current value
            # Not below from 1 to 2: with a handful of rows the learnt range would be
            # empty.
            known["high"] = max(min(known["high"], most), 2 * least_of(name))
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
