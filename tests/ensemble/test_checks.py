"""What users may give as members and weights."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp.ensemble import EnsembleClassifier

X, LABELS = load_iris(return_X_y=True)
BAYES = ("bayes", GaussianNB())


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"estimators": []}, "non-empty list of \\(string, estimator\\) tuples"),
        ({"estimators": [BAYES, BAYES]}, "Names provided are not unique"),
        ({"estimators": [("cv", GaussianNB())]}, "conflict with constructor arguments"),
        ({"estimators": [("bayes", "drop")]}, "All estimators are dropped"),
        ({"estimators": [("ridge", Ridge())]}, "The estimator Ridge should be a class"),
        ({"cv": 1}, "The 'cv' parameter of EnsembleClassifier must be"),
        ({"weights": 3}, "The 'weights' parameter of EnsembleClassifier must be"),
        ({"weights": [1]}, r"one number for each of the 2 estimators, got .* \(1,\)"),
        ({"weights": [[1, 2]]}, r"one number for each of the 2 est.* \(1, 2\)"),
        ({"weights": [1, -1]}, r"finite and not negative, got \[1, -1\]"),
        ({"weights": [1, np.nan]}, "finite and not negative"),
        ({"estimators": [GaussianNB()]}, r"\(name, estimator\) tuples, got GaussianNB"),
        ({"estimators": [(*BAYES, 1)]}, r"\(name, estimator\) tuples, got \('bayes'"),
        ({"weights": [0, 0]}, "At least one weight must be positive"),
    ],
)
def test_what_is_refused(params, message):
    tree = ("tree", DecisionTreeClassifier())
    ensemble = EnsembleClassifier(**({"estimators": [BAYES, tree]} | params))
    with pytest.raises(ValueError, match=message):
        ensemble.fit(X, LABELS)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"estimators": [("tree", None)]},
            "must be an estimator or 'drop', got None",
        ),
        ({"estimators": [BAYES, ("tree", "dropp")]}, "or 'drop', got 'dropp'"),
        ({"estimators": [("bayes", GaussianNB)]}, "got estimator class instead"),
        ({"weights": ["1"]}, r"weights must be numbers, got \['1'\]"),
    ],
)
def test_what_has_another_type(params, message):
    ensemble = EnsembleClassifier(**({"estimators": [BAYES]} | params))
    with pytest.raises(TypeError, match=message):
        ensemble.fit(X, LABELS)


def test_precomputed_kernels_have_no_fold_models():
    ensemble = EnsembleClassifier([BAYES, ("svc", SVC(kernel="precomputed"))], cv=2)
    with pytest.raises(ValueError, match="The member 'svc' takes a precomputed kernel"):
        ensemble.fit(X @ X.T, LABELS)
