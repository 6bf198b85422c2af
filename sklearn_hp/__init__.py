"""Hyperparameter search in the seat of scikit-learn's ``GridSearchCV``."""

from sklearn_hp._checkpoint_path import checkpoint_path
from sklearn_hp._current_slot import current_slot
from sklearn_hp._early_stopping import (
    EarlyStoppingClassifier,
    EarlyStoppingRegressor,
)
from sklearn_hp._experience import suggest_space
from sklearn_hp._journal import load_history
from sklearn_hp.model_selection import (
    BayesSearchCV,
    GridSearchCV,
    RandomizedSearchCV,
    RandomSearchCV,
)

__version__ = "0.1.0.dev0"

__all__ = [
    "BayesSearchCV",
    "EarlyStoppingClassifier",
    "EarlyStoppingRegressor",
    "GridSearchCV",
    "RandomSearchCV",
    "RandomizedSearchCV",
    "__version__",
    "checkpoint_path",
    "current_slot",
    "load_history",
    "suggest_space",
]
