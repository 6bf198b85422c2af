"""What a skorch net gets wrong inside a search, and these estimators must not.

One test for each row of the table in docs (user guide: neural networks) that we mend.
"""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)
from tests.neural_network.networks import TwoLayers, classification, regression


def small(**params):
    settings = {"width": 16, "max_epochs": 40, "learning_rate_init": 0.01}
    return TorchMLPClassifier(**{**settings, "random_state": 0, **params})


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.float16])
def test_any_type_of_numbers(dtype):
    X, y = classification()
    X = (10 * X).astype(dtype)
    assert small().fit(X, y).score(X, y) > 0.8
    assert make_pipeline(StandardScaler(), small()).fit(X, y).score(X, y) > 0.8


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda y: y.astype(np.int32), id="int32"),
        pytest.param(lambda y: y.astype(bool), id="bool"),
        pytest.param(lambda y: y.astype(np.float64), id="float"),
        pytest.param(lambda y: np.array(["no", "yes"])[y], id="str"),
        pytest.param(lambda y: np.array(["no", "yes"], dtype=object)[y], id="object"),
        pytest.param(lambda y: y + 1, id="from 1"),
        pytest.param(lambda y: np.array([2, 7])[y], id="with a gap"),
        pytest.param(lambda y: pd.Series(y).map({0: "a", 1: "b"}), id="Series"),
    ],
)
def test_any_labels(encode):
    X, codes = classification()
    y = encode(codes)
    fitted = small().fit(X, y)
    np.testing.assert_array_equal(fitted.classes_, np.unique(y))
    assert fitted.predict(X).dtype == np.asarray(y).dtype or y.dtype.kind == "O"
    assert np.mean(fitted.predict(X) == np.asarray(y)) > 0.8


def test_columns_of_probabilities_are_the_classes():
    """skorch has ten for {2, 7}, and the ROC AUC scorer returns 0.5."""
    X, codes = classification()
    y = np.array([2, 7])[codes]
    fitted = small().fit(X, y)
    proba = fitted.predict_proba(X)
    assert proba.shape == (len(X), 2)
    expected = roc_auc_score(codes, proba[:, 1])
    assert get_scorer("roc_auc")(fitted, X, y) == expected > 0.85


def test_frame_with_numbers_as_names():
    X, y = classification()
    fitted = small().fit(pd.DataFrame(X), y)
    np.testing.assert_array_equal(
        fitted.predict(pd.DataFrame(X)), small().fit(X, y).predict(X)
    )
    assert not hasattr(fitted, "feature_names_in_")


def test_frame_with_names():
    X, y = classification()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    fitted = small().fit(frame, y)
    assert list(fitted.feature_names_in_) == list("abcdef")
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame.rename(columns={"a": "z"}))


def test_the_module_learns_the_number_of_columns():
    X, y = classification()
    for n_columns in (1, 3, 6):
        fitted = small().fit(X[:, :n_columns], y)
        assert fitted.net_.module_.body[0].in_features == n_columns
    with pytest.raises(ValueError, match="X has 5 features, but"):
        fitted.predict(X[:, :5])


def test_probabilities_are_probabilities():
    X, y = classification(n_classes=3)
    net = TorchClassifier(TwoLayers, random_state=0, max_epochs=15).fit(X, y)
    proba = net.predict_proba(X)
    assert proba.min() >= 0 and proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    # a log loss scored by scikit-learn warns of anything else
    assert get_scorer("neg_log_loss")(net, X, y) > -1.0


class Softmaxed(TwoLayers):
    def forward(self, X):
        return super().forward(X).softmax(1)


def test_module_that_returns_probabilities_is_refused():
    X, y = classification()
    with pytest.raises(ValueError, match=r"Softmaxed returned probabilities.*logits"):
        TorchClassifier(Softmaxed).fit(X, y)


class FocalLoss(nn.Module):
    """Lin et al. (2017), Eq. 4."""

    def __init__(self, gamma=2.0, reduction="mean"):
        super().__init__()
        self.gamma, self.reduction = gamma, reduction

    def forward(self, output, target):
        log_p = output.log_softmax(1).gather(1, target[:, None])[:, 0]
        loss = -((1 - log_p.exp()) ** self.gamma) * log_p
        return loss.mean() if self.reduction == "mean" else loss


@pytest.mark.parametrize("weight", [None, np.ones(120)])
def test_own_criterion_still_gives_probabilities(weight):
    """skorch applies a softmax after the criteria it knows only."""
    X, y = classification()
    net = TorchClassifier(TwoLayers, criterion=FocalLoss, random_state=0)
    proba = net.fit(X, y, sample_weight=weight).predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert net.score(X, y) > 0.8


def test_one_target_is_not_broadcast():
    """A plain net has R2 = 0.02 for y of shape (n,), and warns only."""
    X, y = regression()
    for net in (
        TorchMLPRegressor(dropout=0, random_state=0),
        TorchRegressor(TwoLayers, random_state=0),
    ):
        predicted = net.fit(X, y).predict(X)
        assert predicted.shape == y.shape
        assert net.score(X, y) > 0.95
        assert net.fit(X, y[:, None]).predict(X).shape == (len(y), 1)


class OneNumber(nn.Sequential):
    """Returns an axis less than other modules."""

    def __init__(self, n_features_in, n_outputs):
        super().__init__(nn.Linear(n_features_in, n_outputs), nn.Flatten(0))


def test_module_that_returns_one_axis_is_not_broadcast():
    X, y = regression()
    net = TorchRegressor(OneNumber, learning_rate_init=0.05, random_state=0)
    assert net.fit(X, y).score(X, y) > 0.95


def test_sample_weight_counts():
    X, y = classification()
    X = np.concatenate([X, X])
    y = np.concatenate([y, 1 - y])  # contradictory but for the weights
    weight = np.repeat([1.0, 0.01], len(X) // 2)
    assert small().fit(X, y, sample_weight=weight).score(X[:120], y[:120]) > 0.8
    assert small().fit(X, y, sample_weight=weight[::-1]).score(X[:120], y[:120]) < 0.2


class NoWeights(TwoLayers):
    def forward(self, X):  # skorch would pass it sample_weight, too
        return super().forward(X)


def test_routed_sample_weight_does_not_reach_the_module():
    import sklearn

    X, y = classification()
    weight = np.random.RandomState(0).uniform(0.5, 1, len(X))
    net = TorchClassifier(NoWeights, max_epochs=3, random_state=0)
    with sklearn.config_context(enable_metadata_routing=True):
        net.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        search = GridSearchCV(net, {"module__width": [4, 8]}, cv=2, error_score="raise")
        search.fit(X, y, sample_weight=weight)
    assert hasattr(search, "best_estimator_")


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_diverged_training_raises(optimizer):
    X, y = classification()
    net = small(optimizer=optimizer, learning_rate_init=1e30)
    with pytest.raises(
        ValueError, match=r"diverged: after epoch \d+ .*(nan|inf|not finite)"
    ):
        net.fit(X, y)


def test_weights_that_diverged_in_the_last_step_raise():
    """The loss of the last batch was computed before."""
    X, y = classification()
    net = small(optimizer="sgd", learning_rate_init=1e39, batch_size=120, max_epochs=1)
    with pytest.raises(ValueError, match="diverged: after epoch 1 a weight is not"):
        net.fit(X, y)


def test_diverged_candidate_scores_error_score():
    X, y = classification()
    grid = {"learning_rate_init": [0.01, 1e30], "optimizer": ["sgd"]}
    search = GridSearchCV(small(), grid, cv=2)
    with (
        pytest.warns(FitFailedWarning, match="Training diverged"),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        search.fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, True]
    assert search.best_params_["learning_rate_init"] == 0.01


def test_missing_and_infinite_values_are_refused():
    X, y = classification()
    X[3, 2] = np.inf
    with pytest.raises(ValueError, match="Input X contains infinity"):
        small().fit(X, y)
    X[3, 2] = np.nan  # which the ready-made networks for data sets take
    with pytest.raises(ValueError, match="Input X contains NaN"):
        TorchClassifier(TwoLayers).fit(X, y)


def test_misspelt_parameters_are_refused_at_once():
    with pytest.raises(ValueError, match=r"no parameter 'widht'.*'module__width'"):
        TorchClassifier(TwoLayers, module__widht=3)
    with pytest.raises(ValueError, match="no parameter 'widht'"):
        TorchClassifier(TwoLayers).set_params(module__widht=3)
    X, y = classification()
    with pytest.raises(ValueError, match="module__widht"):
        GridSearchCV(TorchClassifier(TwoLayers), {"module__widht": [3]}).fit(X, y)


def test_patience_is_a_parameter():
    assert small().get_params()["n_iter_no_change"] == 10
    assert small().set_params(n_iter_no_change=3).n_iter_no_change == 3


def test_random_state_fixes_the_result():
    X, y = classification()
    first = small().fit(X, y).predict_proba(X)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    np.testing.assert_array_equal(small().fit(X, y).predict_proba(X), first)
    other = small(random_state=1).fit(X, y).predict_proba(X)
    assert not np.array_equal(other, first)


@pytest.mark.parametrize("random_state", [0, None])
@pytest.mark.parametrize(
    "net", [small(), TorchClassifier(TwoLayers, module__dropout=0.5, max_epochs=2)]
)
def test_global_generators_are_left_as_they_were(net, random_state):
    X, y = classification()
    torch_before = torch.get_rng_state()
    numpy_before = np.random.mtrand._rand.get_state()
    clone(net).set_params(random_state=random_state).fit(X, y).predict(X)
    assert torch.equal(torch.get_rng_state(), torch_before)
    np.testing.assert_array_equal(
        np.random.mtrand._rand.get_state()[1], numpy_before[1]
    )
    assert np.random.mtrand._rand.get_state()[2] == numpy_before[2]


def test_plain_pickle_of_a_fitted_net():
    X, y = classification()
    fitted = small(early_stopping=True, validation_fraction=0.2).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert loaded.loss_curve_ == fitted.loss_curve_
    # training goes on alike
    for net in (fitted, loaded):
        net.set_params(early_stopping=False).partial_fit(X, y)
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize(
    "params", [{}, {"width": 4, "n_layers": 1, "max_epochs": 200}, {"n_layers": 4}]
)
def test_size_of_a_pickle(params):
    """With skorch, the history of batches outweighs the weights."""
    X, y = classification(n_samples=300)
    fitted = TorchMLPClassifier(**{"max_epochs": 20, **params}).fit(X, y)
    of_weights = sum(4 * p.numel() for p in fitted.net_.module_.parameters())
    assert len(pickle.dumps(fitted)) < 6 * of_weights + 21_000


def test_all_rows_train_unless_asked_for():
    X, y = classification()
    fitted = small().fit(X, y)
    assert "valid_loss" not in fitted.net_.history[-1]
    assert fitted.validation_scores_ is None
    # scaled by the moments of all rows, which a split set aside would change
    center = fitted.net_.module_.scale.center.numpy()
    np.testing.assert_allclose(center, X.mean(axis=0), rtol=1e-4, atol=1e-6)


def test_history_has_epochs_and_no_batches():
    X, y = classification()
    fitted = small().fit(X, y)
    assert len(fitted.net_.history) == 40
    assert all(row["batches"] == [] for row in fitted.net_.history)


def test_regressors_have_no_probabilities():
    assert not hasattr(TorchMLPRegressor(), "predict_proba")
    assert not hasattr(TorchRegressor(TwoLayers), "predict_proba")
