"""Searches that are stopped: when, why, and with what left."""

import copy
import itertools
import pickle
import re
import threading

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.callback import FitCallback
from sklearn.model_selection import ShuffleSplit

from sklearn_hp import GridSearchCV
from sklearn_hp._history import History
from sklearn_hp._records import Failure, SplitResult, Task, Trial
from sklearn_hp.callback import EarlyStopping, TargetScore, TimeBudget
from sklearn_hp.model_selection._results import CVResults
from tests.callback.searches import EACH, PEAK, X, n_complete, search_over, y
from tests.fakes import end_complete
from tests.faults import Faulty


@pytest.mark.parametrize("callback", EACH, ids=lambda c: type(c).__name__)
def test_each_follows_the_protocol_and_can_be_copied(callback):
    assert isinstance(callback, FitCallback)
    for copied in (pickle.loads(pickle.dumps(callback)), copy.deepcopy(callback)):
        assert type(copied) is type(callback)
        assert vars(copied) == vars(callback)


# ------------------------------------------------------------------ EarlyStopping


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_early_stopping(backend, n_jobs):
    callback = EarlyStopping(n_iter_no_change=5, min_iter=1)
    search = search_over(PEAK, callback, n_jobs=n_jobs)
    with parallel_config(backend=backend):
        search.fit(X, y)
    assert search.stop_reason_ == (
        "EarlyStopping: no score above 0.8 (candidate 3) by more than tol=0 in the "
        "last 5 candidates"
    )
    # candidates 0 to 8, and with more jobs what ran when the last of them was complete
    assert 9 <= n_complete(search) < (10 if n_jobs == 1 else len(PEAK))
    assert search.best_index_ == 3
    assert search.best_estimator_.quality == 0.8


@pytest.mark.parametrize(
    "qualities, kwargs, n_candidates",
    [
        ([0.5, 0.4] * 50, {}, 30),  # the defaults: min_iter decides
        ([0.5, 0.4] * 50, {"min_iter": 1}, 21),
        ([*np.linspace(0, 1, 15), *[0.5] * 50], {}, 35),
        (np.linspace(0, 1, 50), {}, 50),
        # each step is below tol, the sum of the steps is not
        (np.linspace(0, 1, 50), {"tol": 0.05, "n_iter_no_change": 4}, 50),
        (np.linspace(0, 1, 50), {"tol": 0.05, "n_iter_no_change": 2}, 30),
        ([0.5, 0.75] * 20, {"tol": 0.25, "min_iter": 5, "n_iter_no_change": 3}, 5),
        ([0.5, 0.75] * 20, {"tol": 0.24, "min_iter": 5, "n_iter_no_change": 4}, 6),
        ([0.5] * 3, {"min_iter": 1, "n_iter_no_change": 1}, 2),
    ],
)
def test_what_counts_as_an_improvement(qualities, kwargs, n_candidates):
    search = search_over(qualities, EarlyStopping(**kwargs)).fit(X, y)
    assert n_complete(search) == n_candidates
    assert (search.stop_reason_ is None) == (n_candidates == len(qualities))


def test_the_decision_does_not_depend_on_the_order_of_arrival():
    scores = [0.1, 0.5, None, 0.4, 0.6, 0.2, 0.3, 0.1, 0.9]
    rng = np.random.default_rng(0)
    reasons = set()
    for _ in range(50):
        tasks = [Task(Trial(i, {}), split) for i in range(9) for split in range(3)]
        history = History()
        results = CVResults(history, 3, np.nan, False)
        rule = EarlyStopping(3, min_iter=1)._make_rule(search_over([1]))
        said = []
        for i in rng.permutation(len(tasks)):
            number = tasks[i].trial.number
            outcome = {"test_scores": {"score": scores[number]}}
            if scores[number] is None:
                outcome = {"fit_failure": Failure("it failed")}
            history.append(tasks[i], SplitResult(*tasks[i].key, 1.0, 1.0, **outcome))
            end_complete(history, 3)
            said.append(rule(results))
        reasons.add(next(filter(None, said)))
    assert reasons == {
        "no score above 0.6 (candidate 4) by more than tol=0 in the last 3 candidates"
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_failed_candidates_are_without_improvement(n_jobs):
    grid = [
        {"quality": [0.5]},
        {"fault": ["exception"] * 3},
        {"bad_score": ["nan"] * 3},
        {"quality": [0.9] * 500},
    ]
    search = GridSearchCV(Faulty(), grid, cv=2, n_jobs=n_jobs, error_score=7.0)
    search.set_callbacks(EarlyStopping(6, min_iter=1)).fit(X, y)
    assert search.stop_reason_ == (
        "EarlyStopping: no score above 0.5 (candidate 0) by more than tol=0 in the "
        "last 6 candidates"
    )
    if n_jobs == 1:
        assert search.best_index_ == 0


@pytest.mark.filterwarnings("ignore")
def test_all_candidates_fail():
    search = search_over(np.arange(99), EarlyStopping()).set_params(
        estimator=Faulty(bad_score="nan")
    )
    with pytest.raises(ValueError, match="No candidate has a score on every split"):
        search.fit(X, y)
    assert search.stop_reason_ == (
        "EarlyStopping: all of the first 30 candidates failed"
    )
    assert len(search.cv_results_["params"]) == 30
    search.set_callbacks(TargetScore(-9.0)).set_params(refit=False).fit(X, y)
    assert search.stop_reason_ is None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.01, 0.6])
def test_a_worker_that_died_does_not_keep_the_search_from_stopping(seconds):
    grid = [
        {"quality": [0.5], "seconds": [seconds]},
        {"fault": ["os._exit"], "seconds": [seconds]},
        {"quality": [0.4] * int(10 / seconds), "seconds": [seconds]},
    ]
    search = GridSearchCV(Slow(), grid, cv=2, n_jobs=2)
    search.set_callbacks(EarlyStopping(3, min_iter=1)).fit(X, y)
    assert search.stop_reason_.endswith("in the last 3 candidates")


class Slow(Faulty):
    def __init__(self, quality=0.5, fault=None, bad_score=None, seconds=0.0):
        super().__init__(quality, fault, bad_score)
        self.seconds = seconds

    def fit(self, X, y):
        threading.Event().wait(self.seconds)
        return super().fit(X, y)


# -------------------------------------------------------------------- TargetScore


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_target_score(n_jobs):
    search = search_over([0.1, 0.953, *[0.5] * 500], TargetScore(0.95), n_jobs=n_jobs)
    search.fit(X, y)
    assert search.stop_reason_ == (
        "TargetScore: candidate 1 scored 0.953, at or above 0.95"
    )
    assert 1 <= n_complete(search) < (3 if n_jobs == 1 else 502)
    assert search.best_params_ == {"quality": 0.953}


@pytest.mark.filterwarnings("ignore")
def test_neither_error_score_nor_a_part_of_the_splits_reaches_a_target():
    def score(estimator, X, y):
        if estimator.quality < 1:
            return estimator.quality
        score.n_calls = getattr(score, "n_calls", 0) + 1
        return 1.0 if score.n_calls < 4 else np.nan

    search = search_over([0.1, 1, 1, 0.2], TargetScore(0.9), scoring=score)
    search.set_params(error_score=99.0, return_train_score=False).fit(X, y)
    assert search.stop_reason_ == "TargetScore: candidate 1 scored 1, at or above 0.9"
    score.n_calls = 3
    assert search.fit(X, y).stop_reason_ is None


@pytest.mark.parametrize("n_splits", [2, 5, 8, 17])
def test_the_scores_are_those_of_cv_results(n_splits):
    rng = np.random.default_rng(0)
    history, n_trials = History(), 100
    results = CVResults(history, n_splits, np.nan, False)
    for number, split in itertools.product(range(n_trials), range(n_splits)):
        scores = {"a": rng.normal(), "b": rng.normal()}
        result = SplitResult(number, split, None, 1.0, 1.0, scores, multimetric=True)
        history.append(Task(Trial(number, {}), split), result)
        if split + 1 == n_splits:
            end_complete(history, n_splits)
        assert len(results.ended("a")) == number + (split + 1 == n_splits)
    for metric in "ab":
        numbers, means = zip(*results.ended(metric), strict=True)
        assert numbers == tuple(range(n_trials))
        # to the last bit, or a target would be missed that cv_results_ says is reached
        np.testing.assert_array_equal(means, results[f"mean_test_{metric}"])
        assert results.ended(metric, 98) == results.ended(metric)[98:]


@pytest.mark.filterwarnings("ignore")
def test_with_one_split_nothing_ends_before_its_turn():
    grid = [{"fault": ["exception"]}, {"quality": np.linspace(0, 1, 21)}]
    search = GridSearchCV(Faulty(), grid, cv=ShuffleSplit(1, random_state=0))
    search.set_callbacks(TargetScore(0.5)).fit(X, y)
    assert (
        search.stop_reason_ == "TargetScore: candidate 11 scored 0.5, at or above 0.5"
    )
    assert search.best_index_ == 11, "none that was tried for another reason"
    assert len(search.cv_results_["params"]) == 12


# --------------------------------------------------------------------- TimeBudget


class Clock:
    """A clock that goes one second further each time somebody looks."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        self.now += 1
        return self.now


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_time_budget(n_jobs, monkeypatch):
    monkeypatch.setattr("sklearn_hp.callback._stopping.monotonic", Clock())
    search = search_over(np.arange(50), TimeBudget(10), n_jobs=n_jobs).fit(X, y)
    assert search.stop_reason_ == "TimeBudget: 10 s have passed"
    # looked at when a fit ends: those that run then are finished
    n_fits = np.isfinite(
        [search.cv_results_[f"split{i}_test_score"] for i in (0, 1)]
    ).sum()
    assert 10 <= n_fits <= 10 + n_jobs
    assert search.best_params_ == {"quality": n_complete(search) - 1}


# ------------------------------------------------------------- wrong parameters


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: EarlyStopping(n_iter_no_change=0),
            "The 'n_iter_no_change' parameter of EarlyStopping must be an int in the "
            "range [1, inf). Got 0 instead.",
        ),
        (lambda: EarlyStopping(2.5), "'n_iter_no_change' parameter of EarlyStopping"),
        (lambda: EarlyStopping(tol=-0.1), "a float in the range [0.0, inf). Got -0.1"),
        (lambda: EarlyStopping(tol=np.nan), "The 'tol' parameter of EarlyStopping"),
        (
            lambda: EarlyStopping(min_iter=0),
            "The 'min_iter' parameter of EarlyStopping",
        ),
        (lambda: EarlyStopping(monitor=1), "an instance of 'str' or None. Got 1"),
        (lambda: TargetScore("high"), "The 'score' parameter of TargetScore must be"),
        (lambda: TargetScore(np.nan), "The 'score' parameter of TargetScore must be"),
        (lambda: TargetScore(1, monitor=[]), "The 'monitor' parameter of TargetScore"),
        (lambda: TimeBudget(0), "a float in the range (0.0, inf). Got 0 instead"),
        (lambda: TimeBudget("1 h"), "The 'seconds' parameter of TimeBudget must be"),
    ],
)
def test_wrong_parameters(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
