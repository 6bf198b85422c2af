"""Where known estimators sit in an estimator: behind which prefix of parameter names.

Only what makes the predictions counts. A linear model that selects features for another
one, and the trees that a bagging ensemble is made of, want other parameters than the
same estimator on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaseEnsemble
from sklearn.feature_selection import SelectorMixin
from sklearn.pipeline import Pipeline

from sklearn_hp.experience._store import Experience, find


@dataclass(frozen=True)
class Place:
    """An estimator and where it sits.

    ``prefix`` is "" or ends in "__". ``prepared`` tells whether the features are
    transformed before it, ``wrapper`` is the `TransformedTargetRegressor` that
    transforms the target for it, if one does. ``experience`` is None where the
    estimator is unknown and holds no other predictor.
    """

    prefix: str
    estimator: Any
    prepared: bool
    wrapper: TransformedTargetRegressor | None
    experience: Experience | None


def places(
    estimator: Any,
    prefix: str = "",
    prepared: bool = False,
    wrapper: TransformedTargetRegressor | None = None,
) -> Iterator[Place]:
    """Yield the places of all estimators that make the predictions.

    Parameters
    ----------
    estimator : estimator
        What to look through.
    prefix : str, default=""
        Put before the names of its parameters.
    prepared : bool, default=False
        Whether the features it gets are transformed.
    wrapper : TransformedTargetRegressor, default=None
        What transforms the target it gets.

    Yields
    ------
    place : Place
        Of a known estimator, or of an unknown one that holds no other.
    """
    experience = find(estimator)
    if experience is not None:
        yield Place(prefix, estimator, prepared, wrapper, experience)
        return
    if isinstance(estimator, TransformedTargetRegressor):
        wrapper = estimator
    if isinstance(estimator, Pipeline):
        prepared = prepared or any(
            step not in (None, "passthrough") for _, step in estimator.steps[:-1]
        )
    inner = [*_predictors_in(estimator)]
    for name, value in inner:
        yield from places(value, f"{prefix}{name}__", prepared, wrapper)
    if not inner:
        yield Place(prefix, estimator, prepared, wrapper, None)


def _predictors_in(estimator: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of parameters that are predictors."""
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        if _predicts(last):
            yield name, last
        return
    apart = isinstance(estimator, BaseEnsemble | SelectorMixin)
    if apart or not hasattr(estimator, "get_params"):
        return
    for name, value in estimator.get_params(deep=True).items():
        if "__" not in name and _predicts(value):
            yield name, value


def _predicts(value: Any) -> bool:
    if isinstance(value, type) or not hasattr(value, "get_params"):
        return False
    try:
        return is_classifier(value) or is_regressor(value)
    except AttributeError:  # no tags: the kernel of a Gaussian process, for example
        return False
