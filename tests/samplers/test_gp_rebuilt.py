"""A sampler is a function of its seed and of what it was asked and told."""

import copy
import math

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone

from sklearn_hp._records import Observation, Trial
from sklearn_hp.samplers import GPSampler
from tests.samplers.test_gp import BRANCHES, MIXED, UNIFORM, quadratic
from tests.space.test_search_space import Coin

UNKNOWN = Observation(math.nan, noise=math.inf)
OVERLAPPING = [
    {"a": range(30), "b": ["x", "y"]},
    {"a": range(30), "b": ["y", "z"]},
]
SPACES = {
    "numbers": {"a": UNIFORM, "b": stats.loguniform(1e-3, 1e3)},
    "mixed": MIXED,
    "branches": BRANCHES,
    "without a column for the branch": [{"a": UNIFORM}, {"a": UNIFORM, "b": UNIFORM}],
    "listed": {"a": range(12), "b": ["x", "y", "z"], "c": [True, False]},
    "listed branches": OVERLAPPING,
    "drawn": {"a": UNIFORM, "coin": Coin()},
    "many integers": {"a": stats.randint(0, 10**9), "b": stats.randint(3, 9)},
    "unbounded": {"a": stats.norm(1e6, 1), "b": stats.expon()},
}


def rebuilt(sampler):
    """Return a sampler that is told what this one knows by now."""
    again = clone(sampler)
    for trial in sampler.trials:
        again.tell(trial, sampler.observations.get(trial.number, UNKNOWN))
    return again


def search(sampler, n, n_pending=0, n_splits=1):
    """Propose until there are n trials; each is told late, split by split."""
    trials = list(sampler.trials)
    n_told = len(sampler.observations)
    while len(trials) < n:
        params = sampler.ask()
        if params is None:
            break
        trials.append(Trial(len(trials), params))
        while n_told < len(trials) - n_pending:
            _tell_some(sampler, trials[n_told], n_splits)
            n_told += 1
            # of the next, only a split
            if n_told < len(trials) and n_splits > 1:
                _tell_some(sampler, trials[n_told], 1)
    return sampler


def _tell_some(sampler, trial, n):
    for left in reversed(range(n)):
        luck = 0.1 * left * math.sin(trial.number)
        score = quadratic(trial.params) + luck
        sampler.tell(trial, Observation(score, 0.01 * left))


def assert_same_proposals(sampler, n=4):
    again = rebuilt(sampler)
    for _ in range(n):
        params = sampler.ask()
        assert again.ask() == params
        if params is None:
            return
        trial = Trial(len(sampler.trials) - 1, params)
        for one in (sampler, again):
            one.tell(trial, Observation(quadratic(params)))


@pytest.mark.parametrize("given", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("n", [0, 3, 5, 13])
def test_a_sampler_rebuilt_from_its_history(given, n):
    assert_same_proposals(search(GPSampler(given, random_state=0), n))


@pytest.mark.parametrize("n", [3, 6, 13])
@pytest.mark.parametrize(("n_pending", "n_splits"), [(1, 1), (3, 1), (0, 3), (2, 3)])
def test_with_pending_trials_and_splits_that_are_missing(n, n_pending, n_splits):
    sampler = GPSampler(MIXED, random_state=0)
    search(sampler, n, n_pending, n_splits)
    assert len(sampler.observations) < n or not n_pending or n_splits > 1
    assert_same_proposals(sampler)


@pytest.mark.parametrize("failed", [False, True])
def test_with_initial_points(failed):
    points = [{"a": 0.5, "b": 1.0}, {"a": 1.0, "b": 0.001}, {"a": 0.1, "b": 5.0}]
    sampler = GPSampler(SPACES["numbers"], initial_points=points, random_state=0)
    for n in (2, 3, 4, 7):
        search(sampler, n)
        if failed:
            number = len(sampler.trials) - 1
            sampler.tell(sampler.trials[number], Observation(math.nan))
        assert_same_proposals(copy.deepcopy(sampler), 3)


@pytest.mark.parametrize("n", [101, 104, 105])
@pytest.mark.parametrize("n_pending", [0, 2])
def test_after_a_hundred_trials(n, n_pending):
    rng = np.random.default_rng(0)
    points = [{"a": a, "b": 10**b} for a, b in rng.uniform(0, 1, (98, 2))]
    sampler = GPSampler(SPACES["numbers"], initial_points=points, random_state=0)
    search(sampler, n, n_pending, n_splits=2)
    assert_same_proposals(sampler, 6)


def test_with_more_observations_than_the_model_sees():
    rng = np.random.default_rng(0)
    points = [{"a": a, "b": 10**b} for a, b in rng.uniform(0, 1, (220, 2))]
    sampler = GPSampler(SPACES["numbers"], initial_points=points, random_state=0)
    search(sampler, 222)
    assert_same_proposals(sampler, 3)


@pytest.mark.parametrize(("given", "n"), [(SPACES["listed"], 72), (OVERLAPPING, 90)])
def test_the_end_of_a_small_space(given, n):
    sampler = GPSampler(given, n_initial_points=60, random_state=0)
    assert_same_proposals(search(sampler, n - 3), 5)


def test_the_end_of_a_space_that_is_counted_too_high():
    # of the many values of each, all but a few have no chance
    given = {f"a{i}": stats.binom(60, 1e-9) for i in range(3)}
    points = [{"a0": i, "a1": 0, "a2": 0} for i in range(2)]
    sampler = GPSampler(given, initial_points=points, random_state=0)
    for n in (3, 6, 9):
        assert_same_proposals(search(sampler, n), 2)


def test_a_trial_of_which_nothing_is_known_is_pending():
    sampler = search(GPSampler(MIXED, random_state=0), 9)
    again = copy.deepcopy(sampler)
    trial = Trial(9, sampler.ask())
    again.tell(trial, UNKNOWN)
    assert again.scores == sampler.scores
    assert again.ask() == sampler.ask()
    # what was told is taken back
    sampler.tell(trial, Observation(0.5))
    again.tell(trial, Observation(0.5))
    again.tell(trial, UNKNOWN)
    assert 9 in sampler.scores
    assert 9 not in again.scores


def test_whoever_looks_at_the_model_changes_nothing():
    looked_at = search(GPSampler(MIXED, random_state=0), 12)
    alone = copy.deepcopy(looked_at)
    for _ in range(4):
        params = looked_at.ask()
        assert alone.ask() == params
        looked_at.predict([params])
        trial = Trial(len(alone.trials) - 1, params)
        for sampler in (looked_at, alone):
            sampler.tell(trial, Observation(quadratic(params)))
        looked_at.expected_improvement([params])
