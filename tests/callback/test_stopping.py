"""Searches that are stopped: when, why, and with what left."""

import copy
import itertools
import pickle
import re
import sys
import threading

import numpy as np
import pytest
import sklearn.model_selection
from joblib import parallel_config
from sklearn.base import clone
from sklearn.callback import FitCallback
from sklearn.callback.tests._utils import MaxIterEstimator
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp._records import Failure, History, SplitResult, Task, Trial
from sklearn_hp.callback import EarlyStopping, TargetScore, TimeBudget
from sklearn_hp.model_selection._results import CVResults
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)
# The best is candidate 3, and 4 is as good. The rest is long, as one worker runs ahead
# while another is slow, and the tests must not depend on how slow it is.
PEAK = [0.1, 0.2, 0.3, 0.8, 0.8, *([0.5] * 500)]
EACH = [EarlyStopping(), TargetScore(0.9), TimeBudget(60)]


def search_over(qualities, callback=None, cls=GridSearchCV, **kwargs):
    search = cls(Faulty(), {"quality": qualities}, cv=2, **kwargs)
    return search if callback is None else search.set_callbacks(callback)


def n_complete(search):
    return np.isfinite(search.cv_results_["mean_test_score"]).sum()


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
        assert len(results.completed("a")) == number + (split + 1 == n_splits)
    for metric in "ab":
        numbers, means = zip(*results.completed(metric), strict=True)
        assert numbers == tuple(range(n_trials))
        # to the last bit, or a target would be missed that cv_results_ says is reached
        np.testing.assert_array_equal(means, results[f"mean_test_{metric}"])
        assert results.completed(metric, 98) == results.completed(metric)[98:]


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


# --------------------------------------------------------- the state of several fits


def test_one_callback_in_several_fits():
    callback = EarlyStopping(5, min_iter=1)
    first, second = search_over(PEAK, callback), search_over([0.7] * 30, callback)
    expected = [search.fit(X, y).stop_reason_ for search in (first, second)]
    assert "(candidate 3)" in expected[0] and "(candidate 0)" in expected[1]
    again = [search.fit(X, y).stop_reason_ for search in (first, second, clone(first))]
    assert again == [*expected, expected[0]]
    assert vars(callback) == vars(EarlyStopping(5, min_iter=1)), "nothing is kept"


def test_nothing_is_kept_of_a_fit_that_raised():
    callback = TargetScore(0.9)
    search = search_over([0.1], callback).set_params(error_score="raise")
    with pytest.raises(ValueError, match="the fit failed"):
        search.set_params(estimator=Faulty(fault="exception")).fit(X, y)
    assert vars(callback) == vars(TargetScore(0.9))


def test_fits_at_the_same_time_do_not_mix():
    callback = EarlyStopping(5, min_iter=1)
    peaks = [0, 3, 7, 11]
    searches = [
        search_over([*np.linspace(0, 1, peak + 1), *[0.5] * 40], callback)
        for peak in peaks
    ]
    threads = [threading.Thread(target=search.fit, args=(X, y)) for search in searches]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    for peak, search in zip(peaks, searches, strict=True):
        # the first of all scores 0 as its peak, and then 0.5 is the better
        best = peak or 1
        assert f"(candidate {best})" in search.stop_reason_
        assert n_complete(search) == best + 6


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("inner_n_jobs", [1, 2])
def test_cross_validation_of_a_pipeline_with_a_search(backend, inner_n_jobs):
    callback = EarlyStopping(5, min_iter=1)
    pipeline = make_pipeline(
        StandardScaler(), search_over(PEAK, callback, n_jobs=inner_n_jobs)
    )
    with parallel_config(backend=backend):
        done = cross_validate(
            pipeline, X, y, cv=4, n_jobs=2, return_estimator=True, error_score="raise"
        )
    for fitted in done["estimator"]:
        assert "(candidate 3)" in fitted[-1].stop_reason_
        n_evaluated = n_complete(fitted[-1])
        assert 9 <= n_evaluated < (10 if inner_n_jobs == 1 else len(PEAK))
    assert callback._rules == {}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_in_a_search(n_jobs):
    inner = search_over(PEAK, EarlyStopping(5, min_iter=1))
    grid = {"estimator__bad_score": [None], "cv": [2, 3]}
    outer = GridSearchCV(inner, grid, cv=2, n_jobs=n_jobs)
    outer.set_callbacks(TargetScore(0.8)).fit(X, y)
    assert outer.stop_reason_.startswith("TargetScore: candidate 0 scored 0.8")
    assert "(candidate 3)" in outer.best_estimator_.stop_reason_


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_fitted_and_pickled_search_is_stopped_again(n_jobs):
    search = search_over(PEAK, EarlyStopping(5, min_iter=1), n_jobs=n_jobs).fit(X, y)
    again = pickle.loads(pickle.dumps(search))
    assert again.stop_reason_ == search.stop_reason_
    assert again.fit(X, y).stop_reason_ == search.stop_reason_


def test_random_search():
    callback = EarlyStopping(5, min_iter=1)
    search = search_over(
        list(range(100)), callback, RandomSearchCV, n_iter=60, random_state=0
    ).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert scores.argmax() == len(scores) - 6
    assert search.best_score_ == scores.max()


def test_the_whole_of_cv_results_is_not_made_at_each_result(monkeypatch):
    def refuse(*args):
        raise AssertionError("read in full")

    for name in ("as_dict", "__getitem__", "_rows"):
        monkeypatch.setattr(CVResults, name, refuse)
    history = History()
    results = CVResults(history, 1, np.nan, False)
    rules = [
        callback._make_rule(search_over([1]))
        for callback in (EarlyStopping(50), TargetScore(999.0))
    ]
    for number in range(100):
        result = SplitResult(number, 0, None, 1.0, 1.0, {"score": float(number)})
        history.append(Task(Trial(number, {}), 0), result)
        assert [rule(results) for rule in rules] == [None, None]


# ------------------------------------------------------------------------ metrics


def two_scores(estimator, X, y):
    return {"up": estimator.quality, "down": -estimator.quality}


TWO = {"up": lambda e, X, y: e.quality, "down": lambda e, X, y: -e.quality}


@pytest.mark.parametrize("scoring", [TWO, two_scores], ids=["dict", "callable"])
@pytest.mark.parametrize(
    "refit, monitor, candidate",
    [
        ("up", None, 9),
        ("down", None, 0),
        ("down", "up", 9),
        ("up", "down", 0),
        (False, "down", 0),
        (lambda results: 1, "up", 9),
    ],
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_which_metric(n_jobs, refit, monitor, candidate, scoring):
    search = search_over(
        np.linspace(0.1, 1, 10).tolist() + [0.5] * 500,
        EarlyStopping(5, min_iter=1, monitor=monitor),
        scoring=scoring,
        refit=refit,
        n_jobs=n_jobs,
    ).fit(X, y)
    assert f"(candidate {candidate})" in search.stop_reason_


def by_f1_and_accuracy(estimator, X, y):
    y_pred = estimator.predict(X)
    return {
        "f1": f1_score(y, y_pred, average="macro"),
        "accuracy": accuracy_score(y, y_pred),
    }


@pytest.mark.parametrize("scoring", [["accuracy", "f1_macro"], by_f1_and_accuracy])
@pytest.mark.parametrize("refit", [False, lambda results: 0])
@pytest.mark.parametrize("cls", [EarlyStopping, TargetScore])
def test_several_metrics_and_none_named(cls, refit, scoring):
    callback = cls(monitor=None) if cls is EarlyStopping else cls(0.9)
    search = search_over([0.1] * 50, callback, scoring=scoring, refit=refit)
    first = "f1" if callable(scoring) else "accuracy"
    message = (
        rf"{cls.__name__} cannot know which metric to look at: this search has "
        rf"'{first}', '.*', and refit=.* names none of them. Name one, as in "
        rf"{cls.__name__}\(..., monitor='{first}'\)."
    )
    with pytest.raises(ValueError, match=message):
        search.fit(X, y)
    # a callable names its metrics with its first result
    assert search.__dict__.get("stop_reason_", "ValueError after 0 fits") == (
        f"ValueError after {int(callable(scoring))} fits"
    )


@pytest.mark.parametrize(
    "scoring, has, remedy",
    [
        (None, "'score'", "Leave monitor out"),
        ("accuracy", "'score'", "Leave monitor out"),
        (["accuracy", "f1_macro"], "'accuracy', 'f1_macro'", "Name one of them"),
        (by_f1_and_accuracy, "'f1', 'accuracy'", "Name one of them"),
        (lambda estimator, X, y: 0.5, "'score'", "Leave monitor out"),
    ],
)
def test_a_metric_that_is_not_there(scoring, has, remedy):
    search = search_over(
        [0.1] * 50, EarlyStopping(monitor="recall"), scoring=scoring, refit=False
    )
    message = (
        f"monitor='recall' of EarlyStopping is not a metric here: this search has "
        f"{has}. {remedy}."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        search.fit(X, y)


@pytest.mark.filterwarnings("ignore")
def test_a_callable_that_fails_at_first_names_its_metrics_later():
    def score(estimator, X, y):
        if estimator.quality < 0.4:
            raise ValueError("no score")
        return two_scores(estimator, X, y)

    search = search_over(
        [0.1, 0.2, 0.5, 0.7, *[0.6] * 20],
        EarlyStopping(5, min_iter=1, monitor="up"),
        scoring=score,
        refit="down",
    ).fit(X, y)
    assert "no score above 0.7 (candidate 3)" in search.stop_reason_


def test_a_single_metric_can_be_named_score():
    search = search_over([0.1, 0.5, 0.1], TargetScore(0.5, monitor="score")).fit(X, y)
    assert search.stop_reason_.startswith("TargetScore: candidate 1")


# --------------------------------------------------------------- what is refused


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


@pytest.mark.parametrize("callback", EACH, ids=lambda c: type(c).__name__)
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        sklearn.model_selection.GridSearchCV(LogisticRegression(), {"C": [1]}),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=["estimator", "scikit-learn's search", "pipeline"],
)
def test_only_searches_of_ours_can_be_stopped(estimator, callback):
    name = type(callback).__name__
    kind = f"{type(estimator).__module__}.{type(estimator).__name__}"
    message = (
        f"{name} stops the searches of sklearn_hp, and was set on an estimator of type "
        f"{kind}, which it cannot stop. Set it on the search itself, if there is one "
        f"inside: search.set_callbacks({name}(...))."
    )
    with pytest.raises(TypeError, match=re.escape(message)):
        clone(estimator).set_callbacks(callback).fit(X, y)


@pytest.mark.filterwarnings("ignore")
def test_set_on_the_estimator_inside_it_fails_the_fits_and_says_why():
    estimator = MaxIterEstimator().set_callbacks(TimeBudget(60))
    search = GridSearchCV(estimator, {"max_iter": [1]}, cv=2, scoring="r2")
    with pytest.raises(ValueError, match="TimeBudget stops the searches of sklearn_hp"):
        search.fit(X, y)


# ---------------------------------------------------------------- callbacks of users


class Plain:
    """Stops after so many fits, with or without a reason."""

    def __init__(self, n_fits):
        self.n_fits = n_fits
        self.n_seen = 0

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "candidate-split-evaluation":
            self.n_seen += 1
            return self.n_seen >= self.n_fits


class WithReason(Plain):
    def stop_reason(self, estimator):
        return f"{len(estimator.cv_results_['params'])} are enough"


class TakesData(Plain):
    def on_fit_task_end(self, estimator, context, *, X, y, metadata):
        if context.task_name == "candidate-split-evaluation":
            assert X.shape == (75, 4) and y.shape == (75,)
        return super().on_fit_task_end(estimator, context)


@pytest.mark.parametrize(
    "callbacks, reason",
    [
        ([Plain(3)], "Plain returned True after split 0 of candidate 1"),
        ([WithReason(4)], "WithReason: 2 are enough"),
        ([Plain(9), WithReason(4)], "WithReason: 2 are enough"),
        ([WithReason(4), Plain(4)], "WithReason: 2 are enough"),
        ([Plain(4), WithReason(4)], "Plain returned True after split 1 of candidate 1"),
        ([TakesData(9), TakesData(3)], "TakesData returned True after split 0 of .* 1"),
        ([Plain(9), TargetScore(0.2)], "TargetScore: candidate 1 scored 0.2, at .*"),
    ],
)
def test_the_reason_names_the_callback_that_stopped(callbacks, reason):
    search = search_over([0.1, 0.2, *[0.1] * 9]).set_callbacks(
        *map(clone_of, callbacks)
    )
    assert re.fullmatch(reason, search.fit(X, y).stop_reason_)


def clone_of(callback):
    return copy.deepcopy(callback)


def test_a_stop_that_leaves_nothing_out_is_none():
    search = search_over([0.1, 0.2, 0.3], TargetScore(0.3)).fit(X, y)
    assert search.stop_reason_ is None
    assert n_complete(search) == 3
