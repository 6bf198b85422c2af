"""A sampler is stored by what was given and what was learnt."""

import copy
import pickle
import pickletools

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, RandomSearchCV, suggest_space
from sklearn_hp._records import Observation, Trial
from sklearn_hp.samplers import GPSampler
from sklearn_hp.space import log_randint
from tests.samplers.test_gp import BRANCHES, MIXED, run
from tests.space.test_search_space import Coin

SPACES = {
    "mixed": MIXED,
    "branches": BRANCHES,
    "small": {"a": range(40), "b": ["x", "y"]},
    "drawn": {"a": stats.uniform(), "b": Coin()},
    "constants": {"a": [1], "b": Coin()},
}


def stored(sampler):
    return pickle.loads(pickle.dumps(sampler))


@pytest.mark.parametrize("given", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("n", [0, 1, 2, 12])
def test_what_is_loaded_predicts_and_proposes_the_same(given, n):
    sampler = GPSampler(given, random_state=0)
    candidates, _ = run(sampler, n, lambda p: float(len(str(p))))
    pending = sampler.ask()  # one is not told
    again = stored(sampler)
    assert [trial.params for trial in again.trials] == [*candidates, pending]
    assert again.scores == sampler.scores
    if sampler.model is not None:
        for one, other in zip(
            sampler.predict(candidates), again.predict(candidates), strict=True
        ):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(
            sampler.expected_improvement(candidates),
            again.expected_improvement(candidates),
        )
    assert [again.ask() for _ in range(3)] == [sampler.ask() for _ in range(3)]


def test_a_space_that_was_listed_when_nearly_exhausted():
    given = {"a": range(50), "b": range(50)}
    points = [{"a": i, "b": j} for i in range(50) for j in range(50)][:-3]
    sampler = GPSampler(given, initial_points=points, random_state=0)
    while len(sampler.trials) < len(points) + 1:
        sampler.ask()
    again = stored(sampler)
    left = [again.ask() for _ in range(3)]
    assert left == [sampler.ask() for _ in range(3)]
    assert left[2] is None


def test_no_class_but_the_sampler_is_in_a_pickle():
    given = {
        "a": stats.loguniform(1, 10),
        "b": [1, 2, 3],
        "c": ["x", "y"],
        "d": [None],
    }
    sampler = GPSampler([given, {"a": stats.norm()}], random_state=0)
    run(sampler, 9, lambda params: params["a"])
    texts = [arg for _, arg, _ in pickletools.genops(pickle.dumps(sampler))]
    ours = {text for text in texts if isinstance(text, str) and "sklearn_hp" in text}
    assert ours == {"sklearn_hp.samplers._gp"}


@pytest.mark.slow
def test_a_search_is_not_much_larger_than_one_at_random():
    X, y = load_iris(return_X_y=True)
    X, y = X[::3], y[::3]
    space = {
        "C": stats.loguniform(0.01, 100),
        "gamma": stats.loguniform(1e-3, 1),
        "kernel": ["rbf", "poly"],
        "degree": [2, 3, 4],
    }
    sizes = {}
    for cls in (BayesSearchCV, RandomSearchCV):
        for n in (10, 200):
            search = cls(SVC(), space, n_iter=n, cv=2, random_state=0).fit(X, y)
            sizes[cls, n] = len(pickle.dumps(search))
    assert sizes[BayesSearchCV, 200] < 1.5 * sizes[RandomSearchCV, 200]
    assert sizes[BayesSearchCV, 10] < 1.5 * sizes[RandomSearchCV, 10]


def test_states_have_keys_that_other_formats_take():
    sampler = GPSampler(BRANCHES, random_state=0)
    run(sampler, 9)

    def keys(value):
        if isinstance(value, dict):
            yield from value
            value = list(value.values())
        if isinstance(value, list):
            for one in value:
                yield from keys(one)

    assert {type(key) for key in keys(sampler.__getstate__())} == {str}
    distribution = log_randint(1, 20)
    loaded = pickle.loads(pickle.dumps(distribution))
    assert loaded.entropy() == distribution.entropy()
    assert loaded.rvs(random_state=0) == distribution.rvs(random_state=0)
    state = distribution.dist.__getstate__()
    assert not any(hasattr(value, "pyfunc") for value in state.values()), "a circle"


# ------------------------------------------------------------------ parameters


def test_a_clone_of_a_used_sampler_is_new():
    sampler = GPSampler(MIXED, n_initial_points=3, random_state=0)
    candidates, _ = run(sampler, 6)
    new = clone(sampler)
    assert not new.trials
    assert not new.scores
    assert run(new, 6)[0] == candidates
    search = clone(BayesSearchCV(SVC(), MIXED, sampler=sampler))
    assert not search.sampler.trials
    assert len(sampler.trials) == 6
    # a copy goes on instead
    assert len(copy.deepcopy(sampler).trials) == 6


def test_parameters_are_those_it_was_made_with():
    points = [{"a": 0.5}]
    given = {"a": stats.uniform()}
    sampler = GPSampler(given, initial_points=points)
    params = sampler.get_params()
    assert params["param_distributions"] is given
    assert params["initial_points"] is points
    assert params["n_initial_points"] == 5
    assert params["random_state"] is None
    assert GPSampler(given, initial_points=iter(points)).initial_points == points
    assert sampler.set_params(n_initial_points=8, initial_points=()) is sampler
    assert sampler.n_initial == 8
    assert sampler.initial_points == []
    search = BayesSearchCV(SVC(), given, sampler=sampler)
    search.set_params(sampler__n_initial_points=2)
    assert sampler.n_initial == 2


def test_parameters_that_cannot_be_set():
    sampler = GPSampler(MIXED)
    with pytest.raises(ValueError, match=r"no parameter 'seed'. Its parameters are pa"):
        sampler.set_params(seed=3)
    sampler.ask()
    with pytest.raises(ValueError, match=r"has proposed 1 candidates.*Make a new one"):
        sampler.set_params(n_initial_points=3)


class Impatient(GPSampler):
    """A subclass with a parameter and an attribute of its own."""

    def __init__(self, param_distributions, *, n_last=9, **params):
        super().__init__(param_distributions, **params)
        self.n_last = n_last
        self.n_asked = 0

    def ask(self):
        self.n_asked += 1
        return super().ask() if self.n_asked <= self.n_last else None


def test_a_subclass_keeps_what_it_adds():
    sampler = Impatient({"C": [1, 2, 3]}, n_last=2, random_state=0)
    assert clone(sampler).get_params() == sampler.get_params()
    assert clone(sampler).n_last == 2
    search = BayesSearchCV(SVC(), {"C": [1, 2, 3]}, sampler=sampler, n_iter=3)
    with pytest.warns(UserWarning, match="all 2 candidates were evaluated"):
        search.fit(*load_iris(return_X_y=True))
    for again in (stored(search.sampler_), copy.deepcopy(search.sampler_)):
        assert (again.n_last, again.n_asked) == (2, 3)
        assert len(again.trials) == 2
    assert sampler.set_params(n_last=5, n_initial_points=3).n_last == 5
    assert sampler.n_initial == 3
    with pytest.raises(ValueError, match="Impatient has no parameter 'n_first'"):
        sampler.set_params(n_first=5)


def test_what_is_stored_is_known():
    assert GPSampler(MIXED).__getstate__()["added"] == {}


def test_repr():
    sampler = GPSampler({"C": stats.loguniform(0.01, 100)}, random_state=0)
    text = "GPSampler({'C': loguniform(0.01, 100)}, random_state=0)"
    assert repr(sampler) == text
    sampler.tell(Trial(0, sampler.ask()), Observation(0.5))
    sampler.ask()
    assert repr(sampler) == f"<{text}: 2 candidates, 1 scores>"
    sampler = GPSampler({"C": [1, 2]}, n_initial_points=3, initial_points=[{"C": 1}])
    assert repr(sampler) == (
        "GPSampler({'C': [1, 2]}, initial_points=<1 candidates>, n_initial_points=3)"
    )


def test_a_suggested_space_is_stored_as_a_dict():
    space = suggest_space(SVC())
    for again in (pickle.loads(pickle.dumps(space)), copy.deepcopy(space)):
        assert repr(again) == repr(space)
    assert vars(space) == {}


def test_what_a_sampler_sets_itself_is_not_taken_for_a_users():
    sampler = GPSampler({"a": [1, 2, 3]}, random_state=0)
    assert vars(sampler).keys() == GPSampler._own_attributes
