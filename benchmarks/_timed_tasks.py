"""Tuning tasks whose candidates take times that differ more than tenfold.

The number of trees, leaves, epochs or units, or the penalty of a support vector
machine, is a parameter of the space, from as few as a quick look needs to more than
pays. Score and time of a candidate are measured once and remembered: later searches
that evaluate it are told the same.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from _tuning_tasks import TuningTask, _pipeline
from scipy.stats import loguniform, uniform
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC

from sklearn_hp.space import log_randint

# A measured second counts as so many: as if the table had more rows. What optimisers
# take is then the share of a search that it is where fits take half a second.
TIME_SCALE = 4.0


@dataclass(frozen=True, eq=False)
class TimedTask(TuningTask):
    """A tuning task that also knows what each candidate costs.

    `cheap` names the values that the cheapest candidates have, which FLAML asks for.
    """

    cheap: dict = field(default_factory=dict)

    def measure(self, params):
        """Return the score, NaN if a fit fails, and the seconds of the folds."""
        results = self.run(params)
        seconds = sum(result.fit_time + result.score_time for result in results)
        return self.mean_score(results), TIME_SCALE * seconds


_HIST = {
    "max_iter": log_randint(5, 301),
    "learning_rate": loguniform(1e-2, 1e0),
    "max_leaf_nodes": log_randint(3, 64),
    "min_samples_leaf": log_randint(2, 61),
    "l2_regularization": loguniform(1e-3, 1e2),
}
_CHEAP_HIST = {"max_iter": 5, "max_leaf_nodes": 3}
_FOREST = {
    "n_estimators": log_randint(3, 301),
    "max_features": uniform(0.05, 0.95),
    "min_samples_leaf": log_randint(1, 51),
    "max_depth": [3, 5, 8, 12, 20],
}
_CHEAP_FOREST = {"n_estimators": 3}
_NETWORK = {
    "model__hidden_layer_sizes": [8, 16, 32, 64, 128, 256],
    "model__max_iter": log_randint(3, 101),
    "model__activation": ["relu", "tanh", "logistic"],
    "model__alpha": loguniform(1e-6, 1e1),
    "model__learning_rate_init": loguniform(1e-4, 1e-1),
    "model__batch_size": log_randint(16, 257),
}
_CHEAP_NETWORK = {"model__hidden_layer_sizes": 8, "model__max_iter": 3}
_SVC = {
    "model__C": loguniform(1e-2, 1e5),
    "model__gamma": loguniform(1e-4, 1e1),
    "model__kernel": ["linear", "rbf", "poly"],
    "model__class_weight": [None, "balanced"],
}


def _task(estimator, space, table, scoring, n_rows, cheap):
    return partial(
        TimedTask,
        family="timed",
        table=table,
        estimator=estimator,
        param_distributions=space,
        scoring=scoring,
        n_rows=n_rows,
        cheap=cheap,
    )


TIMED = {
    "boosting-credit": _task(
        HistGradientBoostingClassifier(random_state=0, early_stopping=False),
        *(_HIST, "credit", "roc_auc", 500, _CHEAP_HIST),
    ),
    "boosting-ames": _task(
        HistGradientBoostingRegressor(random_state=0, early_stopping=False),
        *(_HIST, "ames", "r2", 400, _CHEAP_HIST),
    ),
    "exact-boosting-attrition": _task(
        GradientBoostingClassifier(random_state=0),
        {
            "n_estimators": log_randint(5, 201),
            "learning_rate": loguniform(1e-2, 1e0),
            "max_depth": [1, 2, 3, 4, 5, 6],
            "subsample": uniform(0.3, 0.7),
            "max_features": uniform(0.05, 0.95),
        },
        *("attrition", "roc_auc", 500, {"n_estimators": 5, "max_depth": 1}),
    ),
    "forest-churn": _task(
        _pipeline(RandomForestClassifier(random_state=0)),
        {f"model__{name}": values for name, values in _FOREST.items()},
        *("churn", "neg_log_loss", 500, {"model__n_estimators": 3}),
    ),
    "forest-concrete": _task(
        RandomForestRegressor(random_state=0),
        *(_FOREST, "concrete", "r2", 500, _CHEAP_FOREST),
    ),
    "network-digits": _task(
        _pipeline(MLPClassifier(random_state=0)),
        *(_NETWORK, "digits", "accuracy", 400, _CHEAP_NETWORK),
    ),
    "network-concrete": _task(
        _pipeline(MLPRegressor(random_state=0)),
        *(_NETWORK, "concrete", "r2", 400, _CHEAP_NETWORK),
    ),
    "svc-credit": _task(
        _pipeline(SVC(cache_size=20, max_iter=500_000)),
        *(_SVC, "credit", "roc_auc", 500, {"model__C": 1e-2}),
    ),
}


def make_timed_task(name: str, memory: Path) -> TimedTask:
    """Build a task that keeps scores and times in the folder `memory`."""
    return TIMED[name](name=name, memory=memory / f"{name}.jsonl")
