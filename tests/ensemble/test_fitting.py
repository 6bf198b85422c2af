"""What is given to fit, who gets it, and what is refused."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from sklearn_hp._responses import target_of
from sklearn_hp.ensemble import EnsembleClassifier, EnsembleRegressor
from sklearn_hp.ensemble._fitting import decision_scale

X, LABELS = load_iris(return_X_y=True)
X_NUMBERS, NUMBERS = (part[:120] for part in load_diabetes(return_X_y=True))
WEIGHTS = np.arange(len(NUMBERS)) % 3 + 1.0
GROUPS = np.arange(len(NUMBERS)) % 4
BAYES = ("bayes", GaussianNB())


class TakesGroups(Ridge):
    """Has groups as a parameter of fit, as searches have."""

    def fit(self, X, y, groups=None):
        self.groups_ = groups
        return super().fit(X, y)


# ---- metadata -----------------------------------------------------------------------


@pytest.mark.parametrize("cv", [None, KFold(3)])
def test_weights_of_rows_go_to_all_members(cv):
    members = [("linear", LinearRegression()), ("ridge", Ridge())]
    ensemble = EnsembleRegressor(members, cv=cv)
    ensemble.fit(X_NUMBERS, NUMBERS, sample_weight=WEIGHTS)
    rows = [slice(None)] if cv is None else [train for train, _ in cv.split(X_NUMBERS)]
    for (_, estimator), models in zip(members, ensemble.estimators_, strict=True):
        for train, model in zip(rows, models, strict=True):
            estimator.fit(X_NUMBERS[train], NUMBERS[train], WEIGHTS[train])
            np.testing.assert_allclose(model.coef_, estimator.coef_)


def test_weights_of_rows_that_a_member_does_not_take():
    ensemble = EnsembleClassifier([BAYES, ("near", KNeighborsClassifier())])
    with pytest.raises(TypeError, match="unexpected keyword argument") as raised:
        ensemble.fit(X, LABELS, sample_weight=np.ones(len(X)))
    assert raised.value.__notes__ == ["Raised by fit of the member 'near'."]


def test_none_is_as_not_given():
    ensemble = EnsembleClassifier([BAYES, ("near", KNeighborsClassifier())])
    assert ensemble.fit(X, LABELS, sample_weight=None).score(X, LABELS) > 0.9


def test_groups_go_to_the_splitter():
    ensemble = EnsembleRegressor([("ridge", TakesGroups())], cv=GroupKFold(4))
    ensemble.fit(X_NUMBERS, NUMBERS, groups=GROUPS)
    assert [model.groups_ for model in ensemble.estimators_[0]] == [None] * 4


def test_groups_go_to_the_members_where_there_is_no_splitter():
    ensemble = EnsembleRegressor([("ridge", TakesGroups())])
    ensemble.fit(X_NUMBERS, NUMBERS, groups=GROUPS)
    np.testing.assert_array_equal(ensemble.estimators_[0][0].groups_, GROUPS)


def test_the_caller_keeps_its_parameters():
    params = {"groups": GROUPS}
    EnsembleRegressor([("ridge", Ridge())], cv=GroupKFold(2)).fit(
        X_NUMBERS, NUMBERS, **params
    )
    assert list(params) == ["groups"]


def test_metadata_routing():
    with config_context(enable_metadata_routing=True):
        members = [
            ("weighted", Ridge().set_fit_request(sample_weight=True)),
            ("own_name", LinearRegression().set_fit_request(sample_weight="other")),
            ("equal", Ridge().set_fit_request(sample_weight=False)),
        ]
        ensemble = EnsembleRegressor(members, cv=GroupKFold(4)).fit(
            X_NUMBERS,
            NUMBERS,
            sample_weight=WEIGHTS,
            other=WEIGHTS[::-1],
            groups=GROUPS,
        )
        weights = [WEIGHTS, WEIGHTS[::-1], np.ones(len(NUMBERS))]
        splits = [*GroupKFold(4).split(X_NUMBERS, groups=GROUPS)]
    for (_, estimator), models, weight in zip(
        members, ensemble.estimators_, weights, strict=True
    ):
        for (train, _), model in zip(splits, models, strict=True):
            estimator.fit(X_NUMBERS[train], NUMBERS[train], weight[train])
            np.testing.assert_allclose(model.coef_, estimator.coef_)


def test_metadata_that_nobody_requested():
    with config_context(enable_metadata_routing=True):
        ensemble = EnsembleRegressor([("ridge", Ridge())])
        with pytest.raises(
            ValueError, match=r"\[sample_weight\] are passed but are not"
        ):
            ensemble.fit(X_NUMBERS, NUMBERS, sample_weight=WEIGHTS)
        with pytest.raises(TypeError, match="unexpected argument"):
            ensemble.fit(X_NUMBERS, NUMBERS, groups=GROUPS)


def test_routing_names_members_and_splitter():
    ensemble = EnsembleRegressor([("ridge", Ridge())], cv=GroupKFold(2))
    with config_context(enable_metadata_routing=True):
        routing = ensemble.get_metadata_routing()
        assert routing.consumes("fit", {"groups"}) == {"groups"}
        assert (
            EnsembleRegressor([("ridge", Ridge())])
            .get_metadata_routing()
            .consumes("fit", {"groups"})
            == set()
        )


# ---- splits -------------------------------------------------------------------------


def test_explicit_splits():
    rows = np.arange(len(X)) % 2
    splits = [(np.flatnonzero(rows == k), np.flatnonzero(rows != k)) for k in (0, 1)]
    ensemble = EnsembleClassifier([BAYES], cv=splits).fit(X, LABELS)
    for model, (train, _) in zip(ensemble.estimators_[0], splits, strict=True):
        np.testing.assert_array_equal(
            model.theta_, GaussianNB().fit(X[train], LABELS[train]).theta_
        )


def test_an_iterator_can_be_used_once():
    ensemble = EnsembleClassifier([BAYES], cv=KFold(3, shuffle=True).split(X))
    ensemble.fit(X, LABELS)
    with pytest.raises(ValueError, match=r"gave no splits\. An iterator can be used"):
        ensemble.fit(X, LABELS)


# ---- what is refused ----------------------------------------------------------------


def test_numbers_are_no_classes():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        EnsembleClassifier([BAYES]).fit(X_NUMBERS, NUMBERS + 0.5)


def test_displays_whatever_its_parameters_are():
    for estimators in ([], None, [("bayes",)], [BAYES]):
        ensemble = EnsembleClassifier(estimators, weights=[1, 2, 3])
        assert "EnsembleClassifier" in repr(ensemble)
        assert "EnsembleClassifier" in ensemble._repr_html_()


# ---- scale --------------------------------------------------------------------------


def test_scale_of_decision_values():
    two, three = target_of([0, 1], True), target_of([0, 1, 2], True)
    assert decision_scale(np.array([[3.0], [-4.0]]), two) == np.sqrt(12.5)
    values = np.array([[1.0, 2.0, 3.0], [9.0, 8.0, 7.0]])
    assert decision_scale(values, three) == pytest.approx(np.sqrt(2 / 3))
    assert decision_scale(values + 100, three) == pytest.approx(np.sqrt(2 / 3))
    assert decision_scale(np.zeros((2, 1)), two) == 1


def test_scale_is_that_of_rows_that_were_not_fitted():
    y = (LABELS == 1).astype(int)
    members = [("svc", SVC(C=100)), ("linear", LogisticRegression())]
    cv = KFold(3, shuffle=True, random_state=0)
    ensemble = EnsembleClassifier(members, cv=cv).fit(X, y)
    assert ensemble.response_method_ == "decision_function"
    for models, scale in zip(ensemble.estimators_, ensemble.scales_, strict=True):
        values = [
            model.decision_function(X[test])
            for model, (_, test) in zip(models, cv.split(X), strict=True)
        ]
        assert scale == pytest.approx(np.sqrt(np.mean(np.concatenate(values) ** 2)))
