"""Values that the estimator will refuse are told before the fits, others never."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV, suggest_space
from sklearn_hp.model_selection._checks._values import check_values
from sklearn_hp.space import log_randint

X, y = load_iris(return_X_y=True)
FOREST = RandomForestClassifier(n_estimators=2, random_state=0)
PIPE = Pipeline([("scale", StandardScaler()), ("pca", PCA()), ("svc", SVC())])


def said(estimator, space):
    """Return the warnings and the error of a space."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            check_values(estimator, space, "space")
        except ValueError as exc:
            return [str(one.message) for one in seen], str(exc)
    return [str(one.message) for one in seen], None


@pytest.mark.parametrize("cls", [GridSearchCV, RandomSearchCV, BayesSearchCV])
def test_some_values_that_are_excluded(cls):
    search = cls(SVC(), {"kernel": ["liner", "rbf"], "C": [1.0]}, cv=2)
    if cls is not GridSearchCV:
        search.set_params(n_iter=2)
    message = (
        r"\['kernel'\] has 'liner'\. The 'kernel' parameter of SVC must be .* Got "
        r"'liner' instead\. Did you mean 'linear'\? Candidates with such a value fail\."
    )
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        search.fit(X, y)
    told = [one for one in seen if re.search(message, str(one.message))]
    assert len(told) == 1
    assert Path(told[0].filename) == Path(__file__)
    # and the search went on, as scikit-learn's
    assert search.best_params_ == {"kernel": "rbf", "C": 1.0}
    assert FitFailedWarning in {one.category for one in seen}


@pytest.mark.parametrize("cls", [GridSearchCV, RandomSearchCV, BayesSearchCV])
def test_all_values_are_excluded(cls):
    class NeverFitted(SVC):
        pass

    NeverFitted.score = None
    search = cls(NeverFitted(), {"C": [-1, -2], "gamma": [1.0]}, scoring="accuracy")
    message = r"\['C'\] has -1, -2\. The 'C' .* Got -1 instead\. So no candidate can"
    with pytest.raises(ValueError, match=message):
        search.fit(X, y)


@pytest.mark.parametrize(
    ("estimator", "space", "message"),
    [
        (SVC(), {"kernel": ["Linear", "rbf"]}, "Did you mean 'linear'?"),
        (SVC(), {"C": [None, 1]}, "has None. The 'C' parameter of SVC must be"),
        (SVC(), {"C": stats.uniform(-1, 2)}, "space['C'] = uniform(-1, 2) draws -0.9"),
        (SVC(), {"C": stats.norm(0, 1)}, "space['C'] = norm(0, 1) draws -1.86"),
        (
            SGDClassifier(),
            {"l1_ratio": stats.uniform(0.5, 1)},
            "for 0.5 to 1 write uniform(0.5, 0.5).",
        ),
        (FOREST, {"max_depth": stats.randint(0, 9)}, "randint(0, 9) draws 0. The"),
        (FOREST, {"max_features": stats.uniform(1, 9)}, "stats.randint(1, 11)"),
        (FOREST, {"n_estimators": range(500_000)}, "['n_estimators'] has 0. The"),
        (PIPE, {"svc__kernel": ["liner", "rbf"]}, "Did you mean 'linear'?"),
        (PIPE, {"pca__n_components": [0.5, -2]}, "space['pca__n_components'] has -2."),
        (SVC(), [{"C": [-1]}, {"C": [1]}], "space['C'] has -1."),
    ],
)
def test_values_that_some_candidates_have(estimator, space, message):
    warned, error = said(estimator, space)
    assert error is None
    assert len(warned) == 1
    assert message in warned[0]


@pytest.mark.parametrize(
    ("estimator", "space", "message"),
    [
        (FOREST, {"max_depth": stats.uniform(1, 10)}, "use scipy.stats.randint(1, 12)"),
        (SVC(), {"C": [stats.loguniform(1, 9)]}, "without a list around it"),
        (FOREST, {"max_depth": stats.loguniform(1, 99)}, "space.log_randint(1, 100)"),
        (FOREST, {"max_depth": stats.expon()}, "use scipy.stats.randint(low, high)."),
        (FOREST, {"n_estimators": np.linspace(10, 50, 3)}, "numbers, list integers."),
        (SVC(), {"C": stats.uniform(-3, 2)}, "draws -2.94"),
        (SVC(), [{"C": [-1]}, {"C": [1], "degree": [-1]}], "space['C'] has -1."),
        (SVC(), {"C": [[1, 2], [3]]}, "To try its elements, list them one by one."),
        (SVC(), {"C": np.ones((2, 9))}, "has array([1, 1, 1, 1, 1, 1, 1, 1, 1])."),
        (
            PIPE,
            {"svc": [LogisticRegression()], "svc__C": [-1]},
            "The 'C' parameter of LogisticRegression must",
        ),
    ],
)
def test_values_that_all_candidates_have(estimator, space, message):
    warned, error = said(estimator, space)
    assert warned == []
    assert message in error
    assert error.endswith("So no candidate can be fitted.")


class OwnFit(SVC):
    def fit(self, X, y):
        self.kernel = "rbf"
        return super().fit(X, y)


class OwnValidation(SVC):
    def _validate_params(self):
        pass


class OwnSetting(SVC):
    def set_params(self, **params):
        if params.get("C") == "strong":
            params["C"] = 0.01
        return super().set_params(**params)


class OwnTransform(PCA):
    def fit_transform(self, X, y=None):
        return X


class UserFamily(stats.rv_continuous):
    def _ppf(self, q):
        raise AssertionError("slow")


class Anything:
    """Has no constraints, and would not be asked in vain."""

    def __getattr__(self, name):
        raise AssertionError(name)


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        # whether, or by what, these are checked cannot be known
        (OwnFit(), {"kernel": ["liner"]}),
        (OwnValidation(), {"kernel": ["liner"]}),
        (OwnSetting(), {"C": ["strong"]}),
        (Pipeline([("svc", OwnSetting())]), {"svc__C": ["strong", 1]}),
        (Pipeline([("pca", OwnTransform())]), {"pca__n_components": [-2]}),
        (BaggingClassifier(SVC()), {"estimator__kernel": ["liner"]}),
        (PIPE, {"svc": [SVC(), LogisticRegression()], "svc__kernel": ["liner"]}),
        (PIPE, {"steps": [[("svc", OwnFit())]], "svc__kernel": ["liner"]}),
        (PIPE, {"pca": ["passthrough"]}),
        (SVC(), {"kernel": [Anything(), "rbf"]}),
        (SVC(), {"no_such": [1]}),
        (SelectKBest(), {"k": ["all", 1]}),
        (SVC(), {"C": stats.uniform([-3, -2], 1)}),
        (SVC(), {"C": stats.uniform(-3, 0)}),
        (SVC(), {"C": UserFamily()(loc=-3)}),
        # and these are taken
        (SVC(), {"C": stats.expon(scale=100), "gamma": ["scale", 0.1]}),
        (FOREST, {"max_features": stats.uniform(0, 1), "max_depth": log_randint(1, 9)}),
        (FOREST, {"max_features": [1, 0.5, None, "sqrt"]}),
        (FOREST, {"max_depth": stats.randint(1, 9), "bootstrap": [True, False]}),
        (FOREST, {"n_estimators": np.arange(1, 9)}),
        (MLPClassifier(), {"hidden_layer_sizes": [(5,), [5, 5], 9]}),
    ],
)
def test_nothing_is_said_of(estimator, space):
    assert said(estimator, space) == ([], None)


def test_a_little_overlap_is_not_none():
    # a range of which less than one draw in 30 is allowed
    warned, error = said(FOREST, {"max_features": stats.uniform(-100, 1000)})
    assert len(warned) == 1
    assert error is None


def test_no_check_without_scikit_learns():
    with config_context(skip_parameter_validation=True):
        assert said(SVC(), {"kernel": ["liner"]}) == ([], None)


@pytest.mark.parametrize(
    "estimator",
    [SVC(), FOREST, LogisticRegression(), HistGradientBoostingClassifier(), PIPE],
)
def test_defaults_and_suggested_spaces_are_taken(estimator):
    params = estimator.get_params(deep=False)
    defaults = {name: [value] for name, value in params.items()}
    assert said(estimator, defaults) == ([], None)
    assert said(estimator, suggest_space(estimator)) == ([], None)
