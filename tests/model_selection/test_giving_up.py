"""A search ends early if no candidate can succeed, and never if one could."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)
rng = np.random.default_rng(0)
X_nan = np.where(rng.random(X.shape) < 0.5, np.nan, X)
X_text = pd.DataFrame(X, columns=list("abcd")).assign(town=np.where(y, "Oslo", "Rome"))
labels = np.where(y == 0, "no", "yes")

SPACE = {"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "poly"]}
GRID = {"C": np.logspace(-2, 2, 25), "kernel": ["rbf", "poly"]}


def broken_scorer(estimator, X, y):
    raise KeyError("scorer broken")


def scores_of_rows(estimator, X, y):
    return estimator.decision_function(X)


CASES = {
    "text": (X_text, y, None, "ValueError: could not convert string to float: "),
    "NaN": (X_nan, y, None, "ValueError: Input X contains NaN."),
    "pos_label": (X, labels, make_scorer(f1_score, pos_label="si"), "ValueError: pos_"),
    "scorer": (X, y, broken_scorer, "KeyError: 'scorer broken'"),
    "no number": (X, y, scores_of_rows, "scoring must return a number, got array("),
    "scorers": (X, y, {"a": broken_scorer, "b": broken_scorer}, "KeyError: 'scorer "),
}


def search_of(cls, estimator, n_jobs=None, **kwargs):
    if cls is GridSearchCV:
        return cls(estimator, GRID, cv=5, n_jobs=n_jobs, **kwargs)
    return cls(
        estimator, SPACE, n_iter=50, cv=5, random_state=0, n_jobs=n_jobs, **kwargs
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("cls", [GridSearchCV, RandomSearchCV, BayesSearchCV])
def test_it_ends_early(cls, case):
    X, y, scoring, reason = CASES[case]
    refit = "a" if case == "scorers" else True
    search = search_of(cls, SVC(), scoring=scoring, refit=refit)
    with pytest.raises(
        ValueError, match="All fits failed, for a reason that"
    ) as caught:
        search.fit(X, y)
    first, what, _, trace = str(caught.value).split("\n", 3)
    assert first.startswith(reason)
    n_fits = int(re.search(r"ended after (\d+) of 250 fits", what)[1])
    assert n_fits <= 15
    assert "pass a number as error_score" in what
    assert trace.startswith(("Traceback", "scoring must"))
    assert search.stop_reason_ == f"no candidate can succeed: {first}"
    # what ran is there, and nothing of what ran to find out
    assert len(search.failures_) < n_fits * (1 + (case == "scorers"))
    n_tried = len(search.cv_results_["params"])
    assert all(params.keys() == GRID.keys() for params in search.cv_results_["params"])
    assert n_tried >= (1 if cls is BayesSearchCV else 3)


@pytest.mark.parametrize(
    "cls", [BayesSearchCV, pytest.param(GridSearchCV, marks=pytest.mark.slow)]
)
def test_it_ends_early_with_workers(cls):
    with pytest.raises(ValueError, match="All fits failed, for a reason") as caught:
        search_of(cls, SVC(), n_jobs=2).fit(X_nan, y)
    assert int(re.search(r"ended after (\d+) of", str(caught.value))[1]) <= 30


def test_if_the_candidates_may_be_the_cause_it_says_so():
    with pytest.raises(ValueError, match="All fits failed, in the same way") as caught:
        GridSearchCV(Fussy(), {"a": range(20), "c": list("xy")}).fit(X, y)
    what = str(caught.value).splitlines()[1]
    assert "40 different candidates" in what
    assert "ended after 41 of 200 fits. Correct the data, the estimator, the " in what
    assert "the scorer or the space." in what


def test_a_search_without_a_number_of_candidates_ends_early():
    search = RandomSearchCV(SVC(), SPACE, n_iter=None, timeout=60.0, random_state=0)
    with pytest.raises(ValueError, match=r"ended after \d+ fits\. Correct the data"):
        search.fit(X_nan, y)


# ------------------------------------------------------------ where it must not


class Fussy(ClassifierMixin, BaseEstimator):
    """Fits only with some values, and says the same of all others."""

    def __init__(self, a=0.5, b=0.5, kind="none", c="none"):
        self.a, self.b, self.kind, self.c = a, b, kind, c

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        valid = {
            "large": self.a > 7,
            "corner": self.a > 7 and self.b < 2,
            "both": self.kind == "both" and self.a > 7,
            "middle": self.a == 50,
            "two in the middle": self.a == 4 and self.b == 6,
            "three": self.kind == "three" and self.c == "q" and self.b == 3,
        }
        if not valid.get(self.kind.removeprefix("only "), False):
            raise ValueError("these parameters are not valid")
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def steps(**kwargs):
    return Pipeline([*kwargs.items(), ("model", LogisticRegression())])


ONE_HOT = OneHotEncoder(handle_unknown="ignore")
RUN_ON = {
    "solver": (
        LogisticRegression(),
        {"l1_ratio": [1.0, 0.5, 0.0], "solver": ["lbfgs"], "C": [0.1, 1, 10, 100]},
        X,
    ),
    "neighbours": (
        KNeighborsClassifier(7),
        {"n_neighbors": [10, 9, 8, 7, 6, 2], "weights": ["uniform", "distance"]},
        X[::25],
    ),
    "step": (
        steps(encoder="passthrough"),
        {
            "encoder": ["passthrough", ONE_HOT],
            "model__C": [0.1, 0.3, 1, 3, 10],
        },
        X_text,
    ),
    "two steps": (
        steps(imputer="passthrough", encoder="passthrough"),
        {
            "imputer": ["passthrough", SimpleImputer(strategy="most_frequent")],
            "encoder": ["passthrough", StandardScaler(), ONE_HOT],
            "model__C": [0.1, 1, 10],
        },
        X_text.mask(rng.random(X_text.shape) < 0.1),
    ),
    "range": (Fussy(kind="large"), {"a": np.arange(10)}, X),
    "range of which a part is valid": (Fussy(kind="large"), {"a": range(100)}, X),
    "corner": (
        Fussy(kind="corner"),
        {"a": np.arange(10.0), "b": np.arange(10.0)},
        X,
    ),
    "one number in the middle": (Fussy(kind="middle"), {"a": range(100)}, X),
    "two numbers in the middle": (
        Fussy(kind="two in the middle"),
        {"a": np.arange(10), "b": np.arange(10)},
        X,
    ),
    "three choices": (
        Fussy(),
        {"b": range(6), "c": list("opqrs"), "kind": ["both", "three", "none"]},
        X,
    ),
    "one of the choices": (
        Fussy(),
        {"kind": ["u", "v", "w", "both"], "a": [0, 2, 4, 6, 8]},
        X,
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", RUN_ON)
def test_it_runs_on_where_a_later_candidate_succeeds(case):
    estimator, grid, X = RUN_ON[case]
    rows = X.index if hasattr(X, "index") else np.arange(len(X))
    target = (y[::25] > 1) if case == "neighbours" else y[rows]

    def fit(cls, **kwargs):
        return cls(estimator, grid, cv=2, **kwargs).fit(X, target)

    expected = fit(sklearn.model_selection.GridSearchCV).cv_results_
    assert 0 < np.isfinite(expected["mean_test_score"]).sum() < len(expected["params"])
    for n_jobs in (1, 2):
        results = fit(GridSearchCV, n_jobs=n_jobs).cv_results_
        assert results["params"] == expected["params"]
        for name in ("mean_test_score", "split1_test_score"):
            np.testing.assert_array_equal(results[name], expected[name])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_a_space_of_which_a_part_is_valid(cls):
    space = {"a": uniform(0, 8), "b": uniform(0, 10)}
    search = cls(Fussy(kind="large"), space, n_iter=40, cv=5, random_state=0)
    search.fit(X, y)
    assert len(search.cv_results_["params"]) == 40
    assert search.best_params_["a"] > 7


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_a_number_as_error_score_runs_on(cls):
    search = search_of(cls, SVC(), scoring=broken_scorer, error_score=-1.0)
    search.set_params(n_iter=20)
    assert len(search.fit(X, y).cv_results_["params"]) == 20


def test_error_score_raise_raises_at_once():
    with pytest.raises(KeyError, match="scorer broken"):
        search_of(GridSearchCV, SVC(), scoring=broken_scorer, error_score="raise").fit(
            X, y
        )


@pytest.mark.parametrize("refit", [False, lambda results: 0])
def test_a_search_that_wants_no_score_runs_on(refit):
    search = search_of(GridSearchCV, Faulty(), scoring=broken_scorer, refit=refit)
    search.set_params(param_grid={"quality": list(range(20))})
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, y)
    assert len(search.cv_results_["params"]) == 20
    # and ends if nothing can be fitted
    with pytest.raises(ValueError, match="All fits failed, for a reason"):
        search_of(GridSearchCV, SVC(), refit=refit).fit(X_nan, y)


def test_without_a_refit_all_splits_have_to_fail():
    folds = [(np.arange(10), np.arange(5)), *[(np.arange(150), np.arange(150))] * 4]
    search = search_of(GridSearchCV, SVC(), refit=False).set_params(cv=folds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = search.fit(X, y).cv_results_  # the first has a single class
    assert np.isfinite(results["split1_test_score"]).all()


def test_all_candidates_of_a_small_grid_are_evaluated():
    search = GridSearchCV(SVC(), {"C": [1, 10, 100]}, cv=2)
    with pytest.raises(ValueError, match="All the 6 fits failed"):
        search.fit(X_nan, y)


@pytest.mark.filterwarnings("ignore")
def test_a_search_in_which_fits_succeed_runs_each_once():
    n_fits = []

    class Counts(Faulty):
        def fit(self, X, y):
            n_fits.append(len(X))
            return super().fit(X, y)

    grid = {"quality": np.linspace(0, 1, 20), "fault": [None, "exception"]}
    GridSearchCV(Counts(), grid, cv=2, refit=False).fit(X, y)
    assert len(n_fits) == 2 * len(ParameterGrid(grid))
