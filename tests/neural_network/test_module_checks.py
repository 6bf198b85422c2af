"""What users get wrong in their modules, losses and data: said in our words."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import EarlyStopping
from torch import nn

from sklearn_hp.neural_network import TorchClassifier, TorchRegressor
from tests.neural_network.networks import classification

X, y = classification(40)
PARAMS = {"max_epochs": 1, "device": "cpu", "random_state": 0}


class Base(nn.Module):
    def __init__(self, n_features_in, n_outputs):
        super().__init__()
        self.layer = nn.Linear(n_features_in, n_outputs)

    def forward(self, X):
        return self.layer(X)


def with_forward(function):
    """Return a module whose output is that of a function of the layer and the rows."""

    class Module(Base):
        def forward(self, X):
            return function(self.layer, X)

    return Module


class InTraining(Base):
    def forward(self, X):
        return super().forward(X)[:, : 1 if self.training else None]


class TwoArguments(Base):
    def forward(self, image, table):
        return self.layer(image)


class NoInit(nn.Module):
    def __init__(self, n_features_in, n_outputs):
        self.layer = nn.Linear(n_features_in, n_outputs)


class NoForward(nn.Module):
    def __init__(self, n_features_in, n_outputs):
        super().__init__()


class InAList(Base):
    def __init__(self, n_features_in, n_outputs):
        super().__init__(n_features_in, n_outputs)
        self.layers = [self.layer]
        del self.layer

    def forward(self, X):
        return self.layers[0](X)


class Codes(nn.Module):
    def __init__(self, n_features_in, n_outputs):
        super().__init__()
        self.embedding = nn.Embedding(10, 2)
        self.last = nn.Linear(2 * n_features_in, n_outputs)

    def forward(self, X):
        return self.last(self.embedding(X).flatten(1))


def add_in_place(layer, X):
    output = layer(X).exp()
    output += 1
    return output


def change_weight(layer, X):
    layer.weight += 0.1
    return layer(X)


NO_GRADIENT = r"does not depend on what the module learns.*\.detach\(\)"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (with_forward(lambda f, X: {"a": f(X)}), "object of type dict, and must"),
        (with_forward(lambda f, X: None), "type NoneType.*a missing return"),
        (with_forward(lambda f, X: [f(X)]), "type list, and must return a tensor"),
        (with_forward(lambda f, X: ()), "type tuple, and must return a tensor"),
        (with_forward(lambda f, X: f(X).detach().numpy()), "object of type ndarray"),
        (with_forward(lambda f, X: torch.fft.fft(f(X))), "returned complex numbers"),
        (with_forward(lambda f, X: f(X).log()), "NaN for the first rows.*logarithm"),
        (with_forward(lambda f, X: f(X).mean()), r"shape \(\) for 8 rows.*Take one of"),
        (
            with_forward(lambda f, X: f(X)[:, None].expand(-1, 5, -1)),
            r"shape \(8, 5, 2\) for 8 rows.*Take one of the steps",
        ),
        (with_forward(lambda f, X: f(X).detach()), NO_GRADIENT),
        (with_forward(lambda f, X: f(X).long()), NO_GRADIENT),
        (with_forward(add_in_place), r"changes a tensor in place.*x = x \+ 1"),
        (with_forward(change_weight), "changes a tensor in place"),
        (with_forward(lambda f, X: f(X.view(-1, 5))), r"failed on rows of shape \(8"),
        (TwoArguments, r"takes \(image, table\), and is given one argument, X"),
        (NoInit, r"Call that first in its __init__.*cannot assign"),
        (NoForward, 'missing the required "forward"'),
        (InAList, "InAList has no parameters to train.*nn.ModuleList"),
        (InTraining, "fewer columns than there are classes"),
        (nn.Linear(6, 2).double(), r"different types.*module.float\(\)"),
        (nn.Linear(6, 2).half(), r"different types.*module.float\(\)"),
        (nn.Linear(5, 2), r"failed on rows of shape \(8, 6\)"),
        (nn.Linear(6, 3), r"expected is \(8, 2\): one column for each class. Use the"),
        (Codes, r"got numbers that are not integers.*X.astype\(int\)"),
    ],
)
def test_modules(module, message):
    with pytest.raises(ValueError, match=re.compile(message, re.DOTALL)):
        TorchClassifier(module, **PARAMS).fit(X, y)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"img": X, "table": X}, r"takes \(image, table\).*the parts \['img', 'table'"),
        ({"image": X}, r"the parts \['image'\] of X by name.*argument: 'table'"),
        ({"image": X, "table": X, "x": X}, "unexpected keyword argument 'x'"),
    ],
)
def test_parts_of_other_names(parts, message):
    net = TorchClassifier(TwoArguments, module__n_features_in=6, **PARAMS)
    with pytest.raises(ValueError, match=message):
        net.fit(parts, y)


def test_codes_that_are_scaled():
    codes = np.ones((40, 2), int)
    with pytest.raises(ValueError, match=r"leave scaler='auto', which does not scale"):
        TorchClassifier(Codes, scaler="standard", **PARAMS).fit(codes, y)


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        (lambda output, target: None, "no tensor but NoneType was returned"),
        (lambda output, target: 1.0, "no tensor but float was returned"),
        (lambda output, target: (output.detach() - target).mean(), NO_GRADIENT),
        (nn.CrossEntropyLoss, "is a loss of classes, and TorchRegressor predicts"),
    ],
)
def test_criteria_of_a_regressor(criterion, message):
    with pytest.raises(ValueError, match=message):
        TorchRegressor(Base, criterion=criterion, **PARAMS).fit(X, X[:, 0])


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        (nn.NLLLoss, r"needs the logarithms of probabilities.*nn.LogSoftmax"),
        (nn.NLLLoss(), r"needs the logarithms of probabilities"),
        (nn.BCELoss, r"failed. It is called as criterion\(output, target\)"),
        (nn.MSELoss, r"output of shape \(8, 2\) and a target of shape \(8,\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_criteria_of_a_classifier(criterion, message):
    with pytest.raises(ValueError, match=message):
        TorchClassifier(Base, criterion=criterion, **PARAMS).fit(X, y)


def test_a_criterion_of_logarithms():
    module = with_forward(lambda layer, X: layer(X).log_softmax(1))
    net = TorchClassifier(module, criterion=nn.NLLLoss, **PARAMS).fit(X, y)
    expected = TorchClassifier(Base, **PARAMS).fit(X, y)
    np.testing.assert_allclose(
        net.predict_proba(X), expected.predict_proba(X), rtol=1e-5
    )


ragged = np.empty(40, object)
ragged[:] = [np.ones(i % 3 + 1) for i in range(40)]


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (list(ragged), ValueError, "all have one length.* pass a collate_fn"),
        (ragged, ValueError, "all have one length.* pass a collate_fn"),
        (["a b", "c"] * 20, TypeError, "objects of type str_. Pass a collate_fn"),
        ([object()] * 40, TypeError, "objects of type object. Pass a collate_fn"),
        (
            pd.DataFrame({"a": ["u"] * 40, "b": 1.0}),
            ValueError,
            "X has a column of text: .*'u'. Encode it",
        ),
        (np.array([["u", "1"]] * 40), ValueError, "X has a column of text: .*Encode"),
    ],
)
def test_rows_that_are_no_numbers(rows, error, message):
    with pytest.raises(error, match=message):
        TorchClassifier(Base, **PARAMS).fit(rows, y)


def test_rows_of_several_lengths_in_prediction():
    net = TorchClassifier(Base, **PARAMS).fit(X, y)
    with pytest.raises(ValueError, match="all have one length"):
        net.predict(list(ragged))


def test_tensors_of_all_kinds():
    expected = TorchRegressor(Base, **PARAMS).fit(X, X[:, 0]).predict(X)
    rows = torch.tensor(X, requires_grad=True)
    target = torch.tensor(X[:, 0], requires_grad=True)
    net = TorchRegressor(Base, **PARAMS).fit(rows, target)
    np.testing.assert_array_equal(net.predict(rows), expected)
    TorchRegressor(Base, **PARAMS).fit(rows.bfloat16(), target.bfloat16())


@pytest.mark.parametrize("callback", ["early", None, 3])
def test_callbacks_of_other_types(callback):
    with pytest.raises(TypeError, match=r"list of callbacks of skorch.* of type"):
        TorchClassifier(Base, callbacks=[callback], **PARAMS).fit(X, y)


def test_a_callback_as_a_class():
    with pytest.raises(ValueError, match="EarlyStopping monitors 'valid_loss'"):
        TorchClassifier(Base, callbacks=[EarlyStopping], **PARAMS).fit(X, y)


def test_a_device_that_holds_no_data():
    with pytest.raises(ValueError, match=r"device='meta' is not here"):
        TorchClassifier(Base, **{**PARAMS, "device": "meta"}).fit(X, y)


def test_normalised_rows_of_a_batch_of_one():
    class Normalised(Base):
        def __init__(self, n_features_in, n_outputs):
            super().__init__(n_features_in, n_outputs)
            self.norm = nn.BatchNorm1d(n_features_in)

        def forward(self, X):
            return self.layer(self.norm(X))

    # a last batch of one row is joined to the one before, and a prediction needs none
    net = TorchClassifier(Normalised, batch_size=39, **PARAMS).fit(X, y)
    assert len(net.predict(X[:1])) == 1
    with pytest.raises(ValueError, match=r"a batch has one row. Raise batch_size"):
        TorchRegressor(Normalised, **PARAMS).fit(X[:1], [0.0])
