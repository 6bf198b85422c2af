"""Counts and shares, rules and numbers."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp._experience._places import places
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._quantities import Quantities
from sklearn_hp._experience._units import in_units_of, nearest_rule, number_for
from sklearn_hp.space import log_randint
from sklearn_hp.space._entries import make_dimension

X = np.random.default_rng(0).normal(size=(200, 16))


def known(X=X, estimator=None):
    (place,) = places(DecisionTreeClassifier() if estimator is None else estimator)
    return Quantities(place, Problem(X))


COUNTS = [stats.randint(1, 17), log_randint(1, 10**6), range(1, 9), [1, 4, np.int64(8)]]
SHARES = [stats.uniform(0.1, 0.9), stats.loguniform(0.01, 1), [0.1, 0.5], [0.5, 1]]


@pytest.mark.parametrize("values", COUNTS)
def test_a_share_where_the_space_counts(values):
    dimension = make_dimension(values)
    for share, count in [(1.0, 16), (0.25, 4), (0.01, 1)]:
        found = in_units_of(dimension, "max_features", share, known())
        assert found == count
        assert isinstance(found, int)
    assert in_units_of(dimension, "min_samples_leaf", 0.1, known()) == 20
    assert in_units_of(dimension, "max_features", 3, known()) == 3


@pytest.mark.parametrize("values", SHARES)
def test_a_count_where_the_space_has_shares(values):
    dimension = make_dimension(values)
    assert in_units_of(dimension, "max_features", 4, known()) == 0.25
    assert in_units_of(dimension, "min_samples_split", 2, known()) == 0.01
    assert in_units_of(dimension, "max_features", 0.3, known()) == 0.3


def test_what_is_left_alone():
    counts = make_dimension([1, 2])
    for parameter, value in [
        ("max_features", "sqrt"),
        ("max_features", None),
        ("max_depth", 0.5),
        ("C", 1.0),
    ]:
        assert in_units_of(counts, parameter, value, known()) is value
    for values in (["sqrt", "log2"], [None]):
        words = make_dimension(values)
        assert in_units_of(words, "max_features", 0.5, known()) == 0.5


def test_a_usual_number_where_it_is_not_known():
    counts = make_dimension([1, 50])
    found = in_units_of(counts, "max_features", 1.0, known(None))
    assert 5 < found < 100
    assert in_units_of(counts, "min_samples_leaf", 0.01, known(None)) == 10


@pytest.mark.parametrize(
    "parameter, value, number",
    [
        ("gamma", "scale", 1 / (16 * X.var())),
        ("gamma", "auto", 1 / 16),
        ("max_features", "sqrt", 1 / 4),
        ("max_features", "log2", 1 / 4),
        ("max_features", None, 1.0),
        ("max_depth", None, math.inf),
        ("max_depth", -1, math.inf),
        ("max_leaf_nodes", None, math.inf),
        ("batch_size", "auto", 200),
        ("gamma", 0.5, 0.5),
        ("max_depth", 3, 3),
    ],
)
def test_a_rule_is_a_number(parameter, value, number):
    assert number_for(parameter, value, known(estimator=SVC())) == pytest.approx(number)


def test_a_rule_that_is_none():
    assert number_for("max_features", "auto", known()) == "auto"
    assert number_for("C", None, known()) is None
    for rule in ("scale", "auto"):  # nothing is known of the features
        assert number_for("gamma", rule, known(None)) == rule
    assert number_for("batch_size", "auto", known(X[:50])) == 50


@pytest.mark.parametrize(
    "listed, value, expected",
    [
        (["sqrt", "log2", None], 0.9, None),
        (["sqrt", "log2", None], 0.02, "log2"),
        (["log2", "sqrt"], 0.9, "sqrt"),
        (["sqrt", 0.3, None], 0.9, 0.9),  # numbers are compared as numbers
        (["sqrt", None], "log2", "log2"),
    ],
)
def test_rules_for_numbers(listed, value, expected):
    many = known(np.zeros((20, 400)))  # log2 is 0.02 of them, sqrt 0.05
    listed = make_dimension(listed)
    assert nearest_rule(listed, "max_features", value, many) == expected
