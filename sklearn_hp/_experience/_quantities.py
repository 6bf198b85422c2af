"""What good values of some parameters are relative to.

A stored value of a relative parameter is multiplied by the quantity that the file
names: ``1/(n_features*x_var)``, which is ``gamma="scale"``, for the width of a kernel,
``y_std`` and ``y_var`` for penalties that are weighed against the scale of the target.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import FunctionTransformer

from sklearn_hp._experience._places import Place
from sklearn_hp._experience._problem import Problem

# Where the data are not known: most tables, and targets that were scaled or are of the
# order of one.
MANY_FEATURES = (5.0, 100.0)
ANY_STD = (0.3, 3.0)
# A table of unknown length, where a share of the rows must become a number of them.
MANY_ROWS = 1_000

# Integers that a table of few rows limits, as shares of the rows. They are not learnt:
# they keep what is moderate on a larger table from being all rows of this one.
COUNTS_ROWS = {
    "min_samples_leaf": 0.2,
    "min_child_samples": 0.2,
    "min_samples_split": 0.4,
    "n_neighbors": 0.5,
    "batch_size": 0.5,
}


class Quantities:
    """What is known of the data that an estimator gets.

    The data are looked at only when a quantity of them is asked for.

    Parameters
    ----------
    place : Place
        Where the estimator sits.
    problem : Problem
        What the search gets.
    n_features : int, default=None
        The number of features that the estimator gets, None to count them.
    """

    def __init__(
        self, place: Place, problem: Problem, n_features: int | None = None
    ) -> None:
        self._place, self._problem = place, problem
        self._n_features = n_features if place.is_fed_features else None

    def __getitem__(self, name: str) -> tuple[float, float]:
        """Return the lowest and highest that a quantity may be; equal if it is known.

        Parameters
        ----------
        name : str
            As it stands in the file.
        """
        if name == "1/(n_features*x_var)":
            low, high = self.n_features
            x_var = 1.0 if self.x_var is None else self.x_var
            return 1 / (high * x_var), 1 / (low * x_var)
        low, high = self.y_std
        return {"y_std": (low, high), "y_var": (low**2, high**2)}[name]

    @cached_property
    def n_features(self) -> tuple[float, float]:
        """The lowest and highest number of features that the estimator gets."""
        if self._n_features is not None:
            return (float(self._n_features),) * 2
        if "n_columns" not in self._seen:
            return MANY_FEATURES
        return (max(self._seen["n_columns"], 1.0),) * 2

    @property
    def x_var(self) -> float | None:
        """The variance of all that the estimator gets, None if it is not known."""
        return self._seen.get("variance")

    @cached_property
    def y_std(self) -> tuple[float, float]:
        """The lowest and highest standard deviation of the target."""
        wrapper = self._place.wrapper
        if self._problem.y is None:
            scaled = wrapper is not None and wrapper.transformer is not None
            return (1.0, 1.0) if scaled else ANY_STD  # nearly all of them scale
        std = self._problem.target_std(_target_steps(wrapper))
        return (1.0 if std is None else std,) * 2

    @property
    def n_samples(self) -> float:
        """The number of rows, infinite if it is unknown."""
        known = self._problem.n_samples
        return math.inf if known is None else known

    def total(self, of: str) -> float:
        """Return the number of features or of rows, a usual one if it is not known."""
        if of == "n_features":
            return math.sqrt(math.prod(self.n_features))
        return MANY_ROWS if math.isinf(self.n_samples) else self.n_samples

    @cached_property
    def _seen(self) -> Mapping[str, float]:
        """What is known of the features that the estimator gets; empty if nothing."""
        if not self._problem.n_samples or not self._place.is_fed_features:
            return {}
        return self._problem.after(self._place.steps)


def _target_steps(wrapper: TransformedTargetRegressor | None) -> list[Any]:
    """Return the transformers that a target goes through, none or one."""
    if wrapper is None:
        return []
    if wrapper.transformer is not None:
        return [wrapper.transformer]
    return [] if wrapper.func is None else [FunctionTransformer(wrapper.func)]


def most_for(parameter: str, n_samples: float) -> float:
    """Return the largest sensible value of a parameter that counts rows."""
    most = COUNTS_ROWS[parameter] * n_samples
    return most if math.isinf(most) else max(least_of(parameter), math.floor(most))


def least_of(parameter: str) -> int:
    """Return the smallest number of rows that is suggested for a parameter."""
    return 2 if parameter == "batch_size" else 1  # batch normalisation needs two
