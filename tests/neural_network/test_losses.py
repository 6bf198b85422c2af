"""Losses by name, and those of a user."""

import functools
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import (
    log_loss,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
)
from torch import nn
from torch.nn import functional as F

from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)
from sklearn_hp.neural_network._criterion import make_criterion
from sklearn_hp.neural_network._losses import (
    FocalLoss,
    GammaLoss,
    QuantileLoss,
    regression_loss,
)
from tests.neural_network.networks import TwoLayers, classification, regression

rng = np.random.RandomState(0)
output = torch.tensor(rng.normal(size=(20, 2)))
target = torch.tensor(rng.gamma(2.0, size=(20, 2)))


# ---- values ----


def test_the_quantile_loss_is_that_of_scikit_learn():
    expected = mean_pinball_loss(target, output, alpha=0.8)
    np.testing.assert_allclose(QuantileLoss(0.8)(output, target), expected)


@pytest.mark.parametrize(
    ("loss", "deviance"),
    [
        (GammaLoss(), mean_gamma_deviance),
        (regression_loss("poisson", 0.5, "mean"), mean_poisson_deviance),
    ],
)
def test_losses_of_means_are_half_of_a_deviance(loss, deviance):
    """Up to what depends on targets alone."""
    other = output + torch.tensor(rng.normal(size=(20, 2)))
    difference = loss(output, target) - loss(other, target)
    expected = deviance(target.ravel(), output.exp().ravel())
    expected -= deviance(target.ravel(), other.exp().ravel())
    np.testing.assert_allclose(2 * difference, expected)


def test_the_focal_loss_is_the_cross_entropy_where_gamma_is_0():
    codes = torch.tensor(rng.randint(2, size=20))
    rows = F.cross_entropy(output, codes, reduction="none")
    torch.testing.assert_close(FocalLoss(0.0, "none")(output, codes), rows)
    p = torch.exp(-rows)
    torch.testing.assert_close(
        FocalLoss(1.5, "none")(output, codes), (1 - p) ** 1.5 * rows
    )


def test_the_focal_loss_has_a_gradient_where_a_row_is_certain():
    certain = torch.tensor([[100.0, 0.0]], requires_grad=True)
    FocalLoss(0.5)(certain, torch.tensor([0])).backward()
    assert torch.isfinite(certain.grad).all()


@pytest.mark.parametrize("name", ["huber", "quantile", "gamma", "squared_error"])
def test_a_loss_of_each_row(name):
    rows = regression_loss(name, 0.3, "none")(output, target)
    assert rows.shape == (20, 2)
    torch.testing.assert_close(
        rows.mean(), regression_loss(name, 0.3, "mean")(output, target)
    )


# ---- TorchMLPRegressor(loss=...) ----

X = rng.uniform(-1, 1, (300, 2))
MEAN = np.exp(1 + X @ [1.0, -1.0])
COUNTS = rng.poisson(MEAN)
AMOUNTS = 1e6 * MEAN * rng.gamma(2.0, 0.5, size=300)


def fit(y, sample_weight=None, X=X, **params):
    params = {"max_epochs": 30, "width": 32, "dropout": 0.0, **params}
    mlp = TorchMLPRegressor(device="cpu", random_state=0, **params)
    return mlp.fit(X, y, sample_weight=sample_weight)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
@pytest.mark.parametrize("factor", [1e-3, 1e6])
def test_predictions_of_means_follow_the_unit_of_the_targets(loss, factor):
    expected = fit(AMOUNTS, loss=loss).predict(X)
    assert (expected > 0).all()
    np.testing.assert_allclose(
        fit(factor * AMOUNTS, loss=loss).predict(X), factor * expected, rtol=1e-4
    )


def test_counts_and_amounts():
    """Near what the true means have."""
    found = mean_poisson_deviance(COUNTS, fit(COUNTS, loss="poisson").predict(X))
    assert found < 1.05 * mean_poisson_deviance(COUNTS, MEAN)
    found = mean_gamma_deviance(AMOUNTS, fit(AMOUNTS, loss="gamma").predict(X))
    assert found < 1.05 * mean_gamma_deviance(AMOUNTS, 1e6 * MEAN)


@pytest.mark.parametrize("quantile", [0.1, 0.9])
def test_a_share_of_the_targets_is_below_a_quantile(quantile):
    predicted = fit(AMOUNTS, loss="quantile", quantile=quantile).predict(X)
    # 300 rows: 2 standard errors are 0.035, and it has learnt some of them by heart
    assert abs(np.mean(AMOUNTS < predicted) - quantile) < 0.06


@pytest.mark.parametrize("loss", ["absolute_error", "huber"])
def test_outliers_hardly_move(loss):
    X, y = regression()
    outliers = np.where(np.arange(len(y)) % 10 == 0, 1e6, y)
    robust = fit(outliers, X=X, loss=loss).predict(X)
    squared = fit(outliers, X=X).predict(X)
    error, error_squared = (np.median(np.abs(p - y)) for p in (robust, squared))
    assert error < 30 < 1000 < error_squared


def test_several_counts_and_weights():
    y = np.column_stack([COUNTS, 100 * COUNTS])
    weight = rng.uniform(0.5, 2, size=300)
    predicted = fit(y, weight, loss="poisson").predict(X)
    assert predicted.shape == y.shape
    np.testing.assert_allclose(
        predicted.mean(0), np.average(y, axis=0, weights=weight), rtol=0.2
    )


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        (
            {"loss": "poisson"},
            COUNTS - 1,
            "0 or more for loss='poisson', got y with -1",
        ),
        ({"loss": "gamma"}, COUNTS, "above 0 for loss='gamma', got y with 0"),
        (
            {"loss": "poisson", "target_scaler": "standard"},
            COUNTS,
            "target_scaler='standard' shifts .* 'auto', 'mean' or None",
        ),
        ({"loss": "gamma", "target_scaler": "robust"}, AMOUNTS, "'robust' shifts"),
        ({"loss": "mse"}, COUNTS, "The 'loss' parameter"),
        ({"quantile": 1.0}, COUNTS, "The 'quantile' parameter"),
    ],
)
def test_what_a_loss_does_not_allow(params, y, message):
    with pytest.raises(ValueError, match=message):
        fit(y, **params)


# ---- classifiers ----


def test_focal_loss_of_the_ready_made_networks():
    X, y = classification(n_classes=3)
    mlp = TorchMLPClassifier(max_epochs=10, device="cpu", random_state=0)
    expected = mlp.fit(X, y).predict_proba(X)
    equal = clone(mlp).set_params(loss="focal", focal_gamma=0.0).fit(X, y)
    np.testing.assert_allclose(equal.predict_proba(X), expected, atol=1e-4)
    focal = clone(mlp).set_params(loss="focal", class_weight="balanced").fit(X, y)
    assert focal.predict_proba(X).max(1).mean() < expected.max(1).mean()
    assert focal.score(X, y) > 0.7
    images = rng.normal(size=(20, 4, 4))
    cnn = TorchCNNClassifier(loss="focal", channels=2, max_epochs=1, device="cpu")
    assert type(cnn.fit(images, np.arange(20) % 2).net_.criterion_) is FocalLoss
    with pytest.raises(ValueError, match=r"label_smoothing=0.1 belongs to loss='log"):
        mlp.set_params(loss="focal", label_smoothing=0.1).fit(X, y)


@pytest.mark.parametrize(
    "criterion",
    [
        nn.BCEWithLogitsLoss,
        nn.BCEWithLogitsLoss(),
        functools.partial(nn.BCEWithLogitsLoss),
        F.binary_cross_entropy_with_logits,
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_one_logit_for_two_classes(criterion, weighted):
    X, y = classification()
    labels = np.array(["no", "yes"])[y]
    params = {"learning_rate_init": 0.01, "max_epochs": 10, "random_state": 0}
    net = TorchClassifier(TwoLayers, criterion=criterion, device="cpu", **params)
    if weighted:
        net.set_params(class_weight="balanced", early_stopping=True)
    net.fit(X, labels)
    assert net.net_.module_.body[-1].out_features == 1
    proba = net.predict_proba(X)
    assert proba.shape == (120, 2)
    np.testing.assert_allclose(proba.sum(1), 1)
    np.testing.assert_allclose(np.log(proba), net.predict_log_proba(X))
    assert net.score(X, labels) > 0.8
    two = TorchClassifier(TwoLayers, device="cpu", **params).fit(X, y)
    assert log_loss(y, proba) < 1.5 * log_loss(y, two.predict_proba(X))


def test_one_logit_for_three_classes_is_refused():
    X, y = classification(n_classes=3)
    with pytest.raises(ValueError, match=r"one logit for two classes, and y has 3"):
        TorchClassifier(TwoLayers, criterion=nn.BCEWithLogitsLoss).fit(X, y)


# ---- criterion in all its forms ----


def pinball(output, target):
    return torch.maximum(0.9 * (target - output), 0.1 * (output - target))


def pinball_mean(output, target):
    return pinball(output, target).mean()


def make_loss(reduction="mean"):
    return nn.SmoothL1Loss(reduction=reduction)


class Callable:
    def __call__(self, output, target):
        return (output - target).abs().mean()


class Margin(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width

    def forward(self, output, target):
        return (output - target).abs().clamp_min(self.width).mean()


class Positive(TwoLayers):
    def forward(self, X):
        return F.softplus(super().forward(X))


@pytest.mark.parametrize(
    ("criterion", "value"),
    [
        (F.huber_loss, F.huber_loss(output, target)),
        (
            functools.partial(F.huber_loss, delta=0.1),
            F.huber_loss(output, target, delta=0.1),
        ),
        (
            functools.partial(nn.HuberLoss, delta=0.1),
            F.huber_loss(output, target, delta=0.1),
        ),
        (pinball_mean, pinball_mean(output, target)),
        (make_loss, F.smooth_l1_loss(output, target)),
        (Callable, F.l1_loss(output, target)),
        (Callable(), F.l1_loss(output, target)),
        (Margin(0.5), Margin(0.5)(output, target)),
    ],
)
def test_any_way_to_say_a_loss(criterion, value):
    loss = make_criterion(criterion, "mean")
    torch.testing.assert_close(pickle.loads(pickle.dumps(loss))(output, target), value)


def test_functions_train_as_the_classes_of_torch():
    X, y = regression()
    params = {"max_epochs": 2, "device": "cpu", "random_state": 0}
    weight = rng.uniform(size=len(y))
    for sample_weight in (None, weight):
        one, other = (
            TorchRegressor(TwoLayers, criterion=loss, **params)
            .fit(X, y, sample_weight=sample_weight)
            .predict(X)
            for loss in (F.huber_loss, nn.HuberLoss)
        )
        np.testing.assert_array_equal(one, other)
    # the loss of each row
    net = TorchRegressor(TwoLayers, criterion=pinball, **params)
    mean = clone(net).set_params(criterion=pinball_mean)
    np.testing.assert_array_equal(net.fit(X, y).predict(X), mean.fit(X, y).predict(X))
    net.fit(X, y, sample_weight=weight)
    with pytest.raises(ValueError, match="has no parameter `reduction`"):
        mean.fit(X, y, sample_weight=weight)
    net = clone(mean).partial_fit(X, y)
    with pytest.raises(ValueError, match="has no parameter `reduction`"):
        net.partial_fit(X, y, sample_weight=weight)


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        (Margin, "cannot be made without arguments: .*width.*as criterion__name"),
        (nn.GaussianNLLLoss, r"criterion\(output, target\), here with an output of "),
        (
            nn.CrossEntropyLoss(weight=torch.ones(5)),
            "is a loss of classes, and TorchRegressor",
        ),
    ],
)
def test_what_is_wrong_with_a_criterion_is_said_by_its_name(criterion, message):
    X, y = regression()
    with pytest.raises(ValueError, match=f"(?s)criterion=.*{message}"):
        TorchRegressor(TwoLayers, criterion=criterion, device="cpu").fit(X, y)


def test_criteria_of_counts_see_counts():
    seen = []

    def own(output, target):
        seen.append(target)
        return F.poisson_nll_loss(output, target)

    params = {"device": "cpu", "random_state": 0, "learning_rate_init": 0.01}
    net = TorchRegressor(TwoLayers, criterion=own, max_epochs=1, **params)
    net.fit(X, COUNTS)
    assert set(torch.cat(seen).ravel().tolist()) == set(COUNTS)
    net.set_params(criterion=nn.PoissonNLLLoss, max_epochs=30).fit(X, COUNTS)
    # what it predicts is the mean, and not its logarithm
    assert mean_poisson_deviance(COUNTS, net.predict(X)) < 1.3
    raw = functools.partial(nn.PoissonNLLLoss, log_input=False)
    rates = clone(net).set_params(module=Positive, criterion=raw, max_epochs=1)
    rates.fit(X, COUNTS)
    output = rates.net_.outputs(torch.tensor(X, dtype=torch.float32))[:, 0]
    np.testing.assert_allclose(rates.predict(X), output, rtol=1e-6)
    with pytest.raises(ValueError, match=r"0 or more for criterion=.*got y with -1"):
        net.fit(X, COUNTS - 1)
    shares = (COUNTS > 2) * 0.5
    net.set_params(criterion=nn.BCEWithLogitsLoss).fit(X, shares)
    assert 0 < net.predict(X).min() < net.predict(X).max() < 1
