"""Metrics of scikit-learn's scorers that have a fast form here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from sklearn_hp._held_out._metrics import (
    R2,
    AreaUnderCurve,
    Array,
    BalancedAccuracy,
    Metric,
    RootMeanSquaredError,
    absolute_error,
    accuracy,
    brier_score,
    log_score,
    squared_error,
)
from sklearn_hp._held_out._rows import Rows
from sklearn_hp._sklearn_compat import is_default_scorer, scorer_call

_OF_CLASSES: dict[Any, tuple[str, Callable[[NDArray[np.intp], int], Metric]]] = {
    metrics.log_loss: ("predict_proba", lambda y, _: log_score(y)),
    metrics.brier_score_loss: ("predict_proba", brier_score),
    metrics.accuracy_score: ("predict", lambda y, _: accuracy(y)),
    metrics.balanced_accuracy_score: ("predict", lambda y, _: BalancedAccuracy(y)),
    metrics.roc_auc_score: ("decision_function", lambda y, _: AreaUnderCurve(y)),
}
_OF_NUMBERS: dict[Any, Callable[[Array], Metric]] = {
    metrics.mean_squared_error: squared_error,
    metrics.mean_absolute_error: absolute_error,
    metrics.root_mean_squared_error: RootMeanSquaredError,
    metrics.r2_score: R2,
}
# Those that are maximised, and are 1 at most.
_GAINS = {
    metrics.accuracy_score,
    metrics.balanced_accuracy_score,
    metrics.roc_auc_score,
    metrics.r2_score,
}
_AT_MOST_1 = _GAINS | {
    metrics.average_precision_score,
    metrics.explained_variance_score,
    metrics.f1_score,
    metrics.fbeta_score,
    metrics.jaccard_score,
    metrics.matthews_corrcoef,
    metrics.precision_score,
    metrics.recall_score,
}


def fast_metric(scorer: Any, rows: Rows) -> Callable[[NDArray[np.intp]], Metric] | None:
    """Return what builds the metric of some rows; None if there is no fast form.

    Parameters
    ----------
    scorer : callable
        The scorer of a search.
    rows : Rows
        All rows.

    Returns
    -------
    build : callable or None
        Maps the indices of some rows to their metric.
    """
    function = _known_function(scorer, rows)
    if not rows.score_params.keys() <= {"sample_weight"}:
        return None
    if rows.target.classes is None:
        of_numbers = _OF_NUMBERS.get(function)
        y = np.asarray(rows.y, dtype=float).reshape(len(rows), -1)
        return of_numbers and (lambda block: of_numbers(y[block]))
    if len(rows.target.classes) > 1 or rows.target.multilabel:
        return None
    (labels,) = rows.target.classes
    _, of_classes = _OF_CLASSES.get(function, (None, None))
    if of_classes is None:
        return None
    y = np.searchsorted(labels, np.asarray(rows.y).ravel())
    return lambda block: of_classes(y[block], len(labels))


def _known_function(scorer: Any, rows: Rows) -> Any:
    """Return the metric that a scorer computes from these responses, None if unsure."""
    is_classifier = rows.target.classes is not None
    if is_default_scorer(scorer):
        return metrics.accuracy_score if is_classifier else metrics.r2_score
    function, sign, wanted, kwargs = scorer_call(scorer)
    if kwargs or function is None or sign != (1 if function in _GAINS else -1):
        return None
    response, _ = _OF_CLASSES.get(function, ("predict", None))
    given = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    if response not in given:
        return None
    if response == "predict_proba" and rows.method != response:
        return None
    if function is metrics.roc_auc_score and not rows.target.is_binary:
        return None
    return function


def perfect_score(scorer: Any, rows: Rows) -> float | None:
    """Return the best score there can be: 0 for losses, None if unknown.

    Parameters
    ----------
    scorer : callable
        The scorer of a search.
    rows : Rows
        All rows.
    """
    if is_default_scorer(scorer):
        return 1.0
    function, sign, _, kwargs = scorer_call(scorer)
    if function is None:
        return None
    if sign < 0:
        return 0.0
    is_count = kwargs.get("normalize") is False
    return 1.0 if function in _AT_MOST_1 and not is_count else None
