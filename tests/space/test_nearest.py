"""Values of a space closest to wanted ones."""

import math

import numpy as np
import pytest
from scipy import stats

from sklearn_hp.space import SearchSpace, log_randint
from sklearn_hp.space._entries import make_dimension
from sklearn_hp.space._nearest import middle_value, nearest_value
from tests.space.test_search_space import Coin

ENTRIES = {
    "log": stats.loguniform(1e-2, 1e2),
    "linear": stats.uniform(-1, 3),
    "unbounded": stats.norm(5, 2),
    "half": stats.expon(),
    "heavy": stats.cauchy(),
    "integers": stats.randint(1, 9),
    "log integers": log_randint(1, 500),
    "many integers": stats.randint(0, 10**6),
    "half integers": stats.randint(0, 10**6, loc=0.5),
    "endless": stats.poisson(4),
    "endless and many": stats.geom(1e-4),
    "some": stats.rv_discrete(values=([1, 5, 9], [0.2, 0.3, 0.5])),
    "list": [3, 1.5, 10],
    "array": np.logspace(-2, 2, 5),
    "two": [0.5, 7],
    "mixed": [None, "auto", 3, 10.5, True],
    "tuples": [(100,), (50, 50), [10, 10, 10], ()],
    "texts": ["a", "b"],
    "one": [4],
    "endless list": [1, 2, math.inf],
    "long": range(0, 10**9, 7),
    "long array": np.linspace(-5, 1e6, 10**5),
}
WANTED = [0, 1, -5, 0.3, 2.5, 4, 1e9, 1e-9, math.inf, None, "a", True, (60,), [40, 60]]


def nearest(values, wanted, **kwargs):
    return nearest_value(make_dimension(values), wanted, **kwargs)


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_it_is_in_the_space(name, wanted):
    space = SearchSpace({"a": ENTRIES[name]})
    found, value = nearest(ENTRIES[name], wanted)
    if not found:
        assert value is None
        return
    space.encode({"a": value})
    assert nearest(ENTRIES[name], value) == (True, value), "it is its own nearest"


@pytest.mark.parametrize("name", ENTRIES)
def test_the_middle_is_in_the_space(name):
    value = middle_value(make_dimension(ENTRIES[name]))
    SearchSpace({"a": ENTRIES[name]}).encode({"a": value})


@pytest.mark.parametrize(
    "values, wanted, expected",
    [
        (stats.loguniform(0.01, 100), 1000, 100.0),
        (stats.loguniform(0.01, 100), 0.1 + 0.2, 0.1 + 0.2),
        (stats.loguniform(0.01, 100), -1, 0.01),
        (stats.uniform(2, 3), 9, 4.999997),  # near an end that is not proposed
        (stats.uniform(2, 3), 1, 2.000003),
        (stats.uniform(2, 3), 2, 2.0),  # an end that is wanted itself
        (stats.uniform(2, 3), 5, 5.0),
        (stats.loguniform(0.01, 1), 1, 1.0),
        (stats.loguniform(0.01, 1), 3, 0.99999539484),
        (stats.expon(), 0, 0.0),
        (stats.expon(), 1e-6, 1e-6),
        (stats.expon(), -3, 0.001000500333584),
        (stats.randint(1, 9), 3.4, 3),
        (stats.randint(1, 9), 100, 8),
        (log_randint(1, 500), 700, 499),
        (stats.randint(0, 10**6), 12.4, 12),
        (stats.randint(0, 10**6), 1e9, 10**6 - 1),
        ([1, 10, 100], 40, 100),  # by ratio
        ([1, 10, 100], 0, 1),
        ([1, 3, 5], 3.9, 3),  # by difference
        ([0, 10, 100], 40, 10),
        ([5, 1], 4, 5),
        (["auto", 1, 10], 2, 1),
        (["auto", 1, 10], "auto", "auto"),
        ([None, "balanced"], None, None),
        ([1, 2, math.inf], 50, 2),
        ([(100,), (50, 50)], (60,), (100,)),
        ([(100,), (50, 50)], (60, 80), (50, 50)),
        ([(100,), (20, 20), (300, 300)], (200, 200), (300, 300)),
    ],
)
def test_values(values, wanted, expected):
    found, value = nearest(values, wanted)
    assert found
    assert type(value) is type(expected)
    if isinstance(expected, float):
        expected = pytest.approx(expected, rel=1e-9)
    assert value == expected


@pytest.mark.parametrize(
    "values, wanted",
    [
        (["rbf", "poly"], "linear"),
        (["rbf", "poly"], 3),
        ([1, 2, 3], "sqrt"),
        ([1, 2, 3], None),
        ([True, False], 1),
        (stats.norm(), "a"),
        (stats.norm(), math.nan),
        ([1, 2, 3], math.nan),
        ([(), "x"], (3,)),
        ([(1, 2), (3, -4)], ()),
        (Coin(), "heads"),
    ],
)
def test_what_is_not_there(values, wanted):
    assert nearest(values, wanted) == (False, None)


def test_it_is_the_object_listed():
    choices = [(100,), [50, 50], {"a": 1}]
    for wanted, choice in [((90,), 0), ((60, 60), 1), ({"a": 1}, 2)]:
        assert nearest(choices, wanted)[1] is choices[choice]


@pytest.mark.parametrize("far", [1e9, -1e9])
def test_an_unbounded_range_ends_where_it_is_searched(far):
    distribution = stats.norm(5, 2)
    _, value = nearest(distribution, far)
    assert abs(value - 5) == pytest.approx(2 * stats.norm.ppf(0.999))


@pytest.mark.parametrize(
    "wanted, expected", [(2, 2), (5, 4), (7, None), (30, None), (None, None)]
)
def test_none_as_no_limit(wanted, expected):
    values = [None, 2, 4]
    assert nearest(values, wanted, none_is_unlimited=True) == (True, expected)


def test_none_among_other_things():
    for values in ([None], [None, "deep"]):
        assert nearest(values, 5, none_is_unlimited=True) == (True, None)
    assert nearest([None, "deep", 3], 5, none_is_unlimited=True) == (True, None)
    assert nearest([None, "deep", 3], 3.5, none_is_unlimited=True) == (True, 3)
    assert nearest([1, 3], 50, none_is_unlimited=True) == (True, 3)
    assert nearest([None, 1, 3], "sqrt", none_is_unlimited=True) == (False, None)
