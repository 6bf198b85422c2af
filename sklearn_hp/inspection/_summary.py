"""A search in about ten lines."""

from __future__ import annotations

import textwrap
from typing import Any

from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._facts import (
    best_text,
    corrected_text,
    headline,
    importance_text,
    other_scores_text,
    params_text,
    states_text,
    time_text,
    untuned_text,
)
from sklearn_hp.inspection._findings import findings

_WIDTH = 88
_MOST_FINDINGS = 3


def summary(search: Any) -> str:
    """Return what came out of a search, in about ten lines.

    Parameters
    ----------
    search : object
        A fitted search of this library, scikit-learn, scikit-optimize, dask-ml or
        Optuna; an Optuna study; the path of a checkpoint; a ``cv_results_``, or a
        DataFrame with ``param_*`` columns and one column of scores.

    Returns
    -------
    text : str
        The best candidate beside the untuned one, what failed, the time, the two most
        important parameters, and what :func:`findings` says.

    Raises
    ------
    ValueError
        If the search is not fitted, or has no scores.
    TypeError
        If it is none of these.

    Examples
    --------
    >>> from sklearn_hp.inspection import summary
    >>> results = {"param_a": [1, 2, 3], "mean_test_score": [0.5, 0.7, 0.6]}
    >>> print(summary(results))
    search: 3 candidates
    Best score: 0.7, candidate 1.
    Parameters: a=2
    """
    data = read_search(search)
    lines = [headline(data), best_text(data), other_scores_text(data)]
    if data.best is not None:
        lines.append(f"Parameters: {params_text(data.candidates[data.best])}")
    lines += [untuned_text(data), corrected_text(data), states_text(data)]
    lines += [time_text(data), importance_text(data)]
    found = findings(data)
    lines += [f"- {one.what} {one.advice}" for one in found[:_MOST_FINDINGS]]
    if len(found) > _MOST_FINDINGS:
        lines.append(f"- {len(found) - _MOST_FINDINGS} more: see findings(search).")
    return "\n".join(
        textwrap.fill(
            line,
            _WIDTH,
            subsequent_indent="  ",
            break_long_words=False,  # names and values can be copied
            break_on_hyphens=False,
        )
        for line in lines
        if line
    )
