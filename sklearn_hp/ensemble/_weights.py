"""The weights of an ensemble's members."""

from __future__ import annotations

from typing import Any

import numpy as np


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
    ValueError
        If their number is another, or if they are no weights.
    """
    is_kept = np.array([estimator != "drop" for _, estimator in estimators], dtype=bool)
    if weights is None:
        return np.full(is_kept.sum(), 1 / is_kept.sum())
    given = np.asarray(weights, dtype=float)
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
