"""Metrics of how rows are ordered by a value: those of the positive class first.

One sort for each prediction serves all draws. Rows of equal values are taken together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._held_out._metrics import Array, ratio


class AreaUnderCurve:
    """The area under the receiver operating characteristic of two classes.

    Values are read from the last column of P.
    """

    def __init__(self, y: NDArray[np.intp]) -> None:
        self.positive = y == 1

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        return np.column_stack(
            [_area(values, W, self.positive) for values in P[:, :, -1]]
        )


class MeanAreaUnderCurve:
    """The mean area over classes, each against the rest or against each other one.

    NaN where a class has no rows, as where scikit-learn raises.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        The true classes, columns of P.
    n_classes : int
        Their number.
    one_vs_one : bool
        Whether classes are compared in pairs.
    weighted : bool
        Whether each weighs by its rows.
    """

    def __init__(
        self, y: NDArray[np.intp], n_classes: int, one_vs_one: bool, weighted: bool
    ) -> None:
        self.y = y
        self.n_classes = n_classes
        self.one_vs_one = one_vs_one
        self.weighted = weighted

    def __call__(self, P: Array, W: Array) -> Array:
        """Return the (B, M) scores."""
        return np.column_stack([self._of_one(values, W) for values in P])

    def _of_one(self, values: Array, W: Array) -> Array:
        total = weight_of_all = np.zeros(len(W))
        for label, rows, weighs in self._comparisons():
            weight = W @ weighs if self.weighted else np.ones(len(W))
            area = _area(values[rows, label], W[:, rows], self.y[rows] == label)
            total = total + weight * area
            weight_of_all = weight_of_all + weight
        return ratio(total, weight_of_all)

    def _comparisons(self) -> Iterator[tuple[int, NDArray[np.intp], Array]]:
        """Yield a class, the rows among which it is found, those it weighs by."""
        labels = range(self.n_classes)
        if not self.one_vs_one:
            for label in labels:
                yield label, np.arange(len(self.y)), (self.y == label).astype(float)
            return
        for pair in combinations(labels, 2):
            is_in = np.isin(self.y, pair)
            for label in pair:
                yield label, np.flatnonzero(is_in), is_in.astype(float)


class AveragePrecision:
    """The mean of the precision over thresholds, weighted by the gain in recall.

    It is 0 without a row of the positive class, as in scikit-learn.

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
        return np.column_stack([self._of_one(each, W) for each in values])

    def _of_one(self, values: Array, W: Array) -> Array:
        positives, negatives = _by_value(-values, W, self.is_positive)
        found = np.cumsum(positives, axis=1)
        drawn = found + np.cumsum(negatives, axis=1)
        precision = np.nan_to_num(ratio(found, drawn))
        total = np.nan_to_num(
            ratio((positives * precision).sum(axis=1), positives.sum(axis=1))
        )
        return np.where(drawn[:, -1] > 0, total, np.nan)


def _area(values: Array, W: Array, positive: NDArray[np.bool_]) -> Array:
    """Return the (B,) areas under the curve of one prediction.

    It is the share of pairs of a positive and a negative row in which the positive one
    has the larger value; ties count half [1]_. Its weight in a pair is the product of
    both rows' weights.

    References
    ----------
    .. [1] Hanley & McNeil, "The meaning and use of the area under a receiver operating
           characteristic (ROC) curve", Radiology 143, 1982.
    """
    if not len(values):
        return np.full(len(W), np.nan)
    positives, negatives = _by_value(values, W, positive)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    n_pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return ratio(np.sum(positives * below, axis=1), n_pairs)


def _by_value(
    values: Array, W: Array, positive: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Return the weights of positive and of other rows of each value, ascending."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=np.nan) != 0)
    W, is_positive = W[:, order], positive[order].astype(float)
    return (
        np.add.reduceat(W * is_positive, starts, axis=1),
        np.add.reduceat(W * (1 - is_positive), starts, axis=1),
    )
