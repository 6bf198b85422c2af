"""A search of networks, to be killed in the middle of a fit and run again.

``python -m tests.neural_network.killed KIND PATH N_JOBS`` runs one with a checkpoint in
PATH, and writes a line to PATH.log for each epoch.
"""

import json
import sys
import time
from pathlib import Path

from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import TorchClassifier, _training
from tests.neural_network.modules import Small

N_EPOCHS = 12
SECONDS = 0.03  # of an epoch

X, y = make_classification(60, 4, random_state=0)


class Slow(Small):
    """Writes a line for each epoch, of one batch."""

    def __init__(self, n_features_in, n_outputs, log=None, **params):
        super().__init__(n_features_in, n_outputs, **params)
        self.log = log

    def forward(self, X):
        if self.training and len(X) > 8:  # a few rows are a first look
            time.sleep(SECONDS)
            with open(self.log, "a") as file:
                file.write("epoch\n")
        return super().forward(X)


class Saving(TorchClassifier):
    """Writes its state after each epoch, in whatever process it is."""

    def fit(self, X, y):
        _training._SECONDS_BETWEEN_CHECKPOINTS = 0
        _training._TRAINING_TO_WRITING = 0
        return super().fit(X, y)


def network(log, **params):
    return Saving(
        Slow,
        module__log=log,
        module__dropout=0.5,
        learning_rate_init=0.02,
        max_epochs=N_EPOCHS,
        batch_size=len(X),
        device="cpu",
        **{"random_state": 0, **params},
    )


KINDS = {
    "pipeline": lambda log: (
        make_pipeline(StandardScaler(), network(log)),
        {"saving__module__width": [3, 4]},
    ),
    "no seed": lambda log: (
        network(log, random_state=None),
        {"module__width": [3, 4]},
    ),
    "candidates": lambda log: (
        make_pipeline(StandardScaler(), GaussianNB()),
        {"gaussiannb": [network(log, module__width=width) for width in (3, 4)]},
    ),
    # all members have the same data, and differ by chance
    "ensemble": lambda log: (
        BaggingClassifier(network(log), 2, bootstrap=False, random_state=0),
        {"estimator__module__width": [3, 4]},
    ),
}


def search_of(kind, log, **params):
    estimator, grid = KINDS[kind](str(log))
    return GridSearchCV(estimator, grid, cv=2, error_score="raise", **params)


def result_of(search):
    """Return what must be equal."""
    return {
        "scores": search.cv_results_["mean_test_score"].tolist(),
        "probabilities": search.predict_proba(X).tolist(),
    }


def main(kind, path, n_jobs):
    search = search_of(kind, f"{path}.log", checkpoint=path, n_jobs=int(n_jobs))
    search.fit(X, y)
    Path(f"{path}.json").write_text(json.dumps(result_of(search)))


if __name__ == "__main__":
    main(*sys.argv[1:])
