"""One finding, and what its rules have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sklearn_hp.inspection._data import SearchData

Severity = Literal["warning", "advice", "note"]
SEVERITIES: tuple[Severity, ...] = ("warning", "advice", "note")


@dataclass(frozen=True)
class Finding:
    """What a look at a search found, and what to do about it.

    Parameters
    ----------
    kind : str
        What it is about, such as "edge of range"; the same for all findings of a rule.
    severity : {"warning", "advice", "note"}
        "warning": do something before you rely on the result; "advice": the next search
        could do better; "note": good to know.
    what : str
        A sentence.
    evidence : str
        The figures behind it, in a sentence.
    advice : str
        What to do, in a sentence.
    parameter : str, default=""
        The parameter that it is about; empty for none.
    """

    kind: str
    severity: Severity
    what: str
    evidence: str
    advice: str
    parameter: str = ""

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.what, self.evidence, self.advice) if part
        )


def best_rows(data: SearchData, share: float = 0.1, least: int = 3) -> np.ndarray:
    """Return the rows of the best complete candidates, the best first.

    Parameters
    ----------
    data : SearchData
    share : float, default=0.1
        Of the complete ones.
    least : int, default=3
        How many to return at least, if there are so many.
    """
    rows = comparable_rows(data)
    scores = data.scores[data.metrics[0].name][rows]
    n = max(least, round(share * len(rows)))
    return rows[np.argsort(-scores, kind="stable")[:n]]


def comparable_rows(data: SearchData) -> np.ndarray:
    """Return the rows whose scores may be compared: complete, of the highest rung."""
    scores = data.scores[data.metrics[0].name]
    which = (data.states == "complete") & np.isfinite(scores)
    if data.resource is not None and which.any():
        which &= data.resource == data.resource[which].max()
    return np.flatnonzero(which)


def listed(names: list[str], most: int = 3) -> str:
    """Return names in a row, "a, b and c"; of many, the first and how many more."""
    if len(names) > most + 1:
        names = [*names[:most], f"{len(names) - most} more"]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
