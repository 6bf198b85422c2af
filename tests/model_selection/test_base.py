"""What scikit-learn's own tests of its searches (tests/conformance) do not cover."""

import inspect
import pickle
from inspect import signature

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import sklearn.model_selection
from scipy.stats import randint
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import BaseCrossValidator, KFold, StratifiedKFold
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted

import sklearn_hp
import sklearn_hp.model_selection
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)
NAMES = [f"x{i}" for i in range(4)]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    "data",
    [
        (X.tolist(), y.tolist()),
        (pd.DataFrame(X, columns=NAMES), pd.Series(y)),
        (pl.DataFrame(X, schema=NAMES), pl.Series(y)),
        (scipy.sparse.csr_array(X), y),
        (np.asfortranarray(X), y.astype(str)),
    ],
    ids=["lists", "pandas", "polars", "sparse", "Fortran order"],
)
def test_data_of_every_kind(data, n_jobs):
    grid = {"C": [0.1, 1], "kernel": ["rbf", "linear"]}
    expected = sklearn.model_selection.GridSearchCV(SVC(), grid).fit(*data)
    search = sklearn_hp.GridSearchCV(SVC(), grid, n_jobs=n_jobs).fit(*data)
    for key in ("mean_test_score", "std_test_score", "rank_test_score"):
        np.testing.assert_array_equal(
            search.cv_results_[key], expected.cv_results_[key]
        )
    np.testing.assert_array_equal(search.predict(data[0]), expected.predict(data[0]))
    assert hasattr(search, "feature_names_in_") == isinstance(
        data[0], pd.DataFrame | pl.DataFrame
    )


ADDED = {
    "timeout": None,
    "racing": False,
    "n_pending": "auto",
    "ensemble": None,
    "keep_predictions": False,
    "fit_timeout": None,
    "fit_memory_limit": None,
    "checkpoint": None,
    "warm_start": False,
}


def test_one_import_is_all_that_changes():
    assert sklearn_hp.RandomizedSearchCV is sklearn_hp.RandomSearchCV
    for name in ("GridSearchCV", "RandomSearchCV", "RandomizedSearchCV"):
        ours = getattr(sklearn_hp, name)
        assert ours is getattr(sklearn_hp.model_selection, name)
        theirs = getattr(sklearn.model_selection, name, None)
        if theirs is not None:
            # positions, kinds and defaults
            parameters = [*inspect.signature(ours).parameters.values()]
            same, added = parameters[: -len(ADDED)], parameters[-len(ADDED) :]
            expected = signature(theirs).parameters.values()
            assert list(map(str, same)) == list(map(str, expected))
            assert [p.kind for p in same] == [p.kind for p in expected]
            assert {p.name: p.default for p in added} == ADDED
            assert {p.kind for p in added} == {inspect.Parameter.KEYWORD_ONLY}


class ShufflesAnew(BaseCrossValidator):
    """Gives other splits each time it is asked."""

    def __init__(self):
        self.rng = np.random.RandomState(0)

    def get_n_splits(self, X=None, y=None, groups=None):
        return 3

    def split(self, X, y=None, groups=None):
        return KFold(3, shuffle=True, random_state=self.rng).split(X)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_all_candidates_see_the_same_splits(n_jobs):
    def first_row(estimator, X, y):
        return float(X[:, 0].sum())

    search = sklearn_hp.GridSearchCV(
        Faulty(),
        {"quality": range(5)},
        scoring=first_row,
        cv=ShufflesAnew(),
        n_jobs=n_jobs,
    )
    results = search.fit(X, y).cv_results_
    for split in range(3):
        assert len(set(results[f"split{split}_test_score"])) == 1
    assert len({results[f"split{split}_test_score"][0] for split in range(3)}) == 3


def test_pre_dispatch_has_no_effect():
    scores = [
        sklearn_hp.GridSearchCV(
            SVC(), {"C": [1, 2]}, pre_dispatch=pre_dispatch, n_jobs=2
        )
        .fit(X, y)
        .cv_results_["mean_test_score"]
        .tolist()
        for pre_dispatch in (1, "n_jobs", "2*n_jobs")
    ]
    assert scores[0] == scores[1] == scores[2]


def test_fitted_or_not():
    search = sklearn_hp.GridSearchCV(SVC(), {"C": [1]})
    with pytest.raises(NotFittedError):
        check_is_fitted(search)
    check_is_fitted(search.fit(X, y))
    search.set_params(refit=False).fit(X, y)
    check_is_fitted(search)
    assert not hasattr(search, "predict")
    assert not hasattr(search, "best_estimator_"), "of the fit before"


def test_a_fitted_search_is_pickled_without_what_the_fit_needed():
    big = np.random.default_rng(0).normal(size=(1000, 500))
    search = sklearn_hp.GridSearchCV(Ridge(), {"alpha": [1, 10]}, cv=2)
    search.fit(big, big[:, 0])
    pickled = pickle.dumps(search)
    assert len(pickled) < 20_000
    restored = pickle.loads(pickled)
    np.testing.assert_array_equal(restored.predict(big), search.predict(big))
    assert restored.failures_ == []


def test_the_html_display_shows_the_search():
    search = sklearn_hp.RandomSearchCV(SVC(), {"C": [1, 2]}, n_iter=2)
    assert "RandomSearchCV" in search._repr_html_()
    assert "best_estimator_: SVC" in search.fit(X, y)._repr_html_()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_generator_shared_by_all_is_drawn_from_as_by_scikit_learn(n_jobs):
    def fit(cls):
        rng = np.random.RandomState(0)
        search = cls(
            RandomForestClassifier(n_estimators=3, random_state=rng),
            {"max_depth": randint(1, 9)},
            n_iter=4,
            cv=StratifiedKFold(3, shuffle=True, random_state=rng),
            n_jobs=n_jobs,
            random_state=rng,
        ).fit(X, y)
        return search.best_params_, search.predict_proba(X), rng.rand()

    params, proba, next_draw = fit(sklearn_hp.RandomSearchCV)
    expected = fit(sklearn.model_selection.RandomizedSearchCV)
    assert params == expected[0]
    np.testing.assert_array_equal(proba, expected[1])
    assert next_draw == expected[2]
