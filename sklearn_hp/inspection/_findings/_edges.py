"""Whether the best values lie at the edge of their range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sklearn_hp._sklearn_compat import constraint_error
from sklearn_hp.inspection._data import Parameter, SearchData
from sklearn_hp.inspection._data._text import number
from sklearn_hp.inspection._findings._finding import Finding, best_rows

_NEAR = 0.05  # of the range, on its scale
_MOST = 0.6  # of the best candidates that must lie in the end third
_FEWEST = 8  # candidates of which a tendency can be told
# How far to go on, of the range on its scale.
_FURTHER = 0.5
_MOST_HALVED = 10  # times that this is halved


def edges(data: SearchData) -> Iterator[Finding]:
    """Yield the parameters whose best values lie at an end of the range."""
    if data.best is None:
        return
    best = best_rows(data, least=5)
    for parameter in data.parameters:
        if parameter.is_category or not parameter.is_range_known:
            continue
        if not np.isfinite([parameter.low, parameter.high]).all():
            continue
        found = _edge(parameter, data, best)
        if found is not None:
            yield found


def _edge(parameter: Parameter, data: SearchData, best: np.ndarray) -> Finding | None:
    u = _position(parameter, parameter.numbers)
    own = u[data.best]
    step = _step(parameter)
    is_low = own <= max(_NEAR, step / 2)
    is_high = own >= 1 - max(_NEAR, step / 2)
    if np.isnan(own) or not (is_low or is_high) or step >= 0.5:
        return None
    others = u[best]
    others = others[np.isfinite(others)]
    in_third = others <= 1 / 3 if is_low else others >= 2 / 3
    if len(data) < _FEWEST or len(others) < 3 or in_third.mean() < _MOST:
        return None
    further = _further(parameter, data.estimator, bool(is_low))
    if further is None:
        return None
    return Finding(
        kind="edge of range",
        severity="advice",
        what=(
            f"The best {parameter.name} lies at the {'low' if is_low else 'high'} end "
            f"of its range."
        ),
        evidence=(
            f"It is {number(float(parameter.numbers[data.best]))}, the range is "
            f"{number(parameter.low)} to {number(parameter.high)}, and "
            f"{in_third.sum()} of the {len(others)} best candidates are in the same "
            f"third of it."
        ),
        advice=f"Search on, to about {number(further)}.",
        parameter=parameter.name,
    )


def _position(parameter: Parameter, values: Any) -> Any:
    """Return where values lie in the range, 0 to 1, on its scale."""
    low, high = parameter.low, parameter.high
    with np.errstate(invalid="ignore", divide="ignore"):
        if parameter.is_log:
            return np.log(np.divide(values, low)) / np.log(high / low)
        return (np.asarray(values, float) - low) / (high - low)


def _step(parameter: Parameter) -> float:
    """Return how far apart neighbours are, where values are few."""
    u = np.unique(_position(parameter, parameter.numbers[parameter.active]))
    return float(np.diff(u).max()) if 1 < u.size <= 12 else 0.0


def _value(parameter: Parameter, u: float) -> float:
    low, high = parameter.low, parameter.high
    if parameter.is_log:
        value = low * (high / low) ** u
    else:
        value = low + u * (high - low)
    return float(round(value)) if parameter.is_integer else value


def _further(parameter: Parameter, estimator: Any, is_low: bool) -> float | None:
    """Return how far to go on: half the range, or less where values are refused.

    None where the range ends with the values that the estimator takes.
    """
    end = parameter.low if is_low else parameter.high
    for halved in range(_MOST_HALVED):
        beyond = _FURTHER / 2**halved
        value = _value(parameter, -beyond if is_low else 1 + beyond)
        if value != end and not _refused(parameter, estimator, end, value):
            return value
    return None


def _refused(parameter: Parameter, estimator: Any, end: float, value: float) -> bool:
    """Whether a value is none that the estimator takes."""
    if parameter.is_log and value <= 0:
        return True
    *steps, name = parameter.name.split("__")
    owner = estimator
    if steps:
        params = {} if estimator is None else estimator.get_params()
        owner = params.get("__".join(steps))
    if owner is None:
        return 0 <= end <= 1 < value or value < 0 <= end  # a share, or a size
    given = int(value) if parameter.is_integer else value
    return constraint_error(owner, name, given) is not None
