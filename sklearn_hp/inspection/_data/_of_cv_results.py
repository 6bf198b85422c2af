"""What searches leave in ``cv_results_``, of this library and of others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sklearn_hp.inspection._data._metrics import make_metrics
from sklearn_hp.inspection._data._parameters import make_parameters
from sklearn_hp.inspection._data._ranges import Range, ranges_of
from sklearn_hp.inspection._data._records import Array, Fits, SearchData
from sklearn_hp.inspection._data._untuned import find_untuned
from sklearn_hp.space._values import is_number

_SPACES = ("param_distributions", "param_grid", "search_spaces", "parameters")
_SPLIT = re.compile(r"split(\d+)_test_(.+)")
# Searches whose candidates are independent draws from one distribution.
_RANDOM = ("RandomizedSearchCV", "RandomSearchCV")
_CALLS = "partial_fit_calls"
# Columns of numbers that are known by another name.
_KNOWN = re.compile(
    r"(mean|std)_(fit|score|test|train)_|rank_test_|split\d+_|param|iter$|"
    r"n_resources$|n_splits_run$|bracket$"
)


def of_search(search: Any) -> SearchData:
    """Return what is known of a search that has ``cv_results_``."""
    space = next((getattr(search, n) for n in _SPACES if hasattr(search, n)), None)
    return of_table(
        search.cv_results_,
        kind=type(search).__name__,
        search=search,
        estimator=getattr(search, "estimator", None),
        ranges={} if space is None else ranges_of(space),
    )


def of_table(
    table: Mapping[str, Any],
    *,
    kind: str = "search",
    search: Any = None,
    estimator: Any = None,
    ranges: Mapping[str, Range] | None = None,
    fits: Fits | None = None,
) -> SearchData:
    """Return what is known of a search whose results are columns.

    Parameters
    ----------
    table : dict of str -> sequence of length n_rows
        A ``cv_results_``, or the columns of a DataFrame: ``param_*`` and scores.
    kind : str, default="search"
        What the search is called.
    search, estimator, ranges, fits : default=None
        What else is known.

    Raises
    ------
    ValueError
        If there are no candidates or no scores.
    """
    candidates = _candidates(table)
    scores = _scores(table)
    refit = getattr(search, "refit", None)
    scoring = getattr(search, "scoring", None)
    metrics = make_metrics(scores, scoring, refit, estimator)
    split_scores = _split_scores(table, scores)
    failures = getattr(search, "failures_", None)
    n_run = _n_splits_run(table, split_scores.get(metrics[0].name), len(candidates))
    states = _states(scores[metrics[0].name], split_scores, metrics[0], n_run, failures)
    resource = _column(table, "n_resources")
    numbers = _numbers(candidates, resource)
    return SearchData(
        kind=kind,
        candidates=candidates,
        parameters=make_parameters(candidates, ranges or {}),
        metrics=metrics,
        scores=scores,
        split_scores=split_scores,
        states=states,
        n_splits_run=n_run,
        fit_time=_times(table, "fit", len(candidates)),
        score_time=_times(table, "score", len(candidates)),
        sources=_sources(search, candidates),
        numbers=numbers,
        best=_best(search, table, scores[metrics[0].name], states, resource),
        untuned=find_untuned(candidates, estimator),
        estimator=estimator,
        drawn_at_random=type(search).__name__ in _RANDOM,
        resource=resource,
        resource_name=_resource_name(search),
        bracket=_whole(_column(table, "bracket")),
        reports=_reports(search, table),
        fits=_fits(search) if fits is None else fits,
        failures=[failure["reason"] for failure in failures or []],
        extra=_other_columns(table, len(candidates)),
        search=search,
    )


def _candidates(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = table.get("params")
    if given is not None and all(isinstance(params, Mapping) for params in given):
        candidates = [dict(params) for params in given]
    else:
        columns = {
            name.removeprefix("param_"): list(values)
            for name, values in table.items()
            if name.startswith("param_")
        }
        n_rows = len(next(iter(columns.values()), ()))
        candidates = [
            {name: v[row] for name, v in columns.items() if not is_missing(v[row])}
            for row in range(n_rows)
        ]
    if not candidates:
        raise ValueError(
            f"There are no candidates to look at. Expected are the column params or "
            f"columns param_*, with a row for each candidate; there are "
            f"{', '.join(map(str, table)) or 'none'}."
        )
    return candidates  # type: ignore[return-value]


def is_missing(value: Any) -> bool:
    """Whether an entry of a table stands for a parameter that a candidate lacks."""
    if value is np.ma.masked or value is None:
        return True
    if isinstance(value, float):
        return value != value
    return type(value).__name__ in ("NAType", "NaTType")  # of pandas


def _scores(table: Mapping[str, Any]) -> dict[str, Array]:
    """Return mean scores by metric; of a candidate that lacks splits, of the others."""
    means = {
        name.removeprefix("mean_test_"): _as_numbers(values)
        for name, values in table.items()
        if name.startswith("mean_test_")
    }
    if means:
        return means
    names = [n for n in ("score", "value", "test_score", "target") if n in table]
    if not names:
        names = [
            name
            for name, values in table.items()
            if not _KNOWN.match(name) and _are_numbers(values)
        ]
    if len(names) == 1:
        return {names[0]: _as_numbers(table[names[0]])}
    raise ValueError(
        f"It is not clear which column has the scores. Expected is mean_test_score or "
        f"one column of numbers besides param_*; there are "
        f"{', '.join(map(repr, table)) or 'none'}. Rename it to 'mean_test_score', and "
        f"negate a loss."
    )


def _are_numbers(values: Any) -> bool:
    listed = list(values)
    known = [value for value in listed if not is_missing(value)]
    return bool(known) and all(
        is_number(v.item() if isinstance(v, np.generic) else v) for v in known
    )


def _as_numbers(values: Any) -> Array:
    return np.array([np.nan if is_missing(v) else float(v) for v in values])


def _split_scores(
    table: Mapping[str, Any], scores: Mapping[str, Array]
) -> dict[str, Array]:
    columns: dict[str, dict[int, Array]] = {}
    for name, values in table.items():
        match = _SPLIT.fullmatch(name)
        if match and match[2] in scores:
            columns.setdefault(match[2], {})[int(match[1])] = _as_numbers(values)
    return {
        metric: np.column_stack([of_split[i] for i in sorted(of_split)])
        for metric, of_split in columns.items()
    }


def _n_splits_run(table: Mapping[str, Any], splits: Array | None, n: int) -> Any:
    given = _column(table, "n_splits_run")
    if given is not None:
        return given.astype(int)
    return np.full(n, 1 if splits is None else splits.shape[1])


def _states(scores, split_scores, metric, n_run, failures):  # type: ignore[no-untyped-def]
    """Return how each candidate ended, as far as it can be told."""
    splits = split_scores.get(metric.name)
    n_splits = 1 if splits is None else splits.shape[1]
    lacks = ~np.isfinite(scores)
    if splits is not None:
        lacks |= np.isnan(splits).sum(axis=1) > np.maximum(n_splits - n_run, 0)
    states = np.full(len(scores), "complete", dtype="U10")
    states[n_run < n_splits] = "dropped"
    if failures is None:  # other libraries say no more of a split that failed
        states[lacks] = "failed"
        return states
    states[lacks] = "unfinished"
    states[[f["candidate"] for f in failures if f["stage"] != "train score"]] = "failed"
    return states


def _column(table: Mapping[str, Any], name: str) -> Array | None:
    return _as_numbers(table[name]) if name in table else None


def _whole(values: Array | None) -> Any:
    return None if values is None else values.astype(int)


def _times(table: Mapping[str, Any], which: str, n: int) -> Array:
    found = _column(table, f"mean_{which}_time")
    return np.full(n, np.nan) if found is None else found


def _numbers(candidates: Sequence[Mapping[str, Any]], resource: Array | None) -> Any:
    """Return the number of the candidate of each row; halving has several rows.

    One that was drawn twice is two candidates: the n-th of its rung is the n-th of all.
    """
    if resource is None:
        return np.arange(len(candidates))
    number_of: dict[Any, int] = {}
    n_seen: Counter[Any] = Counter()
    numbers = []
    for params, amount in zip(candidates, resource, strict=True):
        key = repr(sorted(params.items(), key=lambda item: item[0]))
        n_seen[key, amount] += 1
        own = key, n_seen[key, amount]
        numbers.append(number_of.setdefault(own, len(number_of)))
    return np.array(numbers)


def _best(search, table, scores, states, resource):  # type: ignore[no-untyped-def]
    given = getattr(search, "best_index_", None)
    if isinstance(given, int | np.integer):
        return int(given)
    rows = np.flatnonzero(np.isfinite(scores) & (states == "complete"))
    if resource is not None and rows.size:
        rows = rows[resource[rows] == resource[rows].max()]
    return int(rows[np.argmax(scores[rows])]) if rows.size else None


def _sources(search: Any, candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return where candidates came from that were not proposed by the search."""
    sources = [""] * len(candidates)
    for row, point in enumerate(getattr(search, "initial_points_", None) or []):
        if row < len(sources) and isinstance(point, Mapping):
            sources[row] = str(point.get("source", "given"))
    return sources


def _resource_name(search: Any) -> str:
    if hasattr(search, "model_history_"):
        return _CALLS
    return str(getattr(search, "resource_", None) or getattr(search, "resource", ""))


def _reports(search: Any, table: Mapping[str, Any]) -> list[tuple[Array, Array]] | None:
    """Return the scores after calls of ``partial_fit``, of dask-ml's searches."""
    told = getattr(search, "model_history_", None)
    if told is None or "model_id" not in table:
        return None
    return [
        (
            np.array([one[_CALLS] for one in told[model]], float),
            np.array([one["score"] for one in told[model]], float),
        )
        for model in table["model_id"]
    ]


def _fits(search: Any) -> Fits | None:
    """Return the single fits, of searches of this library."""
    columns = getattr(search, "fits_", None)
    if columns is None or not len(columns["candidate"]):
        return None
    return Fits(
        candidate=columns["candidate"],
        split=columns["split"],
        worker=columns["worker"],
        started=columns["started"] - np.nanmin([*columns["started"], np.inf]),
        seconds=columns["fit_time"] + columns["score_time"],
        failure=columns["failure"],
    )


def _other_columns(table: Mapping[str, Any], n_rows: int) -> dict[str, Array]:
    return {
        name: _as_numbers(values)
        for name, values in table.items()
        if not _KNOWN.match(name) and len(values) == n_rows and _are_numbers(values)
    }
