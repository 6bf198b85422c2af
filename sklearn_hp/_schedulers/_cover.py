"""Few candidates that stand for many: a covering array.

Whether a program fails mostly depends on one or two of its parameters: that is why
software is tested with arrays that have every pair of values [1]_. Candidates are
chosen so that together they show

- each choice of a parameter, and of numbers the smallest, the largest and some between;
- each pair of choices of two parameters, where numbers count as small or large;
- each pair of smallest and largest numbers;
- each combination of the choices that are objects, such as the steps of a pipeline:
  often no more than one of those fits the data.

Only what occurs among the candidates counts.

.. [1] D. R. Kuhn, D. R. Wallace and A. M. Gallo, "Software fault interactions and
   implications for software testing", IEEE Transactions on Software Engineering 30,
   2004.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.intp]

# A list of so many numbers is shown in full, of others the ends and so many parts.
_FEW_NUMBERS = 8
_N_PARTS = 5
# So many combinations of choices are shown in full, whatever they are.
_FEW_COMBINATIONS = 16
# So few that differ do not stand for others.
_LEAST_DIFFERENT = 3
# Where there are more candidates, so many are chosen, some more than need be.
_AT_LEAST = 8

_ABSENT = object()
# Values that are the same if they are equal. Of others, `==` may be anything.
_PLAIN = (str, bytes, bool, np.bool_, type(None))
# Words that stand for a step of a pipeline.
_STEPS = ("passthrough", "drop")


def cover(
    candidates: Sequence[Mapping[str, Any]], at_most: float, first: int | None = None
) -> list[int] | None:
    """Choose candidates that together show what all of them have.

    Parameters
    ----------
    candidates : sequence of dict
        What to choose from.
    at_most : float
        How many may be chosen.
    first : int or None, default=None
        Index of one that is chosen in any case.

    Returns
    -------
    chosen : list of int or None
        Indices of the chosen, those first that show most. None if that takes more than
        `at_most`, or if they differ in so little that they say nothing.
    """
    ids, n_ids = _what_each_shows(candidates)
    missing = np.ones(n_ids + 1, dtype=bool)
    missing[-1] = False  # what need not be shown has the id -1
    chosen: list[int] = []
    while missing.any():
        # the last of those that add most, in a grid the farthest from the first
        best = len(ids) - 1 - int(np.argmax(missing[ids].sum(axis=1)[::-1]))
        if not chosen and first is not None:
            best = first
        chosen.append(best)
        missing[ids[best]] = False
        if len(chosen) > at_most:
            return None
    if len(chosen) < _LEAST_DIFFERENT:
        return None
    step = max(1, len(candidates) // _AT_LEAST)
    others = [i for i in range(0, len(candidates), step) if i not in chosen]
    return chosen + others[: max(0, int(min(_AT_LEAST, at_most)) - len(chosen))]


def _what_each_shows(
    candidates: Sequence[Mapping[str, Any]],
) -> tuple[Codes, int]:
    """Return (n_candidates, n_columns) ids of what is to be shown, and their number.

    -1 stands for what need not be shown.
    """
    parameters = [
        parameter
        for name in dict.fromkeys(name for params in candidates for name in params)
        if (parameter := _Levels([p.get(name, _ABSENT) for p in candidates])).vary
    ]
    columns = [parameter.fine for parameter in parameters]
    for one, other in combinations(parameters, 2):
        columns.append(_combine(one.halves, other.halves))
        ends = _combine(one.ends, other.ends)
        columns.append(np.where((one.ends < 0) | (other.ends < 0), -1, ends))
    choices = [p.fine for p in parameters if p.has_choices]
    if choices and reduce(_combine, choices).max() >= _FEW_COMBINATIONS:
        choices = [p.fine for p in parameters if p.has_objects]
    if choices:
        columns.append(reduce(_combine, choices))
    n_ids = 0
    ids = np.empty((len(candidates), len(columns)), dtype=np.intp)
    for index, column in enumerate(columns):
        values, codes = np.unique(column, return_inverse=True)
        codes = codes.ravel() - int(values[0] < 0)
        ids[:, index] = np.where(column < 0, -1, codes + n_ids)
        n_ids += int(np.sum(values >= 0))
    return ids, n_ids


class _Levels:
    """The values of one parameter in all candidates, as codes from 0.

    ``fine`` tells apart all that is to be shown, ``halves`` the smaller and the larger
    numbers, ``ends`` the smallest and the largest; there, -1 is a number between.
    """

    def __init__(self, values: list[Any]) -> None:
        numbers = [value for value in values if _is_number(value)]
        rank = {number: i for i, number in enumerate(sorted(set(numbers)))}
        choice: dict[Any, int] = {}
        table = np.array(
            [
                _codes_of_rank(rank[value], len(rank))
                if _is_number(value)
                else (_FEW_NUMBERS + choice.setdefault(_key(value), len(choice)),) * 3
                for value in values
            ],
            dtype=np.intp,
        )
        self.fine, self.halves, self.ends = table.T
        self.vary = len(rank) + len(choice) > 1
        self.has_choices = len(choice) > (not rank)
        self.has_objects = self.has_choices and any(
            value in _STEPS if isinstance(value, str) else type(value) not in _PLAIN
            for value in values
            if not _is_number(value)
        )


def _codes_of_rank(rank: int, n: int) -> tuple[int, int, int]:
    """Return the codes of a number, by how many there are below it."""
    end = 0 if rank == 0 else 1 if rank == n - 1 else -1
    half = int(2 * rank >= n)
    if n <= _FEW_NUMBERS:
        return rank, half, end
    between = 2 + _N_PARTS * (rank - 1) // (n - 2)
    return (end if end >= 0 else between), half, end


def _is_number(value: Any) -> bool:
    # not isinstance: the class that a lazy object claims to have can be any
    cls = type(value)
    return issubclass(cls, Real) and cls not in _PLAIN and bool(value == value)


def _key(value: Any) -> Any:
    """Return what is equal for the same choice."""
    cls = type(value)
    return (cls, value) if issubclass(cls, _PLAIN) else id(value)


def _combine(one: Codes, other: Codes) -> Codes:
    """Return codes of pairs."""
    pairs = one * (other.max() + 2) + other
    return np.unique(pairs, return_inverse=True)[1].ravel()
