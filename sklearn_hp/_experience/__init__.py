"""What was learnt about scikit-learn's estimators on other data sets."""

from sklearn_hp._experience._measurement import MeasurementError
from sklearn_hp._experience._start_points import StartPoint, start_points
from sklearn_hp._experience._suggest import suggest_space

__all__ = ["MeasurementError", "StartPoint", "start_points", "suggest_space"]
