"""HOW to run tasks: fit and score one of them, and the workers that do it."""

from sklearn_hp._evaluation._evaluate import Evaluation, evaluate, fit_on_split
from sklearn_hp._evaluation._keeping import Keep
from sklearn_hp._evaluation._pool import Known, ReplayPool, open_pool
from sklearn_hp._evaluation._states import States

__all__ = [
    "Evaluation",
    "Keep",
    "Known",
    "ReplayPool",
    "States",
    "evaluate",
    "fit_on_split",
    "open_pool",
]
