"""Category columns and missing numbers of a data set."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from sklearn_hp import BayesSearchCV, EarlyStoppingClassifier, suggest_space
from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor
from sklearn_hp.neural_network._columns import UNKNOWN, Levels, category_columns

rng = np.random.RandomState(0)
N = 240


def data(n=N, seed=0):
    """Return a frame of all kinds of columns, and classes that need two of them."""
    rng = np.random.RandomState(seed)
    towns = np.array([f"town {i}" for i in range(20)])
    town = rng.randint(20, size=n)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n),
            "income": np.where(rng.uniform(size=n) < 0.2, np.nan, rng.normal(size=n)),
            "colour": rng.choice(["red", "green", "blue"], n),
            "town": pd.Categorical(towns[town]),
            "member": rng.uniform(size=n) < 0.5,
            "plan": rng.choice(np.array(["a", "b", None], dtype=object), n),
            "children": pd.array(rng.randint(4, size=n), dtype="Int64"),
        }
    )
    return frame, np.where((town % 2 == 0) ^ (frame["colour"] == "red"), "yes", "no")


X, y = data()
CATEGORIES = ["colour", "town", "member", "plan"]


def small(**params):
    settings = {"width": 16, "max_epochs": 3, "device": "cpu", "random_state": 0}
    return TorchMLPClassifier(**{**settings, **params})


# ---- which columns have categories ---------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(pd.Series(["a", "b"]), True, id="text"),
        pytest.param(pd.Series(["a", None], dtype=object), True, id="objects"),
        pytest.param(pd.Series(["a", pd.NA], dtype="string"), True, id="string"),
        pytest.param(pd.Series([1, 2], dtype="category"), True, id="category"),
        pytest.param(pd.Series([True, False]), True, id="bool"),
        pytest.param(pd.Series([True, pd.NA], dtype="boolean"), True, id="boolean"),
        pytest.param(pd.Series([True, None], dtype=object), True, id="bool and None"),
        pytest.param(pd.Series([1, 2], dtype=np.uint8), False, id="uint8"),
        pytest.param(pd.Series([1.5, np.nan]), False, id="float"),
        pytest.param(pd.Series([1, pd.NA], dtype="Int64"), False, id="Int64"),
        pytest.param(pd.Series([1.5, 2], dtype=object), False, id="numbers as objects"),
    ],
)
def test_types_of_columns(values, expected):
    frame = pd.DataFrame({0: [1.0, 2.0], 1: values})
    found = category_columns(frame, "from_dtype")
    assert (found is not None) == expected
    if expected:
        assert found.tolist() == [False, True]
    assert category_columns(frame, None) is None
    frame.columns = ["twice", "twice"]
    assert (category_columns(frame, "from_dtype") is not None) == expected


@pytest.mark.parametrize(
    "values",
    [
        pd.date_range("2026-01-01", periods=2),
        pd.to_timedelta([1, 2], unit="h"),
        pd.Series([1.0, pd.NA], dtype=object),
        pd.Series([1.0, pd.Timestamp("2026-01-01")], dtype=object),
    ],
    ids=["dates", "durations", "NA among objects", "dates among objects"],
)
def test_columns_that_are_neither(values):
    frame = pd.DataFrame({"age": [1.0, 2.0], "odd": values})
    for table in (frame, frame[["odd"]]):
        with pytest.raises(
            TypeError, match=r"Column 'odd' of X has .*neither a number"
        ):
            small().fit(table, [0, 1])


def test_types_of_columns_of_polars():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(
        {
            "number": [1, None],
            "text": ["a", None],
            "flag": [True, None],
            "category": pl.Series(["a", "b"], dtype=pl.Categorical),
            "enum": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
        }
    )
    found = category_columns(frame, "from_dtype")
    assert found.tolist() == [False, True, True, True, True]


@pytest.mark.parametrize("table", [[[1, "a"]], np.array([["a"]]), sp.eye_array(3)])
def test_arrays_have_no_types_of_columns(table):
    assert category_columns(table, "from_dtype") is None


def test_columns_that_the_user_names():
    expected = [False, False, True, False, False, False, True]
    for given in (["colour", "children"], [2, 6], expected):
        assert category_columns(X, given).tolist() == expected
    assert category_columns(X.to_numpy(), [2, 6]).tolist() == expected
    with pytest.raises(ValueError, match="'size' which is not a valid feature name"):
        small(categorical_features=["size"]).fit(X, y)
    with pytest.raises(ValueError, match="must be in"):
        small(categorical_features=[7]).fit(X, y)
    with pytest.raises(ValueError, match="'categorical_features' parameter"):
        small(categorical_features="auto").fit(X, y)
    with pytest.raises(TypeError, match="X is a sparse matrix"):
        small(categorical_features=[0]).fit(sp.eye_array(4).tocsr(), [0, 1, 0, 1])


# ---- codes ---------------------------------------------------------------------------


def test_codes_are_those_of_an_ordinal_encoder():
    frame = X[["colour", "town"]]
    levels = Levels(frame, np.array([True, True]))
    expected = OrdinalEncoder().fit_transform(frame) + 1
    np.testing.assert_array_equal(levels.codes(frame), expected)
    assert levels.n_levels == [3, 20]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, np.float32("nan")])
def test_codes_of_missing_and_unknown_values(missing):
    both = np.array([True, True])
    train = np.array([["b", "b"], ["a", "a"], [missing, "a"]], dtype=object)
    levels = Levels(train, both)
    assert levels.n_levels == [3, 2]
    assert levels.codes(train).tolist() == [[2, 2], [1, 1], [3, 1]]
    new = np.array([["c", "c"], [missing, missing], [None, None]], dtype=object)
    expected = [[UNKNOWN, UNKNOWN], [3, UNKNOWN], [3, UNKNOWN]]
    assert levels.codes(new).tolist() == expected


def test_text_beside_numbers_is_refused():
    frame = X.assign(plan=np.array(["a", 1], dtype=object)[np.arange(N) % 2])
    with pytest.raises(TypeError, match=r"cannot be sorted.*Convert it, as with"):
        small().fit(frame, y)


# ---- estimators ----------------------------------------------------------------------


def test_a_data_frame_as_it_is():
    net = small(width=64, max_epochs=40, learning_rate_init=0.01).fit(X, y)
    assert net.n_features_in_ == 7
    np.testing.assert_array_equal(net.feature_names_in_, X.columns)
    assert list(X.columns[net.is_categorical_]) == CATEGORIES
    new, labels = data(seed=1)
    assert net.score(new, labels) > 0.9
    reordered = X[X.columns[::-1]]
    with pytest.raises(ValueError, match="must be in the same order"):
        net.predict(reordered)
    with pytest.raises(ValueError, match="feature names"):
        net.predict(X.drop(columns="town"))
    with pytest.raises(ValueError, match="infinity"):
        net.predict(X.assign(age=np.inf))


def test_results_do_not_depend_on_the_kind_of_the_data():
    expected = small().fit(X, y).predict_proba(X)
    as_text = X.astype({"town": str, "colour": "category", "member": object})
    numbers = X.astype({"children": float})
    array = numbers.to_numpy(dtype=object)
    given = small(categorical_features=[2, 3, 4, 5])
    for net, other in [
        (small(), as_text),
        (given, array),
        (given, array.tolist()),
        (given, numbers),
    ]:
        np.testing.assert_array_equal(net.fit(other, y).predict_proba(other), expected)


def test_results_do_not_depend_on_polars():
    pl = pytest.importorskip("polars")
    expected = small().fit(X, y).predict_proba(X)
    pytest.importorskip("pyarrow")
    other = pl.from_pandas(X)
    np.testing.assert_array_equal(small().fit(other, y).predict_proba(other), expected)


def test_sparse_columns_of_pandas():
    dense = pd.DataFrame(
        {"a": [0.0, 1.0] * 20, "b": 1.0, "c": ["u", "v", "v", "w"] * 10}
    )
    sparse = dense.astype(
        {"a": pd.SparseDtype(float, 0), "b": pd.SparseDtype(float, 0)}
    )
    target = np.arange(40) % 2
    expected = small().fit(dense, target).predict_proba(dense)
    net = small().fit(sparse, target)
    np.testing.assert_array_equal(net.predict_proba(sparse), expected)


def test_arrays_without_categories_are_as_before():
    words = X[["colour", "colour"]].fillna("none").to_numpy(dtype=str)
    for text in (X[["age", "colour"]].to_numpy(), words):
        with pytest.raises(ValueError, match=r"as in categorical_features=\[0\]"):
            small().fit(text, y)
    flags = X[["member"]].to_numpy()
    assert small().fit(flags, y).is_categorical_ is None


def test_levels_without_a_training_row_are_unknown():
    """Not those that only rows to stop by have, or rows of weight 0."""
    rare = X["colour"].where(np.arange(N) % 4 > 0, "rare")
    frame = X.assign(colour=rare)
    weight = np.where(rare == "rare", 0.0, 1.0)
    net = small().fit(frame, y, weight)
    unheard = frame.assign(colour="unheard of")
    np.testing.assert_array_equal(
        net.predict_proba(frame.assign(colour="rare")), net.predict_proba(unheard)
    )
    assert np.ptp(net.predict_proba(frame.assign(colour="red"))) > 0
    net = TorchMLPRegressor(width=8, max_epochs=1, device="cpu", early_stopping=True)
    are_equal = set()
    for seed in range(20):  # a group is set aside, in some fits the rare one
        net.set_params(random_state=seed).fit(frame, X["age"], groups=rare)
        found = net.predict(frame.assign(colour="rare"))
        are_equal.add(np.array_equal(found, net.predict(unheard)))
        if len(are_equal) == 2:
            break
    assert are_equal == {False, True}


def test_a_missing_value_is_a_level_of_its_own():
    net = small(max_epochs=30, learning_rate_init=0.01)
    target = X["plan"].isna().to_numpy()
    assert net.fit(X[["plan"]], target).score(X[["plan"]], target) == 1.0
    nobody = small().fit(X[["colour", "age"]], y)
    gaps = X[["colour", "age"]].assign(colour=None)
    others = gaps.assign(colour="unheard of")
    np.testing.assert_array_equal(
        nobody.predict_proba(gaps), nobody.predict_proba(others)
    )


def test_a_number_that_is_missing_tells_something():
    numbers = X[["age", "income"]]
    target = X["income"].isna().to_numpy()
    net = small(max_epochs=30, learning_rate_init=0.01)
    assert net.fit(numbers, target).score(numbers, target) == 1.0
    array = numbers.to_numpy()
    assert net.fit(array, target).score(array, target) == 1.0
    rows = sp.csr_array(array)
    assert net.fit(rows, target).score(rows, target) == 1.0


@pytest.mark.parametrize("scaler", ["standard", "robust", None])
def test_a_number_that_is_missing_only_in_prediction_is_the_centre(scaler):
    numbers = rng.normal(3, 2, (N, 2)).astype(np.float32)
    net = small(scaler=scaler).fit(numbers, y)
    center = np.median if scaler == "robust" else np.mean
    gap, filled = numbers[:5].copy(), numbers[:5].copy()
    gap[:, 0], filled[:, 0] = np.nan, center(numbers[:, 0].astype(float))
    np.testing.assert_allclose(
        net.predict_proba(gap), net.predict_proba(filled), rtol=1e-5
    )


@pytest.mark.parametrize("scaler", ["standard", "robust", None])
def test_a_column_without_a_number(scaler):
    empty = X[["age"]].assign(nothing=np.nan)
    for table in (empty, sp.csr_array(empty.to_numpy())):
        net = small(scaler=scaler).fit(table, y)
        assert np.isfinite(net.predict_proba(table)).all()


def test_partial_fit():
    net = small()
    numbers = X[["age", "income", "colour"]]
    first = numbers.dropna()[:100]
    net.partial_fit(first, y[first.index], classes=["no", "yes"])
    later = numbers.assign(colour="unheard of")  # with gaps, which the first has not
    net.partial_fit(later, y)
    assert np.isfinite(net.predict_proba(later)).all()
    np.testing.assert_array_equal(net._levels.categories[0], ["blue", "green", "red"])


def test_pickle_and_clone():
    net = small().fit(X, y)
    expected = net.predict_proba(X)
    again = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    np.testing.assert_array_equal(clone(net).fit(X, y).predict_proba(X), expected)


def test_fit_begins_again_without_categories():
    net = small().fit(X, y).fit(X[["age"]], y)
    assert net.is_categorical_ is None
    assert net.predict(X[["age"]]).shape == (N,)


def test_a_fit_that_goes_on_equals_a_whole_one(tmp_path):
    whole = small(early_stopping=True).fit(X, y).predict_proba(X)
    net = small(early_stopping=True, checkpoint=tmp_path / "a.pt", schedule_epochs=3)
    net.set_params(max_epochs=1).fit(X, y)
    other = X.assign(colour=X["colour"].str.upper())  # the same codes
    with pytest.raises(ValueError, match="is of a fit to other data"):
        net.set_params(max_epochs=3).fit(other, y)
    np.testing.assert_array_equal(net.fit(X, y).predict_proba(X), whole)


def test_regression_with_targets_of_a_level():
    target = X["town"].cat.codes.to_numpy() * 10.0
    params = {"max_epochs": 60, "learning_rate_init": 0.01, "random_state": 0}
    net = TorchMLPRegressor(dropout=0, device="cpu", **params).fit(X[["town"]], target)
    assert net.score(X[["town"]], target) > 0.95


# ---- around it -----------------------------------------------------------------------


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_a_column_transformer_in_front(output):
    encoder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
        (StandardScaler(), make_column_selector(dtype_include=float)),
    ).set_output(transform=output)
    net = make_pipeline(encoder, small()).fit(X, y)
    assert net[-1].is_categorical_ is None
    assert net.predict(X).shape == (N,)


def test_cross_validation():
    net = small(max_epochs=40, learning_rate_init=0.01)
    assert cross_val_score(net, X, y, cv=3, error_score="raise").mean() > 0.8


@pytest.mark.slow
def test_a_search_with_workers_and_early_stopping():
    net = EarlyStoppingClassifier(small(), random_state=0)
    space = suggest_space(small())
    assert "learning_rate_init" in space
    search = BayesSearchCV(
        net,
        {f"estimator__{k}": v for k, v in space.items() if k == "learning_rate_init"},
        n_iter=2,
        cv=2,
        n_jobs=2,
        random_state=0,
        error_score="raise",
    ).fit(X, y)
    assert search.predict(X).shape == (N,)
    assert search.best_estimator_.estimator_.is_categorical_.sum() == 4


@pytest.mark.parametrize(
    ("fitted", "given", "message"),
    [
        (["m", "f"] * 20, [0, 1] * 20, r"'sex' of X has numbers such as 0, and had te"),
        ([0, 1] * 20, ["0", "1"] * 20, r"'sex' of X has text such as '0', and had num"),
    ],
)
def test_a_category_column_of_another_kind_is_refused(fitted, given, message):
    def frame(values):
        return pd.DataFrame({"age": range(40), "sex": pd.Categorical(values)})

    mlp = TorchMLPClassifier(max_epochs=1, device="cpu")
    mlp.fit(frame(fitted), [0, 1] * 20)
    with pytest.raises(ValueError, match=message):
        mlp.predict(frame(given))
    # a level that is new is no error, nor is a row without one
    others = frame(["x", None] * 20 if isinstance(fitted[0], str) else [7, None] * 20)
    assert mlp.predict(others).shape == (40,)
