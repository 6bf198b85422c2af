"""Candidates whose parameters are independent, drawn as those of a search are made."""

import numpy as np

from sklearn_hp.inspection._flat_space import FlatSpace
from tests.inspection.functions import BRANCH_CHOICES, draw, draw_branch

NAN = np.nan


def test_gates_are_found():
    space = FlatSpace(draw_branch(30, 0), BRANCH_CHOICES)
    assert space.gates.keys() == {1, 2}
    assert space.gates[1][0] == space.gates[2][0] == 0
    np.testing.assert_array_equal(space.gates[1][1], [True, False, False])
    np.testing.assert_array_equal(space.n_choices, BRANCH_CHOICES)


def test_rows_of_a_branch():
    space = FlatSpace(draw_branch(30, 0), BRANCH_CHOICES)
    U = np.random.default_rng(0).random((500, 4))
    rows = space.rows(U)
    is_first = rows[:, 0] == 0
    np.testing.assert_array_equal(is_first, U[:, 0] < 0.5)
    np.testing.assert_array_equal(rows[~is_first, 1], 0.5)
    np.testing.assert_array_equal(rows[is_first, 2], 0.5)
    assert rows[is_first, 1].std() > 0.2
    assert rows[~is_first, 2].std() > 0.2


def test_a_gate_behind_a_gate():
    # 1 is active if 0 is 0, and 2 if 1 is 2; the gate stands behind what it decides
    X = draw(60, [2, 3, 0], 0)
    X[X[:, 0] == 1, 1] = NAN
    X[X[:, 1] != 2, 2] = NAN
    space = FlatSpace(X[:, ::-1], np.array([0, 3, 2]))
    assert {column: gate for column, (gate, _) in space.gates.items()} == {1: 2, 0: 1}
    rows = space.rows(np.random.default_rng(0).random((600, 3)))
    np.testing.assert_array_equal(rows[:, 1] == -1, rows[:, 2] == 1)
    assert (rows[rows[:, 1] != 2, 0] == 0.5).all()
    assert np.ptp(rows[rows[:, 1] == 2, 0]) > 0.5


def test_without_a_gate_the_share_stays_and_the_model_sees_it():
    rng = np.random.default_rng(0)
    X = draw(400, [0, 3], 1)
    X[rng.random(400) < 0.25, 0] = NAN
    space = FlatSpace(X, np.array([0, 3]))
    assert space.gates == {}
    np.testing.assert_array_equal(space.n_choices, [0, 3, 2])
    rows = space.rows(rng.random((4000, 2)))
    inactive = rows[:, 2] == 1
    assert abs(inactive.mean() - 0.25) < 0.1
    assert (rows[inactive, 0] == 0.5).all()
    # a value does not depend on how often the parameter is active
    assert rows[~inactive, 0].min() < 0.02
    assert rows[~inactive, 0].max() > 0.98


def test_no_parameter_is_a_gate_of_itself_nor_of_its_equals():
    X = draw(50, [3, 2, 0], 0)
    X[::3, :2] = NAN
    space = FlatSpace(X, np.array([3, 2, 0]))
    assert space.gates == {}
    rows = space.rows(np.random.default_rng(0).random((300, 3)))
    np.testing.assert_array_equal(rows[:, :2] == -1, rows[:, 3:] == 1)


def test_what_was_never_tried_is_not_drawn():
    X = np.column_stack([np.linspace(0.2, 0.6, 9), np.tile([0.0, 3, 4], 3)])
    X = np.column_stack([X, np.full(9, 0.7), np.full(9, NAN)])
    space = FlatSpace(X, np.array([0, 6, 0, 0]))
    rows = space.rows(np.random.default_rng(0).random((900, 4)))
    assert rows[:, 0].min() < 0.01  # what was tried lies in [0.2, 0.6]
    assert rows[:, 0].max() > 0.99
    choices, counts = np.unique(rows[:, 1], return_counts=True)
    np.testing.assert_array_equal(choices, [0, 3, 4])
    assert counts.min() > 200
    np.testing.assert_array_equal(rows[:, 2], 0.7)
    np.testing.assert_array_equal(rows[:, 3], 0.5)
