"""What callbacks that stop have in common: fits kept apart, metrics, reasons."""

import copy
import pickle
import re
import sys
import threading

import numpy as np
import pytest
import sklearn.model_selection
from joblib import parallel_config
from sklearn.base import clone
from sklearn.callback.tests._utils import MaxIterEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp._history import History
from sklearn_hp._records import SplitResult, Task, Trial
from sklearn_hp.callback import EarlyStopping, TargetScore, TimeBudget
from sklearn_hp.model_selection._results import CVResults
from tests.callback.searches import (
    EACH,
    PEAK,
    AfterEachFit,
    X,
    n_complete,
    search_over,
    y,
)
from tests.faults import Faulty

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
    # enough of them that some are left when the first are complete
    grid = {"estimator__bad_score": [None], "cv": [2, 3] * 5}
    outer = GridSearchCV(inner, grid, cv=2, n_jobs=n_jobs)
    outer.set_callbacks(TargetScore(0.8)).fit(X, y)
    assert re.match(r"TargetScore: candidate \d scored 0\.8", outer.stop_reason_)
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


class Plain(AfterEachFit):
    """Stops after so many fits, with or without a reason."""

    def __init__(self, n_fits):
        self.n_fits = n_fits
        self.n_seen = 0
        super().__init__(self.count)

    def count(self, search):
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
