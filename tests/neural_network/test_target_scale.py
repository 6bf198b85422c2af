"""The scale on which a regressor learns its targets."""

import numpy as np
import pytest
import torch
from sklearn.preprocessing import RobustScaler, StandardScaler
from torch import nn

from sklearn_hp.neural_network import TorchRegressor
from sklearn_hp.neural_network._target_scale import learn_scale
from tests.neural_network.networks import TwoLayers

rng = np.random.RandomState(0)
y = rng.gamma(1.0, size=(101, 2)) * [1, 1000]


@pytest.mark.parametrize(
    ("scaler", "reference"),
    [("standard", StandardScaler()), ("robust", RobustScaler(unit_variance=True))],
)
def test_scales_are_those_of_scikit_learn(scaler, reference):
    scaled = learn_scale(scaler, y, None).transform(y)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, reference.fit_transform(y), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("scaler", ["standard", "robust", "mean", None])
def test_targets_come_back(scaler):
    scale = learn_scale(scaler, y, None)
    np.testing.assert_allclose(
        scale.inverse_transform(scale.transform(y).astype(float)), y, rtol=1e-4
    )


@pytest.mark.parametrize("scaler", ["standard", "robust", "mean"])
def test_weights_are_those_of_repeated_rows(scaler):
    counts = rng.randint(0, 4, size=101)
    repeated = learn_scale(scaler, np.repeat(y, counts, axis=0), None)
    weighted = learn_scale(scaler, y, counts.astype(float))
    np.testing.assert_allclose(weighted.center, repeated.center)
    np.testing.assert_allclose(weighted.scale, repeated.scale)


@pytest.mark.parametrize("scaler", ["standard", "robust", "mean"])
@pytest.mark.parametrize("value", [0.0, 3.0])
def test_constant_targets(scaler, value):
    scaled = learn_scale(scaler, np.full((9, 1), value), None).transform(
        np.full((9, 1), value)
    )
    assert np.isin(scaled, [0.0, 1.0]).all()


def test_robust_scale_of_targets_that_are_mostly_one_value():
    rare = np.zeros((50, 1))
    rare[:5] = 2.0
    np.testing.assert_allclose(learn_scale("robust", rare, None).scale, rare.std())


@pytest.mark.parametrize(
    ("criterion", "target_scaler", "mean", "std"),
    [
        (None, "auto", 0, 1),
        (nn.HuberLoss, "auto", 0, 1),
        (nn.functional.l1_loss, "auto", 0, 1),
        (lambda output, target: (output - target).square(), "auto", None, None),
        (nn.PoissonNLLLoss, "auto", None, None),
        (nn.PoissonNLLLoss, "mean", 1, None),
        (None, None, None, None),
    ],
)
def test_the_loss_decides_what_it_sees(criterion, target_scaler, mean, std):
    targets = y[:, 1]
    net = TorchRegressor(
        TwoLayers, criterion=criterion, target_scaler=target_scaler, max_epochs=1
    ).set_params(learning_rate_init=1e-9, device="cpu")
    net.fit(rng.normal(size=(101, 3)), targets)
    scaled = net._target_scale.transform(targets[:, None])
    expected = (
        targets.mean() if mean is None else mean,
        (targets.std() / (targets.mean() if mean == 1 else 1)) if std is None else std,
    )
    np.testing.assert_allclose(
        (scaled.mean(), scaled.std()), expected, atol=1e-5, rtol=1e-5
    )


def test_a_link_takes_no_shift():
    net = TorchRegressor(
        TwoLayers, criterion=torch.nn.PoissonNLLLoss, target_scaler="standard"
    )
    with pytest.raises(ValueError, match="shifts targets"):
        net.fit(np.zeros((5, 2)), np.arange(5.0))
