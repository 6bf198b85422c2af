"""Several labels of a row in one network, and targets that are refused."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array, csr_matrix
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.nn import functional as F

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNClassifier,
    TorchMLPClassifier,
)
from sklearn_hp.neural_network._losses import BinaryFocalLoss, FocalLoss
from tests.neural_network.modules import Small, assert_same_weights, weights

X = np.random.RandomState(0).normal(size=(120, 6))
Y = (X[:, :3] + X[:, 3:] > 0.3).astype(int)


def mlp(**params):
    settings = {"width": 16, "max_epochs": 5, "learning_rate_init": 0.01}
    return TorchMLPClassifier(
        **{**settings, "device": "cpu", "random_state": 0, **params}
    )


def test_as_mlp_classifier():
    ours = mlp(max_epochs=30, weight_decay=0).fit(X, Y)
    theirs = MLPClassifier(8, max_iter=2, random_state=0)
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(X, Y)
    for method in ("predict", "predict_proba"):
        own, other = getattr(ours, method)(X), getattr(theirs, method)(X)
        assert own.shape == other.shape == (120, 3)
        assert own.dtype == other.dtype
    np.testing.assert_array_equal(ours.predict(X), ours.predict_proba(X) > 0.5)
    np.testing.assert_allclose(
        ours.predict_log_proba(X), np.log(ours.predict_proba(X)), rtol=1e-6
    )
    assert ours.score(X, Y) > 0.7
    assert ours.__sklearn_tags__().classifier_tags.multi_label


@pytest.mark.parametrize(
    "convert", [csr_array, csr_matrix, pd.DataFrame, np.ndarray.tolist, np.float64]
)
def test_forms_of_indicators(convert):
    np.testing.assert_array_equal(
        mlp().fit(X, convert(Y)).predict_proba(X), mlp().fit(X, Y).predict_proba(X)
    )


@pytest.mark.parametrize(
    ("n_labels", "n_jobs"),
    [(2, 1), (3, 1), pytest.param(2, 2, marks=pytest.mark.slow)],
)
def test_scores_in_a_search(n_labels, n_jobs):
    """Of two labels, scorers take those of MLPClassifier for two classes."""
    search = GridSearchCV(
        mlp(early_stopping=True),
        {"width": [8, 16]},
        cv=3,
        scoring=["roc_auc", "average_precision", "f1_micro"],
        refit="roc_auc",
        error_score="raise",
        n_jobs=n_jobs,
    ).fit(X, Y[:, :n_labels])
    assert search.best_score_ > 0.6
    assert search.predict(X).shape == (120, n_labels)


@pytest.mark.parametrize("ensemble", ["folds", "candidates"])
def test_ensemble_of_a_search(ensemble):
    search = GridSearchCV(
        mlp(), {"width": [8, 16]}, cv=2, scoring="roc_auc", ensemble=ensemble
    ).fit(X, Y)
    assert search.predict_proba(X).shape == (120, 3)
    assert search.predict(X).shape == (120, 3)


def test_weights_of_rows():
    twice = mlp(batch_size=240, dropout=0).fit(np.vstack([X, X]), np.vstack([Y, Y]))
    weighted = mlp(batch_size=240, dropout=0).fit(X, Y, sample_weight=np.full(120, 2))
    np.testing.assert_allclose(
        weighted.predict_proba(X), twice.predict_proba(X), atol=1e-4
    )
    half = mlp(batch_size=120).fit(X, Y, sample_weight=np.arange(120) % 2)
    np.testing.assert_allclose(
        half.predict_proba(X),
        mlp(batch_size=120).fit(X[1::2], Y[1::2]).predict_proba(X),
        atol=1e-5,
    )


def test_class_weight_counts_where_a_label_applies():
    plain = mlp().fit(X, Y).predict_proba(X).mean(axis=0)
    raised = mlp(class_weight={1: 10.0}).fit(X, Y).predict_proba(X).mean(axis=0)
    assert raised[1] > plain[1] + 0.1
    assert abs(raised[0] - plain[0]) < 0.15
    rare = Y * (np.arange(120) % 4 == 0)[:, None]
    balanced = mlp(class_weight="balanced").fit(X, rare)
    share = rare.mean(axis=0)
    np.testing.assert_allclose(
        balanced.net_.criterion_.pos_weight, (1 - share) / share, rtol=1e-6
    )
    assert balanced.predict(X).mean() > mlp().fit(X, rare).predict(X).mean()
    with pytest.raises(ValueError, match=r"number of a label, from 0 to 2.*got 'a'"):
        mlp(class_weight={"a": 2.0}).fit(X, Y)


def test_a_label_that_never_applies():
    never = Y.copy()
    never[:, 1] = 0
    net = mlp(class_weight="balanced", max_epochs=40).fit(X, never)
    assert net.net_.criterion_.pos_weight[1] == 1.0
    assert net.predict_proba(X)[:, 1].max() < 0.3


def test_label_smoothing_bounds_probabilities():
    learns = {"max_epochs": 100, "dropout": 0, "weight_decay": 0}
    net = mlp(label_smoothing=0.4, **learns).fit(X, Y)
    smooth = net.predict_proba(X)
    plain = mlp(**learns).fit(X, Y).predict_proba(X)
    assert np.ptp(smooth) < np.ptp(plain)
    assert abs(np.median(abs(smooth - 0.5)) - 0.3) < 0.05


def test_focal_loss_is_that_of_two_classes():
    rng = np.random.RandomState(0)
    logit = torch.tensor(rng.normal(size=(20, 1)), requires_grad=True)
    applies = torch.tensor(rng.randint(2, size=(20, 1)))
    two = torch.cat([torch.zeros(20, 1), logit], dim=1)
    for gamma in (0.5, 2.0):
        expected = FocalLoss(gamma, "none")(two, applies[:, 0])
        actual = BinaryFocalLoss(gamma, None, "none")(logit, applies.double())
        torch.testing.assert_close(actual[:, 0], expected, check_dtype=False)
    weight = torch.tensor([3.0])
    torch.testing.assert_close(
        BinaryFocalLoss(0.0, weight)(logit.float(), applies.float()),
        F.binary_cross_entropy_with_logits(
            logit.float(), applies.float(), pos_weight=weight
        ),
    )


def test_focal_fit():
    net = mlp(loss="focal", max_epochs=30, class_weight="balanced").fit(X, Y)
    assert net.score(X, Y) > 0.6
    with pytest.raises(ValueError, match=r"belongs to loss='log_loss'"):
        mlp(loss="focal", label_smoothing=0.1).fit(X, Y)


def test_early_stopping_with_groups():
    groups = np.arange(120) // 4
    net = mlp(early_stopping=True, max_epochs=20).fit(X, Y, groups=groups)
    assert 0 < net.best_n_iter_ <= 20
    given = mlp(early_stopping=True).fit(X[:90], Y[:90], X_val=X[90:], y_val=Y[90:])
    assert len(given.validation_scores_) == given.n_iter_


def test_resumes(tmp_path):
    params = {"class_weight": "balanced", "loss": "focal"}
    path = tmp_path / "fit.pt"
    net = mlp(checkpoint=path, max_epochs=2, schedule_epochs=5, **params).fit(X, Y)
    net.set_params(max_epochs=5).fit(X, Y)
    assert_same_weights(weights(net), weights(mlp(**params).fit(X, Y)))


def test_partial_fit():
    net = mlp().partial_fit(X, Y)
    for _ in range(20):
        net.partial_fit(X, Y)
    assert net.score(X, Y) > 0.5
    with pytest.raises(ValueError, match=r"y has 2 labels, and had 3"):
        net.partial_fit(X, Y[:, :2])
    with pytest.raises(ValueError, match=r"y has 1 labels, and had 3"):
        net.partial_fit(X, Y[:, 0])
    with pytest.raises(ValueError, match=r"Leave classes=None"):
        mlp().partial_fit(X, Y, classes=[0, 1, 2])
    one_label = mlp().partial_fit(X, Y[:, 0], classes=[0, 1])
    with pytest.raises(ValueError, match=r"y has 3 columns.*one label"):
        one_label.partial_fit(X, Y)


def test_images_and_modules_of_a_user():
    digits = load_digits(n_class=4)
    labels = np.column_stack([digits.target % 2, digits.target > 1]).astype(int)
    cnn = TorchCNNClassifier(
        channels=8, max_epochs=4, learning_rate_init=0.005, random_state=0
    )
    assert cnn.fit(digits.images, labels).score(digits.images, labels) > 0.9
    for criterion in (None, nn.BCEWithLogitsLoss(), F.multilabel_soft_margin_loss):
        net = TorchClassifier(
            Small, criterion=criterion, learning_rate_init=0.02, random_state=0
        )
        assert net.fit(X, Y).predict_proba(X).shape == (120, 3)
        assert net.score(X, Y) > 0.5


def test_losses_of_one_class_are_refused():
    for criterion in (nn.CrossEntropyLoss(), F.cross_entropy):
        with pytest.raises(ValueError, match=r"loss of one class for each row"):
            TorchClassifier(Small, criterion=criterion).fit(X, Y)
    net = TorchClassifier(
        Small, criterion=nn.BCEWithLogitsLoss(), class_weight="balanced"
    )
    with pytest.raises(ValueError, match=r"criterion weights, as.*pos_weight"):
        net.fit(X, Y)


class Sigmoid(nn.Sequential):
    def __init__(self, n_features_in, n_outputs):
        super().__init__(nn.Linear(n_features_in, n_outputs), nn.Sigmoid())


class Gated(nn.Module):
    """Has a sigmoid that is not at its end."""

    def __init__(self, n_features_in, n_outputs):
        super().__init__()
        self.layer = nn.Linear(n_features_in, n_outputs)
        self.gate = nn.Sigmoid()

    def forward(self, X):
        Z = self.layer(X)
        return 5 * Z * self.gate(Z)


def test_sigmoid_at_the_end_is_refused():
    with pytest.raises(ValueError, match=r"Sigmoid ends in a sigmoid"):
        TorchClassifier(Sigmoid).fit(X, Y)
    one_logit = TorchClassifier(Sigmoid, criterion=nn.BCEWithLogitsLoss())
    with pytest.raises(ValueError, match=r"Sigmoid ends in a sigmoid"):
        one_logit.fit(X, Y[:, 0])
    TorchClassifier(Gated, max_epochs=1, random_state=0).fit(X, Y)


def test_targets_that_are_refused():
    with pytest.raises(ValueError, match=r"values 0 and 1.*got \[1, 2\].*\(y == 2\)"):
        mlp().fit(X, Y + 1)
    with pytest.raises(ValueError, match=r"MultiOutputClassifier.*MultiLabelBinarizer"):
        mlp().fit(X, Y + np.arange(120)[:, None] % 2)


@pytest.mark.parametrize("missing", [np.nan, None, pd.NA])
def test_a_label_that_is_missing(missing):
    labels = np.where(Y[:, 0], "yes", "no").astype(object)
    gone = labels.copy()
    gone[5] = missing
    with pytest.raises(ValueError, match="label is missing in 1 of 120 rows"):
        mlp().fit(X, gone)
    with pytest.raises(ValueError, match="label is missing in 1 of 120 rows"):
        mlp().partial_fit(X, gone, classes=["no", "yes"])
    given = mlp(early_stopping=True)
    with pytest.raises(ValueError, match="label is missing in 1 of 120 rows"):
        given.fit(X, labels, X_val=X, y_val=gone)
