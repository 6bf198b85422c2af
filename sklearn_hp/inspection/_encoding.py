"""Candidates of any search as the columns that a model sees, and back.

X : (n_rows, d) a column per parameter: positions in [0, 1] on the parameter's own
    scale, or codes of categories; NaN where a candidate lacks it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_hp.inspection._data import Parameter, SearchData

Array = NDArray[np.float64]


def encode(data: SearchData) -> tuple[Array, NDArray[np.intp]]:
    """Return the rows of a search, and the number of choices of each column.

    Parameters
    ----------
    data : SearchData
        All of its rows are encoded, whatever their state.

    Returns
    -------
    X : ndarray of shape (n_rows, d)
        Positions in [0, 1], or codes of categories; NaN where a row lacks a parameter.
    n_choices : ndarray of shape (d,)
        Number of categories of a column, 0 for one of numbers.
    """
    X = np.empty((len(data), len(data.parameters)))
    for column, parameter in enumerate(data.parameters):
        X[:, column] = to_unit(parameter, parameter.numbers)
    counts = [len(parameter.levels or ()) for parameter in data.parameters]
    return X, np.array(counts, dtype=np.intp)


def ends(parameter: Parameter) -> tuple[float, float]:
    """Return the numbers that stand for 0 and 1.

    They are the ends of the range that was searched, as far as it has any, or else the
    smallest and the largest value tried. Values that were tried outside of the range,
    such as those of a start point, widen it.
    """
    tried = parameter.numbers[np.isfinite(parameter.numbers)]
    if not tried.size:
        return 0.0, 1.0
    low, high = float(tried.min()), float(tried.max())
    if np.isfinite(parameter.low) and not (parameter.is_log and parameter.low <= 0):
        low = min(low, parameter.low)
    if np.isfinite(parameter.high):
        high = max(high, parameter.high)
    return low, high


def to_unit(parameter: Parameter, numbers: Array) -> Array:
    """Return numbers of a parameter as positions; codes of categories stay.

    Parameters
    ----------
    parameter : Parameter
    numbers : ndarray
        As its `numbers`: NaN for none.

    Returns
    -------
    positions : ndarray
        In [0, 1]; 0.5 where the range is a single number.
    """
    if parameter.is_category:
        return numbers
    low, high = ends(parameter)
    if low == high:
        return np.where(np.isnan(numbers), np.nan, 0.5)
    inside = np.clip(numbers, low, high)  # also takes what is infinite to the ends
    if parameter.is_log:
        return np.log(inside / low) / np.log(high / low)
    return (inside - low) / (high - low)


def from_unit(parameter: Parameter, positions: Array) -> Array:
    """Return the numbers at positions; the inverse of `to_unit`.

    Those of a parameter with whole numbers are not rounded.
    """
    if parameter.is_category:
        return positions
    low, high = ends(parameter)
    if parameter.is_log:
        return low * (high / low) ** positions
    return low + positions * (high - low)
