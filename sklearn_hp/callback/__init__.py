"""Callbacks that end a search before its last candidate."""

from sklearn_hp.callback._stopping import EarlyStopping, TargetScore, TimeBudget

__all__ = ["EarlyStopping", "TargetScore", "TimeBudget"]
