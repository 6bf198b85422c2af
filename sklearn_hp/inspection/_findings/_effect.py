"""Whether a parameter was searched in vain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sklearn_hp.inspection._data import SearchData
from sklearn_hp.inspection._design_matrix import DesignMatrix, design_matrix
from sklearn_hp.inspection._findings._finding import Finding
from sklearn_hp.inspection._importance import N_ENOUGH
from sklearn_hp.inspection._parameter_importance import find_importance

# The model of noisy scores takes weak parameters for irrelevant ones, and its bootstrap
# does not tell. Of 80 random searches with 30 candidates, 2 to 6 parameters that matter
# and noise of 0.5 or 1 standard deviations of their effect, 13 had a finding without a
# bound for what is explained, none with it. With noise of 0.1 or 0.3, none of 80 had
# one; of the irrelevant parameters 75 % or 35 % were found.
_EXPLAINED = 0.8  # of the variance of the scores, at least
_SHARE = {"overall": 0.01, "best": 0.03}  # at most
_HIGHEST = {"overall": 0.03, "best": 0.08}  # at most, at the end of the bootstrap
_QUANTILE = 0.95


def no_effect(data: SearchData) -> Iterator[Finding]:
    """Yield the parameters that matter neither for the score nor among the best."""
    if data.best is None or len(data.parameters) < 2 or len(data) < N_ENOUGH:
        return
    design = design_matrix(data, data.metrics[0])
    which = _was_tried(data, design)
    highest = np.zeros(len(which))
    for target in ("overall", "best"):
        if not which.any():
            return
        found = find_importance(design, "model", target)
        if not (found.explained >= _EXPLAINED and found.values.any()):
            return
        # one that few candidates have can only have a small share
        having = np.maximum((~np.isnan(design.X)).mean(axis=0), 1e-12)
        ends = np.quantile(found.draws, _QUANTILE, axis=0) / having
        which &= found.values / having <= _SHARE[target]
        which &= ends <= _HIGHEST[target]
        highest = np.maximum(highest, ends)
    for i in np.flatnonzero(which):
        yield _finding(data.parameters[i].name, highest[i], found.explained)


def _was_tried(data: SearchData, design: DesignMatrix) -> np.ndarray:
    """Whether there were enough candidates, and several values, of each parameter."""
    complete = design.X[data.states[design.rows] == "complete"]
    enough = (~np.isnan(complete)).sum(axis=0) >= N_ENOUGH
    several = np.array([len(np.unique(x[~np.isnan(x)])) > 1 for x in complete.T])
    return enough & several


def _finding(name: str, highest: float, explained: float) -> Finding:
    return Finding(
        kind="no effect",
        severity="advice",
        what=f"{name} never mattered.",
        evidence=(
            f"Its share of the importance is at most {max(highest, 0.01):.0%}, for the "
            f"score and to be among the best 10 %, by a model that predicts "
            f"{explained:.0%} of the variance of the scores."
        ),
        advice="Leave it at its default in the next search.",
        parameter=name,
    )
