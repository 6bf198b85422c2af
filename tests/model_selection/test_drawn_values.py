"""Whatever ParameterSampler draws, our searches draw."""

import re
from collections import UserList, deque

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import ParameterSampler

from sklearn_hp import BayesSearchCV, RandomSearchCV
from sklearn_hp.space import log_randint
from sklearn_hp.space._values import same_value

X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1] * 3)


class Any(ClassifierMixin, BaseEstimator):
    """Takes any value, and predicts what it takes for the first class."""

    def __init__(self, value=None, other=None):
        self.value = value
        self.other = other

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Coin:
    def rvs(self, random_state):
        return random_state.choice(["heads", "tails"])


class Pair:
    """Draws arrays, and counts how often."""

    n_drawn = 0

    def rvs(self, random_state):
        type(self).n_drawn += 1
        return random_state.uniform(size=2)


class Squares:
    """A sequence by its methods only; iterable by them."""

    def __len__(self):
        return 7

    def __getitem__(self, index):
        if index >= 7:
            raise IndexError
        return index**2

    def __iter__(self):
        return (self[i] for i in range(7))


class NoMedian(stats.rv_continuous):
    """A valid distribution that does not know its quantiles."""

    def _ppf(self, q):
        return np.full_like(q, np.nan)

    def _rvs(self, size=None, random_state=None):
        return random_state.uniform(size=size)


ENTRIES = {
    "no width": stats.uniform(1, 0),
    "no width of norm": stats.norm(1, 0),
    "no width of lognorm": stats.lognorm(1, 3, 0),
    "one integer": stats.randint(3, 4),
    "arrays": stats.uniform(np.zeros(2), 1),
    "arrays of integers": stats.randint(np.array([0, 10]), np.array([5, 20])),
    "a family": stats.norm,
    "no median": NoMedian(a=0, b=1, name="no_median")(),
    "dirichlet": stats.dirichlet([1, 2, 3]),
    "multivariate normal": stats.multivariate_normal([0, 1]),
    "a multivariate family": stats.multivariate_normal,
    "wishart": stats.wishart(3, np.eye(2)),
    "not integers": stats.rv_discrete(values=([0.1, 0.7], [0.5, 0.5])),
    "discrete moved": stats.randint(0, 5, loc=0.5),
    "binom of none": stats.binom(0, 0.5),
    "poisson of zero": stats.poisson(0),
    "heavy tail": stats.zipf(1.5),
    "histogram": stats.rv_histogram(np.histogram([1, 2, 2, 5], bins=3)),
    "log_randint": log_randint(1, 50),
    "rvs only": Coin(),
    "rvs of arrays": Pair(),
    "list": [3, "a", None],
    "tuple": (0.5, 2.5, 3.5),
    "tuples": [(1, 2), (3,), ()],
    "range": range(5, 0, -1),
    "long range": range(10**9),
    "array": np.logspace(-3, 3, 7),
    "2-D": np.arange(6).reshape(3, 2),
    "3-D": np.arange(12).reshape(3, 2, 2),
    "texts": np.array(["x", "y", "z"]),
    "objects": np.array([1, None, "a"], dtype=object),
    "booleans": np.array([True, False]),
    "dates": np.array(["2020-01-01", "2021-01-01"], dtype="datetime64[D]"),
    "complex": np.array([1j, 2j, 3]),
    "NaN among numbers": [1.0, np.nan, 2.0],
    "series": pd.Series([1.5, 2.5, 3.5]),
    "index": pd.Index(["a", "b"]),
    "categorical": pd.Categorical(["a", "b", "a"]),
    "polars": pl.Series([1, 2, 3]),
    "deque": deque([1, 2, 3]),
    "own list": UserList(["a", "b", "c"]),
    "own sequence": Squares(),
    "functions": [np.mean, max, lambda x: x],
    "classes": [dict, list],
    "estimators": [Any(), Any(1), None],
}


@pytest.mark.parametrize("name", ENTRIES)
def test_random_search_draws_what_parameter_sampler_draws(name):
    space = {"value": ENTRIES[name], "other": stats.uniform()}
    for given in (space, [space, {"other": [1, 2]}]):
        expected = list(ParameterSampler(given, 4, random_state=0))
        search = RandomSearchCV(Any(), given, n_iter=4, cv=2, random_state=0)
        found = search.fit(X, y).cv_results_["params"]
        assert same_value(found, expected)
        assert search.failures_ == []


# Any scores are equal, and a space of one value is exhausted.
@pytest.mark.filterwarnings("ignore:.*exhausted")
@pytest.mark.parametrize("name", ENTRIES)
def test_bayesian_search_draws_or_models_it(name):
    rng = np.random.default_rng(0)

    def score(estimator, X, y):
        return rng.random()

    for space in (
        {"value": ENTRIES[name], "other": stats.uniform()},
        {"value": ENTRIES[name]},
    ):
        search = BayesSearchCV(
            Any(), space, n_iter=8, cv=2, random_state=0, scoring=score
        ).fit(X, y)
        assert search.failures_ == []
        drawn = ParameterSampler({**space, "other": stats.uniform()}, 1, random_state=0)
        (one,) = drawn
        for params in search.cv_results_["params"]:
            assert np.shape(params["value"]) == np.shape(one["value"]) or name in (
                "tuples"
            )


@pytest.mark.parametrize(
    "distribution, text",
    [
        (stats.uniform(5, -1), "uniform(5, -1)"),
        (stats.loguniform(1, 1), "loguniform(1, 1)"),
        (stats.loguniform(0, 1), "loguniform(0, 1)"),
        (stats.randint(5, 5), "randint(5, 5)"),
        (stats.norm(0, scale=-1), "norm(0, scale=-1)"),
    ],
)
@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_nothing_can_be_drawn(cls, distribution, text):
    with pytest.raises(ValueError):
        list(ParameterSampler({"value": distribution}, 1, random_state=0))
    message = f"param_distributions['value'] is {text}, whose parameters are invalid"
    with pytest.raises(ValueError, match=re.escape(message)):
        cls(Any(), {"value": distribution}, n_iter=2).fit(X, y)
