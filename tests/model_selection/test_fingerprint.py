"""What differs between two searches is named, and what is equal is equal."""

import re
import threading
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp.model_selection._fingerprint import (
    check_same,
    fingerprint,
    versions,
    with_splits,
)

X, y = load_iris(return_X_y=True)
SPLITS = [(np.arange(100), np.arange(100, 150))]


def made(estimator=None, cls=RandomSearchCV, data=(X, y), splits=SPLITS, fit=(), **kw):
    """Return the fingerprint of a search."""
    estimator = SVC() if estimator is None else estimator
    search = cls(estimator, {"C": [1, 10]}, **kw)
    plan = SimpleNamespace(
        estimator=estimator,
        X=data[0],
        y=data[1],
        fit_params=dict(fit),
        score_params={},
        split_params={},
        random_state=search.random_state if cls is RandomSearchCV else None,
    )
    return with_splits(fingerprint(search, plan), splits)


def my_score(y_true, y_pred, weight=1):
    return weight * float(np.mean(y_true == y_pred))


CHANGES = {
    "search": {"cls": GridSearchCV},
    "estimator": {"estimator": LogisticRegression()},
    "estimator's gamma": {"estimator": SVC(gamma=2)},
    "scoring": {"scoring": "f1_macro"},
    "return_train_score": {"return_train_score": True},
    "random_state": {"random_state": 1},
    "X": {"data": (X + 1, y)},
    "y": {"data": (X, 1 - y)},
    "fit's sample_weight": {"fit": {"sample_weight": np.ones(150)}},
    "splits of cv": {"splits": [(np.arange(50, 150), np.arange(50))]},
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_differs_is_named(name):
    before, now = made(), made(**CHANGES[name])
    with pytest.raises(ValueError, match="differs from this one") as caught:
        check_same(before, now, "'a.db'", "Name a new file.")
    message = str(caught.value)
    assert f"{name}: " in message
    assert " then, " in message and "'a.db' is of a search" in message
    assert "Name a new file. You may change n_iter" in message
    assert ("give it a random_state" in message) == (name == "splits of cv")


def test_what_is_equal_passes():
    check_same(made(), made(), "", "")
    free = {"n_iter": 50, "timeout": 9, "n_jobs": 2, "refit": False, "verbose": 3}
    check_same(made(), made(**free), "", "")


@pytest.mark.parametrize("scoring", [make_scorer(my_score), partial(my_score)])
def test_equal_scorers_are_equal_and_others_are_not(scoring):
    other = make_scorer(my_score, weight=2)
    check_same(made(scoring=scoring), made(scoring=scoring), "", "")
    with pytest.raises(ValueError, match="scoring: "):
        check_same(made(scoring=scoring), made(scoring=other), "", "")


def test_parameters_deep_inside_are_compared():
    def pipeline(C):
        return make_pipeline(StandardScaler(), SVC(C=C))

    check_same(made(pipeline(1)), made(pipeline(1)), "", "")
    with pytest.raises(ValueError, match="estimator's svc__C: 1 then, 2 now"):
        check_same(made(pipeline(1)), made(pipeline(2)), "", "")


def _named(**steps):
    return Pipeline(list(steps.items()))


def _columns(**changes):
    inner = _named(scale=StandardScaler(**changes))
    return _named(pre=ColumnTransformer([("num", inner, [0, 1])]), svc=SVC())


BASE = {"scale": StandardScaler(), "svc": SVC()}
CAUSES = {
    "a parameter": (_named(**BASE), _named(**{**BASE, "svc": SVC(C=2)}), ["svc__C"]),
    "another step": (
        _named(**BASE),
        _named(**{**BASE, "svc": LogisticRegression(C=3)}),
        ["svc"],
    ),
    "one more step": (_named(**BASE), _named(pca=PCA(), **BASE), ["pca"]),
    "one step less": (_named(pca=PCA(), **BASE), _named(**BASE), ["pca"]),
    "another order": (
        _named(**BASE),
        _named(**dict(reversed(BASE.items()))),
        ["steps"],
    ),
    "deep inside": (
        _columns(),
        _columns(with_std=False),
        ["pre__num__scale__with_std"],
    ),
    "another estimator": (SVC(), _named(**BASE), []),
}


@pytest.mark.parametrize(("before", "now", "names"), CAUSES.values(), ids=CAUSES)
def test_only_the_cause_is_named(before, now, names):
    with pytest.raises(ValueError, match="differs from this one") as caught:
        check_same(made(before), made(now), "", "")
    named = re.findall("estimator's ([a-z_A-Z]+): ", str(caught.value))
    assert named == names
    assert ("estimator: " in str(caught.value)) == (not names)


@pytest.mark.parametrize("wrap", [np.array, pd.DataFrame, sparse.csr_matrix, list])
def test_all_kinds_of_data(wrap):
    changed = X.copy()
    changed[3, 2] = 0
    check_same(made(data=(wrap(X), y)), made(data=(wrap(X.copy()), y)), "", "")
    with pytest.raises(ValueError, match=r"one\. X: "):
        check_same(made(data=(wrap(X), y)), made(data=(wrap(changed), y)), "", "")


def test_where_a_cache_is_does_not_count():
    def pipeline(memory):
        return make_pipeline(StandardScaler(), SVC(), memory=memory)

    expected = made(pipeline(None))
    for memory in ("a", Memory("b", verbose=0), Memory("c", verbose=0)):
        check_same(expected, made(pipeline(memory)), "", "")
    inner = [make_pipeline(pipeline(Memory(name, verbose=0))) for name in "bc"]
    check_same(*map(made, inner), "", "")


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match=r"whether estimator's gamma is the same"):
        made(SVC(gamma=threading.Lock()))


def test_versions_are_those_of_what_computes():
    found = versions(make_pipeline(SVC()))
    assert {
        "python",
        "sklearn_hp",
        "sklearn",
        "numpy",
        "scipy",
        "joblib",
    } <= found.keys()
