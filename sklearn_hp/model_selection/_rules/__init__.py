"""Rules that choose a candidate from ``cv_results_``, to be given as ``refit``."""

from sklearn_hp.model_selection._rules._constraints import BestUnderConstraints
from sklearn_hp.model_selection._rules._rules import (
    HighestLowerBound,
    SelectionRule,
    WithinOneStandardError,
)

__all__ = [
    "BestUnderConstraints",
    "HighestLowerBound",
    "SelectionRule",
    "WithinOneStandardError",
]
