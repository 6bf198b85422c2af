"""The public ensembles: what they predict, and with what they work."""

import copy
import pickle

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import (
    load_diabetes,
    load_iris,
    make_classification,
    make_multilabel_classification,
)
from sklearn.ensemble import RandomForestClassifier, VotingClassifier, VotingRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
)
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import get_tags

from sklearn_hp.ensemble import EnsembleClassifier, EnsembleRegressor

X, LABELS = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[LABELS]
X_TWO, TWO = make_classification(120, n_features=5, flip_y=0.1, random_state=0)
X_NUMBERS, NUMBERS = (part[:150] for part in load_diabetes(return_X_y=True))
X_LABELS, INDICATORS = make_multilabel_classification(
    n_samples=90, n_classes=3, random_state=0
)

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
BAYES_TREE = [("bayes", GaussianNB()), ("tree", TREE)]
RIDGE_TREE = [
    ("ridge", Ridge()),
    ("tree", DecisionTreeRegressor(max_depth=2, random_state=0)),
]


# ---- the mean -----------------------------------------------------------------------


@pytest.mark.parametrize("weights", [None, [3, 1], np.array([0.2, 0.3]), (1, 0)])
def test_on_all_rows_equals_soft_voting(weights):
    ours = EnsembleClassifier(BAYES_TREE, weights=weights).fit(X, NAMES)
    theirs = VotingClassifier(BAYES_TREE, voting="soft", weights=weights).fit(X, NAMES)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    assert ours.weights_.sum() == pytest.approx(1)


def test_probabilities_never_exceed_1_by_rounding():
    # members that are sure of a class, with weights whose sum rounds to more than 1
    members = [("one", DecisionTreeClassifier()), ("other", DecisionTreeClassifier())]
    ensemble = EnsembleClassifier(members, weights=[3, 1], cv=5).fit(X, NAMES)
    assert ensemble.predict_proba(X).max() == 1
    assert get_scorer("neg_log_loss")(ensemble, X, NAMES) <= 0


@pytest.mark.parametrize("weights", [None, [3, 1]])
def test_numbers_on_all_rows_equal_voting(weights):
    ours = EnsembleRegressor(RIDGE_TREE, weights=weights).fit(X_NUMBERS, NUMBERS)
    theirs = VotingRegressor(RIDGE_TREE, weights=weights).fit(X_NUMBERS, NUMBERS)
    np.testing.assert_allclose(ours.predict(X_NUMBERS), theirs.predict(X_NUMBERS))


def test_votes_equal_hard_voting():
    members = [("tree", TREE), ("ridge", RidgeClassifier()), ("bayes", GaussianNB())]
    ours = EnsembleClassifier(members, weights=[2, 2, 1]).fit(X, NAMES)
    theirs = VotingClassifier(members, weights=[2, 2, 1]).fit(X, NAMES)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert not hasattr(ours, "predict_proba")
    assert not hasattr(ours, "decision_function")


def test_members_are_means_of_their_fold_models():
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    ensemble = EnsembleClassifier(BAYES_TREE, weights=[3, 1], cv=cv).fit(X, NAMES)
    expected = 0
    for weight, (name, estimator) in zip([0.75, 0.25], BAYES_TREE, strict=True):
        assert len(ensemble.named_estimators_[name]) == 3
        for train, _ in cv.split(X, NAMES):
            model = clone(estimator).fit(X[train], NAMES[train])
            expected = expected + weight / 3 * model.predict_proba(X)
    np.testing.assert_allclose(ensemble.predict_proba(X), expected)


def test_numbers_of_fold_models():
    cv = KFold(3)
    ensemble = EnsembleRegressor(RIDGE_TREE, cv=3).fit(X_NUMBERS, NUMBERS)
    models = [
        clone(estimator).fit(X_NUMBERS[train], NUMBERS[train])
        for _, estimator in RIDGE_TREE
        for train, _ in cv.split(X_NUMBERS)
    ]
    expected = np.mean([model.predict(X_NUMBERS) for model in models], axis=0)
    np.testing.assert_allclose(ensemble.predict(X_NUMBERS), expected)


def test_all_members_share_splits_drawn_at_random():
    cv = StratifiedKFold(2, shuffle=True)
    tree = DecisionTreeClassifier(random_state=0)
    ensemble = EnsembleClassifier([("a", tree), ("b", tree)], cv=cv).fit(X, LABELS)
    for one, other in zip(*ensemble.estimators_, strict=True):
        np.testing.assert_array_equal(one.tree_.threshold, other.tree_.threshold)


def test_a_fold_that_lacks_a_class():
    groups = LABELS  # each fold leaves a class out
    ensemble = EnsembleClassifier(BAYES_TREE, cv=LeaveOneGroupOut())
    ensemble.fit(X, NAMES, groups=groups)
    p = ensemble.predict_proba(X)
    assert p.shape == (len(X), 3)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert {len(model.classes_) for model in ensemble.estimators_[0]} == {2}
    assert ensemble.score(X, NAMES) > 0.9


def test_decision_values_are_divided_by_their_scale():
    members = [("svc", LinearSVC()), ("wide", RidgeClassifier(1e4))]
    ensemble = EnsembleClassifier(members, weights=[1, 3]).fit(X_TWO, TWO)
    expected = 0
    for weight, (_, estimator) in zip([0.25, 0.75], members, strict=True):
        values = clone(estimator).fit(X_TWO, TWO).decision_function(X_TWO)
        expected = expected + weight * values / np.sqrt(np.mean(values**2))
    np.testing.assert_allclose(ensemble.decision_function(X_TWO), expected)
    np.testing.assert_array_equal(ensemble.predict(X_TWO), (expected > 0).astype(int))
    assert not hasattr(ensemble, "predict_proba")


@pytest.mark.parametrize("X, y", [(X_TWO, TWO), (X, NAMES)])
def test_decision_values_of_probabilities(X, y):
    members = [("linear", LogisticRegression(max_iter=1000)), ("wide", make_linear(1))]
    ensemble = EnsembleClassifier(members, weights=[1, 3], cv=3)
    assert hasattr(ensemble, "decision_function")
    p = ensemble.fit(X, y).predict_proba(X)
    values = ensemble.decision_function(X)
    if p.shape[1] == 2:
        expected = np.log(p[:, 1] / p[:, 0])
        labels = ensemble.classes_[(values > 0).astype(int)]
        area = get_scorer("roc_auc")(ensemble, X, y)
        assert area == roc_auc_score(y, p[:, 1]) == roc_auc_score(y, values)
    else:
        expected = np.log(p)
        labels = ensemble.classes_[values.argmax(axis=1)]
    np.testing.assert_allclose(values, expected, rtol=1e-6)
    np.testing.assert_array_equal(ensemble.predict(X), labels)


def make_linear(C):
    return make_pipeline(StandardScaler(), LogisticRegression(C=C))


def test_decision_values_need_all_members_to_have_them():
    members = [("linear", LogisticRegression()), ("tree", TREE)]
    ensemble = EnsembleClassifier(members)
    assert not hasattr(ensemble, "decision_function")
    assert not hasattr(ensemble.fit(X_TWO, TWO), "decision_function")
    assert hasattr(clone(ensemble).set_params(tree="drop"), "decision_function")
    dropped = clone(ensemble).set_params(tree="drop", linear="drop")
    assert not hasattr(dropped, "decision_function")


def test_decision_values_of_labels():
    member = OneVsRestClassifier(LogisticRegression(max_iter=1000))
    ensemble = EnsembleClassifier([("each", member)], cv=2).fit(X_LABELS, INDICATORS)
    values = ensemble.decision_function(X_LABELS)
    assert values.shape == INDICATORS.shape
    np.testing.assert_array_equal(ensemble.predict(X_LABELS), values > 0)


def test_one_member_predicts_as_its_estimator():
    for estimator in [SVC(), RidgeClassifier(), GaussianNB()]:
        ensemble = EnsembleClassifier([("only", estimator)]).fit(X, NAMES)
        np.testing.assert_array_equal(
            ensemble.predict(X), clone(estimator).fit(X, NAMES).predict(X)
        )


def test_several_outputs():
    y = np.column_stack([NAMES, np.where(LABELS == 1, "yes", "no")])
    members = [("near", KNeighborsClassifier()), ("tree", TREE)]
    ensemble = EnsembleClassifier(members, cv=KFold(3, shuffle=True, random_state=0))
    ensemble.fit(X, y)
    first, second = ensemble.predict_proba(X)
    assert (first.shape, second.shape) == ((len(X), 3), (len(X), 2))
    assert [len(labels) for labels in ensemble.classes_] == [3, 2]
    assert (ensemble.predict(X) == y).mean() > 0.9

    Y = np.column_stack([NUMBERS, -NUMBERS])
    regressor = EnsembleRegressor(RIDGE_TREE, cv=3).fit(X_NUMBERS, Y)
    members = [EnsembleRegressor([one], cv=3).fit(X_NUMBERS, Y) for one in RIDGE_TREE]
    expected = np.mean([member.predict(X_NUMBERS) for member in members], axis=0)
    assert expected.shape == Y.shape
    np.testing.assert_allclose(regressor.predict(X_NUMBERS), expected)


def test_labels_that_apply_or_do_not():
    members = [
        ("near", KNeighborsClassifier()),
        ("forest", RandomForestClassifier(5, random_state=0)),
    ]
    ensemble = EnsembleClassifier(members, cv=3).fit(X_LABELS, INDICATORS)
    p = ensemble.predict_proba(X_LABELS)
    assert p.shape == INDICATORS.shape
    np.testing.assert_array_equal(ensemble.predict(X_LABELS), p > 0.5)
    assert get_scorer("roc_auc")(ensemble, X_LABELS, INDICATORS) > 0.9
    assert get_scorer("f1_macro")(ensemble, X_LABELS, INDICATORS) > 0.8


# ---- parameters, attributes ---------------------------------------------------------


def test_parameters_of_members():
    ensemble = EnsembleClassifier(BAYES_TREE, weights=[1, 3])
    ensemble.set_params(tree__max_depth=1, weights=None)
    assert ensemble.get_params()["tree__max_depth"] == 1
    ensemble.set_params(tree__max_depth=3, bayes="drop", weights=[5, 3]).fit(X, LABELS)
    assert ensemble.weights_.tolist() == [1.0]
    assert list(ensemble.named_estimators_) == ["tree"]
    assert "weight 1" in ensemble._repr_html_()
    np.testing.assert_array_equal(
        ensemble.predict(X), clone(TREE).fit(X, LABELS).predict(X)
    )


def test_features_are_those_of_the_members():
    frame = pd.DataFrame(X, columns=list("abcd"))
    ensemble = EnsembleClassifier(BAYES_TREE, cv=3).fit(frame, LABELS)
    assert ensemble.n_features_in_ == 4
    assert ensemble.feature_names_in_.tolist() == list("abcd")
    ensemble.fit(X, LABELS)
    assert not hasattr(ensemble, "feature_names_in_")


def test_methods_before_fit_are_those_of_the_members():
    assert hasattr(EnsembleClassifier(BAYES_TREE), "predict_proba")
    assert not hasattr(EnsembleClassifier(BAYES_TREE), "decision_function")
    ridge = ("ridge", RidgeClassifier())
    linear = ("linear", LogisticRegression())
    assert hasattr(EnsembleClassifier([ridge, linear]), "decision_function")
    votes = EnsembleClassifier([ridge, ("tree", TREE)])
    assert not hasattr(votes, "decision_function")
    assert not hasattr(EnsembleRegressor(RIDGE_TREE), "predict_proba")


def test_tags():
    assert is_classifier(EnsembleClassifier(BAYES_TREE))
    assert is_regressor(EnsembleRegressor(RIDGE_TREE))
    near = KNeighborsRegressor()
    allow_nan = get_tags(EnsembleRegressor([RIDGE_TREE[1]])).input_tags.allow_nan
    assert allow_nan
    assert not get_tags(EnsembleRegressor(RIDGE_TREE)).input_tags.allow_nan
    assert get_tags(EnsembleRegressor(RIDGE_TREE)).input_tags.sparse
    assert not get_tags(EnsembleClassifier(BAYES_TREE)).input_tags.sparse
    distances = ("near", KNeighborsRegressor(metric="precomputed"))
    assert get_tags(EnsembleRegressor([distances])).input_tags.pairwise
    mixed = EnsembleRegressor([distances, ("other", near)])
    assert not get_tags(mixed).input_tags.pairwise
    counts = EnsembleClassifier([*BAYES_TREE, ("counts", MultinomialNB())])
    assert get_tags(counts).input_tags.positive_only
    assert not get_tags(counts).target_tags.multi_output


def test_precomputed_kernels_on_all_rows():
    K = X @ X.T
    members = [("small", SVC(C=0.1, kernel="precomputed"))]
    ensemble = EnsembleClassifier([*members, ("large", SVC(kernel="precomputed"))])
    assert cross_val_score(ensemble, K, LABELS, cv=3).mean() > 0.9


def test_html_shows_members_and_weights():
    html = EnsembleClassifier(BAYES_TREE, weights=[3, 1])._repr_html_()
    assert "bayes, weight 0.75" in html
    assert "tree, weight 0.25" in html
    assert "DecisionTreeClassifier" in html


def test_what_a_single_model_has_is_in_the_members():
    members = [("tree", TREE), ("other", clone(TREE)), ("bayes", GaussianNB())]
    ensemble = EnsembleClassifier(members, cv=2).fit(X, NAMES)
    where = r"estimators_\[i\]\[k\].feature_importances_, .* with ensemble=None"
    with pytest.raises(AttributeError, match=f"ensemble of 3 members, .* {where}"):
        ensemble.feature_importances_  # noqa: B018
    assert not hasattr(ensemble, "feature_importances_")
    assert ensemble.estimators_[0][0].feature_importances_.shape == (4,)


@pytest.mark.parametrize(
    "ensemble, name",
    [
        (EnsembleClassifier(BAYES_TREE).fit(X, NAMES), "coef_"),  # nor has a member
        (EnsembleClassifier([("linear", LogisticRegression())]), "coef_"),  # unfitted
        (EnsembleClassifier.__new__(EnsembleClassifier), "coef_"),  # copied just now
        (EnsembleClassifier(BAYES_TREE).fit(X, NAMES), "__array__"),
    ],
)
def test_other_attributes_are_lacking_as_ever(ensemble, name):
    words = f"^'EnsembleClassifier' object has no attribute '{name}'$"
    with pytest.raises(AttributeError, match=words):
        getattr(ensemble, name)


def test_steps_of_pipelines_are_in_the_members():
    ensemble = EnsembleClassifier([("linear", make_linear(1))]).fit(X, NAMES)
    for key, written in [(0, "0"), ("logisticregression", "'logisticregression'")]:
        where = rf"an ensemble of 1 member, .* estimators_\[i\]\[k\]\[{written}\],"
        with pytest.raises(TypeError, match=f"is not subscriptable. This is {where}"):
            ensemble[key]
    with pytest.raises(AttributeError, match=r"estimators_\[i\]\[k\].named_steps"):
        ensemble.named_steps  # noqa: B018
    with pytest.raises(TypeError, match=r"is not subscriptable$"):
        EnsembleClassifier(BAYES_TREE).fit(X, NAMES)[0]
    assert np.array([ensemble, ensemble], dtype=object).shape == (2,)
    for iterate in (iter, list, lambda ensemble: 0 in ensemble):
        with pytest.raises(TypeError, match=r"is not (iterable|a container)"):
            iterate(ensemble)


def test_logarithms_of_probabilities():
    ensemble = EnsembleClassifier([("tree", TREE)]).fit(X, NAMES)
    p = ensemble.predict_proba(X)
    assert (p == 0).any()
    np.testing.assert_allclose(np.exp(ensemble.predict_log_proba(X)), p)
    several = EnsembleClassifier([("tree", TREE)]).fit(X, np.column_stack([NAMES] * 2))
    assert [one.shape for one in several.predict_log_proba(X)] == [p.shape] * 2
    votes = EnsembleClassifier([("votes", RidgeClassifier())])
    assert not hasattr(votes, "predict_log_proba")


def test_repr_is_short():
    few = EnsembleClassifier([("bayes", GaussianNB())], cv=2)
    assert repr(few) == repr(few.fit(X, NAMES))
    assert repr(few) == "EnsembleClassifier(cv=2, estimators=[('bayes', GaussianNB())])"
    members = [(f"tree_{depth}", clone(TREE)) for depth in range(5)]
    many = EnsembleClassifier(members, weights=[4, 3, 2, 1, 0])
    assert repr(many).startswith("EnsembleClassifier(estimators=[('tree_0',\n")
    assert repr(many.fit(X, NAMES)) == (
        "<EnsembleClassifier of 5 members: tree_0 (weight 0.4), tree_1 (weight 0.3), "
        "tree_2 (weight 0.2), ...>"
    )
    inside = repr(make_pipeline(many))  # laid out, as estimators are
    assert max(map(len, inside.splitlines())) < 100


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies(copied):
    ensemble = EnsembleClassifier(BAYES_TREE, cv=2).fit(X, NAMES)
    np.testing.assert_array_equal(copied(ensemble).predict(X), ensemble.predict(X))


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_pickle(dumps):
    ensemble = EnsembleClassifier(BAYES_TREE, cv=2).fit(X, NAMES)
    loaded = pickle.loads(dumps(ensemble))
    np.testing.assert_array_equal(loaded.predict_proba(X), ensemble.predict_proba(X))


def test_clone_is_unfitted_and_fits_the_same():
    ensemble = EnsembleClassifier(BAYES_TREE, weights=[1, 2], cv=2).fit(X, NAMES)
    copy = clone(ensemble)
    assert not hasattr(copy, "estimators_")
    assert not hasattr(ensemble.estimators[0][1], "classes_")  # left unfitted
    p = copy.fit(X, NAMES).predict_proba(X)
    np.testing.assert_array_equal(p, ensemble.predict_proba(X))


@pytest.mark.slow  # starts processes
def test_two_jobs_give_the_same():
    one = EnsembleClassifier(BAYES_TREE, cv=2).fit(X, NAMES)
    two = clone(one).set_params(n_jobs=2).fit(X, NAMES)
    np.testing.assert_array_equal(two.predict_proba(X), one.predict_proba(X))


# ---- inside of others ---------------------------------------------------------------


def test_in_a_pipeline_and_scored():
    ensemble = EnsembleClassifier(BAYES_TREE, cv=2)
    pipeline = make_pipeline(StandardScaler(), ensemble)
    assert cross_val_score(pipeline, X, NAMES, cv=3).mean() > 0.9
    scores = cross_val_score(pipeline, X_TWO, TWO, cv=3, scoring="roc_auc")
    assert scores.mean() > 0.8


def test_members_may_be_pipelines():
    members = [("bayes", make_pipeline(StandardScaler(), GaussianNB()))]
    frame = pd.DataFrame(X, columns=list("abcd"))
    ensemble = EnsembleClassifier(members, cv=2).fit(frame, NAMES)
    assert ensemble.feature_names_in_.tolist() == list("abcd")
    ensemble.set_params(bayes__gaussiannb__var_smoothing=1e-3)


def test_permutation_importance():
    ensemble = EnsembleRegressor(RIDGE_TREE, cv=2).fit(X_NUMBERS, NUMBERS)
    found = permutation_importance(
        ensemble, X_NUMBERS, NUMBERS, n_repeats=2, random_state=0
    )
    assert found.importances_mean.max() > 0


@pytest.mark.parametrize(
    "members", [BAYES_TREE, [("ridge", RidgeClassifier()), ("svc", LinearSVC())]]
)
def test_calibrated(members):
    calibrated = CalibratedClassifierCV(EnsembleClassifier(members), cv=2)
    assert calibrated.fit(X, NAMES).predict_proba(X).shape == (len(X), 3)


def test_an_ensemble_may_be_a_member():
    inner = EnsembleRegressor(RIDGE_TREE, cv=2)
    outer = EnsembleRegressor([("inner", inner), ("ridge", Ridge())])
    assert outer.fit(X_NUMBERS, NUMBERS).score(X_NUMBERS, NUMBERS) > 0.3
    assert outer.get_params()["inner__tree__max_depth"] == 2


def test_sparse_input_and_groups():
    from scipy.sparse import csr_array

    ensemble = EnsembleRegressor(RIDGE_TREE, cv=GroupKFold(3))
    groups = np.arange(len(NUMBERS)) % 5
    ensemble.fit(csr_array(X_NUMBERS), NUMBERS, groups=groups)
    assert len(ensemble.estimators_[0]) == 3
    assert ensemble.predict(csr_array(X_NUMBERS)).shape == NUMBERS.shape


def test_linear_members_equal_the_mean_of_their_coefficients():
    members = [("a", LinearRegression()), ("b", Ridge(10))]
    ensemble = EnsembleRegressor(members, cv=4).fit(X_NUMBERS, NUMBERS)
    coef = np.mean([[m.coef_ for m in own] for own in ensemble.estimators_], (0, 1))
    steps = np.diff(ensemble.predict(np.vstack([np.zeros(10), np.eye(10)])))
    np.testing.assert_allclose(np.cumsum(steps), coef)
