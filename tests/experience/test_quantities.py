"""What is known of the data that an estimator gets."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Lasso
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from sklearn_hp.experience._places import places
from sklearn_hp.experience._quantities import ANY_STD, MANY_FEATURES, Quantities

rng = np.random.default_rng(0)
X = rng.normal(3, 2, size=(60, 4))
y = X[:, 0] * 5 + 100


def quantities(X=None, y=None, estimator=None, **kwargs):
    (place,) = places(SVR() if estimator is None else estimator)
    return Quantities(place, X, y, **kwargs)


def test_where_the_data_are_not_known():
    unknown = quantities()
    few, many = MANY_FEATURES
    assert unknown["1/n_features"] == (1 / many, 1 / few)
    assert unknown["y_std"] == ANY_STD
    assert unknown["y_var"] == pytest.approx((ANY_STD[0] ** 2, ANY_STD[1] ** 2))


def test_as_estimators_count_them():
    known = quantities(X, y)
    gamma = SVR(gamma="scale").fit(X, y)._gamma
    assert known["1/n_features"] == pytest.approx((gamma, gamma))
    assert known["y_std"] == pytest.approx((y.std(),) * 2)
    assert known["y_var"] == pytest.approx((y.var(),) * 2)
    prepared = quantities(X, y, make_pipeline(StandardScaler(), SVR()))
    assert prepared["1/n_features"] == (1 / 4, 1 / 4)
    assert quantities(X, n_features=20).n_features == (20, 20)


def text_frame(library):
    frames = pytest.importorskip(library)
    columns = {f"x{i}": X[:, i] for i in range(4)}
    return frames.DataFrame({**columns, "text": ["a", "b", "c"] * 20})


SAME = {
    "list": X.tolist(),
    "csr": sparse.csr_array(X),
    "csc": sparse.csc_matrix(X),
    "coo": sparse.coo_array(X),
    "dok": sparse.dok_array(X),
    "objects": X.astype(object),
    "fortran": np.asfortranarray(X),
}


@pytest.mark.parametrize("name", SAME)
def test_other_containers(name):
    assert quantities(SAME[name])["1/n_features"] == pytest.approx(
        quantities(X)["1/n_features"]
    )


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library):
    frame = text_frame(library)
    known = quantities(frame)
    assert known.n_features == (7, 7), "a feature for each of three categories"
    assert known.x_var == 1
    frame = frame[["x0", "x1", "x2", "x3"]]
    assert quantities(frame).n_features == (4, 4)
    assert quantities(frame).x_var == pytest.approx(X.var())


@pytest.mark.parametrize("index", ["float", "dates", "names", "repeated"])
def test_rows_of_a_frame_by_position(index):
    pd = pytest.importorskip("pandas")
    frame = text_frame("pandas")
    frame.index = {
        "float": rng.permutation(60) + 0.5,
        "dates": pd.date_range("2020", periods=60),
        "names": frame["text"] + frame.index.astype(str),
        "repeated": [0] * 60,
    }[index]
    assert quantities(frame).n_features == (7, 7)


def test_columns_of_a_frame():
    pd = pytest.importorskip("pandas")
    frame = text_frame("pandas")
    assert quantities(pd.concat([frame, frame], axis=1)).n_features == (14, 14)
    missing = pd.DataFrame(
        {
            "a": pd.array([1, None, 3] * 20, dtype="Int64"),
            "b": pd.array([True, None, False] * 20, dtype="boolean"),
            "c": pd.date_range("2020", periods=60),
            "d": pd.Categorical(["x", "y"] * 30),
        }
    )
    assert quantities(missing).n_features == (5, 5)


def test_many_rows_and_columns_are_not_all_looked_at():
    many = np.lib.stride_tricks.as_strided(np.ones(1), (10**7, 100), (0, 0))
    assert quantities(many).n_features == (100, 100)
    wide = np.lib.stride_tricks.as_strided(np.ones(1), (100, 10**7), (0, 0))
    assert quantities(wide[:, : 10**5]).x_var == 1


@pytest.mark.parametrize(
    "module", ["array_api_strict", pytest.param("torch", marks=pytest.mark.slow)]
)
def test_other_arrays(module):
    xp = pytest.importorskip(module)
    known = quantities(xp.asarray(X), xp.asarray(y))
    assert known.x_var == pytest.approx(X.var())
    assert known["y_std"] == pytest.approx((y.std(),) * 2)


@pytest.mark.parametrize(
    "X",
    [
        ["a text", "another"],
        [["a", 1], ["b", 2]],
        np.zeros((3, 4, 5)),
        np.zeros(5),
        np.full((60, 4), np.nan),
        np.full((60, 4), np.inf),
        np.full((60, 4), 1e300) * np.arange(4),
        np.ones((60, 4)),
        1e-300 * np.arange(8).reshape(4, 2),
        np.zeros((0, 4)),
        np.zeros((60, 0)),
        1j * np.ones((60, 4)),
        np.array([["a", "b"]]),
        [],
        {"a": 1},
        "text",
        3,
    ],
    ids=str,
)
def test_no_number_to_use(X):
    known = quantities(X)
    assert known.x_var == 1
    assert np.isfinite(known["1/n_features"]).all()


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
    assert in_wrapper(transformer=StandardScaler()) == (1, 1)
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
