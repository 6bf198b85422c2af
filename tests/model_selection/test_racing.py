"""Searches that drop candidates, as their users meet them."""

import re

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GroupKFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp._sklearn_compat import InvalidParameterError
from sklearn_hp.callback import EarlyStopping, TargetScore
from tests.callback.searches import AfterEachFit
from tests.faults import Faulty

X, y = (array[:200] for array in load_breast_cancer(return_X_y=True))
PIPE = make_pipeline(StandardScaler(), SVC())
GRID = {"svc__C": np.logspace(-3, 3, 7), "svc__gamma": np.logspace(-5, 1, 4)}
SPACE = {name: list(values) for name, values in GRID.items()}


def split_scores(results, metric="score", n_splits=5):
    return np.column_stack(
        [results[f"split{i}_test_{metric}"] for i in range(n_splits)]
    )


def search_over_grid(**kwargs):
    return GridSearchCV(PIPE, GRID, **{"racing": True, "cv": 5, **kwargs})


@pytest.fixture(scope="module")
def complete():
    return search_over_grid(racing=False).fit(X, y)


@pytest.fixture(scope="module")
def raced():
    return search_over_grid().fit(X, y)


def test_the_same_winner_for_fewer_fits(complete, raced):
    assert raced.best_params_ == complete.best_params_
    assert raced.best_score_ == complete.best_score_
    assert raced.cv_results_["n_splits_run"].sum() < 0.8 * 5 * 28
    np.testing.assert_array_equal(raced.predict(X), complete.predict(X))
    assert "n_splits_run" not in complete.cv_results_


def test_scores_are_nan_exactly_where_no_split_was_run(complete, raced):
    scores, expected = (split_scores(s.cv_results_) for s in (raced, complete))
    was_run = ~np.isnan(scores)
    np.testing.assert_array_equal(scores[was_run], expected[was_run])
    n_run = raced.cv_results_["n_splits_run"]
    np.testing.assert_array_equal(n_run, was_run.sum(axis=1))
    assert (n_run >= 1).all()
    assert n_run.dtype.kind == "i"


def test_dropped_candidates_rank_behind_complete_ones(complete, raced):
    results = raced.cv_results_
    whole = results["n_splits_run"] == 5
    rank, mean = results["rank_test_score"], results["mean_test_score"]
    assert rank[whole].max() < rank[~whole].min()
    assert np.isfinite(mean).all()
    assert (mean[~whole] < raced.best_score_).all()
    assert results["n_splits_run"][raced.best_index_] == 5
    same = complete.cv_results_
    np.testing.assert_array_equal(mean[whole], same["mean_test_score"][whole])
    std = results["std_test_score"]
    np.testing.assert_array_equal(std[whole], same["std_test_score"][whole])
    np.testing.assert_array_equal(np.isnan(std), results["n_splits_run"] == 1)
    # an estimate by the differences to the winner, on the splits that were run
    row = np.flatnonzero(~whole)[0]
    scores = split_scores(results)
    difference = np.nanmean(scores[row] - scores[raced.best_index_])
    assert mean[row] == pytest.approx(raced.best_score_ + difference)


@pytest.mark.parametrize("n_pending", [0, 1, 3])
def test_one_table_for_any_workers(n_pending):
    expected = search_over_grid(n_pending=n_pending).fit(X, y).cv_results_
    for backend, n_jobs in [("threading", 3), ("loky", 2)]:
        with parallel_config(backend=backend):
            search = search_over_grid(n_jobs=n_jobs, n_pending=n_pending).fit(X, y)
        for name, column in search.cv_results_.items():
            if "time" not in name and name != "params":
                np.testing.assert_array_equal(column, expected[name])


def test_random_and_bayesian_search_race():
    kwargs = {"cv": 5, "random_state": 0, "n_iter": 16}
    random = RandomSearchCV(PIPE, SPACE, racing=True, **kwargs).fit(X, y)
    bayes = BayesSearchCV(PIPE, SPACE, **kwargs).fit(X, y)
    for search in (random, bayes):
        assert search.cv_results_["n_splits_run"].min() < 5
    told = bayes.sampler_.observations
    n_run = bayes.cv_results_["n_splits_run"]
    assert sorted(told) == list(range(16))
    for number, observation in told.items():
        assert (observation.noise > 0) == (n_run[number] < 5)
        assert np.isfinite(observation.score)
    assert RandomSearchCV(PIPE, SPACE).racing is False


@pytest.mark.parametrize("k", [2, 3])
def test_with_two_splits_there_is_no_race(k):
    search = search_over_grid(cv=k)
    if k == 2:
        with pytest.warns(
            UserWarning, match="it needs 3 splits or more, and there are 2"
        ):
            search.fit(X, y)
    else:
        search.fit(X, y)
    assert ("n_splits_run" in search.cv_results_) == (k == 3)


def test_a_default_that_has_no_effect_is_no_news():
    BayesSearchCV(PIPE, SPACE, n_iter=2, cv=2, random_state=0).fit(X, y)
    with pytest.warns(UserWarning, match=r"racing=0\.01 has no effect"):
        BayesSearchCV(PIPE, SPACE, n_iter=2, cv=2, racing=0.01).fit(X, y)


def test_a_larger_alpha_drops_more():
    n_run = [
        search_over_grid(racing=alpha).fit(X, y).cv_results_["n_splits_run"].sum()
        for alpha in (1e-9, 0.005, 0.3)
    ]
    assert n_run == sorted(n_run, reverse=True)
    assert n_run[0] > n_run[2]


@pytest.mark.parametrize("racing", [0, 0.0, 0.5, 1, -1, "yes", None, np.nan])
def test_what_is_no_alpha(racing):
    message = f"Got {racing!r} instead. True stands for 0.005; to evaluate all"
    with pytest.raises(InvalidParameterError, match=re.escape(message)):
        search_over_grid(racing=racing).fit(X, y)


def test_several_metrics_race_by_the_one_that_refit_names():
    scoring = {"auc": "roc_auc", "acc": "accuracy"}
    search = search_over_grid(scoring=scoring, refit="acc").fit(X, y)
    results = search.cv_results_
    alone = search_over_grid(scoring="accuracy").fit(X, y)
    n_run = results["n_splits_run"]
    np.testing.assert_array_equal(n_run, alone.cv_results_["n_splits_run"])
    assert np.isfinite(results["mean_test_acc"]).all()
    np.testing.assert_array_equal(np.isnan(results["mean_test_auc"]), n_run < 5)
    assert results["rank_test_auc"][n_run < 5].min() > (n_run == 5).sum()


def both(estimator, X, y):
    return {"a": estimator.score(X, y), "b": 0.5}


@pytest.mark.parametrize("scoring", [{"a": "roc_auc", "b": "accuracy"}, both])
@pytest.mark.parametrize("refit", [False, lambda results: 3])
def test_several_metrics_without_a_name_do_not_race(scoring, refit):
    search = search_over_grid(scoring=scoring, refit=refit)
    with pytest.warns(UserWarning, match="several metrics, and none is named"):
        search.fit(X, y)
    assert "n_splits_run" not in search.cv_results_


@pytest.mark.parametrize("scoring", [None, "roc_auc", make_scorer(roc_auc_score)])
def test_a_callable_refit_of_one_metric_sees_all(scoring):
    seen = {}

    def choose(results):
        seen.update(results)
        return int(np.argmax(results["mean_test_score"]))

    search = search_over_grid(scoring=scoring, refit=choose).fit(X, y)
    assert seen["n_splits_run"].min() < 5
    assert seen["n_splits_run"][search.best_index_] == 5


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("error_score", [np.nan, 0.0])
def test_a_candidate_that_fails_is_not_dropped(error_score):
    grid = [{"quality": [0.5, 0.6, 0.1]}, {"fault": ["exception"], "quality": [9.0]}]
    search = GridSearchCV(
        Faulty(), grid, cv=4, racing=True, error_score=error_score
    ).fit(X, y)
    results = search.cv_results_
    assert results["n_splits_run"].tolist() == [4, 4, 4, 1]
    assert results["rank_test_score"].tolist() == [2, 1, 3, 4]
    np.testing.assert_equal(results["mean_test_score"][3], error_score)
    assert [failure["candidate"] for failure in search.failures_] == [3]


def test_early_stopping_counts_dropped_candidates():
    search = search_over_grid()
    search.set_callbacks(EarlyStopping(5, min_iter=1)).fit(X, y)
    assert search.stop_reason_.startswith("EarlyStopping: no score above")
    assert len(search.cv_results_["params"]) < 28


def test_no_target_is_reached_by_an_estimate(raced):
    search = search_over_grid()
    search.set_callbacks(TargetScore(raced.best_score_)).fit(X, y)
    number = int(re.search(r"candidate (\d+)", search.stop_reason_)[1])
    assert search.cv_results_["n_splits_run"][number] == 5


def test_a_callback_sees_that_a_candidate_was_dropped():
    seen = []

    def watch(search):
        results = search.cv_results_
        states = [verdict.state for verdict in results.verdicts_since(0)]
        seen.append((states.count("dropped"), len(results["n_splits_run"])))

    search = search_over_grid().set_callbacks(AfterEachFit(watch)).fit(X, y)
    n_run = search.cv_results_["n_splits_run"]
    assert seen[-1] == ((n_run < 5).sum(), 28)
    assert len(seen) == n_run.sum()
    drops = np.diff([n for n, _ in seen])
    assert set(drops) == {0, 1}, "each at the end of the fit that decided it"


def test_verbose_says_what_was_dropped(capsys):
    search = search_over_grid(verbose=2).fit(X, y)
    out = capsys.readouterr().out
    n_dropped = (search.cv_results_["n_splits_run"] < 5).sum()
    assert len(re.findall(r"Candidate \d+: dropped after \d of 5 splits", out)) == (
        n_dropped
    )
    assert "candidates done: 28 of 28" in out
    assert "28 candidates, totalling at most 140 fits" in out
    n_spared = 140 - search.cv_results_["n_splits_run"].sum()
    assert out.endswith(f"{n_spared} of 140 fits were spared.\n")


def test_a_stopped_race_keeps_what_was_finished():
    search = RandomSearchCV(
        PIPE, SPACE, n_iter=None, timeout=0.3, racing=True, random_state=0
    ).fit(X, y)
    assert search.cv_results_["n_splits_run"][search.best_index_] == 5


@pytest.mark.parametrize("cv", [GroupKFold(4), TimeSeriesSplit(4)])
def test_splits_of_other_kinds(cv):
    X, y = load_diabetes(return_X_y=True)
    grouped = isinstance(cv, GroupKFold)
    params = {"groups": np.arange(len(y)) % 9} if grouped else {}
    grid = {"C": np.logspace(-2, 3, 10), "epsilon": [0.1, 10.0]}
    both = [
        GridSearchCV(SVR(), grid, cv=cv, racing=racing).fit(X, y, **params)
        for racing in (True, False)
    ]
    assert both[0].best_params_ == both[1].best_params_
    assert both[0].cv_results_["n_splits_run"].min() < 4


def test_within_cross_val_score_and_clones():
    search = search_over_grid(cv=3)
    scores = cross_val_score(clone(search), X, y, cv=3)
    assert (scores > 0.85).all()


def test_a_race_that_drops_nothing_has_the_table_of_the_grid(complete):
    # with so small an alpha no difference is large enough
    search = search_over_grid(racing=1e-300).fit(X, y)
    for name, column in complete.cv_results_.items():
        if "score" in name and "time" not in name:
            np.testing.assert_array_equal(search.cv_results_[name], column)


@pytest.mark.parametrize("racing", [np.True_, np.False_])
def test_booleans_of_numpy(racing, raced, complete):
    search = search_over_grid(racing=racing).fit(X, y)
    expected = raced if racing else complete
    assert search.cv_results_.keys() == expected.cv_results_.keys()
    mean = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(mean, expected.cv_results_["mean_test_score"])


def test_a_name_as_refit_of_a_single_metric(raced):
    search = search_over_grid(refit="score").fit(X, y)
    other = search_over_grid(scoring="accuracy", refit="accuracy").fit(X, y)
    for same in (search, other):
        np.testing.assert_array_equal(
            same.cv_results_["mean_test_score"], raced.cv_results_["mean_test_score"]
        )


def failing_on_a_split(estimator, X, y):
    """Return an accuracy that fails for one candidate, and a perfect other metric."""
    scores = {"acc": estimator.score(X, y), "other": 1.0}
    if estimator["svc"].C == 1:
        scores["acc"] = np.nan
    else:
        scores["other"] = 0.9
    return scores


@pytest.mark.filterwarnings("ignore")
def test_a_candidate_that_failed_wins_on_no_other_metric():
    search = search_over_grid(scoring=failing_on_a_split, refit="acc").fit(X, y)
    results = search.cv_results_
    failed = results["param_svc__C"] == 1
    partly = failed & (results["n_splits_run"] < 5)
    assert partly.any()
    assert np.isnan(results["mean_test_other"][partly]).all()
    assert (
        results["rank_test_other"][partly] > (results["n_splits_run"] == 5).sum()
    ).all()


def noisy_quality(estimator, X, y):
    """Return the quality with noise that is fixed for each candidate and split."""
    return estimator.quality + 0.01 * np.sin(1e4 * estimator.quality * X.sum())


@pytest.mark.filterwarnings("ignore")
def test_what_is_tried_when_the_first_fit_fails_is_not_in_the_table():
    grid = [{"fault": ["exception"]}, {"quality": np.linspace(0.9, 0.3, 12)}]
    # with a number as error_score, the search looks for no common cause
    expected = None
    for error_score, n_jobs in [(0.0, 1), (np.nan, 1), (np.nan, 3)]:
        with parallel_config(backend="threading"):
            search = GridSearchCV(
                Faulty(),
                grid,
                cv=5,
                racing=True,
                scoring=noisy_quality,
                error_score=error_score,
                n_jobs=n_jobs,
                n_pending=1,
            ).fit(X, y)
        n_run = search.cv_results_["n_splits_run"].tolist()
        expected = expected or n_run
        assert n_run == expected
    assert min(expected) == 1


@pytest.mark.parametrize("n_pending", [0, 20])
def test_many_pending_fits_leave_something_to_save(n_pending):
    search = search_over_grid(n_pending=n_pending).fit(X, y)
    n_whole = 2 + n_pending // 5
    assert (search.cv_results_["n_splits_run"][:n_whole] == 5).all()
    assert search.cv_results_["n_splits_run"].min() < 5
