"""What is in a checkpoint, which has a row for each split."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from sklearn_hp._journal import load_history
from sklearn_hp.inspection._data._lanes import lanes
from sklearn_hp.inspection._data._of_cv_results import of_table
from sklearn_hp.inspection._data._records import Fits, SearchData


def of_checkpoint(path: str | os.PathLike[str]) -> SearchData:
    """Return what is known of a search that wrote a checkpoint, also if it still runs.

    Parameters
    ----------
    path : str or path-like
        The file.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no checkpoint, or if it has no results.
    """
    history = load_history(path)
    numbers, first = np.unique(history["candidate"], return_index=True)
    if not numbers.size:
        raise ValueError(
            f"The checkpoint {os.fspath(path)!r} has no results yet. Wait until the "
            f"first fit of the search has ended."
        )
    n_splits = int(history["split"].max()) + 1
    where = history["candidate"], history["split"]

    def by_split(values: Any) -> Any:
        cells = np.full((len(numbers), n_splits), np.nan)
        cells[where] = values
        return cells

    table: dict[str, Any] = {
        name: values[first]
        for name, values in history.items()
        if name.startswith("param_")
    }
    for name in history:
        if name.startswith("test_"):
            cells = by_split(history[name])
            table[f"mean_{name}"] = cells.mean(axis=1)  # NaN if a split lacks it
            for split in range(n_splits):
                table[f"split{split}_{name}"] = cells[:, split]
    for name in ("fit_time", "score_time"):
        table[f"mean_{name}"] = np.nanmean(by_split(history[name]), axis=1)
    table["n_splits_run"] = np.bincount(history["candidate"], minlength=len(numbers))
    return of_table(
        table, kind="checkpoint", search=_Failures(history), fits=_fits(history)
    )


class _Failures:
    """What a search knows of failures, from a file."""

    def __init__(self, history: Any) -> None:
        self.failures_ = [
            {"candidate": int(candidate), "stage": "fit", "reason": reason}
            for candidate, kind, reason in zip(
                history["candidate"], history["failure"], history["reason"], strict=True
            )
            if kind
        ]


def _fits(history: Any) -> Fits:
    started = history["started"] - np.nanmin([*history["started"], np.inf])
    seconds = history["fit_time"] + history["score_time"]
    return Fits(
        candidate=history["candidate"],
        split=history["split"],
        worker=lanes(started, seconds),
        started=started,
        seconds=seconds,
        failure=history["failure"].astype(str),
        is_worker_known=False,
    )
