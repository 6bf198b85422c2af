"""Which axis of rows with several holds channels or features."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from sklearn_hp.neural_network import TorchClassifier, TorchCNNClassifier

rng = np.random.RandomState(0)
PARAMS = {"max_epochs": 1, "device": "cpu", "random_state": 0}
SEQUENCES = rng.normal(size=(40, 7, 3)) * [1, 10, 100] + [0, 50, -100]
SQUARE = rng.normal(size=(40, 3, 3)) * [1, 10, 100]
LABELS = np.arange(40) % 2


class Recurrent(nn.Module):
    def __init__(self, n_features_in, n_outputs):
        super().__init__()
        self.rnn = nn.GRU(n_features_in, 4, batch_first=True)
        self.last = nn.Linear(4, n_outputs)

    def forward(self, X):
        return self.last(self.rnn(X)[0][:, -1])


def signals(in_channels, n_outputs):
    return nn.Sequential(
        nn.Conv1d(in_channels, 4, 2),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(4, n_outputs),
    )


def flat(n_features_in, n_outputs):
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * n_features_in, n_outputs))


def any_size(n_outputs):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(n_outputs))


def fit(module, X, **params):
    return TorchClassifier(module, **{**PARAMS, **params}).fit(X, LABELS[: len(X)])


@pytest.mark.parametrize(
    ("module", "X", "axis"),
    [
        (Recurrent, SEQUENCES, 2),
        (signals, SEQUENCES, 1),
        # which runs does not tell, but the first layer does
        (Recurrent, SQUARE, 2),
        (signals, SQUARE, 1),
        # of the two one runs
        (flat, SEQUENCES, 1),
        (flat, SEQUENCES.swapaxes(1, 2), 2),
    ],
)
@pytest.mark.parametrize("scaler", ["auto", "robust"])
def test_the_axis_is_found_from_the_module(module, X, axis, scaler):
    net = fit(module, X, scaler=scaler)
    assert net.n_features_in_ == X.shape[axis]
    assert net.net_.module_.scale.center.numel() == X.shape[axis]
    if scaler == "auto":
        others = tuple({0, 1, 2} - {axis})
        center = net.net_.module_.scale.center.ravel()
        np.testing.assert_allclose(center, X.mean(others), rtol=1e-3, atol=1e-5)
    assert net.predict_proba(X).shape == (40, 2)
    explicit = fit(module, X, scaler=scaler, channel_axis=axis)
    np.testing.assert_array_equal(explicit.predict_proba(X), net.predict_proba(X))
    last = clone(explicit).set_params(channel_axis=axis - 3).fit(X, LABELS)
    np.testing.assert_array_equal(last.predict_proba(X), net.predict_proba(X))


def test_sequences_of_any_length_and_weights():
    net = fit(Recurrent, SEQUENCES)
    assert net.predict(SEQUENCES[:, :4]).shape == (40,)
    weight = rng.randint(1, 3, size=40)
    weighted = TorchClassifier(Recurrent, **PARAMS)
    weighted.fit(SEQUENCES, LABELS, sample_weight=weight)
    repeated = fit(Recurrent, np.repeat(SEQUENCES, weight, axis=0)[:40])
    scale = weighted.net_.module_.scale
    assert scale.center.shape == repeated.net_.module_.scale.center.shape
    expected = np.repeat(SEQUENCES, weight, axis=0).mean((0, 1))
    np.testing.assert_allclose(scale.center.ravel(), expected, rtol=1e-4)


def test_where_nothing_tells_it_is_asked_for():
    for module in (flat, any_size, flat(3, 2)):
        with pytest.raises(ValueError, match=r"does not tell .* channel_axis=1 .*-1"):
            fit(module, SQUARE)
        assert fit(module, SQUARE, channel_axis=-1).n_features_in_ == 3
    # where it makes no difference it is not
    fit(any_size, SQUARE, scaler=None)
    images = rng.randint(0, 255, (40, 4, 4), dtype=np.uint8)
    fit(any_size, images, scaler=None)


def test_an_instance_says_it_by_its_first_layer():
    torch.manual_seed(0)
    assert fit(signals(3, 2), SEQUENCES.swapaxes(1, 2)).n_features_in_ == 3
    assert fit(Recurrent(3, 2), SEQUENCES).n_features_in_ == 3


def test_tokens_in_several_parts():
    class Words(nn.Module):
        def __init__(self, n_outputs):
            super().__init__()
            self.words = nn.Embedding(9, 4)
            self.last = nn.Linear(4, n_outputs)

        def forward(self, X):
            return self.last(self.words(X).mean((1, 2)))

    X = rng.randint(0, 9, (40, 5, 5))
    assert fit(Words, X)._takes_integers


@pytest.mark.parametrize("channel_axis", [0, 3, -3, -4])
def test_axes_that_are_none_of_a_row(channel_axis):
    with pytest.raises(
        ValueError, match=f"channel_axis={channel_axis} is no axis of a"
    ):
        fit(Recurrent, SEQUENCES, channel_axis=channel_axis)


def test_rows_of_another_shape_are_refused():
    net = fit(Recurrent, SEQUENCES)
    for X in (SEQUENCES[:, :, :2], SEQUENCES[:, 0], SEQUENCES[..., np.newaxis]):
        with pytest.raises(ValueError, match=r"n_features_in_=3|X has 3 features"):
            net.predict(X)
    table = fit(nn.Linear, SEQUENCES[:, 0])
    with pytest.raises(ValueError, match=r"fitted to 2 axes"):
        table.predict(SEQUENCES.swapaxes(1, 2))


# ---- images ----


def cnn(**params):
    return TorchCNNClassifier(channels=2, n_blocks=1, **PARAMS, **params)


@pytest.mark.parametrize("shape", [(5, 9, 3), (8, 8, 3), (16, 5, 4), (6, 4, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_channels_last(shape, dtype):
    X = rng.randint(0, 255, (20, *shape)).astype(dtype)
    y = LABELS[:20]
    first = np.moveaxis(X, -1, 1)
    expected = cnn(channel_axis=1).fit(first, y).predict_proba(first)
    for params, images in (
        ({}, X),
        ({"image_shape": shape}, X.reshape(20, -1)),
    ):
        if len(params) == 0 or dtype == np.float64:
            with pytest.raises(ValueError, match=r"as if channels may come last.*=-1"):
                cnn(**params).fit(images, y)
        net = cnn(channel_axis=-1, **params).fit(images, y)
        assert net.image_shape_ == (shape[2], *shape[:2])
        np.testing.assert_array_equal(net.predict_proba(images), expected)
    assert cnn(channel_axis=-1).fit(X, y).n_features_in_ == shape[2]


def test_images_that_are_certain():
    for shape in ((3, 8, 8), (1, 4, 4), (2, 7, 5), (16, 4, 4), (3, 2, 3)):
        X = rng.normal(size=(20, *shape))
        net = cnn().fit(X, LABELS[:20])
        assert (net.image_shape_, net.n_features_in_) == (shape, shape[0])
    # the last axis may be channels; said to be the width
    X = rng.normal(size=(20, 3, 8, 3))
    assert cnn(channel_axis=1).fit(X, LABELS[:20]).image_shape_ == (3, 8, 3)
    with pytest.raises(ValueError, match="The 'channel_axis' parameter"):
        cnn(channel_axis=2).fit(X, LABELS[:20])
