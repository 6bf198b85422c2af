from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, uniform
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits, load_wine, make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp._experience import start_points
from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor
from tests.neural_network.networks import classification, regression


def test_defaults_are_those_of_the_guide():
    params = TorchMLPClassifier().get_params()
    expected = {
        "hidden_layer_sizes": None,
        "n_layers": 2,
        "width": 128,
        "activation": "mish",
        "dropout": 0.2,
        "normalization": None,
        "scaler": "standard",
        "optimizer": "adamw",
        "learning_rate_init": 1e-3,
        "weight_decay": None,
        "batch_size": 64,
        "max_epochs": 40,
        "learning_rate": "cosine",
        "early_stopping": False,
    }
    assert {name: params[name] for name in expected} == expected
    regressor = TorchMLPRegressor().get_params()
    only_classifiers = {"class_weight", "label_smoothing", "focal_gamma"}
    assert params.keys() - regressor.keys() == only_classifiers
    assert regressor.keys() - params.keys() == {"quantile", "target_scaler"}
    params.update(learning_rate_init=2e-3, loss="squared_error")
    params.update(dropout=0.1, weight_decay=0.02)
    params.update(quantile=0.5, target_scaler="auto")
    assert all(params[name] == value for name, value in regressor.items())


def test_a_weak_unbalanced_table_is_not_learnt_by_heart():
    """5 % of one class; the dropout and decay of the regressors have 0.31, not 0.22."""
    X, y = make_classification(
        4000,
        50,
        n_informative=3,
        n_redundant=2,
        weights=[0.95],
        class_sep=0.5,
        flip_y=0.02,
        random_state=1,
    )
    mlp = TorchMLPClassifier(device="cpu", random_state=0).fit(X[:1000], y[:1000])
    base_rate = log_loss(y[1000:], np.full(3000, y[:1000].mean()))
    assert log_loss(y[1000:], mlp.predict_proba(X[1000:])) < base_rate


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, 1 / (30 * 1e-3 * 2)),  # 120 rows are two steps
        ({"batch_size": 32, "learning_rate_init": 1e-2}, 1 / (30 * 1e-2 * 4)),
        ({"max_epochs": 3, "early_stopping": True, "batch_size": 54}, 50 / 3),  # of 108
        ({"optimizer": "sgd"}, 0.02),
        ({"optimizer": "rprop"}, 0.0),  # it has none
        ({"weight_decay": 0.3}, 0.3),
    ],
)
def test_the_weight_decay_is_that_of_the_number_of_steps(params, expected):
    X, y = classification()
    mlp = TorchMLPClassifier(**{"max_epochs": 1, **params}).fit(X, y)
    found = mlp.net_.optimizer_.param_groups[0]["weight_decay"]
    assert found == pytest.approx(expected)


def test_the_weight_decay_of_rows_in_parts():
    """Few rows at a time would be forgotten with a decay that is that of few rows."""
    X, y = classification()
    mlp = TorchMLPClassifier().partial_fit(X, y, classes=[0, 1])
    assert mlp.net_.optimizer_.param_groups[0]["weight_decay"] == 0.02


def test_start_points_know_what_the_default_decay_means():
    space = {"weight_decay": loguniform(1e-4, 0.8), "dropout": uniform(0, 0.5)}
    X, y = classification()
    (own, *_) = start_points(TorchMLPClassifier(), space, 3, X, y)
    assert own.params == {"weight_decay": 0.4, "dropout": 0.2}


def test_no_scaler_in_front_is_needed():
    """scikit-learn's own scores 0.7 on raw wine."""
    X, y = load_wine(return_X_y=True)
    scores = cross_val_score(TorchMLPClassifier(random_state=0), X, y, cv=3)
    assert scores.mean() > 0.95


@pytest.mark.parametrize("model", [MLPClassifier, TorchMLPClassifier])
def test_takes_the_seat_of_scikit_learns_in_a_search(model):
    """Only the name of the class differs; the encoder's output is sparse."""
    X, y = classification()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    frame["colour"] = np.array([f"c{i}" for i in range(20)])[np.arange(len(X)) % 20]
    encoder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["colour"]),
        remainder="passthrough",
        sparse_threshold=1.0,
    )
    mlp = model(random_state=0, early_stopping=True, batch_size=16)
    pipeline = make_pipeline(encoder, mlp)
    name = pipeline.steps[-1][0]
    grid = {
        f"{name}__hidden_layer_sizes": [(8,), (16, 8)],
        f"{name}__learning_rate_init": [1e-2],
        f"{name}__activation": ["relu", "tanh"],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    search.fit(frame, np.where(y == 1, "yes", "no"))
    assert search.best_score_ > 0.6
    assert search.predict_proba(frame).shape == (len(X), 2)


def test_a_subclass_may_have_a_parameter_of_scikit_learns():
    class Annealed(TorchMLPClassifier):
        def __init__(self, *, alpha=1.0, max_epochs=1):
            super().__init__(max_epochs=max_epochs)
            self.alpha = alpha

    net = clone(Annealed(alpha=2.0)).set_params(alpha=3.0)
    assert net.get_params() == {"alpha": 3.0, "max_epochs": 1}
    assert net.fit(*classification()).n_iter_ == 1


def test_layers():
    X, y = classification()
    net = TorchMLPClassifier(
        n_layers=3, width=8, activation="gelu", normalization="batch", max_epochs=1
    ).fit(X, y)
    body = net.net_.module_.body
    linear = [layer for layer in body if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in linear] == [8, 8, 8, 2]
    assert sum(isinstance(layer, nn.GELU) for layer in body) == 3
    assert sum(isinstance(layer, nn.BatchNorm1d) for layer in body) == 3
    linear_model = TorchMLPClassifier(hidden_layer_sizes=(), max_epochs=1).fit(X, y)
    assert len(linear_model.net_.module_.body) == 1


def test_layers_said_twice():
    X, y = classification()
    with pytest.raises(ValueError, match="both say how the layers are"):
        TorchMLPClassifier((8,), width=16).fit(X, y)
    with pytest.raises(ValueError, match=r"must be positive integers, got \(8, 0\)"):
        TorchMLPClassifier((8, 0)).fit(X, y)


def test_parameters_that_contradict():
    X, y = classification()
    with pytest.raises(ValueError, match="schedule_epochs=5 is less than max_epochs"):
        TorchMLPClassifier(schedule_epochs=5).fit(X, y)
    with pytest.raises(ValueError, match="amp must be False or 'bfloat16', got True"):
        TorchMLPClassifier(amp=True).fit(X, y)
    with pytest.raises(ValueError, match=r"'batch_size' parameter .* must be an int"):
        TorchMLPClassifier(batch_size=0).fit(X, y)


def test_weights_equal_copies_in_one_batch():
    X, y = classification(n_samples=20)
    counts = np.random.RandomState(0).randint(0, 4, len(X))
    net = TorchMLPClassifier(
        dropout=0, batch_size=1000, max_epochs=20, learning_rate_init=0.01
    ).set_params(random_state=0)
    weighted = clone(net).fit(X, y, sample_weight=counts).predict_proba(X)
    copied = clone(net).fit(np.repeat(X, counts, 0), np.repeat(y, counts))
    np.testing.assert_allclose(weighted, copied.predict_proba(X), atol=1e-4)
    assert not np.allclose(weighted, clone(net).fit(X, y).predict_proba(X), atol=1e-2)


def test_weights_equal_copies_of_targets():
    X, y = regression(30)
    counts = np.random.RandomState(0).randint(0, 4, len(X))
    net = TorchMLPRegressor(dropout=0, batch_size=1000, max_epochs=20, random_state=0)
    weighted = clone(net).fit(X, y, sample_weight=counts).predict(X)
    copied = clone(net).fit(np.repeat(X, counts, 0), np.repeat(y, counts)).predict(X)
    np.testing.assert_allclose(weighted, copied, rtol=1e-4)


def test_no_weight_left():
    X, y = classification()
    with pytest.raises(ValueError, match="at least one non-zero"):
        TorchMLPClassifier().fit(X, y, sample_weight=np.zeros(len(X)))
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        TorchMLPClassifier().fit(X, y, sample_weight=-np.ones(len(X)))
    with pytest.raises(ValueError, match="gives all samples the weight 0"):
        TorchMLPClassifier(class_weight={0: 0, 1: 0}).fit(X, y)


def test_class_weight_of_a_class_that_rows_lack():
    X, y = classification(n_classes=3)
    make = partial(
        TorchMLPClassifier, width=8, max_epochs=2, device="cpu", random_state=0
    )
    net = make(class_weight={1: 5.0})
    weighted = net.fit(X, y, sample_weight=(y != 1).astype(float)).predict_proba(X)
    plain = make().fit(X, y, sample_weight=(y != 1).astype(float))
    np.testing.assert_allclose(weighted, plain.predict_proba(X))
    net.partial_fit(X[y != 1], y[y != 1])
    first = make(class_weight={1: 5.0}).partial_fit(X[y == 0], y[y == 0], [0, 1, 2])
    assert list(first.classes_) == [0, 1, 2]
    with pytest.raises(ValueError, match="not in class_weight"):
        make(class_weight={3: 5.0}).fit(X, y)


def test_class_weight_by_label():
    X, y = classification()
    X = np.random.RandomState(0).normal(size=X.shape)  # nothing to learn
    labels = np.array(["no", "yes"])[y]
    net = TorchMLPClassifier(max_epochs=5, random_state=0)
    net.set_params(class_weight={"yes": 100.0}).fit(X, labels)
    assert np.mean(net.predict(X) == "yes") > 0.9
    rare = np.where(np.arange(len(X)) < 12, "yes", "no")
    balanced = net.set_params(class_weight="balanced").fit(X, rare).predict_proba(X)
    plain = net.set_params(class_weight=None).fit(X, rare).predict_proba(X)
    assert balanced[:, 1].mean() > plain[:, 1].mean() + 0.1


def test_label_smoothing_makes_less_extreme():
    X, y = classification()
    net = TorchMLPClassifier(learning_rate_init=0.01, random_state=0)
    plain = net.fit(X, y).predict_proba(X).max(axis=1).mean()
    smoothed = net.set_params(label_smoothing=0.3).fit(X, y).predict_proba(X)
    assert smoothed.max(axis=1).mean() < plain


def test_several_targets():
    X, y = regression()
    Y = np.column_stack([y, -1e-3 * y, X[:, 0]])
    net = TorchMLPRegressor(dropout=0, random_state=0).fit(X, Y)
    assert net.predict(X).shape == Y.shape
    assert net.score(X, Y) > 0.95


@pytest.mark.parametrize("n_samples", [1, 2, 65])
@pytest.mark.parametrize("normalization", [None, "layer"])
def test_few_rows(n_samples, normalization):
    """65 leave one row over after a batch of 64."""
    X = np.linspace(0, 1, n_samples)[:, None]
    y = np.arange(n_samples) % 2
    net = TorchMLPClassifier(max_epochs=2, normalization=normalization)
    assert net.fit(X, y).predict(X).shape == (n_samples,)
    regressor = TorchMLPRegressor(max_epochs=2, normalization=normalization)
    assert np.isfinite(regressor.fit(X, y).predict(X)).all()


def test_batch_normalisation_needs_two_rows():
    X, y = classification(65)
    net = TorchMLPClassifier(max_epochs=2, normalization="batch")
    assert net.fit(X, y).predict(X).shape == (65,)
    with pytest.raises(ValueError, match="normalization='batch' needs two rows"):
        net.set_params(batch_size=1).fit(X, y)
    with pytest.raises(ValueError, match="normalization='batch' needs two rows"):
        net.set_params(batch_size=64).fit(X[:1], y[:1])


def test_constant_column_and_constant_target():
    X, y = regression()
    X[:, 1] = 7.0
    net = TorchMLPRegressor(max_epochs=3, random_state=0)
    assert np.isfinite(net.fit(X, y).predict(X)).all()
    np.testing.assert_allclose(net.fit(X, np.full(len(X), 3.0)).predict(X), 3, atol=2)


def test_partial_fit_learns_and_counts():
    X, y = classification()
    labels = np.array(["no", "yes"])[y]
    net = TorchMLPClassifier(learning_rate_init=0.01, random_state=0)
    with pytest.raises(ValueError, match="classes must be given in the first call"):
        net.partial_fit(X, labels)
    for _ in range(60):  # past max_epochs, which is no bound here
        net.partial_fit(X[:60], labels[:60], classes=["no", "yes"])
    assert net.n_iter_ == len(net.loss_curve_) == 60
    assert net.loss_curve_[-1] < net.loss_curve_[0] / 2
    assert net.net_.optimizer_.param_groups[0]["lr"] == 0.01
    assert net.score(X, labels) > 0.8
    with pytest.raises(ValueError, match="`classes` is not the same as on the last"):
        net.partial_fit(X, labels, classes=["no", "yes", "maybe"])
    with pytest.raises(ValueError, match="labels that are not among the classes"):
        net.partial_fit(X[:1], ["maybe"])
    with pytest.raises(ValueError, match="does not support early_stopping"):
        net.set_params(early_stopping=True).partial_fit(X, labels)
    with pytest.raises(ValueError, match="'balanced' is not supported by partial_fit"):
        net.set_params(early_stopping=False, class_weight="balanced").partial_fit(
            X, labels
        )


def test_partial_fit_with_and_without_weights():
    X, y = regression()
    net = TorchMLPRegressor(random_state=0)
    for weight in (None, np.ones(len(X)), None):
        net.partial_fit(X, y, sample_weight=weight)
    assert net.loss_curve_[2] < net.loss_curve_[0]
    with pytest.raises(ValueError, match="y has 2 columns, and had 1"):
        net.partial_fit(X, np.column_stack([y, y]))


def test_partial_fit_of_equal_rows_equals_epochs_at_a_constant_rate():
    X, y = classification()
    params = {"weight_decay": 0.02, "random_state": 0}
    fitted = TorchMLPClassifier(max_epochs=5, learning_rate="constant", **params)
    fitted.fit(X, y)
    pieces = TorchMLPClassifier(**params)
    for _ in range(5):
        pieces.partial_fit(X, y, classes=[0, 1])
    np.testing.assert_array_equal(pieces.predict_proba(X), fitted.predict_proba(X))


def test_fit_begins_again():
    X, y = classification()
    net = TorchMLPClassifier(max_epochs=3, random_state=0)
    first = net.fit(X, y).predict_proba(X)
    net.partial_fit(X, y)
    np.testing.assert_array_equal(net.fit(X, y).predict_proba(X), first)
    three = np.arange(len(X)) % 3
    assert net.fit(X[:, :2], three).predict_proba(X[:, :2]).shape == (len(X), 3)


def test_bfloat16_runs():
    digits = load_digits(n_class=4)
    net = TorchMLPClassifier(max_epochs=5, amp="bfloat16", random_state=0)
    assert net.fit(digits.data, digits.target).score(digits.data, digits.target) > 0.9
