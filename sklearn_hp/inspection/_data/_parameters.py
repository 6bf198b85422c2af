"""Candidates as columns: one for each parameter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from sklearn_hp.inspection._data._ranges import Range, reads_better_in_log
from sklearn_hp.inspection._data._records import Parameter
from sklearn_hp.inspection._data._text import cut
from sklearn_hp.space._values import is_number, token
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
    levels = _levels(found, known)
    code = {key: index for index, key in enumerate(levels)}
    numbers = [
        code[token(value)] if is_active else math.nan
        for value, is_active in zip(values, active, strict=True)
    ]
    labels = _labels(list(levels.values()))
    return Parameter(name, values, active, np.array(numbers, float), labels)


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


def _levels(found: Sequence[Any], known: Range | None) -> dict[Hashable, Any]:
    """Return the categories: as the space lists them, then others, numbers first."""
    listed = [_plain(value) for value in known.listed] if known else []
    others = sorted(found, key=lambda v: (not is_number(v), v if is_number(v) else 0))
    levels: dict[Hashable, Any] = {}
    for value in [*listed, *others]:
        levels.setdefault(token(value), value)
    return levels


def _labels(values: Sequence[Any]) -> tuple[str, ...]:
    """Return a text for each category, all different.

    Those that are equal in what `text_of` leaves, such as two estimators, begin where
    they differ, or have a number.
    """
    whole = [_whole_text(value) for value in values]
    groups: dict[str, list[str]] = {}
    for text in whole:
        groups.setdefault(cut(text, _LONGEST), []).append(text)
    labels = []
    for text in whole:
        group = groups[cut(text, _LONGEST)]
        start = _start_of_difference(group) if len(set(group)) > 1 else 0
        labels.append(
            cut(f"…{text[start:]}", _LONGEST) if start else cut(text, _LONGEST)
        )
    count, n_seen = Counter(labels), Counter[str]()
    for place, label in enumerate(labels):
        if count[label] > 1:
            n_seen[label] += 1
            labels[place] = f"{label} ({n_seen[label]})"
    return tuple(labels)


def _start_of_difference(texts: Sequence[str]) -> int:
    """Return where the first argument begins that is not the same in all texts."""
    first, last = min(texts), max(texts)  # what these share, all do
    pairs = enumerate(zip(first, last, strict=False))
    same = first[: next((i for i, (a, b) in pairs if a != b), len(first))]
    return max(same.rfind(", ") + 2, same.rfind("(") + 1) if ", " in same else 0


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def text_of(value: Any) -> str:
    """Return a value as people write it, shortened."""
    return cut(_whole_text(value), _LONGEST)


def _whole_text(value: Any) -> str:
    return " ".join((value if isinstance(value, str) else written(value)).split())
