"""Meta-estimators that search hyperparameters by cross-validation."""

from sklearn import model_selection as _of_sklearn

from sklearn_hp._held_out import CorrectedScore
from sklearn_hp.model_selection._bayes import BayesSearchCV
from sklearn_hp.model_selection._grid import GridSearchCV
from sklearn_hp.model_selection._random import RandomSearchCV
from sklearn_hp.model_selection._rules import (
    BestUnderConstraints,
    HighestLowerBound,
    WithinOneStandardError,
)

# scikit-learn's name, so that changing the import is enough
RandomizedSearchCV = RandomSearchCV

# Other packages ask isinstance(..., GridSearchCV) to tell a search from other
# estimators, and then use parameters and attributes that ours have too.
_of_sklearn.GridSearchCV.register(GridSearchCV)
_of_sklearn.RandomizedSearchCV.register(RandomSearchCV)
_of_sklearn.RandomizedSearchCV.register(BayesSearchCV)

__all__ = [
    "BayesSearchCV",
    "BestUnderConstraints",
    "CorrectedScore",
    "GridSearchCV",
    "HighestLowerBound",
    "RandomSearchCV",
    "RandomizedSearchCV",
    "WithinOneStandardError",
]
