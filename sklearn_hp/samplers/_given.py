"""Candidates that a user gives, as rows of a space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hp.space import SearchSpace

Array = NDArray[np.float64]


def rows_of(space: SearchSpace, candidates: Iterable[Mapping[str, Any]]) -> Array:
    """Return the rows of a list of candidates, (n, n_columns)."""
    if isinstance(candidates, Mapping):
        raise TypeError(
            f"A list of candidates is expected, got one: {candidates!r}. Put it in "
            f"a list."
        )
    rows = [
        _row_of(space, params, f"candidates[{index}]")
        for index, params in enumerate(candidates)
    ]
    return np.reshape(rows, (-1, space.n_columns))


def distinct_points(
    space: SearchSpace, points: Iterable[Mapping[str, Any]]
) -> list[tuple[dict[str, Any], Array]]:
    """Return initial points and their rows, without repetitions."""
    distinct, keys = [], set()
    for index, params in enumerate(points):
        row = _row_of(space, params, f"initial_points[{index}]")
        point = space.canonical(params)
        key = space.key_of(point)
        if key is None or key not in keys:
            keys.add(key)
            distinct.append((point, row))
    return distinct


def prior_rows(
    space: SearchSpace, prior_results: Iterable[Any]
) -> tuple[list[Array], list[float]] | None:
    """Return the rows and the scores of prior results; None if there are none."""
    rows, scores = [], []
    for index, pair in enumerate(prior_results):
        try:
            params, score = pair
            score = float(score)
        except (TypeError, ValueError) as exc:
            raise TypeError(
                f"prior_results[{index}] must be a pair of a candidate, a dict, and "
                f"its score, a number, got {pair!r}."
            ) from exc
        rows.append(_row_of(space, params, f"prior_results[{index}][0]"))
        scores.append(score)
    return (rows, scores) if rows else None


def _row_of(space: SearchSpace, params: Any, called: str) -> Array:
    """Return the row of a candidate that is called so in messages."""
    if not isinstance(params, Mapping):
        raise TypeError(
            f"{called} must be a dict of parameter names and values, got "
            f"{params!r} of type {type(params).__name__}."
        )
    try:
        return space.encode(params)
    except ValueError as exc:
        raise ValueError(f"{called} = {params!r} is not in the space. {exc}") from exc
