"""What is refused before the first fit, by name and with the remedy."""

import re

import numpy as np
import pytest
import scipy.stats
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, LeaveOneGroupOut
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from sklearn_hp import GridSearchCV, RandomSearchCV
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)


class NeverFitted(SVC):
    def fit(self, X, y=None):
        raise AssertionError("a fit was started")


def refused(search, error, message, X=X, y=y):
    with pytest.raises(error, match=message):
        search.fit(X, y)


PIPE = Pipeline([("scale", None), ("svc", NeverFitted())])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_unknown_parameter_names(n_jobs):
    grid = [{"C": [1, 2]}, {"c": [1], "kernel": ["rbf"]}]
    search = GridSearchCV(NeverFitted(), grid, n_jobs=n_jobs)
    refused(search, ValueError, r"(?s)Invalid parameter 'c'.*did you mean 'C'")
    search = RandomSearchCV(PIPE, {"svc__gama": [1, 2]}, n_iter=2, n_jobs=n_jobs)
    refused(search, ValueError, "did you mean 'svc__gamma'")
    # of another step, and of the nearer of two
    search = RandomSearchCV(PIPE, {"model__C": [1, 2]}, n_iter=2)
    refused(search, ValueError, "'model__C' \\(did you mean 'svc__C'\\?\\)")
    both = VotingClassifier([("svm", SVC()), ("lr", LogisticRegression())])
    search = RandomSearchCV(both, {"svn__C": [1, 2]}, n_iter=2)
    refused(search, ValueError, "did you mean 'svm__C' or 'lr__C'")
    search = RandomSearchCV(PIPE, {"SVC__C": [1, 2]}, n_iter=2)
    refused(search, ValueError, "Invalid parameter 'SVC'")


def test_names_may_depend_on_other_parameters():
    grid = [
        {"svc": [LogisticRegression(max_iter=1000)], "svc__l1_ratio": [0.0]},
        {"svc": [RandomForestClassifier(n_estimators=2)], "svc__max_depth": [1, 2]},
    ]
    assert len(GridSearchCV(PIPE, grid, cv=2).fit(X, y).cv_results_["params"]) == 3
    wrong = [*grid, {"svc": [LogisticRegression()], "svc__max_depth": [1]}]
    refused(GridSearchCV(PIPE, wrong), ValueError, "Invalid parameter 'max_depth'")


def test_checking_names_changes_no_estimator_of_the_user():
    inner = RandomForestClassifier(n_estimators=2)
    GridSearchCV(PIPE, {"svc": [inner], "svc__max_depth": [1]}, cv=2).fit(X, y)
    assert inner.max_depth is None
    steps = [("scale", None), ("svc", inner)]
    grid = [{"steps": [steps]}, {"steps": [steps], "svc__max_depth": [1]}]
    GridSearchCV(PIPE, grid, cv=2).fit(X, y)
    assert inner.max_depth is None


@pytest.mark.parametrize(
    "distributions, error, message",
    [
        ({"C": []}, ValueError, r"param_distributions['C'] is empty"),
        ([], ValueError, "param_distributions is an empty list"),
        ([[1]], TypeError, "must be a dict or a list of dicts, got [1] of type list"),
        ({"C": 3}, TypeError, "got 3 of type int. For a single value, pass a list of"),
        ({"kernel": "rbf"}, TypeError, "pass a list of one: ['rbf']"),
        ({"C": {1, 2}}, TypeError, "of type set. Pass list(...) of this set."),
        ({"C": (i for i in [1])}, TypeError, "Pass list(...) of this generator."),
        ({"C": np.array(1.0)}, TypeError, "pass a list of one: [array(1.)]"),
        ({1: [1]}, TypeError, "names of parameters, got 1 of type int"),
        (
            {"C": scipy.stats.loguniform},
            TypeError,
            "the family 'loguniform' of scipy.stats without its parameters 'a, b'. "
            "Freeze it, as in loguniform(..., ...)",
        ),
    ],
)
def test_distributions_that_cannot_be_drawn_from(distributions, error, message):
    # a distribution beside it, where scikit-learn checks less than for lists alone
    if isinstance(distributions, dict):
        distributions = {"gamma": scipy.stats.uniform(), **distributions}
    search = RandomSearchCV(NeverFitted(), distributions)
    refused(search, error, re.escape(message))


def test_what_can_be_drawn_from():
    distributions = {
        "quality": (0.1, 0.2, 0.3),
        "fault": np.array(["", "none"]),
        "bad_score": [None],
    }
    search = RandomSearchCV(Faulty(), distributions, n_iter=4, cv=2)
    assert len(search.fit(X, y).cv_results_["params"]) == 4
    # a family without parameters is its standard member
    search.set_params(param_distributions={"quality": scipy.stats.uniform}).fit(X, y)
    assert len(set(search.cv_results_["param_quality"])) == 4


@pytest.mark.parametrize(
    "grid, error, message",
    [
        ({"C": []}, ValueError, "(?s)'C' need.* non-empty sequence"),
        ({"kernel": "rbf"}, TypeError, "(?s)'kernel' need.*list"),
        ({"C": 3}, TypeError, "(?s)'C' need.*list"),
        ([], ValueError, "(?s)No fits were performed.*Were there no candidates"),
        (
            {"C": scipy.stats.loguniform(0.01, 1)},
            TypeError,
            r"param_grid\['C'\] must be a list of values, got the distribution "
            r"loguniform\(0.01, 1\)\. .* use BayesSearchCV or RandomSearchCV",
        ),
        (
            [{"C": [1]}, {"C": np.ones((2, 3))}],
            ValueError,
            r"param_grid\['C'\] must be one-dimensional, got an array of shape "
            r"\(2, 3\)\. .* values.ravel\(\); .* list\(values\)",
        ),
    ],
)
def test_grids_without_candidates(grid, error, message):
    refused(GridSearchCV(NeverFitted(), grid), error, message)


def test_an_estimator_without_score():
    class Scoreless(BaseEstimator):
        def fit(self, X, y):
            raise AssertionError("a fit was started")

        def predict(self, X):
            return X

    search = GridSearchCV(Scoreless(), {})
    refused(search, TypeError, "should have a 'score' method")


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"n_jobs": "2"}, "The 'n_jobs' parameter of GridSearchCV must be"),
        ({"scoring": "acuracy"}, "The 'scoring' parameter of GridSearchCV must be"),
        ({"error_score": "nan"}, "The 'error_score' parameter of GridSearchCV must be"),
        ({"refit": 3.5}, "The 'refit' parameter of GridSearchCV must be"),
        ({"param_grid": "C"}, "The 'param_grid' parameter of GridSearchCV must be"),
        ({"cv": 1}, "The 'cv' parameter of GridSearchCV must be"),
        ({"scoring": ["accuracy"], "refit": True}, "the parameter refit must be set"),
    ],
)
def test_wrong_parameters(kwargs, message):
    search = GridSearchCV(NeverFitted(), {"C": [1]}).set_params(**kwargs)
    refused(search, ValueError, message)


def test_no_splits():
    class NoSplits(KFold):
        def get_n_splits(self, *args, **kwargs):
            return 0

        def split(self, X, y=None, groups=None):
            return iter([])

    search = GridSearchCV(NeverFitted(), {"C": [1]}, cv=NoSplits())
    refused(search, ValueError, "No fits were performed. Was the CV iterator empty?")
    refused(search.set_params(cv=iter([])), ValueError, "No fits were performed")


def test_a_splitter_that_contradicts_itself():
    class Liar(KFold):
        def get_n_splits(self, *args, **kwargs):
            return 7

    search = GridSearchCV(NeverFitted(), {"C": [1]}, cv=Liar(3))
    refused(search, ValueError, "Expected 7 splits, got 3")


def test_groups_that_are_missing():
    search = GridSearchCV(NeverFitted(), {"C": [1]}, cv=LeaveOneGroupOut())
    refused(search, ValueError, "'groups' parameter should not be None")
