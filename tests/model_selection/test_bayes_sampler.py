"""BayesSearchCV with a sampler that the user configured or wrote."""

import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, clone

from sklearn_hp import BayesSearchCV
from sklearn_hp.samplers import GPSampler
from tests.faults import Faulty
from tests.model_selection.bayes import BUMPY, X, results_of, search_for, y

QUALITY = {"quality": stats.uniform()}


def search_with(sampler, space=BUMPY, estimator=None, **kwargs):
    kwargs = {"random_state": None, **kwargs}
    return search_for(estimator, space, sampler=sampler, **kwargs)


class Countdown:
    """A sampler as users write one: no `n_initial`, no learning."""

    def __init__(self, n):
        self.n = n
        self.told = []

    def ask(self):
        if self.n == 0:
            return None
        self.n -= 1
        return {"quality": self.n / 10}

    def tell(self, trial, observation):
        self.told.append((trial.number, observation.score))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_sampler_of_ones_own(n_jobs):
    sampler = Countdown(5)
    search = BayesSearchCV(
        Faulty(), QUALITY, sampler=sampler, n_iter=4, cv=2, n_jobs=n_jobs
    )
    search.fit(X, y)
    qualities = [params["quality"] for params in search.cv_results_["params"]]
    assert qualities == [0.4, 0.3, 0.2, 0.1]
    assert dict(search.sampler_.told) == dict(enumerate(qualities))
    assert (sampler.n, sampler.told) == (5, []), "a copy is used"
    assert clone(search).fit(X, y).best_params_ == {"quality": 0.4}


def test_a_configured_sampler():
    sampler = GPSampler(BUMPY, n_initial_points=2, random_state=7)
    search = search_with(sampler, n_iter=8).fit(X, y)
    alone = copy.deepcopy(sampler)
    assert search.cv_results_["params"][:2] == [alone.ask(), alone.ask()]
    assert sampler.trials == []
    assert len(search.sampler_.trials) == 8
    first = results_of(search)
    assert results_of(search.fit(X, y)) == first
    with pytest.raises(ValueError, match=r"proposed 8 candidates.*initial_points"):
        search.set_params(sampler=search.sampler_).fit(X, y)
    # a clone knows nothing of it
    assert results_of(clone(search).fit(X, y)) == first


def test_a_sampler_and_initial_points():
    point = {"a": 0.5, "b": 0.5, "kind": "x"}
    search = search_with(GPSampler(BUMPY), initial_points=[point])
    with pytest.raises(
        ValueError, match=r"both given.*GPSampler\(\.\.\., initial_points="
    ):
        search.fit(X, y)


class Broken:
    """A sampler that returns one thing."""

    def __init__(self, returned):
        self.returned = returned

    def ask(self):
        return self.returned

    def tell(self, trial, observation):
        pass


@pytest.mark.parametrize(
    ("sampler", "error", "message"),
    [
        (Broken(5), TypeError, "must return a dict .* got 5 of type int"),
        (Broken(None), ValueError, "No fits were performed"),
        (object(), TypeError, "with the methods ask.* which lacks ask and tell"),
        (
            SimpleNamespace(ask=int),
            TypeError,
            r"got namespace.*, which lacks tell. To configure the usual sampler, pass",
        ),
        (GPSampler, TypeError, r"the class GPSampler. Make an instance: GPSampler\("),
    ],
)
@pytest.mark.filterwarnings("ignore:.*exhausted")
def test_samplers_that_do_not_work(sampler, error, message):
    with pytest.raises(error, match=message):
        search_with(sampler).fit(X, y)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("random_state", 0),
        ("random_state", np.random.RandomState(0)),
        ("n_initial_points", 3),
        ("initial_points", None),
    ],
)
def test_what_a_sampler_makes_idle(name, value):
    search = search_with(GPSampler(BUMPY, random_state=0), n_iter=2, **{name: value})
    message = f"^{name}=.* has no effect, because sampler is given"
    with pytest.warns(UserWarning, match=message) as seen:
        search.fit(X, y)
    assert len(seen) == 1
    assert Path(seen[0].filename) == Path(__file__)


def test_a_parameter_that_the_sampler_does_not_search():
    sampler = GPSampler({"a": stats.uniform()})
    message = "has 'b' and 'kind', which the sampler never proposes: its space has 'a'"
    with pytest.raises(ValueError, match=message):
        search_with(sampler).fit(X, y)
    # nor may its space have what is not to be searched, if the estimator lacks it
    sampler = GPSampler([BUMPY, {"aa": stats.uniform()}])
    message = r"space of the sampler has a .* Invalid parameter 'aa'.*did you mean 'a'"
    with pytest.raises(ValueError, match="(?s)" + message):
        search_with(sampler).fit(X, y)
    # in another branch is not nowhere
    sampler = GPSampler([{"a": [1, 2]}, {"b": [1, 2]}], random_state=0)
    search_with(sampler, {"b": [1, 2]}, n_iter=2).fit(X, y)


def test_a_parameter_that_a_sampler_of_ones_own_never_proposed():
    space = {**QUALITY, "fault": ["", "none"], "bad_score": [None]}
    search = search_with(Countdown(3), space, Faulty(), n_iter=3)
    message = "has 'bad_score' and 'fault', which the sampler proposed in no candidate"
    with pytest.warns(UserWarning, match=message) as seen:
        search.fit(X, y)
    assert Path(seen[0].filename) == Path(__file__)
    assert len(search.cv_results_["params"]) == 3


def test_a_branch_that_the_sampler_has_not_come_to():
    branches = [{"a": [1, 2]}, {"b": [1, 2]}]
    sampler = GPSampler(branches, random_state=0)
    search = search_with(sampler, branches, n_iter=1).fit(X, y)
    assert len(search.cv_results_["params"]) == 1


def test_what_is_known_to_a_sampler_of_ones_own_is_its_own_affair():
    sampler = Countdown(3)
    sampler.trials, sampler.scores = 5, [0.5]
    search = search_with(sampler, QUALITY, Faulty(), n_iter=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 2


def test_warnings_of_what_is_idle_come_in_order():
    idle = {"random_state": 0, "n_initial_points": 3, "initial_points": None}
    search = search_with(GPSampler(BUMPY, random_state=0), n_iter=1, **idle)
    with pytest.warns(UserWarning, match="has no effect") as seen:
        search.fit(X, y)
    assert [str(one.message).partition("=")[0] for one in seen] == [*idle]


def test_a_range_that_is_not_the_samplers():
    sampler = GPSampler({"a": stats.uniform(0, 2)}, random_state=0)
    search = search_with(sampler, {"a": stats.uniform(0, 1)}, n_iter=1)
    message = (
        r"'a'\] = uniform\(0, 1\) has no effect, .* which searches uniform\(0, 2\)"
    )
    with pytest.warns(UserWarning, match=message):
        search.fit(X, y)
    # what is equal need not be the same
    search.set_params(param_distributions={"a": stats.uniform(0, 2)}).fit(X, y)


def test_a_sampler_with_parameters():
    class Steps(BaseEstimator):
        def __init__(self, n_left=3):
            self.n_left = n_left

        def ask(self):
            self.n_left_ = getattr(self, "n_left_", self.n_left) - 1
            return {"quality": self.n_left_ / 10} if self.n_left_ >= 0 else None

        def tell(self, trial, observation):
            pass

    search = search_with(Steps(), QUALITY, Faulty(), n_iter=2)
    assert search.get_params()["sampler__n_left"] == 3
    search.set_params(sampler__n_left=5).fit(X, y)
    qualities = [params["quality"] for params in search.cv_results_["params"]]
    assert qualities == [0.4, 0.3]
    # as any estimator, it is cloned: what it has learnt is not of the next fit
    search.set_params(sampler=search.sampler_).fit(X, y)
    assert [params["quality"] for params in search.cv_results_["params"]] == qualities
