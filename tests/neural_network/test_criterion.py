"""Parameters of a criterion, and the focal losses as one."""

import functools

import numpy as np
import pytest
import torch
from scipy.stats import uniform
from sklearn.base import clone
from torch import nn
from torch.nn import functional as F

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp.neural_network import (
    BinaryFocalLoss,
    FocalLoss,
    TorchClassifier,
    TorchRegressor,
)
from tests.neural_network.modules import Small, assert_same_weights, weights
from tests.neural_network.networks import classification, regression

X, y = classification(n_classes=2)
PARAMS = {"max_epochs": 2, "device": "cpu", "random_state": 0}


class Positive(Small):
    def forward(self, X):
        return F.softplus(super().forward(X))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("loss", "limit"),
    [(FocalLoss, nn.CrossEntropyLoss), (BinaryFocalLoss, nn.BCEWithLogitsLoss)],
)
def test_focal_loss_of_gamma_0(loss, limit, weighted):
    net = TorchClassifier(Small, criterion=loss, criterion__gamma=0.0, **PARAMS)
    weight = np.arange(1, 121) if weighted else None
    net.fit(X, y, sample_weight=weight)
    expected = TorchClassifier(Small, criterion=limit, **PARAMS)
    expected.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(
        net.predict_proba(X), expected.predict_proba(X), rtol=1e-4
    )


def test_focal_losses_by_their_equation():
    output = torch.tensor([[0.3], [-1.0], [2.0]])
    target = torch.tensor([1, 1, 0])
    p = torch.sigmoid((2 * target[:, None] - 1) * output)
    expected = -((1 - p) ** 1.5) * torch.log(p)
    binary = BinaryFocalLoss(1.5, reduction="none")(output, target[:, None].float())
    torch.testing.assert_close(binary, expected)
    two = torch.cat([torch.zeros(3, 1), output], dim=1)
    torch.testing.assert_close(FocalLoss(1.5, "none")(two, target), expected.squeeze(1))
    torch.testing.assert_close(FocalLoss(1.5)(two, target), expected.mean())


def test_gamma_is_searched():
    net = TorchClassifier(Small, criterion=FocalLoss, **PARAMS)
    search = BayesSearchCV(
        net, {"criterion__gamma": uniform(0, 3)}, n_iter=3, cv=2, random_state=0
    )
    assert 0 <= search.fit(X, y).best_params_["criterion__gamma"] <= 3
    space = {"criterion": [FocalLoss, FocalLoss(1.0), BinaryFocalLoss]}
    GridSearchCV(net, space, cv=2).fit(X, y)
    with pytest.raises(ValueError, match=r"gamma must be 0 or more, got -1"):
        clone(net).set_params(criterion__gamma=-1).fit(X, y)


def test_binary_focal_loss_of_several_labels():
    Y = np.column_stack([y, 1 - y, X[:, 0] > 0]).astype(int)
    net = TorchClassifier(Small, criterion=BinaryFocalLoss, **PARAMS).fit(X, Y)
    assert net.predict_proba(X).shape == (120, 3)
    with pytest.raises(ValueError, match=r"is a loss of one class for each row"):
        TorchClassifier(Small, criterion=FocalLoss, **PARAMS).fit(X, Y)


def test_parameters_of_a_criterion_equal_a_partial():
    A, b = regression()
    net = TorchRegressor(Small, criterion=nn.HuberLoss, criterion__delta=0.2, **PARAMS)
    assert net.get_params()["criterion__delta"] == 0.2
    assert "criterion__reduction" not in net.get_params()
    for other in (functools.partial(nn.HuberLoss, delta=0.2), nn.HuberLoss(delta=0.2)):
        expected = TorchRegressor(Small, criterion=other, **PARAMS).fit(A, b)
        assert_same_weights(weights(clone(net).fit(A, b)), weights(expected))
    # of a function, what follows output and target
    net.set_params(criterion=F.huber_loss, criterion__delta=0.2)
    assert_same_weights(weights(net.fit(A, b)), weights(expected))
    # and what the loss makes of the output is by them too
    net = TorchRegressor(Positive, criterion=nn.PoissonNLLLoss, **PARAMS)
    net.set_params(criterion__log_input=False).fit(A, np.abs(b))
    outputs = net.net_.outputs(A.astype(np.float32))
    np.testing.assert_allclose(net.predict(A), outputs.ravel())


def test_parameters_that_a_criterion_does_not_have():
    with pytest.raises(ValueError, match=r"'gama'.*Did you mean 'criterion__gamma'"):
        TorchClassifier(Small, criterion=FocalLoss, criterion__gama=1)
    with pytest.raises(ValueError, match=r"HuberLoss has no parameter 'reduction'"):
        TorchRegressor(Small, criterion=nn.HuberLoss, criterion__reduction="none")
    for value in (None, FocalLoss()):
        with pytest.raises(ValueError, match=r"has no parameters to set. Pass a class"):
            TorchClassifier(Small, criterion=value, criterion__gamma=1)
