import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EarlyStopping, GradientNormClipping
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import TorchClassifier, TorchRegressor
from tests.neural_network.networks import TwoLayers, classification, regression


def make_net(n_in, n_out, *, depth=1, **more):
    """A function, with other names for the sizes."""
    layers = [nn.Sequential(nn.Linear(n_in, n_in), nn.ReLU()) for _ in range(depth)]
    return nn.Sequential(*layers, nn.Linear(n_in, n_out))


def fixed(width=8):
    """Learns the number of columns by itself."""
    return nn.Sequential(nn.LazyLinear(width), nn.ReLU(), nn.Linear(width, 2))


def instance():
    """Return a module whose first weights do not depend on the other tests."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))


@pytest.mark.parametrize(
    ("module", "params"),
    [
        (TwoLayers, {"module__width": 16}),
        (make_net, {"module__depth": 2}),
        (fixed, {"module__width": 16}),
        (nn.Linear, {"module__bias": False}),
        (instance(), {}),
    ],
)
def test_any_way_to_make_a_module(module, params):
    X, y = classification()
    net = TorchClassifier(
        module, learning_rate_init=0.01, random_state=0, max_epochs=20, **params
    )
    net = clone(net).fit(X, y)
    assert net.score(X, y) > 0.65
    again = clone(net).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), net.predict_proba(X))


def test_an_instance_is_copied():
    X, y = classification()
    module = TwoLayers(6, 2)
    before = [p.clone() for p in module.parameters()]
    net = TorchClassifier(module, max_epochs=2, random_state=0).fit(X, y)
    assert net.module is module
    assert all(map(torch.equal, module.parameters(), before))
    # training begins at its weights
    net = TorchClassifier(module, max_epochs=1, learning_rate_init=1e-12).fit(X, y)
    weight = net.net_.module_.body[0].weight
    torch.testing.assert_close(weight, module[0].weight)
    with pytest.raises(
        ValueError, match=r"is an instance of TwoLayers. Pass the class"
    ):
        net.set_params(module__width=3)


def test_parameters_of_the_module_are_listed_and_cloned():
    net = TorchClassifier(TwoLayers, module__width=16)
    assert net.get_params(deep=False)["module__width"] == 16
    assert "module__dropout" not in net.get_params(deep=False)
    assert net.get_params()["module__dropout"] == 0.0
    assert clone(net).get_params() == net.get_params()
    assert "module__width=16" in repr(net)
    loaded = pickle.loads(pickle.dumps(net))
    assert loaded.get_params() == net.get_params()
    net.set_params(module__dropout=0.5, max_epochs=3)
    assert (net.get_params()["module__dropout"], net.max_epochs) == (0.5, 3)
    # of a new module, others
    net = TorchClassifier(TwoLayers).set_params(module=make_net, module__depth=3)
    assert net.get_params()["module__depth"] == 3
    net.set_params(module__anything=1)  # make_net takes more


def test_unknown_parameter():
    with pytest.raises(TypeError, match="passed as module__width"):
        TorchClassifier(TwoLayers, width=3)


def test_searched_inside_a_pipeline():
    X, y = classification()
    net = TorchClassifier(
        TwoLayers, learning_rate_init=0.01, max_epochs=10, random_state=0
    )
    pipeline = make_pipeline(StandardScaler(), net)
    grid = {
        "torchclassifier__module__width": [4, 32],
        "torchclassifier__module__dropout": [0.0, 0.2],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    width = search.best_params_["torchclassifier__module__width"]
    body = search.best_estimator_[-1].net_.module_.body
    assert body[0].out_features == width


def test_rows_of_more_axes():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(80, 3, 5)) + 100
    y = (X.mean(axis=(1, 2)) > 100).astype(int)

    def make(n_features_in, n_outputs):
        return nn.Sequential(nn.Flatten(), nn.Linear(5 * n_features_in, n_outputs))

    net = TorchClassifier(make, learning_rate_init=0.01, random_state=0).fit(X, y)
    assert net.score(X, y) > 0.8
    scale = net.net_.module_.scale
    np.testing.assert_allclose(
        scale.center.ravel(), X.mean(axis=(0, 2)), rtol=1e-5, atol=0
    )


class Wrong(TwoLayers):
    def __init__(self, n_features_in, n_outputs):
        super().__init__(n_features_in, n_outputs + 8)


def test_errors_of_modules():
    X, y = classification()
    with pytest.raises(ValueError, match=r"shape \(8, 10\) for 8 rows; expected is"):
        TorchClassifier(Wrong).fit(X, y)
    with pytest.raises(ValueError, match=r"shape \(8, 9\).*one column for each target"):
        TorchRegressor(Wrong).fit(X, y)
    with pytest.raises(TypeError, match=r"must make a torch.nn.Module, and made 'net'"):
        TorchClassifier(lambda: "net").fit(X, y)
    with pytest.raises(ValueError, match="has no parameters to train"):
        TorchClassifier(nn.Sequential(nn.Identity()), max_epochs=1).fit(X[:, :2], y)
    with pytest.raises(
        ValueError, match=r"The 'module' parameter .* must be a callable"
    ):
        TorchClassifier("net").fit(X, y)


@pytest.mark.parametrize("criterion", [nn.L1Loss, nn.HuberLoss(delta=0.5)])
@pytest.mark.parametrize("weighted", [False, True])
def test_criterion_of_a_regressor(criterion, weighted):
    X, y = regression()
    y[:10] = 1e5  # outliers
    weight = np.ones(len(y)) if weighted else None
    net = TorchRegressor(
        TwoLayers, criterion=criterion, learning_rate_init=0.01, random_state=0
    ).fit(X, y, sample_weight=weight)
    error = np.median(np.abs(net.predict(X) - y))
    squared = clone(net).set_params(criterion=None).fit(X, y)
    assert error < np.median(np.abs(squared.predict(X) - y))


def test_criterion_without_reduction_takes_no_weights():
    X, y = regression()

    class Plain(nn.Module):
        def forward(self, output, target):
            return (output - target).square().mean()

    net = TorchRegressor(TwoLayers, criterion=Plain, max_epochs=2).fit(X, y)
    with pytest.raises(ValueError, match="has no parameter `reduction`"):
        net.fit(X, y, sample_weight=np.arange(len(X)))


def test_label_smoothing_of_an_own_criterion_is_refused():
    X, y = classification()
    net = TorchClassifier(TwoLayers, criterion=nn.MultiMarginLoss, label_smoothing=0.1)
    with pytest.raises(ValueError, match=r"label_smoothing=0.1 .* criterion"):
        net.fit(X, y)


def test_random_layers_of_a_module_are_fixed_by_random_state():
    X, y = classification()
    net = TorchClassifier(TwoLayers, module__dropout=0.5, random_state=0, max_epochs=5)
    first = net.fit(X, y).predict_proba(X)
    torch.manual_seed(123)
    np.testing.assert_array_equal(net.fit(X, y).predict_proba(X), first)


def test_parameters_go_with_their_module():
    net = TorchClassifier(TwoLayers, module__width=16)
    net.set_params(module=make_net, module__depth=2, module__other=1)
    assert net.get_params(deep=False)["module__depth"] == 2
    net.set_params(module=nn.Linear)
    assert clone(net).get_params(deep=False).keys() == net.get_params(False).keys()
    assert "module__depth" not in net.get_params()


def needs_depth(n_features_in, n_outputs, *, depth):
    return make_net(n_features_in, n_outputs, depth=depth)


def test_parameter_without_a_default():
    X, y = classification()
    net = TorchClassifier(needs_depth, max_epochs=1)
    assert "module__depth" in net.get_params()
    net.set_params(**net.get_params())
    with pytest.raises(ValueError, match=r"needs depth, .* Set it as module__depth"):
        net.fit(X, y)
    net.set_params(module__depth=1).fit(X, y)


class InPlace(nn.Sequential):
    def __init__(self, n_features_in, n_outputs):
        super().__init__(nn.ReLU(inplace=True), nn.Linear(n_features_in, n_outputs))


def test_a_module_that_works_in_place_leaves_data_alone():
    X, y = classification()
    X = X.astype(np.float32)
    before = X.copy()
    TorchClassifier(InPlace, scaler=None, max_epochs=2).fit(X, y).predict(X)
    np.testing.assert_array_equal(X, before)


class LogSoftmaxed(TwoLayers):
    def forward(self, X):
        return super().forward(X).log_softmax(1)


def test_log_probabilities_with_their_loss():
    """skorch would take the logarithm once more, and train to NaN."""
    X, y = classification()
    params = {"learning_rate_init": 0.01, "max_epochs": 10, "random_state": 0}
    net = TorchClassifier(LogSoftmaxed, criterion=nn.NLLLoss, **params).fit(X, y)
    expected = TorchClassifier(TwoLayers, **params).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(net.predict_proba(X), expected, atol=1e-4)
    np.testing.assert_allclose(
        net.predict_log_proba(X), np.log(net.predict_proba(X)), rtol=1e-9
    )


def test_threads_that_share_a_generator_do_not_change_results():
    X, y = classification()
    nets = [
        TorchClassifier(TwoLayers, module__dropout=0.5, random_state=i, max_epochs=4)
        for i in range(6)
    ]
    expected = [clone(net).fit(X, y).predict_proba(X) for net in nets]
    with ThreadPoolExecutor(3) as pool:
        fitted = pool.map(lambda net: clone(net).fit(X, y), nets)
    for net, proba in zip(fitted, expected, strict=True):
        np.testing.assert_array_equal(net.predict_proba(X), proba)


def test_pickle_and_clone_with_callbacks():
    X, y = classification()
    net = TorchClassifier(
        TwoLayers,
        early_stopping=True,
        max_epochs=3,
        callbacks=[("stop", EarlyStopping(patience=2)), GradientNormClipping(1.0)],
    ).fit(X, y)
    loaded = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(loaded.predict_proba(X), net.predict_proba(X))
    assert [type(c) for _, c in loaded.net_.callbacks_] == [
        type(c) for _, c in net.net_.callbacks_
    ]
    clone(loaded).fit(X, y)
