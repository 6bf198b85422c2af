"""The held-out rows of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._responses import Target

# More splits than that are taken together; of fewer, the rows are divided anew.
_MOST_PARTS, _FEWEST_PARTS, _NEW_PARTS = 10, 3, 5


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
    X : array-like of shape (n, n_features), default=None
        The rows themselves, for functions of the user that read them; None for none.
    score_params : dict, default={}
        What the scorer is called with besides, such as `sample_weight`, for these rows.
    """

    y: Any
    method: str
    target: Target
    splits: NDArray[np.intp]
    groups: Any = None
    X: Any = None
    score_params: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.splits)


def parts_of(rows: Rows) -> NDArray[np.intp]:
    """Return the part of each row, of 3 to 10: splits, or else a division of the rows.

    Rows of a group are in one part, if they are in one split.
    """
    _, codes = np.unique(rows.splits, return_inverse=True)
    n_splits = codes.max() + 1
    if n_splits >= _FEWEST_PARTS:
        return codes % _MOST_PARTS
    units = units_of(rows)
    shuffled = np.random.default_rng(0).permutation(units.max() + 1)
    return shuffled[units] % min(_NEW_PARTS, len(shuffled))


def units_of(rows: Rows) -> NDArray[np.intp]:
    """Return the number of the unit that each row is in: of its group, or its own."""
    if rows.groups is None:
        return np.arange(len(rows))
    _, codes = np.unique(np.asarray(rows.groups), return_inverse=True)
    return codes


def why_not_exchangeable(
    splits: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> str | None:
    """Say why rows cannot stand for one another, None if they can.

    Parameters
    ----------
    splits : sequence of (train, test) pairs of ndarray of int
        The rows that models of each split are fitted on, and those held out.

    Returns
    -------
    reason : str or None
        Rows are ordered if all splits train on earlier rows than they test on.
    """
    if len(splits) < 2 or any(test.min() < train.max() for train, test in splits):
        return None
    return (
        "each split is tested on rows that come after all of its training rows, as in "
        "a time series: an estimate that draws rows at random holds for none that is "
        "still to come"
    )
