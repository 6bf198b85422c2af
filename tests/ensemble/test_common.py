"""scikit-learn's checks of all estimators."""

import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_hp.ensemble import EnsembleClassifier, EnsembleRegressor

LINEAR = ("linear", LogisticRegression(C=1))
TREE = ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))
NUMBERS = [
    ("linear", LinearRegression()),
    ("tree", DecisionTreeRegressor(max_depth=3, random_state=0)),
]
ESTIMATORS = [
    EnsembleClassifier([LINEAR, TREE]),
    EnsembleClassifier([LINEAR, ("bayes", GaussianNB())], weights=[1, 2], cv=2),
    EnsembleClassifier([("svc", LinearSVC()), ("ridge", RidgeClassifier())]),
    EnsembleClassifier([("ridge", RidgeClassifier()), TREE]),
    EnsembleRegressor(NUMBERS),
    EnsembleRegressor(NUMBERS, cv=2),
]


# nan and inf in y, before type_of_target refuses them; a class without a weight
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@pytest.mark.filterwarnings("ignore:divide by zero encountered in log")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_check(estimator, check):
    check(estimator)
