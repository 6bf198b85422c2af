"""What the model sees of the scores, and when it is fitted."""

import numpy as np

from sklearn_hp.samplers._surrogate import (
    MAX_OBSERVATIONS,
    REFIT_ALWAYS,
    REFIT_EVERY,
    Surrogate,
)

NUMERIC = np.zeros(2, dtype=int)


def data(n):
    rows = np.random.default_rng(0).random((n, 2))
    return rows, dict(enumerate(-((rows - 0.3) ** 2).sum(axis=1)))


def test_it_sees_the_rows_that_were_told():
    rows, scores = data(10)
    del scores[4]  # pending
    X, y, warped = Surrogate(NUMERIC, 0).observe(scores, rows, 10)
    np.testing.assert_array_equal(X, np.delete(rows, 4, axis=0))
    np.testing.assert_array_equal(y, warped.y)


def test_of_too_many_it_sees_the_best_and_some():
    rows, scores = data(MAX_OBSERVATIONS + 50)
    X, y, warped = Surrogate(NUMERIC, 0).observe(scores, rows, 300)
    assert len(X) == len(y) == MAX_OBSERVATIONS
    best = np.sort(warped.y)[-MAX_OBSERVATIONS // 2 :]
    assert set(best) <= set(y)
    again, *_ = Surrogate(NUMERIC, 0).observe(scores, rows, 300)
    other, *_ = Surrogate(NUMERIC, 0).observe(scores, rows, 301)
    np.testing.assert_array_equal(X, again)
    assert not np.array_equal(X, other)


def test_without_two_different_scores_there_is_nothing_to_see():
    rows, _ = data(3)
    surrogate = Surrogate(NUMERIC, 0)
    for scores in ({}, {0: 1.0}, {0: 1.0, 1: 1.0}, {0: 1.0, 1: np.nan}):
        assert surrogate.observe(scores, rows, 3) is None
    nothing = Surrogate(np.zeros(0, dtype=int), 0)
    assert nothing.observe({0: 1.0, 1: 2.0}, np.zeros((2, 0)), 2) is None


def test_late_in_a_search_it_is_fitted_at_times():
    rows, scores = data(REFIT_ALWAYS + 1)
    surrogate = Surrogate(NUMERIC, 0)
    X, y, _ = surrogate.observe(scores, rows, 0)
    model = surrogate.fit(X, y, 1)  # the first fit is always made
    assert surrogate.n_fits == 1
    for number in range(1, REFIT_EVERY):
        assert surrogate.fit(X, y, number).theta is model.theta
    surrogate.fit(X, y, REFIT_EVERY)
    assert surrogate.n_fits == 2


def test_a_look_at_the_model_fits_nothing():
    rows, scores = data(8)
    surrogate = Surrogate(NUMERIC, 0)
    X, y, _ = surrogate.observe(scores, rows, 8)
    start = surrogate.theta.copy()
    looked_at = surrogate.model(X, y)
    assert surrogate.n_fits == 0
    np.testing.assert_array_equal(surrogate.theta, start)
    np.testing.assert_array_equal(looked_at.theta, surrogate.fit(X, y, 8).theta)
