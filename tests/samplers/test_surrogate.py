"""What the model sees of the scores, and when it is fitted."""

import math

import numpy as np
import pytest

from sklearn_hp._gaussian_process import fit_theta
from sklearn_hp._records import Observation
from sklearn_hp.samplers import _surrogate
from sklearn_hp.samplers._surrogate import (
    MAX_OBSERVATIONS,
    REFIT_ALWAYS,
    REFIT_EVERY,
    Surrogate,
)

NUMERIC = np.zeros(2, dtype=int)


def data(n):
    rows = np.random.default_rng(0).random((n, 2))
    scores = -((rows - 0.3) ** 2).sum(axis=1)
    return rows, {i: Observation(score) for i, score in enumerate(scores)}


def test_it_sees_the_rows_that_were_told():
    rows, told = data(10)
    del told[4]  # pending
    seen = Surrogate(NUMERIC, 0).observe(told, rows, 10)
    np.testing.assert_array_equal(seen.X, np.delete(rows, 4, axis=0))
    np.testing.assert_array_equal(seen.y, seen.warped.y)
    np.testing.assert_array_equal(seen.noise, 0)


def test_it_sees_the_noise_in_units_of_its_scores():
    rows, told = data(9)
    told[8] = Observation(0.5, noise=0.04)  # the best, and above the median
    seen = Surrogate(NUMERIC, 0).observe(told, rows, 9)
    sd = seen.warped.to_scores(seen.y[8] + np.sqrt(seen.noise[8])) - 0.5
    assert sd == pytest.approx(0.2)
    np.testing.assert_array_equal(seen.noise[:8], 0)
    # shifted and stretched scores are the same to the model
    for n, one in told.items():
        told[n] = Observation(7 + 100 * one.score, 1e4 * one.noise)
    again = Surrogate(NUMERIC, 0).observe(told, rows, 9)
    np.testing.assert_allclose(again.y, seen.y)
    np.testing.assert_allclose(again.noise, seen.noise)


def test_what_may_be_luck_is_not_the_score_to_improve_on():
    rows, told = data(9)
    best = max(one.score for one in told.values())
    told[8] = Observation(best + 0.1, noise=0.04)
    seen = Surrogate(NUMERIC, 0).observe(told, rows, 9)
    assert seen.warped.to_scores(seen.best_f) == pytest.approx(best)
    told[8] = Observation(best + 0.1)
    seen = Surrogate(NUMERIC, 0).observe(told, rows, 9)
    assert seen.warped.to_scores(seen.best_f) == pytest.approx(best + 0.1)


def test_a_failed_trial_has_no_noise():
    rows, told = data(9)
    told[8] = Observation(math.nan, noise=0.04)
    assert Surrogate(NUMERIC, 0).observe(told, rows, 9).noise[8] == 0


def test_of_too_many_it_sees_the_best_and_some():
    rows, told = data(MAX_OBSERVATIONS + 50)
    told[0] = Observation(told[0].score, noise=0.01)
    seen = Surrogate(NUMERIC, 0).observe(told, rows, 300)
    assert len(seen.X) == len(seen.y) == len(seen.noise) == MAX_OBSERVATIONS
    best = np.sort(seen.warped.y)[-MAX_OBSERVATIONS // 2 :]
    assert set(best) <= set(seen.y)
    again = Surrogate(NUMERIC, 0).observe(told, rows, 300)
    other = Surrogate(NUMERIC, 0).observe(told, rows, 301)
    np.testing.assert_array_equal(seen.X, again.X)
    assert not np.array_equal(seen.X, other.X)
    np.testing.assert_array_equal(seen.noise > 0, (seen.X == rows[0]).all(axis=1))


def test_without_two_different_scores_there_is_nothing_to_see():
    rows, _ = data(3)
    surrogate = Surrogate(NUMERIC, 0)
    for scores in ([], [1.0], [1.0, 1.0], [1.0, np.nan]):
        told = dict(enumerate(map(Observation, scores)))
        assert surrogate.observe(told, rows, 3) is None
    nothing = Surrogate(np.zeros(0, dtype=int), 0)
    assert nothing.observe(data(2)[1], np.zeros((2, 0)), 2) is None


def test_late_in_a_search_it_is_fitted_at_times():
    rows, told = data(REFIT_ALWAYS + 2 * REFIT_EVERY)

    def theta(number, surrogate):
        seen = {n: told[n] for n in range(number)}
        return surrogate.model(seen, rows, number)[0].theta

    surrogate = Surrogate(NUMERIC, 0)
    first = theta(REFIT_ALWAYS + 1, surrogate)
    for number in range(REFIT_ALWAYS + 2, REFIT_ALWAYS + REFIT_EVERY):
        assert theta(number, surrogate) is first
    later = theta(REFIT_ALWAYS + REFIT_EVERY, surrogate)
    assert not np.array_equal(later, first)
    # it follows from the scores, whatever was fitted before
    np.testing.assert_array_equal(theta(REFIT_ALWAYS + 1, surrogate), first)
    fresh = theta(REFIT_ALWAYS + REFIT_EVERY + 1, Surrogate(NUMERIC, 0))
    np.testing.assert_array_equal(later, fresh)


def test_late_in_a_search_it_is_fitted_anew_where_an_old_score_changes():
    rows, told = data(REFIT_ALWAYS + 3)
    surrogate = Surrogate(NUMERIC, 0)
    first, _ = surrogate.model(told, rows, REFIT_ALWAYS + 3)
    told[2] = Observation(5.0)
    second, _ = surrogate.model(told, rows, REFIT_ALWAYS + 3)
    assert not np.array_equal(first.theta, second.theta)


def test_a_model_that_was_asked_for_twice_is_fitted_once(monkeypatch):
    fits = []

    def fit(*args):
        fits.append(args)
        return fit_theta(*args)

    monkeypatch.setattr(_surrogate, "fit_theta", fit)
    rows, told = data(30)
    surrogate = Surrogate(NUMERIC, 0)
    one, other = (surrogate.model(told, rows, 30)[0] for _ in range(2))
    assert one.theta is other.theta
    assert len(fits) == 2, "of the trials that are over, and of all"
    surrogate.model({**told, 30: Observation(0.0)}, [*rows, [0.5, 0.5]], 31)
    assert len(fits) == 3
