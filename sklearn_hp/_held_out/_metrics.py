"""Metrics of many predictions under many weights of the rows, without a loop over rows.

A bootstrap that draws a row twice gives it the weight 2, so scores of all draws of all
predictions are one product of matrices where a metric is a mean over rows, and one sort
for each prediction for the area under the curve.

P : (M, n, C) predictions of M models, C columns each.
W : (B, n) weights of the rows, for instance how often each of B draws has each.

Each metric is built from the rows' targets, called with P and W, and returns (B, M)
scores to maximise; NaN where a draw leaves the metric undefined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Differences that are relatively smaller are by rounding.
ROUNDING = 1e-12


class Metric(Protocol):
    """Scores of predictions under weights."""

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""


class RowMean:
    """A metric that is a mean over rows.

    Parameters
    ----------
    of_rows : callable
        Returns the (M, n) scores of the rows of P.
    """

    def __init__(self, of_rows: Callable[[Array], Array]) -> None:
        self.of_rows = of_rows

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) means."""
        return _ratio(W @ self.of_rows(P).T, W.sum(axis=1, keepdims=True))


def log_score(y: NDArray[np.intp]) -> RowMean:
    """Minus the log loss; `y` are the columns of the true classes."""
    eps = np.finfo(float).eps
    rows = np.arange(len(y))
    return RowMean(lambda P: np.log(np.clip(P[:, rows, y], eps, 1 - eps)))


def brier_score(y: NDArray[np.intp], n_classes: int) -> RowMean:
    """Minus the Brier score; halved for two classes, as in scikit-learn."""
    one_hot = np.eye(n_classes)[y]
    scale = 0.5 if n_classes == 2 else 1.0
    return RowMean(lambda P: -scale * np.sum((one_hot - P) ** 2, axis=2))


def accuracy(y: NDArray[np.intp]) -> RowMean:
    """How often the class of a row is the predicted one."""
    return RowMean(lambda P: (_chosen(P) == y).astype(float))


def squared_error(y: Array) -> RowMean:
    """Minus the squared error, a mean over the columns of `y`, of shape (n, C)."""
    return RowMean(lambda P: -np.mean((y - P) ** 2, axis=2))


def absolute_error(y: Array) -> RowMean:
    """Minus the absolute error, a mean over the columns of `y`, of shape (n, C)."""
    return RowMean(lambda P: -np.mean(np.abs(y - P), axis=2))


class BalancedAccuracy:
    """The mean over classes of how many of their rows are predicted as such."""

    def __init__(self, y: NDArray[np.intp]) -> None:
        self.y = y
        self.one_hot = np.eye(y.max() + 1)[:, y]  # (n_classes, n)

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        hits = (_chosen(P) == self.y).astype(float)
        recalls = [
            _ratio((W * members) @ hits.T, (W @ members)[:, np.newaxis])
            for members in self.one_hot
        ]
        return nan_mean(np.stack(recalls))


class RootMeanSquaredError:
    """Minus the root of the squared error, a mean over the columns of `y`."""

    def __init__(self, y: Array) -> None:
        self.y = y

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        total = np.tensordot(W, (self.y - P) ** 2, axes=(1, 1))  # (B, M, C)
        weight = W.sum(axis=1)[:, np.newaxis, np.newaxis]
        return -np.sqrt(_ratio(total, weight)).mean(axis=2)


class R2:
    """The part of the variance that is explained, a mean over the columns of `y`."""

    def __init__(self, y: Array) -> None:
        self.y = y
        self.centred = y - y.mean(axis=0)  # differences of large squares lose digits

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores; as scikit-learn, 0 where `y` is constant."""
        error = np.tensordot(W, (self.y - P) ** 2, axes=(1, 1))  # (B, M, C)
        square = W @ self.centred**2  # (B, C)
        mean_part = _ratio((W @ self.centred) ** 2, W.sum(axis=1, keepdims=True))
        variance = square - mean_part
        variance[variance <= ROUNDING * square] = 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            r2 = 1.0 - error / variance[:, np.newaxis]
        r2[np.isneginf(r2)] = 0.0
        r2[(error == 0) & (variance == 0)[:, np.newaxis]] = 1.0
        return r2.mean(axis=2)


class AreaUnderCurve:
    """The area under the receiver operating characteristic of two classes.

    It is the share of pairs of a positive and a negative row in which the positive one
    has the larger value; ties count half [1]_. Its weight in a pair is the product of
    both rows' weights. Values are read from the last column of P.

    References
    ----------
    .. [1] Hanley & McNeil, "The meaning and use of the area under a receiver operating
           characteristic (ROC) curve", Radiology 143, 1982.
    """

    def __init__(self, y: NDArray[np.intp]) -> None:
        self.positive = y.astype(float)

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        return np.column_stack([self._of_one(values, W) for values in P[:, :, -1]])

    def _of_one(self, values: Array, W: Array) -> Array:
        order = np.argsort(values, kind="stable")
        starts = np.flatnonzero(np.diff(values[order], prepend=np.nan) != 0)
        W, positive = W[:, order], self.positive[order]
        of_positives = np.add.reduceat(W * positive, starts, axis=1)
        of_negatives = np.add.reduceat(W * (1 - positive), starts, axis=1)
        below = np.cumsum(of_negatives, axis=1) - of_negatives / 2
        n_pairs = of_positives.sum(axis=1) * of_negatives.sum(axis=1)
        return _ratio(np.sum(of_positives * below, axis=1), n_pairs)


def nan_mean(values: Array) -> Array:
    """Return the mean along the first axis of what is no NaN; NaN if nothing is."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))


def first_of_best(values: Array) -> int:
    """Return the index of the largest value, the first of equals; NaN is the least."""
    values = np.nan_to_num(values, nan=-np.inf)
    top = values.max()
    return int(np.argmax(values >= top - ROUNDING * abs(top)))


def _chosen(P: Array) -> NDArray[np.intp]:
    """Return the column that is predicted, the first of equals."""
    if P.shape[2] == 1:  # decision values of two classes
        return (P[:, :, 0] > 0).astype(np.intp)
    return P.argmax(axis=2)


def _ratio(total: Array, weight: Array) -> Array:
    """Divide, with NaN where there is no weight."""
    weight = np.broadcast_to(weight, total.shape)
    return np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
