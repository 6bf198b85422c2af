import gc
import math
import weakref

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, check_scoring
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp._current_slot import current_slot, in_slot
from sklearn_hp._evaluation import Evaluation, _evaluate, evaluate
from sklearn_hp._evaluation._evaluate import _take
from sklearn_hp._records import Task, Trial
from sklearn_hp._sklearn_compat import safe_split
from tests.faults import Faulty
from tests.optional_methods import Stops

X, y = load_iris(return_X_y=True)
SPLITS = list(StratifiedKFold(3).split(X, y))


def score(estimator, X, y):
    return accuracy_score(y, estimator.predict(X))


def run(estimator, params=None, split=0, scorer=score, **kwargs):
    evaluation = Evaluation(estimator, X, y, SPLITS, scorer, **kwargs)
    return evaluate(evaluation, Task(Trial(7, params or {}), split))


def test_scores_are_those_of_a_fit_by_hand():
    result = run(SVC(), {"C": 0.1}, split=2, return_train_score=True)
    train, test = SPLITS[2]
    by_hand = SVC(C=0.1).fit(X[train], y[train])
    assert result.test_scores == {"score": by_hand.score(X[test], y[test])}
    assert result.train_scores == {"score": by_hand.score(X[train], y[train])}
    assert result.key == (7, 2, None)
    assert not result.multimetric
    assert result.failures == []
    assert result.fit_time > 0
    assert result.score_time > 0


def test_what_was_given_is_not_touched():
    scaler, estimator = StandardScaler(), Pipeline([("s", None), ("m", SVC())])
    run(estimator, {"s": scaler, "m__C": 2})
    assert not hasattr(scaler, "mean_")
    assert estimator.get_params()["m__C"] == 1


def test_metadata_is_sliced_like_the_data():
    class Checks(BaseEstimator):
        def fit(self, X, y, weights, alpha, empty):
            assert len(weights) == len(X)
            assert (weights == y).all(), "rows stay together"
            assert alpha == [1, 2]
            assert empty is None
            return self

    def scorer(estimator, X, y, weights):
        return float((weights == y).all())

    fit_params = {"weights": y, "alpha": [1, 2], "empty": None}
    result = run(
        Checks(), scorer=scorer, fit_params=fit_params, score_params={"weights": y}
    )
    assert result.test_scores == {"score": 1.0}


def test_several_metrics_and_one_that_fails():
    def scorer(estimator, X, y):
        return {"good": 1, "bad": None, "numpy": np.float32(0.5)}

    result = run(Faulty(), scorer=scorer)
    assert result.multimetric
    assert result.test_scores["good"] == 1
    assert result.test_scores["numpy"] == 0.5
    assert math.isnan(result.test_scores["bad"])
    assert set(result.score_failures) == {("test", "bad")}
    reason = result.score_failures["test", "bad"].reason
    assert reason.startswith("scoring must return a number, got None")


@pytest.mark.parametrize(
    "value, reason, kind",
    [
        (np.inf, "The score is not finite: score = inf", "not finite"),
        (np.nan, "The score is not finite: score = nan", "not finite"),
        (-(10**400), "The score is not finite: score = -inf", "not finite"),
        (1j, "scoring must return a real number, got the complex number", "no number"),
        ("high", "scoring must return a number, got 'high'", "no number"),
        (
            [1.0],
            "scoring must return a number, got [1.0] (<class 'list'>)",
            "no number",
        ),
    ],
)
def test_a_score_that_is_none(value, reason, kind):
    for scorer in (lambda *args: value, lambda *args: {"score": value}):
        failure = run(Faulty(), scorer=scorer).score_failures["test", "score"]
        assert failure.reason.startswith(reason)
        assert failure.kind == kind


def test_a_failed_fit_has_a_traceback_and_keeps_no_exception():
    result = run(Faulty(fault="exception"))
    assert result.test_scores == {}
    assert "the fit failed" in result.fit_failure.reason
    assert "Traceback" in result.fit_failure.reason
    assert result.fit_failure.exception is None


def test_an_exception_is_kept_on_demand():
    result = run(Faulty(fault="exception"), keep_exceptions=True)
    assert isinstance(result.fit_failure.exception, ValueError)


def test_an_interrupt_is_no_failure():
    class Interrupted(BaseEstimator):
        def fit(self, X, y):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Interrupted())


@pytest.mark.parametrize("caught", [ValueError, SystemExit])
def test_a_multimetric_scorer_that_fails_names_its_metrics(caught):
    class CannotPredict(Faulty):
        def predict(self, X):
            raise caught("predict failed")

    scorer = check_scoring(CannotPredict(), ["accuracy", "f1_macro"], raise_exc=False)
    result = run(CannotPredict(), scorer=scorer)
    assert result.multimetric
    assert list(result.test_scores) == ["accuracy", "f1_macro"]
    assert np.isnan(list(result.test_scores.values())).all()
    for metric in ("accuracy", "f1_macro"):
        assert "predict failed" in result.score_failures["test", metric].reason


# ---- what an estimator offers -------------------------------------------------------


def test_the_chosen_number_of_iterations_is_kept():
    assert run(Stops(extra=1)).n_iter == 101
    assert run(Stops(), {"early_stopping": False}).n_iter is None
    unscored = run(Stops(), scorer=lambda *args: None)
    assert unscored.n_iter == 100, "only the score failed"
    assert run(Stops(fail_below=999)).n_iter is None
    assert run(SVC()).n_iter is None


def test_a_candidate_can_bring_the_estimator_that_stops_early():
    pipeline = Pipeline([("model", SVC())])
    for params in ({"model": Stops()}, {"steps": [("other", Stops())]}):
        result = run(pipeline, params, scorer=lambda *args: 0)
        assert (result.n_iter, result.failures) == (100, [])


def test_a_wrong_number_of_iterations_is_a_failed_fit():
    class Wrong(Stops):
        def fit(self, X, y):
            self.best_n_iter_ = "17"
            return self

    result = run(Wrong())
    assert "best_n_iter_ of Wrong must be an int, got '17'" in result.fit_failure.reason
    assert result.test_scores == {}


def test_no_time_is_spent_on_estimators_that_offer_nothing(monkeypatch):
    monkeypatch.setattr(_evaluate, "chosen_n_iter", None)
    assert run(SVC(), {"C": 2.0, "kernel": "linear"}).failures == []


def test_fit_and_scores_run_in_the_slot_of_the_task():
    slots = []

    class Notes(Faulty):
        def fit(self, X, y):
            slots.append(current_slot())
            return super().fit(X, y)

    def scorer(*args):
        slots.append(current_slot())
        return 0.0

    evaluation = Evaluation(Notes(), X, y, SPLITS, scorer, return_train_score=True)
    evaluate(evaluation, Task(Trial(0, {}), 0, slot=3))
    assert slots == [3, 3, 3]
    assert not in_slot()


# ---- out of memory ------------------------------------------------------------------


def cause_of_cause():
    try:
        try:
            raise MemoryError("full")
        except MemoryError as exc:
            raise RuntimeError("the device says no") from exc
    except RuntimeError as exc:
        raise ValueError("cannot train") from exc


def own_subclass():
    class OutOfMemoryError(MemoryError):
        pass

    raise OutOfMemoryError("full")


def circle():
    first, second = ValueError("one"), ValueError("two")
    first.__cause__, second.__cause__ = second, first
    raise first


FULL = {
    "numpy": lambda: np.empty(2**50),
    "cause": cause_of_cause,
    "subclass": own_subclass,
}
NOT_FULL = {
    "other": lambda: int("MemoryError"),
    "circle": circle,
}


class Full(Faulty):
    """Does what a test says when it is fitted, or when it predicts."""

    def __init__(self, in_fit=None, in_predict=None):
        super().__init__()
        self.in_fit = in_fit
        self.in_predict = in_predict

    def fit(self, X, y):
        if self.in_fit is not None:
            self.in_fit()
        return super().fit(X, y)

    def predict(self, X):
        if self.in_predict is not None:
            self.in_predict()
        return super().predict(X)


@pytest.mark.parametrize("keep_exceptions", [True, False])
@pytest.mark.parametrize("error", [*FULL, *NOT_FULL])
def test_a_fit_that_runs_out_of_memory_is_marked(error, keep_exceptions):
    estimator = Full({**FULL, **NOT_FULL}[error])
    failure = run(estimator, keep_exceptions=keep_exceptions).fit_failure
    assert failure.out_of_memory == (error in FULL)


@pytest.mark.parametrize("scoring", ["accuracy", ["accuracy", "f1_macro"]])
@pytest.mark.parametrize("error", [*FULL, *NOT_FULL])
def test_a_score_that_runs_out_of_memory_is_marked(error, scoring):
    estimator = Full(in_predict={**FULL, **NOT_FULL}[error])
    scorer = check_scoring(estimator, scoring, raise_exc=False)
    failures = run(estimator, scorer=scorer).score_failures
    assert len(failures) == (1 if scoring == "accuracy" else 2)
    for failure in failures.values():
        assert failure.out_of_memory == (error in FULL)


class Buffer:
    """What fills the memory, in a circle as networks are."""

    def __init__(self):
        self.circle = self


@pytest.mark.parametrize("when", ["fit", "predict"])
def test_nothing_stays_in_memory_that_it_ran_out_of(when):
    alive = []

    class Hoards(Faulty):
        def fit(self, X, y):
            self.buffer_ = Buffer()
            alive.append(weakref.ref(self.buffer_))
            if when == "fit":
                self._fill()
            return super().fit(X, y)

        def predict(self, X):
            self._fill()

        def _fill(self):
            buffer = Buffer()
            alive.append(weakref.ref(buffer))
            try:
                raise ValueError("of the device") from None
            except ValueError:
                raise MemoryError("full") from None

    gc.disable()
    try:
        result = run(Hoards(), keep_exceptions=True)
        assert [ref() for ref in alive] == [None, None]
    finally:
        gc.enable()
    (failure,) = result.failures
    assert isinstance(failure.exception, MemoryError)
    assert failure.exception.__traceback__ is not None, "it is shown to the user"


# ---- rows ---------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["rbf", "precomputed"])
@pytest.mark.parametrize("rows", [np.arange(0, 60, 3), np.arange(60) % 3 == 0])
@pytest.mark.parametrize(
    "convert", [np.asarray, list, pd.DataFrame, np.ma.asarray, scipy.sparse.csr_array]
)
def test_rows_are_those_of_scikit_learn(convert, rows, kernel):
    K = convert(np.arange(3600.0).reshape(60, 60))
    if kernel == "precomputed" and not isinstance(K, np.ndarray):
        pytest.skip("a kernel matrix is an array")
    estimator = SVC(kernel=kernel)
    train = np.arange(5)
    for given in (None, y[:60]):
        ours = _take(estimator, K, given, rows, train)
        theirs = safe_split(estimator, K, given, rows, train)
        for our, their in zip(ours, theirs, strict=True):
            assert type(our) is type(their)
            if scipy.sparse.issparse(our):
                our, their = our.toarray(), their.toarray()
            np.testing.assert_array_equal(our, their)
