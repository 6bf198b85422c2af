"""Names that other libraries have for a parameter get an error with ours."""

import pytest
from torch import nn

from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNClassifier,
    TorchCNNRegressor,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)

NAMED = [TorchMLPClassifier, TorchMLPRegressor, TorchCNNClassifier, TorchCNNRegressor]
ALL = [*NAMED, TorchClassifier, TorchRegressor]


def make(cls, **params):
    return cls(**params) if cls in NAMED else cls(nn.Linear, **params)


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("alpha", "Use weight_decay"),
        ("max_iter", "Use max_epochs"),
        ("solver", "Use optimizer"),
        ("lr", "Use learning_rate_init"),
        ("beta_1", "Use optimizer__betas"),
        ("patience", "Use early_stopping=True, and n_iter_no_change"),
    ],
)
def test_a_name_of_another_library(cls, name, remedy):
    with pytest.raises(TypeError, match=f"'{name}'. {remedy}"):
        make(cls, **{name: 1})
    with pytest.raises(ValueError, match=f"parameter '{name}' for .*. {remedy}"):
        make(cls).set_params(**{name: 1})


@pytest.mark.parametrize("cls", ALL)
def test_a_misspelt_name(cls):
    with pytest.raises(TypeError, match=r"'epochs'. Did you mean 'max_epochs'"):
        make(cls, epochs=1)


def test_other_names_are_of_the_module():
    with pytest.raises(TypeError, match=r"'width'. Parameters .* module__width"):
        TorchClassifier(nn.Linear, width=3)


def test_a_criterion():
    assert make(TorchClassifier, criterion=nn.CrossEntropyLoss)
    with pytest.raises(TypeError, match=r"'criterion'. Use loss. TorchClassifier"):
        TorchMLPClassifier(criterion=nn.CrossEntropyLoss)
