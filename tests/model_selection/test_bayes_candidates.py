"""What BayesSearchCV learns from scores, failures among them."""

import numpy as np
import pytest
from scipy import stats
from sklearn.exceptions import FitFailedWarning

from sklearn_hp import BayesSearchCV, RandomSearchCV
from sklearn_hp.samplers import GPSampler
from tests.faults import Faulty
from tests.model_selection.bayes import BUMPY, Bumpy, X, search_for, y


def test_it_finds_better_candidates_than_random_search():
    kwargs = {"n_iter": 20, "cv": 2, "random_state": 0}
    bayes = BayesSearchCV(Bumpy(), BUMPY, **kwargs).fit(X, y)
    random = RandomSearchCV(Bumpy(), BUMPY, **kwargs).fit(X, y)
    assert bayes.best_score_ > random.best_score_
    assert bayes.best_params_["kind"] == "y"
    assert abs(bayes.best_params_["a"] - 0.3) < 0.1
    assert abs(bayes.best_params_["b"] - 0.6) < 0.05
    assert bayes.stop_reason_ is None
    assert len(bayes.cv_results_["params"]) == 20


def test_the_sampler_has_learnt_all_scores():
    search = search_for(n_iter=15).fit(X, y)
    sampler = search.sampler_
    assert isinstance(sampler, GPSampler)
    means = search.cv_results_["mean_test_score"]
    assert [sampler.scores[i] for i in range(15)] == means.tolist()
    mean, std = sampler.predict(search.cv_results_["params"])
    assert np.corrcoef(mean, means)[0, 1] > 0.99
    assert (std > 0).all()


def test_a_metric_that_decides():
    scoring = {"up": lambda e, X, y: -((e.a - 0.7) ** 2), "down": lambda e, X, y: e.a}
    space = {"a": stats.uniform()}
    kwargs = {"space": space, "n_iter": 12, "scoring": scoring}
    up = search_for(refit="up", **kwargs).fit(X, y)
    down = search_for(refit="down", **kwargs).fit(X, y)
    assert abs(up.best_params_["a"] - 0.7) < 0.05
    assert down.best_params_["a"] > 0.98
    told = [up.sampler_.scores[i] for i in range(12)]
    assert told == up.cv_results_["mean_test_up"].tolist()


@pytest.mark.parametrize("refit", [False, lambda results: 2])
def test_several_metrics_of_which_none_is_named(refit):
    scoring = {"up": lambda e, X, y: e.a, "down": lambda e, X, y: -e.a}
    search = search_for(n_iter=7, scoring=scoring, refit=refit).fit(X, y)
    assert len(search.cv_results_["params"]) == 7
    told = [search.sampler_.scores[i] for i in range(7)]
    assert told == search.cv_results_["mean_test_up"].tolist(), "the first"
    if refit:
        assert search.best_index_ == 2


def test_a_scorer_that_returns_a_dict():
    def scorer(estimator, X, y):
        return {"good": -((estimator.a - 0.7) ** 2), "bad": estimator.a}

    search = search_for(
        space={"a": stats.uniform()}, n_iter=12, scoring=scorer, refit="good"
    )
    search.fit(X, y)
    assert abs(search.best_params_["a"] - 0.7) < 0.05
    told = [search.sampler_.scores[i] for i in range(12)]
    assert told == search.cv_results_["mean_test_good"].tolist()


def test_one_metric_and_a_callable_refit():
    search = search_for(n_iter=9, refit=lambda results: 1).fit(X, y)
    assert search.best_index_ == 1
    told = [search.sampler_.scores[i] for i in range(9)]
    assert told == search.cv_results_["mean_test_score"].tolist()


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_candidate_that_fails_is_learnt_from_and_never_wins(n_jobs):
    class Fragile(Bumpy):
        def fit(self, X, y):
            if self.a < 0.5:
                raise ValueError("too small")
            return super().fit(X, y)

    space = {"a": stats.uniform(), "b": stats.uniform()}
    search = search_for(Fragile(), space, n_iter=16, n_jobs=n_jobs)
    with pytest.warns(FitFailedWarning, match="too small"):
        search.fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    failed = np.isnan(scores)
    # of the first four, half; at the border of what fails, some more
    assert 0 < failed[4:].sum() < 6
    assert not failed[search.best_index_]
    assert search.best_params_["a"] >= 0.5
    assert np.isnan([search.sampler_.scores[i] for i in range(16)]).tolist() == (
        failed.tolist()
    )


@pytest.mark.parametrize("error_score", [np.nan, 1e6, -1])
def test_an_error_score_does_not_mislead(error_score):
    def score(estimator, X, y):
        return np.nan if estimator.a < 0.5 else -abs(estimator.a - 0.8)

    search = search_for(
        space={"a": stats.uniform()},
        n_iter=15,
        scoring=score,
        error_score=error_score,
    )
    with pytest.warns(UserWarning, match=r"(non-finite|Scoring failed)"):
        search.fit(X, y)
    assert abs(search.best_params_["a"] - 0.8) < 0.02


def test_all_candidates_fail():
    search = BayesSearchCV(Faulty(), {"fault": ["exception"]}, cv=2)
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*Traceback"):
        search.fit(X, y)


def test_a_metric_that_some_candidates_lack_is_a_failure():
    def scorer(estimator, X, y):
        scores = {"secs": 100.0}
        return scores if estimator.a > 0.5 else {"good": estimator.a, **scores}

    search = search_for(
        space={"a": stats.uniform()}, n_iter=9, scoring=scorer, refit="good"
    )
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, y)
    told = [search.sampler_.scores[i] for i in range(9)]
    np.testing.assert_array_equal(told, search.cv_results_["mean_test_good"])
