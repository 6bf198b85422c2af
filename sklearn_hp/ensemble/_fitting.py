"""Fitting the models of an ensemble's members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.utils.parallel import Parallel, delayed

from sklearn_hp._response_methods import contradicts, differences, methods_of
from sklearn_hp._responses import METHODS, FormError, Target, respond
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
    of_all = set.intersection(*(set(methods_of(model, target)) for model in models))
    return next(method for method in METHODS if method in of_all)


def averaged_method(
    models: Sequence[Sequence[Any]], X: Any, splits: Sequence[Split], target: Target
) -> str:
    """Return the method whose results are averaged.

    Parameters
    ----------
    models : sequence of sequence of estimator
        Fitted, for each member one for each split.
    X : array-like of shape (n_samples, n_features)
        All rows.
    splits : sequence of (train, test) tuples or None
        What they were fitted on.
    target : Target
        What is predicted.

    Returns
    -------
    method : {"predict_proba", "decision_function", "predict"}
        The one that all models have; "predict" if a member predicts other labels than
        that one gives.
    """
    method = common_method([model for own in models for model in own], target)
    if method == "predict":
        return method
    # those of one model can have a single row, so a member is judged as a whole
    for own in models:
        try:
            is_different = [
                _differences(model, X, split, method, target)
                for model, split in zip(own, splits, strict=True)
            ]
        except FormError:  # no `classes_`, for example; votes need less
            return "predict"
        if contradicts(np.concatenate(is_different)):
            return "predict"
    return method


def _differences(
    model: Any, X: Any, split: Split, method: str, target: Target
) -> np.ndarray:
    rows = _rows_to_judge(X, split)
    values = respond(model, rows, method, target)
    return differences(model, rows, values, method, target)


def _rows_to_judge(X: Any, split: Split) -> Any:
    """Return the rows that a model was not fitted on; all rows if there are none."""
    return X if split is None or not len(split[1]) else safe_indexing(X, split[1])


def scale_of_member(
    models: Sequence[Any], X: Any, splits: Sequence[Split], target: Target
) -> float:
    """Return the scale of a member's decision values, on rows not fitted if there are.

    Without splits, it is that of all rows.
    """
    values = [
        respond(
            model,
            _rows_to_judge(X, split),
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
