"""Spaces and start points for the networks: nothing that they refuse themselves."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import BayesSearchCV, EarlyStoppingClassifier, suggest_space
from sklearn_hp._experience import start_points
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNClassifier,
    TorchCNNRegressor,
    TorchMLPClassifier,
    TorchRegressor,
)
from tests.neural_network.modules import Small

rng = np.random.RandomState(0)
IMAGES = rng.normal(size=(24, 5, 4))
ROWS = IMAGES.reshape(24, -1)
NUMBERS = IMAGES.mean(axis=(1, 2))
LABELS = np.arange(24) % 2

NETWORKS = [
    (TorchCNNClassifier(device="cpu"), IMAGES),
    (TorchCNNRegressor(device="cpu"), IMAGES),
    (TorchClassifier(Small, device="cpu"), ROWS),
    (TorchRegressor(Small, device="cpu"), ROWS),
    (TorchMLPClassifier(normalization="batch", device="cpu"), ROWS),
]
IDS = [type(network).__name__ for network, _ in NETWORKS]
TRAINING = {"learning_rate_init", "weight_decay", "batch_size"}


def target_of(network):
    return LABELS if is_classifier(network) else NUMBERS


def ends(space):
    """Return the candidates with all parameters at their first or last values."""
    ranges = [
        (values[0], values[-1])
        if isinstance(values, list)
        else [np.asarray(end).item() for end in values.support()]
        for values in space.values()
    ]
    for number in (0, 1):
        yield {name: pair[number] for name, pair in zip(space, ranges, strict=True)}


def check_fit(network, params, X):
    candidate = clone(network).set_params(**params)
    candidate._validate_params()
    if "max_epochs" in params:
        candidate.set_params(max_epochs=1)
    candidate.fit(X, target_of(network)[: len(X)])


@pytest.mark.parametrize(("network", "X"), NETWORKS, ids=IDS)
@pytest.mark.parametrize("n_samples", [4, 10_000])
def test_ends_of_the_space_can_be_fitted(network, X, n_samples):
    space = suggest_space(network, n_samples=n_samples)
    assert space.keys() >= TRAINING
    for params in ends(space):
        check_fit(network, params, X[:n_samples])


@pytest.mark.parametrize(("network", "X"), NETWORKS, ids=IDS)
def test_start_points_can_be_fitted(network, X):
    y = target_of(network)
    space = suggest_space(network, X, y)
    points = start_points(network, space, 6, X, y)
    assert len(points) == 6
    assert "learnt for Torch" in points[1].source
    for point in points:
        check_fit(network, point.params, X)


@pytest.mark.parametrize(("network", "X"), NETWORKS, ids=IDS)
def test_the_number_of_epochs_is_not_searched_where_it_is_found(network, X):
    if isinstance(network, TorchMLPClassifier):
        pytest.skip("its epochs are not searched at all")
    assert "max_epochs" in suggest_space(network)
    stopped = clone(network).set_params(early_stopping=True)
    assert "max_epochs" not in suggest_space(stopped)
    assert suggest_space(stopped).keys() >= TRAINING
    if is_classifier(network):
        wrapped = suggest_space(EarlyStoppingClassifier(network))
        assert "estimator__max_epochs" not in wrapped


def test_in_a_pipeline():
    network = TorchClassifier(Small, max_epochs=1, device="cpu", random_state=0)
    pipeline = make_pipeline(StandardScaler(), network)
    space = suggest_space(pipeline, ROWS, LABELS)
    prefix = "torchclassifier__"
    assert {prefix + name for name in TRAINING} <= space.keys()
    del space[prefix + "max_epochs"]
    space[prefix + "module__width"] = [4, 8]
    search = BayesSearchCV(pipeline, space, n_iter=4, cv=2, random_state=0)
    search.fit(ROWS, LABELS)
    sources = [point["source"] for point in search.initial_points_]
    assert "learnt for TorchClassifier (torchclassifier)" in sources


def test_search_of_images():
    network = TorchCNNRegressor(device="cpu", random_state=0)
    space = suggest_space(network, IMAGES, NUMBERS)
    assert {"n_blocks", "channels", "kernel_size"} <= space.keys()
    space.update(max_epochs=[1], channels=[4, 8])
    search = BayesSearchCV(network, space, n_iter=3, cv=2, random_state=0)
    search.fit(IMAGES, NUMBERS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_longer_training_wants_lower_rates():
    short, long = (
        suggest_space(TorchCNNClassifier(max_epochs=n))["learning_rate_init"].support()
        for n in (20, 400)
    )
    assert long[0] < short[0]
