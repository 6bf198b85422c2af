"""What was proposed, and what is left."""

import numpy as np
import pytest
from scipy import stats

from sklearn_hp.samplers._proposed import SMALL_SPACE, Proposed
from sklearn_hp.space import SearchSpace


def add_all(proposed, space, rows):
    for row in rows:
        proposed.add(row, space.key(row))


def test_a_small_space_is_listed_and_exhausted():
    space = SearchSpace({"a": range(4), "b": ["x", "y"]})
    proposed = Proposed(space)
    assert proposed.is_listed
    rows = space.rows()
    add_all(proposed, space, rows[:-1])
    np.testing.assert_array_equal(proposed.unseen, rows[-1:])
    assert not proposed.is_exhausted
    assert [proposed.is_new(row) for row in rows] == [False] * 7 + [True]
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(proposed.any_new(rng), rows[-1])
    add_all(proposed, space, rows[-1:])
    assert proposed.is_exhausted
    assert proposed.any_new(rng) is None


@pytest.mark.parametrize("n", [SMALL_SPACE, SMALL_SPACE + 1])
def test_a_large_space_is_not_listed(n):
    proposed = Proposed(SearchSpace({"a": stats.randint(0, n)}))
    assert proposed.is_listed == (n == SMALL_SPACE)
    assert not proposed.is_exhausted


def test_a_large_space_is_listed_when_few_candidates_are_left():
    space = SearchSpace({"a": range(SMALL_SPACE + 10)})
    proposed, rows = Proposed(space), space.rows()
    add_all(proposed, space, rows[:9])
    assert not proposed.is_listed
    add_all(proposed, space, rows[9:10])
    assert proposed.is_listed
    np.testing.assert_array_equal(proposed.unseen, rows[10:])


def test_whoever_asked_for_what_is_left_changes_nothing():
    values = range(SMALL_SPACE + 10)
    space = SearchSpace([{"a": values}, {"a": values}])  # each is counted twice
    proposed = Proposed(space)
    add_all(proposed, space, space.rows())
    for _ in range(2):
        assert proposed.any_new(np.random.default_rng(0)) is None
        assert not proposed.is_listed, "as in a sampler that is rebuilt"


def test_what_is_all_but_equal_is_not_elsewhere():
    space = SearchSpace({"a": stats.uniform(), "b": stats.uniform()})
    proposed = Proposed(space)
    add_all(proposed, space, np.array([[0.5, 0.5], [0.2, 0.8]]))
    assert not proposed.is_elsewhere(np.array([0.5005, 0.4995]))
    assert proposed.is_elsewhere(np.array([0.5005, 0.503]))
    assert proposed.is_new(np.array([0.5005, 0.4995]))
