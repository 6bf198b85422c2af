"""What good values of some parameters are relative to.

A stored value of a relative parameter is multiplied by the quantity that the file
names: ``1/n_features`` for the width of a kernel, ``y_std`` and ``y_var`` for penalties
that are weighed against the scale of the target.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor

from sklearn_hp.experience._places import Place

# Categories are counted, and variances taken, in so many rows.
_N_ROWS = 10_000
# What numpy raises for text, dates, and arrays on a device.
_NO_NUMBERS = (TypeError, ValueError, RuntimeError)


@dataclass(frozen=True)
class Quantities:
    """Lowest and highest that each quantity may be; both are equal if it is known.

    Parameters
    ----------
    n_features : pair of float
        The number of features that the estimator gets.
    x_var : float
        The variance of the features, 1 if they are scaled.
    y_std : pair of float
        The standard deviation of the target.
    """

    n_features: tuple[float, float]
    x_var: float
    y_std: tuple[float, float]

    def with_features(self, n_features: int) -> Quantities:
        """Return the quantities for another number of features."""
        return replace(self, n_features=(float(n_features),) * 2)

    def __getitem__(self, name: str) -> tuple[float, float]:
        """Return the lowest and highest value of a quantity of the file."""
        if name == "1/n_features":
            low, high = self.n_features
            return 1 / (high * self.x_var), 1 / (low * self.x_var)
        low, high = self.y_std
        return (low, high) if name == "y_std" else (low**2, high**2)


# Where the data are not known: most tables, and targets that were scaled or are of the
# order of one.
MANY_FEATURES = (5.0, 100.0)
ANY_STD = (0.3, 3.0)


def quantities_at(place: Place, X: Any = None, y: Any = None) -> Quantities:
    """Return the quantities of the data that an estimator gets.

    Preprocessing is not run for it: columns that are not numbers count as one feature
    for each category, as when they are encoded, and features are taken to be scaled if
    anything comes before the estimator.

    Parameters
    ----------
    place : Place
        Where the estimator sits.
    X : array-like of shape (n_samples, n_features), default=None
        What the search gets; None if unknown.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target; None if unknown.

    Returns
    -------
    quantities : Quantities
        With usual ranges for what is unknown.
    """
    n_features, x_var = MANY_FEATURES, 1.0
    shape = np.shape(X[:1]) if isinstance(X, list) else getattr(X, "shape", None)
    if shape is not None and len(shape) == 2:
        count = _count_features(X) if hasattr(X, "columns") else int(shape[-1])
        n_features = (float(max(count, 1)),) * 2
        if not place.prepared:
            x_var = _variance(X)
    return Quantities(n_features, x_var, _y_std(place.wrapper, y))


def _count_features(frame: Any) -> int:
    """Return how many columns a frame has once its categories are encoded."""
    count = 0
    for name in frame.columns:
        values = np.asarray(frame[name][:_N_ROWS])
        is_number = values.dtype.kind in "biufM"
        count += 1 if is_number else len(set(map(str, values.tolist())))
    return count


def _variance(X: Any) -> float:
    """Return the variance of all numbers, as ``gamma="scale"`` does; 1 if unknown."""
    if hasattr(X, "tocsr"):
        values = X.tocsr()[:_N_ROWS]
        mean = values.mean()
        variance = float(values.multiply(values).mean() - mean**2)
    else:
        try:
            variance = float(np.nanvar(np.asarray(X[:_N_ROWS], dtype=float)))
        except _NO_NUMBERS:  # whatever comes, it was encoded
            return 1.0
    return variance if np.isfinite(variance) and variance > 0 else 1.0


def _y_std(wrapper: TransformedTargetRegressor | None, y: Any) -> tuple[float, float]:
    if wrapper is not None and wrapper.transformer is not None:
        return 1.0, 1.0  # nearly all of them scale
    if y is None:
        return ANY_STD
    try:
        values = np.asarray(y, dtype=float)
        if wrapper is not None and wrapper.func is not None:
            values = np.asarray(wrapper.func(values), dtype=float)
    except _NO_NUMBERS:  # the labels of a classifier
        return 1.0, 1.0
    std = float(np.mean(np.nanstd(values, axis=0)))
    return (std, std) if np.isfinite(std) and std > 0 else (1.0, 1.0)
