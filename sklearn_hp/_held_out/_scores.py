"""Scores of many predictions of the same rows, from the scorer of a search.

A search's score is the mean over splits of the scores of their held-out rows. So it is
here: a metric that is no mean over rows, as the area under a curve, is found for the
rows of each split and averaged. Over all rows at once it would also compare rows that
different models predicted, and be another number than `best_score_`.

A metric that is a mean over rows needs no split by split: the rows of a split share a
weight that makes the mean over rows the mean over splits.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_hp._held_out._metrics import (
    R2,
    AreaUnderCurve,
    Array,
    BalancedAccuracy,
    Metric,
    RootMeanSquaredError,
    RowMean,
    absolute_error,
    accuracy,
    brier_score,
    log_score,
    nan_mean,
    squared_error,
)
from sklearn_hp._responses import Target, answers
from sklearn_hp._sklearn_compat import (
    check_method_params,
    is_default_scorer,
    safe_indexing,
    scorer_call,
)

# How far a score from kept predictions, in single precision, may be from the search's.
_RTOL, _ATOL = 1e-3, 1e-6


@dataclass(frozen=True)
class Rows:
    """The held-out rows of a search, and what their predictions are.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, n_outputs)
        What is true of them.
    method : str
        The method that gave the predictions.
    target : Target
        What is predicted.
    splits : ndarray of int, shape (n,)
        The split that held each row out, the first of several.
    groups : array-like of shape (n,), default=None
        Rows of one group belong together.
    score_params : dict, default={}
        What the scorer is called with besides, such as `sample_weight`, for these rows.
    """

    y: Any
    method: str
    target: Target
    splits: NDArray[np.intp]
    groups: Any = None
    score_params: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.splits)


class Scores:
    """Score predictions of all rows under many weights, as a search would.

    Parameters
    ----------
    scorer : callable
        The search's, with the signature ``scorer(estimator, X, y)``.
    rows : Rows
        The rows.
    """

    def __init__(self, scorer: Any, rows: Rows) -> None:
        self.rows = rows
        build = _fast_metric(scorer, rows)
        self.base = np.ones(len(rows))
        if build is None:  # which repeats rows, and reads their weights itself
            build = _SlowMetrics(scorer, rows)
        elif "sample_weight" in rows.score_params:
            self.base = np.asarray(rows.score_params["sample_weight"], dtype=float)
        every = np.arange(len(rows))
        whole = build(every)
        self.is_row_mean = isinstance(whole, RowMean)
        if self.is_row_mean:
            self.base = self.base / _totals(self.base, rows.splits)
            self.blocks = [(every, whole)]
        else:
            blocks = [every[rows.splits == split] for split in np.unique(rows.splits)]
            self.blocks = [(block, build(block)) for block in blocks]

    def __call__(self, P: Array, W: Array | None = None) -> Array:
        """Return the scores, to be maximised.

        Parameters
        ----------
        P : ndarray of shape (M, n, C)
            Predictions of M models.
        W : ndarray of shape (B, n), default=None
            Weights of the rows; None for a single draw that has each row once.

        Returns
        -------
        scores : ndarray of shape (B, M)
            NaN where the metric is undefined in all splits.
        """
        W = self.base[np.newaxis] if W is None else W * self.base
        return nan_mean(
            np.stack([metric(P[:, rows], W[:, rows]) for rows, metric in self.blocks])
        )


def _totals(weights: Array, splits: NDArray[np.intp]) -> Array:
    """Return the total weight of each row's split."""
    _, codes = np.unique(splits, return_inverse=True)
    return np.bincount(codes, weights)[codes].astype(float)


# ---- the metric of a scorer ---------------------------------------------------------

_OF_CLASSES: dict[Any, tuple[str, Callable[[NDArray[np.intp], int], Metric]]] = {
    metrics.log_loss: ("predict_proba", lambda y, n_classes: log_score(y)),
    metrics.brier_score_loss: ("predict_proba", brier_score),
    metrics.accuracy_score: ("predict", lambda y, n_classes: accuracy(y)),
    metrics.balanced_accuracy_score: (
        "predict",
        lambda y, n_classes: BalancedAccuracy(y),
    ),
    metrics.roc_auc_score: (
        "decision_function",
        lambda y, n_classes: AreaUnderCurve(y),
    ),
}
_OF_NUMBERS: dict[Any, Callable[[Array], Metric]] = {
    metrics.mean_squared_error: squared_error,
    metrics.mean_absolute_error: absolute_error,
    metrics.root_mean_squared_error: RootMeanSquaredError,
    metrics.r2_score: R2,
}
_GAINS = {
    metrics.accuracy_score,
    metrics.balanced_accuracy_score,
    metrics.roc_auc_score,
    metrics.r2_score,
}


def _fast_metric(
    scorer: Any, rows: Rows
) -> Callable[[NDArray[np.intp]], Metric] | None:
    """Return what builds the metric of some rows; None if there is no fast form."""
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
    if function is metrics.roc_auc_score:
        return function if rows.target.is_binary and rows.method != "predict" else None
    return function


class _SlowMetrics:
    """Build the metric of any scorer, which gets each row as often as it weighs."""

    def __init__(self, scorer: Any, rows: Rows) -> None:
        self.scorer = scorer
        self.rows = rows

    def __call__(self, block: NDArray[np.intp]) -> Metric:
        def score(P: Array, W: Array) -> Array:
            drawn = [np.repeat(np.arange(len(block)), w.astype(np.intp)) for w in W]
            return np.array(
                [[self._score(values[d], block[d]) for values in P] for d in drawn]
            )

        return score

    def _score(self, values: Array, drawn: NDArray[np.intp]) -> float:
        if not len(drawn):
            return np.nan
        try:
            return score_of_answers(self.scorer, values, self.rows, drawn)
        except ValueError:  # as where a draw lacks a class that the metric needs
            return np.nan


def score_of_answers(
    scorer: Any, values: Array, rows: Rows, drawn: NDArray[np.intp]
) -> float:
    """Return a scorer's score of predictions, which stand in for a model.

    Parameters
    ----------
    scorer : callable
        The scorer.
    values : ndarray of shape (n_drawn, C)
        Predictions of the rows drawn.
    rows : Rows
        All rows.
    drawn : ndarray of int, shape (n_drawn,)
        Which of them.
    """
    model = answers(values, rows.method, rows.target)
    params = check_method_params(rows.y, rows.score_params, drawn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return float(
            scorer(
                model, np.empty((len(drawn), 0)), safe_indexing(rows.y, drawn), **params
            )
        )


# ---- scorers that predictions are not enough for ------------------------------------


def why_not_from_predictions(
    scorer: Any, parts: Sequence[tuple[Array, Rows, float]]
) -> str | None:
    """Say why a scorer cannot score predictions, None if it can.

    Parameters
    ----------
    scorer : callable
        The scorer.
    parts : sequence of (values, rows, score)
        For each split of one candidate, the predictions of its held-out rows, the rows,
        and the score that the search found for the model itself.

    Returns
    -------
    reason : str or None
        The first split that differs, or what the scorer raised.
    """
    for number, (values, rows, score) in enumerate(parts):
        try:
            found = score_of_answers(scorer, values, rows, np.arange(len(rows)))
        except Exception as exc:  # a user's scorer can raise anything
            return (
                "the scorer needs more of a model than its predictions: "
                f"{type(exc).__name__}: {exc}"
            )
        if not np.isclose(found, score, rtol=_RTOL, atol=_ATOL, equal_nan=True):
            return (
                f"the scorer gives {found:.6g} for the predictions ({rows.method}) of "
                f"split {number}, but gave {score:.6g} for the model itself"
            )
    return None
