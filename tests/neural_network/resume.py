"""Fits that are paused and resumed, and a process of their own to do it in.

``python -m tests.neural_network.resume FOLDER`` goes on with the checkpoints of each
case that it finds in FOLDER, of epochs 1 and 3.
"""

import sys
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import torch
from sklearn.datasets import load_digits, make_classification, make_regression

from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)
from tests.neural_network.modules import Small, weights

RUNGS = (1, 3, 9)

# Where the other process pauses, after this one paused at the first.
LABELS = ("1, 3, 9", "3, 9")

X, y = make_classification(
    n_samples=90, n_features=6, n_informative=4, n_classes=3, random_state=0
)
X_numbers, numbers = make_regression(90, 5, n_targets=2, noise=5.0, random_state=0)
_digits = load_digits(n_class=3)
images, digits = _digits.images[:60].astype(np.uint8), _digits.target[:60]

_common = {
    "batch_size": 16,
    "schedule_epochs": RUNGS[-1],
    "device": "cpu",
    "random_state": 0,
}
_mlp = partial(TorchMLPClassifier, width=8, learning_rate_init=0.01, **_common)
_stopping = {"early_stopping": True, "validation_fraction": 0.3}

# name: (makes the estimator, what it is fitted to)
CASES = {
    "dropout": (partial(_mlp, dropout=0.5), {"X": X, "y": y}),
    "batch norm": (
        partial(_mlp, normalization="batch", optimizer="adam"),
        {"X": X, "y": y},
    ),
    "sgd": (partial(_mlp, optimizer="sgd"), {"X": X, "y": y}),
    "robust, constant rate": (
        partial(_mlp, scaler="robust", learning_rate="constant"),
        {"X": X, "y": y},
    ),
    "class weights": (
        partial(_mlp, class_weight="balanced"),
        {"X": X, "y": y, "sample_weight": np.arange(len(X)) % 4},
    ),
    "early stopping": (
        partial(_mlp, n_iter_no_change=20, **_stopping),
        {"X": X, "y": y},
    ),
    "stopped early": (
        partial(_mlp, n_iter_no_change=2, tol=0.04, **_stopping),
        {"X": X, "y": y},
    ),
    "groups": (
        partial(_mlp, n_iter_no_change=20, **_stopping),
        {"X": X, "y": y, "groups": np.arange(len(X)) // 5},
    ),
    "regressor": (
        partial(TorchMLPRegressor, width=8, **_common, **_stopping),
        {"X": X_numbers, "y": numbers},
    ),
    "cnn": (
        partial(TorchCNNClassifier, channels=4, **_common),
        {"X": images, "y": digits},
    ),
    "own module": (
        partial(TorchClassifier, Small, module__dropout=0.5, **_common),
        {"X": X, "y": y},
    ),
    "own module, regressor": (
        partial(TorchRegressor, Small, module__dropout=0.5, **_common),
        {"X": X_numbers, "y": numbers},
    ),
}


def path_of(folder, name, label):
    """Return the checkpoint of a case."""
    return Path(folder) / f"{name}-{label}.pt"


def fit(name, path, max_epochs, **params):
    """Fit a case, from its checkpoint if there is one."""
    make, data = CASES[name]
    return make(checkpoint=path, max_epochs=max_epochs, **params).fit(**data)


def summary(fitted):
    """Return all that two fits must have in common."""
    return {
        "weights": weights(fitted),
        "predictions": fitted.predict(CASES_X[fitted.n_features_in_]),
        "n_iter_": fitted.n_iter_,
        "best_n_iter_": fitted.best_n_iter_,
        "loss_curve_": fitted.loss_curve_,
        "validation_scores_": fitted.validation_scores_,
    }


# images have one channel
CASES_X = {
    data["X"].shape[1] if data["X"].ndim == 2 else 1: data["X"]
    for _, data in CASES.values()
}


def main(folder):
    """Go on from 1 to 3 to 9, and from 3 to 9."""
    torch.set_num_threads(1)
    results = {}
    for name in CASES:
        fit(name, path_of(folder, name, "1, 3, 9"), 3)
        for label in LABELS:
            fitted = fit(name, path_of(folder, name, label), 9)
            results[name, label] = summary(fitted)
    joblib.dump(results, Path(folder) / "results")


if __name__ == "__main__":
    main(sys.argv[1])
