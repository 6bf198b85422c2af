"""What a look at a search finds, in sentences, each with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sklearn_hp.inspection._data import SearchData, read_search
from sklearn_hp.inspection._findings._doubts import (
    missing_classes,
    odd_split,
    perfect_score,
)
from sklearn_hp.inspection._findings._edges import edges
from sklearn_hp.inspection._findings._effect import no_effect
from sklearn_hp.inspection._findings._failed import failures
from sklearn_hp.inspection._findings._finding import SEVERITIES, Finding
from sklearn_hp.inspection._findings._more import more_candidates
from sklearn_hp.inspection._findings._time import busy_share, idle_workers, slow_fits
from sklearn_hp.inspection._findings._worth import winner

_RULES: tuple[Callable[[SearchData], Iterator[Finding]], ...] = (
    perfect_score,
    missing_classes,
    odd_split,
    failures,
    winner,
    edges,
    no_effect,
    more_candidates,
    slow_fits,
    idle_workers,
)


def findings(search: Any) -> list[Finding]:
    """Return what a look at a search finds, the most severe first.

    Parameters
    ----------
    search : object
        A fitted search of this library, scikit-learn, scikit-optimize, dask-ml or
        Optuna; an Optuna study; the path of a checkpoint; a ``cv_results_``, or a
        DataFrame with ``param_*`` columns and one column of scores. What is not known
        of it, such as its ranges, is not judged.

    Returns
    -------
    findings : list of Finding
        Each has a ``kind``, a ``severity``, and ``what``, ``evidence`` and ``advice``
        in sentences; ``print(finding)`` shows all three.

    Raises
    ------
    ValueError
        If the search is not fitted, or has no scores.
    TypeError
        If it is none of these.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn_hp import RandomSearchCV
    >>> from sklearn_hp.inspection import findings
    >>> X, y = load_diabetes(return_X_y=True)
    >>> space = {"alpha": loguniform(1, 1e4)}
    >>> search = RandomSearchCV(Ridge(), space, n_iter=40, random_state=0)
    >>> for finding in findings(search.fit(X, y)):
    ...     print(f"{finding.severity}: {finding.what}")
    advice: The best alpha lies at the low end of its range.
    note: More candidates of the same space would hardly help.
    """
    data = read_search(search)
    found = [finding for rule in _RULES for finding in rule(data)]
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))  # stable


__all__ = ["Finding", "busy_share", "findings"]
