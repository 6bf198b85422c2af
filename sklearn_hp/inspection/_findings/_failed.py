"""Whether candidates failed, and what they had in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from sklearn_hp._tracebacks import error_line
from sklearn_hp.inspection._data import Parameter, SearchData
from sklearn_hp.inspection._data._text import cut
from sklearn_hp.inspection._findings._finding import Finding, listed

_MANY = 0.1  # of the candidates
_LONGEST = 160  # characters of a reason


def failures(data: SearchData) -> Iterator[Finding]:
    """Yield that candidates failed, with the reasons."""
    failed = data.states == "failed"
    # of a search with rungs, a candidate has several rows
    n_candidates = len(np.unique(data.numbers))
    n_failed = len(np.unique(data.numbers[failed]))
    if not n_failed:
        return
    reasons = Counter(
        _shortened(error_line(reason)) for reason in data.failures if reason
    )
    evidence = ""
    if reasons:
        parts = [
            f"{count} times {reason.rstrip('.')}"
            for reason, count in reasons.most_common(3)
        ]
        evidence = f"The reasons: {'; '.join(parts)}."
    common = _in_common(data, failed)
    if common:
        evidence = (
            f"{evidence} Those that failed, and no others, have {common}.".strip()
        )
        advice = f"Leave {common} out of the space, or mend what it causes."
    else:
        advice = "Read the tracebacks and mend their cause; what failed has no score."
    yield Finding(
        kind="failures",
        severity="warning" if n_failed >= _MANY * n_candidates else "note",
        what=f"{n_failed} of {n_candidates} candidates failed.",
        evidence=evidence,
        advice=advice,
    )


def _shortened(line: str) -> str:
    """Return a line without the modules of an exception, cut if it is long."""
    line = re.sub(r"^[\w.]+\.(\w+:)", r"\1", line)
    return cut(line, _LONGEST)


def _in_common(data: SearchData, failed: np.ndarray) -> str:
    """Return which values all failed candidates have, and none of the others."""
    if failed.all():
        return ""
    parts = [_separating(one, failed) for one in data.parameters]
    return listed([part for part in parts if part], most=2)


def _separating(parameter: Parameter, failed: np.ndarray) -> str:
    with np.errstate(invalid="ignore"):
        bad = parameter.numbers[failed]
        good = parameter.numbers[~failed & parameter.active]
    if np.isnan(bad).any():
        return ""
    if parameter.levels is not None:
        values = set(bad)
        if values & set(good):
            return ""
        names = [repr(parameter.levels[int(v)]) for v in sorted(values)]
        return f"{parameter.name}={listed(names)}"
    if not good.size or failed.sum() < 2:
        return ""
    if bad.min() > good.max():
        return f"{parameter.name} of {bad.min():.4g} and more"
    if bad.max() < good.min():
        return f"{parameter.name} of {bad.max():.4g} and less"
    return ""
