"""Meta-estimators that search hyperparameters by cross-validation."""

from sklearn_hp.model_selection._bayes import BayesSearchCV
from sklearn_hp.model_selection._grid import GridSearchCV
from sklearn_hp.model_selection._random import RandomSearchCV

# scikit-learn's name, so that changing the import is enough
RandomizedSearchCV = RandomSearchCV

__all__ = ["BayesSearchCV", "GridSearchCV", "RandomSearchCV", "RandomizedSearchCV"]
