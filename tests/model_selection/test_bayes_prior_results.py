"""A search that is told the results of an earlier one."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, RandomSearchCV
from sklearn_hp.samplers import GPSampler

X, y = make_classification(n_samples=200, n_informative=4, flip_y=0.2, random_state=0)
LAST_MONTH, THIS_MONTH = (X[:100], y[:100]), (X[100:], y[100:])
SPACE = {"C": loguniform(1e-2, 1e2), "gamma": loguniform(1e-4, 1e1)}


@pytest.fixture(scope="module")
def earlier():
    return RandomSearchCV(SVC(), SPACE, n_iter=20, random_state=0).fit(*LAST_MONTH)


def search_with(prior_results, n_iter=7, space=SPACE, **kwargs):
    kwargs = {"random_state": 0, "racing": False, "cv": 3, **kwargs}
    return BayesSearchCV(
        SVC(), space, n_iter=n_iter, prior_results=prior_results, **kwargs
    )


def test_they_are_neither_counted_nor_winners(earlier):
    better = {**earlier.cv_results_}
    better["mean_test_score"] = better["mean_test_score"] + 10
    search = search_with(better).fit(*THIS_MONTH)
    assert len(search.cv_results_["params"]) == 7
    assert search.best_score_ <= 1
    assert len(search.sampler_.trials) == 7
    plain = search_with(None).fit(*THIS_MONTH)
    assert set(search.cv_results_) == set(plain.cv_results_)


def test_the_best_of_them_comes_after_the_estimators_own(earlier):
    points = search_with(earlier).fit(*THIS_MONTH).initial_points_
    assert [point["source"] for point in points] == [
        "nearly as it is",
        "prior results",
        *["learnt for SVC"] * 4,
    ]
    assert points[1]["params"] == earlier.best_params_
    # those of the user are evaluated instead
    search = search_with(earlier, initial_points=[{"C": 1, "gamma": 1}])
    assert [p["source"] for p in search.fit(*THIS_MONTH).initial_points_] == ["given"]
    search = search_with(earlier, initial_points=None).fit(*THIS_MONTH)
    assert search.initial_points_[-1]["params"] == earlier.best_params_


def test_every_form_leads_to_the_same_search(earlier):
    expected = search_with(earlier).fit(*THIS_MONTH).cv_results_["params"]
    table = pd.DataFrame(earlier.cv_results_)
    for form in (earlier.cv_results_, table):
        found = search_with(form).fit(*THIS_MONTH).cv_results_["params"]
        assert found == expected


def test_copies_and_pickles_change_nothing(earlier):
    search = search_with(earlier)
    first = search.fit(*THIS_MONTH).cv_results_["params"]
    assert clone(search).fit(*THIS_MONTH).cv_results_["params"] == first
    fitted = pickle.loads(pickle.dumps(search))
    assert fitted.sampler_.ask() == search.sampler_.ask()


@pytest.mark.slow
def test_workers_change_nothing(earlier):
    search = search_with(earlier, n_pending=0)
    first = search.fit(*THIS_MONTH).cv_results_["params"]
    search.set_params(n_jobs=2)
    assert search.fit(*THIS_MONTH).cv_results_["params"] == first


def test_racing_and_several_metrics(earlier):
    search = search_with(
        earlier, racing=True, cv=5, scoring=["accuracy", "roc_auc"], refit="accuracy"
    ).fit(*THIS_MONTH)
    assert search.initial_points_[1]["params"] == earlier.best_params_


def test_beside_a_sampler_they_are_refused(earlier):
    search = search_with(earlier, sampler=GPSampler(SPACE), random_state=None)
    with pytest.raises(ValueError, match=r"Give the results to the sampler: GPSampler"):
        search.fit(*THIS_MONTH)


def test_what_cannot_be_read_is_refused_before_the_first_fit():
    with pytest.raises(TypeError, match=r"must be a cv_results_ dict, .* got 0.5"):
        search_with(0.5).fit(*THIS_MONTH)


def test_a_failed_candidate_is_not_the_best():
    results = {
        "params": [{"C": c, "gamma": 0.1} for c in (0.1, 1.0, 10.0)],
        "mean_test_score": [np.nan, 0.5, 0.4],
    }
    points = search_with(results).fit(*THIS_MONTH).initial_points_
    assert points[1]["params"] == {"C": 1.0, "gamma": 0.1}


def test_the_best_may_be_one_that_would_come_anyway(earlier):
    plain = search_with(None).fit(*THIS_MONTH).initial_points_
    for point in plain[:2]:
        results = {
            "params": [point["params"], {"C": 9.0, "gamma": 9.0}],
            "mean_test_score": [0.5, 0.4],
        }
        points = search_with(results).fit(*THIS_MONTH).initial_points_
        assert [one["params"] for one in points] == [one["params"] for one in plain]
        assert points[0]["source"] == "nearly as it is"


def test_where_a_rule_chooses_the_first_metric_is_maximised(earlier):
    results = {
        "params": earlier.cv_results_["params"],
        "mean_test_accuracy": earlier.cv_results_["mean_test_score"],
    }
    search = search_with(
        results, scoring=["accuracy", "roc_auc"], refit=lambda results: 0
    ).fit(*THIS_MONTH)
    assert search.initial_points_[1]["params"] == earlier.best_params_
