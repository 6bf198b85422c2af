"""What a search keeps of rows held out, and what it returns for new rows by that."""

from sklearn_hp.model_selection._new_rows._ensemble import ensemble_of
from sklearn_hp.model_selection._new_rows._mixin import HeldOutMixin
from sklearn_hp.model_selection._new_rows._returned import Done
from sklearn_hp.model_selection._new_rows._wanted import (
    as_indices,
    check_keeping,
    check_splits_for,
    keep_in_folder,
    kept_folds,
)

__all__ = [
    "Done",
    "HeldOutMixin",
    "as_indices",
    "check_keeping",
    "check_splits_for",
    "ensemble_of",
    "keep_in_folder",
    "kept_folds",
]
