"""Weighted means of estimators: what a search returns when it is more than one."""

from sklearn_hp.ensemble._candidates import CandidateEnsemble
from sklearn_hp.ensemble._ensemble import EnsembleClassifier, EnsembleRegressor

__all__ = ["CandidateEnsemble", "EnsembleClassifier", "EnsembleRegressor"]
