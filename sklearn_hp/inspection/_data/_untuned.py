"""The candidate that is the estimator as the user gave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn_hp.space._values import same_value


def find_untuned(candidates: Sequence[Mapping[str, Any]], estimator: Any) -> int | None:
    """Return the row of the candidate that leaves an estimator unchanged.

    Parameters
    ----------
    candidates : sequence of dict
        Parameter values by name.
    estimator : estimator or None
        What was tuned.

    Returns
    -------
    row : int or None
        The first; None if there is none.
    """
    if estimator is None or not hasattr(estimator, "get_params"):
        return None
    own = estimator.get_params()
    for row, params in enumerate(candidates):
        if all(
            name in own and same_value(own[name], value)
            for name, value in params.items()
        ):
            return row
    return None
