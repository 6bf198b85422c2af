"""``timeout``, and the candidates drawn until then; by a clock that the tests move."""

import itertools
import re
import warnings

import numpy as np
import pytest
import sklearn.model_selection
from joblib import parallel_config
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ParameterSampler, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp.callback import TargetScore
from sklearn_hp.model_selection import _combinations
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)


@pytest.fixture
def clock(monkeypatch):
    """Go one second further at each look: once at the start, then before each fit."""
    ticks = itertools.count()
    for module in ("_base", "_clock"):
        name = f"sklearn_hp.model_selection.{module}.monotonic"
        monkeypatch.setattr(name, lambda: float(next(ticks)))


def n_fits(search):
    scores = [search.cv_results_[f"split{i}_test_score"] for i in range(2)]
    return np.isfinite(scores).sum()


def grid_search(n_candidates=300, **kwargs):
    return GridSearchCV(Faulty(), {"quality": np.arange(n_candidates)}, cv=2, **kwargs)


def random_search(distributions, **kwargs):
    return RandomSearchCV(Faulty(), distributions, cv=2, **kwargs)


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_no_fit_starts_after_the_timeout(clock, backend, n_jobs):
    search = grid_search(timeout=11, n_jobs=n_jobs)
    with parallel_config(backend=backend):
        search.fit(X, y)
    # none waits in a queue or a bundle: these are all that ever ran
    assert n_fits(search) == 10
    assert search.stop_reason_ == "timeout=11 s passed when 10 fits had begun"
    assert search.best_params_ == {"quality": 4}
    assert search.predict(X).shape == y.shape


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("timeout, n_expected", [(1e-9, 2), (1, 2), (2, 2), (4, 3)])
def test_the_first_candidate_is_always_completed(clock, n_jobs, timeout, n_expected):
    search = grid_search(timeout=timeout, n_jobs=n_jobs).fit(X, y)
    assert n_fits(search) == n_expected
    assert search.best_params_ == {"quality": 0}
    assert search.stop_reason_.startswith(f"timeout={timeout:g} s passed when ")


def test_a_timeout_that_leaves_nothing_out(clock):
    assert grid_search(3, timeout=7).fit(X, y).stop_reason_ is None
    assert grid_search(1, timeout=1e-9).fit(X, y).stop_reason_ is None
    assert grid_search(3, timeout=1000).fit(X, y).stop_reason_ is None


def test_each_fit_has_its_own_time(clock):
    search = grid_search(timeout=11)
    for again in (search, search, clone(search)):
        assert n_fits(again.fit(X, y)) == 10


def test_in_a_pipeline_and_in_cross_validation(clock):
    pipeline = make_pipeline(StandardScaler(), grid_search(timeout=11))
    done = cross_validate(pipeline, X, y, cv=3, return_estimator=True)
    assert [n_fits(fitted[-1]) for fitted in done["estimator"]] == [10] * 3


def test_whatever_comes_first_stops_the_search(clock):
    search = grid_search(timeout=11).set_callbacks(TargetScore(2)).fit(X, y)
    assert search.stop_reason_ == "TargetScore: candidate 2 scored 2, at or above 2"
    search.set_callbacks(TargetScore(20)).fit(X, y)
    assert search.stop_reason_ == "timeout=11 s passed when 10 fits had begun"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_results_within_the_timeout_are_those_without(n_jobs):
    def fit(**kwargs):
        search = RandomSearchCV(
            SVC(), {"C": uniform(0.1, 10)}, cv=2, random_state=0, **kwargs
        )
        return search.fit(X, y).cv_results_

    expected, results = fit(), fit(timeout=3600.0, n_jobs=n_jobs)
    assert results["params"] == expected["params"]
    for name in ("mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(results[name], expected[name])


@pytest.mark.parametrize("timeout", [0, -1.5, np.nan, "1 h", [60]])
@pytest.mark.parametrize("cls", [GridSearchCV, RandomSearchCV])
def test_timeouts_that_are_refused(cls, timeout):
    message = (
        f"The 'timeout' parameter of {cls.__name__} must be a float in the range "
        f"(0.0, inf) or None. Got {timeout!r} instead."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        cls(Faulty(), {"quality": [1]}, timeout=timeout).fit(X, y)


def test_what_is_printed(clock, capsys):
    grid_search(9, timeout=11, verbose=1).fit(X, y)
    headline, *progress, stopped = capsys.readouterr().out.splitlines()
    assert headline == (
        "Fitting 2 folds for each of 9 candidates, totalling 18 fits; none starts "
        "after 11 s"
    )
    assert len(progress) == 3
    # each line of progress looks at the clock too
    assert stopped == (
        "Search stopped: timeout=11 s passed when 7 fits had begun. Running fits are "
        "finished."
    )
    # said only if it is so
    search = grid_search(1, timeout=1e-9, verbose=1).fit(X, y)
    assert search.stop_reason_ is None
    assert "Search stopped" not in capsys.readouterr().out
    random_search({"quality": uniform()}, n_iter=None, timeout=11, verbose=1).fit(X, y)
    assert capsys.readouterr().out.splitlines()[0] == (
        "Fitting 2 folds for each candidate; none starts after 11 s"
    )


# ------------------------------------------------------------------- n_iter=None


DISTRIBUTIONS = {
    "distribution": {"quality": uniform()},
    "distribution beside a list": {"quality": uniform(), "bad_score": [None, "nan"]},
    "list of dicts": [{"quality": uniform()}, {"quality": [0.1, 0.2, 0.3]}],
    "lists": {"quality": list(range(15)), "bad_score": [None, "nan", "inf"]},
    "large lists": {"quality": range(10_001)},
}


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("distributions", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_the_same_candidates_as_with_a_finite_number(clock, distributions, n_jobs):
    def params(n_iter, **kwargs):
        search = random_search(distributions, n_iter=n_iter, random_state=3, **kwargs)
        return search.fit(X, y).cv_results_["params"]

    first = params(n_iter=None, timeout=25, n_jobs=n_jobs)
    assert len(first) == 12
    assert first == params(n_iter=12) == params(n_iter=40)[:12]


def test_few_are_drawn_ahead_of_time(clock):
    n_drawn = itertools.count()

    class Counting:
        def rvs(self, random_state=None):
            return next(n_drawn)

    search = random_search({"quality": Counting()}, n_iter=None, timeout=500).fit(X, y)
    assert len(search.cv_results_["params"]) == 250
    assert next(n_drawn) <= 251


@pytest.mark.parametrize("n_max", [10_000, 10])  # both ways to draw
def test_lists_end_when_they_are_exhausted(n_max, monkeypatch):
    monkeypatch.setattr(_combinations, "_MAX_PERMUTED", n_max)
    lists = [{"quality": [0.1, 0.2, 0.3]}, {"quality": range(1, 10)}]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = random_search(lists, n_iter=None, timeout=3600).fit(X, y)
    drawn = [params["quality"] for params in search.cv_results_["params"]]
    assert sorted(drawn) == [0.1, 0.2, 0.3, *range(1, 10)]
    assert drawn != sorted(drawn)
    assert search.stop_reason_ is None


def test_more_combinations_than_can_be_listed(clock):
    search = random_search({"quality": range(100**7)}, n_iter=None, timeout=9)
    assert len(search.fit(X, y).cv_results_["params"]) == 4


def test_a_shared_generator(clock):
    rng = np.random.RandomState(0)
    search = random_search({"quality": uniform()}, timeout=9, random_state=rng)
    first, second = (
        search.set_params(n_iter=None).fit(X, y).cv_results_["params"] for _ in "12"
    )
    assert first == list(ParameterSampler({"quality": uniform()}, 4, random_state=0))
    assert first != second


def test_no_end_at_all_is_refused():
    message = (
        "n_iter=None goes on with new candidates until timeout, and timeout is None. "
        "Give a timeout in seconds, or a number of candidates as n_iter."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        random_search({"quality": uniform()}, n_iter=None).fit(X, y)


def test_names_are_checked_before_the_first_fit():
    search = random_search([{"qualiti": uniform()}], n_iter=None, timeout=9)
    with pytest.raises(ValueError, match="did you mean 'quality'"):
        search.fit(X, y)
    search.set_params(param_distributions={"quality": []})
    with pytest.raises(ValueError, match="is empty"):
        search.fit(X, y)


def test_scikit_learn_takes_the_parameters_it_knows():
    ours = RandomSearchCV(RandomForestClassifier(), {"max_depth": [1]}, timeout=5.0)
    assert clone(ours).timeout == 5.0
    params = ours.get_params(deep=False)
    assert params.pop("timeout") == 5.0
    for name in (
        *("racing", "n_pending", "ensemble", "keep_predictions"),
        *("fit_timeout", "fit_memory_limit", "checkpoint", "warm_start"),
    ):
        del params[name]
    sklearn.model_selection.RandomizedSearchCV(**params)
