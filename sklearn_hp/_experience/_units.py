"""Values in the units of another space or estimator.

To scikit-learn 1 is one feature or row and 1.0 all of them, some parameters are named
after a rule, such as ``gamma="scale"``, and None is no limit or a default.
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

from sklearn_hp._experience._quantities import Quantities
from sklearn_hp.space._dimension import Ordered
from sklearn_hp.space._range import Continuous, ManyIntegers
from sklearn_hp.space._values import is_number

# What an integer counts, and a float is a share of.
_SHARES = {
    "max_features": "n_features",
    "min_samples_leaf": "n_samples",
    "min_samples_split": "n_samples",
}
# Where None stands for no limit, and from what on a number is as good as none. A tree
# of ten levels can have 1,024 leaves, more than the data sets learnt from have rows.
UNLIMITED = {"max_depth": 10, "max_leaf_nodes": 100}
# MLPClassifier's batch_size="auto"
_AUTO_BATCH = 200


def in_units_of(
    dimension: Any, parameter: str, value: Any, quantities: Quantities
) -> Any:
    """Return a count for a share, or a share for a count, as the space has them.

    Parameters
    ----------
    dimension : object
        As `make_dimension` returns it.
    parameter : str
        The name of the parameter, without prefix.
    value : object
        A value of it; other than numbers are left alone, and so are other parameters.
    quantities : Quantities
        Of the data, for the number of features or rows.

    Returns
    -------
    value : object
        An int where the space has nothing but integers, a float where it has others.
    """
    if parameter not in _SHARES or not is_number(value):
        return value
    # 1.0 is all features and 1 is one of them, so a value in the wrong unit would be
    # far off, or invalid.
    counts = has_counts(dimension)
    if counts is None or counts == isinstance(value, Integral):
        return value
    total = quantities.total(_SHARES[parameter])
    return max(1, round(value * total)) if counts else value / total


def has_counts(dimension: Any) -> bool | None:
    """Whether all numbers of a dimension are integers, None if it has no numbers."""
    if isinstance(dimension, Continuous | ManyIntegers):
        return isinstance(dimension, ManyIntegers)
    if isinstance(dimension, Ordered) and dimension.levels is None:
        return isinstance(dimension.values[0], Integral)  # a long list is of one type
    listed = getattr(dimension, "values", getattr(dimension, "choices", ()))
    numbers = [value for value in listed if is_number(value)]
    return all(isinstance(number, Integral) for number in numbers) if numbers else None


def nearest_rule(
    dimension: Any, parameter: str, value: Any, quantities: Quantities
) -> Any:
    """Return the listed rule, as "sqrt", that stands for the nearest number.

    Parameters are those of `in_units_of`. Return the value itself if it is no number,
    or if numbers are listed.
    """
    listed = getattr(dimension, "choices", ())
    if not is_number(value) or value <= 0 or any(map(is_number, listed)):
        return value
    numbers = [number_for(parameter, choice, quantities) for choice in listed]
    # By ratio, as these are on logarithmic scales. The index breaks ties, so that
    # values, which may not be comparable, are never compared.
    found = [
        (abs(math.log(number / value)), index)
        for index, number in enumerate(numbers)
        if is_number(number) and 0 < number < math.inf
    ]
    return listed[min(found)[1]] if found else value


def number_for(parameter: str, value: Any, quantities: Quantities) -> Any:
    """Return the number that a value stands for on these data.

    Parameters
    ----------
    parameter : str
        The name of the parameter, without prefix.
    value : object
        A value of it.
    quantities : Quantities
        Of the data; they are looked at where a rule needs them.

    Returns
    -------
    value : object
        A number, infinite for no limit, or what was given if it stands for none.
    """
    is_rule = isinstance(value, str)
    if parameter == "gamma" and is_rule and quantities.x_var is not None:
        n_features = quantities.total("n_features")
        rules = {"scale": quantities["1/(n_features*x_var)"][0], "auto": 1 / n_features}
        return rules.get(value, value)
    if parameter == "max_features" and value is None:
        return 1.0
    if parameter == "max_features" and is_rule:
        n_features = quantities.total("n_features")
        rules = {"sqrt": math.sqrt(n_features), "log2": math.log2(n_features)}
        return rules[value] / n_features if value in rules else value
    if parameter == "batch_size" and is_rule and value == "auto":
        return int(min(_AUTO_BATCH, quantities.n_samples))
    if parameter in UNLIMITED and (value is None or (is_number(value) and value == -1)):
        return math.inf
    return value
