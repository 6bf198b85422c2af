"""Callbacks of a search: what ends it early, and what logs it."""

from sklearn_hp.callback._mlflow import MLflowLogger
from sklearn_hp.callback._stopping import EarlyStopping, TargetScore, TimeBudget

__all__ = ["EarlyStopping", "MLflowLogger", "TargetScore", "TimeBudget"]
