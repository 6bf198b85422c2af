"""What models answer, as columns and back."""

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import (
    load_iris,
    make_multilabel_classification,
)
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import get_scorer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC

from sklearn_hp._response_methods import method_of
from sklearn_hp._responses import (
    answers,
    as_given,
    predicted,
    respond,
    restored,
    stored,
    target_of,
)

X, LABELS = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[LABELS]
BINARY = np.where(LABELS == 1, "yes", "no")
OUTPUTS = np.column_stack([NAMES, BINARY])
NUMBERS = np.column_stack([X[:, 0], X[:, 1] * 100])
X_LABELS, INDICATORS = make_multilabel_classification(n_classes=4, random_state=0)

CLASSIFIERS = [
    (GaussianNB(), X, NAMES, "predict_proba"),
    (GaussianNB(), X, BINARY, "predict_proba"),
    (RidgeClassifier(), X, NAMES, "decision_function"),
    (LinearSVC(), X, BINARY, "decision_function"),
    (SVC(break_ties=True), X, LABELS, "decision_function"),
    (KNeighborsClassifier(), X, OUTPUTS, "predict_proba"),
    (RandomForestClassifier(5, random_state=0), X, OUTPUTS, "predict_proba"),
]
MULTILABEL = [
    (KNeighborsClassifier(), "predict_proba"),
    (MLPClassifier(max_iter=1000, random_state=0), "predict_proba"),
    (OneVsRestClassifier(LogisticRegression()), "predict_proba"),
    (OneVsRestClassifier(LinearSVC()), "decision_function"),
]


@pytest.mark.parametrize(("estimator", "X", "y", "method"), CLASSIFIERS)
def test_classes_come_back_as_the_estimator_gives_them(estimator, X, y, method):
    estimator.fit(X, y)
    target = target_of(y, is_classifier=True)
    assert method_of(estimator, target) == method
    values = respond(estimator, X, method, target)
    own = getattr(estimator, method)(X)
    given = as_given(values, method, target)
    assert isinstance(given, list) == isinstance(own, list)
    for ours, theirs in zip(given, own, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(
        predicted(values, method, target), estimator.predict(X)
    )


@pytest.mark.parametrize(("estimator", "method"), MULTILABEL)
def test_labels_have_a_column_each(estimator, method):
    estimator.fit(X_LABELS, INDICATORS)
    target = target_of(INDICATORS, is_classifier=True)
    assert target.multilabel
    assert method_of(estimator, target) == method
    values = respond(estimator, X_LABELS, method, target)
    assert values.shape == INDICATORS.shape
    np.testing.assert_array_equal(
        predicted(values, method, target), estimator.predict(X_LABELS)
    )
    assert as_given(values, method, target) is values


@pytest.mark.parametrize(
    "y", [NAMES, BINARY, OUTPUTS, LABELS], ids="3 2 two int".split()
)
def test_labels_are_votes(y):
    estimator = KNeighborsClassifier().fit(X, y)
    target = target_of(y, is_classifier=True)
    votes = respond(estimator, X, "predict", target)
    assert set(np.unique(votes)) == {0.0, 1.0}
    np.testing.assert_array_equal(
        as_given(votes, "predict", target), estimator.predict(X)
    )


def test_votes_of_labels_are_the_labels():
    estimator = KNeighborsClassifier().fit(X_LABELS, INDICATORS)
    target = target_of(INDICATORS, is_classifier=True)
    votes = respond(estimator, X_LABELS, "predict", target)
    np.testing.assert_array_equal(votes, estimator.predict(X_LABELS))


@pytest.mark.parametrize(
    "y", [NUMBERS, NUMBERS[:, :1], NUMBERS[:, 0]], ids=["2", "1x1", "1"]
)
def test_numbers(y):
    estimator = LinearRegression().fit(X, y)
    target = target_of(y, is_classifier=False)
    assert method_of(estimator, target) == "predict"
    values = respond(estimator, X, "predict", target)
    assert values.ndim == 2
    np.testing.assert_array_equal(
        as_given(values, "predict", target), estimator.predict(X)
    )


def test_a_class_that_a_model_lacks():
    target = target_of(NAMES, is_classifier=True)
    rows = LABELS != 1
    bayes = GaussianNB().fit(X[rows], NAMES[rows])
    values = respond(bayes, X, "predict_proba", target)
    assert values[:, 1].tolist() == [0.0] * len(X)
    np.testing.assert_array_equal(values[:, [0, 2]], bayes.predict_proba(X))

    ridge = RidgeClassifier().fit(X[rows], NAMES[rows])
    values = respond(ridge, X, "decision_function", target)
    np.testing.assert_array_equal(values[:, 1], values.min(axis=1))
    np.testing.assert_array_equal(
        predicted(values, "decision_function", target), ridge.predict(X)
    )


def test_labels_that_a_fold_lacks():
    y = INDICATORS.copy()
    y[:, 2] = 0
    forest = RandomForestClassifier(3, random_state=0).fit(X_LABELS, y)
    target = target_of(INDICATORS, is_classifier=True)
    values = respond(forest, X_LABELS, "predict_proba", target)
    assert not values[:, 2].any()
    assert values[:, 1].any()


def test_decision_values_of_pairs_are_refused():
    estimator = SVC(decision_function_shape="ovo").fit(
        np.vstack([X, X + 100]), np.r_[LABELS, LABELS + 3]
    )
    target = target_of(np.arange(6), is_classifier=True)
    with pytest.raises(ValueError, match="15 columns, where the estimator has 6"):
        respond(estimator, X, "decision_function", target)


def test_probabilities_survive_float32():
    """Those close to 1 differ after rounding, and rows add up."""
    small = np.logspace(-12, -1, 40)
    values = np.column_stack([small, 1 - small])
    target = target_of([0, 1], is_classifier=True)
    back = restored(stored(values), "predict_proba", target)
    np.testing.assert_allclose(back, values, rtol=1e-6)
    assert len(np.unique(back[:, 1])) == 40
    np.testing.assert_allclose(back.sum(axis=1), 1, rtol=1e-15)


def test_equal_probabilities_stay_equal():
    """As many trees vote for a class in many rows, whatever the others vote for."""
    counts = np.array([(a, b, 20 - a - b) for a in range(21) for b in range(21 - a)])
    target = target_of([0, 1, 2], is_classifier=True)
    back = restored(stored(counts / 20), "predict_proba", target)
    assert len(np.unique(back)) == 21


def test_what_is_no_distribution_is_left_alone():
    target = target_of([0, 1], is_classifier=True)
    values = np.array([[0.2, 0.2], [0.0, 0.0], [np.nan, np.nan]])
    back = restored(stored(values), "predict_proba", target)
    np.testing.assert_allclose(back, values, rtol=1e-6)


@pytest.mark.parametrize(
    ("estimator", "y", "metrics"),
    [
        (GaussianNB(), NAMES, ["neg_log_loss", "accuracy", "roc_auc_ovr", "f1_macro"]),
        (GaussianNB(), BINARY == "yes", ["roc_auc", "neg_brier_score", "f1"]),
        (LinearSVC(), BINARY == "yes", ["roc_auc", "average_precision", "accuracy"]),
        (RidgeClassifier(), NAMES, ["accuracy", "balanced_accuracy"]),
        (LinearRegression(), NUMBERS, ["r2", "neg_mean_absolute_error"]),
        (LinearRegression(), NUMBERS[:, 0], ["r2", "neg_root_mean_squared_error"]),
    ],
)
def test_scorers_score_answers_as_the_model(estimator, y, metrics):
    estimator.fit(X, y)
    target = target_of(y, is_classifier(estimator))
    method = method_of(estimator, target)
    stand_in = answers(respond(estimator, X, method, target), method, target)
    assert is_classifier(stand_in) == is_classifier(estimator)
    assert is_regressor(stand_in) == is_regressor(estimator)
    placeholder = np.empty((len(X), 0))
    assert stand_in.score(placeholder, y) == pytest.approx(estimator.score(X, y))
    for metric in metrics:
        scorer = get_scorer(metric)
        assert scorer(stand_in, placeholder, y) == scorer(estimator, X, y)


def test_answers_have_no_other_methods():
    target = target_of(BINARY, is_classifier=True)
    values = np.zeros((3, 1))
    assert hasattr(answers(values, "decision_function", target), "decision_function")
    assert not hasattr(answers(values, "decision_function", target), "predict_proba")
    assert not hasattr(answers(np.zeros((3, 2)), "predict", target), "predict_proba")
    with pytest.raises(ValueError, match="Predictions of 3 rows are asked for 2"):
        answers(values, "decision_function", target).predict(np.zeros((2, 1)))


def test_a_dummy_of_one_class():
    target = target_of(BINARY, is_classifier=True)
    dummy = DummyClassifier(strategy="prior").fit(X[:1], BINARY[:1])
    assert respond(dummy, X[:2], "predict_proba", target).tolist() == [[1, 0]] * 2
