import math

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, check_scoring
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp._records import Task, Trial
from sklearn_hp.evaluation import Evaluation, evaluate
from tests.faults import Faulty

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
    "value, reason",
    [
        (np.inf, "The score is not finite: score = inf"),
        (np.nan, "The score is not finite: score = nan"),
        (1j, "scoring must return a real number, got the complex number 1j"),
        ("high", "scoring must return a number, got 'high' (<class 'str'>)"),
        ([1.0], r"scoring must return a number, got [1.0] (<class 'list'>)"),
    ],
)
def test_a_score_that_is_none(value, reason):
    result = run(Faulty(), scorer=lambda *args: value)
    assert result.score_failures["test", "score"].reason.startswith(reason)


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
