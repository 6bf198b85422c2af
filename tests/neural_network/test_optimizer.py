"""The optimiser holds what skorch's would, and what callbacks change in training."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback, Freezer, LRScheduler, Unfreezer
from torch import nn

from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchMLPClassifier,
    TorchRegressor,
)
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


# ---- which there are -----------------------------------------------------------------


class Signs(torch.optim.Optimizer):
    """An optimiser of a user's own, with parameters of its own."""

    def __init__(self, params, lr, shrink=1.0):
        super().__init__(params, {"lr": lr, "shrink": shrink})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.mul_(group["shrink"]).sub_(group["lr"] * p.grad.sign())


class TakesAll(torch.optim.AdamW):
    def __init__(self, params, **kwargs):
        super().__init__(params, **kwargs)


class Closes(torch.optim.SGD):
    def step(self, closure):
        return super().step(closure)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("adamw", torch.optim.AdamW),
        ("SGD", torch.optim.SGD),
        ("RMSprop", torch.optim.RMSprop),
        ("nadam", torch.optim.NAdam),
        (torch.optim.RAdam, torch.optim.RAdam),
        ("rprop", torch.optim.Rprop),
        ("adafactor", torch.optim.Adafactor),
        (Signs, Signs),
        (TakesAll, TakesAll),
    ],
)
@pytest.mark.parametrize("make", [TorchMLPClassifier, TorchClassifier])
def test_an_optimizer_by_name_or_class(optimizer, expected, make, tmp_path):
    own = {"module": TwoLayers} if make is TorchClassifier else {}
    has_decay = optimizer not in ("rprop", Signs)
    params = {"optimizer": optimizer, "weight_decay": 0.02 * has_decay}
    net = make(**own, **PARAMS, **params).fit(X, y)
    assert type(net.net_.optimizer_) is expected
    assert net.loss_curve_[-1] < net.loss_curve_[0]
    # also where it pauses, or is copied
    paused = clone(net).set_params(max_epochs=1, schedule_epochs=3)
    paused.set_params(checkpoint=tmp_path / "net.pt").fit(X, y)
    paused.set_params(max_epochs=3).fit(X, y)
    assert_same_weights(weights(paused), weights(net))
    copied = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(copied.predict(X), net.predict(X))


def test_parameters_of_an_own_class():
    params = {**PARAMS, "optimizer": Signs, "weight_decay": 0}
    net = TorchMLPClassifier(**params, optimizer__shrink=0.5).fit(X, y)
    assert net.net_.optimizer_.param_groups[0]["shrink"] == 0.5
    with pytest.raises(ValueError, match=r"Signs has no parameter 'shrnk'.* mean"):
        TorchMLPClassifier(**params, optimizer__shrnk=0.5)
    # of one that takes anything, the class decides
    net = TorchMLPClassifier(**PARAMS, optimizer=TakesAll, optimizer__betas=(0.5, 0.9))
    assert net.fit(X, y).net_.optimizer_.param_groups[0]["betas"] == (0.5, 0.9)
    net.set_params(weight_decay=0).fit(X, y)
    assert {g["weight_decay"] for g in net.net_.optimizer_.param_groups} == {0}
    net.set_params(optimizer__nothing=1)
    with pytest.raises(ValueError, match=r"TakesAll cannot be made .*'nothing': 1"):
        net.fit(X, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"optimizer": "adamw2"},
            r"got 'adamw2'. Did you mean 'adamw'\? The .*NAdam",
        ),
        ({"optimizer": nn.Linear}, "subclass of torch.optim.Optimizer, got <class"),
        (
            {"optimizer": torch.optim.Optimizer},
            "subclass of torch.optim.Optimizer, got",
        ),
        ({"optimizer": "lbfgs"}, "'lbfgs' cannot train .* evaluates the loss several"),
        ({"optimizer": Closes}, "cannot train .* evaluates the loss several times"),
        ({"optimizer": "SparseAdam"}, "it takes sparse gradients only"),
        (
            {"optimizer": "rprop", "weight_decay": 0.02},
            r"'rprop' has no weight decay, .*=0.02. Pass weight",
        ),
        (
            {"optimizer": Signs, "weight_decay": 0.02},
            r"has no weight decay, got weight_decay=0.02",
        ),
        ({"optimizer": "muon"}, r"Muon cannot be made .* only supports 2D"),
        (
            {"optimizer__betas": (2, 3)},
            r"AdamW cannot be made .* Invalid beta",
        ),
    ],
)
def test_an_optimizer_that_cannot_be(params, message):
    with pytest.raises(ValueError, match=message):
        TorchMLPClassifier(**PARAMS, **params).fit(X, y)


def test_an_instance_is_no_optimizer():
    given = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    with pytest.raises(ValueError, match="The 'optimizer' parameter of Torch"):
        TorchMLPClassifier(**PARAMS, optimizer=given).fit(X, y)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, (0.9, True)),
        ({"momentum": 0.5}, (0.5, True)),
        ({"nesterovs_momentum": False}, (0.9, False)),
        ({"momentum": 0}, (0.0, False)),
    ],
)
def test_momentum(params, expected):
    for optimizer in ("sgd", torch.optim.SGD):
        net = TorchMLPClassifier(**PARAMS, optimizer=optimizer, **params).fit(X, y)
        (group, *_) = net.net_.optimizer_.param_groups
        assert (group["momentum"], group["nesterov"]) == expected


# ---- clipping ------------------------------------------------------------------------


def test_gradients_are_clipped_in_both_loops():
    class Norms(Callback):
        def __init__(self):
            self.seen = []

        def on_grad_computed(self, net, named_parameters, **kwargs):
            grads = [p.grad.flatten() for _, p in named_parameters]
            self.seen.append(float(torch.cat(grads).norm()))

    params = {**PARAMS, "optimizer": "sgd", "learning_rate_init": 0.1}
    callbacks = {"callbacks": [("norms", Norms())]}
    free = TorchMLPClassifier(**params, **callbacks).fit(X, y)
    assert max(dict(free.net_.callbacks_)["norms"].seen) > 0.05
    params["max_grad_norm"] = 0.05
    slow = TorchMLPClassifier(**params, **callbacks).fit(X, y)
    norms = dict(slow.net_.callbacks_)["norms"].seen
    assert max(norms) <= 0.05 + 1e-6 and np.median(norms) > 0.049
    fast = TorchMLPClassifier(**params).fit(X, y)
    assert not fast.net_.hears_of_batches
    assert_same_weights(weights(fast), weights(slow))
    with pytest.raises(ValueError, match="The 'max_grad_norm' parameter"):
        TorchMLPClassifier(max_grad_norm=0).fit(X, y)
