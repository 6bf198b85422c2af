"""The cost of an epoch and the accuracy of torch networks, beside scikit-learn's.

The first table is of CPU time per epoch: the same network, optimiser and batches in
both libraries; then what skorch's NeuralNetClassifier takes for it; then our defaults.
An epoch's time is the difference between a long and a short fit, divided by the
epochs that they differ by: what it takes to start counts for nothing.

The others are of accuracy: all parameters at their defaults, on real tables; on those
that the defaults were chosen by, and on those that they are judged by (`_defaults.py`).
All runs in one process, on one thread.
"""

import statistics
import time
import warnings
from functools import partial
from pathlib import Path

import _comparison as comparison
import _defaults
import numpy as np
import torch
from _comparison import OURS, THEIRS
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from threadpoolctl import threadpool_limits
from torch import nn

from sklearn_hp.neural_network import TorchMLPClassifier

SKORCH = "skorch"
DEFAULTS = "ours, default settings"
PEERS = {"torch": "torch", "skorch": "skorch"}
BARS = {64: 2.0, 256: 1.3}  # batch size -> the highest ratio that we accept
# of the short fit; the long has 3 times
N_EPOCHS = {"digits": 20, "1,000 x 20": 40, "10,000 x 20": 5, "20,000 x 50": 3}


# ---- speed ---------------------------------------------------------------------------


def load_scaled(table):
    """Return X, scaled, and y."""
    if table == "digits":
        X, y = load_digits(return_X_y=True)
    else:
        n_rows, n_columns = (int(n.replace(",", "")) for n in table.split(" x "))
        X, y = make_classification(
            n_rows, n_columns, n_informative=10, n_classes=5, random_state=0
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


# ---- the report ----------------------------------------------------------------------

SPEED_NOTE = (
    "Process time of an epoch, median (lowest-highest) over {n_rounds} interleaved "
    "rounds; the ratio is over scikit-learn's `MLPClassifier`, formed within each "
    "round. One hidden layer of 128, relu, Adam at a constant rate, inputs scaled "
    "before. skorch trains on 4/5 of the rows and evaluates the rest, as is its "
    "default. Our default settings (two layers of 128, mish, dropout, AdamW, scaling "
    "inside) are beside `MLPClassifier` with two layers of 128."
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
            for half in args.halves:
                with_realmlp = args.realmlp and half == "judge"
                libraries = _defaults.LIBRARIES + [_defaults.REALMLP] * with_realmlp
                table, means = _defaults.compare(half, libraries, args.store)
                note = _defaults.note(libraries)
                body += [f"## Defaults: the tables to {half} by", note, means, table]
    peers = PEERS | ({"pytabkit": "pytabkit.__about__"} if args.realmlp else {})
    comparison.publish("Neural networks", body, args.output, peers)


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
    parser.add_argument(
        "--halves",
        nargs="+",
        choices=["judge", "choose"],
        default=["judge", "choose"],
        help="of the tables for accuracy, both",
    )
    parser.add_argument(
        "--realmlp",
        action="store_true",
        help="RealMLP too, on the tables to judge by; needs pytabkit",
    )
    main(parser.parse_args())
