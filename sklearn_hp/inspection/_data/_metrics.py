"""Scores as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sklearn.base import is_classifier, is_regressor

from sklearn_hp.inspection._data._records import Metric

# Where underscores for spaces are not all.
_LABELS = {
    "r2": "R²",
    "d2_absolute_error_score": "D² of the absolute error",
    "roc_auc": "ROC AUC",
    "roc_auc_ovr": "ROC AUC (one against the rest)",
    "roc_auc_ovo": "ROC AUC (one against one)",
    "roc_auc_ovr_weighted": "ROC AUC (one against the rest, weighted)",
    "roc_auc_ovo_weighted": "ROC AUC (one against one, weighted)",
    "f1": "F1",
    "f1_macro": "F1 (macro)",
    "f1_micro": "F1 (micro)",
    "f1_weighted": "F1 (weighted)",
    "f1_samples": "F1 (samples)",
    "brier_score": "Brier score",
}


def make_metrics(
    names: Iterable[str], scoring: Any = None, refit: Any = None, estimator: Any = None
) -> tuple[Metric, ...]:
    """Return metrics, the one that decides first.

    Parameters
    ----------
    names : iterable of str
        As the columns of the results call them.
    scoring : object, default=None
        That of the search; tells what "score" is.
    refit : object, default=None
        The name of the metric that decides, if it is one.
    estimator : estimator, default=None
        Tells what "score" is without `scoring`.

    Returns
    -------
    metrics : tuple of Metric
    """
    ordered = sorted(names, key=lambda name: name != refit)  # stable
    return tuple(_metric(name, scoring, estimator) for name in ordered)


def _metric(name: str, scoring: Any, estimator: Any) -> Metric:
    meant = _what_score_is(scoring, estimator) if name == "score" else name
    sign = -1.0 if meant.startswith("neg_") else 1.0
    return Metric(name, label_of(meant.removeprefix("neg_")), sign)


def _what_score_is(scoring: Any, estimator: Any) -> str:
    if isinstance(scoring, str):
        return scoring
    if scoring is not None or estimator is None:
        return "score"
    if is_classifier(estimator):
        return "accuracy"
    return "r2" if is_regressor(estimator) else "score"


def label_of(name: str) -> str:
    """Return the name of a metric or a column as people write it."""
    return _LABELS.get(name, name.replace("_", " "))
