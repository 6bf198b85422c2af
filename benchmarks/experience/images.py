"""Measure what parameters of the convolutional network are worth, on sets of images.

Only sets that come with scikit-learn, so it is a small measurement: 40 random
candidates in two folds, on three sets of 300 images. `_derived.py` takes start points
from it, but no ranges: so few candidates do not tell where good values end. It takes
some minutes on one core.
"""

import argparse
import sys
import warnings

import numpy as np
import sklearn
import torch
from _scores import SCORES, file_of, write
from _spaces import CNN, Range
from sklearn.datasets import load_digits, load_sample_images
from sklearn.model_selection import ParameterSampler, StratifiedKFold, cross_validate

from sklearn_hp.neural_network import TorchCNNClassifier

NAME = "TorchCNNClassifier"
N_CANDIDATES = 40
N_IMAGES = 300
METRICS = ["accuracy", "neg_log_loss"]


def image_sets():
    """Return (images, labels) by name."""
    rng = np.random.RandomState(0)
    digits = load_digits()
    X, y = digits.images[:N_IMAGES], digits.target[:N_IMAGES]
    return {
        "digits": (X, y),
        "digits somewhere": (_placed(X, rng), y),
        "patches of photos": _patches(rng),
    }


def _placed(images, rng):
    """Return digits at random places of a larger image."""
    placed = np.zeros((len(images), 12, 12))
    for canvas, image in zip(placed, images, strict=True):
        down, right = rng.randint(5, size=2)
        canvas[down : down + 8, right : right + 8] = image
    return placed


def _patches(rng):
    """Return patches in colour of two photographs, and which they are of."""
    patches, labels = [], []
    for label, photo in enumerate(load_sample_images().images):
        for _ in range(N_IMAGES // 2):
            down, right = (rng.randint(size - 12) for size in photo.shape[:2])
            patch = photo[down : down + 12, right : right + 12]
            patches.append(patch.transpose(2, 0, 1))
            labels.append(label)
    return np.array(patches), np.array(labels)


def drawn():
    """Return the candidates."""
    space = {
        name: values.distribution(1.0) if isinstance(values, Range) else values
        for name, values in CNN.items()
    }
    sampler = ParameterSampler(space, N_CANDIDATES, random_state=0)
    return [{name: _plain(params[name]) for name in CNN} for params in sampler]


def _plain(value):
    value = value.item() if isinstance(value, np.generic) else value
    return float(f"{value:.5g}") if isinstance(value, float) else value


def scores_of(params, X, y):
    """Return the mean scores of a candidate by metric."""
    network = TorchCNNClassifier(device="cpu", random_state=0).set_params(**params)
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    results = cross_validate(network, X, y, cv=folds, scoring=METRICS)
    return {
        metric: float(f"{np.mean(results[f'test_{metric}']):.4g}") for metric in METRICS
    }


def main(args):
    """Score all candidates, and the defaults, on all sets."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    candidates, lines = drawn(), {}
    for name, (X, y) in image_sets().items():
        rows = [scores_of(params, X, y) for params in [{}, *candidates]]
        print(name, rows[0], file=sys.stderr, flush=True)
        defaults, *others = (
            {metric: [row[metric]] for metric in METRICS} for row in rows
        )
        scores = {metric: [row[metric][0] for row in others] for metric in METRICS}
        lines[name] = {
            "table": name,
            "runs": [{"scores": scores, "defaults": defaults}],
        }
    head = {
        "estimator": repr(TorchCNNClassifier(device="cpu", random_state=0)),
        "scikit-learn": sklearn.__version__,
        "n_splits": 2,
        "fold_seeds": [0],
        "candidates": {name: [params[name] for params in candidates] for name in CNN},
    }
    write(file_of(args.scores, NAME), head, lines)


def make_parser():
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scores", type=type(SCORES), default=SCORES, help="folder; default: beside"
    )
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
