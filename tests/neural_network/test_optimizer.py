"""The optimiser holds what skorch's would, and what callbacks change in training."""

import copy

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, Freezer, LRScheduler, Unfreezer
from torch import nn

from sklearn_hp.neural_network import TorchClassifier, TorchRegressor
from tests.neural_network.modules import assert_same_weights, weights
from tests.neural_network.networks import TwoLayers, classification, regression

X, y = classification()
PARAMS = {"max_epochs": 3, "device": "cpu", "random_state": 0}


class HearsOfBatches(Callback):
    """Switches the slow loop on."""

    def on_batch_end(self, net, **kwargs):
        pass


class Frees(Callback):
    """Frees the first layer at the beginning of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == self.epoch:
            net.module_.body[0].requires_grad_(True)


def frozen(n_frozen=1):
    torch.manual_seed(0)
    module = TwoLayers(6, 2)
    for layer in list(module)[:n_frozen]:
        layer.requires_grad_(False)
    return module


def first_layer_moves(callbacks, **params):
    module = frozen()
    net = TorchClassifier(module, callbacks=callbacks, **{**PARAMS, **params}).fit(X, y)
    return not torch.equal(net.net_.module_.body[0].weight, module[0].weight)


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("learning_rate", ["cosine", "constant"])
def test_layers_that_are_freed_later_are_learnt(slow, learning_rate):
    more = [HearsOfBatches()] if slow else []
    params = {"learning_rate": learning_rate}
    assert first_layer_moves([Frees(2), *more], **params)
    assert first_layer_moves([Frees(1), *more], optimizer="sgd", **params)
    assert not first_layer_moves([*more], **params)
    assert not first_layer_moves([Frees(9), *more], **params)


def test_the_freezer_of_skorch():
    net = TorchClassifier(TwoLayers, **PARAMS, callbacks=[Freezer("body.0.*")])
    initial = net.set_params(learning_rate_init=1e-12).fit(X, y)
    first = initial.net_.module_.body[0].weight.detach().clone()
    net.set_params(learning_rate_init=0.01).fit(X, y)
    assert torch.equal(net.net_.module_.body[0].weight, first)
    net.set_params(
        callbacks=[("f", Freezer("body.0.*")), ("u", Unfreezer("body.0.*", at=2))]
    ).fit(X, y)
    assert not torch.allclose(net.net_.module_.body[0].weight, first, atol=1e-4)


class Grows(Callback):
    """Puts a new last layer in place of the old one."""

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == 2:
            torch.manual_seed(1)
            net.module_.body[-1] = nn.Linear(128, 2)
            self.first_ = copy.deepcopy(net.module_.body[-1])


@pytest.mark.parametrize("more", [[], [LRScheduler("StepLR", step_size=1)]])
def test_layers_that_are_added_are_learnt(more):
    net = TorchClassifier(TwoLayers, **PARAMS, learning_rate="constant")
    net.set_params(callbacks=[Grows(), *more]).fit(X, y)
    last = net.net_.module_.body[-1]
    first = dict(net.net_.callbacks_)["Grows"].first_
    assert not torch.equal(last.weight, first.weight)
    assert not torch.equal(last.bias, first.bias)
    decays = {
        id(p): group["weight_decay"]
        for group in net.net_.optimizer_.param_groups
        for p in group["params"]
    }
    assert (decays[id(last.weight)], decays[id(last.bias)]) == (0.02, 0.0)


def test_a_bias_that_is_added_where_there_was_none():
    class AddsBias(Callback):
        def on_train_begin(self, net, **kwargs):
            net.module_.body.bias = nn.Parameter(torch.zeros(2))

    net = TorchClassifier(nn.Linear, module__bias=False, callbacks=[AddsBias()])
    net.set_params(**PARAMS).fit(X, y)
    assert net.net_.module_.body.bias.abs().min() > 0


def test_all_frozen_and_never_freed():
    with pytest.raises(ValueError, match="no parameters to train: all are frozen"):
        TorchClassifier(frozen(4), **PARAMS).fit(X, y)
    TorchClassifier(frozen(4), callbacks=[Frees(1)], **PARAMS).fit(X, y)


class Temperature(nn.Module):
    """A loss that learns the spread of the noise."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.log_std = nn.Parameter(torch.zeros(()))
        self.reduction = reduction

    def forward(self, output, target):
        rows = ((output - target) / self.log_std.exp()).square() / 2 + self.log_std
        return rows.mean() if self.reduction == "mean" else rows


@pytest.mark.parametrize("slow", [False, True])
def test_parameters_of_a_criterion_are_learnt(slow, tmp_path):
    X, y = regression()
    params = {**PARAMS, "learning_rate_init": 0.01, "target_scaler": "standard"}
    net = TorchRegressor(TwoLayers, criterion=Temperature, **params)
    net.set_params(callbacks=[HearsOfBatches()] if slow else None).fit(X, y)
    assert net.net_.criterion_.log_std < 0
    # also by a fit that pauses
    paused = TorchRegressor(TwoLayers, criterion=Temperature, **params)
    paused.set_params(checkpoint=tmp_path / "net.pt", max_epochs=1, schedule_epochs=3)
    paused.set_params(callbacks=net.callbacks).fit(X, y)
    paused.set_params(max_epochs=3).fit(X, y)
    assert_same_weights(weights(paused), weights(net))
    assert paused.net_.criterion_.log_std == net.net_.criterion_.log_std


def test_a_criterion_goes_on_from_part_to_part():
    X, y = regression()
    net = TorchRegressor(TwoLayers, criterion=Temperature, **PARAMS)
    net.set_params(learning_rate_init=0.01, target_scaler="standard")
    learnt = []
    for weight in (None, None, np.ones(len(y)) + np.arange(len(y)) % 2, None):
        net.partial_fit(X, y, sample_weight=weight)
        learnt.append(float(net.net_.criterion_.log_std.detach()))
    assert learnt == sorted(learnt, reverse=True)
    assert len(set(learnt)) == 4
