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
from sklearn.ensemble import BaseEnsemble, StackingClassifier, StackingRegressor
from sklearn.feature_selection import SelectorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklearn_hp._early_stopping import EarlyStoppingClassifier, EarlyStoppingRegressor
from sklearn_hp._experience._store import Experience, find, without_rounds
from sklearn_hp._sklearn_compat import BaseSearchCV


@dataclass(frozen=True)
class Place:
    """An estimator and where it sits.

    ``prefix`` is "" or ends in "__". ``steps`` are the transformers that its features
    go through, the first first, ``wrapper`` is the `TransformedTargetRegressor` that
    transforms the target for it, if one does. ``experience`` is None where the
    estimator is unknown and holds no other predictor. ``is_fed_features`` is False
    where it gets what other estimators predict.
    """

    prefix: str
    estimator: Any
    steps: tuple[Any, ...]
    wrapper: TransformedTargetRegressor | None
    experience: Experience | None
    is_fed_features: bool


def places(
    estimator: Any,
    prefix: str = "",
    steps: tuple[Any, ...] = (),
    wrapper: TransformedTargetRegressor | None = None,
    is_fed_features: bool = True,
    is_stopped: bool = False,
) -> Iterator[Place]:
    """Yield the places of all estimators that make the predictions.

    Parameters
    ----------
    estimator : estimator
        What to look through.
    prefix : str, default=""
        Put before the names of its parameters.
    steps : tuple of transformer, default=()
        What its features have gone through.
    wrapper : TransformedTargetRegressor, default=None
        What transforms the target it gets.
    is_fed_features : bool, default=True
        Whether it gets features, not predictions.
    is_stopped : bool, default=False
        Whether the number of its rounds is found by early stopping.

    Yields
    ------
    place : Place
        Of a known estimator, or of an unknown one that holds no other.
    """
    experience = find(estimator)
    if experience is not None:
        if is_stopped:
            experience = without_rounds(experience)
        yield Place(prefix, estimator, steps, wrapper, experience, is_fed_features)
        return
    if isinstance(estimator, TransformedTargetRegressor):
        wrapper = estimator
    if isinstance(estimator, EarlyStoppingClassifier | EarlyStoppingRegressor):
        is_stopped = estimator.early_stopping
    if isinstance(estimator, Pipeline):
        before = [step for _, step in estimator.steps[:-1]]
        steps += tuple(step for step in before if step not in (None, "passthrough"))
    inner = [*_predictors_in(estimator)]
    for name, value in inner:
        fed = is_fed_features and not _is_stacked(estimator, name)
        yield from places(value, f"{prefix}{name}__", steps, wrapper, fed, is_stopped)
    if not inner:
        yield Place(prefix, estimator, steps, wrapper, None, is_fed_features)


def _predictors_in(estimator: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of parameters that are predictors."""
    if isinstance(estimator, Pipeline):
        for name, last in estimator.steps[-1:]:
            if hasattr(last, "get_params") and not isinstance(last, type):
                yield name, last
        return
    # Members of ensembles, and what selects features, want other values (see above).
    # What is frozen is not trained, and what another search tunes it sets itself.
    apart = BaseEnsemble | SelectorMixin | FrozenEstimator | BaseSearchCV
    if isinstance(estimator, apart) or not hasattr(estimator, "get_params"):
        return
    # deep=True lists the named members of a VotingClassifier, which deep=False does
    # not.
    for name, value in estimator.get_params(deep=True).items():
        if "__" not in name and _predicts(value):
            yield name, value


def _is_stacked(estimator: Any, name: str) -> bool:
    """Whether an estimator inside gets what those beside it predict."""
    is_stack = isinstance(estimator, StackingClassifier | StackingRegressor)
    return is_stack and name == "final_estimator"


def _predicts(value: Any) -> bool:
    if isinstance(value, type) or not hasattr(value, "get_params"):
        return False
    try:
        return is_classifier(value) or is_regressor(value)
    except AttributeError:  # no tags: the kernel of a Gaussian process, for example
        return False
