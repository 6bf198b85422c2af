"""Splits that cannot be used are refused; a generator serves more than one fit."""

import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import (
    KFold,
    PredefinedSplit,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from tests.faults import Faulty
from tests.model_selection.bayes import Bumpy

X, y = load_iris(return_X_y=True)
N = len(X)
ALL = np.arange(N)
SEARCHES = [GridSearchCV, RandomSearchCV, BayesSearchCV]


def search_for(cls, cv, estimator=None):
    search = cls(Faulty() if estimator is None else estimator, {"quality": [0.1, 0.2]})
    if cls is not GridSearchCV:
        search.set_params(n_iter=2, random_state=0)
    return search.set_params(cv=cv)


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(
    "cv", [[], iter([]), PredefinedSplit(np.full(N, -1))], ids=["list", "iter", "-1"]
)
def test_no_splits(cls, cv):
    with pytest.raises(ValueError, match="No fits were performed"):
        search_for(cls, cv).fit(X, y)


@pytest.mark.parametrize("cls", SEARCHES)
@pytest.mark.parametrize(
    ("cv", "error", "message"),
    [
        (KFold, TypeError, "got the class KFold. Make an instance: cv=KFold(...)."),
        (["train"], TypeError, "Split 0 of cv must be a pair (train, test) of index"),
        ([(ALL, ALL), 3], TypeError, "Split 1 of cv must be a pair"),
        ([None], TypeError, "got None of type NoneType. Pass a number of folds"),
        ([(ALL, ALL, ALL)], TypeError, "Split 0 of cv must be a pair"),
        ({"train": ALL}, TypeError, "got 'train' of type str"),
        ([(ALL, [])], ValueError, "Split 0 of cv has no rows to score on"),
        ([(ALL, ALL < 0)], ValueError, "Split 0 of cv has no rows to score on"),
        ([(ALL, ALL + 1)], ValueError, f"has the index {N}, and the data has {N} rows"),
        (
            [(-1 - ALL, -2 - ALL)],
            ValueError,
            f"test of split 0 of cv has the index {-N - 1}",
        ),
        ([(ALL[1:] > 3, ALL)], ValueError, f"a mask of {N - 1} values for {N} rows"),
        ([("a", "b")], TypeError, "train of split 0 of cv must be a one-dimensional"),
        ([(ALL, ["a", "b"])], TypeError, "Labels of rows are not indices"),
        ([(ALL, 1.0 * ALL)], TypeError, f"shape ({N},) and dtype float64"),
        ([(ALL, ALL[:, None])], TypeError, f"shape ({N}, 1) and dtype int"),
        ([(ALL, 3)], TypeError, "got an array of shape ()"),
        (
            [(slice(None), ALL)],
            TypeError,
            f"got slice(None, None, None). For all rows, pass numpy.arange({N}).",
        ),
    ],
)
def test_splits_that_are_none(cls, cv, error, message):
    with pytest.raises(error, match=re.escape(message)):
        search_for(cls, cv).fit(X, y)


def test_what_is_fitted_before_needs_no_training_rows():
    search = GridSearchCV(Bumpy(), {"a": [0.1, 0.3]}, cv=[(ALL[:0], ALL)])
    with pytest.warns(UserWarning, match="Split 0 of cv has no rows to train") as seen:
        search.fit(X, y)
    assert Path(seen[0].filename) == Path(__file__)
    assert search.best_params_ == {"a": 0.3}


@pytest.mark.parametrize("cls", SEARCHES)
def test_splits_of_every_kind(cls):
    halves = ALL[:75], ALL[75:]
    for split in (
        (halves[0].tolist(), range(75, N)),
        (ALL < 75, (ALL >= 75).tolist()),
        (halves[0] - N, halves[1] - N),
        (halves[0].astype(np.uint8), halves[1].astype(np.int16)),
        np.stack(halves),
    ):
        search = search_for(cls, [split]).fit(X, y)
        assert search.n_splits_ == 1


@pytest.mark.parametrize("cls", SEARCHES)
def test_a_generator_serves_every_fit(cls):
    search = search_for(cls, KFold(3).split(X))
    first = search.fit(X, y).cv_results_["mean_test_score"]
    expected = search_for(cls, KFold(3)).fit(X, y).cv_results_["mean_test_score"]
    for other in (search, clone(search), pickle.loads(pickle.dumps(search))):
        again = other.fit(X, y).cv_results_
        np.testing.assert_array_equal(again["mean_test_score"], first)
        np.testing.assert_array_equal(again["mean_test_score"], expected)
        assert other.n_splits_ == 3


def test_only_what_can_be_read_once_is_replaced():
    for cv in (None, 3, KFold(3), list(KFold(3).split(X))):
        search = search_for(GridSearchCV, cv).fit(X, y)
        assert search.cv is cv


def test_a_search_inside_of_a_search():
    halves = KFold(2).split(X[:100])
    inner = search_for(BayesSearchCV, list(halves))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = cross_val_score(make_pipeline(inner), X, y, cv=[(ALL[:100], ALL)])
    assert np.isfinite(scores).all()
    # the rows that the inner search gets are fewer than its splits want
    with pytest.raises(ValueError, match="and the data has 50 rows"):
        cross_val_score(inner, X, y, cv=[(ALL[:50], ALL)], error_score="raise")
