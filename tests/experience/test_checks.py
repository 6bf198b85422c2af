"""What suggest_space refuses or warns of."""

import re

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
)
from sklearn.linear_model import (
    HuberRegressor,
    LinearRegression,
    Ridge,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, NuSVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import suggest_space

X, y = load_iris(return_X_y=True)


def test_targets_that_cannot_be_read():
    xp = pytest.importorskip("array_api_strict")
    elsewhere = xp.asarray(y, device=xp.Device("device1"))
    with pytest.warns(UserWarning, match="taken to be about 1: give y as numpy array"):
        suggest_space(SVR(), X, elsewhere)
    suggest_space(Ridge(), X, elsewhere)  # of no matter


@pytest.mark.parametrize(
    "estimator, expected",
    [
        (GaussianNB(), "of GaussianNB to search. Write the space by hand: a dict"),
        (GaussianNB(), "{'var_smoothing': scipy.stats.loguniform(1e-10, 1e-08)}. The"),
        # within what is allowed
        (NuSVC(), "{'nu': scipy.stats.loguniform(0.05, 1)}. The"),
        (HuberRegressor(), "'epsilon': scipy.stats.loguniform(1, 13.5)}. The"),
        (make_pipeline(StandardScaler, SVC), "of Pipeline to search."),
        (
            make_pipeline(StandardScaler(), LinearRegression()),
            "of LinearRegression, in Pipeline, to search.",
        ),
        (
            make_pipeline(StandardScaler(), GaussianNB()),
            "{'gaussiannb__var_smoothing': scipy.stats.loguniform",
        ),
        (make_pipeline(StandardScaler(), KMeans()), "of KMeans, in Pipeline, to"),
        (KMeans(), "scipy.stats or a list of values. The estimators whose"),
        (BaggingClassifier(), "'max_features': scipy.stats.loguniform(0.1, 1)}"),
    ],
)
@pytest.mark.parametrize("preprocessing", [False, True])
def test_nothing_is_known(estimator, expected, preprocessing):
    with pytest.raises(ValueError, match=re.escape(expected)) as raised:
        suggest_space(estimator, preprocessing=preprocessing)
    assert str(raised.value).count(" LogisticRegression,") == 1


@pytest.mark.parametrize("X", [5, np.float64(3), "text", np.array(1.0)], ids=repr)
def test_data_without_rows(X):
    message = "X must be array-like of shape (n_samples, n_features), got "
    with pytest.raises(TypeError, match=re.escape(f"{message}{X!r} of type")):
        suggest_space(SVC(), X)


def test_what_does_not_go_together():
    for y_given, got in [(y[:2], "2"), ("price", "none"), (3, "none")]:
        message = f"a value for each of the 150 rows of X, got {got}."
        with pytest.raises(ValueError, match=re.escape(message)):
            suggest_space(SVC(), X, y_given)
    text = [f"class {value}" for value in y]
    with pytest.raises(
        TypeError, match=r"y of a regressor must be numbers, got \['class 0', "
    ):
        suggest_space(make_pipeline(StandardScaler(), SVR()), X, text)
    assert suggest_space(SVC(), X, text)
    with pytest.raises(TypeError, match="must be True or False, got 'no' of type str"):
        suggest_space(SVC(), preprocessing="no")


def test_a_warning_where_the_target_is_missed():
    pipe = Pipeline([("scale", StandardScaler()), ("svr", SVR())])
    with pytest.warns(UserWarning, match="of svr__C and svr__epsilon depend on the"):
        suggest_space(pipe, X)
    scaled = TransformedTargetRegressor(pipe, transformer=StandardScaler())
    logarithm = TransformedTargetRegressor(SVR(), func=np.log1p, inverse_func=np.expm1)
    with pytest.warns(UserWarning, match="of regressor__C and regressor__epsilon depe"):
        suggest_space(logarithm, X)
    # nothing to be told
    for estimator in (scaled, SVC(), Ridge(), DecisionTreeClassifier()):
        suggest_space(estimator, X)
    suggest_space(pipe)
    suggest_space(pipe, X, y)


def test_a_warning_where_steps_fail():
    columns = ColumnTransformer([("n", StandardScaler(), ["no such"])])
    with pytest.warns(
        UserWarning, match="not be fitted to rows of X.*ValueError: Spec"
    ):
        suggest_space(make_pipeline(columns, SVC()), X, y)
    # more rows than are usually looked at of a wide table
    wide = np.random.default_rng(0).normal(size=(100, 20_000))
    space = suggest_space(make_pipeline(PCA(60), SVC()), wide, np.arange(100) % 2)
    expected = suggest_space(SVC(), wide[:, :60])
    ratio = space["svc__gamma"].support()[0] / expected["gamma"].support()[0]
    assert ratio < 0.1, "the variance of components is larger"
