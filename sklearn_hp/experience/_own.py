"""The estimator's own parameters as a candidate of the user's space.

A tuned estimator should not be worse than the untuned one, so its parameters are the
first candidate wherever the space has them, or has all but the same: ``gamma="scale"``
is a number once the data are known, no limit of a tree's depth is a very deep tree, and
no penalty a very small one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sklearn_hp.experience._places import Place, places
from sklearn_hp.experience._quantities import Quantities
from sklearn_hp.space import SearchSpace, make_dimension, nearest_value

# A number may be so far outside of a range, as a share of its length.
_NEARLY = 1e-3


def own_params(
    estimator: Any,
    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    X: Any = None,
) -> tuple[dict[str, Any], bool] | None:
    """Return the estimator's own parameters as a candidate of a space.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    param_distributions : dict or list of dict
        The space; of several dicts, the first that has them.
    X : array-like of shape (n_samples, n_features), default=None
        The data, for parameters that are named after a rule.

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
    # whether a value could be drawn, nobody knows
    dicts = [
        one
        for one in dicts
        if all(name in own for name in one) and not SearchSpace(one).draws
    ]
    for distributions in dicts:
        try:
            wanted = {name: own[name] for name in distributions}
            return SearchSpace(distributions).canonical(wanted), True
        except ValueError:
            continue
    by_prefix = {place.prefix: place for place in places(estimator)}
    for distributions in dicts:
        near = dict(_near(own, distributions, by_prefix, X))
        if len(near) == len(distributions):
            return SearchSpace(distributions).canonical(near), False
    return None


def _near(
    own: Mapping[str, Any],
    distributions: Mapping[str, Any],
    by_prefix: Mapping[str, Place],
    X: Any,
) -> Iterator[tuple[str, Any]]:
    """Yield the names that the space has the value of, or nearly, and the value."""
    for name, values in distributions.items():
        dimension: Any = make_dimension(values)
        value = own[name]
        if not math.isnan(dimension.encode(value)):
            yield name, value
            continue
        parameter = name.rpartition("__")[2]
        place = by_prefix.get(name.removesuffix(parameter))
        if place is not None:
            if value is None and place.experience is not None:
                value = place.experience.none_means.get(parameter)
            value = _number_for(parameter, value, Quantities(place, X))
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        found, nearest = nearest_value(dimension, value)
        if found and (math.isinf(value) or _is_near(dimension, nearest, value)):
            yield name, nearest


def _is_near(dimension: Any, nearest: Any, value: float) -> bool:
    ends = [nearest_value(dimension, end)[1] for end in (-math.inf, math.inf)]
    return bool(abs(nearest - value) <= _NEARLY * (ends[1] - ends[0]))


def _number_for(parameter: str, value: Any, quantities: Quantities) -> Any:
    """Return the number that a value stands for, or the value."""
    n_features = math.sqrt(math.prod(quantities.n_features))
    if parameter == "gamma" and value == "scale":
        return math.sqrt(math.prod(quantities["1/n_features"]))
    if parameter == "gamma" and value == "auto":
        return 1 / n_features
    if parameter == "max_features" and value in ("sqrt", None):
        return 1.0 if value is None else 1 / math.sqrt(n_features)
    if parameter in ("max_depth", "max_leaf_nodes") and value is None:
        return math.inf
    return value
