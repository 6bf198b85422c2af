"""Arguments that cannot be used are refused before the first fit."""

import re

import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.metrics import (
    accuracy_score,
    get_scorer,
    get_scorer_names,
    hamming_loss,
    mean_squared_error,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

X, y = load_iris(return_X_y=True)
SEARCHES = [GridSearchCV, RandomSearchCV, BayesSearchCV]


@pytest.mark.parametrize("cls", SEARCHES)
def test_a_class_instead_of_an_estimator(cls):
    message = "got the class SVC. Make an instance: SVC()."
    with pytest.raises(TypeError, match=re.escape(message)):
        cls(SVC, {"C": [1, 2]}).fit(X, y)
    message = (
        f"the step 'svc' of estimator must be an instance of an estimator, {message}"
    )
    with pytest.raises(TypeError, match=re.escape(message)):
        cls(Pipeline([("svc", SVC)]), {"svc__C": [1, 2]}).fit(X, y)


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("acuracy", "'accuracy' or"),
        ("acc", "'accuracy'?"),
        ("Precison", "'precision'"),
        ("balanced", "'balanced_accuracy'?"),
        ("ROC-AUC", "'roc_auc'?"),
        ("auc", "'roc_auc'"),
        ("f1_score", "'f1'?"),
        ("f1score", "'f1'?"),
        ("mean_squared_error", "'neg_mean_squared_error'?"),
        ("rmse", "'neg_root_mean_squared_error'?"),
        ("mape", "'neg_mean_absolute_percentage_error'?"),
        ("logloss", "'neg_log_loss'?"),
    ],
)
def test_a_misspelt_scorer(given, near):
    message = f"The 'scoring' parameter of GridSearchCV must .* got '{given}'. Did you "
    with pytest.raises(ValueError, match=message + "mean " + re.escape(near)):
        GridSearchCV(SVC(), {}, scoring=given).fit(X, y)


def test_a_scorer_like_none():
    with pytest.raises(ValueError, match=r"got 'xyz'\. All names are in sklearn"):
        BayesSearchCV(SVC(), {"C": [1, 2]}, scoring="xyz").fit(X, y)


@pytest.mark.parametrize(
    "scoring", [["accuracy", "f1_makro"], ("f1_makro",), {"a": "f1_makro"}]
)
def test_a_misspelt_scorer_among_others(scoring):
    search = RandomSearchCV(SVC(), {"C": [1, 2]}, scoring=scoring, refit=False)
    with pytest.raises(ValueError, match=r"got 'f1_makro'\. Did you mean 'f1_macro'"):
        search.fit(X, y)


@pytest.mark.parametrize(
    ("metric", "remedy"),
    [
        (accuracy_score, "Pass 'accuracy' or sklearn.metrics.make_scorer(accuracy_sc"),
        (mean_squared_error, "Pass 'neg_mean_squared_error' or sklearn.metrics.make"),
        (hamming_loss, "(estimator, X, y), got the metric hamming_loss."),
    ],
)
def test_a_metric_instead_of_a_scorer(metric, remedy):
    for scoring in (metric, {"one": metric}):
        search = BayesSearchCV(SVC(), {"C": [1, 2]}, scoring=scoring, refit=False)
        with pytest.raises(TypeError, match=re.escape(remedy)):
            search.fit(X, y)


def test_a_scorer_without_a_module():
    namespace = {}
    exec("def score(estimator, X, y): return estimator.score(X, y)", namespace)
    score = namespace["score"]
    assert score.__module__ is None
    search = GridSearchCV(SVC(), {"C": [1]}, scoring=score).fit(X, y)
    assert search.best_score_ > 0.9


def test_every_name_of_scikit_learn_is_taken():
    for name in get_scorer_names():
        for scoring in (name, get_scorer(name)):
            search = GridSearchCV(SVC(), {"c": [1]}, scoring=scoring)
            with pytest.raises(ValueError, match="Invalid parameter 'c'"):
                search.fit(X, y)


@pytest.mark.parametrize("name", ["callback", "callbacks"])
@pytest.mark.parametrize("estimator", [SVC(), make_pipeline(SVC())])
def test_callbacks_as_a_parameter_of_fit(name, estimator):
    message = f"fit got '{name}', which the fit of {type(estimator).__name__} does not"
    with pytest.raises(TypeError, match=message + r".*search.set_callbacks\(\.\.\.\)"):
        GridSearchCV(estimator, {}).fit(X, y, **{name: print})


@pytest.mark.parametrize("has_name", [True, False])
def test_an_estimator_that_takes_callbacks_gets_them(has_name):
    class Named(BaseEstimator):
        def fit(self, X, y, callbacks=None):
            self.seen_ = callbacks
            return self

        def score(self, X, y):
            return 1.0

    class Anything(Named):
        def fit(self, X, y, **params):
            return super().fit(X, y, **params)

    search = GridSearchCV(Named() if has_name else Anything(), {})
    assert search.fit(X, y, callbacks=[1]).best_estimator_.seen_ == [1]
