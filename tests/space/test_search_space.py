"""Dicts of parameters, and the rows that stand for their candidates."""

import copy
import pickle
import re

import numpy as np
import pytest
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from sklearn_hp.space import SearchSpace, log_randint
from tests.space.test_values import Hostile

C = stats.loguniform(1e-2, 1e2)


class Coin:
    """Can be drawn from, and nothing else."""

    def rvs(self, random_state):
        return random_state.choice(["heads", "tails"])


def random_rows(space, n=200, seed=0):
    rng = np.random.default_rng(seed)
    return space.from_cube(rng.random((n, space.n_columns)))


def decoded(space, X):
    rng = np.random.default_rng(0)
    return [space.decode(row, rng) for row in X]


SPACES = {
    "numeric": {"a": C, "b": stats.norm(), "c": log_randint(1, 50)},
    "many integers": {"a": stats.randint(0, 10**6), "b": [1, 2, 3]},
    "categories": {"a": ["x", None, (1, 2)], "b": [True, False], "c": [0]},
    "constants": {"a": [1], "b": stats.randint(3, 4)},
    "nothing": {},
    "branches": [
        {"kernel": ["linear"], "C": C},
        {"kernel": ["rbf", "sigmoid"], "C": C, "gamma": stats.loguniform(1e-4, 1)},
        {"kernel": ["poly"], "C": C, "degree": [2, 3, 4], "coef0": [0]},
    ],
    "no names in common": [{"a": C}, {"b": C}, {}],
    "overlap": [
        {"a": [1, 2, 3], "b": ["x", "y"]},
        {"a": [1, 2, 3], "b": ["y", "z"]},
        {"b": ["x"], "a": [1, 2, 3], "c": C},
    ],
    "other distributions": [{"a": C}, {"a": stats.uniform()}, {"a": ["auto"]}],
    "constants that differ": [
        {"shrinking": [True], "C": C},
        {"shrinking": [False], "C": C, "tol": C},
    ],
    "only constants": [{"a": [1]}, {"a": [2]}, {"a": [1], "b": [1]}],
}


def valid_in(params, distributions):
    """Whether a candidate is one of a dict, names in order."""
    if list(params) != list(distributions):
        return False
    for name, values in distributions.items():
        if hasattr(values, "support"):
            low, high = values.support()
            if isinstance(params[name], str) or not low <= params[name] <= high:
                return False
        elif not any(
            params[name] is value
            or (type(params[name]) is type(value) and params[name] == value)
            for value in values
        ):
            return False
    return True


@pytest.mark.parametrize("given", SPACES.values(), ids=SPACES)
def test_every_row_is_a_candidate_of_the_dict_it_says(given):
    space = SearchSpace(given)
    X = random_rows(space)
    dicts = [given] if isinstance(given, dict) else given
    for number, params in zip(space.branch(X), decoded(space, X), strict=True):
        assert valid_in(params, dicts[number])
    if space.n_columns:
        assert set(space.branch(X)) == set(range(len(dicts)))


@pytest.mark.parametrize("given", SPACES.values(), ids=SPACES)
def test_rows_are_snapped_once_and_for_all(given):
    space = SearchSpace(given)
    X = random_rows(space)
    np.testing.assert_allclose(space.snap(X), X, rtol=0, atol=1e-15)
    active = space.active(X)
    assert active.shape == X.shape
    numeric = np.broadcast_to(space.n_choices == 0, X.shape)
    np.testing.assert_array_equal(X[~active & numeric], 0.5)
    np.testing.assert_array_equal(X[~active & ~numeric], -1.0)
    assert (X[active & numeric] >= 0).all()
    assert (X[active & numeric] <= 1).all()
    assert (X[active] >= 0).all()
    assert (X < np.maximum(space.n_choices, 1.01)).all()
    for column, levels in enumerate(space.levels):
        if levels is not None:
            assert set(X[active[:, column], column]) <= set(levels)


@pytest.mark.parametrize("given", SPACES.values(), ids=SPACES)
def test_encode_inverts_decode(given):
    space = SearchSpace(given)
    X = random_rows(space, 50)
    for row, params in zip(X, decoded(space, X), strict=True):
        again = space.encode(params)
        # in the first dict that has the candidate, where there are several
        assert space.key(again) == space.key(row)
        if space.branch(again[None])[0] == space.branch(row[None])[0]:
            np.testing.assert_allclose(again, row, rtol=0, atol=1e-9)


@pytest.mark.parametrize("given", SPACES.values(), ids=SPACES)
def test_a_space_is_copied_and_pickled(given):
    space = SearchSpace(given)
    X = random_rows(space, 20)
    for twin in (copy.deepcopy(space), pickle.loads(pickle.dumps(space))):
        assert twin.column_names == space.column_names
        assert decoded(twin, X) == decoded(space, X)
        assert [twin.key(row) for row in X] == [space.key(row) for row in X]


@pytest.mark.parametrize(
    "name, n", [("categories", 6), ("constants", 1), ("nothing", 1), ("overlap", None)]
)
def test_all_rows_of_a_finite_space(name, n):
    given = SPACES[name]
    if name == "overlap":
        given, n = given[:2], 9  # "y" is in both
    space = SearchSpace(given)
    X = space.rows()
    keys = {space.key(row) for row in X}
    assert len(X) == len(keys) == n
    assert {space.key(row) for row in random_rows(space, 500)} == keys
    assert space.n_candidates >= n
    np.testing.assert_array_equal(space.snap(X), X)


def test_counts_of_candidates():
    def count(given):
        return SearchSpace(given).n_candidates

    assert count({"a": [1, 2, 3], "b": ["x", "y"], "c": [0]}) == 6
    assert count({"a": stats.randint(0, 10), "b": [None, 1]}) == 20
    assert count([{"a": [1, 2, 3]}, {"b": ["x", "y"]}, {}]) == 6
    assert count({"a": C, "b": [1]}) == np.inf
    assert count({"a": [1], "b": Coin()}) == np.inf
    assert count(SPACES["only constants"]) == 3
    assert len(SearchSpace(SPACES["only constants"]).rows()) == 3


# ------------------------------------------------------------------ columns


def test_equal_columns_merge_and_others_do_not():
    def columns(*dicts):
        return SearchSpace(list(dicts)).column_names

    assert columns({"a": C, "k": ["x"]}, {"a": C, "k": ["y"]}) == ["a", "k"]
    same = stats.loguniform(1e-2, 1e2)
    assert columns({"a": C, "k": ["x"]}, {"a": same, "k": ["y"]}) == ["a", "k"]
    other = stats.loguniform(1e-2, 1e3)
    assert columns({"a": C, "k": ["x"]}, {"a": other, "k": ["y"]}) == ["a", "a", "k"]
    ordered, equal = range(3), stats.randint(0, 3)
    assert columns({"a": ordered}, {"a": equal}) == ["a", ""]
    # choices make one column, whatever dict they are from
    assert columns({"a": ["x"]}, {"a": ["y", "z"]}) == ["a"]
    assert columns({"a": ["x"]}, {"a": ["x", "y"]}) == ["a", ""]


def test_a_column_tells_branches_apart_only_if_every_choice_does():
    space = SearchSpace(SPACES["branches"])
    assert "" not in space.column_names
    assert space.n_choices[space.column_names.index("kernel")] == 4
    assert SearchSpace(SPACES["overlap"]).column_names.count("") == 1
    assert "" in SearchSpace(SPACES["no names in common"]).column_names
    assert "" not in SearchSpace(SPACES["constants that differ"]).column_names
    assert SearchSpace([{"a": C}]).column_names == ["a"]


def test_a_name_that_is_one_value_here_and_another_there():
    space = SearchSpace(SPACES["constants that differ"])
    column = space.column_names.index("shrinking")
    assert space.n_choices[column] == 2
    row = space.encode({"shrinking": False, "C": 1, "tol": 1})
    np.testing.assert_allclose(row[[column, 0 if column else 1]], [1, 0.5])


def test_a_choice_that_a_branch_does_not_have_is_replaced():
    space = SearchSpace(SPACES["overlap"])
    b, branch = space.column_names.index("b"), space.column_names.index("")
    X = random_rows(space, 300)
    for number, allowed in enumerate([{0.0, 1.0}, {1.0, 2.0}, {0.0}]):
        moved = X.copy()
        moved[:, branch] = number
        assert set(space.snap(moved)[:, b]) == allowed


def test_shared_parameters_keep_their_coordinate_in_every_branch():
    space = SearchSpace(SPACES["branches"])
    column = space.column_names.index("C")
    candidates = [
        {"kernel": "linear", "C": 3.0},
        {"kernel": "rbf", "C": 3.0, "gamma": 0.01},
        {"kernel": "poly", "C": 3.0, "degree": 3, "coef0": 0},
    ]
    assert len({space.encode(params)[column] for params in candidates}) == 1


def test_candidates_two_branches_have_in_common_have_one_key():
    space = SearchSpace(SPACES["overlap"])
    branch = space.column_names.index("")
    row = space.encode({"a": 2, "b": "y"})
    other = row.copy()
    other[branch] = 1
    other = space.snap(other[None])[0]
    assert decoded(space, [row, other]) == [{"a": 2, "b": "y"}] * 2
    assert space.key(row) == space.key(other)
    third = space.encode({"b": "x", "a": 2, "c": 1.0})
    assert space.key(third) != space.key(space.encode({"a": 2, "b": "x"}))


def test_drawn_values():
    space = SearchSpace([{"a": Coin(), "b": [1, 2, 3]}, {"b": [1, 2, 3]}])
    assert space.column_names == ["b", ""]
    row = space.encode({"a": "heads", "b": 2})
    assert space.key(row) is None
    assert space.key(space.encode({"b": 2})) is not None
    drawn = [space.decode(row, np.random.default_rng(i)) for i in range(20)]
    assert {params["a"] for params in drawn} == {"heads", "tails"}
    assert {params["b"] for params in drawn} == {2}
    assert list(drawn[0]) == ["a", "b"]


# ------------------------------------------------------------------ values


def test_choices_decode_to_the_very_object():
    def function():
        pass

    choices = [
        SVC(),
        LogisticRegression(),
        RandomForestClassifier,
        function,
        None,
        (1, 2),
        [3, 4],
        {"balanced": 1},
        np.arange(3),
        Hostile(),
        Hostile(),
        True,
        1,
        1.0,
        "1",
        object(),
    ]
    for given in ({"a": choices}, [{"a": choices[:7]}, {"a": choices[7:]}]):
        space = SearchSpace(given)
        assert space.n_candidates == len(choices)
        values = [space.decode(row, None)["a"] for row in space.rows()]
        assert [id(value) for value in values] == [id(choice) for choice in choices]
        keys = [space.key(space.encode({"a": choice})) for choice in choices]
        assert len(set(keys)) == len(choices)


def test_rows_of_an_array_are_values():
    layers = np.array([[10, 10], [20, 5], [50, 2]])
    space = SearchSpace({"hidden_layer_sizes": layers, "alpha": C})
    values = [
        params["hidden_layer_sizes"] for params in decoded(space, random_rows(space))
    ]
    assert {tuple(value) for value in values} == {(10, 10), (20, 5), (50, 2)}
    X = random_rows(space)
    assert len({space.key(row) for row in X}) == len(X)


def test_a_constant_keeps_its_object_and_is_met_by_its_equal():
    model = SVC(C=3)
    space = SearchSpace({"model": [model], "n": [1]})
    assert space.n_columns == 0
    assert space.decode(np.zeros(0), None)["model"] is model
    space.encode({"model": SVC(C=3), "n": 1.0})
    with pytest.raises(ValueError, match=re.escape("'n' is 2, not 1")):
        space.encode({"model": model, "n": 2})


@pytest.mark.parametrize(
    "values", [range(10**6), np.arange(1e6)], ids=["range", "array"]
)
def test_a_million_numbers(values):
    # comparing each with each would take days
    space = SearchSpace({"a": values, "b": ["x", "y"]})
    X = random_rows(space, 1000)
    assert len({space.key(row) for row in X}) > 990
    row = space.encode({"a": 123_456, "b": "y"})
    assert space.decode(row, None) == {"a": 123_456, "b": "y"}


def test_thousands_of_texts():
    words = [f"word {i}" for i in range(5_000)]
    space = SearchSpace([{"a": words, "b": [0]}, {"a": words, "b": [1]}])
    assert space.n_candidates == 10_000


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    "params, message",
    [
        ({"C": 1}, "It lacks 'kernel'."),
        ({"C": 1, "kernel": "rbf", "x": 1}, "It has 'x', which the space lacks."),
        ({"C": 1e9, "kernel": "rbf"}, "'C' is 1000000000.0, not between 0.01 and 100."),
        ({"C": "1", "kernel": "rbf"}, "'C' is '1', not between"),
        ({"C": 1, "kernel": "lin"}, "'kernel' is 'lin', not one of ['rbf', 'poly']."),
    ],
)
def test_what_is_in_no_dict(params, message):
    space = SearchSpace({"C": C, "kernel": ["rbf", "poly"]})
    with pytest.raises(ValueError, match=re.escape(message)):
        space.encode(params)


def test_what_is_in_none_of_several_dicts():
    space = SearchSpace(SPACES["branches"])
    with pytest.raises(
        ValueError, match=r"(?s)in none of the dicts: dict 0: .*dict 2: "
    ):
        space.encode({"kernel": "rbf", "C": 1})
    with pytest.raises(ValueError, match="dict 1: 'kernel' is 'linear', not one of"):
        space.encode({"kernel": "linear", "C": 1, "gamma": 0.1})


def test_uniform_points_give_the_distributions_of_the_space():
    space = SearchSpace({"a": stats.binom(3, 0.4), "b": C, "c": ["x", "y"]})
    params = decoded(space, random_rows(space, 4000))
    a = np.bincount([one["a"] for one in params]) / 4000
    # four standard deviations of a share of 4,000
    np.testing.assert_allclose(a, stats.binom(3, 0.4).pmf(range(4)), atol=2 / 4000**0.5)
    assert np.mean([one["c"] == "x" for one in params]) == pytest.approx(0.5, abs=0.035)
    # the largest distance of an empirical cdf exceeds 1.95/sqrt(n) once in 1,000 cases
    assert (
        stats.kstest([one["b"] for one in params], C.cdf).statistic < 1.95 / 4000**0.5
    )


def test_repr():
    space = SearchSpace([{"C": C, "n": range(100)}, {}])
    assert (
        repr(space)
        == "SearchSpace([{'C': loguniform(0.01, 100), 'n': range(0, 100)}, {}])"
    )


def test_more_candidates_than_a_machine_integer_holds():
    numbers = {f"x{i}": range(10**6) for i in range(4)}
    assert SearchSpace(numbers).n_candidates == 10**24
    space = SearchSpace({"a": range(20_000), "b": ["x", "y"]})
    rows = space.rows()
    assert len(rows) == space.n_candidates == 40_000
    found = decoded(space, rows[[0, -1]])
    assert found == [{"a": 0, "b": "x"}, {"a": 19_999, "b": "y"}]


def test_keys_are_those_of_values_not_of_coordinates():
    space = SearchSpace({"a": stats.randint(0, 2**60)})
    one, other = {"a": 2**59}, {"a": 2**59 + 1}
    np.testing.assert_array_equal(space.encode(one), space.encode(other))
    assert space.key_of(one) != space.key_of(other)
    space = SearchSpace({"a": C, "b": [SVC(), SVC(C=2)]})
    for row in random_rows(space, 20):
        assert space.key(row) == space.key_of(space.decode(row, None))
    assert SearchSpace({"a": Coin()}).key_of({"a": "heads"}) is None
