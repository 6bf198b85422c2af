"""Which response of a model stands for it: one that leads to the labels it predicts.

The mean of models is worth no more than the response it is of. A classifier can predict
by a threshold of its own, by decision values of pairs of classes, or at random.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import (
    FixedThresholdClassifier,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline

from sklearn_hp._responses import METHODS, FormError, Target, predicted, respond
from sklearn_hp._sklearn_compat import num_samples, safe_indexing

# Rows on which a model's labels are compared with those that its responses give.
_N_COMPARED = 50

# The share of these rows, and their number, that may differ: there are ties, and the
# probabilities of an SVC are of another model than its labels. Nobody who scores by log
# loss should lose probabilities for these. A fold can also have one row only.
_SMALL_SHARE = 0.1
_FEW = 2


def methods_of(estimator: Any, target: Target) -> list[str]:
    """Return the methods whose responses can be averaged, the most informative first.

    Classifiers whose `predict` is known not to follow from their responses have only
    "predict": what a comparison of labels tells can differ from fold to fold.
    """
    last = estimator
    while isinstance(last, Pipeline):
        last = last.steps[-1][1]
    has_threshold = isinstance(
        last, FixedThresholdClassifier | TunedThresholdClassifierCV
    )
    if target.classes is None or has_threshold:
        return ["predict"]
    # of an SVC; unless it breaks ties, a row has the label of the most pairs
    of_pairs = getattr(last, "decision_function_shape", None) == "ovo" or not getattr(
        last, "break_ties", True
    )
    has_values = target.multilabel or (
        len(target.classes) == 1 and (target.is_binary or not of_pairs)
    )
    methods = METHODS if has_values else ("predict_proba", "predict")
    return [one for one in methods if one == "predict" or hasattr(estimator, one)]


def method_of(estimator: Any, target: Target) -> str:
    """Return the method of an estimator whose responses are worth averaging."""
    return methods_of(estimator, target)[0]


def consistent_response(
    estimator: Any, X: Any, target: Target
) -> tuple[np.ndarray, str]:
    """Return what a fitted model answers, by a method that leads to its labels.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like of shape (n_samples, n_features)
        The rows.
    target : Target
        What is predicted.

    Returns
    -------
    values : ndarray of float, shape (n_samples, n_columns)
        As `respond` returns them.
    method : {"predict_proba", "decision_function", "predict"}
        The method; "predict" where the responses of the others have not the form of the
        target, or lead to other labels.
    """
    method = method_of(estimator, target)
    if method == "predict":
        return respond(estimator, X, method, target), method
    try:
        values = respond(estimator, X, method, target)
        if not contradicts(differences(estimator, X, values, method, target)):
            return values, method
    except FormError:  # votes need less; what the model itself raises is for the user
        if not hasattr(estimator, "predict"):
            raise
    return respond(estimator, X, "predict", target), "predict"


def differences(
    estimator: Any, X: Any, values: np.ndarray, method: str, target: Target
) -> np.ndarray:
    """Return where a classifier predicts other labels than its responses give.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like of shape (n_samples, n_features)
        The rows.
    values : ndarray of shape (n_samples, n_columns)
        Its responses for them.
    method : {"predict_proba", "decision_function"}
        Which they are.
    target : Target
        What is predicted.

    Returns
    -------
    is_different : ndarray of bool, shape (n_compared, n_outputs)
        By row and output, of at most 50 of the rows. None of the rows, if they cannot
        be compared.
    """
    n_rows = num_samples(X)
    if not hasattr(estimator, "predict") or len(values) != n_rows:
        return np.zeros((0, 1), dtype=bool)
    if n_rows > _N_COMPARED:  # spread, as rows can be sorted by class
        rows = np.linspace(0, n_rows - 1, _N_COMPARED).astype(int)
        X, values = safe_indexing(X, rows), values[rows]
    own = estimator.predict(X)
    own = own.toarray() if issparse(own) else np.asarray(own)
    from_values = predicted(values, method, target)
    return own.reshape(len(from_values), -1) != from_values.reshape(len(own), -1)


def contradicts(is_different: np.ndarray) -> bool:
    """Whether labels clearly differ, for any output; see `differences`."""
    most = max(_FEW, _SMALL_SHARE * len(is_different))
    return bool((is_different.sum(axis=0) > most).any())
