"""Metrics that follow from the confusion matrix of true and predicted classes.

C : (B, M, K, K) its entries for M models under B draws: the weight of the rows of one
class (third axis) that are predicted as another (last axis), of K classes.

A class is *present* in a draw if a row of it is, or if it is predicted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._held_out._metrics import Array, chosen, nan_mean, ratio

OfClass = Callable[[Array, Array, Array], tuple[Array, Array]]


class OfConfusion:
    """A metric of the confusion matrix; NaN without any row.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        The true classes.
    n_classes : int
        K.
    score : callable
        Maps confusion matrices to (B, M) scores.
    """

    def __init__(
        self, y: NDArray[np.intp], n_classes: int, score: Callable[[Array], Array]
    ) -> None:
        self.members = [np.flatnonzero(y == label) for label in range(n_classes)]
        self.score = score

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        one_hot = np.eye(len(self.members))
        predicted = chosen(P)
        C = np.stack(
            [
                np.tensordot(W[:, rows], one_hot[predicted[:, rows]], axes=(1, 1))
                for rows in self.members
            ],
            axis=2,
        )
        return np.where(C.sum(axis=(2, 3)) > 0, self.score(C), np.nan)


class SetScore:
    """Precision, recall, F or Jaccard score, of one class or as a mean over classes.

    Parameters
    ----------
    of_class : callable
        Returns numerator and denominator of the score of classes, from the weights of
        the rows that are predicted well, that are of the class, and that are predicted
        as such.
    average : {"binary", "micro", "macro", "weighted"}
        As in scikit-learn; "binary" is the score of the class `positive` alone.
    positive : int or None
        The class that "binary" scores.
    undefined : float
        What 0 / 0 is.
    """

    def __init__(
        self,
        of_class: OfClass,
        average: str,
        positive: int | None,
        undefined: float,
    ) -> None:
        self.of_class = of_class
        self.average = average
        self.positive = positive
        self.undefined = undefined

    def __call__(self, C: Array) -> Array:
        """Return the (B, M) scores."""
        hits, true, predicted = _margins(C)
        each = hits, true, predicted
        if self.average == "binary":
            return self._score(*(part[:, :, self.positive] for part in each))
        if self.average == "micro":
            return self._score(*(part.sum(axis=2) for part in each))
        weights = true if self.average == "weighted" else (true + predicted > 0) * 1.0
        return ratio((self._score(*each) * weights).sum(axis=2), weights.sum(axis=2))

    def _score(self, hits: Array, true: Array, predicted: Array) -> Array:
        found = ratio(*self.of_class(hits, true, predicted))
        return np.where(np.isnan(found), self.undefined, found)


def precision(hits: Array, true: Array, predicted: Array) -> tuple[Array, Array]:
    """Return the part of what is predicted as a class that is of it."""
    return hits, predicted


def recall(hits: Array, true: Array, predicted: Array) -> tuple[Array, Array]:
    """Return the part of a class that is predicted as such."""
    return hits, true


def f_score(beta: float) -> OfClass:
    """Return their harmonic mean, where recall weighs `beta` squared times as much."""
    if np.isposinf(beta):
        return recall
    b2 = beta**2
    return lambda hits, true, predicted: ((1 + b2) * hits, b2 * true + predicted)


def jaccard(hits: Array, true: Array, predicted: Array) -> tuple[Array, Array]:
    """Return what is of a class and predicted as such, as part of what is either."""
    return hits, true + predicted - hits


def balanced_accuracy(C: Array) -> Array:
    """Return the mean of the recalls of the classes that have rows."""
    hits, true, _ = _margins(C)
    return nan_mean(np.moveaxis(ratio(hits, true), 2, 0))


def matthews_correlation(C: Array) -> Array:
    """Return the correlation of true and predicted classes; 0 where one is constant."""
    hits, true, predicted = _margins(C)
    n = true.sum(axis=2)
    covariance = hits.sum(axis=2) * n - (true * predicted).sum(axis=2)
    of_predicted = n**2 - (predicted**2).sum(axis=2)
    of_true = n**2 - (true**2).sum(axis=2)
    return np.nan_to_num(ratio(covariance, np.sqrt(of_predicted * of_true)))


def cohen_kappa(C: Array) -> Array:
    """Return 1 minus the rows predicted wrong as a part of those to expect."""
    _, true, predicted = _margins(C)
    wrong = 1 - np.eye(C.shape[2])
    by_chance = true[..., np.newaxis] * predicted[:, :, np.newaxis]
    expected = (wrong * by_chance).sum(axis=(2, 3)) / C.sum(axis=(2, 3)).clip(1e-300)
    return 1 - ratio((wrong * C).sum(axis=(2, 3)), expected)


def _margins(C: Array) -> tuple[Array, Array, Array]:
    """Return the weights of hits, of true and of predicted rows, each (B, M, K)."""
    return np.diagonal(C, axis1=2, axis2=3), C.sum(axis=3), C.sum(axis=2)
