"""The data of a search, and what preprocessing makes of them."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    StandardScaler,
)
from sklearn.svm import SVR

from sklearn_hp._experience._places import places
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._quantities import (
    MANY_FEATURES,
    Quantities,
)
from tests.experience.test_quantities import SCALE, Fails, X, quantities, rng, y


class Draws(TransformerMixin, BaseEstimator):
    """Uses numpy's global generator, and is loud."""

    def fit(self, X, y=None):
        warnings.warn("a step of one's own", stacklevel=1)
        return self

    def transform(self, X):
        return X + 0 * np.random.random()  # noqa: NPY002


TEXTS = ["an apple", "a pear", "no fruit", "a pear and an apple"] * 15


FRAME = pd.DataFrame({"x": X[:, 0], "kind": ["a", "b", "c"] * 20, "id": range(60)})


@pytest.mark.parametrize(
    "X, steps",
    [
        (X, [StandardScaler()]),
        (X, [MinMaxScaler()]),
        (X, [SimpleImputer()]),
        (X, [StandardScaler(), PCA(2)]),
        (X, [SelectKBest(f_regression, k=1)]),  # learns from the target
        (X, [Draws()]),
        (np.where(X > 4, np.nan, X), [SimpleImputer(add_indicator=True)]),
        (TEXTS, [TfidfVectorizer()]),
        (TEXTS, [TfidfVectorizer(), TruncatedSVD(2), StandardScaler()]),
        (FRAME, [ColumnTransformer([("n", StandardScaler(), ["x"])])]),
        (
            FRAME,
            [
                ColumnTransformer(
                    [("n", "passthrough", ["x"]), ("k", OneHotEncoder(), ["kind"])]
                )
            ],
        ),
    ],
)
def test_as_they_come_out_of_the_steps(X, steps):
    model = clone(make_pipeline(*steps, SVR()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Draws is loud
        model.fit(X, y)
    known = quantities(X, y, make_pipeline(*steps, SVR()))
    assert known.n_features == (model[-1].n_features_in_,) * 2
    assert known[SCALE] == pytest.approx((model[-1]._gamma,) * 2)
    assert not hasattr(steps[0], "n_features_in_"), "clones are fitted"


def test_steps_that_fail():
    known = quantities(X, y, make_pipeline(Fails(), SVR()))
    assert known.n_features == MANY_FEATURES
    assert known.x_var is None
    # a target of another length is not theirs
    step = make_pipeline(SelectKBest(f_regression, k=1), SVR())
    assert quantities(X, y[:-1], step).n_features == MANY_FEATURES


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert quantities(X, y, make_pipeline(Draws(), SVR())).x_var is not None
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_steps_are_fitted_once_and_only_if_asked():
    n_fits = []
    step = FunctionTransformer(lambda X: n_fits.append(len(X)) or X)
    data = Problem(np.repeat(X, 30, axis=0), np.repeat(y, 30))
    (place,) = places(make_pipeline(step, SVR()))
    known = Quantities(place, data)
    assert known["y_std"] and known.n_samples
    assert n_fits == []
    assert known[SCALE] and known.n_features and known.x_var
    assert n_fits == [1000], "of 1,800 rows"
    # nor for another branch with equal steps
    (place,) = places(make_pipeline(clone(step), Lasso()))
    assert Quantities(place, data).n_features == known.n_features
    assert len(n_fits) == 1
    (place,) = places(make_pipeline(step, StandardScaler(), SVR()))
    assert Quantities(place, data).n_features == known.n_features
    assert len(n_fits) == 2


def test_rows_are_drawn():
    # 25 machines on each of 400 days: every tenth row would be of few machines
    machine = np.tile(np.arange(25), 400)
    panel = np.column_stack([10.0**machine, machine])
    exact = quantities(panel).x_var
    assert exact == pytest.approx(panel.var()), "all rows, if nothing is fitted"
    steps = FunctionTransformer()
    drawn = quantities(panel, None, make_pipeline(steps, SVR())).x_var
    assert drawn == pytest.approx(exact, rel=0.3)


class OnlyFitAndTransform(BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return 2 * np.asarray(X)


class Sampler(BaseEstimator):
    """A step that changes rows only, in the way of imbalanced-learn."""

    def fit_resample(self, X, y):
        return X, y


@pytest.mark.parametrize(
    "step, times",
    [
        (OnlyFitAndTransform(), 2),
        (Sampler(), 1),
        (FrozenEstimator(FunctionTransformer(lambda X: 3 * X).fit(X)), 3),
    ],
)
def test_other_kinds_of_steps(step, times):
    known = quantities(X, y, Pipeline([("step", step), ("svr", SVR())]))
    assert known.x_var == pytest.approx(times**2 * X.var())


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
    assert quantities(SAME[name])[SCALE] == pytest.approx(quantities(X)[SCALE])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library):
    frame = text_frame(library)
    known = quantities(frame)
    assert known.n_features == (5, 5)
    assert known.x_var is None, "not all are numbers"
    frame = frame[["x0", "x1", "x2", "x3"]]
    assert quantities(frame).n_features == (4, 4)
    assert quantities(frame).x_var == pytest.approx(X.var())


@pytest.mark.parametrize("index", ["float", "dates", "names", "repeated"])
def test_rows_of_a_frame_by_position(index):
    frame = text_frame("pandas")
    frame.index = {
        "float": rng.permutation(60) + 0.5,
        "dates": pd.date_range("2020", periods=60),
        "names": frame["text"] + frame.index.astype(str),
        "repeated": [0] * 60,
    }[index]
    assert quantities(frame[["x0", "x1"]]).x_var == pytest.approx(X[:, :2].var())


def test_columns_of_a_frame():
    missing = pd.DataFrame(
        {
            "a": pd.array([1, None, 3] * 20, dtype="Int64"),
            "b": pd.array([True, None, False] * 20, dtype="boolean"),
            "c": pd.date_range("2020", periods=60),
            "d": pd.Categorical(["x", "y"] * 30),
        }
    )
    assert quantities(missing).n_features == (4, 4)


def some_entries(n_rows, n_columns, n_entries):
    draws = np.random.default_rng(0)
    where = (
        draws.integers(n_rows, size=n_entries),
        draws.integers(n_columns, size=n_entries),
    )
    return sparse.coo_array((draws.random(n_entries), where), (n_rows, n_columns))


@pytest.mark.parametrize("to", ["tocsr", "tocsc", "tocoo", "tolil", "todok"])
def test_wide_sparse_data_stay_sparse(to):
    wide = some_entries(300, 2**20, 3000)
    if to != "todok":  # of which converting back takes more
        wide = getattr(wide, to)()
    known = quantities(wide)
    tracemalloc.start()
    assert known.n_features == (2**20, 2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6, "bytes; 20 rows of them would be 168 MB"
    few = some_entries(50, 30, 150)
    assert quantities(getattr(few, to)()).x_var == pytest.approx(few.toarray().var())


def test_many_rows_and_columns_are_not_all_looked_at():
    seen = []
    step = FunctionTransformer(lambda X: seen.append(X.shape) or X)
    for shape in [(10**7, 100), (10**4, 10**4), (100, 10**5)]:
        huge = np.lib.stride_tricks.as_strided(np.ones(1), shape, (0, 0))
        assert quantities(huge).x_var == 1
        assert quantities(huge, None, make_pipeline(step, SVR())).x_var == 1
    assert seen == [(1000, 100), (100, 10**4), (20, 10**5)]


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
        np.zeros((0, 4)),
        np.zeros((60, 0)),
        1j * np.ones((60, 4)),
        np.array([["a", "b"]]),
        [],
        [[0, [1, 2]], [3, [4]]],
        {"a": 1},
        "text",
        3,
    ],
    ids=lambda X: type(X).__name__,
)
def test_no_number_to_use(X):
    known = quantities(X)
    assert known.x_var is None
    assert np.isfinite(known[SCALE]).all()


def test_constants_count_as_scikit_learn_has_them():
    assert quantities(np.ones((60, 4))).x_var == 1
    assert quantities(1e-300 * np.arange(8).reshape(4, 2)).x_var == 1
    assert quantities(sparse.csr_array((60, 4))).x_var == 1
