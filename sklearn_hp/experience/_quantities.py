"""What good values of some parameters are relative to.

A stored value of a relative parameter is multiplied by the quantity that the file
names: ``1/n_features`` for the width of a kernel, ``y_std`` and ``y_var`` for penalties
that are weighed against the scale of the target.
"""

from __future__ import annotations

import math
import warnings
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor

from sklearn_hp.experience._places import Place

# Where the data are not known: most tables, and targets that were scaled or are of the
# order of one.
MANY_FEATURES = (5.0, 100.0)
ANY_STD = (0.3, 3.0)

# Integers that a table of few rows limits: a leaf has at most a fifth of the rows.
COUNTS_ROWS = {
    "min_samples_leaf": 0.2,
    "min_child_samples": 0.2,
    "min_samples_split": 0.4,
    "n_neighbors": 0.5,
    "batch_size": 0.5,
}

# The variance of the features is taken from so many values, of at least so many rows,
# and the categories of a column are counted in so many rows.
_N_VALUES = 100_000
_LEAST_ROWS = 20
_N_ROWS = 1_000
# What numpy raises for text, dates, and arrays on a device.
_NO_NUMBERS = (TypeError, ValueError, RuntimeError, OverflowError)


class Quantities:
    """What is known of the data that an estimator gets.

    Preprocessing is not run for it: columns that are not numbers count as one feature
    for each category, as when they are encoded, and features are taken to be scaled if
    anything comes before the estimator. The data are looked at when a quantity is asked
    for.

    Parameters
    ----------
    place : Place
        Where the estimator sits.
    X : array-like of shape (n_samples, n_features), default=None
        What the search gets; None if unknown.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target; None if unknown.
    n_features : int, default=None
        The number of features that the estimator gets, None to count those of `X`.
    """

    def __init__(
        self, place: Place, X: Any = None, y: Any = None, n_features: int | None = None
    ) -> None:
        self._place, self._X, self._y = place, X, y
        self._n_features = n_features

    def __getitem__(self, name: str) -> tuple[float, float]:
        """Return the lowest and highest that a quantity may be; equal if it is known.

        Parameters
        ----------
        name : str
            As it stands in the file.
        """
        if name == "1/n_features":
            low, high = self.n_features
            return 1 / (high * self.x_var), 1 / (low * self.x_var)
        low, high = self.y_std
        return (low, high) if name == "y_std" else (low**2, high**2)

    @cached_property
    def n_features(self) -> tuple[float, float]:
        """The lowest and highest number of features that the estimator gets."""
        if self._n_features is not None:
            return (float(self._n_features),) * 2
        shape = self._shape
        if shape is None:
            return MANY_FEATURES
        is_frame = hasattr(self._X, "columns") and hasattr(self._X, "head")
        count = _count_features(self._X) if is_frame else int(shape[1])
        return (float(max(count, 1)),) * 2

    @cached_property
    def x_var(self) -> float:
        """The variance of the features, 1 if they are scaled or not known."""
        if self._place.prepared or self._shape is None:
            return 1.0
        return _variance(_first_values(self._X, self._shape)) or 1.0

    @cached_property
    def y_std(self) -> tuple[float, float]:
        """The lowest and highest standard deviation of the target."""
        wrapper = self._place.wrapper
        if wrapper is not None and wrapper.transformer is not None:
            return 1.0, 1.0  # nearly all of them scale
        if self._y is None:
            return ANY_STD
        values = _numbers(self._y)
        if wrapper is not None and wrapper.func is not None:
            values = _transformed(wrapper, values)
        columns = np.atleast_2d(values.T)
        known = [std for std in map(math.sqrt, map(_variance, columns)) if std > 0]
        std = float(np.mean(known)) if known else 1.0
        return std, std

    @cached_property
    def n_samples(self) -> float:
        """The number of rows, infinite if it is unknown."""
        shape = self._shape
        return math.inf if shape is None else shape[0]

    @property
    def _shape(self) -> tuple[int, ...] | None:
        """The shape of X, None if it is no table."""
        X = self._X
        shape = (len(X), *np.shape(X[:1])[1:]) if isinstance(X, list) else None
        shape = getattr(X, "shape", shape)
        return shape if shape is not None and len(shape) == 2 else None


def most_for(parameter: str, n_samples: float) -> float:
    """Return the largest sensible value of a parameter that counts rows."""
    most = COUNTS_ROWS[parameter] * n_samples
    return most if math.isinf(most) else max(1, math.floor(most))


def _count_features(frame: Any) -> int:
    """Return how many columns a frame has once its categories are encoded."""
    count = 0
    frame = frame.head(_N_ROWS)
    for name in frame.columns:
        column = frame[name]
        # pandas has its own integers, which may be missing
        kind = getattr(getattr(column, "dtype", None), "kind", "O")
        values = np.asarray(column)
        is_number = kind in "biufmM" or values.dtype.kind in "biufmM"
        count += 1 if is_number else len(set(map(str, values.tolist())))
    return count


def _first_values(X: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the numbers in the first rows, none if they are something else."""
    n_rows = min(max(_LEAST_ROWS, _N_VALUES // max(shape[1], 1)), shape[0])
    if hasattr(X, "tocsr"):
        X = X.tocsr()[:n_rows].toarray()
    elif hasattr(X, "head"):
        X = X.head(n_rows)
    elif isinstance(X, list):
        X = X[:n_rows]
    else:
        X = X[:n_rows, :]
    return _numbers(X)


def _numbers(values: Any) -> NDArray[np.float64]:
    """Return an array of numbers, an empty one if the values are something else."""
    try:
        values = np.asarray(values)
        if values.dtype.kind in "biufO":
            return values.astype(np.float64)
    except _NO_NUMBERS:
        pass
    return np.zeros(0)


def _variance(values: NDArray[np.float64]) -> float:
    """Return the variance of all finite values, 0 if it is too extreme to use."""
    values = values[np.isfinite(values)]
    with np.errstate(over="ignore", invalid="ignore"):
        variance = float(values.var()) if values.size else 0.0
    return variance if 1e-100 < variance < 1e100 else 0.0


def _transformed(
    wrapper: TransformedTargetRegressor, y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a target as the function of its wrapper makes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _numbers(wrapper.func(y.reshape(len(y), -1)))
        except Exception:  # the user's function, of which the fits will tell
            return np.zeros(0)
