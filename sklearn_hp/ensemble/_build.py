"""Ensembles of models that were fitted already, by a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import PredefinedSplit

from sklearn_hp._responses import Target
from sklearn_hp._sklearn_compat import CVIterableWrapper
from sklearn_hp.ensemble._base import BaseEnsemble
from sklearn_hp.ensemble._ensemble import EnsembleClassifier, EnsembleRegressor


@dataclass(frozen=True)
class Member:
    """A member whose models are fitted.

    Parameters
    ----------
    name : str
        Its name in the ensemble.
    estimator : estimator
        Unfitted, with its parameters: what a clone of the ensemble will fit.
    weight : float
        Its weight, not negative; the ensemble divides them by their sum.
    models : list of estimator
        Fitted on the training part of each split, or one on all rows.
    scale : float, default=1.0
        By what decision values are divided, see `decision_scale`.
    """

    name: str
    estimator: Any
    weight: float
    models: list[Any]
    scale: float = 1.0


def fitted_ensemble(
    members: Sequence[Member], target: Target, method: str, cv: Any = None
) -> BaseEnsemble:
    """Return the ensemble of models that were fitted already.

    Parameters
    ----------
    members : sequence of Member
        At least one, with positive weights and different names.
    target : Target
        What they predict.
    method : {"predict_proba", "decision_function", "predict"}
        What is averaged. All models have it.
    cv : None, int, splitter or iterable, default=None
        The splits that the models are of; None if they were fitted on all rows. A clone
        of the ensemble is to be fitted on other rows, so of explicit splits only their
        number is kept.

    Returns
    -------
    ensemble : EnsembleClassifier or EnsembleRegressor
        Fitted. Its `n_features_in_` and `feature_names_in_` are those of its members.
    """
    kind = EnsembleRegressor if target.classes is None else EnsembleClassifier
    weights = np.array([member.weight for member in members], dtype=float)
    weights /= weights.sum()
    ensemble = kind(
        [(member.name, member.estimator) for member in members],
        weights=weights.tolist(),
        cv=_for_other_rows(cv, len(members[0].models)),
    )
    scales = np.array([member.scale for member in members], dtype=float)
    models = [list(member.models) for member in members]
    return BaseEnsemble._set_fitted(ensemble, models, weights, scales, target, method)


def _for_other_rows(cv: Any, n_splits: int) -> Any:
    """Return what splits other rows as `cv` did; the number of splits if it cannot."""
    is_explicit = isinstance(cv, CVIterableWrapper | PredefinedSplit)
    if cv is None or isinstance(cv, int) or (hasattr(cv, "split") and not is_explicit):
        return cv
    return n_splits if n_splits > 1 else None
