"""Which response stands for a model, as its labels do not follow from all of them."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import (
    load_iris,
    make_classification,
    make_multilabel_classification,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import (
    FixedThresholdClassifier,
    LeaveOneOut,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import GridSearchCV
from sklearn_hp._response_methods import (
    consistent_response,
    contradicts,
    differences,
    method_of,
)
from sklearn_hp._responses import predicted, target_of
from sklearn_hp.ensemble import EnsembleClassifier

X, LABELS = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[LABELS]
FOUR = np.where((LABELS == 2) & (X[:, 0] > 6.5), 3, LABELS)
X_RARE, RARE = make_classification(
    300, n_features=5, weights=[0.85], flip_y=0.2, random_state=0
)
X_LABELS, INDICATORS = make_multilabel_classification(
    n_samples=90, n_classes=3, random_state=0
)


class Shuffled(ClassifierMixin, BaseEstimator):
    """Has its classes in another order than sorted; answers by `method`."""

    def __init__(self, estimator, method="predict_proba"):
        self.estimator = estimator
        self.method = method

    def fit(self, X, y):
        self.model_ = clone(self.estimator).fit(X, y)
        self.order_ = np.roll(np.arange(len(self.model_.classes_)), 1)
        self.classes_ = self.model_.classes_[self.order_]
        return self

    def __getattr__(self, name):
        if name == vars(self).get("method"):
            return self._respond
        raise AttributeError(name)

    def _respond(self, X):
        values = getattr(self.model_, self.method)(X)
        return -values if values.ndim == 1 else values[:, self.order_]

    def predict(self, X):
        return self.model_.predict(X)


class Anonymous(ClassifierMixin, BaseEstimator):
    """Has no `classes_`."""

    def fit(self, X, y):
        self.model_ = GaussianNB().fit(X, y)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.model_.predict(X)


class TwoColumns(RidgeClassifier):
    """Gives a decision value for each of two classes."""

    def decision_function(self, X):
        values = super().decision_function(X)
        return np.column_stack([-values, values])

    def predict(self, X):
        return self.classes_[self.decision_function(X).argmax(axis=1)]


class Contrary(GaussianNB):
    """Predicts another class than the most probable one in some of 50 rows."""

    def __init__(self, n_contrary=0):
        super().__init__()
        self.n_contrary = n_contrary

    def predict(self, X):
        labels = super().predict(X)
        rows = np.arange(len(X)) % 50 < self.n_contrary
        return np.where(rows, 2 - labels, labels)


class OneArray(ClassifierMixin, BaseEstimator):
    """Gives the probability of each label, as `OneVsRestClassifier` does."""

    def __init__(self, lacks=0):
        self.lacks = lacks

    def fit(self, X, y):
        self.model_ = KNeighborsClassifier().fit(X, y)
        self.classes_ = np.arange(y.shape[1])
        return self

    def predict_proba(self, X):
        by_label = self.model_.predict_proba(X)[self.lacks :]
        return np.column_stack([p[:, 1] for p in by_label])

    def predict(self, X):
        return self.model_.predict(X)


PAIRS = SVC(decision_function_shape="ovo")
# The labels of a few rows differ from those of the highest decision values.
X_TIES, TIES = make_classification(
    240, 8, n_informative=4, n_classes=3, flip_y=0.2, random_state=1
)
THRESHOLD = FixedThresholdClassifier(LogisticRegression(), threshold=0.1)
CASES = {
    "as many pairs as classes": (PAIRS, X, NAMES, "predict"),
    "more pairs than classes": (PAIRS, X, FOUR, "predict"),
    "pairs in a pipeline": (
        make_pipeline(StandardScaler(), PAIRS),
        X,
        NAMES,
        "predict",
    ),
    "ties of pairs": (SVC(gamma=0.1), X_TIES, TIES, "predict"),
    "ties are broken": (
        SVC(gamma=0.1, break_ties=True),
        X_TIES,
        TIES,
        "decision_function",
    ),
    "a pair": (PAIRS, X_RARE, RARE, "decision_function"),
    "threshold": (THRESHOLD, X_RARE, RARE, "predict"),
    "threshold in a pipeline": (
        make_pipeline(StandardScaler(), THRESHOLD),
        X_RARE,
        RARE,
        "predict",
    ),
    "tuned threshold": (
        TunedThresholdClassifierCV(LogisticRegression(), cv=2),
        X_RARE,
        RARE,
        "predict",
    ),
    "labels 1 and 2": (
        KNeighborsClassifier(),
        X_LABELS,
        INDICATORS + 1,
        "predict_proba",
    ),
    "labels -1 and 1": (
        KNeighborsClassifier(),
        X_LABELS,
        2 * INDICATORS - 1,
        "predict_proba",
    ),
    "one array for labels 1 and 2": (
        OneArray(),
        X_LABELS,
        INDICATORS + 1,
        "predict",
    ),
    "lacks a column": (OneArray(lacks=1), X_LABELS, INDICATORS, "predict"),
    "not sorted": (Shuffled(GaussianNB()), X, NAMES, "predict_proba"),
    "two not sorted": (
        Shuffled(RidgeClassifier(), "decision_function"),
        X_RARE,
        RARE,
        "decision_function",
    ),
    "two columns": (TwoColumns(), X_RARE, RARE, "decision_function"),
    "no classes_": (Anonymous(), X, NAMES, "predict"),
    "contrary": (Contrary(12), X, LABELS, "predict"),
}


@pytest.mark.parametrize(("estimator", "X", "y", "method"), CASES.values(), ids=CASES)
def test_the_response_leads_to_the_labels(estimator, X, y, method):
    model = clone(estimator).fit(X, y)
    target = target_of(y, is_classifier=True)
    values, found = consistent_response(model, X, target)
    assert found == method
    np.testing.assert_array_equal(predicted(values, found, target), model.predict(X))


@pytest.mark.parametrize(("estimator", "X", "y", "method"), CASES.values(), ids=CASES)
def test_an_ensemble_of_one_predicts_as_its_member(estimator, X, y, method):
    ensemble = EnsembleClassifier([("only", estimator)]).fit(X, y)
    assert ensemble.response_method_ == method
    expected = clone(estimator).fit(X, y).predict(X)
    np.testing.assert_array_equal(ensemble.predict(X), expected)


@pytest.mark.parametrize(("estimator", "X", "y", "method"), CASES.values(), ids=CASES)
def test_the_mean_of_fold_models_predicts_as_they_do(estimator, X, y, method):
    search = GridSearchCV(estimator, {}, cv=3, ensemble="folds").fit(X, y)
    ensemble = search.best_estimator_
    assert ensemble.response_method_ == method
    votes = np.mean([model.predict(X) == y for model in ensemble.estimators_[0]])
    assert np.mean(ensemble.predict(X) == y) > votes - 0.05


def test_fold_models_keep_the_recall_of_their_threshold():
    search = GridSearchCV(THRESHOLD, {}, cv=3, ensemble="folds").fit(X_RARE, RARE)
    found = search.predict(X_RARE)[RARE == 1].mean()
    of_models = [
        model.predict(X_RARE)[RARE == 1].mean()
        for model in search.best_estimator_.estimators_[0]
    ]
    assert found >= min(of_models)


def test_a_mean_of_two_columns_has_the_sign_of_the_second_class():
    ensemble = EnsembleClassifier([("only", TwoColumns())]).fit(X_RARE, RARE)
    values = ensemble.decision_function(X_RARE)
    np.testing.assert_array_equal(values > 0, ensemble.predict(X_RARE) == 1)


class Failing(GaussianNB):
    def predict_proba(self, X):
        raise RuntimeError("no probabilities today")


def test_what_a_model_raises_is_not_hidden_by_votes():
    with pytest.raises(RuntimeError, match="no probabilities today"):
        EnsembleClassifier([("only", Failing())]).fit(X, LABELS)


def test_a_few_other_labels_cost_no_probabilities():
    model = Contrary(5).fit(X, LABELS)
    target = target_of(LABELS, is_classifier=True)
    _, method = consistent_response(model, X[:50], target)
    assert method == "predict_proba"
    _, method = consistent_response(model.set_params(n_contrary=6), X[:50], target)
    assert method == "predict"
    # one row of one tells nothing
    _, method = consistent_response(model, X[:1], target)
    assert method == "predict_proba"


def test_a_member_is_judged_by_the_rows_of_all_folds():
    ensemble = EnsembleClassifier([("only", Contrary(1))], cv=LeaveOneOut())
    ensemble.fit(X, LABELS)
    assert ensemble.response_method_ == "predict"


def test_rows_are_compared_from_all_of_them():
    model = Contrary(50).fit(X, LABELS)
    values, target = model.predict_proba(X), target_of(LABELS, is_classifier=True)
    found = differences(model, X, values, "predict_proba", target)
    assert found.shape == (50, 1)
    assert found[:15].all()
    assert found[-15:].sum() > 10  # the others are between two classes
    assert not found[20:30].any()


def test_one_label_of_many_counts():
    is_different = np.zeros((50, 20), dtype=bool)
    is_different[:10, 3] = True
    assert contradicts(is_different)


def test_votes_for_labels_that_y_lacks_are_refused():
    model = GaussianNB().fit(X, NAMES)
    with pytest.raises(ValueError, match=r"labels \['setosa'.*, where y has \['a' 'b'"):
        consistent_response(model, X, target_of(["a", "b", "c"], is_classifier=True))


def test_the_method_of_an_unfitted_estimator():
    target = target_of(RARE, is_classifier=True)
    assert method_of(THRESHOLD, target) == "predict"
    assert method_of(PAIRS, target) == "decision_function"
    three = target_of(LABELS, is_classifier=True)
    assert method_of(make_pipeline(StandardScaler(), PAIRS), three) == "predict"
    assert not hasattr(EnsembleClassifier([("only", THRESHOLD)]), "predict_proba")
