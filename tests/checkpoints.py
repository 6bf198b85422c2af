"""Searches to interrupt and resume, and what has to be equal then."""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

X, y = make_classification(60, 4, flip_y=0.2, random_state=0)
SPACE = {"c": loguniform(0.01, 100)}
GRID = {"c": [float(c) for c in np.geomspace(0.01, 100, 12)]}


class Logged(ClassifierMixin, BaseEstimator):
    """Scores by `c` and its rows alone; writes a line for each fit to a file."""

    def __init__(self, c=1.0, log=None, seconds=0.0, fails_above=np.inf):
        self.c = c
        self.log = log
        self.seconds = seconds
        self.fails_above = fails_above

    def fit(self, X, y):
        import time

        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        if self.log is not None:
            with open(self.log, "a") as file:
                file.write(f"{self.c!r} {X[0, 0]!r}\n")
        if self.c > self.fails_above:
            raise ValueError(f"c={self.c} is too large")
        self.x_ = X[:, 0].mean()
        return self

    def predict(self, X):
        return self.classes_[(X[:, 0] > self.x_).astype(int)]

    def score(self, X, y):
        return float(-((np.log10(self.c) - 0.7) ** 2) + 0.05 * X[:, 0].mean())


CV = StratifiedKFold(3)
BUILDERS = {
    "grid": lambda e, **kw: GridSearchCV(e, GRID, cv=CV, **kw),
    "random": lambda e, **kw: RandomSearchCV(
        e, SPACE, n_iter=12, random_state=0, cv=CV, **kw
    ),
    "bayes": lambda e, **kw: BayesSearchCV(
        e, SPACE, n_iter=9, random_state=0, cv=CV, **{"racing": False, **kw}
    ),
    "raced": lambda e, **kw: RandomSearchCV(
        e, SPACE, n_iter=12, random_state=0, racing=0.2, cv=CV, **kw
    ),
    "raced bayes": lambda e, **kw: BayesSearchCV(
        e, SPACE, n_iter=9, random_state=0, racing=0.2, cv=CV, **kw
    ),
}


def table_of(search):
    """Return what must be equal of a search: everything but times."""
    results = search.cv_results_
    return {
        name: np.asarray(results[name]).tolist()
        for name in results
        if not name.endswith("_time")
    }


def assert_same_table(search, other):
    first, second = table_of(search), table_of(other)
    assert first.keys() == second.keys()
    for name, column in first.items():
        np.testing.assert_equal(second[name], column, err_msg=name)


def n_fits(log):
    """Return how many fits a file of `Logged` tells of."""
    return len(Path(log).read_text().splitlines()) if Path(log).exists() else 0


def run(name, path, log, seconds, n_jobs, seed_of_refit=None):
    """Run one search as a script does, and write down its table."""
    search = BUILDERS[name](
        Logged(log=log, seconds=float(seconds)),
        checkpoint=path,
        n_jobs=int(n_jobs),
        n_pending=2,
        refit=False,
    )
    search.fit(X, y)
    Path(f"{path}.json").write_text(json.dumps(table_of(search)))


if __name__ == "__main__":
    run(*sys.argv[1:])
