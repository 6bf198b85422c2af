"""A sampler that is given scores on similar data expects such scores."""

import pickle

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import clone

from sklearn_hp._records import Observation, Trial
from sklearn_hp.samplers import GPSampler

SPACE = {"x": uniform(0, 1), "z": uniform(0, 1)}


def quality(params, best=0.8):
    return -((params["x"] - best) ** 2) - (params["z"] - 0.2) ** 2


def prior(best=0.8, level=0.0, unit=1.0, n=30, sign=1.0):
    rng = np.random.default_rng(0)
    candidates = [dict(zip("xz", row, strict=True)) for row in rng.random((n, 2))]
    return [(one, level + unit * sign * quality(one, best)) for one in candidates]


def sampler_with(prior_results, **kwargs):
    return GPSampler(SPACE, random_state=0, prior_results=prior_results, **kwargs)


def best_after(sampler, n):
    scores = []
    for number in range(n):
        params = sampler.ask()
        scores.append(quality(params))
        sampler.tell(Trial(number, params), Observation(scores[-1]))
    return max(scores)


def test_what_is_known_of_similar_scores_is_found_sooner():
    assert best_after(sampler_with(prior(), n_initial_points=2), 6) > -5e-3
    assert best_after(sampler_with((), n_initial_points=2), 6) < -1e-2


def test_level_and_unit_of_other_scores_do_not_matter():
    first, second = sampler_with(prior()), sampler_with(prior(level=1e3, unit=50.0))
    for number in range(9):
        params, other = first.ask(), second.ask()
        assert params["x"] == pytest.approx(other["x"], abs=1e-3)
        observation = Observation(quality(params))
        first.tell(Trial(number, params), observation)
        second.tell(Trial(number, params), observation)


@pytest.mark.parametrize("misleading", [prior(sign=-1.0), prior(best=0.1)])
def test_a_misleading_prior_is_left_aside(misleading):
    sampler = sampler_with(misleading)
    assert best_after(sampler, 14) > -1e-3


def test_predictions_go_through_what_was_told():
    sampler = sampler_with(prior())
    best_after(sampler, 12)
    told = [dict(trial.params) for trial in sampler.trials]
    mean, std = sampler.predict(told)
    np.testing.assert_allclose(mean, [quality(one) for one in told], atol=0.05)
    assert (std < 0.1).all()


def test_prior_candidates_are_not_trials():
    sampler = sampler_with(prior(), initial_points=[prior()[0][0]])
    assert sampler.trials == []
    assert sampler.observations == {}
    assert sampler.ask() == prior()[0][0]  # which may be proposed like any other


def test_a_copy_has_the_prior_and_proposes_the_same():
    sampler = sampler_with(prior())
    best_after(sampler, 7)
    copy = pickle.loads(pickle.dumps(sampler))
    new = clone(sampler)
    for trial in sampler.trials:
        new.tell(trial, sampler.observations[trial.number])
    expected = sampler.ask()
    assert copy.ask() == expected
    assert new.ask() == expected
    assert "prior_results=<30 candidates>" in repr(new)


def test_failed_ones_are_bad_and_equal_ones_say_nothing():
    failed = [(one, np.nan if one["x"] < 0.5 else s) for one, s in prior()]
    sampler = sampler_with(failed)
    assert best_after(sampler, 8) > -1e-2
    equal = [(one, 0.5) for one, _ in prior()]
    assert best_after(sampler_with(equal), 6) == best_after(sampler_with(()), 6)


@pytest.mark.parametrize(
    "given, error, message",
    [
        ([{"x": 0.5}], TypeError, r"prior_results\[0\] must be a pair of a candidate"),
        ([({"x": 0.5, "z": 0.5}, "good")], TypeError, "and its score, a number, got"),
        (
            [({"x": 2.0, "z": 0.5}, 1.0)],
            ValueError,
            r"prior_results\[0\]\[0\] = .* is not in the space. 'x' is 2.0",
        ),
    ],
)
def test_what_is_no_prior_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        sampler_with(given)
