"""Warnings that point to the line that called ``fit``."""

import os
import sys
import warnings
from pathlib import Path

import joblib
import sklearn

# From Python 3.12 on, warnings.warn(skip_file_prefixes=...) does the same.
_LIBRARIES = (
    f"{Path(__file__).parents[1]}{os.sep}",
    f"{Path(sklearn.__file__).parent}{os.sep}",
    f"{Path(joblib.__file__).parent}{os.sep}",  # as in cross_val_score of a search
)


def warn_caller(message, category=UserWarning):
    """Warn at the line outside of this package, scikit-learn and joblib that led here.

    Parameters
    ----------
    message : str
        What to say.
    category : type of Warning, default=UserWarning
        The category.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
