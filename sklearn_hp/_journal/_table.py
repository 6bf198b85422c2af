"""A checkpoint as a table."""

from __future__ import annotations

import ast
import os
import sqlite3
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._journal import _sqlite
from sklearn_hp._journal._place import checked_path
from sklearn_hp._journal._rows import Row
from sklearn_hp._records import SplitResult


def load_history(path: str | os.PathLike) -> dict[str, NDArray]:
    """Read the results in a checkpoint, also while a search writes to it.

    The file is not changed, and a running search does not wait for it.

    Parameters
    ----------
    path : str or path-like
        The `checkpoint` of a search.

    Returns
    -------
    history : dict of str -> ndarray of shape (n_results,)
        One entry for each candidate and split that was evaluated, in the order in which
        they were finished; ``pandas.DataFrame(history)`` is a table of it. Its columns
        are

        - ``candidate``: number of the candidate, from 0, in the order of the rows of
          ``cv_results_`` where one run evaluated all;
        - ``split``: number of the split, from 0;
        - ``param_{name}``: value of a parameter, None where the candidate lacks it. A
          value that is no number, text, or tuple or list of these, such as an
          estimator, is a text that describes it;
        - ``test_{metric}``, and ``train_{metric}`` if they were computed: scores; NaN
          if they failed;
        - ``fit_time``, ``score_time``: in seconds;
        - ``started``: when the fit began, in seconds since the epoch, by the clock of
          its worker;
        - ``failure``: the kind of failure, as in ``failures_``; empty for none;
        - ``reason``: the traceback.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no checkpoint.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV, load_history
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "search.db")
    ...     search = GridSearchCV(SVC(), {"C": [1, 10]}, checkpoint=path).fit(X, y)
    ...     history = load_history(path)
    >>> history["param_C"].tolist()
    [1, 1, 1, 1, 1, 10, 10, 10, 10, 10]
    >>> history["test_score"].round(2).tolist()
    [0.97, 0.97, 0.97, 0.93, 1.0, 0.97, 1.0, 0.97, 0.97, 1.0]
    """
    path = checked_path(path, "path")
    if os.path.isdir(path):
        raise FileNotFoundError(
            f"There is no checkpoint {path!r}: it is a folder. Name a file. A search "
            f"whose checkpoint is a folder makes one called search_*.db there."
        )
    if not os.path.isfile(path):
        raise FileNotFoundError(f"There is no checkpoint {path!r}.")
    try:
        with _sqlite.read_only(path) as connection:
            rows = []
            if not _sqlite.is_new(connection, path):
                rows = _sqlite.content_of(connection)
    except sqlite3.Error as exc:
        raise ValueError(f"The checkpoint {path!r} cannot be read: {exc}.") from exc
    return _columns([row for row in rows if not row.result.is_probe])


def _columns(rows: list[Row]) -> dict[str, NDArray]:
    results = [row.result for row in rows]
    params = dict.fromkeys(name for row in rows for name in row.texts)
    return {
        "candidate": np.array(_candidates(rows), dtype=int),
        "split": np.array([result.split for result in results], dtype=int),
        **{
            f"param_{name}": _values(_value(row.texts.get(name)) for row in rows)
            for name in params
        },
        **_scores("test", [result.test_scores for result in results]),
        **_scores("train", [result.train_scores for result in results]),
        "fit_time": np.array([result.fit_time for result in results], dtype=float),
        "score_time": np.array([result.score_time for result in results], dtype=float),
        "started": np.array([result.started for result in results], dtype=float),
        "failure": _objects(_failure(result, "kind") for result in results),
        "reason": _objects(_failure(result, "reason") for result in results),
    }


def _candidates(rows: list[Row]) -> list[int]:
    """Return numbers of candidates; two runs may have given one to two of them."""
    first: dict[tuple[int, str], int] = {}
    keys = [(row.result.trial_number, row.text) for row in rows]
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    ordered = sorted(first, key=lambda key: (key[0], first[key]))
    number_of = {key: number for number, key in enumerate(ordered)}
    return [number_of[key] for key in keys]


def _scores(which: str, scores: list[Any]) -> dict[str, NDArray]:
    metrics = dict.fromkeys(metric for of in scores for metric in of)
    return {
        f"{which}_{metric}": np.array([of.get(metric, np.nan) for of in scores])
        for metric in metrics
    }


def _failure(result: SplitResult, what: str) -> str:
    return next((getattr(failure, what) for failure in result.failures), "")


def _value(text: str | None) -> Any:
    """Return the value that a text is of, or the text."""
    if text is None:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _values(values: Iterable[Any]) -> NDArray:
    """Return an array of numbers if all are, of one type; otherwise one of objects."""
    array = _objects(values)
    types = set(map(type, array))
    is_of_numbers = len(types) == 1 and types <= {int, float, bool}
    return np.array(array.tolist()) if is_of_numbers else array


def _objects(values: Iterable[Any]) -> NDArray:
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    for place, value in enumerate(listed):  # which may be a list
        array[place] = value
    return array
