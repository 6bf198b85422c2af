"""What a network makes of numbers, gaps and levels."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

from sklearn_hp.neural_network import TorchMLPClassifier
from sklearn_hp.neural_network._columns import Levels
from sklearn_hp.neural_network._front import Columns, Embeddings, Indicators, make_front
from sklearn_hp.neural_network._modules import Scale

rng = np.random.RandomState(0)


def run(layers, X):
    return nn.Sequential(*(layer for _, layer in layers))(torch.from_numpy(X)).numpy()


def test_numbers_alone_are_scaled_and_nothing_else():
    X = rng.normal(size=(20, 3)).astype(np.float32)
    [(name, layer)] = make_front(X, None, "standard", None)
    assert name == "scale"
    assert isinstance(layer, Scale)


@pytest.mark.parametrize("scaler", ["standard", None])
def test_gaps_that_training_rows_lack_are_looked_for_in_predictions_only(scaler):
    X = rng.normal(size=(20, 3)).astype(np.float32)
    [(_, layer)] = make_front(X, None, scaler, None)
    gaps = torch.full((1, 3), float("nan"))
    assert layer.train()(gaps).isnan().all()
    assert not layer.eval()(gaps).isnan().any()


@pytest.mark.parametrize("scaler", ["standard", None])
def test_gaps_may_first_come_in_a_later_part(scaler):
    X = rng.normal(size=(20, 3))
    y = np.arange(20) % 2
    net = TorchMLPClassifier(scaler=scaler, device="cpu")
    net.partial_fit(X, y, classes=[0, 1])
    X[3, 1] = np.nan
    net.partial_fit(X, y)
    assert np.isfinite(net.loss_curve_).all()


@pytest.mark.parametrize("weight", [None, rng.uniform(size=50)])
def test_gaps_are_those_of_an_imputer_with_indicators(weight):
    X = rng.normal(2, 3, (50, 4)).astype(np.float32)
    X[rng.uniform(size=X.shape) < 0.3] = np.nan
    X[:, 2] = 1.0 + np.arange(50)  # without gaps
    numbers = run(make_front(X, weight, "standard", None), X)
    scaler = StandardScaler().fit(X.astype(float), None, weight)
    filled = SimpleImputer(add_indicator=True).fit_transform(scaler.transform(X))
    if weight is None:
        np.testing.assert_allclose(numbers, filled, atol=1e-5)
    else:  # the mean of an imputer has no weights
        np.testing.assert_allclose(
            numbers[:, :4], np.nan_to_num(scaler.transform(X)), atol=1e-5
        )
    unscaled = run(make_front(X, weight, None, None), X)
    mean = np.where(np.isnan(X), scaler.mean_, X)
    np.testing.assert_allclose(unscaled[:, :4], mean, rtol=1e-5)
    np.testing.assert_array_equal(unscaled[:, 4:], np.isnan(X)[:, [0, 1, 3]])


def codes_of(frame):
    levels = Levels(frame, np.ones(frame.shape[1], dtype=bool))
    return levels.codes(frame).astype(np.float32), levels


def test_few_levels_are_those_of_a_one_hot_encoder():
    frame = pd.DataFrame(
        {"a": rng.choice(["x", "y", None], 40), "b": rng.choice(list("pqrstuvw"), 40)}
    )
    X, levels = codes_of(frame)
    [(_, front)] = make_front(X, None, "standard", levels)
    assert [type(part) for part in front.levels] == [Indicators]
    expected = OneHotEncoder(sparse_output=False).fit_transform(frame)
    np.testing.assert_array_equal(run([("front", front)], X), expected)


def test_many_levels_have_vectors_and_unknown_ones_have_zeros():
    names = np.array([f"n{i}" for i in range(9)])
    frame = pd.DataFrame({"a": names[np.arange(36) % 9], "b": np.arange(36) // 2})
    X, levels = codes_of(frame)
    [(_, front)] = make_front(X, None, "standard", levels)
    [part] = front.levels
    assert isinstance(part, Embeddings)
    vectors = front(torch.from_numpy(X))
    assert vectors.shape == (36, 16)
    # equal levels have equal vectors, others have others, also in other columns
    for i, first in ((0, 0), (1, 8)):
        found = vectors[:, first : first + 8].detach().numpy()
        _, groups = np.unique(found, axis=0, return_inverse=True)
        _, expected = np.unique(X[:, i], return_inverse=True)
        assert len(np.unique(np.column_stack([groups, expected]), axis=0)) == (
            groups.max() + 1
        )
    assert not np.intersect1d(vectors[:, :8].detach(), vectors[:, 8:].detach()).size
    assert (front(torch.zeros(1, 2)) == 0).all()


def test_levels_that_training_rows_lack_are_unknown():
    frame = pd.DataFrame({"a": list("abcd"), "b": list("wxyz")})
    X, levels = codes_of(frame)
    [(_, front)] = make_front(X[1:3], None, "standard", levels)
    expected = [[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0]]
    assert front(torch.from_numpy(X)).tolist() == expected


def test_the_vector_of_an_unknown_level_stays_zero_in_training():
    frame = pd.DataFrame({"a": rng.choice([f"n{i}" for i in range(15)], 200)})
    y = rng.randint(2, size=200)
    net = TorchMLPClassifier(width=8, max_epochs=3, device="cpu", random_state=0)
    net.partial_fit(frame, y, classes=[0, 1])
    unknown = pd.DataFrame({"a": ["new"] * 200})
    before = net.net_.module_.columns.levels[0].vectors.weight.clone()
    net.partial_fit(unknown, y)
    net.partial_fit(frame, y)
    after = net.net_.module_.columns.levels[0].vectors.weight
    assert (after[0] == 0).all()
    assert not torch.equal(after, before)


def test_the_module_is_one_of_torch_and_takes_the_columns_in_order():
    frame = pd.DataFrame(
        {
            "few": rng.choice(["x", "y"], 60),
            "number": np.where(np.arange(60) % 9, rng.normal(size=60), np.nan),
            "many": rng.choice([f"n{i}" for i in range(15)], 60),
        }
    )
    net = TorchMLPClassifier(width=8, max_epochs=1, device="cpu", random_state=0)
    net.fit(frame, rng.randint(2, size=60))
    module = net.net_.module_.eval()
    assert isinstance(module.columns, Columns)
    table = torch.from_numpy(net._check_X(frame, reset=False))
    assert table.shape == (60, 3)
    with torch.no_grad():
        expected = torch.softmax(module(table), 1).double()
    np.testing.assert_allclose(net.predict_proba(frame), expected, rtol=1e-6)


@pytest.mark.slow
def test_the_module_can_be_exported():
    frame = pd.DataFrame({"a": rng.choice([f"n{i}" for i in range(15)], 60)})
    frame["b"] = np.where(np.arange(60) % 9, np.arange(60) / 9, np.nan)
    net = TorchMLPClassifier(width=8, max_epochs=1, device="cpu", random_state=0)
    net.fit(frame, np.arange(60) % 2)
    module = net.net_.module_.eval()
    table = torch.from_numpy(net._check_X(frame, reset=False))
    n_rows = torch.export.Dim("n_rows", min=2)
    exported = torch.export.export(
        module, (table[:7],), dynamic_shapes={"input": {0: n_rows}}
    )
    torch.testing.assert_close(exported.module()(table), module(table))
