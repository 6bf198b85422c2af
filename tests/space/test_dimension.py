"""One parameter and its coordinate."""

import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from sklearn_hp.space import _values, log_randint
from sklearn_hp.space._dimension import Categorical, Drawn, Ordered
from sklearn_hp.space._entries import make_dimension
from tests.space.test_range import CONTINUOUS, MANY
from tests.space.test_values import Hostile


class Steps(stats.rv_discrete):
    def _pmf(self, k):
        return np.where(k == 3, 0.5, 0.25)


DISCRETE = {
    "randint": stats.randint(3, 12),
    "randint of two": stats.randint(0, 2),
    "binom": stats.binom(10, 0.3),
    "poisson": stats.poisson(4),
    "poisson moved": stats.poisson(4, loc=0.5),
    "geom": stats.geom(0.2),
    "hypergeom": stats.hypergeom(20, 7, 12),
    "skellam": stats.skellam(5, 3),
    "log_randint": log_randint(1, 200),
    "own": Steps(a=2, b=4, name="steps")(),
    "values": stats.rv_discrete(values=([3, 1, 7], [0.2, 0.5, 0.3])),
    "values that are no integers": stats.rv_discrete(
        values=([0.1, 0.2, 0.7], [0.2, 0.3, 0.5])
    ),
    "such values moved": stats.rv_discrete(values=([0.1, 0.2, 0.7], [0.2, 0.3, 0.5]))(
        loc=0.7
    ),
    "a value without weight": stats.rv_discrete(values=([1, 2, 3], [0.5, 0, 0.5])),
}


@pytest.mark.parametrize("distribution", DISCRETE.values(), ids=DISCRETE)
def test_discrete_values_survive_the_way_there_and_back(distribution):
    dimension = make_dimension(distribution)
    assert isinstance(dimension, Ordered)
    drawn = distribution.rvs(size=200, random_state=0)
    if distribution is DISCRETE["poisson moved"]:
        drawn = drawn + 0.5  # which scipy rounds away, against its own support
    assert set(np.round(drawn, 9)) <= set(np.round(dimension.values, 9))
    for value, level in zip(dimension.values, dimension.levels, strict=True):
        assert dimension.encode(value) == level
        assert dimension.decode(level) is value
        assert type(value) is (int if float(value).is_integer() else float)
    assert dimension.values == sorted(dimension.values)
    assert (np.diff(dimension.edges) > 0).all()
    assert dimension.edges[0] == 0.0
    assert dimension.edges[-1] == 1.0
    np.testing.assert_array_equal(dimension.snap(dimension.levels), dimension.levels)


@pytest.mark.parametrize("distribution", DISCRETE.values(), ids=DISCRETE)
def test_cells_have_the_weight_of_their_values(distribution):
    dimension = make_dimension(distribution)
    u = np.random.default_rng(0).random(100_000)
    counts = np.bincount(dimension.cell(u), minlength=dimension.n_values)
    family = getattr(distribution, "dist", distribution)
    if hasattr(family, "pk"):
        weight = family.pk[np.argsort(family.xk)]
        weight = weight[weight > 0]
    else:
        weight = distribution.pmf(dimension.values)
    # five standard deviations of a share of 100,000 draws
    np.testing.assert_allclose(counts / 1e5, weight, atol=5 * 0.5 / np.sqrt(1e5))


def test_one_more_value_is_listed_than_not():
    assert make_dimension(stats.randint(0, 10_000)).n_values == 10_000
    assert make_dimension(stats.randint(0, 10_001)).n_values == math.inf


def test_a_heavy_tail_is_cut_and_not_counted_to_its_end():
    # scipy's ppf would count to 600 million, for hours
    dimension = make_dimension(stats.zipf(2))
    assert dimension.n_values == 10_000
    assert dimension.decode(0.3) == 1


def test_one_value_is_no_matter_of_choice():
    for values in ([5], stats.randint(5, 6), np.array([5]), [5, 5, 5]):
        dimension = make_dimension(values)
        assert dimension.n_values == 1
        assert dimension.decode(0.0) == 5


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3],
        [3, 1, 2],
        range(10, 0, -3),
        (0.1, 1, 10),
        np.logspace(-3, 3, 7),
        np.arange(5, dtype=np.int32),
        [Fraction(1, 3), 0.5, np.float32(2)],
        [0, 1, np.inf],
        [1, 1, 2, 2, 3, 3],
        [10**400, 1, 2],
        [2**53, 2**53 + 1, 2**53 + 2],
    ],
    ids=str,
)
def test_numbers_are_ordered(values):
    dimension = make_dimension(values)
    assert isinstance(dimension, Ordered)
    assert dimension.values == sorted(set(values))
    n = dimension.n_values
    np.testing.assert_allclose(dimension.levels, (np.arange(n) + 0.5) / n)
    for value, u in zip(dimension.values, dimension.levels, strict=True):
        assert dimension.encode(value) == u
        assert dimension.decode(u) is value


@pytest.mark.parametrize(
    "values, n_choices",
    [
        ([1, 10], 2),
        ([1, 1.0, 2], 3),
        ([True, 1, 2, 3], 4),
        ([1, 2, None], 3),
        ([1, 2, np.nan], 3),
        ([1, 2, "3"], 3),
        ([np.nan, float("nan"), np.float64("nan"), 1], 2),
        (np.array(["a", "b", "a"]), 2),
        (np.array([True, False, True]), 2),
        ([[1, 2], [1, 2], (1, 2)], 2),
        ([SVC(), SVC(), SVC(C=2)], 2),
        ([LogisticRegression(), SVC()], 2),
        (np.arange(6).reshape(3, 2), 3),
        ([], 0),
    ],
    ids=str,
)
def test_other_values_are_not_ordered(values, n_choices):
    dimension = make_dimension(values)
    assert isinstance(dimension, Categorical)
    assert dimension.n_choices == n_choices
    for index, choice in enumerate(dimension.choices):
        assert dimension.encode(choice) == index
        assert dimension.decode(float(index)) is choice


def test_objects_that_let_nobody_look_at_them():
    choices = [Hostile(), None, Hostile(), [Hostile()], np.zeros(2), {"a": 1}, abs]
    dimension = make_dimension(choices)
    assert dimension.n_choices == 7
    for index, choice in enumerate(choices):
        assert dimension.decode(float(index)) is choice
        assert dimension.encode(choice) == index
    assert math.isnan(dimension.encode(Hostile()))
    assert math.isnan(make_dimension([1, 2, 3]).encode(Hostile()))
    assert math.isnan(make_dimension(stats.norm()).encode(Hostile()))


def test_a_number_is_found_by_its_value_if_it_is_the_only_one():
    assert make_dimension([1, 10]).encode(10.0) == 1
    assert make_dimension([1.0, "auto"]).encode(1) == 0
    assert make_dimension([1, 1.0]).encode(1.0) == 1
    assert make_dimension([1.0, 1]).encode(1) == 1
    assert math.isnan(make_dimension([1, 10]).encode(True))
    assert math.isnan(make_dimension([1, 10]).encode(np.inf))
    assert math.isnan(make_dimension([1, "auto"]).encode(np.nan))
    assert make_dimension([1, 2, 3]).encode(2.0) == 0.5
    assert make_dimension([1, np.nan]).encode(float("nan")) == 1


def test_texts_and_booleans_of_arrays_are_those_of_python():
    assert make_dimension(np.array(["rbf", "poly"])).encode("poly") == 1
    assert make_dimension(["rbf", "poly"]).encode(np.str_("poly")) == 1
    assert make_dimension(np.array([True, False])).encode(False) == 1


def test_same_dimensions():
    for values in (*CONTINUOUS.values(), *DISCRETE.values(), *MANY.values()):
        assert make_dimension(values).same(make_dimension(values))
    distinct = [
        make_dimension(values)
        for values in (
            stats.uniform(0, 1),
            stats.beta(2, 2),
            stats.loguniform(1, 10),
            stats.loguniform(1, 100),
            stats.randint(0, 5),
            stats.binom(4, 0.5),
            range(6),
            stats.randint(0, 10**6),
            stats.randint(0, 10**7),
            ["a", "b"],
            ["b", "a"],
        )
    ]
    for i, one in enumerate(distinct):
        assert [one.same(other) for other in distinct].index(True) == i
    # equal cells, whoever says so
    assert make_dimension(stats.randint(0, 4)).same(make_dimension(range(4)))


def test_what_can_only_be_drawn():
    class Coin:
        def rvs(self, random_state):
            return random_state.choice(["heads", "tails"])

    dimension = make_dimension(Coin())
    assert isinstance(dimension, Drawn)
    drawn = [dimension.draw(np.random.default_rng(i)) for i in range(20)]
    assert set(drawn) == {"heads", "tails"}
    assert drawn[3] == dimension.draw(np.random.default_rng(3))
    # several values at once have no order
    assert isinstance(make_dimension(stats.dirichlet([1, 1])), Drawn)


@pytest.mark.parametrize(
    "values, text",
    [
        (stats.uniform(1, 2), "between 1 and 3"),
        (stats.randint(1, 4), "one of [1, 2, 3]"),
        (range(100), "one of 100 from 0 to 99"),
        (stats.randint(0, 10**6), "between 0 and 999999"),
        (["a", None], "one of ['a', None]"),
    ],
)
def test_a_dimension_describes_itself(values, text):
    assert str(make_dimension(values)) == text


def test_many_tuples_and_dicts_are_soon_told_apart():
    tuples = [(i, (j, None)) for i in range(40) for j in range(40)]
    dicts = [{"a": i, "b": [j]} for i in range(40) for j in range(40)]
    for values in (tuples, dicts):
        dimension = make_dimension([*values, values[7]])
        assert dimension.n_choices == 1600
        assert dimension.encode(values[1234]) == 1234


LONG = {
    "range": range(0, 10**9, 2),
    "backwards": range(10**9, 0, -2),
    "many more": range(2**60),
    "array": np.arange(2e6) / 7,
    "array backwards": np.arange(2 * 10**6)[::-1],
    "array in no order": np.random.default_rng(0).permutation(10**5),
    "list": list(range(10**5)),
    "series": pd.Series(np.arange(10**5)),
}


@pytest.mark.parametrize("name", LONG)
def test_long_lists_of_numbers_are_neither_copied_nor_gone_through(name):
    values = LONG[name]
    if not isinstance(values, list):
        tracemalloc.start()
    dimension = make_dimension(values)
    if not isinstance(values, list):
        n_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n_bytes < 20e6  # an array is compared with itself, moved by one
    assert isinstance(dimension, Ordered)
    assert dimension.n_values == len(values)
    assert dimension.levels is None
    in_order = sorted([values[0], values[len(values) - 1]])
    if name != "array in no order":
        assert [dimension.values[0], dimension.values[-1]] == in_order
    u = np.linspace(0, 1, 1001)
    snapped = dimension.snap(u)
    np.testing.assert_array_equal(dimension.snap(snapped), snapped)
    assert np.abs(snapped - u).max() < 1e-5
    for index in np.random.default_rng(0).integers(len(values), size=100).tolist():
        value = values[index]
        near = dimension.decode(dimension.encode(value))
        # more values than there are coordinates share some
        assert near == value if name != "many more" else abs(near - value) < 2**21
        assert dimension.canonical(value) == value
    assert math.isnan(dimension.encode(-1))
    assert math.isnan(dimension.encode(0.25))
    assert math.isnan(dimension.encode("1"))
    assert str(dimension).startswith(f"one of {len(values)} from")
    assert dimension.same(make_dimension(values))
    assert not dimension.same(make_dimension(range(3)))


def test_functions_are_told_apart_without_comparing_each_with_each(monkeypatch):
    def no_comparison(a, b):
        raise AssertionError("two functions are compared")

    monkeypatch.setattr(_values, "same_value", no_comparison)
    functions = [lambda x, i=i: i for i in range(3000)]
    dimension = make_dimension([*functions, functions[5]])
    assert dimension.n_choices == 3000
    assert [dimension.encode(f) for f in functions] == list(range(3000))


@pytest.mark.parametrize(
    ("given", "value", "same", "other"),
    [
        (stats.uniform(), 0.5, 0.5 + 1e-16, 0.5 + 1e-9),
        (stats.norm(1e9, 1e-3), 1e9, 1e9, 1e9 + 1e-6),
        (stats.randint(0, 10**9), 7, 7, 8),
        (range(2**60), 2**59, 2**59, 2**59 + 1),
        ([1, 2, 3], 1, 1, 2),
        (["x", "y"], "x", "x", "y"),
        ([1, 1.0], 1, 1, 1.0),
    ],
)
def test_keys_are_equal_for_equal_values(given, value, same, other):
    dimension = make_dimension(given)
    assert dimension.key(value) == dimension.key(same)
    assert dimension.key(value) != dimension.key(other)
    hash(dimension.key(value))
