"""Hyperparameter search in the seat of scikit-learn's ``GridSearchCV``."""

from sklearn_hp.experience import suggest_space
from sklearn_hp.model_selection import (
    BayesSearchCV,
    GridSearchCV,
    RandomizedSearchCV,
    RandomSearchCV,
)

__version__ = "0.1.0.dev0"

__all__ = [
    "BayesSearchCV",
    "GridSearchCV",
    "RandomSearchCV",
    "RandomizedSearchCV",
    "__version__",
    "suggest_space",
]
