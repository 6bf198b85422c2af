"""The first points of a search."""

import numpy as np
import pytest
from scipy import stats

from sklearn_hp.samplers._design import StartDesign
from sklearn_hp.space import SearchSpace


def points(space, n, seed=0):
    design = StartDesign(space, seed)
    return np.array([design.next() for _ in range(n)])


def test_the_centre_comes_first():
    given = {"C": stats.loguniform(1e-2, 1e2), "n": [1, 2, 3], "k": ["a", "b", "c"]}
    space = SearchSpace(given)
    first = points(space, 1)[0]
    np.testing.assert_array_equal(first[:2], 0.5)
    params = space.decode(first, None)
    assert params["n"] == 2
    np.testing.assert_allclose(params["C"], 1.0)
    # its choices are those of the first Sobol point, which comes next
    for seed in range(5):
        centre, sobol = points(space, 2, seed)
        assert centre[2] == sobol[2]
        assert centre[0] != sobol[0]


def test_then_points_that_cover_the_space():
    space = SearchSpace({f"x{i}": stats.uniform() for i in range(5)})
    X = points(space, 17)[1:]
    # of 16 points of a Sobol sequence, one in each sixteenth of each column
    for column in X.T:
        assert sorted((16 * column).astype(int)) == list(range(16))


def test_a_seed_fixes_them():
    space = SearchSpace({"a": stats.uniform(), "b": ["x", "y"]})
    np.testing.assert_array_equal(points(space, 9, 3), points(space, 9, 3))
    assert (points(space, 9, 3) != points(space, 9, 4)).any()


def test_no_columns():
    assert points(SearchSpace({"a": [1]}), 3).shape == (3, 0)


def test_rows_of_branches():
    space = SearchSpace([{"a": stats.uniform()}, {"b": stats.uniform()}])
    X = points(space, 9)
    np.testing.assert_array_equal(space.snap(X), X)
    assert set(space.branch(X)) == {0, 1}


@pytest.mark.parametrize("n_drawn", [0, 1, 2, 3, 7])
def test_a_design_goes_on_where_another_stopped(n_drawn):
    space = SearchSpace({"a": stats.uniform(), "b": list("abcde"), "c": [1, 2, 3]})
    design = StartDesign(space, 3, n_drawn)
    rest = [design.next() for _ in range(9 - n_drawn)]
    np.testing.assert_array_equal(rest, points(space, 9, 3)[n_drawn:])
    assert design.n_drawn == 9
