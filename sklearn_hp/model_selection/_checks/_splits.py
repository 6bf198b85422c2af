"""Cross-validation splits as users give them, checked before the first fit."""

import inspect
from collections.abc import Iterable

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from sklearn_hp._missing_labels import check_no_label_missing
from sklearn_hp.model_selection._warning import warn_caller
from sklearn_hp.space._written import written


def list_splits(cv):
    """Return the splits of an iterable as a list of pairs.

    Parameters
    ----------
    cv : object
        As given to a search.

    Returns
    -------
    cv : object
        A list if it was an iterable of splits, else what was given.

    Raises
    ------
    TypeError
        If it is a class, or an iterable of what is no pair.
    """
    if inspect.isclass(cv):
        raise TypeError(
            f"cv must be a splitter, a number of folds or an iterable of splits, got "
            f"the class {cv.__name__}. Make an instance: cv={cv.__name__}(...)."
        )
    if hasattr(cv, "split") or not isinstance(cv, Iterable):
        return cv
    splits = list(cv)
    for number, split in enumerate(splits):
        if not hasattr(split, "__len__") or len(split) != 2:
            raise TypeError(
                f"Split {number} of cv must be a pair (train, test) of index arrays, "
                f"got {written(split)} of type {type(split).__name__}. Pass a number "
                f"of folds, a splitter such as KFold(5), or a list of such pairs."
            )
    return splits


def make_splitter(cv, y, *, classifier):
    """Return the splitter that `cv` stands for, as scikit-learn makes it.

    Raises
    ------
    ValueError
        If labels are missing, which scikit-learn finds when it cannot compare them.
    """
    try:
        return check_cv(cv, y, classifier=classifier)
    except (TypeError, ValueError):
        check_no_label_missing(y)
        raise


def check_split(number, train, test, n_rows):
    """Refuse indices that cannot divide the rows.

    Parameters
    ----------
    number : int
        Which split of ``cv`` it is, for the message.
    train, test : array-like
        Indices or masks of rows.
    n_rows : int
        Number of rows of the data.

    Raises
    ------
    TypeError
        If one is not an array of indices.
    ValueError
        If there are indices beyond the rows, or no rows to score on.
    """
    n_train = _count_rows(f"train of split {number} of cv", train, n_rows)
    if _count_rows(f"test of split {number} of cv", test, n_rows) == 0:
        raise ValueError(
            f"Split {number} of cv has no rows to score on: its test indices are "
            f"empty. Leave this split out."
        )
    if n_train == 0:  # no mistake if the estimator was fitted before and is frozen
        warn_caller(
            f"Split {number} of cv has no rows to train on: its train indices are "
            f"empty.",
        )


def _count_rows(name, indices, n_rows):
    """Return how many rows are selected, None if they are not numpy's."""
    if isinstance(indices, slice):
        raise TypeError(
            f"{name} must be an array of indices, got {indices!r}. For all rows, pass "
            f"numpy.arange({n_rows})."
        )
    if hasattr(indices, "__array_namespace__") and not isinstance(indices, np.ndarray):
        return None
    indices = np.asarray(indices)
    if indices.size == 0:
        return 0
    if indices.ndim != 1 or indices.dtype.kind not in "biu":
        raise TypeError(
            f"{name} must be a one-dimensional array of integers, or a boolean mask, "
            f"got an array of shape {indices.shape} and dtype {indices.dtype}. Labels "
            f"of rows are not indices: pass the positions, from 0 to {n_rows - 1}."
        )
    if indices.dtype.kind == "b":
        if len(indices) != n_rows:
            raise ValueError(
                f"{name} is a mask of {len(indices)} values for {n_rows} rows. Pass a "
                f"mask with one value for each row."
            )
        return np.count_nonzero(indices)
    low, high = indices.min(), indices.max()
    if low < -n_rows or high >= n_rows:
        raise ValueError(
            f"{name} has the index {high if high >= n_rows else low}, and the data has "
            f"{n_rows} rows. Indices go from 0 to {n_rows - 1}; make the splits from "
            f"the data that you pass to fit."
        )
    return len(indices)


def missing_classes(estimator, y, splits):
    """Return which classes are missing from which splits.

    Parameters
    ----------
    estimator : estimator
        What is tuned.
    y : array-like or None
        Its target.
    splits : list of (train, test)
        Indices of rows, not masks.

    Returns
    -------
    missing : list of (int, str, object)
        Number of the split, "train" or "test", and the class. Empty if the estimator is
        no classifier, or `y` is not one column of labels.
    """
    if y is None or not is_classifier(estimator):
        return []
    if hasattr(y, "__array_namespace__") and not isinstance(y, np.ndarray):
        return []  # of another library, perhaps on a device
    try:
        labels, codes = np.unique(np.asarray(y), return_inverse=True)
    except TypeError:  # labels without an order: the estimator says so
        return []
    if np.ndim(y) != 1:
        return []
    return [
        (number, part, label.item() if hasattr(label, "item") else label)
        for number, split in enumerate(splits)
        for part, rows in zip(("train", "test"), split, strict=True)
        for label in labels[np.bincount(codes[rows], minlength=len(labels)) == 0]
    ]
