"""What both ways to find importance share."""

import numpy as np

from sklearn_hp.inspection._importance import (
    Importance,
    draw_counts,
    failed_as_worst,
    normalise,
)


def test_below_thirty_candidates_it_is_a_guess():
    values, draws = np.ones(1), np.ones((3, 1))
    assert Importance(values, draws, 29).is_guess
    assert not Importance(values, draws, 30).is_guess


def test_without_a_model_that_predicts_it_is_a_guess():
    values, draws = np.ones(1), np.ones((3, 1))
    assert Importance(values, draws, 30, explained=-0.1).is_guess
    assert not Importance(values, draws, 30, explained=0.1).is_guess


def test_the_spread_is_that_of_the_draws():
    draws = np.array([[0.2, 0.8], [0.4, 0.6]])
    found = Importance(np.array([0.3, 0.7]), draws, 40)
    np.testing.assert_allclose(found.std, np.sqrt(0.02))
    assert np.isnan(Importance(found.values, draws[:0], 40).std).all()


def test_shares_sum_to_one_and_none_is_negative():
    found = normalise(np.array([[3.0, 1, -1], [0, 0, 0]]))
    np.testing.assert_allclose(found, [[0.75, 0.25, 0], [0, 0, 0]])


def test_failed_candidates_get_the_worst_score():
    found = failed_as_worst(np.array([1.0, np.nan, -2, -np.inf, np.inf]))
    np.testing.assert_array_equal(found, [1, -2, -2, -2, -2])
    np.testing.assert_array_equal(failed_as_worst(np.full(2, np.nan)), 0)


def test_samples_are_as_large_as_what_they_are_of():
    counts = draw_counts(20, 5, np.random.default_rng(0))
    assert counts.shape == (5, 20)
    np.testing.assert_array_equal(counts.sum(axis=1), 20)
