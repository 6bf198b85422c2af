"""Networks in searches, and nets of skorch as they are."""

import signal
import subprocess
import sys
from textwrap import dedent

import joblib
import numpy as np
import pytest
import skorch
from scipy.stats import loguniform, randint, uniform
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp.neural_network import TorchClassifier, TorchMLPClassifier
from sklearn_hp.space import log_randint
from tests.neural_network.modules import Small, assert_same_weights, weights

X, y = make_classification(
    80, n_features=6, n_informative=4, n_classes=3, random_state=0
)


def make_mlp(**params):
    return TorchMLPClassifier(
        width=8,
        batch_size=16,
        max_epochs=2,
        device="cpu",
        **{"random_state": 0, **params},
    )


def results_of(search):
    return {
        name: value
        for name, value in search.cv_results_.items()
        if "time" not in name and name != "params"
    }


def assert_same_results(actual, expected):
    actual, expected = results_of(actual), results_of(expected)
    assert actual.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(actual[name], expected[name], err_msg=name)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_two_workers_find_what_one_finds(backend):
    pipeline = make_pipeline(
        StandardScaler(), make_mlp(early_stopping=True, dropout=0.5)
    )
    grid = {
        "torchmlpclassifier__learning_rate_init": [1e-3, 1e-2],
        "torchmlpclassifier__normalization": [None, "batch"],
    }
    params = {"cv": 3, "scoring": "neg_log_loss"}
    one = GridSearchCV(pipeline, grid, **params).fit(X, y)
    with joblib.parallel_config(backend=backend):
        two = GridSearchCV(pipeline, grid, n_jobs=2, **params).fit(X, y)
    assert len(set(one.cv_results_["mean_test_score"])) == 4
    assert_same_results(two, one)
    assert_same_weights(
        weights(two.best_estimator_[-1]), weights(one.best_estimator_[-1])
    )


def test_two_processes_find_what_one_finds_for_a_module_of_ones_own():
    net = TorchClassifier(
        Small, module__dropout=0.5, max_epochs=2, device="cpu", random_state=0
    )
    grid = {"module__width": [4, 8]}
    params = {"cv": 3, "scoring": "neg_log_loss"}
    one = GridSearchCV(net, grid, **params).fit(X, y)
    two = GridSearchCV(net, grid, n_jobs=2, **params).fit(X, y)
    assert_same_results(two, one)


def test_a_bayesian_search_of_the_usual_parameters():
    space = {
        "learning_rate_init": loguniform(1e-4, 1e-1),
        "width": log_randint(2, 16),
        "n_layers": randint(0, 4),
        "dropout": uniform(0.0, 0.5),
        "normalization": [None, "batch", "layer"],
    }
    search = BayesSearchCV(make_mlp(), space, n_iter=6, cv=2, random_state=0)
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.get_params().items() >= search.best_params_.items()
    assert search.predict(X).shape == (80,)


@pytest.fixture(params=["grid", "random"])
def search_of_skorch(request):
    """Makes a search for the rate of a net of skorch, set up as is usual."""
    net = skorch.NeuralNetClassifier(
        Small,
        module__n_features_in=6,
        module__n_outputs=3,
        criterion=nn.CrossEntropyLoss,
        max_epochs=2,
        batch_size=16,
        train_split=None,
        verbose=0,
    )
    name, rates = "neuralnetclassifier__lr", [0.01, 0.1]
    pipeline = make_pipeline(StandardScaler(), net)
    if request.param == "grid":
        return GridSearchCV(pipeline, {name: rates}, cv=2)
    distributions = {name: loguniform(0.01, 0.1)}
    return RandomSearchCV(pipeline, distributions, n_iter=2, cv=2, random_state=0)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_net_of_skorch_can_be_searched(search_of_skorch, n_jobs):
    search = search_of_skorch.set_params(n_jobs=n_jobs)
    search.fit(X.astype(np.float32), y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert "mean_n_iter" not in search.cv_results_
    assert search.predict(X.astype(np.float32)).shape == (80,)
    assert (
        search.best_estimator_[-1].lr == search.best_params_["neuralnetclassifier__lr"]
    )


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_candidate_that_diverges_has_the_error_score(n_jobs):
    search = GridSearchCV(
        make_mlp(),
        {"learning_rate_init": [1e-3, 1e30]},
        cv=2,
        n_jobs=n_jobs,
        error_score=-1.0,
    )
    with pytest.warns(
        FitFailedWarning, match="Training diverged: after epoch"
    ) as caught:
        search.fit(X, y)
    assert "Lower learning_rate_init (it is 1e+30)" in str(caught[0].message)
    assert search.cv_results_["mean_test_score"][1] == -1.0
    assert search.best_params_ == {"learning_rate_init": 1e-3}
    search.set_params(error_score="raise")
    with pytest.raises(ValueError, match="Training diverged"):
        search.fit(X, y)


# A search whose fits take minutes; it says when the first has begun to train.
_LONG_SEARCH = dedent(
    """
    import signal, time
    # the caller may ignore it, as shells do for what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
    import numpy as np
    from skorch.callbacks import Callback
    from sklearn_hp import GridSearchCV
    from sklearn_hp.neural_network import TorchMLPClassifier

    class Say(Callback):
        def on_epoch_begin(self, net, **rows):
            if len(net.history) == 20:
                print("training", flush=True)

    mlp = TorchMLPClassifier(
        width=4, max_epochs=10**6, device="cpu", callbacks=[Say()], checkpoint=None
    )
    search = GridSearchCV(mlp, {"dropout": [0.0, 0.1]}, cv=2, n_jobs=1)
    X = np.random.RandomState(0).uniform(size=(64, 3))
    try:
        search.fit(X, np.arange(64) % 2)
    except KeyboardInterrupt:
        print("interrupted", hasattr(search, "best_score_"), flush=True)
        raise
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is another thing there")
def test_ctrl_c_in_an_epoch_ends_the_search():
    process = subprocess.Popen(
        [sys.executable, "-c", _LONG_SEARCH],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "training\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert out == "interrupted False\n"
    assert err.rstrip().endswith("KeyboardInterrupt")
