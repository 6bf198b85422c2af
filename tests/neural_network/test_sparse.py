"""Sparse rows stay sparse; only batches of them are dense."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.preprocessing import RobustScaler, StandardScaler
from torch import nn

from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)
from sklearn_hp.neural_network._data import Batches, Rows
from sklearn_hp.neural_network._scaling import make_scale
from sklearn_hp.neural_network._sparse import SparseRows
from tests.neural_network.networks import TwoLayers

rng = np.random.RandomState(0)
X = sp.random_array((150, 30), density=0.2, format="csr", rng=rng, dtype=np.float32)
y = np.asarray(X.sum(axis=1)).ravel()
labels = (y > np.median(y)).astype(int)


def networks(**params):
    params = {"max_epochs": 2, "device": "cpu", "random_state": 0, **params}
    return [
        (TorchMLPClassifier(width=8, **params), labels),
        (TorchMLPRegressor(width=8, **params), y),
        (TorchClassifier(TwoLayers, **params), labels),
        (TorchRegressor(TwoLayers, **params), y),
    ]


IDS = ["mlp", "mlp regressor", "module", "module regressor"]


def outputs(net, X):
    return net.predict_proba(X) if hasattr(net, "predict_proba") else net.predict(X)


@pytest.mark.parametrize("i", range(4), ids=IDS)
@pytest.mark.parametrize(
    "params",
    [{}, {"early_stopping": True}, {"scaler": "robust"}, {"scaler": None}],
    ids=["plain", "stopped", "robust", "unscaled"],
)
def test_results_are_those_of_dense_rows(i, params):
    net, target = networks(**params)[i]
    weight = rng.uniform(size=len(target)) * (np.arange(len(target)) % 7 > 0)
    dense = outputs(net.fit(X.toarray(), target, weight), X.toarray())
    assert np.ptp(dense) > 0
    for form in (X, sp.csc_matrix(X), sp.coo_array(X)):
        sparse = outputs(net.fit(form, target, weight), form)
        np.testing.assert_allclose(sparse, dense, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("i", range(4), ids=IDS)
def test_partial_fit(i):
    net, target = networks()[i]
    more = {"classes": [0, 1]} if hasattr(net, "predict_proba") else {}
    net.partial_fit(X[:70], target[:70], **more).partial_fit(X[70:], target[70:])
    assert net.n_iter_ == 2
    assert np.isfinite(outputs(net, X)).all()


def test_rows_to_stop_by_and_callbacks_get_batches():
    from skorch.callbacks import EpochScoring

    net, _ = networks(callbacks=[EpochScoring("accuracy", name="accuracy")])[0]
    net.set_params(early_stopping=True)
    net.fit(X, labels, X_val=X[:40], y_val=labels[:40])
    assert len(net.net_.history[:, "accuracy"]) == 2


def test_a_fit_that_goes_on_equals_a_whole_one(tmp_path):
    net, _ = networks(max_epochs=3)[0]
    whole = net.fit(X, labels).predict_proba(X)
    net.set_params(checkpoint=tmp_path / "a.pt", max_epochs=1, schedule_epochs=3)
    net.fit(X, labels)
    unsorted = X.copy()
    for row in range(X.shape[0]):
        part = slice(*X.indptr[row : row + 2])
        unsorted.indices[part] = X.indices[part][::-1]
        unsorted.data[part] = X.data[part][::-1]
    unsorted.has_sorted_indices = False
    net.set_params(max_epochs=3).fit(unsorted, labels)
    np.testing.assert_array_equal(net.predict_proba(X), whole)
    with pytest.raises(ValueError, match="is of a fit to other data"):
        net.fit(X * 2, labels)


@pytest.mark.parametrize("weight", [None, rng.uniform(size=150)])
def test_moments_are_those_of_dense_rows(weight):
    dense = X.toarray().astype(float)
    expected = StandardScaler().fit(dense, sample_weight=weight)
    scale = make_scale(X, weight, "standard")
    np.testing.assert_allclose(scale.center, expected.mean_, rtol=1e-6)
    np.testing.assert_allclose(1 / scale.factor, expected.scale_, rtol=1e-6)


def test_robust_moments_are_those_of_dense_rows(monkeypatch):
    monkeypatch.setattr("sklearn_hp.neural_network._scaling._CHUNK", 150 * 4)
    half = sp.random_array((150, 30), density=0.7, format="csr", rng=rng)
    expected = RobustScaler(unit_variance=True).fit(half.toarray())
    scale = make_scale(half, None, "robust")
    np.testing.assert_allclose(scale.center, expected.center_, rtol=1e-6)
    np.testing.assert_allclose(1 / scale.factor, expected.scale_, rtol=1e-6)


def test_batches_are_dense_rows_in_the_order_of_the_generator():
    target = torch.arange(150)
    batches = {
        kind: Batches(
            Rows(rows, target, target / 75), 64, torch.device("cpu"), shuffle=True
        )
        for kind, rows in (
            ("sparse", SparseRows(X)),
            ("dense", torch.from_numpy(X.toarray())),
        )
    }
    for some in batches.values():
        some.generator = torch.Generator().manual_seed(3)
    for sparse, dense in zip(batches["sparse"], batches["dense"], strict=True):
        torch.testing.assert_close(tuple(sparse), tuple(dense), rtol=0, atol=0)
        torch.testing.assert_close(sparse.weight, dense.weight)


@pytest.mark.parametrize("name", ["mlp", "module"])
def test_all_rows_are_never_dense_at_once(name):
    """Of numpy's memory; what torch makes of a batch shares it."""
    wide = sp.random_array((2_000, 20_000), density=1e-3, format="csr", rng=rng)
    target = np.arange(2_000) % 2
    params = {"max_epochs": 1, "batch_size": 64, "device": "cpu", "random_state": 0}
    net = TorchMLPClassifier(width=2, **params)
    if name == "module":
        net = TorchClassifier(nn.Linear, **params)
    net.set_params(early_stopping=True)
    tracemalloc.start()
    try:
        net.fit(wide, target).predict(wide)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    of_dense_rows = wide.shape[0] * wide.shape[1] * 4  # 160 MB
    assert peak < 0.25 * of_dense_rows
