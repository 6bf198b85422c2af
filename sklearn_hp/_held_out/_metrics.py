"""Metrics of many predictions under many weights of the rows, without a loop over rows.

A bootstrap that draws a row twice gives it the weight 2, so scores of all draws of all
predictions are one product of matrices where a metric is a mean over rows. Metrics of
classes predicted right and wrong are in `_confusion`, those of an order in `_ranking`.

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
from scipy.special import xlogy

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
        return ratio(W @ self.of_rows(P).T, W.sum(axis=1, keepdims=True))


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
    return RowMean(lambda P: (chosen(P) == y).astype(float))


def squared_error(y: Array) -> RowMean:
    """Minus the squared error, a mean over the columns of `y`, of shape (n, C)."""
    return RowMean(lambda P: -np.mean((y - P) ** 2, axis=2))


def absolute_error(y: Array) -> RowMean:
    """Minus the absolute error, a mean over the columns of `y`, of shape (n, C)."""
    return RowMean(lambda P: -np.mean(np.abs(y - P), axis=2))


def percentage_error(y: Array) -> RowMean:
    """Minus the absolute error as a part of `y`, a mean over its columns."""
    scale = np.maximum(np.abs(y), np.finfo(float).eps)
    return RowMean(lambda P: -np.mean(np.abs(y - P) / scale, axis=2))


def squared_log_error(y: Array) -> RowMean:
    """Minus the squared difference of the logarithms of 1 + y."""
    of_logs = squared_error(np.log1p(y))
    return RowMean(lambda P: of_logs.of_rows(np.log1p(P)))


def pinball_loss(y: Array, alpha: float) -> RowMean:
    """Minus the loss that the quantile `alpha` minimises, a mean over columns."""
    return RowMean(
        lambda P: -np.mean(np.maximum(alpha * (y - P), (alpha - 1) * (y - P)), axis=2)
    )


def tweedie_deviance(y: Array, power: float) -> RowMean:
    """Minus the deviance of a Tweedie distribution: 1 is Poisson's, 2 is gamma.

    `y` has one column.
    """
    p = power

    def deviance(P: Array) -> Array:
        if p == 1:
            return xlogy(y, y / P) - y + P
        if p == 2:
            return np.log(P / y) + y / P - 1
        of_y = np.maximum(y, 0) ** (2 - p) / ((1 - p) * (2 - p))
        return of_y - y * P ** (1 - p) / (1 - p) + P ** (2 - p) / (2 - p)

    return RowMean(lambda P: -2 * deviance(P)[:, :, 0])


class RootMeanSquaredError:
    """Minus the root of the squared error, a mean over the columns of `y`."""

    def __init__(self, y: Array) -> None:
        self.y = y

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        total = np.tensordot(W, (self.y - P) ** 2, axes=(1, 1))  # (B, M, C)
        weight = W.sum(axis=1)[:, np.newaxis, np.newaxis]
        return -np.sqrt(ratio(total, weight)).mean(axis=2)


class R2:
    """The part of the variance that is explained, a mean over the columns of `y`."""

    def __init__(self, y: Array) -> None:
        self.y = y
        self.centred = y - y.mean(axis=0)  # differences of large squares lose digits

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores; as scikit-learn, 0 where `y` is constant."""
        error = np.tensordot(W, (self.y - P) ** 2, axes=(1, 1))  # (B, M, C)
        square = W @ self.centred**2  # (B, C)
        mean_part = ratio((W @ self.centred) ** 2, W.sum(axis=1, keepdims=True))
        variance = square - mean_part
        variance[variance <= ROUNDING * square] = 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            r2 = 1.0 - error / variance[:, np.newaxis]
        r2[np.isneginf(r2)] = 0.0
        r2[(error == 0) & (variance == 0)[:, np.newaxis]] = 1.0
        return r2.mean(axis=2)


class MedianAbsoluteError:
    """Minus the median of the absolute error, a mean over the columns of `y`."""

    def __init__(self, y: Array) -> None:
        self.y = y

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        errors = np.moveaxis(np.abs(self.y - P), 1, 2)  # (M, C, n)
        medians = [[_median(column, W) for column in each] for each in errors]
        return -np.mean(medians, axis=1).T


def _median(values: Array, W: Array) -> Array:
    """Return the (B,) medians: the mean of the two in the middle if there are two."""
    order = np.argsort(values, kind="stable")
    above = np.cumsum(W[:, order], axis=1)
    half = above[:, -1:] / 2
    lower, upper = (above >= half).argmax(axis=1), (above > half).argmax(axis=1)
    middle = (values[order][lower] + values[order][upper]) / 2
    return np.where(half[:, 0] > 0, middle, np.nan)


def nan_mean(values: Array) -> Array:
    """Return the mean along the first axis of what is no NaN; NaN if nothing is."""
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))


def first_of_best(values: Array) -> int:
    """Return the index of the largest value, the first of equals; NaN is the least."""
    values = np.nan_to_num(values, nan=-np.inf)
    top = values.max()
    return int(np.argmax(values >= top - ROUNDING * abs(top)))


def chosen(P: Array) -> NDArray[np.intp]:
    """Return the column that is predicted, the first of equals."""
    if P.shape[2] == 1:  # decision values of two classes
        return (P[:, :, 0] > 0).astype(np.intp)
    return P.argmax(axis=2)


def ratio(total: Array, weight: Array) -> Array:
    """Divide, with NaN where there is no weight."""
    weight = np.broadcast_to(weight, total.shape)
    return np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
