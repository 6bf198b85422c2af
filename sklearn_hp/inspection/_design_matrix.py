"""A search as the arrays that importance is found from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sklearn_hp.inspection._data import Metric, Parameter, SearchData
from sklearn_hp.inspection._encoding import to_unit
from sklearn_hp.inspection._importance import N_ENOUGH, Array


@dataclass(frozen=True)
class DesignMatrix:
    """Candidates that can be compared, and their scores.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Positions in [0, 1] on the scale of a parameter, or codes of its levels; NaN
        where a candidate lacks it.
    n_choices : ndarray of shape (d,)
        Number of levels of a category, 0 for a number.
    scores : ndarray of shape (n,)
        Maximised; NaN for a candidate that failed.
    rows : ndarray of shape (n,)
        Which rows of the search these are.
    """

    X: Array
    n_choices: NDArray[np.intp]
    scores: Array
    rows: NDArray[np.intp]


def design_matrix(data: SearchData, metric: Metric) -> DesignMatrix:
    """Return the candidates of a search that can be compared.

    A search that gives candidates more and more of a resource has its highest rung
    with `N_ENOUGH` candidates or, where there is none, the rung with the most of them:
    on higher ones are only good candidates, and scores of several rungs differ by more
    than the parameters. Candidates that were given up count by an estimate of their
    score, those that nothing is known of are left out.

    Parameters
    ----------
    data : SearchData
    metric : Metric
        One of its scores.

    Returns
    -------
    design : DesignMatrix

    Raises
    ------
    ValueError
        If the search has no parameters, or no candidate has a score.
    """
    if not data.parameters:
        raise ValueError(f"The {data.kind} has no parameters that could matter.")
    rung = _rung(data, metric)
    scores = estimated(data, metric, rung)
    rows = np.flatnonzero(rung & (np.isfinite(scores) | (data.states == "failed")))
    if not np.isfinite(scores[rows]).any():
        raise ValueError(
            f"No candidate of the {data.kind} has a score, {metric.label}. See why its "
            f"fits failed, and search again."
        )
    columns = [_column(parameter)[rows] for parameter in data.parameters]
    sizes = [len(parameter.levels or ()) for parameter in data.parameters]
    return DesignMatrix(
        np.column_stack(columns), np.array(sizes, np.intp), scores[rows], rows
    )


def _rung(data: SearchData, metric: Metric) -> NDArray[np.bool_]:
    """Return which rows have the amount of the resource that is looked at."""
    if data.resource is None:
        return np.ones(len(data), bool)
    with_score = np.isfinite(data.scores[metric.name]) | (data.states == "failed")
    amounts, counts = np.unique(data.resource[with_score], return_counts=True)
    if not amounts.size:
        return with_score
    enough = np.flatnonzero(counts >= N_ENOUGH)
    which = enough[-1] if enough.size else np.argmax(counts)
    return data.resource == amounts[which]


def estimated(data: SearchData, metric: Metric, rows: NDArray[np.bool_]) -> Array:
    """Return the scores of some rows; estimates for those that were given up."""
    scores = np.where(data.states == "failed", np.nan, data.scores[metric.name])
    known = rows & (data.states == "complete") & np.isfinite(scores)
    given_up = np.isin(data.states, ["dropped", "unfinished"])
    if metric.name in data.split_scores:
        from_part = _from_splits(data.split_scores[metric.name], known)
    elif data.reports is not None and metric is data.metrics[0]:
        from_part = _from_reports(data.reports, scores, known, rows & given_up)
    else:
        from_part = scores  # nothing tells how much they are worth
    return np.where(given_up, from_part, scores)


def _from_splits(cells: Array, known: NDArray[np.bool_]) -> Array:
    """Return mean scores where easy and hard splits that were not run count, too.

    Of a candidate that ran on easy splits alone the mean would be too good.
    """
    known = known & np.isfinite(cells).all(axis=1)
    of_splits = cells[known].mean(axis=0) if known.any() else np.zeros(cells.shape[1])
    deviation = np.ma.masked_invalid(cells - of_splits).mean(axis=1)
    estimates: Array = np.ma.filled(deviation, np.nan) + of_splits.mean()
    return estimates


def _from_reports(
    reports: list[tuple[Array, Array]],
    scores: Array,
    known: NDArray[np.bool_],
    given_up: NDArray[np.bool_],
) -> Array:
    """Return what those ended with that were as good as each one that was given up.

    That is the quantile of the final scores at which its last report is among the
    reports of others with the same amount.
    """
    estimates = np.full(len(scores), np.nan)
    finals = [
        (dict(zip(*reports[row], strict=True)), row) for row in np.where(known)[0]
    ]
    for row in np.flatnonzero(given_up):
        amounts, told = reports[row]
        others = [
            (at[amounts[-1]], scores[other])
            for at, other in finals
            if len(amounts) and amounts[-1] in at
        ]
        if others:
            then, final = np.array(others).T
            estimates[row] = np.quantile(final, np.mean(then <= told[-1]))
    return estimates


def _column(parameter: Parameter) -> Array:
    """Return codes of levels, or positions in the range that was searched."""
    if parameter.is_range_known and not parameter.is_category:
        # one outside, such as a user's, would widen the space by what nobody knows
        inside = np.clip(parameter.numbers, parameter.low, parameter.high)
        parameter = replace(parameter, numbers=inside)
    return to_unit(parameter, parameter.numbers)
