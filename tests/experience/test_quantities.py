"""What is known of the data that an estimator gets."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor
from sklearn.linear_model import Lasso
from sklearn.preprocessing import (
    MinMaxScaler,
    StandardScaler,
)
from sklearn.svm import SVR

from sklearn_hp._experience._places import places
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._quantities import (
    ANY_STD,
    MANY_FEATURES,
    MANY_ROWS,
    Quantities,
    most_for,
)

SCALE = "1/(n_features*x_var)"
rng = np.random.default_rng(0)
X = rng.normal(3, 2, size=(60, 4))
y = X[:, 0] * 5 + 100


def quantities(X=None, y=None, estimator=None, **kwargs):
    (place,) = places(SVR() if estimator is None else estimator)
    return Quantities(place, Problem(X, y), **kwargs)


def test_where_the_data_are_not_known():
    unknown = quantities()
    few, many = MANY_FEATURES
    assert unknown[SCALE] == (1 / many, 1 / few)
    assert unknown.x_var is None
    assert unknown["y_std"] == ANY_STD
    assert unknown["y_var"] == pytest.approx((ANY_STD[0] ** 2, ANY_STD[1] ** 2))
    assert unknown.n_samples == np.inf
    assert unknown.total("n_samples") == MANY_ROWS
    assert few < unknown.total("n_features") < many
    in_wrapper = TransformedTargetRegressor(Lasso(), transformer=StandardScaler())
    assert quantities(estimator=in_wrapper)["y_std"] == (1, 1)
    in_wrapper = TransformedTargetRegressor(Lasso(), func=np.log, inverse_func=np.exp)
    assert quantities(estimator=in_wrapper)["y_std"] == ANY_STD


def test_counts_of_rows_have_a_limit():
    shares = {"min_samples_leaf": 20, "min_samples_split": 40, "batch_size": 50}
    for parameter, most in shares.items():
        assert most_for(parameter, 100) == most
        least = 2 if parameter == "batch_size" else 1  # for batch normalisation
        assert most_for(parameter, 1) == least
        assert most_for(parameter, np.inf) == np.inf


def test_as_estimators_count_them():
    known = quantities(X, y)
    gamma = SVR(gamma="scale").fit(X, y)._gamma
    assert known[SCALE] == pytest.approx((gamma, gamma))
    assert known["y_std"] == pytest.approx((y.std(),) * 2)
    assert known["y_var"] == pytest.approx((y.var(),) * 2)
    assert known.total("n_features") == 4
    assert known.total("n_samples") == 60
    assert quantities(X, n_features=20).n_features == (20, 20)


class Fails(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        raise KeyError("a step of one's own")


def test_what_gets_predictions_does_not_get_the_features():
    stack = StackingRegressor([("a", Lasso())], SVR())
    by_prefix = {place.prefix: place for place in places(stack)}
    place = by_prefix["final_estimator__"]
    known = Quantities(place, Problem(X, y), n_features=4)
    assert known.n_features == MANY_FEATURES
    assert known.x_var is None
    assert known["y_std"] == pytest.approx((y.std(),) * 2)
    assert known.n_samples == 60


@pytest.mark.parametrize(
    "y",
    [
        ["a", "b"],
        np.array([b"a"]),
        np.full(60, np.nan),
        np.full(60, np.inf),
        1e300 * np.arange(4),
        np.ones(60),
        [],
        [None, "a"],
        1j * np.arange(60),
        np.array("2020", dtype="M8[D]"),
        {"a": 1},
        sparse.csr_array(np.eye(3)),
    ],
    ids=str,
)
def test_no_scale_of_the_target(y):
    assert quantities(X, y)["y_std"] == (1, 1)


def test_scales_of_targets():
    assert quantities(y=np.c_[y, 3 * y])["y_std"][0] == pytest.approx(2 * y.std())
    assert quantities(y=[*y, np.nan])["y_std"][0] == pytest.approx(y.std())
    small = np.array([100, -100] * 30, dtype=np.int8)
    assert quantities(y=small)["y_std"] == (100, 100)
    assert quantities(y=list(y))["y_std"] == quantities(y=y)["y_std"]


def in_wrapper(**kwargs):
    wrapper = TransformedTargetRegressor(Lasso(), **kwargs)
    return quantities(X, y, wrapper)["y_std"]


def test_targets_that_are_transformed():
    assert in_wrapper() == pytest.approx((y.std(),) * 2)
    assert in_wrapper(transformer=StandardScaler()) == pytest.approx((1, 1))
    scaled = MinMaxScaler().fit_transform(y[:, None])
    assert in_wrapper(transformer=MinMaxScaler()) == pytest.approx((scaled.std(),) * 2)
    assert in_wrapper(transformer=Fails()) == (1, 1)
    log = in_wrapper(func=np.log, inverse_func=np.exp)
    assert log == pytest.approx((np.log(y).std(),) * 2)
    # as the wrapper calls it, with columns
    first = in_wrapper(func=lambda y: y[:, :1] / 2, inverse_func=np.exp)
    assert first == pytest.approx((y.std() / 2,) * 2)


def broken(y):
    raise KeyError("a function of one's own")


def loud(y):
    warnings.warn("a function of one's own", stacklevel=1)
    return y


def test_functions_of_targets_may_fail():
    assert in_wrapper(func=broken) == (1, 1)
    assert in_wrapper(func=lambda y: None) == (1, 1)
    assert in_wrapper(func=loud) == pytest.approx((y.std(),) * 2)
    assert in_wrapper(func=lambda y: np.log(y - 1000)) == (1, 1), "no number is left"
