"""Rates by layer: groups of what is learnt."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, LRScheduler
from torch import nn

from sklearn_hp.neural_network import TorchClassifier, TorchMLPClassifier
from tests.neural_network.modules import assert_same_weights, weights
from tests.neural_network.networks import TwoLayers, classification

X, y = classification()
PARAMS = {"max_epochs": 4, "device": "cpu", "random_state": 0}
FIRST = [("body.0.*", {"lr": 1e-4})]


class Rates(Callback):
    """Keeps the rates of each epoch."""

    def __init__(self):
        self.seen = []

    def on_epoch_end(self, net, **kwargs):
        self.seen.append([group["lr"] for group in net.optimizer_.param_groups])


def names_of(net, group):
    names = {id(p): name for name, p in net.net_.module_.named_parameters()}
    return [names[id(p)] for p in group["params"]]


def test_groups_are_those_of_the_patterns():
    patterns = [("body.0.*", {"lr": 1e-4}), ("*.bias", {"betas": (0.5, 0.9)})]
    net = TorchClassifier(TwoLayers, **PARAMS, optimizer__param_groups=patterns)
    groups = net.fit(X, y).net_.optimizer_.param_groups
    found = [(names_of(net, g), g["weight_decay"], g["betas"]) for g in groups]
    assert found == [
        (["body.3.weight"], 0.02, (0.9, 0.999)),
        (["body.0.weight"], 0.02, (0.9, 0.999)),
        (["body.0.bias"], 0.0, (0.9, 0.999)),
        (["body.3.bias"], 0.0, (0.5, 0.9)),
    ]


def test_a_decay_that_is_asked_for_is_that_of_vectors_too():
    patterns = [("body.0.*", {"weight_decay": 0.5})]
    net = TorchClassifier(TwoLayers, **PARAMS, optimizer__param_groups=patterns)
    groups = net.fit(X, y).net_.optimizer_.param_groups
    assert [g["weight_decay"] for g in groups] == [0.02, 0.0, 0.5, 0.5]


@pytest.mark.parametrize("slow", [False, True])
def test_groups_keep_their_ratio_to_the_schedule(slow):
    class HearsOfBatches(Rates):
        def on_batch_end(self, net, **kwargs):
            pass

    rates = HearsOfBatches() if slow else Rates()
    net = TorchClassifier(TwoLayers, **PARAMS, optimizer__param_groups=FIRST)
    net.set_params(callbacks=[("rates", rates)], learning_rate_init=1e-2).fit(X, y)
    seen = np.array(dict(net.net_.callbacks_)["rates"].seen)
    cosine = (1 + np.cos(np.pi * np.arange(4) / 4)) / 2
    np.testing.assert_allclose(seen, np.outer(cosine, [1e-2, 1e-2, 1e-4, 1e-4]))
    net.set_params(learning_rate="constant").fit(X, y)
    seen = np.array(dict(net.net_.callbacks_)["rates"].seen)
    np.testing.assert_allclose(seen, np.tile([1e-2, 1e-2, 1e-4, 1e-4], (4, 1)))


def test_a_rate_is_that_of_its_layers_only():
    params = {"optimizer": "sgd", "momentum": 0, "weight_decay": 0, "batch_size": 999}
    params |= {**PARAMS, "max_epochs": 1, "learning_rate_init": 0.1}
    initial = weights(
        TorchMLPClassifier(**{**params, "learning_rate_init": 1e-20}).fit(X, y)
    )
    alike = weights(TorchMLPClassifier(**params).fit(X, y))
    net = TorchMLPClassifier(
        **params, optimizer__param_groups=[("body.0.*", {"lr": 0.02})]
    )
    for name, found in weights(net.fit(X, y)).items():
        ratio = 0.2 if name.startswith("body.0.") else 1.0
        step, expected = found - initial[name], ratio * (alike[name] - initial[name])
        np.testing.assert_allclose(step, expected, atol=1e-6)


def test_layers_that_are_added_go_where_the_pattern_says():
    class Grows(Callback):
        def on_epoch_begin(self, net, **kwargs):
            if len(net.history) == 2:
                net.module_.body[0] = nn.Linear(6, 128)

    for more in ([], [LRScheduler("StepLR", step_size=1)]):
        net = TorchClassifier(TwoLayers, **PARAMS, optimizer__param_groups=FIRST)
        net.set_params(learning_rate="constant", callbacks=[Grows(), *more]).fit(X, y)
        groups = net.net_.optimizer_.param_groups
        assert len(groups) == 4
        first = net.net_.module_.body[0]
        assert any(p is first.weight for p in groups[2]["params"])
        assert any(p is first.bias for p in groups[3]["params"])


@pytest.mark.parametrize(("of_bias", "expected"), [(1e-2, 5e-4), (0.0, 1e-3)])
def test_what_is_added_beside_rates_of_0(of_bias, expected):
    class Adds(Callback):
        def on_epoch_begin(self, net, **kwargs):
            if len(net.history) == 2:
                net.module_.body.extra = nn.Parameter(torch.zeros(2, 2))

    groups = [("body.weight", {"lr": 0.0}), ("body.bias", {"lr": of_bias})]
    net = TorchClassifier(nn.Linear, **{**PARAMS, "max_epochs": 2}, callbacks=[Adds()])
    net.set_params(optimizer__param_groups=groups).fit(X, y)
    rates = [group["lr"] for group in net.net_.optimizer_.param_groups]
    assert rates == pytest.approx([0.0, of_bias / 2, expected])


@pytest.mark.parametrize("learning_rate", ["cosine", "constant"])
def test_a_fit_that_pauses(learning_rate, tmp_path):
    params = {**PARAMS, "optimizer__param_groups": FIRST, "max_grad_norm": 0.1}
    params |= {"learning_rate": learning_rate}
    whole = TorchMLPClassifier(**params).fit(X, y)
    paused = TorchMLPClassifier(**params, checkpoint=tmp_path / "net.pt")
    paused.set_params(max_epochs=2, schedule_epochs=4).fit(X, y)
    paused.set_params(max_epochs=4).fit(X, y)
    assert_same_weights(weights(paused), weights(whole))
    paused.set_params(optimizer__param_groups=[("body.0.*", {"lr": 1e-5})])
    with pytest.raises(ValueError, match=r"other parameters: optimizer__param_groups="):
        paused.fit(X, y)


def test_partial_fit():
    net = TorchMLPClassifier(**PARAMS, optimizer__param_groups=FIRST)
    net.partial_fit(X, y, classes=[0, 1]).partial_fit(X, y)
    rates = [group["lr"] for group in net.net_.optimizer_.param_groups]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4])


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            [("boody.*", {"lr": 1})],
            r"pattern 'boody.\*' of .* matches no parameter .* The parameters are: "
            r"\['body.0.weight', 'body.0.bias', ",
        ),
        ([("*", {}), ("body.0.*", {})], r"pattern 'body.0.\*' .* an earlier one left"),
        (
            [("*", {"rate": 1})],
            r"sets 'rate' for the pattern '\*', and the optim",
        ),
        ([("*", {"lr": "1"})], r"must be a number of 0 or more, got '1'"),
        ([("*", {"lr": -1})], r"must be a number of 0 or more, got -1"),
        (
            [("*", 1e-4)],
            r"must be a list of pairs of a pattern and a dict, as in",
        ),
        ({"*": {"lr": 1}}, r"must be a list of pairs .* got \{'\*'"),
        ("body.*", r"must be a list of pairs .* got 'body.\*'"),
    ],
)
def test_groups_that_cannot_be(groups, message):
    net = TorchClassifier(TwoLayers, **PARAMS, optimizer__param_groups=groups)
    with pytest.raises(ValueError, match=message):
        net.fit(X, y)
