"""Parameters of the optimizer and of a module, set as ``part__name``."""

import inspect
import pickle

import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)
from tests.neural_network.networks import TwoLayers, classification

X, y = classification()
BETAS = (0.8, 0.95)
ALL = [
    (TorchMLPClassifier, {}),
    (TorchMLPRegressor, {}),
    (TorchCNNClassifier, {"image_shape": (2, 3)}),
    (TorchClassifier, {"module": TwoLayers}),
    (TorchRegressor, {"module": TwoLayers}),
]


@pytest.mark.parametrize(("cls", "params"), ALL)
def test_every_network_takes_them(cls, params):
    net = cls(**params, max_epochs=1, device="cpu", optimizer__betas=BETAS)
    (group, *_) = net.fit(X, y).net_.optimizer_.param_groups
    assert group["betas"] == BETAS
    assert net.get_params(deep=False)["optimizer__betas"] == BETAS
    for copied in (clone(net), pickle.loads(pickle.dumps(net))):
        assert copied.get_params() == net.get_params()
    net.set_params(optimizer__betas=(0.5, 0.9), optimizer__eps=1e-6)
    (group, *_) = net.fit(X, y).net_.optimizer_.param_groups
    assert (group["betas"], group["eps"]) == ((0.5, 0.9), 1e-6)
    assert "optimizer__betas=(0.5, 0.9)" in repr(net)
    # the signature is what scikit-learn reads
    kinds = {p.kind for p in inspect.signature(cls).parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds


def test_all_are_listed_with_their_defaults():
    listed = TorchMLPClassifier(optimizer__eps=1e-6).get_params()
    assert listed["optimizer__betas"] == (0.9, 0.999)
    assert listed["optimizer__eps"] == 1e-6
    assert listed["optimizer__param_groups"] == ()
    assert not {"optimizer__lr", "optimizer__weight_decay", "optimizer__fused"} & {
        *listed
    }
    assert "optimizer__betas" not in TorchMLPClassifier().get_params(deep=False)
    # what all have by default changes nothing
    net = TorchMLPClassifier().set_params(**listed)
    assert net.get_params() == listed


@pytest.mark.parametrize(("cls", "params"), ALL)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"optimizer__beta": 1},
            r"The optimizer AdamW has no parameter 'beta', got 'optimizer__beta'. Did "
            r"you mean 'optimizer__betas'\? It has: \['amsgrad', 'betas', ",
        ),
        ({"optimizer__lr": 1}, "is set by the parameter learning_rate_init"),
        ({"optimizer__weight_decay": 1}, "set by the parameter weight_decay"),
        ({"optimizer__momentum": 1}, "AdamW has no parameter 'momentum'"),
        (
            {"optimizer": "sgd", "optimizer__momentum": 1},
            "is set by the parameter momentum",
        ),
        (
            {"optimizer": torch.optim.SGD, "optimizer__nesterov": True},
            "is set by the parameter nesterovs_momentum",
        ),
    ],
)
def test_unknown_names(cls, params, given, message):
    with pytest.raises(ValueError, match=message):
        cls(**params, **given)
    net = cls(**params)
    before = net.get_params()
    with pytest.raises(ValueError, match=message):
        net.set_params(**given)
    assert net.get_params() == before


def test_unknown_parts():
    with pytest.raises(TypeError, match=r"'callbacks__x'. What begins with module__"):
        TorchClassifier(TwoLayers, callbacks__x=1)
    with pytest.raises(TypeError, match=r"'module__x'. What begins with optim"):
        TorchMLPClassifier(module__x=1)
    with pytest.raises(TypeError, match=r"'width'. Parameters .* as module__width"):
        TorchClassifier(TwoLayers, width=3)
    with pytest.raises(ValueError, match="Invalid parameter 'foo'"):
        TorchMLPClassifier().set_params(foo__bar=1)


def test_those_of_another_optimizer_are_dropped():
    net = TorchMLPClassifier(optimizer__betas=BETAS, optimizer__foreach=False)
    net.set_params(optimizer="RMSprop", optimizer__alpha=0.9)
    own = {n: v for n, v in net.get_params(False).items() if "__" in n}
    assert own == {"optimizer__foreach": False, "optimizer__alpha": 0.9}


def test_a_subclass_takes_them():
    class Small(TorchMLPClassifier):
        def __init__(self, *, optimizer="adamw", max_epochs=1):
            super().__init__(width=4, optimizer=optimizer, max_epochs=max_epochs)

    net = clone(Small(optimizer__betas=BETAS))
    assert net.get_params(deep=False) == {
        "optimizer": "adamw",
        "max_epochs": 1,
        "optimizer__betas": BETAS,
    }
    assert net.fit(X, y).net_.optimizer_.param_groups[0]["betas"] == BETAS


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_in_a_grid(n_jobs):
    pipeline = make_pipeline(
        "passthrough", TorchMLPClassifier(width=4, max_epochs=1, device="cpu")
    )
    grid = [
        {"torchmlpclassifier__optimizer__betas": [(0.5, 0.9), BETAS]},
        {
            "torchmlpclassifier__optimizer": ["sgd"],
            "torchmlpclassifier__momentum": [0.5, 0.9],
        },
    ]
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs, error_score="raise")
    assert len(set(search.fit(X, y).cv_results_["mean_test_score"])) > 1


def test_in_a_bayesian_search():
    net = TorchMLPClassifier(width=4, max_epochs=1, device="cpu")
    space = {
        "optimizer__betas": [(0.5, 0.9), BETAS],
        "optimizer__param_groups": [
            [("body.0.*", {"lr": 1e-4})],
            [("body.0.*", {"lr": 1e-2})],
        ],
    }
    search = BayesSearchCV(net, space, n_iter=3, cv=2, random_state=0).fit(X, y)
    assert {*search.best_params_} == {*space}
