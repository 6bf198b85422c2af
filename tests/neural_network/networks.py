"""Modules of a user's own, and data, for the tests of this folder."""

import numpy as np
from sklearn.datasets import make_classification
from torch import nn


class TwoLayers(nn.Sequential):
    """Returns logits or targets; takes its sizes by name."""

    def __init__(self, n_features_in, n_outputs, width=128, dropout=0.0):
        super().__init__(
            nn.Linear(n_features_in, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, n_outputs),
        )


def classification(n_samples=120, n_classes=2, seed=0):
    """Return float64 rows and classes 0, 1, ..."""
    X, y = make_classification(
        n_samples,
        n_features=6,
        n_informative=4,
        n_classes=n_classes,
        class_sep=2.0,
        random_state=seed,
    )
    return X, y


def regression(n_samples=200, seed=0):
    """Return rows and one target, far from mean 0 and variance 1."""
    rng = np.random.RandomState(seed)
    X = rng.uniform(-1, 1, (n_samples, 3))
    return X, 1000.0 + 50.0 * X @ [1.0, -2.0, 3.0]
