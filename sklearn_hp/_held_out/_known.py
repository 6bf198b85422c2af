"""Metrics of scikit-learn's scorers that have a fast form here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from sklearn_hp._held_out import _confusion as confusion
from sklearn_hp._held_out._metrics import (
    R2,
    Array,
    MedianAbsoluteError,
    Metric,
    RootMeanSquaredError,
    absolute_error,
    accuracy,
    brier_score,
    log_score,
    percentage_error,
    pinball_loss,
    squared_error,
    squared_log_error,
    tweedie_deviance,
)
from sklearn_hp._held_out._ranking import (
    AreaUnderCurve,
    AveragePrecision,
    MeanOfClasses,
    MeanOfPairs,
    Ranking,
    areas,
    average_precisions,
)
from sklearn_hp._held_out._rows import Rows
from sklearn_hp._sklearn_compat import is_default_scorer, scorer_call

# From the targets of some rows to their metric; None if there is no fast form.
Build = Callable[[Any], Metric]

_EITHER = ("predict_proba", "decision_function")
# Means over classes, or pairs of them, that have a fast form.
_AVERAGES = ("macro", "weighted")

# ---- the forms, for the arguments of scikit-learn's functions that they support -----


def _of_sets(
    of_class: confusion.OfClass,
    classes: NDArray[Any],
    average: str | None = "binary",
    pos_label: Any = 1,
    zero_division: Any = "warn",
) -> Build | None:
    if zero_division not in ("warn", 0, 1):
        return None
    if average not in ("binary", "micro", "macro", "weighted"):
        return None
    positive = _place_of(pos_label, classes) if average == "binary" else None
    if average == "binary" and positive is None:
        return None
    undefined = 0.0 if zero_division == "warn" else float(zero_division)
    score = confusion.SetScore(of_class, average, positive, undefined)
    return _of_confusion(score, classes)


def _f_beta(classes: NDArray[Any], beta: float = 1.0, **kwargs: Any) -> Build | None:
    return _if_supported(_of_sets, confusion.f_score(beta), classes, **kwargs)


def _of_confusion(
    score: Callable[[Array], Array], classes: NDArray[Any]
) -> Build | None:
    return lambda y: confusion.OfConfusion(y, len(classes), score)


def _area(
    classes: NDArray[Any], multi_class: str = "raise", average: str | None = "macro"
) -> Build | None:
    if len(classes) == 2:
        return AreaUnderCurve
    if multi_class not in ("ovr", "ovo"):
        return None
    if multi_class == "ovr":
        return _mean_of_classes(areas, classes, average)
    if average not in _AVERAGES:
        return None
    return lambda y: MeanOfPairs(y, len(classes), average == "weighted")


def _average_precision(
    classes: NDArray[Any], average: str | None = "macro", pos_label: Any = 1
) -> Build | None:
    if len(classes) > 2 and pos_label == 1:
        return _mean_of_classes(average_precisions, classes, average)
    positive = _place_of(pos_label, classes)
    return None if positive is None else lambda y: AveragePrecision(y, positive)


def _mean_of_classes(
    score: Ranking, classes: NDArray[Any], average: str | None
) -> Build | None:
    if average not in _AVERAGES:
        return None
    return lambda y: MeanOfClasses(y, len(classes), score, average == "weighted")


def _place_of(pos_label: Any, classes: NDArray[Any]) -> int | None:
    """Return which of two classes is the positive one, None if it is neither."""
    labels = classes.tolist()
    return labels.index(pos_label) if len(labels) == 2 and pos_label in labels else None


def _root_log_error(y: Array) -> Metric:
    of_logs = RootMeanSquaredError(np.log1p(y))
    return lambda P, W: of_logs(np.log1p(P), W)


# The responses it is computed from, and what returns its form for some classes.
_OF_CLASSES: dict[Any, tuple[tuple[str, ...], Callable[..., Build | None]]] = {
    metrics.log_loss: (("predict_proba",), lambda _: log_score),
    metrics.brier_score_loss: (
        ("predict_proba",),
        lambda classes: lambda y: brier_score(y, len(classes)),
    ),
    metrics.roc_auc_score: (_EITHER, _area),
    metrics.average_precision_score: (_EITHER, _average_precision),
    metrics.accuracy_score: (("predict",), lambda _: accuracy),
    metrics.balanced_accuracy_score: (
        ("predict",),
        partial(_of_confusion, confusion.balanced_accuracy),
    ),
    metrics.matthews_corrcoef: (
        ("predict",),
        partial(_of_confusion, confusion.matthews_correlation),
    ),
    metrics.cohen_kappa_score: (
        ("predict",),
        partial(_of_confusion, confusion.cohen_kappa),
    ),
    metrics.f1_score: (("predict",), _f_beta),
    metrics.fbeta_score: (("predict",), _f_beta),
    metrics.precision_score: (("predict",), partial(_of_sets, confusion.precision)),
    metrics.recall_score: (("predict",), partial(_of_sets, confusion.recall)),
    metrics.jaccard_score: (("predict",), partial(_of_sets, confusion.jaccard)),
}
_OF_NUMBERS: dict[Any, Callable[..., Build]] = {
    metrics.mean_squared_error: lambda: squared_error,
    metrics.mean_absolute_error: lambda: absolute_error,
    metrics.median_absolute_error: lambda: MedianAbsoluteError,
    metrics.root_mean_squared_error: lambda: RootMeanSquaredError,
    metrics.mean_absolute_percentage_error: lambda: percentage_error,
    metrics.mean_squared_log_error: lambda: squared_log_error,
    metrics.root_mean_squared_log_error: lambda: _root_log_error,
    metrics.mean_pinball_loss: lambda alpha=0.5: partial(pinball_loss, alpha=alpha),
    metrics.mean_poisson_deviance: lambda: partial(tweedie_deviance, power=1),
    metrics.mean_gamma_deviance: lambda: partial(tweedie_deviance, power=2),
    metrics.mean_tweedie_deviance: lambda power=0: (
        partial(tweedie_deviance, power=power) if power else squared_error
    ),
    metrics.r2_score: lambda: R2,
}
# Those that are maximised; they are 1 at most, and these 0 at least.
_SHARES = {
    metrics.accuracy_score,
    metrics.average_precision_score,
    metrics.balanced_accuracy_score,  # unless adjusted
    metrics.f1_score,
    metrics.fbeta_score,
    metrics.jaccard_score,
    metrics.precision_score,
    metrics.recall_score,
    metrics.roc_auc_score,
}
_GAINS = _SHARES | {
    metrics.cohen_kappa_score,
    metrics.explained_variance_score,
    metrics.matthews_corrcoef,
    metrics.r2_score,
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
    function, kwargs = _known_call(scorer, rows)
    if function is None or not rows.score_params.keys() <= {"sample_weight"}:
        return None
    if rows.target.classes is None:
        y = np.asarray(rows.y, dtype=float).reshape(len(rows), -1)
        build = _if_supported(_OF_NUMBERS.get(function), **kwargs)
    elif len(rows.target.classes) > 1 or rows.target.multilabel:
        return None
    else:
        (labels,) = rows.target.classes
        _, of_classes = _OF_CLASSES.get(function, ((), None))
        y = np.searchsorted(labels, np.asarray(rows.y).ravel())
        build = _if_supported(of_classes, labels, **kwargs)
    return build and (lambda block: build(y[block]))


def _if_supported(known: Any, *args: Any, **kwargs: Any) -> Build | None:
    """Return what a fast form returns for these arguments, None if it lacks some."""
    if known is None:
        return None
    try:
        inspect.signature(known).bind(*args, **kwargs)
    except TypeError:
        return None
    return known(*args, **kwargs)


def _known_call(scorer: Any, rows: Rows) -> tuple[Any, dict[str, Any]]:
    """Return the metric of a scorer and its arguments; None if unsure of these rows."""
    is_classifier = rows.target.classes is not None
    if is_default_scorer(scorer):
        return (metrics.accuracy_score if is_classifier else metrics.r2_score), {}
    function, sign, wanted, kwargs = scorer_call(scorer)
    if function is None or sign != (1 if function in _GAINS else -1):
        return None, {}
    responses, _ = _OF_CLASSES.get(function, (("predict",), None))
    given = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    if not any(response in given for response in responses):
        return None, {}
    if responses != ("predict",) and rows.method not in responses:
        return None, {}
    return function, {k: v for k, v in kwargs.items() if k != "labels" or v is not None}


def perfect_score(scorer: Any) -> float | None:
    """Return the best score there can be: 0 for known losses, None if unknown.

    Parameters
    ----------
    scorer : callable
        The scorer of a search.
    """
    if is_default_scorer(scorer):
        return 1.0
    function, sign, _, kwargs = scorer_call(scorer)
    if kwargs.get("normalize") is False:
        return None  # a number of rows
    if function in _LOSSES and sign < 0:
        return 0.0
    return 1.0 if function in _GAINS and sign > 0 else None


def least_score(scorer: Any, rows: Rows) -> float:
    """Return the worst score there can be: 0 for known shares, -inf if unknown.

    Parameters
    ----------
    scorer : callable
        The scorer of a search.
    rows : Rows
        All rows.
    """
    if is_default_scorer(scorer):
        return 0.0 if rows.target.classes is not None else -np.inf
    function, sign, _, kwargs = scorer_call(scorer)
    is_share = function in _SHARES and sign > 0 and not kwargs.get("adjusted")
    return 0.0 if is_share else -np.inf


def counts_mistakes(scorer: Any, rows: Rows) -> bool:
    """Whether the score is the share of rows that are right, or minus that of others.

    Parameters
    ----------
    scorer : callable
        The scorer of a search.
    rows : Rows
        All rows.
    """
    if is_default_scorer(scorer):
        return rows.target.classes is not None
    function, *_ = scorer_call(scorer)
    is_share = function in (metrics.accuracy_score, metrics.zero_one_loss)
    return is_share and perfect_score(scorer) is not None


# Losses that are 0 where all predictions are right, and never less.
_LOSSES = {
    metrics.brier_score_loss,
    metrics.hamming_loss,
    metrics.log_loss,
    metrics.max_error,
    metrics.mean_absolute_error,
    metrics.mean_absolute_percentage_error,
    metrics.mean_gamma_deviance,
    metrics.mean_pinball_loss,
    metrics.mean_poisson_deviance,
    metrics.mean_squared_error,
    metrics.mean_squared_log_error,
    metrics.mean_tweedie_deviance,
    metrics.median_absolute_error,
    metrics.root_mean_squared_error,
    metrics.root_mean_squared_log_error,
    metrics.zero_one_loss,
}
