"""Sizes of modules, by the names of the arguments."""

import functools

import pytest
from torch import nn

from sklearn_hp.neural_network import TorchClassifier
from sklearn_hp.neural_network._signature import ModulePart, sizes_for
from tests.neural_network.networks import classification


class Usual(nn.Module):
    """The usual order, in which the second argument is no size of the data."""

    def __init__(self, input_dim, hidden_dim, output_dim):
        super().__init__()
        self.first = nn.Linear(input_dim, hidden_dim)
        self.last = nn.Linear(hidden_dim, output_dim)

    def forward(self, X):
        return self.last(self.first(X).relu())


def pick(module, **given):
    return sizes_for(module, 7, 3, given)


def swapped(n_classes, width, n_inputs):
    """Sizes in any order."""


def with_defaults(in_channels=3, num_classes=1000):
    """As the networks of torchvision."""


def own_names(n_features_in, in_channels, n_outputs=2):
    """One name is certain."""


def feature_maps(in_channels, n_outputs, n_features=64, out_channels=8):
    """Widths of hidden layers, which have defaults."""


@pytest.mark.parametrize(
    ("module", "given", "expected"),
    [
        (nn.Linear, {}, {"in_features": 7, "out_features": 3}),
        (nn.LazyLinear, {}, {"out_features": 3}),
        (Usual, {"hidden_dim": 9}, {"input_dim": 7, "output_dim": 3}),
        (Usual, {"hidden_dim": 9, "output_dim": 5}, {"input_dim": 7}),
        (swapped, {"width": 9}, {"n_inputs": 7, "n_classes": 3}),
        (with_defaults, {}, {"in_channels": 7, "num_classes": 3}),
        (own_names, {"in_channels": 1}, {"n_features_in": 7, "n_outputs": 3}),
        (feature_maps, {}, {"in_channels": 7, "n_outputs": 3}),
        (functools.partial(Usual, hidden_dim=9, output_dim=5), {}, {"input_dim": 7}),
        (lambda: None, {}, {}),
        (lambda width=3, **more: None, {}, {}),
    ],
)
def test_sizes_go_by_names(module, given, expected):
    assert pick(module, **given) == expected


@pytest.mark.parametrize(
    ("module", "given", "message"),
    [
        (Usual, {}, "Usual needs hidden_dim, .* Set it as module__hidden_dim.*n_outp"),
        (Usual, {"output_dim": 3}, "needs hidden_dim"),
        (own_names, {}, "needs in_channels"),
        (lambda a, b: None, {}, "needs a, b, .*n_features_in or in_features"),
        (lambda a, b, **more: None, {"b": 1}, "needs a,"),
        (functools.partial(Usual, output_dim=3), {}, "module Usual needs hidden_dim"),
        (
            lambda in_features, in_channels: None,
            {},
            "in_features and in_channels .* may both be n_features_in.*Set all of",
        ),
        (lambda n_classes, out_channels: None, {}, "both be n_outputs"),
    ],
)
def test_an_error_instead_of_a_guess(module, given, message):
    with pytest.raises(ValueError, match=message):
        pick(module, **given)


def test_one_of_two_that_may_be_a_size_is_set():
    def two(in_features, in_channels, n_outputs):
        return None

    assert pick(two, in_channels=1) == {"in_features": 7, "n_outputs": 3}
    assert pick(two, in_features=1) == {"in_channels": 7, "n_outputs": 3}
    assert set(ModulePart().free(two)) == {"in_features", "in_channels"}


def test_what_is_left_to_set():
    assert set(ModulePart().free(Usual)) == {"hidden_dim"}
    assert set(ModulePart().free(feature_maps)) == {"n_features", "out_channels"}
    assert ModulePart().free(nn.Linear(2, 3)) == {}
    part = ModulePart()
    assert all(part.takes(Usual, name) for name in ("hidden_dim", "output_dim"))
    assert not part.takes(Usual, "hiden_dim")
    assert "Did you mean 'module__hidden_dim'" in part.refusal(Usual, "hiden_dim")


def test_the_usual_order_of_sizes():
    X, y = classification(n_classes=3)
    net = TorchClassifier(Usual, module__hidden_dim=5, max_epochs=1, device="cpu")
    body = net.fit(X, y).net_.module_.body
    assert (body.first.in_features, body.first.out_features) == (6, 5)
    assert body.last.out_features == 3
    with pytest.raises(ValueError, match="needs hidden_dim"):
        TorchClassifier(Usual, module__output_dim=3).fit(X, y)
