"""Ensembles of models that were fitted already."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import (
    KFold,
    PredefinedSplit,
    ShuffleSplit,
    StratifiedKFold,
    check_cv,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklearn_hp._responses import target_of
from sklearn_hp.ensemble import EnsembleClassifier, EnsembleRegressor
from sklearn_hp.ensemble._build import Member, fitted_ensemble

X, LABELS = load_iris(return_X_y=True)
X_NUMBERS, NUMBERS = (part[:120] for part in load_diabetes(return_X_y=True))
TARGET = target_of(LABELS, is_classifier=True)


def fold_models(estimator, X, y, cv):
    return [clone(estimator).fit(X[t], y[t]) for t, _ in cv.split(X, y)]


@pytest.mark.parametrize("cv", [3, StratifiedKFold(3, shuffle=True, random_state=1)])
def test_equals_what_its_clone_fits(cv):
    estimators = [("bayes", GaussianNB()), ("tree", DecisionTreeClassifier())]
    estimators[1][1].set_params(random_state=0)
    splitter = check_cv(cv, LABELS, classifier=True)
    members = [
        Member(name, estimator, weight, fold_models(estimator, X, LABELS, splitter))
        for (name, estimator), weight in zip(estimators, [5, 20], strict=True)
    ]
    ensemble = fitted_ensemble(members, TARGET, "predict_proba", cv)
    assert isinstance(ensemble, EnsembleClassifier)
    np.testing.assert_allclose(ensemble.weights_, [0.2, 0.8])
    assert ensemble.n_features_in_ == 4
    fitted = clone(ensemble).fit(X, LABELS)
    np.testing.assert_array_equal(ensemble.predict_proba(X), fitted.predict_proba(X))
    loaded = pickle.loads(pickle.dumps(ensemble))
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    attributes = {name for name in vars(fitted) if name.endswith("_")}
    assert {name for name in vars(ensemble) if name.endswith("_")} == attributes
    assert "tree, weight 0.8" in ensemble._repr_html_()


def test_decision_values_with_their_scales():
    models = [RidgeClassifier().fit(X, LABELS), LinearSVC().fit(X, LABELS)]
    members = [
        Member(name, clone(model), 1, [model], scale)
        for name, model, scale in zip("ab", models, [0.5, 4], strict=True)
    ]
    ensemble = fitted_ensemble(members, TARGET, "decision_function")
    one, other = (model.decision_function(X) for model in models)
    np.testing.assert_allclose(ensemble.decision_function(X), one + other / 8)


def test_numbers_fitted_on_all_rows():
    estimators = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(random_state=0))]
    members = [
        Member(name, one, 1, [clone(one).fit(X_NUMBERS, NUMBERS)])
        for name, one in estimators
    ]
    target = target_of(NUMBERS, is_classifier=False)
    ensemble = fitted_ensemble(members, target, "predict")
    assert isinstance(ensemble, EnsembleRegressor)
    fitted = EnsembleRegressor(estimators).fit(X_NUMBERS, NUMBERS)
    np.testing.assert_allclose(ensemble.predict(X_NUMBERS), fitted.predict(X_NUMBERS))


SPLITS = [*KFold(3).split(X)]
SPLITTER = ShuffleSplit(4, random_state=0)


@pytest.mark.parametrize(
    ("cv", "n_splits", "kept"),
    [
        (None, 1, None),
        (4, 4, 4),
        (SPLITTER, 4, SPLITTER),
        (SPLITS, 3, 3),
        (iter(SPLITS), 3, 3),
        (check_cv(SPLITS), 3, 3),
        (PredefinedSplit([-1, 0, 1, 2]), 3, 3),
        (SPLITS[:1], 1, None),
    ],
    ids=["None", "4", "splitter", "list", "iterator", "checked", "predefined", "one"],
)
def test_only_the_number_of_explicit_splits_is_kept(cv, n_splits, kept):
    model = GaussianNB().fit(X, LABELS)
    members = [Member("bayes", GaussianNB(), 1, [model] * n_splits)]
    assert fitted_ensemble(members, TARGET, "predict_proba", cv).cv is kept
