"""Rows as users have them, and the moments they are scaled by."""

import warnings

import numpy as np
import pytest
import torch
from scipy.sparse import coo_array, csc_matrix, csr_array
from sklearn.base import BaseEstimator
from sklearn.datasets import make_classification
from sklearn.preprocessing import RobustScaler, StandardScaler

from sklearn_hp.neural_network import TorchCNNClassifier, TorchMLPClassifier
from sklearn_hp.neural_network._inputs import check_table
from sklearn_hp.neural_network._scaling import make_scale

rng = np.random.RandomState(0)
X = (rng.standard_normal((50, 3)) * [1, 10, 100] + [5, 0, -50]).astype(np.float32)
weight = rng.uniform(size=50)


def scaled(scale, X):
    return scale(torch.from_numpy(X)).numpy()


@pytest.mark.parametrize("weight", [None, weight], ids=["equal", "weighted"])
def test_standard_scaling_is_that_of_scikit_learn(weight):
    expected = StandardScaler().fit(X.astype(float), sample_weight=weight)
    scale = make_scale(X, weight, "standard")
    np.testing.assert_allclose(scale.center, expected.mean_, rtol=1e-6)
    np.testing.assert_allclose(1 / scale.factor, expected.scale_, rtol=1e-6)
    np.testing.assert_allclose(scaled(scale, X), expected.transform(X), atol=1e-5)


def test_weights_are_those_of_repeated_rows():
    counts = rng.randint(0, 3, size=50)
    repeated = make_scale(np.repeat(X, counts, axis=0), None, "standard")
    weighted = make_scale(X, counts.astype(float), "standard")
    torch.testing.assert_close(weighted.center, repeated.center)
    torch.testing.assert_close(weighted.factor, repeated.factor)


def test_a_constant_column_is_centred_only():
    constant = np.full((9, 1), 3.0, dtype=np.float32)
    for scaler in ("standard", "robust"):
        assert (scaled(make_scale(constant, None, scaler), constant) == 0).all()


def test_robust_scaling_is_that_of_scikit_learn_and_draws_outliers_nearer():
    expected = RobustScaler(unit_variance=True).fit(X.astype(float))
    scale = make_scale(X, None, "robust")
    Z = expected.transform(X)
    np.testing.assert_allclose(
        scaled(scale, X), Z / np.sqrt(1 + (Z / 3) ** 2), atol=1e-5
    )
    far = scaled(scale, np.full((1, 3), 1e8, dtype=np.float32))
    np.testing.assert_allclose(far, 3.0, rtol=1e-3)


def test_robust_scaling_of_a_column_of_mostly_one_value_is_standard():
    column = np.zeros((50, 1), dtype=np.float32)
    column[:5] = 2.0
    scale = make_scale(column, None, "robust")
    assert float(scale.center) == 0.0
    np.testing.assert_allclose(1 / scale.factor, column.std(), rtol=1e-6)


def test_images_are_scaled_by_channel():
    images = rng.uniform(size=(20, 2, 4, 3)).astype(np.float32) * 7
    scale = make_scale(images, weight[:20], "standard")
    assert scale.center.shape == (2, 1, 1)
    columns = np.moveaxis(images, 1, -1).reshape(-1, 2).astype(float)
    expected = StandardScaler().fit(columns, sample_weight=np.repeat(weight[:20], 12))
    np.testing.assert_allclose(scale.center.ravel(), expected.mean_, rtol=1e-6)
    np.testing.assert_allclose(1 / scale.factor.ravel(), expected.scale_, rtol=1e-6)


def test_images_of_bytes_are_divided_by_255_without_a_scaler():
    images = rng.randint(256, size=(5, 2, 4, 4)).astype(np.uint8)
    Z = scaled(make_scale(images, None, None), images)
    assert Z.dtype == np.float32
    np.testing.assert_allclose(Z, images / 255, rtol=1e-6)
    assert make_scale(images.astype(np.float32), None, None) is None
    # moments of bytes do not overflow
    Z = scaled(make_scale(images, None, "standard"), images)
    np.testing.assert_allclose(Z.mean((0, 2, 3)), 0.0, atol=1e-5)
    np.testing.assert_allclose(Z.std((0, 2, 3)), 1.0, atol=1e-5)


def test_bytes_stay_bytes_until_the_network_has_them():
    images = rng.randint(256, size=(8, 4, 4)).astype(np.uint8)
    cnn = TorchCNNClassifier(channels=2, max_epochs=1, device="cpu")
    cnn.fit(images, np.arange(8) % 2)
    assert cnn._check_X(images, reset=False).dtype == np.uint8
    floats = images.astype(float)
    assert cnn._check_X(floats, reset=False).dtype == np.float32
    np.testing.assert_array_equal(cnn.predict_proba(floats), cnn.predict_proba(images))


@pytest.mark.parametrize("scaler", ["standard", "robust", None])
def test_the_network_keeps_the_moments_of_its_training_rows(scaler):
    y = np.arange(50) % 2
    mlp = TorchMLPClassifier(width=2, max_epochs=1, scaler=scaler, device="cpu")
    mlp.fit(X, y, sample_weight=weight)
    expected = make_scale(X, weight, scaler)
    if expected is None:
        assert not hasattr(mlp.net_.module_, "scale")
    else:
        torch.testing.assert_close(mlp.net_.module_.scale.center, expected.center)
        torch.testing.assert_close(mlp.net_.module_.scale.factor, expected.factor)


def test_rows_of_weight_zero_have_no_part_in_scaling():
    y = np.arange(50) % 2
    zero = np.arange(50) % 5 == 0
    data = np.where(zero[:, None], 1e6, X)
    mlp = TorchMLPClassifier(width=2, max_epochs=1, device="cpu", random_state=0)
    mlp.fit(data, y, sample_weight=np.where(zero, 0.0, 1.0))
    expected = make_scale(X[~zero], None, "standard")
    torch.testing.assert_close(mlp.net_.module_.scale.center, expected.center)


def check(X, *, reset=True, **params):
    return check_table(BaseEstimator(), X, reset=reset, **params)


@pytest.mark.parametrize(
    "convert",
    [
        lambda X: X.astype(np.float64),
        lambda X: X.tolist(),
        lambda X: np.asfortranarray(X),
        lambda X: np.repeat(X, 2, axis=0)[::2],
    ],
    ids=["float64", "lists", "columns", "strided"],
)
def test_all_kinds_of_tables_become_contiguous_float32(convert):
    result = check(convert(X))
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert result.flags.writeable
    np.testing.assert_array_equal(result, X)


@pytest.mark.parametrize("convert", [csr_array, csc_matrix, coo_array])
def test_sparse_rows_become_csr_of_float32(convert):
    result = check(convert(X.astype(np.float64)))
    assert result.format == "csr"
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result.toarray(), X)


def test_integers_and_booleans_become_numbers():
    assert check([[1, 0], [2, 5]]).tolist() == [[1.0, 0.0], [2.0, 5.0]]
    assert check(np.array([[True], [False]])).tolist() == [[1.0], [0.0]]


def test_memory_that_is_read_only_is_copied_and_other_is_not():
    ours = X.copy()
    assert check(ours) is ours
    ours.flags.writeable = False
    assert check(ours).flags.writeable


def test_more_axes_where_they_are_allowed():
    assert check(np.zeros((2, 3, 4)), allow_nd=True).shape == (2, 3, 4)
    with pytest.raises(ValueError, match="Found array with dim 3"):
        check(np.zeros((2, 3, 4)))


@pytest.mark.parametrize("convert", [np.asarray, csr_array])
def test_values_beyond_float32_are_refused(convert):
    data = np.array([[1.0, 2.0], [1e39, 3.0]])
    with pytest.raises(ValueError, match=r"too large for dtype\('float32'\)"):
        check(convert(data), reset=False)


def test_a_column_that_float32_rounds_to_a_constant_gives_a_warning():
    y = np.arange(50) % 2
    columns = X.astype(float).T
    data = np.column_stack([columns[0], 1e9 + columns[1], np.full(50, 1e9)])
    mlp = TorchMLPClassifier(width=2, max_epochs=1, device="cpu")
    with pytest.warns(
        UserWarning, match=r"Columns \[1\] of X vary by less than 0\.0001"
    ):
        mlp.fit(data, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mlp.predict(data)  # said once
        mlp.fit(data - [0, 1e9, 0], y)
        mlp.fit(data.astype(np.float32), y)  # nothing is lost here any more
        check(0.1 + np.zeros((50, 1)))
        check(np.arange(50.0)[:, None] + 1e3)


def test_predictions_do_not_depend_on_the_type_of_the_rows():
    X, y = make_classification(60, random_state=0)
    mlp = TorchMLPClassifier(width=4, max_epochs=1, device="cpu", random_state=0)
    expected = mlp.fit(X, y).predict_proba(X)
    for data in (X.astype(np.float32), csr_array(X), np.asfortranarray(X)):
        np.testing.assert_array_equal(mlp.fit(data, y).predict_proba(data), expected)
