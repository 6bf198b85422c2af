"""Warnings that point to the line that called ``fit``."""

import os
import sys
import warnings
from pathlib import Path

import joblib
import sklearn

_OURS = f"{Path(__file__).parents[1]}{os.sep}"
# From Python 3.12 on, warnings.warn(skip_file_prefixes=...) does nearly the same.
_LIBRARIES = (
    _OURS,
    f"{Path(sklearn.__file__).parent}{os.sep}",
    f"{Path(joblib.__file__).parent}{os.sep}",  # as in cross_val_score of a search
)
# Packages that start workers: the line that led to their start is in another stack.
_STARTERS = {"concurrent", "distributed", "multiprocessing", "threading"}


def warn_caller(message, category=UserWarning):
    """Warn at the line outside of this package, scikit-learn and joblib that led here.

    A worker has no such line, as in ``cross_val_score(search, n_jobs=2)``. The warning
    then is at the line of this package that a library called.

    Parameters
    ----------
    message : str
        What to say.
    category : type of Warning, default=UserWarning
        The category.
    """
    warnings.warn(message, category, stacklevel=1 + _level_of_caller(sys._getframe(1)))


def _level_of_caller(frame):
    """Return how many frames the one to warn at is away, 1 for `frame` itself."""
    level, entry = 1, None
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        frame, level = frame.f_back, level + 1
        if entry is None and not frame.f_code.co_filename.startswith(_OURS):
            entry = level - 1
    package = frame.f_globals.get("__name__", "").partition(".")[0]
    return entry if entry and package in _STARTERS else level
