"""Metrics of how rows are ordered by a value: those of the positive class first.

One sort for each prediction serves all draws. Rows of equal values are taken together.

V : (M, n) values of M models, a column of their predictions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._held_out._metrics import Array, ratio

# The (B, M) scores of V for finding a class, under weights of the rows.
Ranking = Callable[[Array, Array, NDArray[np.bool_]], Array]


class AreaUnderCurve:
    """The area under the receiver operating characteristic of two classes.

    Values are read from the last column of P.
    """

    def __init__(self, y: NDArray[np.intp]) -> None:
        self.positive = y == 1

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        return areas(P[:, :, -1], W, self.positive)


class AveragePrecision:
    """The average precision of finding one of two classes.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        The true classes, 0 and 1.
    positive : {0, 1}
        The class to find.
    """

    def __init__(self, y: NDArray[np.intp], positive: int) -> None:
        self.is_positive = y == positive
        self.column = positive

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        if P.shape[2] == 1:  # decision values
            values = P[:, :, 0] if self.column else -P[:, :, 0]
        else:
            values = P[:, :, self.column]
        return average_precisions(values, W, self.is_positive)


class MeanOfClasses:
    """The mean over classes of how well each is found among all rows.

    NaN where a class has no rows, as where scikit-learn raises.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        The true classes, columns of P.
    n_classes : int
        Their number, K.
    score : callable
        How well a class is found: `areas` or `average_precisions`.
    weighted : bool
        Whether each class weighs by its rows.
    """

    def __init__(
        self, y: NDArray[np.intp], n_classes: int, score: Ranking, weighted: bool
    ) -> None:
        self.y = y
        self.one_hot = np.eye(n_classes)[y]
        self.score = score
        self.weighted = weighted

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        sizes = W @ self.one_hot  # (B, K)
        total, total_share = np.zeros((len(W), len(P))), np.zeros((len(W), 1))
        for label in range(sizes.shape[1]):
            share, W_rows = self._weights(label, sizes, W)
            total += share * self.score(P[:, :, label], W_rows, self.y == label)
            total_share += share
        total[(sizes <= 0).any(axis=1)] = np.nan
        return ratio(total, total_share)

    def _weights(self, label: int, sizes: Array, W: Array) -> tuple[Array, Array]:
        """Return the (B, 1) weights of a class in the mean, and those of the rows."""
        size = sizes[:, [label]]
        return size if self.weighted else np.ones(size.shape), W


class MeanOfPairs(MeanOfClasses):
    """The mean over pairs of classes of the area for either against the other.

    It needs no loop over pairs. The areas for one class are one area, against the rows
    of all other classes, if the rows of a class together have the weight of its pair.

    Parameters
    ----------
    y, n_classes : ndarray of int, shape (n,), and int
        As of `MeanOfClasses`.
    weighted : bool
        Whether each pair weighs by its rows.
    """

    def __init__(self, y: NDArray[np.intp], n_classes: int, weighted: bool) -> None:
        super().__init__(y, n_classes, areas, weighted)

    def _weights(self, label: int, sizes: Array, W: Array) -> tuple[Array, Array]:
        of_pairs = sizes + sizes[:, [label]] if self.weighted else np.ones(sizes.shape)
        of_pairs[:, label] = 0.0
        of_rows = ratio(of_pairs, sizes)
        of_rows[:, label] = 1.0
        return of_pairs.sum(axis=1, keepdims=True), W * of_rows[:, self.y]


def areas(V: Array, W: Array, positive: NDArray[np.bool_]) -> Array:
    """Return the (B, M) areas under the receiver operating characteristic.

    An area is the share of pairs of a positive and a negative row in which the positive
    one has the larger value; ties count half [1]_. Its weight in a pair is the product
    of both rows' weights.

    References
    ----------
    .. [1] Hanley & McNeil, "The meaning and use of the area under a receiver operating
           characteristic (ROC) curve", Radiology 143, 1982.
    """
    W_positive, W_negative = W[:, positive], W[:, ~positive]
    won = np.empty((len(W), len(V)))
    for m, values in enumerate(V):
        less, at_most = _until(values[positive], values[~positive], W_negative)
        won[:, m] = np.sum(W_positive * (less + at_most), axis=1) / 2
    n_pairs = W_positive.sum(axis=1) * W_negative.sum(axis=1)
    return ratio(won, n_pairs[:, np.newaxis])


def average_precisions(V: Array, W: Array, positive: NDArray[np.bool_]) -> Array:
    """Return the (B, M) means of the precision, over the positive rows as thresholds.

    It is 0 without a positive row, as in scikit-learn.
    """
    W_positive, W_negative = W[:, positive], W[:, ~positive]
    total = np.empty((len(W), len(V)))
    for m, values in enumerate(-V):
        thresholds = values[positive]
        _, right = _until(thresholds, thresholds, W_positive)
        _, wrong = _until(thresholds, values[~positive], W_negative)
        precision = np.nan_to_num(ratio(right, right + wrong))
        total[:, m] = np.sum(W_positive * precision, axis=1)
    mean = np.nan_to_num(ratio(total, W_positive.sum(axis=1, keepdims=True)))
    return np.where(W.sum(axis=1, keepdims=True) > 0, mean, np.nan)


def _until(limits: Array, values: Array, W: Array) -> tuple[Array, Array]:
    """Return the weights of the values less than each limit, and of those at most it.

    For `W` of shape (B, n_values), both have the shape (B, n_limits).
    """
    order = np.argsort(values)
    summed = np.zeros((len(W), len(values) + 1))
    np.cumsum(W[:, order], axis=1, out=summed[:, 1:])
    places = _places(values[order], limits)
    return summed[:, places[0]], summed[:, places[1]]


def _places(ordered: Array, limits: Array) -> NDArray[np.intp]:
    """Return how many values are less than each limit, and at most it."""
    order = np.argsort(limits)  # what is sorted is found several times as fast
    places = np.empty((2, len(limits)), dtype=np.intp)
    places[0, order] = np.searchsorted(ordered, limits[order], "left")
    places[1, order] = np.searchsorted(ordered, limits[order], "right")
    return places
