"""Maxima of functions whose maximum is known."""

import numpy as np
import pytest
from scipy import stats

from sklearn_hp._gaussian_process import maximize, perturb
from sklearn_hp._gaussian_process._maximize import nearest, neighbours
from sklearn_hp.space import SearchSpace


class Peak:
    """Minus the squared distance to a row: numeric, and 1 for each wrong choice."""

    def __init__(self, space, target):
        self.numeric = space.n_choices == 0
        self.target = target
        self.n_points = 0

    def __call__(self, X):
        self.n_points += len(X)
        apart = np.where(self.numeric, (X - self.target) ** 2, X != self.target)
        return -apart.sum(axis=1)

    def with_gradient(self, X):
        return self(X), -2 * (X - self.target)[:, self.numeric]


def always(row):
    return True


UNIFORM = stats.uniform()
DOMAINS = {
    "numeric": {f"x{i}": UNIFORM for i in range(6)},
    "one": {"x": UNIFORM},
    "discrete": {f"x{i}": range(20) for i in range(5)},
    "uneven cells": {f"x{i}": stats.binom(15, 0.3) for i in range(4)},
    "categorical": {f"x{i}": list("abcdefg") for i in range(6)},
    "mixed": {
        "a": UNIFORM,
        "b": range(30),
        "c": ["x", "y", "z"],
        "d": stats.randint(0, 10**6),
        "e": [True, False],
        "f": UNIFORM,
    },
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("given", DOMAINS.values(), ids=DOMAINS)
def test_the_maximum_is_found(given, seed):
    space = SearchSpace(given)
    rng = np.random.default_rng(seed)
    target, *X_best = space.from_cube(rng.random((6, space.n_columns)))
    peak = Peak(space, target)
    row = maximize(peak, space, np.array(X_best), always, rng)
    # gradients end where the gain is below 1e-6 of the value
    np.testing.assert_allclose(row, target, atol=2e-3)
    np.testing.assert_array_equal(space.snap(row[None])[0], row)


@pytest.mark.parametrize("corner", [0.0, 1.0])
def test_a_maximum_in_a_corner(corner):
    space = SearchSpace(DOMAINS["numeric"])
    peak = Peak(space, np.full(6, corner))
    row = maximize(peak, space, np.full((1, 6), 0.5), always, np.random.default_rng(0))
    np.testing.assert_allclose(row, corner, atol=2e-3)


def test_columns_without_a_meaning_stay_as_they_are():
    space = SearchSpace([{"k": ["a"], "x": UNIFORM}, {"k": ["b"], "y": UNIFORM}])
    target = space.encode({"k": "b", "y": 0.2})
    far = space.encode({"k": "a", "x": 0.9})
    rng = np.random.default_rng(0)
    row = maximize(Peak(space, target), space, far[None], always, rng)
    np.testing.assert_allclose(row, target, atol=2e-3)
    assert row[space.column_names.index("x")] == 0.5


def test_what_is_not_new_is_not_returned():
    space = SearchSpace({"a": range(20), "b": range(20), "c": ["x", "y"]})
    target = space.encode({"a": 10, "b": 10, "c": "x"})
    peak = Peak(space, target)
    taken = {space.key(target)}

    def is_new(row):
        return space.key(row) not in taken

    previous = 0.0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        row = maximize(peak, space, target[None], is_new, rng)
        assert is_new(row)
        # the next best
        assert previous - 0.02 < peak(row[None])[0] <= 0
        previous = min(previous, peak(row[None])[0])
        taken.add(space.key(row))
    nothing = maximize(peak, space, target[None], lambda row: False, rng)
    assert nothing is None


def test_it_depends_on_the_generator_only():
    space = SearchSpace(DOMAINS["mixed"])
    X = space.from_cube(np.random.default_rng(0).random((4, 6)))
    rows = [
        maximize(Peak(space, X[0]), space, X[1:], always, np.random.default_rng(5))
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize("given", DOMAINS.values(), ids=DOMAINS)
def test_perturb_moves_at_least_one_column(given):
    space = SearchSpace(given)
    rng = np.random.default_rng(0)
    X_best = space.from_cube(rng.random((1, space.n_columns)))
    X = perturb(X_best, space, 3000, rng)
    moved = X != X_best
    numeric = space.n_choices == 0
    assert X[:, numeric].min(initial=0.5) >= 0
    assert X[:, numeric].max(initial=0.5) <= 1
    assert moved.any(axis=0).all(), "every column moves at times"
    assert moved.any(axis=1).all()
    # discrete columns go to levels
    for column, levels in enumerate(space.levels):
        if levels is not None:
            assert set(X[:, column]) <= set(levels)
    share = moved.mean(axis=1)
    assert np.isclose(share.min(), 1 / space.n_columns)
    if space.n_columns > 1:
        one = np.isclose(share, 1 / space.n_columns)
        assert 0.05 < np.mean(one) < 0.9


@pytest.mark.parametrize("p", [1, 2, 3, 4])
@pytest.mark.parametrize("is_mixed", [False, True], ids=["choices", "mixed"])
def test_perturb_returns_none_of_the_best_points_again(p, is_mixed):
    given = {f"x{i}": list("abcde") for i in range(p)}
    given |= {"number": UNIFORM} if is_mixed else {}
    space = SearchSpace(given)
    X_best = space.from_cube(np.full((1, space.n_columns), 0.5))
    X = perturb(X_best, space, 4000, np.random.default_rng(0))
    moved = X != X_best
    assert moved.any(axis=1).all()
    # of the third where everything moves, 70 % keep their choices beside a number; so
    # do a few of the others, in which the number was the one to move
    only_number = moved[:, -1] & ~moved[:, :-1].any(axis=1)
    if is_mixed:
        assert only_number.mean() > 0.7 / 3 - 0.05
    for column in range(p):
        values = X[moved[:, column], column]
        assert set(values) == {0, 1, 3, 4}


def test_perturb_gives_columns_without_a_meaning_any_choice():
    space = SearchSpace([{"k": ["a"], "x": UNIFORM}, {"k": ["b"], "y": list("pq")}])
    far = space.encode({"k": "a", "x": 0.9})
    column = space.column_names.index("y")
    X = perturb(far[None], space, 1000, np.random.default_rng(0))
    assert set(X[:, column]) == {-1.0, 0.0, 1.0}


def test_nearest():
    levels = np.array([0.1, 0.2, 0.6, 0.95])
    x = np.array([0.0, 0.1, 0.14, 0.16, 0.39, 0.41, 0.9, 1.0])
    expected = np.argmin(np.abs(x[:, None] - levels), axis=1)
    np.testing.assert_array_equal(nearest(levels, x), expected)
    assert nearest(levels[:2], np.array([0.0, 1.0])).tolist() == [0, 1]


def test_neighbours():
    space = SearchSpace({"a": range(3), "b": range(50), "c": list("xyz"), "d": UNIFORM})
    row = space.encode({"a": 1, "b": 0, "c": "y", "d": 0.3})
    X = neighbours(row, space, [0, 1, 2])
    found = [space.decode(x, None) for x in X]
    assert [params["a"] for params in found] == [0, 2, 1, 1, 1, 1]
    assert [params["b"] for params in found] == [0, 0, 1, 2, 0, 0]
    assert [params["c"] for params in found] == ["y", "y", "y", "y", "x", "z"]
    assert (X[:, 3] == row[3]).all()
    space = SearchSpace([{"k": ["a"], "x": range(3)}, {"k": ["b"]}])
    assert len(neighbours(space.encode({"k": "b"}), space, [0, 1])) == 1
