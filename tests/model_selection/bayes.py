"""An estimator that scores a smooth function, and searches of it."""

import time

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

from sklearn_hp import BayesSearchCV

X, y = load_iris(return_X_y=True)


class Bumpy(ClassifierMixin, BaseEstimator):
    """Scores a smooth function of its parameters, after any number of milliseconds."""

    def __init__(self, a=2.0, b=2.0, kind="x", sleep=0.0):
        self.a = a
        self.b = b
        self.kind = kind
        self.sleep = sleep

    def fit(self, X, y):
        if self.sleep:
            # as the clock says: another time in each fit and each run
            time.sleep(self.sleep * (time.perf_counter_ns() // 1000 % 100) / 100)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        split = float(X[0, 0]) / 1000
        return split - (self.a - 0.3) ** 2 - abs(self.b - 0.6) + (self.kind == "y") / 10


BUMPY = {"a": stats.uniform(), "b": stats.uniform(), "kind": ["x", "y"]}


def search_for(estimator=None, space=BUMPY, **kwargs):
    estimator = Bumpy() if estimator is None else estimator
    kwargs = {"cv": 2, "random_state": 0, **kwargs}
    return BayesSearchCV(estimator, space, **kwargs)


def results_of(search):
    """Return all that does not depend on clocks."""
    return {
        name: list(np.ma.filled(column, -1) if "param_" in name else column)
        for name, column in search.cv_results_.items()
        if "time" not in name
    }
