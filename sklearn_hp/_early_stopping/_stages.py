"""Early stopping of scikit-learn's GradientBoosting, which takes a monitor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sklearn.base import is_classifier
from sklearn.metrics import (
    log_loss,
    mean_absolute_error,
    mean_pinball_loss,
    mean_squared_error,
)


class StageWatch:
    """Scores each stage on the rows to stop by, and says when to stop.

    Parameters
    ----------
    X, y : array-like
        The rows to stop by.
    sample_weight : array-like of shape (n_samples,) or None
        Their weights.
    n_iter_no_change : int
        Stages without a lower loss after which training ends.
    eval_metric : callable or None
        ``eval_metric(y_true, y_pred)``, lower is better; `y_pred` of a classifier are
        probabilities. None for the loss of the estimator.

    Attributes
    ----------
    best_n_iter : int
        The number of stages with the lowest loss.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        n_iter_no_change: int,
        eval_metric: Callable[..., float] | None,
    ) -> None:
        self._X, self._y, self._weight = X, y, sample_weight
        self._n_iter_no_change = n_iter_no_change
        self._metric = eval_metric
        self._stages: Iterator[Any] | None = None
        self._best = math.inf
        self.best_n_iter = 1

    def __call__(self, stage: int, model: Any, _: dict[str, Any]) -> bool:
        """Look at a stage that was just fitted, counted from 0."""
        if self._stages is None:
            # each next() adds the trees of one stage
            staged = (
                "staged_predict_proba" if is_classifier(model) else "staged_predict"
            )
            self._stages = getattr(model, staged)(self._X)
        loss = self._loss(model, next(self._stages))
        if loss < self._best:
            self._best, self.best_n_iter = loss, stage + 1
        return stage + 1 - self.best_n_iter >= self._n_iter_no_change

    def _loss(self, model: Any, predicted: Any) -> float:
        if self._metric is not None:
            return float(self._metric(self._y, predicted))
        return float(_metric_of(model)(self._y, predicted, sample_weight=self._weight))


def _metric_of(model: Any) -> Callable[..., float]:
    """Return the loss that a model is trained for, or what is nearest to it."""
    if is_classifier(model):
        return partial(log_loss, labels=model.classes_)
    return {
        "squared_error": mean_squared_error,
        "quantile": partial(mean_pinball_loss, alpha=model.alpha),
    }.get(model.loss, mean_absolute_error)  # Huber's is not that of a metric
