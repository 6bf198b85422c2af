"""Modules of users, and what tests look for in a fitted network."""

import numpy as np
from torch import nn


class Small(nn.Sequential):
    """Two layers; drops out by torch's global generator."""

    def __init__(self, n_features_in, n_outputs, width=8, dropout=0.0):
        super().__init__(
            nn.Linear(n_features_in, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, n_outputs),
        )


class TwoParts(nn.Module):
    """Takes its input in two parts, `a` of two columns and `b` of four."""

    def __init__(self, n_outputs):
        super().__init__()
        self.a, self.b = nn.Linear(2, n_outputs), nn.Linear(4, n_outputs)

    def forward(self, a, b):
        return self.a(a) + self.b(b)


def weights(estimator):
    """Return all that the module keeps, as arrays by name."""
    state = estimator.net_.module_.state_dict()
    return {name: value.numpy(force=True) for name, value in state.items()}


def assert_same_weights(actual, expected):
    """Compare bit by bit."""
    assert actual.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(actual[name], expected[name], err_msg=name)


def differ(one, other):
    """Whether any of the weights are different."""
    return any(not np.array_equal(one[name], other[name]) for name in one)
