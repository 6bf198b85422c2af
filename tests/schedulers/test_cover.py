"""What the chosen candidates show is checked by listing it."""

import math
from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from sklearn_hp._schedulers._cover import cover


def chosen_from(candidates, **kwargs):
    candidates = list(candidates)
    indices = cover(candidates, math.inf, **kwargs)
    assert len(indices) == len(set(indices))
    return [candidates[i] for i in indices]


def test_few_stand_for_many():
    grid = ParameterGrid({"a": range(30), "b": np.linspace(0, 1, 30), "c": range(9)})
    assert len(chosen_from(grid)) <= 12


def test_every_choice_and_every_pair_of_choices():
    choices = {"a": "uvw", "b": [True, False, None], "c": ["x", "y"], "d": "pqrs"}
    chosen = chosen_from(ParameterGrid({name: list(v) for name, v in choices.items()}))
    assert len(chosen) < 20
    for one, other in combinations(choices, 2):
        shown = {(params[one], params[other]) for params in chosen}
        assert shown == set(product(choices[one], choices[other]))


def test_the_ends_of_numbers_and_their_corners_where_they_exist():
    chosen = chosen_from(
        ParameterGrid({"a": range(12), "b": range(20), "c": ["u", "v"]})
    )
    shown = {(params["a"], params["b"]) for params in chosen}
    assert {(0, 0), (0, 19), (11, 0), (11, 19)} <= shown
    for number, letter in product([0, 11], "uv"):
        assert any(p["a"] == number and p["c"] == letter for p in chosen)


def test_the_ends_of_numbers_that_are_drawn():
    space = {"a": loguniform(1e-3, 1e3), "b": randint(0, 1000), "c": loguniform(1, 2)}
    drawn = list(ParameterSampler(space, 200, random_state=0))
    chosen = chosen_from(drawn)
    assert len(chosen) <= 12
    for name in space:
        values = [params[name] for params in drawn]
        shown = [params[name] for params in chosen]
        assert (min(shown), max(shown)) == (min(values), max(values))
        assert any(
            np.quantile(values, 0.3) < v < np.quantile(values, 0.7) for v in shown
        )


def test_a_short_list_of_numbers_is_shown_in_full():
    assert {p["a"] for p in chosen_from(ParameterGrid({"a": [9, 5, 1, 7, 3]}))} == {
        *[9, 5, 1, 7, 3]
    }


def test_numbers_beside_other_values():
    chosen = chosen_from(ParameterGrid({"a": [None, "auto", *range(100), math.nan]}))
    shown = [params["a"] for params in chosen]
    assert {None, "auto", 0, 99} <= set(shown)
    assert any(value != value for value in shown)


def test_all_combinations_of_objects():
    steps = {
        "one": ["passthrough", StandardScaler(), MinMaxScaler(), None],
        "two": ["passthrough", StandardScaler(), MinMaxScaler()],
        "three": ["drop", SVC()],
    }
    chosen = chosen_from(ParameterGrid({**steps, "C": range(10)}))
    shown = {tuple(id(params[name]) for name in steps) for params in chosen}
    assert len(shown) == 4 * 3 * 2


def test_all_combinations_if_they_are_few():
    choices = {"a": ["u", "v"], "b": ["u", "v"], "c": ["u", "v"], "d": ["u", "v"]}
    assert len(chosen_from(ParameterGrid(choices))) == 16


def test_each_of_several_grids_is_shown():
    grids = [{"kernel": ["rbf"], "gamma": range(20)}, {"kernel": ["poly"]}, {"C": [3]}]
    chosen = chosen_from(ParameterGrid(grids))
    assert {"kernel": "poly"} in chosen
    assert {"C": 3} in chosen
    assert {"kernel": "rbf", "gamma": 19} in chosen


def test_one_that_is_chosen_in_any_case():
    grid = list(ParameterGrid({"a": range(50), "b": range(50)}))
    assert cover(grid, math.inf, first=1234)[0] == 1234


def test_some_more_than_need_be():
    grid = ParameterGrid({"a": range(1000)})
    assert len(chosen_from(grid)) == 8
    assert len(cover(list(grid), 7)) == 7


@pytest.mark.parametrize(
    "candidates, at_most",
    [
        ([{"a": 1}, {"a": 2}] * 10, math.inf),
        ([{"a": 1}] * 10, math.inf),
        ([{}], math.inf),
        (list(ParameterGrid({"a": list("abcdef"), "b": list("abcdef")})), 35),
    ],
    ids=["two", "one", "nothing", "too many"],
)
def test_no_candidates_that_stand_for_all(candidates, at_most):
    assert cover(candidates, at_most) is None


def test_values_that_cannot_be_compared():
    class Odd:
        def __eq__(self, other):
            raise TypeError("no comparison")

        __hash__ = None

        @property
        def __class__(self):
            return float

    values = [Odd(), np.ones(3), [1], {"b": 2}]
    chosen = chosen_from({"a": value, "n": n} for value in values for n in range(5))
    assert {id(params["a"]) for params in chosen} == {id(value) for value in values}


def test_many_candidates_take_little_time():
    grid = list(ParameterGrid({"a": range(40), "b": range(40), "c": range(10)}))
    assert len(chosen_from(grid)) <= 12


@pytest.mark.parametrize("low", [0.05, 0.2, 0.4, 0.55])
def test_of_each_part_of_a_range_one_is_shown(low):
    values = np.random.default_rng(0).permutation(np.linspace(0, 1, 101))
    chosen = chosen_from({"a": a, "b": b} for b in range(9) for a in values)
    assert any(low <= params["a"] <= low + 0.4 for params in chosen)
