"""Integers that a user's module takes, and small ones that become numbers late."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import TorchClassifier, TorchRegressor
from sklearn_hp.neural_network._inputs import check_table
from tests.neural_network.networks import TwoLayers

rng = np.random.RandomState(0)
TOKENS = rng.randint(0, 50, (200, 4))
LABELS = (TOKENS[:, 0] > 25).astype(int)
PARAMS = {"device": "cpu", "random_state": 0, "learning_rate_init": 0.05}


class Embedded(nn.Module):
    """The mean of what is learnt of each token."""

    def __init__(self, n_features_in, n_outputs, n_tokens=50):
        super().__init__()
        self.tokens = nn.Embedding(n_tokens, 8)
        self.last = nn.Linear(8 * n_features_in, n_outputs)

    def forward(self, X):
        assert X.dtype == torch.int64
        return self.last(self.tokens(X).flatten(1))


def fit(X=TOKENS, y=LABELS, module=Embedded, **params):
    return TorchClassifier(module, **{**PARAMS, "max_epochs": 20, **params}).fit(X, y)


@pytest.mark.parametrize("scaler", ["auto", None])
@pytest.mark.parametrize(
    "convert",
    [
        np.asarray,
        np.uint8,
        np.uint16,
        lambda X: X.astype(">i4"),
        lambda X: X.tolist(),
        lambda X: pd.DataFrame(X, columns=list("abcd")),
    ],
    ids=["int64", "uint8", "uint16", "big-endian", "list", "frame"],
)
def test_tokens_stay_integers(convert, scaler):
    X = convert(TOKENS)
    net = fit(X, scaler=scaler)
    assert net.score(X, LABELS) > 0.95
    assert net.n_features_in_ == 4
    expected = net.predict_proba(X)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(net)).predict_proba(X), expected
    )
    if not isinstance(X, pd.DataFrame):
        np.testing.assert_array_equal(net.predict_proba(TOKENS.astype(float)), expected)


def test_what_is_not_whole_is_refused_after_integers():
    with pytest.raises(
        ValueError, match="not whole, but TorchClassifier was fitted to"
    ):
        fit(max_epochs=1).predict(TOKENS + 0.5)


def test_in_a_search_with_early_stopping_and_parts():
    net = TorchClassifier(Embedded, early_stopping=True, max_epochs=8, **PARAMS)
    grid = {"batch_size": [16, 32]}
    search = GridSearchCV(net, grid, cv=2, error_score="raise").fit(TOKENS, LABELS)
    assert search.best_estimator_._takes_integers
    net.fit(TOKENS, LABELS, X_val=TOKENS[:9], y_val=LABELS[:9])
    part = TorchClassifier(Embedded, **PARAMS)
    part.partial_fit(TOKENS, LABELS, classes=[0, 1]).partial_fit(TOKENS, LABELS)
    with pytest.raises(ValueError, match="not whole"):
        part.partial_fit(TOKENS + 0.5, LABELS)


def test_codes_are_apart_where_float32_would_merge_them():
    seen = []

    class Ids(nn.Module):
        def __init__(self, n_outputs):
            super().__init__()
            self.last = nn.Linear(1, n_outputs)

        def forward(self, X):
            seen.append(X)
            return self.last(0.0 * X)

    ids = np.arange(2**24, 2**24 + 200)[:, np.newaxis]
    fit(ids, module=Ids, max_epochs=1)
    assert set(torch.cat(seen).ravel().tolist()) == set(ids.ravel())


def test_codes_that_a_module_takes_as_numbers_only():
    ids = np.arange(2**24, 2**24 + 200)[:, np.newaxis]
    with pytest.raises(
        ValueError, match=r"integers above 2\*\*24, .*scaler='standard'"
    ):
        fit(ids, module=nn.Linear, scaler=None)
    with pytest.warns(UserWarning, match="hardly resolves"):
        fit(ids, module=nn.Linear, max_epochs=1)
    fit(1000 * TOKENS, module=nn.Linear, scaler=None, max_epochs=1)


@pytest.mark.parametrize("scaler", ["auto", "standard", "robust", None])
def test_a_module_of_numbers_sees_integers_as_numbers(scaler):
    net = fit(module=TwoLayers, scaler=scaler, max_epochs=2)
    numbers = fit(TOKENS.astype(float), module=TwoLayers, scaler=scaler, max_epochs=2)
    for X in (TOKENS, TOKENS.astype(float)):
        np.testing.assert_array_equal(net.predict_proba(X), numbers.predict_proba(X))


@pytest.mark.parametrize("scaler", ["auto", "robust", None])
def test_images_of_a_byte_become_numbers_batch_by_batch(scaler):
    images = rng.randint(0, 255, (40, 2, 4, 4), dtype=np.uint8)
    y = np.arange(40) % 2

    def pooled(n_features_in, n_outputs):
        return nn.Sequential(
            nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4 * n_features_in, n_outputs)
        )

    net = fit(images, y, module=pooled, scaler=scaler, max_epochs=2)
    assert net._check_X(images, reset=False).dtype == np.uint8
    floats = fit(images.astype(float), y, module=pooled, scaler=scaler, max_epochs=2)
    for X in (images, images.astype(float)):
        np.testing.assert_allclose(
            net.predict_proba(X), floats.predict_proba(X), atol=1e-5
        )
    np.testing.assert_array_equal(net.predict(images), net.predict(images.astype(int)))


def test_a_scaler_that_is_asked_for_scales_integers():
    seen = []

    class Looks(nn.Linear):
        def forward(self, X):
            seen.append(X)
            return super().forward(X.float())

    net = TorchRegressor(Looks, scaler="standard", max_epochs=1, **PARAMS)
    net.fit(TOKENS, LABELS)
    assert abs(torch.cat(seen[-4:]).mean()) < 0.1
    net.set_params(scaler="auto").fit(TOKENS, LABELS)
    assert seen[-1].dtype == torch.int64


def test_an_embedding_that_is_too_small_does_not_get_numbers():
    with pytest.raises(ValueError, match="A code in X is beyond the"):
        fit(module__n_tokens=3)


def test_integers_beyond_int64_are_refused():
    X = np.full((3, 1), 2**63, dtype=np.uint64)
    with pytest.raises(ValueError, match=r"too large for dtype\('int64'\)"):
        check_table(BaseEstimator(), X, reset=True, keep_integers=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, bool, np.float16])
def test_small_types_become_float32_without_a_wider_copy(dtype):
    import tracemalloc

    X = np.ones((2000, 500), dtype=dtype)
    tracemalloc.start()
    result = check_table(BaseEstimator(), X, reset=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.dtype == np.float32
    assert peak < 1.5 * result.nbytes
