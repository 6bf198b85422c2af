"""BayesSearchCV with a sampler that the user configured or wrote."""

import copy

import pytest
from scipy import stats
from sklearn.base import clone

from sklearn_hp import BayesSearchCV
from sklearn_hp.samplers import GPSampler
from tests.faults import Faulty
from tests.model_selection.bayes import BUMPY, X, results_of, search_for, y

QUALITY = {"quality": stats.uniform()}


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

    def tell(self, trial, score):
        self.told.append((trial.number, score))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_sampler_of_ones_own(n_jobs):
    sampler = Countdown(5)
    search = BayesSearchCV(
        Faulty(), QUALITY, sampler=sampler, n_iter=4, cv=2, n_jobs=n_jobs
    )
    search.fit(X, y)
    qualities = [params["quality"] for params in search.cv_results_["params"]]
    assert qualities == [0.4, 0.3, 0.2, 0.1]
    assert sorted(search.sampler_.told) == list(enumerate(qualities))
    assert (sampler.n, sampler.told) == (5, []), "a copy is used"
    assert clone(search).fit(X, y).best_params_ == {"quality": 0.4}


def test_a_configured_sampler():
    sampler = GPSampler(BUMPY, n_initial_points=2, random_state=7)
    search = search_for(sampler=sampler, n_iter=8).fit(X, y)
    alone = copy.deepcopy(sampler)
    assert search.cv_results_["params"][:2] == [alone.ask(), alone.ask()]
    assert sampler.trials == []
    assert len(search.sampler_.trials) == 8
    assert results_of(search) == results_of(search.fit(X, y))
    with pytest.raises(ValueError, match=r"proposed 8 candidates.*initial_points"):
        search.set_params(sampler=search.sampler_).fit(X, y)


def test_a_sampler_and_initial_points():
    point = {"a": 0.5, "b": 0.5, "kind": "x"}
    search = search_for(sampler=GPSampler(BUMPY), initial_points=[point])
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

    def tell(self, trial, score):
        pass


@pytest.mark.parametrize(
    ("sampler", "error", "message"),
    [
        (Broken(5), TypeError, "must return a dict .* got 5 of type int"),
        (Broken(None), ValueError, "No fits were performed"),
        (object(), TypeError, "sampler must be an object with the methods ask"),
        (GPSampler, TypeError, "sampler must be an object with the methods ask"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*exhausted")
def test_samplers_that_do_not_work(sampler, error, message):
    with pytest.raises(error, match=message):
        search_for(sampler=sampler).fit(X, y)
