"""The searches of held_out.py: data sets, estimators and what is searched."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _tables import load_table
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy.stats import loguniform, uniform
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp.space import log_randint

N_SPLITS = 5
BINARY = [
    *("attrition", "cells", "credit", "lending", "mortgage", "nhis", "spam"),
    *("stackoverflow", "telecom", "youth"),
]
CLASSES = [*BINARY, "digits", "jobs"]
NUMBERS = [
    *("ames", "check_times", "chicago", "computers", "concrete", "gpa"),
    *("sacramento", "saratoga", "wage"),
]
TABLES = [*CLASSES, *NUMBERS]
SPACES = ("boosting", "network", "families")
# Rows to train on; at most half of the table.
SIZES = (300, 600, 1000)
MAX_HELD_OUT = 5000


@dataclass(frozen=True)
class Case:
    """A search: a table, a space, the metric searched by, and a seed.

    The seed is that of the rows drawn, of the splits and of the search.
    """

    table: str
    space: str
    metric: str
    seed: int

    @property
    def is_classifier(self):
        return self.table in CLASSES

    @cached_property
    def data(self):
        """X, y to train on, X, y held out; numbers in units that suit networks."""
        X, y = load_table(self.table, 20_000)
        number = TABLES.index(self.table)
        n_rows = min(SIZES[(number + self.seed) % len(SIZES)], len(y) // 2)
        order = np.random.default_rng([self.seed, number]).permutation(len(y))
        train, held_out = order[:n_rows], order[n_rows : n_rows + MAX_HELD_OUT]
        if not self.is_classifier:
            y = (y - y[train].mean()) / y[train].std()
        return X[train], y[train], X[held_out], y[held_out]

    @cached_property
    def splits(self):
        """The folds of the rows to train on."""
        folds = StratifiedKFold if self.is_classifier else KFold
        folds = folds(N_SPLITS, shuffle=True, random_state=self.seed)
        return list(folds.split(*self.data[:2]))

    @property
    def metrics(self):
        """What is measured on held-out rows."""
        if self.table in BINARY:
            return ["neg_log_loss", "roc_auc"]
        if self.is_classifier:
            return ["neg_log_loss"]
        return ["neg_mean_squared_error", "r2"]

    @property
    def searched(self):
        """The estimator and its `param_distributions`."""
        models = _CLASSIFIERS if self.is_classifier else _REGRESSORS
        if self.space == "boosting":
            return models["boosting"], _BOOSTING
        if self.space == "network":
            return _pipeline(models["network"]), _prefixed(_NETWORK)
        spaces = {
            "boosting": _BOOSTING,
            "linear": {"C": loguniform(1e-3, 1e2)}
            if self.is_classifier
            else {"alpha": loguniform(1e-1, 1e4)},
            "forest": _FOREST,
            "network": _NETWORK,
        }
        branches = [
            {"model": [models[family]], **_prefixed(space)}
            for family, space in spaces.items()
        ]
        return _pipeline(models["boosting"]), branches


def all_cases(seeds, tables=TABLES):
    """Return all cases, seed by seed, so that the first ones are a fair sample."""
    cases = []
    for seed in seeds:
        for table in tables:
            metric = "neg_log_loss" if table in CLASSES else "neg_mean_squared_error"
            cases.extend(Case(table, space, metric, seed) for space in SPACES)
        cases.extend(
            Case(table, "families", "roc_auc", seed)
            for table in tables
            if table in BINARY
        )
    return cases


def _pipeline(model):
    steps = [("impute", SimpleImputer()), ("scale", StandardScaler()), ("model", model)]
    return Pipeline(steps)


def _prefixed(space):
    return {f"model__{name}": values for name, values in space.items()}


_BOOSTING = {
    "n_estimators": log_randint(15, 121),
    "learning_rate": loguniform(0.02, 0.5),
    "num_leaves": log_randint(3, 33),
    "min_child_samples": log_randint(2, 51),
    "colsample_bytree": uniform(0.3, 0.7),
    "reg_lambda": loguniform(1e-3, 30),
}
_NETWORK = {
    "hidden_layer_sizes": [(8,), (16,), (32,), (64,), (16, 16), (32, 32)],
    "alpha": loguniform(1e-4, 1e1),
    "learning_rate_init": loguniform(1e-3, 3e-2),
    "max_iter": log_randint(10, 61),
}
_FOREST = {"max_features": uniform(0.1, 0.9), "min_samples_leaf": log_randint(1, 21)}
_SEED = {"random_state": 0}
_CLASSIFIERS = {
    "boosting": LGBMClassifier(n_jobs=1, verbose=-1, **_SEED),
    "linear": LogisticRegression(max_iter=100),
    "forest": RandomForestClassifier(30, **_SEED),
    "network": MLPClassifier(max_iter=60, **_SEED),
}
_REGRESSORS = {
    "boosting": LGBMRegressor(n_jobs=1, verbose=-1, **_SEED),
    "linear": Ridge(),
    "forest": RandomForestRegressor(30, **_SEED),
    "network": MLPRegressor(max_iter=60, **_SEED),
}
