"""Combinations of lists by number."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid

from sklearn_hp import BayesSearchCV, RandomSearchCV
from sklearn_hp.model_selection._combinations import (
    combination,
    count_combinations,
    draw_numbers,
)

X, y = load_iris(return_X_y=True)


def test_they_are_those_of_a_grid():
    dicts = [
        {"b": [1, 2, 3], "a": ["x", "y"]},
        {},
        {"c": np.arange(4)},
        {"a": [0], "b": (5, 6), "d": range(3)},
    ]
    grid = ParameterGrid(dicts)
    assert count_combinations(dicts) == len(grid) == 17
    assert [combination(dicts, i) for i in range(17)] == list(grid)


def test_numbers_that_no_machine_integer_holds():
    n = 10**40
    rng = np.random.RandomState(0)
    numbers = np.array([next(draw_numbers(n, rng)) / n for _ in range(1000)])
    # of 1,000 uniform numbers, the mean is within 4 standard deviations
    assert abs(numbers.mean() - 0.5) < 4 / np.sqrt(12 * 1000)
    assert len(set(numbers)) == 1000
    assert sorted(draw_numbers(50, rng)) == list(range(50))


@pytest.mark.parametrize("n_iter", [3, None])
@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_more_combinations_than_can_be_counted(cls, n_iter):
    weights = [{0: 1, 1: i, 2: j} for i in range(1, 40) for j in range(1, 40)]
    space = {
        "class_weight": weights,
        "C": np.logspace(-3, 3, 10**6),
        "tol": np.logspace(-6, -4, 10**6),
        "max_iter": range(100, 10**6),
        "intercept_scaling": range(1, 10**6),
    }
    assert count_combinations([space]) > sys.maxsize
    search = cls(LogisticRegression(), space, n_iter=n_iter, cv=2, random_state=0)
    if n_iter is None:
        search.set_params(timeout=0.2)
    found = search.fit(X, y).cv_results_["params"]
    assert len(found) == (n_iter or len(found)) >= 1
    assert len({repr(params) for params in found}) == len(found)
    if cls is RandomSearchCV and n_iter is not None:
        assert search.fit(X, y).cv_results_["params"] == found
