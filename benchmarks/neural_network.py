"""The cost of an epoch and the accuracy of torch networks, beside scikit-learn's.

The first table is of CPU time per epoch: the same network, optimiser and batches in
both libraries; then what skorch's NeuralNetClassifier takes for it; then our defaults.
An epoch's time is the difference between a long and a short fit, divided by the
epochs that they differ by: what it takes to start counts for nothing.

The second is of accuracy: all parameters at their defaults, on real tables. Inputs and
targets of scikit-learn's are scaled by StandardScaler, ours do that themselves.
Categories are indicator columns for both. All runs in one process, on one thread.
"""

import json
import statistics
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import _comparison as comparison
import numpy as np
import torch
from _comparison import OURS, THEIRS
from _tables import load_frame
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skorch import NeuralNetClassifier
from threadpoolctl import threadpool_limits
from torch import nn

from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor

SKORCH = "skorch"
DEFAULTS = "ours, default settings"
PEERS = {"torch": "torch", "skorch": "skorch"}
BARS = {64: 2.0, 256: 1.3}  # batch size -> the highest ratio that we accept
N_EPOCHS = {"digits": 20, "10,000 x 20": 5}  # of the short fit; the long has 3 times

CLASSIFICATION = ["attrition", "breast_cancer", "cells", "churn", "credit", "digits"]
CLASSIFICATION += ["jobs", "mortgage", "spam", "telecom"]
REGRESSION = ["ames", "cars", "computers", "concrete", "deliveries", "diamonds"]
REGRESSION += ["hotel", "sacramento"]
N_ROWS = 20_000  # at most
N_FOLDS = 5
TWICE = 8_000  # tables of at most as many rows have their folds drawn twice


# ---- speed ---------------------------------------------------------------------------


def load_scaled(table):
    """Return X, scaled, and y."""
    if table == "digits":
        X, y = load_digits(return_X_y=True)
    else:
        X, y = make_classification(
            10_000, 20, n_informative=10, n_classes=5, random_state=0
        )
    return StandardScaler().fit_transform(X).astype(np.float32), y.astype(np.int64)


def make_trained(variant, widths, batch_size, n_epochs, seed, shape):
    """Return an estimator that trains for `n_epochs`, whatever the loss does."""
    same = {"batch_size": batch_size, "random_state": seed}
    if variant == THEIRS:
        return MLPClassifier(
            widths, max_iter=n_epochs, n_iter_no_change=n_epochs, tol=0, **same
        )
    same["max_epochs"] = n_epochs
    if variant == DEFAULTS:
        return TorchMLPClassifier(device="cpu", **same)
    if variant == OURS:
        return TorchMLPClassifier(
            widths,
            activation="relu",
            dropout=0,
            scaler=None,
            optimizer="adam",
            weight_decay=0,
            learning_rate="constant",
            device="cpu",
            **same,
        )
    n_inputs, n_outputs = shape
    (width,) = widths
    return NeuralNetClassifier(
        nn.Sequential(
            nn.Linear(n_inputs, width), nn.ReLU(), nn.Linear(width, n_outputs)
        ),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=batch_size,
        max_epochs=n_epochs,
        verbose=0,
    )


def time_epoch(variant, seed, table, batch_size, widths):
    """Return the CPU time of an epoch, in milliseconds."""
    X, y = load_scaled(table)
    shape = X.shape[1], len(np.unique(y))
    seconds = []
    epochs = N_EPOCHS[table], 3 * N_EPOCHS[table]
    for n_epochs in epochs:
        estimator = make_trained(variant, widths, batch_size, n_epochs, seed, shape)
        start = time.process_time()
        estimator.fit(X, y)
        seconds.append(time.process_time() - start)
    return 1e3 * (seconds[1] - seconds[0]) / (epochs[1] - epochs[0])


def compare_speed(n_rounds):
    """Measure all settings and return the table."""
    rows = []
    for widths, variants in (((128,), [OURS, SKORCH]), ((128, 128), [DEFAULTS])):
        for batch_size in BARS:
            for table in N_EPOCHS:
                rows += _compare_variants(widths, variants, batch_size, table, n_rounds)
    rows.sort(key=lambda row: [OURS, SKORCH, DEFAULTS].index(row[0]))
    columns = ["network", "table, batch size", "ms per epoch", "scikit-learn's"]
    return comparison.markdown_table([*columns, "ratio", "bar"], rows)


def _compare_variants(widths, variants, batch_size, table, n_rounds):
    label = f"{table}, {batch_size}"
    measure = partial(time_epoch, table=table, batch_size=batch_size, widths=widths)
    variants = [THEIRS, *variants]
    for variant in variants:
        measure(variant, seed=0)  # imports, caches
    times = comparison.interleave(measure, n_rounds, label, variants)
    rows = []
    for variant in variants[1:]:
        ratios = comparison.paired_ratios(times[variant], times[THEIRS])
        ratio = statistics.median(ratios)
        is_ours = variant == OURS
        rows.append(
            [
                variant,
                label,
                comparison.median_and_range(times[variant], 1),
                comparison.median_and_range(times[THEIRS], 1),
                f"**{comparison.median_and_range(ratios)}**",
                comparison.verdict(ratio, BARS[batch_size], True) if is_ours else "",
            ]
        )
    return rows


# ---- accuracy ------------------------------------------------------------------------


def make_encoder():
    """Return what makes numbers of a table's columns, none of them missing."""
    categories = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False
    )
    return make_column_transformer(
        (SimpleImputer(strategy="median"), make_column_selector(dtype_include=float)),
        ("passthrough", make_column_selector(dtype_include=int)),
        (categories, make_column_selector(dtype_include=[object, "category"])),
    )


def make_default(library, is_classifier, seed, **params):
    """Return the estimator of a library, with its default settings."""
    if library == OURS:
        cls = TorchMLPClassifier if is_classifier else TorchMLPRegressor
        return cls(device="cpu", random_state=seed, **params)
    if is_classifier:
        return make_pipeline(StandardScaler(), MLPClassifier(random_state=seed))
    return TransformedTargetRegressor(
        make_pipeline(StandardScaler(), MLPRegressor(random_state=seed)),
        transformer=StandardScaler(),
    )


def make_splits(X, y, is_classifier):
    """Return the folds of a table."""
    cls = RepeatedStratifiedKFold if is_classifier else RepeatedKFold
    n_repeats = 2 if len(y) <= TWICE else 1
    return list(cls(n_splits=N_FOLDS, n_repeats=n_repeats, random_state=0).split(X, y))


def score_table(name, libraries=(OURS, THEIRS), **params):
    """Return the scores and fit times of each library, a list over folds of each."""
    X, y = load_frame(name, N_ROWS)
    is_classifier = name in CLASSIFICATION
    found = {library: [] for library in libraries}
    for fold, (train, test) in enumerate(make_splits(X, y, is_classifier)):
        encoder = make_encoder()
        X_train = encoder.fit_transform(X.iloc[train])
        X_test = encoder.transform(X.iloc[test])
        for library in libraries if fold % 2 == 0 else reversed(libraries):
            estimator = make_default(
                library, is_classifier, fold, **(params if library == OURS else {})
            )
            start = time.process_time()
            estimator.fit(X_train, y[train])
            seconds = time.process_time() - start
            scores = _score(estimator, X_test, y[test], is_classifier)
            found[library].append({**scores, "seconds": seconds})
    return {"n_rows": len(y), "n_columns": X_train.shape[1], **found}


def _score(estimator, X, y, is_classifier):
    y_pred = estimator.predict(X)
    if not is_classifier:
        return {"score": r2_score(y, y_pred)}
    loss = log_loss(y, estimator.predict_proba(X), labels=estimator.classes_)
    return {"score": accuracy_score(y, y_pred), "log_loss": loss}


def load_or_score(name, store):
    """Return what `score_table` does, from the folder `store` if it is there."""
    path = None if store is None else store / f"{name}.json"
    if path is not None and path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    found = score_table(name)
    print(f"{name}: scored", file=sys.stderr, flush=True)
    if path is not None:
        store.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found), encoding="utf-8")
    return found


def paired_differences(found, key):
    """Return ours less scikit-learn's, fold by fold."""
    return [
        ours[key] - theirs[key]
        for ours, theirs in zip(found[OURS], found[THEIRS], strict=True)
    ]


def compare_accuracy(store):
    """Score all tables and return two tables of them: of each, and of means."""
    rows = []
    means = {"accuracy": [], "log loss": [], "R2": []}
    ratios = []
    for name in CLASSIFICATION + REGRESSION:
        found = load_or_score(name, store)
        metric = "accuracy" if name in CLASSIFICATION else "R2"
        differences = paired_differences(found, "score")
        means[metric].append(statistics.fmean(differences))
        losses = []
        if name in CLASSIFICATION:
            losses = paired_differences(found, "log_loss")
            means["log loss"].append(statistics.fmean(losses))
        times = _paired_times(found)
        ratios.append(statistics.median(times))
        scores = [[fold["score"] for fold in found[x]] for x in (OURS, THEIRS)]
        rows.append(
            [
                f"{name}, {found['n_rows']} x {found['n_columns']}",
                metric,
                *(f"{statistics.fmean(values):.3f}" for values in scores),
                f"**{comparison.mean_and_error(differences, 4)}**",
                comparison.mean_and_error(losses, 4) if losses else "",
                comparison.median_and_range(times),
            ]
        )
    columns = ["table", "score", *(OURS, THEIRS), "difference", "log loss"]
    table = comparison.markdown_table([*columns, "fit time"], rows)
    return table, _summarise(means, ratios)


def _paired_times(found):
    times = [[fold["seconds"] for fold in found[library]] for library in (OURS, THEIRS)]
    return comparison.paired_ratios(*times)


def _summarise(means, ratios):
    rows = []
    for metric, values in means.items():
        mean = statistics.fmean(values)
        signed = -mean if metric == "log loss" else mean
        rows.append(
            [
                metric,
                str(len(values)),
                f"**{comparison.mean_and_error(values, 4)}**",
                "not worse: " + ("met" if signed >= 0 else "missed"),
            ]
        )
    rows.append(["fit time", str(len(ratios)), comparison.median_and_range(ratios), ""])
    return comparison.markdown_table(["mean of", "tables", "difference", "bar"], rows)


# ---- the report ----------------------------------------------------------------------

SPEED_NOTE = (
    "Process time of an epoch, median (lowest-highest) over {n_rounds} interleaved "
    "rounds; the ratio is over scikit-learn's `MLPClassifier`, formed within each "
    "round. One hidden layer of 128, relu, Adam at a constant rate, inputs scaled "
    "before. skorch trains on 4/5 of the rows and evaluates the rest, as is its "
    "default. Our default settings (two layers of 128, mish, dropout, AdamW, scaling "
    "inside) are beside `MLPClassifier` with two layers of 128."
)
ACCURACY_NOTE = (
    "Default settings; scikit-learn's with `StandardScaler`. Means over five folds, "
    "drawn twice for tables of at most 8,000 rows, and the difference, ours less "
    "scikit-learn's, with its standard error over folds, which overlap: take it for "
    "somewhat too small. Prices are predicted on a logarithmic scale. The column log "
    "loss is a difference too; there, negative is in our favour. Fit time is the ratio "
    "in CPU time, median (lowest-highest) over folds. Columns are counted after "
    "encoding."
)
MEANS_NOTE = (
    "Means of the above over tables, with the standard error over tables; of the fit "
    "time, the median (lowest-highest)."
)


def main(args):
    """Run the parts that are asked for and publish the tables."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    torch.set_num_threads(1)
    body = []
    with threadpool_limits(1):
        if "speed" in args.parts:
            note = SPEED_NOTE.format(n_rounds=args.rounds)
            body += ["## Cost of an epoch", note, compare_speed(args.rounds)]
        if "accuracy" in args.parts:
            table, summary = compare_accuracy(args.store)
            body += ["## Accuracy of the defaults", ACCURACY_NOTE, table]
            body += [MEANS_NOTE, summary]
    comparison.publish("Neural networks", body, args.output, PEERS)


if __name__ == "__main__":
    parser = comparison.make_parser(__doc__)
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=["speed", "accuracy"],
        default=["speed", "accuracy"],
        help="both",
    )
    parser.add_argument("--rounds", type=int, default=7, help="for speed, 7")
    parser.add_argument(
        "--store",
        type=Path,
        metavar="FOLDER",
        help="keep the scores of each table there, and take those that are there",
    )
    main(parser.parse_args())
