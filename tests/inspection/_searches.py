"""Fitted searches of each library, small and quick."""

import warnings
from functools import cache

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV as SklearnGrid
from sklearn.model_selection import RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

X, y = load_breast_cancer(return_X_y=True)
X, y = X[::3], y[::3]
TREE = DecisionTreeClassifier(random_state=0)
SPACE = {
    "max_depth": randint(1, 20),
    "min_samples_leaf": randint(1, 40),
    "criterion": ["gini", "entropy"],
}


@cache
def grid():
    """Return a grid search of ours, two parameters."""
    grid = {"max_depth": [1, 2, 4, 8], "min_samples_leaf": [1, 5, 20]}
    return GridSearchCV(TREE, grid, cv=3).fit(X, y)


@cache
def random():
    """Return a random search of ours, three parameters, one of them a category."""
    return RandomSearchCV(TREE, SPACE, n_iter=40, cv=3, random_state=0).fit(X, y)


@cache
def bayes():
    """Return a Bayesian search with branches, two metrics, racing and start points."""
    space = [
        {"max_depth": randint(1, 20), "ccp_alpha": loguniform(1e-5, 1e-1)},
        {"min_samples_leaf": randint(1, 40)},
    ]
    return BayesSearchCV(
        TREE,
        space,
        n_iter=12,
        cv=3,
        racing=True,
        scoring=["roc_auc", "neg_log_loss"],
        refit="roc_auc",
        random_state=0,
    ).fit(X, y)


@cache
def sklearn_grid():
    """Return scikit-learn's grid search, in which one candidate fails."""
    grid = SklearnGrid(TREE, {"max_depth": [1, 2, 4, -1]}, cv=3)
    return fit_quietly(grid)


@cache
def sklearn_random():
    """Return scikit-learn's random search."""
    search = RandomizedSearchCV(TREE, SPACE, n_iter=30, cv=3, random_state=0)
    return search.fit(X, y)


@cache
def halving():
    """Return scikit-learn's halving search."""
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingRandomSearchCV

    return HalvingRandomSearchCV(TREE, SPACE, cv=3, random_state=0).fit(X, y)


@cache
def with_failures():
    """Return a grid search of ours in which candidates fail."""
    grid = {"max_depth": [1, -1, 3], "min_samples_leaf": [1, -5]}
    return fit_quietly(GridSearchCV(TREE, grid, cv=3))


@cache
def all_failed():
    """Return scikit-learn's results of a search in which all fits failed."""
    n = np.full(3, np.nan)
    return {
        "params": [{"max_depth": -i} for i in range(1, 4)],
        "mean_test_score": n,
        "split0_test_score": n,
        "mean_fit_time": np.zeros(3),
    }


@cache
def skopt():
    """Return a search of scikit-optimize."""
    pytest.importorskip("skopt")
    from skopt import BayesSearchCV as Skopt
    from skopt.space import Integer

    space = {
        "max_depth": (1, 20),
        "min_samples_leaf": Integer(1, 40, "log-uniform"),
        "criterion": ["gini", "entropy"],
    }
    return fit_quietly(Skopt(TREE, space, n_iter=6, cv=3, random_state=0))


@cache
def optuna_search():
    """Return an OptunaSearchCV."""
    optuna = pytest.importorskip("optuna")
    from optuna_integration import OptunaSearchCV

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {
        "max_depth": optuna.distributions.IntDistribution(1, 20),
        "min_samples_leaf": optuna.distributions.IntDistribution(1, 40, log=True),
    }
    with warnings.catch_warnings(action="ignore"):
        search = OptunaSearchCV(
            TREE, space, n_trials=6, cv=3, random_state=0, verbose=0
        )
        return search.fit(X, y)


@cache
def study():
    """Return an Optuna study that minimises, with pruned and failed trials."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial):
        a = trial.suggest_float("a", 1e-3, 1.0, log=True)
        if trial.suggest_categorical("kind", ["x", "y"]) == "x":
            a += trial.suggest_int("b", 1, 5)
        for step in range(4):
            trial.report(a + step, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        if trial.number == 5:
            raise ValueError("seven")
        return a

    study = optuna.create_study(
        sampler=optuna.samplers.RandomSampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
    )
    study.optimize(objective, n_trials=20, catch=ValueError)
    return study


def fit_quietly(search):
    """Fit a search whose warnings are not of interest."""
    with warnings.catch_warnings(action="ignore"):
        return search.fit(X, y)
