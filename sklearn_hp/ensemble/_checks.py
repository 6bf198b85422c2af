"""What users give as members and weights, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import get_tags


def check_members(estimators: list[Any]) -> None:
    """Raise if an item is no pair of a name and an estimator or "drop"."""
    for item in estimators:
        if not (isinstance(item, (tuple, list)) and len(item) == 2):
            raise ValueError(
                f"estimators must be a list of (name, estimator) tuples, got {item!r} "
                f"in it."
            )
        name, estimator = item
        if not (hasattr(estimator, "fit") or estimator == "drop"):
            raise TypeError(
                f"The member {name!r} must be an estimator or 'drop', got "
                f"{estimator!r}."
            )


def refuse_pairwise(members: Sequence[tuple[str, Any]]) -> None:
    """Raise if a member takes distances or a kernel between rows in the place of X."""
    for name, estimator in members:
        if get_tags(estimator).input_tags.pairwise:
            raise ValueError(
                f"The member {name!r} takes a precomputed kernel or distances, so each "
                f"of its fold models would need other columns of X. Use cv=None, or an "
                f"estimator that computes them itself."
            )


def checked_weights(weights: Any, estimators: list[tuple[str, Any]]) -> np.ndarray:
    """Return the weights of the members that are not dropped, which add up to 1.

    Parameters
    ----------
    weights : array-like of shape (n_estimators,) or None
        As the user gave them; None for equal ones.
    estimators : list of (str, estimator) tuples
        All of them, with those that are "drop".

    Returns
    -------
    weights : ndarray of float, shape (n_members,)
        They add up to 1.

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        If their number is another, or if they cannot be weights.
    """
    is_kept = np.array([estimator != "drop" for _, estimator in estimators], dtype=bool)
    if weights is None:
        return np.full(is_kept.sum(), 1 / is_kept.sum())
    given = np.asarray(weights)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"weights must be numbers, got {weights!r}.")
    if given.shape != is_kept.shape:
        raise ValueError(
            f"weights must have one number for each of the {len(estimators)} "
            f"estimators, got an array of shape {given.shape}."
        )
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise ValueError(
            f"weights must be finite and not negative, got {weights!r}. To leave a "
            f"member out, give it the weight 0."
        )
    kept = given[is_kept]
    if not kept.any():
        raise ValueError(
            f"At least one weight must be positive, got weights={weights!r} for "
            f"{[name for name, _ in estimators]}."
        )
    return kept / kept.sum()
