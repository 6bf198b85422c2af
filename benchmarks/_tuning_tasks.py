"""Real tuning tasks, each cheap enough for thousands of evaluations.

A task is a scikit-learn estimator, its `param_distributions` as a user of
RandomizedSearchCV would write them, and a score: the mean over three fixed folds of a
table of a few hundred rows. The estimators' seeds are fixed, so a candidate has one
score, whose folds are fitted once and remembered.

Tasks form two groups, without a pair of model and table in common: `TUNING`, to look at
while the optimiser is developed, and `JUDGING`, for the table that is published. In a
third, `MISLEADING`, what is known of the estimators is wrong.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from _fold_memory import FoldMemory
from _tables import load_table
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator, is_classifier
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectPercentile
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp._evaluation import Evaluation
from sklearn_hp._records import SplitResult, Task, Trial
from sklearn_hp.space import log_randint

N_FOLDS = 3


@dataclass(frozen=True, eq=False)
class TuningTask:
    """A search to be done: what to tune, over which values, and the score to maximise.

    `memory`, if given, is a file that keeps the folds' scores and times from one
    process to the next.
    """

    name: str
    family: str
    table: str
    estimator: BaseEstimator
    param_distributions: dict | list
    scoring: str
    n_rows: int
    memory: Path | None = None

    @property
    def n_parameters(self) -> int:
        """The number of different names that are tuned."""
        branches = self.param_distributions
        branches = [branches] if isinstance(branches, dict) else branches
        return len({name for branch in branches for name in branch})

    @cached_property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """X and y."""
        return load_table(self.table, self.n_rows)

    @cached_property
    def splits(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The folds, the same for all candidates."""
        folds = StratifiedKFold if is_classifier(self.estimator) else KFold
        return list(folds(N_FOLDS, shuffle=True, random_state=0).split(*self.data))

    @cached_property
    def folds(self) -> FoldMemory:
        """What is known of the candidates that were evaluated."""
        return FoldMemory(self.memory)

    def run(self, params: dict[str, Any]) -> list[SplitResult]:
        """Evaluate a candidate on every fold."""
        evaluation = Evaluation(
            self.estimator, *self.data, self.splits, get_scorer(self.scoring)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no convergence
            return [
                self.folds.run(evaluation, Task(Trial(0, params), split))
                for split in range(len(self.splits))
            ]

    def evaluate(self, params: dict[str, Any]) -> float:
        """Return the mean score over the folds; NaN if a fit fails."""
        return self.mean_score(self.run(params))

    @staticmethod
    def mean_score(results: list[SplitResult]) -> float:
        """Return the mean score of a candidate's folds; NaN if a fit fails."""
        return float(np.mean([r.test_scores.get("score", np.nan) for r in results]))


def make_task(name: str, memory: Path | None = None) -> TuningTask:
    """Build a task of either group; keep its folds in the folder `memory`, if any."""
    file = None if memory is None else memory / f"{name}.jsonl"
    return TASKS[name](name=name, memory=file)


def _pipeline(model, *steps):
    first = [("impute", SimpleImputer()), ("scale", StandardScaler())]
    return Pipeline([*first, *steps, ("model", model)])


def _scalers():
    return [
        StandardScaler(),
        MinMaxScaler(),
        RobustScaler(),
        QuantileTransformer(n_quantiles=50),
    ]


_svc = partial(
    TuningTask,
    family="SVM",
    estimator=_pipeline(SVC(max_iter=3000, cache_size=20)),
    param_distributions={
        "model__C": loguniform(1e-2, 1e3),
        "model__gamma": loguniform(1e-4, 1e1),
        "model__kernel": ["rbf", "poly", "sigmoid"],
        "model__degree": randint(2, 6),
        "model__coef0": uniform(0, 1),
        "model__class_weight": [None, "balanced"],
    },
)
_svr = partial(
    TuningTask,
    family="SVM",
    estimator=_pipeline(SVR(max_iter=3000, cache_size=20)),
    param_distributions={
        "model__C": loguniform(1e-2, 1e3),
        "model__gamma": loguniform(1e-4, 1e1),
        "model__epsilon": loguniform(1e-3, 1e0),
        "scale": _scalers(),
    },
)
_BOOSTING = {
    "learning_rate": loguniform(1e-2, 1e0),
    "max_leaf_nodes": log_randint(3, 64),
    "min_samples_leaf": log_randint(2, 61),
    "l2_regularization": [0.0, 0.01, 0.1, 1.0, 10.0, 100.0],
    "max_features": uniform(0.1, 0.9),
    "max_bins": [16, 32, 64, 128, 255],
}
_hgb_classifier = partial(
    TuningTask,
    family="boosting",
    estimator=HistGradientBoostingClassifier(max_iter=40, random_state=0),
    param_distributions=_BOOSTING,
)
_hgb_regressor = partial(
    TuningTask,
    family="boosting",
    estimator=HistGradientBoostingRegressor(max_iter=40, random_state=0),
    param_distributions={**_BOOSTING, "loss": ["squared_error", "absolute_error"]},
)
_FOREST = {
    "max_features": uniform(0.05, 0.95),
    "min_samples_leaf": log_randint(1, 51),
    "max_depth": [None, 3, 5, 8, 12],
    "bootstrap": [True, False],
}
_rf_classifier = partial(
    TuningTask,
    family="forest",
    estimator=RandomForestClassifier(n_estimators=15, random_state=0),
    param_distributions={
        **_FOREST,
        "criterion": ["gini", "entropy"],
        "class_weight": [None, "balanced"],
    },
)
_rf_regressor = partial(
    TuningTask,
    family="forest",
    estimator=RandomForestRegressor(n_estimators=15, random_state=0),
    param_distributions={**_FOREST, "min_impurity_decrease": loguniform(1e-6, 1e-1)},
)
_logistic = partial(
    TuningTask,
    family="linear",
    estimator=_pipeline(
        LogisticRegression(solver="saga", max_iter=60, random_state=0),
        ("select", SelectPercentile()),
    ),
    param_distributions={
        "model__C": loguniform(1e-4, 1e2),
        "model__l1_ratio": uniform(0, 1),
        "model__class_weight": [None, "balanced"],
        "select__percentile": randint(5, 101),
    },
)
_elastic_net = partial(
    TuningTask,
    family="linear",
    estimator=_pipeline(ElasticNet(max_iter=200), ("spline", SplineTransformer())),
    param_distributions={
        "spline__n_knots": randint(2, 9),
        "spline__degree": randint(1, 5),
        "spline__extrapolation": ["constant", "linear", "continue"],
        "model__alpha": loguniform(1e-4, 1e1),
        "model__l1_ratio": uniform(0, 1),
    },
)
_NEIGHBOURS = {
    "scale": _scalers(),
    "reduce__n_components": uniform(0.5, 0.499),
    "model__n_neighbors": log_randint(1, 101),
    "model__weights": ["uniform", "distance"],
    "model__p": uniform(1, 2),
}
_knn_classifier = partial(
    TuningTask,
    family="neighbours",
    estimator=_pipeline(KNeighborsClassifier(), ("reduce", PCA(random_state=0))),
    param_distributions=_NEIGHBOURS,
)
_knn_regressor = partial(
    TuningTask,
    family="neighbours",
    estimator=_pipeline(KNeighborsRegressor(), ("reduce", PCA(random_state=0))),
    param_distributions=_NEIGHBOURS,
)
_NETWORK = {
    "model__hidden_layer_sizes": [(8,), (16,), (32,), (64,), (16, 16), (32, 32)],
    "model__activation": ["relu", "tanh", "logistic"],
    "model__alpha": loguniform(1e-6, 1e1),
    "model__learning_rate_init": loguniform(1e-4, 1e-1),
    "model__batch_size": log_randint(16, 129),
}
_mlp_classifier = partial(
    TuningTask,
    family="network",
    estimator=_pipeline(MLPClassifier(max_iter=15, random_state=0)),
    param_distributions=_NETWORK,
)
_mlp_regressor = partial(
    TuningTask,
    family="network",
    estimator=_pipeline(MLPRegressor(max_iter=15, random_state=0)),
    param_distributions=_NETWORK,
)
_tree = partial(
    TuningTask,
    family="tree",
    estimator=DecisionTreeClassifier(random_state=0),
    param_distributions={
        "max_depth": log_randint(1, 31),
        "min_samples_leaf": log_randint(1, 101),
        "min_samples_split": log_randint(2, 101),
        "ccp_alpha": loguniform(1e-5, 1e-1),
        "max_features": uniform(0.1, 0.9),
        "criterion": ["gini", "entropy"],
        "class_weight": [None, "balanced"],
    },
)
_classifier_pipeline = partial(
    TuningTask,
    family="pipeline",
    estimator=_pipeline(
        LogisticRegression(max_iter=200), ("select", SelectPercentile())
    ),
    param_distributions={
        "impute__strategy": ["mean", "median", "most_frequent"],
        "impute__add_indicator": [False, True],
        "scale": [*_scalers(), "passthrough"],
        "select__percentile": randint(5, 101),
        "model__C": loguniform(1e-4, 1e3),
        "model__class_weight": [None, "balanced"],
        "model__fit_intercept": [True, False],
    },
)
_regressor_pipeline = partial(
    TuningTask,
    family="pipeline",
    estimator=_pipeline(
        Ridge(), ("spline", SplineTransformer()), ("reduce", PCA(random_state=0))
    ),
    param_distributions={
        "scale": [*_scalers(), "passthrough"],
        "spline__n_knots": randint(2, 9),
        "spline__degree": randint(1, 5),
        "spline__knots": ["uniform", "quantile"],
        "spline__extrapolation": ["constant", "linear"],
        "reduce__n_components": uniform(0.5, 0.499),
        "model__alpha": loguniform(1e-4, 1e4),
    },
)
_SVC_SHARED = {"scale": _scalers(), "model__C": loguniform(1e-2, 1e3)}
_svc_branches = partial(
    TuningTask,
    family="conditional",
    estimator=_pipeline(SVC(max_iter=3000, cache_size=20)),
    param_distributions=[
        {**_SVC_SHARED, "model__kernel": ["linear"]},
        {
            **_SVC_SHARED,
            "model__kernel": ["rbf"],
            "model__gamma": loguniform(1e-4, 1e1),
        },
        {
            **_SVC_SHARED,
            "model__kernel": ["poly"],
            "model__gamma": loguniform(1e-4, 1e1),
            "model__degree": randint(2, 6),
            "model__coef0": uniform(0, 2),
        },
    ],
)
_PREPARATION = {
    "impute__strategy": ["mean", "median", "most_frequent"],
    "scale": [*_scalers(), "passthrough"],
}
_BRANCH_OF_TREES = {
    "model__learning_rate": loguniform(1e-2, 1e0),
    "model__max_leaf_nodes": log_randint(3, 64),
    "model__min_samples_leaf": log_randint(2, 61),
}
_classifier_branches = partial(
    TuningTask,
    family="conditional",
    estimator=_pipeline(LogisticRegression(max_iter=200)),
    param_distributions=[
        {
            **_PREPARATION,
            "model": [LogisticRegression(max_iter=200)],
            "model__C": loguniform(1e-4, 1e3),
            "model__class_weight": [None, "balanced"],
        },
        {
            **_PREPARATION,
            **_BRANCH_OF_TREES,
            "model": [HistGradientBoostingClassifier(max_iter=30, random_state=0)],
        },
        {
            **_PREPARATION,
            "model": [SVC(max_iter=3000, cache_size=20)],
            "model__C": loguniform(1e-2, 1e3),
            "model__gamma": loguniform(1e-4, 1e1),
            "model__class_weight": [None, "balanced"],
        },
    ],
)
_regressor_branches = partial(
    TuningTask,
    family="conditional",
    estimator=_pipeline(Ridge()),
    param_distributions=[
        {**_PREPARATION, "model": [Ridge()], "model__alpha": loguniform(1e-4, 1e4)},
        {
            **_PREPARATION,
            **_BRANCH_OF_TREES,
            "model": [HistGradientBoostingRegressor(max_iter=30, random_state=0)],
        },
        {
            **_PREPARATION,
            "model": [KNeighborsRegressor()],
            "model__n_neighbors": log_randint(1, 51),
            "model__weights": ["uniform", "distance"],
            "model__p": uniform(1, 2),
        },
    ],
)


class _Displaced:
    """Good values are far from those of the estimator that it inherits from.

    `factors` has what displaced parameters are multiplied by before they are used.
    """

    def fit(self, X, y):
        own = {name: getattr(self, name) for name in self.factors}
        try:
            for name, factor in self.factors.items():
                setattr(self, name, _times(own[name], factor))
            return super().fit(X, y)
        finally:
            for name, value in own.items():
                setattr(self, name, value)


def _times(value, factor):
    """Multiply a number, an integer to one above 0; leave others alone."""
    if isinstance(value, int | np.integer):
        return max(1, round(value * factor))
    return value * factor if isinstance(value, float) else value


class DisplacedSVC(_Displaced, SVC):
    factors: ClassVar = {"C": 1e-3, "gamma": 30.0}


class DisplacedTree(_Displaced, DecisionTreeClassifier):
    factors: ClassVar = {"min_samples_leaf": 10, "max_depth": 0.2, "ccp_alpha": 30.0}


class DisplacedBoosting(_Displaced, HistGradientBoostingClassifier):
    factors: ClassVar = {"learning_rate": 0.05, "min_samples_leaf": 5}


class DisplacedElasticNet(_Displaced, ElasticNet):
    factors: ClassVar = {"alpha": 300.0}


Builder = Callable[..., TuningTask]


def _on(builder, table, scoring, n_rows=400):
    return partial(builder, table=table, scoring=scoring, n_rows=n_rows)


TUNING: dict[str, Builder] = {
    "svc-pima": _on(_svc, "pima", "roc_auc"),
    "svr-hitters": _on(_svr, "hitters", "r2"),
    "boosting-mortgage": _on(_hgb_classifier, "mortgage", "roc_auc", 500),
    "boosting-diabetes": _on(_hgb_regressor, "diabetes", "r2"),
    "forest-churn": _on(_rf_classifier, "churn", "neg_log_loss"),
    "logistic-credit": _on(_logistic, "credit", "roc_auc"),
    "neighbours-pbc": _on(_knn_classifier, "pbc", "roc_auc"),
    "network-breast-cancer": _on(_mlp_classifier, "breast_cancer", "neg_log_loss"),
    "tree-mortgage": _on(_tree, "mortgage", "neg_log_loss", 600),
    "pipeline-attrition": _on(_classifier_pipeline, "attrition", "roc_auc"),
    "branches-svc-cells": _on(_svc_branches, "cells", "roc_auc"),
    "branches-diabetes": _on(_regressor_branches, "diabetes", "r2"),
}
JUDGING: dict[str, Builder] = {
    "svc-credit": _on(_svc, "credit", "roc_auc"),
    "svr-ames": _on(_svr, "ames", "r2"),
    "boosting-churn": _on(_hgb_classifier, "churn", "roc_auc", 500),
    "boosting-ames": _on(_hgb_regressor, "ames", "neg_root_mean_squared_error"),
    "forest-credit": _on(_rf_classifier, "credit", "roc_auc", 500),
    "forest-sacramento": _on(_rf_regressor, "sacramento", "r2"),
    "logistic-attrition": _on(_logistic, "attrition", "neg_log_loss", 500),
    "elastic-net-concrete": _on(_elastic_net, "concrete", "r2"),
    "neighbours-cells": _on(_knn_classifier, "cells", "roc_auc"),
    "neighbours-concrete": _on(
        _knn_regressor, "concrete", "neg_root_mean_squared_error"
    ),
    "network-digits": _on(_mlp_classifier, "digits", "accuracy"),
    "network-concrete": _on(_mlp_regressor, "concrete", "r2"),
    "tree-credit": _on(_tree, "credit", "neg_log_loss", 700),
    "pipeline-pbc": _on(_classifier_pipeline, "pbc", "roc_auc"),
    "pipeline-sacramento": _on(_regressor_pipeline, "sacramento", "r2"),
    "branches-svc-digits": _on(_svc_branches, "digits", "accuracy"),
    "branches-credit": _on(_classifier_branches, "credit", "roc_auc"),
    "branches-concrete": _on(_regressor_branches, "concrete", "r2"),
}
MISLEADING: dict[str, Builder] = {
    "displaced-svc-credit": _on(
        partial(_svc, estimator=_pipeline(DisplacedSVC(max_iter=3000, cache_size=20))),
        "credit",
        "roc_auc",
    ),
    "displaced-tree-credit": _on(
        partial(_tree, estimator=DisplacedTree(random_state=0)),
        "credit",
        "neg_log_loss",
        700,
    ),
    "displaced-boosting-churn": _on(
        partial(
            _hgb_classifier, estimator=DisplacedBoosting(max_iter=40, random_state=0)
        ),
        "churn",
        "roc_auc",
        500,
    ),
    "displaced-elastic-net-concrete": _on(
        partial(
            _elastic_net,
            estimator=_pipeline(
                DisplacedElasticNet(max_iter=200), ("spline", SplineTransformer())
            ),
        ),
        "concrete",
        "r2",
    ),
}
TASKS = TUNING | JUDGING | MISLEADING
