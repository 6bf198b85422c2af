"""Fits that stop by rows of their own training part, for boosters and networks."""

from sklearn_hp._early_stopping._estimators import (
    EarlyStoppingClassifier,
    EarlyStoppingRegressor,
)

__all__ = ["EarlyStoppingClassifier", "EarlyStoppingRegressor"]
