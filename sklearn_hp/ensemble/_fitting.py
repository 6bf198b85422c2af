"""Fitting the models of an ensemble's members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.utils.parallel import Parallel, delayed

from sklearn_hp._responses import Target, method_of, respond
from sklearn_hp._sklearn_compat import check_method_params, safe_indexing, safe_split

# The training and test rows of a split; None stands for all rows, for both.
Split = tuple[Any, Any] | None


def draw_splits(
    cv: Any, X: Any, y: Any, is_classifier: bool, params: dict[str, Any]
) -> list[Split]:
    """Return the splits that all members share, drawn once."""
    if cv is None:
        return [None]
    splitter = check_cv(cv, y, classifier=is_classifier)
    splits: list[Split] = list(splitter.split(X, y, **params))
    if not splits:
        raise ValueError(
            f"cv={cv!r} gave no splits. An iterator can be used only once: pass a list "
            f"of the splits, or a splitter."
        )
    return splits


def fit_models(
    members: Sequence[tuple[str, Any]],
    X: Any,
    y: Any,
    splits: Sequence[Split],
    params: dict[str, dict[str, Any]],
    n_jobs: int | None,
) -> list[list[Any]]:
    """Fit a model of each member for each split.

    Parameters
    ----------
    members : sequence of (str, estimator) tuples
        Left unfitted.
    X, y : array-like
        The rows.
    splits : sequence of (train, test) tuples or None
        Where to fit; None for all rows.
    params : dict of str to dict
        Parameters for ``fit``, by the member's name.
    n_jobs : int or None
        How many models to fit at a time.

    Returns
    -------
    models : list of list of estimator
        For each member, one for each split.
    """
    fitted = Parallel(n_jobs=n_jobs)(
        delayed(_fit_model)(name, clone(estimator), X, y, split, params[name])
        for name, estimator in members
        for split in splits
    )
    n_splits = len(splits)
    return [fitted[i : i + n_splits] for i in range(0, len(fitted), n_splits)]


def _fit_model(
    name: str, estimator: Any, X: Any, y: Any, split: Split, params: dict[str, Any]
) -> Any:
    if split is not None:
        train, _ = split
        params = check_method_params(X, params, indices=train)
        X, y = safe_split(estimator, X, y, train)
    try:
        estimator.fit(X, y, **params)
    except Exception as exc:
        exc.add_note(f"Raised by fit of the member {name!r}.")
        raise
    return estimator


def common_method(models: Sequence[Any], target: Target) -> str:
    """Return the most informative method that all models have."""
    methods = {method_of(model, target) for model in models}
    if len(methods) == 1:
        return methods.pop()
    if "predict" not in methods and all(
        hasattr(model, "decision_function") for model in models
    ):
        return "decision_function"
    return "predict"


def scale_of_member(
    models: Sequence[Any], X: Any, splits: Sequence[Split], target: Target
) -> float:
    """Return the scale of a member's decision values, on rows not fitted if there are.

    Without splits, it is that of all rows.
    """
    values = [
        respond(
            model,
            X if split is None else safe_indexing(X, split[1]),
            "decision_function",
            target,
        )
        for model, split in zip(models, splits, strict=True)
    ]
    return decision_scale(np.concatenate(values), target)


def decision_scale(values: np.ndarray, target: Target) -> float:
    """Return by what to divide decision values to average them with those of others.

    It is their root mean square, so that dividing keeps their signs. Of more than two
    classes only the differences within a row count, so there it is that of the
    differences from the row's mean.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_columns)
        Decision values, as `respond` returns them.
    target : Target
        What is predicted.

    Returns
    -------
    scale : float
        Positive; 1 if all values are 0.
    """
    if values.shape[1] > 1 and not target.multilabel:
        values = values - values.mean(axis=1, keepdims=True)
    scale = float(np.sqrt(np.mean(values**2)))
    return scale if scale > 0 else 1.0
