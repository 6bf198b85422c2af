"""Any fitted search as a DataFrame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import Parameter, SearchData, read_search

_LIBRARIES = ("pandas", "polars")


def to_frame(
    search: Any, *, by_split: bool = False, dataframe_library: str = "pandas"
) -> Any:
    """Return the candidates of a search as a tidy DataFrame.

    Parameters
    ----------
    search : object
        A fitted search of this library, scikit-learn, scikit-optimize, dask-ml or
        Optuna; an Optuna study; the path of a checkpoint; a ``cv_results_``, or a
        DataFrame with ``param_*`` columns and one column of scores.
    by_split : bool, default=False
        Whether to return a row for each candidate and split that has a score, instead
        of a row for each candidate.
    dataframe_library : {"pandas", "polars"}, default="pandas"
        The library to make the DataFrame with.

    Returns
    -------
    frame : DataFrame of shape (n_candidates, n_columns)
        The columns are

        - ``candidate``: its number, from 0;
        - ``state``: "complete", "dropped", "failed" or "unfinished";
        - ``source``: where a start point came from, otherwise empty;
        - ``param_{name}``: whole numbers, numbers, booleans or texts, missing where a
          candidate lacks the parameter or has None; other values are left as objects;
        - ``mean_test_{metric}``, ``std_test_{metric}``, ``rank_test_{metric}``: scores,
          maximised as in scikit-learn;
        - ``n_splits_run``, ``mean_fit_time``, ``mean_score_time`` (seconds a split),
          ``n_resources``, ``bracket`` and other columns of numbers, where there are
          such.

        With ``by_split=True``: ``candidate``, ``split``, the parameters, and
        ``test_{metric}``.

    Raises
    ------
    ValueError
        If the search is not fitted or has no scores; with ``by_split=True``, if the
        scores of its splits are not known.
    TypeError
        If `search` is none of these.
    ImportError
        If the DataFrame library is not installed.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import to_frame
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [1, 10]}).fit(X, y)
    >>> to_frame(search)[["param_C", "mean_test_score"]].round(2)
       param_C  mean_test_score
    0        1             0.97
    1       10             0.98
    """
    if dataframe_library not in _LIBRARIES:
        raise ValueError(
            f"dataframe_library must be 'pandas' or 'polars', got "
            f"{dataframe_library!r}."
        )
    data = read_search(search)
    columns = _by_split(data) if by_split else _by_candidate(data)
    make = _make_pandas if dataframe_library == "pandas" else _make_polars
    return make(columns)


def _by_candidate(data: SearchData) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "candidate": data.numbers,
        "state": data.states.astype(object),
        "source": np.array(data.sources, dtype=object),
        **_parameters(data),
    }
    for metric in data.metrics:
        scores = data.scores[metric.name]
        columns[f"mean_test_{metric.name}"] = scores
        if metric.name in data.split_scores:
            splits = np.ma.masked_invalid(data.split_scores[metric.name])
            columns[f"std_test_{metric.name}"] = splits.std(axis=1).filled(np.nan)
        columns[f"rank_test_{metric.name}"] = data.ranks(metric)
    columns["n_splits_run"] = data.n_splits_run
    for name in ("fit_time", "score_time"):
        if np.isfinite(getattr(data, name)).any():
            columns[f"mean_{name}"] = getattr(data, name)
    if data.resource is not None:
        columns["n_resources"] = _whole_if_all_are(data.resource)
    if data.bracket is not None:
        columns["bracket"] = data.bracket
    return {**columns, **data.extra}


def _whole_if_all_are(numbers: np.ndarray) -> np.ndarray:
    whole = np.floor(numbers)
    return whole.astype(int) if np.array_equal(whole, numbers) else numbers


def _by_split(data: SearchData) -> dict[str, Any]:
    if not data.split_scores:
        raise ValueError(
            f"by_split=True needs the scores of single splits, which are not known of "
            f"this {data.kind}. Pass by_split=False."
        )
    known = np.any([np.isfinite(cells) for cells in data.split_scores.values()], axis=0)
    rows, splits = np.nonzero(known)
    columns: dict[str, Any] = {"candidate": data.numbers[rows], "split": splits}
    if data.resource is not None:
        columns["n_resources"] = _whole_if_all_are(data.resource)[rows]
    for name, values in _parameters(data).items():
        columns[name] = values[rows]
    for metric, cells in data.split_scores.items():
        columns[f"test_{metric}"] = cells[rows, splits]
    return columns


def _parameters(data: SearchData) -> dict[str, Any]:
    return {f"param_{one.name}": _typed(one) for one in data.parameters}


def _typed(parameter: Parameter) -> np.ndarray:
    """Return values as an array of numbers if all are there; otherwise of objects."""
    if not parameter.active.all() or parameter.is_category:
        return parameter.values
    if not parameter.is_integer:
        return parameter.numbers
    # not from `numbers`, which are exact up to 2**53 only
    values = parameter.values
    return values.astype(int) if _fit_in_64_bits(values) else values


def _fit_in_64_bits(values: Iterable[Any]) -> bool:
    return all(not isinstance(v, int) or -(2**63) <= v < 2**63 for v in values)


def _make_pandas(columns: dict[str, Any]) -> Any:
    import pandas as pd

    frame = pd.DataFrame(columns)
    objects = [
        name
        for name, values in columns.items()
        if values.dtype == object and not _has_large_numbers(values)
    ]
    # whole numbers that some candidates lack stay whole
    return frame.assign(**{name: frame[name].convert_dtypes() for name in objects})


def _has_large_numbers(values: np.ndarray) -> bool:
    """Whether there are whole numbers of more than 64 bits, which stay objects."""
    return any(isinstance(value, int) and abs(value) >= 2**63 for value in values)


def _make_polars(columns: dict[str, Any]) -> Any:
    import polars as pl

    return pl.DataFrame(
        {name: _series(pl, name, values) for name, values in columns.items()}
    )


def _series(pl: Any, name: str, values: np.ndarray) -> Any:
    if values.dtype != object:
        return pl.Series(name, values)
    listed = values.tolist()
    types = {type(value) for value in listed if value is not None}
    is_plain = len(types) <= 1 and types <= {int, float, bool, str}
    is_plain = is_plain and _fit_in_64_bits(listed)
    return pl.Series(name, listed) if is_plain else pl.Series(name, listed, pl.Object)
