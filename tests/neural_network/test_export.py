"""A trained network as one module, from raw rows to predictions."""

import pickle
import warnings
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import (
    BinaryFocalLoss,
    TorchClassifier,
    TorchCNNClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)
from tests.neural_network.modules import Small
from tests.neural_network.networks import classification, regression
from tests.neural_network.test_lazy import LABELS, ROWS, Padded, pad
from tests.neural_network.test_parts import Mixed, mixed

X, y = classification()
A, b = regression()
PARAMS = {"max_epochs": 2, "device": "cpu", "random_state": 0}
labels = np.column_stack([y, X[:, 0] > 0]).astype(int)
images = np.random.default_rng(0).integers(0, 256, (40, 1, 9, 8), dtype=np.uint8)
codes = np.random.default_rng(0).integers(0, 5, (120, 3))


def embedded(n_features_in, n_outputs):
    return nn.Sequential(
        nn.Embedding(5, 2), nn.Flatten(), nn.Linear(2 * n_features_in, n_outputs)
    )


CLASSIFIERS = {
    "mlp": (TorchMLPClassifier(normalization="batch", dropout=0.5), X, y),
    "three classes": (TorchMLPClassifier(), X, np.arange(120) % 3),
    "several labels": (TorchMLPClassifier(), X, labels),
    "cnn": (TorchCNNClassifier(n_blocks=1, augmentation="flip"), images, y[:40]),
    "module": (TorchClassifier(Small, scaler="robust"), X, y),
    "one logit": (TorchClassifier(Small, criterion=BinaryFocalLoss), X, y),
    "codes": (TorchClassifier(embedded), codes, y),
}
REGRESSORS = {
    "mlp": (TorchMLPRegressor(), A, b),
    "two targets": (TorchMLPRegressor(loss="huber"), A, np.column_stack([b, -b])),
    "counts": (TorchMLPRegressor(loss="poisson"), A, np.round(b)),
    "rates": (TorchRegressor(Small, criterion=nn.BCEWithLogitsLoss), A, b / b.max()),
    "logarithms": (TorchRegressor(Small, criterion=nn.PoissonNLLLoss), A, b / 1e3),
}


def as_tensor(X):
    return torch.tensor(X, dtype=torch.float32 if X.dtype == float else None)


@pytest.mark.parametrize(
    ("fitted", "params"),
    [
        (images[:, 0], {}),
        (images.reshape(40, -1), {"image_shape": (9, 8)}),
        (np.moveaxis(images, 1, -1), {"channel_axis": -1}),
    ],
)
def test_images_have_channels_first_however_they_were_fitted(fitted, params):
    net = TorchCNNClassifier(n_blocks=1, **params, **PARAMS).fit(fitted, y[:40])
    with torch.no_grad():
        proba = net.to_module()(as_tensor(images)).numpy()
    np.testing.assert_allclose(proba, net.predict_proba(fitted), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_probabilities(name):
    net, rows, target = CLASSIFIERS[name]
    net = net.set_params(**PARAMS).fit(rows, target)
    module = net.to_module()
    assert not module.training
    with torch.no_grad():
        proba = module(as_tensor(rows)).numpy()
    np.testing.assert_allclose(proba, net.predict_proba(rows), rtol=1e-4, atol=1e-6)
    assert proba.dtype == np.float32


@pytest.mark.parametrize("name", REGRESSORS)
def test_predictions(name):
    net, rows, target = REGRESSORS[name]
    net = net.set_params(**PARAMS).fit(rows, target)
    with torch.no_grad():
        predicted = net.to_module()(as_tensor(rows)).numpy()
    np.testing.assert_allclose(predicted, net.predict(rows), rtol=1e-4)


def test_it_is_a_copy():
    net = TorchMLPClassifier(**PARAMS).fit(X, y)
    before = net.predict_proba(X)
    with torch.no_grad():
        for parameter in net.to_module().parameters():
            parameter.zero_()
    np.testing.assert_array_equal(net.predict_proba(X), before)
    with pytest.raises(NotFittedError):
        TorchMLPClassifier().to_module()


def test_category_columns_as_codes():
    frame = pd.DataFrame({"a": X[:, 0], "b": pd.Categorical(np.arange(120) % 3)})
    net = TorchMLPClassifier(**PARAMS).fit(frame, y)
    rows = np.column_stack([X[:, 0], 1.0 + np.arange(120) % 3])
    with torch.no_grad():
        proba = net.to_module()(as_tensor(rows))
    np.testing.assert_allclose(proba, net.predict_proba(frame), rtol=1e-4)


def test_parts():
    parts, target = mixed()
    net = TorchClassifier(Mixed, **PARAMS).fit(parts, target)
    tensors = {name: as_tensor(part) for name, part in parts.items()}
    with torch.no_grad():
        proba = net.to_module()(tensors)
    np.testing.assert_allclose(proba, net.predict_proba(parts), rtol=1e-4)


def test_rows_that_are_collated():
    net = TorchClassifier(Padded, collate_fn=pad, **PARAMS).fit(ROWS, LABELS)
    batch, _ = pad([(row, torch.tensor(0)) for row in ROWS])
    with torch.no_grad():
        proba = net.to_module()(batch)
    np.testing.assert_allclose(proba, net.predict_proba(ROWS), rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_torch_export(name):
    net, rows, target = CLASSIFIERS[name]
    net = net.set_params(**PARAMS).fit(rows, target)
    some = as_tensor(rows)
    program = torch.export.export(
        net.to_module(), (some[:4],), dynamic_shapes=({0: torch.export.Dim("rows")},)
    )
    proba = program.module()(some).detach().numpy()
    np.testing.assert_allclose(proba, net.predict_proba(rows), rtol=1e-4, atol=1e-6)


class TwoParts(nn.Module):
    def __init__(self, n_outputs):
        super().__init__()
        self.a, self.b = nn.Linear(2, n_outputs), nn.Linear(4, n_outputs)

    def forward(self, a, b):
        return self.a(a) + self.b(b)


@pytest.mark.slow
def test_torch_export_of_parts():
    parts = {"a": X[:, :2], "b": X[:, 2:]}
    net = TorchClassifier(TwoParts, **PARAMS).fit(parts, y)
    tensors = {name: as_tensor(part) for name, part in parts.items()}
    some = {name: part[:4] for name, part in tensors.items()}
    any_rows = {0: torch.export.Dim("rows")}
    program = torch.export.export(
        net.to_module(), (some,), dynamic_shapes=({"a": any_rows, "b": any_rows},)
    )
    proba = program.module()(tensors).detach().numpy()
    np.testing.assert_allclose(proba, net.predict_proba(parts), rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlp", "counts"])
def test_onnx(name, tmp_path):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    net, rows, target = REGRESSORS[name]
    net = net.set_params(**PARAMS).fit(rows, target)
    some = as_tensor(rows)
    by_program = find_spec("onnxscript") is not None  # torch's exporter needs it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net.to_module(),
            (some[:4],),
            tmp_path / "net.onnx",
            input_names=["X"],
            dynamo=by_program,
            **({} if by_program else {"dynamic_axes": {"X": {0: "rows"}}}),
            **(
                {"dynamic_shapes": ({0: torch.export.Dim("rows")},)}
                if by_program
                else {}
            ),
        )
    session = runtime.InferenceSession(tmp_path / "net.onnx")
    [predicted] = session.run(None, {"X": some.numpy()})
    np.testing.assert_allclose(predicted, net.predict(rows), rtol=1e-4)


graphs = []


def counted(graph, inputs):
    """Return a graph as it is: a backend that needs no compiler of C++."""
    graphs.append(graph)
    return graph.forward


def compiled(n_features_in, n_outputs, width=8):
    module = Small(n_features_in, n_outputs, width)
    return torch.compile(module, dynamic=True, backend=counted)


@pytest.mark.slow
def test_compiled_modules():
    expected = TorchClassifier(Small, **PARAMS).fit(X, y)
    net = TorchClassifier(compiled, **PARAMS).fit(X, y)
    assert graphs
    np.testing.assert_allclose(
        net.predict_proba(X), expected.predict_proba(X), rtol=1e-4
    )
    again = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(again.predict(X), expected.predict(X))
    GridSearchCV(net, {"module__width": [4, 8]}, cv=2, error_score="raise").fit(X, y)
    module = torch.compile(expected.to_module(), backend=counted)
    with torch.no_grad():
        proba = module(as_tensor(X))
    np.testing.assert_allclose(proba, expected.predict_proba(X), rtol=1e-4)
