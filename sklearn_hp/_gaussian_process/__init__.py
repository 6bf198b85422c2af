"""Gaussian processes and their acquisition functions: arrays in, arrays out."""

from sklearn_hp._gaussian_process._acquisition import (
    LogExpectedImprovement,
    log_expected_improvement,
)
from sklearn_hp._gaussian_process._around import (
    Expectation,
    GaussianProcessAround,
    unexpected,
)
from sklearn_hp._gaussian_process._hyperparameters import default_theta
from sklearn_hp._gaussian_process._maximize import maximize, perturb
from sklearn_hp._gaussian_process._regressor import (
    GaussianProcess,
    fit_theta,
)
from sklearn_hp._gaussian_process._transforms import Features

__all__ = [
    "Expectation",
    "Features",
    "GaussianProcess",
    "GaussianProcessAround",
    "LogExpectedImprovement",
    "default_theta",
    "fit_theta",
    "log_expected_improvement",
    "maximize",
    "perturb",
    "unexpected",
]
