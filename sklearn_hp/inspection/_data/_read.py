"""A fitted search, a study, a file or a table -> SearchData."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Mapping
from typing import Any

from sklearn_hp.inspection._data._of_checkpoint import of_checkpoint
from sklearn_hp.inspection._data._of_cv_results import of_search, of_table
from sklearn_hp.inspection._data._of_optuna import of_optuna_search, of_study
from sklearn_hp.inspection._data._records import SearchData

FORMS = (
    "a fitted search, an Optuna study, the path of a checkpoint, a cv_results_, or a "
    "DataFrame with param_* columns and a column of scores"
)


def read_search(search: Any) -> SearchData:
    """Return what is known of a search.

    Parameters
    ----------
    search : object
        A fitted search of this library, scikit-learn, scikit-optimize, dask-ml or
        Optuna; an Optuna study; the path of a checkpoint; a ``cv_results_``, or a
        DataFrame with ``param_*`` columns and one column of scores. A `SearchData` is
        returned as it is.

    Returns
    -------
    data : SearchData

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError
        If the search is not fitted, or has no candidates or no scores.
    """
    if isinstance(search, SearchData):
        return search
    if isinstance(search, str | os.PathLike):
        if os.fspath(search).endswith(".csv"):
            raise ValueError(
                f"{os.fspath(search)!r} is no checkpoint. Read it first, and give the "
                f"DataFrame: pandas.read_csv({os.fspath(search)!r})."
            )
        return of_checkpoint(search)
    if _is_of(search, "optuna") and hasattr(search, "trials"):
        return of_study(search)
    if hasattr(search, "study_") and hasattr(search, "trials_"):
        return of_optuna_search(search)
    if hasattr(search, "cv_results_"):
        return of_search(search)
    if isinstance(search, Mapping):
        return of_table(search)
    if hasattr(search, "columns") and hasattr(search, "__getitem__"):
        return of_table({str(name): search[name] for name in search.columns})
    if hasattr(search, "fit"):
        raise ValueError(
            f"The {type(search).__name__} has no cv_results_: it is not fitted. Call "
            f"fit first."
        )
    raise TypeError(
        f"search must be {FORMS}, got {reprlib.repr(search)} of type "
        f"{type(search).__name__}."
    )


def _is_of(search: Any, package: str) -> bool:
    return any(
        cls.__module__.partition(".")[0] == package for cls in type(search).__mro__
    )
