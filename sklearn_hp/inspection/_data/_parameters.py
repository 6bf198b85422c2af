"""Candidates as columns: one for each parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sklearn_hp.inspection._data._ranges import Range, reads_better_in_log
from sklearn_hp.inspection._data._records import Parameter
from sklearn_hp.space._values import is_number
from sklearn_hp.space._written import written

_LONGEST = 40  # characters of a category


def make_parameters(
    candidates: Sequence[Mapping[str, Any]], ranges: Mapping[str, Range]
) -> tuple[Parameter, ...]:
    """Return the columns of candidates, in the order in which they first appear.

    Parameters
    ----------
    candidates : sequence of dict
        Parameter values by name.
    ranges : dict of str -> Range
        What is known of their ranges.

    Returns
    -------
    parameters : tuple of Parameter
    """
    names = dict.fromkeys(name for params in candidates for name in params)
    return tuple(_parameter(name, candidates, ranges.get(name)) for name in names)


def _parameter(
    name: str, candidates: Sequence[Mapping[str, Any]], known: Range | None
) -> Parameter:
    active = np.array([name in params for params in candidates], bool)
    values = np.empty(len(candidates), dtype=object)
    for row, params in enumerate(candidates):
        values[row] = _plain(params.get(name))
    found = list(values[active])
    if all(map(is_number, found)) and _is_of_numbers(known):
        return _of_numbers(name, values, active, known)
    texts = [text_of(value) for value in values]
    levels = _levels(found, known)
    code = {text: index for index, text in enumerate(levels)}
    numbers = [
        code[text] if is_active else math.nan
        for text, is_active in zip(texts, active, strict=True)
    ]
    return Parameter(name, values, active, np.array(numbers, float), levels)


def _is_of_numbers(known: Range | None) -> bool:
    return known is None or all(map(is_number, known.listed))


def _of_numbers(
    name: str, values: np.ndarray, active: np.ndarray, known: Range | None
) -> Parameter:
    numbers = np.full(len(values), math.nan)
    numbers[active] = [float(value) for value in values[active]]
    finite = numbers[np.isfinite(numbers)]
    is_known = known is not None and not math.isnan(known.low)
    low = known.low if known and is_known else min(finite, default=math.nan)
    high = known.high if known and is_known else max(finite, default=math.nan)
    is_log = known.is_log if known else None
    if is_log is None:
        listed = known.listed if known else ()
        is_log = reads_better_in_log(np.array(listed, float) if listed else finite)
    return Parameter(
        name,
        values,
        active,
        numbers,
        is_log=bool(is_log) and not (finite <= 0).any(),
        is_integer=bool(finite.size and (finite == np.floor(finite)).all())
        and all(isinstance(value, int) for value in values[active]),
        low=low,
        high=high,
        is_range_known=is_known,
    )


def _levels(found: Sequence[Any], known: Range | None) -> tuple[str, ...]:
    """Return the categories: as the space lists them, then others, numbers first."""
    listed = [text_of(_plain(value)) for value in known.listed] if known else []
    others = sorted(found, key=lambda v: (not is_number(v), v if is_number(v) else 0))
    return tuple(dict.fromkeys([*listed, *(text_of(value) for value in others)]))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def text_of(value: Any) -> str:
    """Return a value as people write it, shortened."""
    text = " ".join((value if isinstance(value, str) else written(value)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
