"""Which training rows a fit sets aside to be stopped by."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold


def split_off(
    y: np.ndarray,
    fraction: float,
    rng: np.random.RandomState,
    *,
    stratify: bool,
    groups: Any = None,
    shuffle: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose rows to stop by.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Classes or targets.
    fraction : float
        Of the rows, or of the groups if there are any.
    rng : RandomState
        Chooses.
    stratify : bool
        Whether `y` has classes. Each has then its share, up to rounding, in both parts;
        a class never lacks in the training part.
    groups : array-like of shape (n_samples,) or None, default=None
        Rows of one group stay together.
    shuffle : bool, default=True
        Whether to draw the rows, or the groups. False takes the last, also of groups in
        the order in which they first occur, whatever their classes.

    Returns
    -------
    train, stopping : ndarray of int
        Sorted row numbers.

    Raises
    ------
    ValueError
        If there are not enough rows, or groups, for two parts.
    """
    if groups is not None:
        is_stopping = _split_groups(
            y, fraction, rng, stratify, np.asarray(groups), shuffle
        )
    elif shuffle:
        is_stopping = _draw_rows(y, fraction, rng, stratify)
    else:
        n = len(y)
        is_stopping = np.arange(n) >= n - max(1, round(fraction * n))
        is_stopping[0] = False
        if stratify:
            _return_missing_classes(is_stopping, y, np.arange(n))
    if not is_stopping.any():
        what = "samples" if groups is None else "groups"
        n = len(y) if groups is None else len(np.unique(groups))
        raise ValueError(
            f"early_stopping=True needs rows to stop by, and of these {n} {what} none "
            f"can be spared: every class needs one to train on. Give more samples, or "
            f"pass early_stopping=False."
        )
    return np.flatnonzero(~is_stopping), np.flatnonzero(is_stopping)


def _draw_rows(
    y: np.ndarray, fraction: float, rng: np.random.RandomState, stratify: bool
) -> np.ndarray:
    n = len(y)
    order = rng.permutation(n)
    if stratify:
        order = order[np.argsort(y[order], kind="stable")]
        # the first of each class trains
        first = np.concatenate([[True], np.diff(y[order]) != 0])
        eligible = order[~first]
    else:
        eligible = order[1:]
    n_stopping = min(max(1, round(fraction * n)), len(eligible))
    # evenly along the classes, so each has its share
    picks = ((np.arange(n_stopping) + 0.5) * len(eligible) / max(1, n_stopping)).astype(
        int
    )
    is_stopping = np.zeros(n, dtype=bool)
    is_stopping[eligible[picks]] = True
    return is_stopping


def _split_groups(
    y: np.ndarray,
    fraction: float,
    rng: np.random.RandomState,
    stratify: bool,
    groups: np.ndarray,
    shuffle: bool,
) -> np.ndarray:
    names, first_rows, codes = np.unique(groups, return_index=True, return_inverse=True)
    n_groups = len(names)
    if n_groups < 2:
        raise ValueError(
            f"early_stopping=True keeps each of the groups whole, and the {len(y)} "
            f"training samples are all of one group, so none are left to stop by. Give "
            f"samples of two groups or more, or pass early_stopping=False."
        )
    is_stopping = np.zeros(len(y), dtype=bool)
    n_splits = min(max(2, round(1 / fraction)), n_groups)
    if not shuffle:
        n_last = min(max(1, round(fraction * n_groups)), n_groups - 1)
        is_stopping = np.isin(codes, np.argsort(first_rows)[-n_last:])
    else:
        if stratify and np.unique(y, return_counts=True)[1].min() >= n_splits:
            splitter: Any = StratifiedGroupKFold(
                n_splits, shuffle=True, random_state=rng
            )
        else:
            splitter = GroupShuffleSplit(1, test_size=fraction, random_state=rng)
        is_stopping[next(splitter.split(np.zeros(len(y)), y, groups))[1]] = True
    if stratify:
        _return_missing_classes(is_stopping, y, codes)
    return is_stopping


def _return_missing_classes(
    is_stopping: np.ndarray, y: np.ndarray, units: np.ndarray
) -> None:
    """Have every class train: the first row that has it, with the rest of its unit."""
    for label in np.setdiff1d(y[is_stopping], y[~is_stopping]):
        of_class = y == label
        if is_stopping[of_class].all():  # another class may have brought it along
            is_stopping[units == units[np.argmax(of_class)]] = False
