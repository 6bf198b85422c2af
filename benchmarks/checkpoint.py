"""What a checkpoint costs: wall time of a search with one over the same without.

Fits that cost nothing, so that the wall time is the search's own. In interleaved rounds
in one process, each with a new file; then a second run on the full file, which runs no
fit. The bar: 5,000 results cost at most 15 % more, and below 0.1 ms each.
"""

import os
import statistics
import tempfile

import _comparison as comparison
import numpy as np
from _estimators import TrivialEstimator

from sklearn_hp import GridSearchCV

N_SPLITS = 5
BAR_RATIO, BAR_MS = 1.15, 0.1


def search(n_candidates, n_jobs, checkpoint=None):
    values = {"value": [float(i) for i in range(n_candidates)]}
    return GridSearchCV(
        TrivialEstimator(), values, cv=N_SPLITS, n_jobs=n_jobs, checkpoint=checkpoint
    )


def measure(n_candidates, n_jobs, n_rounds):
    """Return the seconds without, with a new file, and with a full one."""
    X = np.random.default_rng(0).normal(size=(100, 4))
    search(20, n_jobs).fit(X)
    seconds = {"without": [], "with": [], "again": []}
    for _ in range(n_rounds):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "search.db")
            runs = {"without": None, "with": path, "again": path}
            for name, checkpoint in runs.items():
                one = search(n_candidates, n_jobs, checkpoint)
                seconds[name].append(comparison.wall_time(lambda one=one: one.fit(X)))
    return seconds


def row(n_candidates, n_jobs, n_rounds):
    """Return one row of the table."""
    seconds = measure(n_candidates, n_jobs, n_rounds)
    n_fits = n_candidates * N_SPLITS
    pairs = zip(seconds["with"], seconds["without"], strict=True)
    extra = [1000 * (a - b) / n_fits for a, b in pairs]
    ratio = statistics.median(
        comparison.paired_ratios(seconds["with"], seconds["without"])
    )
    ms = statistics.median(extra)
    return [
        f"{n_fits} fits, n_jobs={n_jobs}",
        *(comparison.median_and_range(seconds[name]) for name in seconds),
        f"**{ratio:.2f}**",
        f"**{ms:.3f}**",
        comparison.verdict(ratio, BAR_RATIO, at_most=True),
        comparison.verdict(ms, BAR_MS, at_most=True),
    ]


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def main(args):
    """Measure with one worker and with two, and publish the table."""
    rows = [row(args.candidates, n_jobs, args.rounds) for n_jobs in (1, 2)]
    columns = ["search", "without [s]", "with [s]", "again [s]", "ratio", "ms a fit"]
    columns += ["ratio, bar", "ms, bar"]
    note = (
        "Median (lowest-highest) over interleaved rounds of a grid search whose fits "
        "cost nothing. `again` is a second run on the full file, which runs no fit. "
        "The ratio is with a checkpoint over without, formed within each round."
    )
    table = comparison.markdown_table(columns, rows)
    comparison.publish("Cost of a checkpoint", [note, table], args.output)


if __name__ == "__main__":
    main(make_parser().parse_args())
