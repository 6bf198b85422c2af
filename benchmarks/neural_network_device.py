"""What an accelerator is worth to torch networks, beside the CPU of its machine.

The first table is of wall time per epoch, of the same fit on the device and on the CPU
with as many threads as PyTorch takes by itself. An epoch's time is the difference
between a long and a short fit, divided by the epochs that they differ by.

The second is of a search: 20 candidates, the same for all, by the CPU's workers and by
one, two and more workers to a device. Workers are warm: they have run a search before.
"""

import statistics
import sys
import warnings
from functools import partial

import _comparison as comparison
import joblib
import numpy as np
import torch
from _defaults import make_encoder
from _tables import load_frame
from sklearn.datasets import load_digits

from sklearn_hp import BayesSearchCV, suggest_space
from sklearn_hp.neural_network import (
    TorchCNNClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
)
from sklearn_hp.neural_network._device import accelerators

PEERS = {"torch": "torch", "skorch": "skorch"}
CPU = "cpu"
PARTS = ["fits", "search"]
# network and batch size -> epochs of the short fit; the long has 3 times as many
FITS = {
    ("digits, 2 x 128", 64): 10,
    ("digits, CNN", 64): 10,
    ("diamonds, 2 x 128", 64): 2,
    ("diamonds, 2 x 128", 1024): 5,
    ("diamonds, 3 x 1024", 1024): 1,
}
N_ITER = 20
N_SPLITS = 3
N_EPOCHS = 5
WORKERS = [1, 2, 4]  # to a device


def load_digit_images():
    """Return the bundled images of digits, flat."""
    X, y = load_digits(return_X_y=True)
    return X.astype(np.float32), y


def load_diamonds():
    """Return 53,940 diamonds, encoded, and the logarithm of their prices."""
    X, y = load_frame("diamonds", 60_000)
    return make_encoder().fit_transform(X).astype(np.float32), y.astype(np.float32)


def make_network(network, device, batch_size, n_epochs, seed):
    """Return the estimator that a row of the first table is of."""
    params = {
        "device": device,
        "batch_size": batch_size,
        "max_epochs": n_epochs,
        "random_state": seed,
    }
    if network == "digits, CNN":
        return TorchCNNClassifier(image_shape=(8, 8), **params)
    if network.startswith("digits"):
        return TorchMLPClassifier(**params)
    if "1024" in network:
        params |= {"n_layers": 3, "width": 1024}
    return TorchMLPRegressor(**params)


def time_epoch(device, seed, network, batch_size, n_short, data):
    """Return the wall time of an epoch, in milliseconds."""
    seconds = []
    epochs = n_short, 3 * n_short
    for n_epochs in epochs:
        estimator = make_network(network, device, batch_size, n_epochs, seed)
        # what remains on a device is waited for when its weights are fetched
        seconds.append(comparison.wall_time(partial(_fit_and_wait, estimator, data)))
    return 1e3 * (seconds[1] - seconds[0]) / (epochs[1] - epochs[0])


def _fit_and_wait(estimator, data):
    estimator.fit(*data)
    for weights in estimator.net_.module_.parameters():
        weights.detach().cpu()


def compare_fits(device, n_rounds):
    """Measure the fits on the device and on the CPU; return the table."""
    data = {"digits": load_digit_images(), "diamonds": load_diamonds()}
    rows = []
    for (network, batch_size), n_short in FITS.items():
        measure = partial(
            time_epoch,
            network=network,
            batch_size=batch_size,
            n_short=n_short,
            data=data[network.partition(",")[0]],
        )
        variants = [device, CPU]
        for variant in variants:
            measure(variant, seed=0)  # context, kernels, caches
        times = comparison.interleave(
            measure, n_rounds, f"{network}, {batch_size}", variants
        )
        ratios = comparison.paired_ratios(times[device], times[CPU])
        rows.append(
            [
                network,
                str(batch_size),
                comparison.median_and_range(times[device], 1),
                comparison.median_and_range(times[CPU], 1),
                f"**{comparison.median_and_range(ratios)}**",
            ]
        )
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    columns = ["network", "batch size", f"ms per epoch, {device}", "cpu", "ratio"]
    return comparison.markdown_table(columns, rows)


def time_search(variant, seed, data):
    """Return wall time and best score of a search on the digits."""
    device, n_workers = variant
    on_device = {} if device == CPU else {"workers_per_device": n_workers}
    mlp = TorchMLPClassifier(
        device=device, max_epochs=N_EPOCHS, random_state=0, **on_device
    )
    search = BayesSearchCV(
        mlp,
        suggest_space(mlp, *data),
        n_iter=N_ITER,
        cv=N_SPLITS,
        n_jobs=n_workers,
        n_pending=4,  # one search, whatever the number of workers
        random_state=seed,
        refit=False,
    )
    seconds = comparison.wall_time(partial(search.fit, *data))
    return seconds, search.cv_results_["mean_test_score"]


def compare_searches(device, n_rounds):
    """Measure a search with several numbers of workers; return the table."""
    data = load_digit_images()
    n_cores = joblib.cpu_count(only_physical_cores=True)
    variants = [(CPU, n_cores), *((device, n) for n in WORKERS)]
    measure = partial(time_search, data=data)
    found = {variant: [] for variant in variants}
    for variant in variants:
        measure(variant, 0)  # starts the workers, which import torch
        # of its own rounds in a row, since each number of workers keeps its own
        for seed in range(n_rounds):
            found[variant].append(measure(variant, seed))
        measured = [f"{seconds:.1f}" for seconds, _ in found[variant]]
        print(f"search, {variant}: {measured} s", file=sys.stderr, flush=True)
    one = found[device, 1]
    rows = []
    for variant, measured in found.items():
        seconds = [s for s, _ in measured]
        ratios = comparison.paired_ratios(seconds, [s for s, _ in one])
        best = statistics.fmean(scores.max() for _, scores in measured)
        first = np.max(
            [
                np.abs(a[:5] - b[:5]).max()  # before the model has a say
                for (_, a), (_, b) in zip(measured, one, strict=True)
            ]
        )
        rows.append(
            [
                variant[0],
                str(variant[1]),
                comparison.median_and_range(seconds, 1),
                f"**{comparison.median_and_range(ratios)}**",
                f"{best:.4f}",
                f"{first:.4f}",
            ]
        )
    columns = ["device", "workers", "seconds", "over one worker on the device"]
    columns += ["best accuracy", "scores of start points differ by at most"]
    return comparison.markdown_table(columns, rows)


FIT_NOTE = (
    "Wall time of an epoch, median (lowest-highest) over {n_rounds} interleaved "
    "rounds; the ratio is formed within each round, below 1 the device is faster. "
    "digits: 1,797 rows of 64; diamonds: 53,940 rows of 26."
)
SEARCH_NOTE = (
    "`BayesSearchCV` in the suggested space, {n_iter} candidates of {n_epochs} epochs "
    "on digits, {n_splits} splits, median (lowest-highest) over {n_rounds} rounds with "
    "warm workers. The last column compares the scores of the start points with those "
    "of one worker on the device: the same fits elsewhere."
)


def main(args):
    """Measure both, and publish the tables."""
    device, count = accelerators()
    if not count:
        raise SystemExit("PyTorch finds no accelerator on this machine.")
    warnings.simplefilter("ignore", UserWarning)  # more evaluations than workers
    name = torch.cuda.get_device_name() if device == "cuda" else device
    body = [f"Device: {name}. CPU fits: {torch.get_num_threads()} threads at most."]
    if "fits" in args.parts:
        note = FIT_NOTE.format(n_rounds=args.rounds)
        body += ["## An epoch", note, compare_fits(device, args.rounds)]
    if "search" in args.parts:
        note = SEARCH_NOTE.format(
            n_rounds=args.rounds, n_iter=N_ITER, n_epochs=N_EPOCHS, n_splits=N_SPLITS
        )
        body += ["## A search", note, compare_searches(device, args.rounds)]
    comparison.publish("Neural networks on a device", body, args.output, PEERS)


if __name__ == "__main__":
    parser = comparison.make_parser(__doc__)
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="default: both"
    )
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    main(parser.parse_args())
