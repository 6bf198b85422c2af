"""The estimator's own parameters as a candidate of the user's space.

A tuned estimator should not be worse than the untuned one, so its parameters are the
first candidate wherever the space has them, or has all but the same: ``gamma="scale"``
is a number once the data are known, no limit of a tree's depth is a deep tree, and no
penalty a very small one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sklearn.decomposition import PCA

from sklearn_hp._experience._places import Place, places
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._quantities import Quantities
from sklearn_hp._experience._units import (
    UNLIMITED,
    has_counts,
    in_units_of,
    number_for,
)
from sklearn_hp.space import SearchSpace
from sklearn_hp.space._entries import make_dimension
from sklearn_hp.space._nearest import nearest_value
from sklearn_hp.space._values import is_number

# A number may differ by so much of itself: less than folds can tell.
_NEARLY = 0.01
# A penalty that is so much smaller than the largest of its range is as good as none.
_AS_GOOD_AS_NONE = 0.01


def own_params(
    estimator: Any,
    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    problem: Problem,
) -> tuple[dict[str, Any], bool] | None:
    """Return the estimator's own parameters as a candidate of a space.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    param_distributions : dict or list of dict
        The space; of several dicts, the first that has them.
    problem : Problem
        For parameters that are named after a rule.

    Returns
    -------
    params : dict
        The candidate.
    exact : bool
        Whether it has the very values of the estimator, not others that mean nearly
        the same. None is returned instead of both if the space has neither.
    """
    own = estimator.get_params()
    dicts = param_distributions
    if isinstance(dicts, Mapping):
        dicts = [dicts]
    known = {
        place.prefix: (place, Quantities(place, problem)) for place in places(estimator)
    }
    # A dict that has the very values wins over an earlier one that nearly has them.
    nearly = None
    for distributions in dicts:
        if not all(name in own for name in distributions):
            continue
        space = SearchSpace(distributions)
        if space.draws:  # whether it has a value, nobody knows
            continue
        found = dict(_find_values(own, distributions, known))
        if len(found) < len(distributions):
            continue
        params = space.canonical({name: value for name, (value, _) in found.items()})
        if all(exact for _, exact in found.values()):
            return params, True
        nearly = params if nearly is None else nearly
    return None if nearly is None else (nearly, False)


def _find_values(
    own: Mapping[str, Any],
    distributions: Mapping[str, Any],
    known: Mapping[str, tuple[Place, Quantities]],
) -> Iterator[tuple[str, tuple[Any, bool]]]:
    """Yield the names that the space has the own value of, or nearly; and the value."""
    for name, values in distributions.items():
        dimension: Any = make_dimension(values)
        parameter = name.rpartition("__")[2]
        found = None
        prefix = name.removesuffix(parameter)
        if prefix in known:
            found = _find_value(dimension, parameter, own[name], *known[prefix])
        elif not math.isnan(dimension.encode(own[name])):
            found = own[name], True
        elif own[name] is None and _is_share_of_variance(name, own, dimension):
            found = _nearly(dimension, parameter, 1.0)
        if found is not None:
            yield name, found


def _is_share_of_variance(name: str, own: Mapping[str, Any], dimension: Any) -> bool:
    """Whether a parameter is that of PCA, and the space has shares, not numbers."""
    step, _, parameter = name.rpartition("__")
    is_pca = parameter == "n_components" and isinstance(own.get(step), PCA)
    return is_pca and has_counts(dimension) is False


def _find_value(
    dimension: Any, parameter: str, own: Any, place: Place, quantities: Quantities
) -> tuple[Any, bool] | None:
    """Return the own value or what is all but the same, and whether it is the own."""
    value = in_units_of(dimension, parameter, own, quantities)
    if not math.isnan(dimension.encode(value)):
        return value, value is own
    if own is None and place.experience is not None:
        value = place.experience.none_means.get(parameter)
    # Twice in the units of the space: before, an equal value is the own one; after, the
    # number that a rule stands for is a share or a count of its own.
    value = number_for(parameter, value, quantities)
    value = in_units_of(dimension, parameter, value, quantities)
    return _nearly(dimension, parameter, value)


def _nearly(dimension: Any, parameter: str, value: Any) -> tuple[Any, bool] | None:
    """Return what of a dimension means nearly the same as a number, and False."""
    if not is_number(value):
        return None
    found, nearest = nearest_value(dimension, value)
    if found and _is_near(dimension, parameter, nearest, value):
        return nearest, False
    return None


def _is_near(dimension: Any, parameter: str, nearest: Any, value: float) -> bool:
    if math.isinf(value):
        return bool(nearest >= UNLIMITED.get(parameter, math.inf))
    if value == 0:
        largest = nearest_value(dimension, math.inf)[1]
        return bool(0 < nearest <= _AS_GOOD_AS_NONE * largest < math.inf)
    return bool(abs(nearest - value) <= _NEARLY * abs(value))
