"""Wall time of our GridSearchCV over scikit-learn's, for fits that cost nothing.

With a trivial estimator, a search's wall time is its own overhead: clone, split,
score, ship, collect. Both libraries search the same grid in one process, in
interleaved rounds, after one search each that starts the workers ("warm"). Then, for
n_jobs > 1, each searches in a fresh process that also has to start them ("cold"; what
the calling process imports is not counted). A ratio below 1 means that ours is faster.
"""

import argparse
import statistics
import subprocess
import sys
from functools import partial

import _comparison as comparison
import numpy as np
from _comparison import LIBRARIES, OURS, THEIRS
from _estimators import TrivialEstimator

BARS = {1: 1.0, 2: 0.5}  # n_jobs -> the highest ratio we accept, workers warm
N_SPLITS = 5


def time_search(library, seed, n_candidates, n_jobs):
    """Return the wall time of one grid search over the trivial estimator."""
    values = {"value": [float(i) for i in range(n_candidates)]}
    search = comparison.load_search(library, "GridSearchCV")(
        TrivialEstimator(), values, cv=N_SPLITS, n_jobs=n_jobs
    )
    X = np.random.default_rng(seed).normal(size=(100, 4))
    return comparison.wall_time(lambda: search.fit(X))


def time_first_search(library, seed, n_candidates, n_jobs):
    """Return the wall time of the first search of a fresh process."""
    command = [sys.executable, __file__, "--cold-child", library, str(seed)]
    command += ["--candidates", str(n_candidates), "--n-jobs", str(n_jobs)]
    child = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return float(child.stdout)


def compare(workers, n_candidates, n_jobs, n_rounds):
    """Measure both libraries and return one row of the table."""
    function = time_search if workers == "warm" else time_first_search
    measure = partial(function, n_candidates=n_candidates, n_jobs=n_jobs)
    if workers == "warm":
        for library in LIBRARIES:
            measure(library, seed=0)
    label = f"{workers}, {n_candidates} x {N_SPLITS}, n_jobs={n_jobs}"
    seconds = comparison.interleave(measure, n_rounds, label)
    ratios = comparison.paired_ratios(seconds[OURS], seconds[THEIRS])
    bar = BARS.get(n_jobs) if workers == "warm" else None
    return [
        label,
        str(n_rounds),
        *(comparison.median_and_range(seconds[library]) for library in LIBRARIES),
        f"**{comparison.median_and_range(ratios)}**",
        comparison.verdict(statistics.median(ratios), bar, at_most=True) if bar else "",
    ]


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument(
        "--candidates", type=int, nargs="+", default=[500, 1000], help="500 1000"
    )
    parser.add_argument("--n-jobs", type=int, nargs="+", default=[1, 2], help="1 2")
    parser.add_argument("--rounds", type=int, default=11, help="warm rounds, 11")
    parser.add_argument("--cold-rounds", type=int, default=5, help="cold rounds, 5")
    parser.add_argument("--cold-child", nargs=2, help=argparse.SUPPRESS)
    return parser


def main(args):
    """Compare in every setting and publish the table."""
    settings = [(n, n_jobs) for n_jobs in args.n_jobs for n in args.candidates]
    rows = [compare("warm", *setting, args.rounds) for setting in settings]
    if args.cold_rounds:
        cold = [setting for setting in settings if setting[1] > 1]
        rows += [compare("cold", *setting, args.cold_rounds) for setting in cold]
    columns = ["workers, candidates x splits", "rounds"]
    columns += [f"{library} [s]" for library in LIBRARIES]
    table = comparison.markdown_table([*columns, "ratio", "bar"], rows)
    note = (
        "Median (lowest-highest) over interleaved rounds; the seed of X is the number "
        "of the round. The ratio is ours over scikit-learn's, formed within each round."
    )
    comparison.publish("Overhead of a grid search", [note, table], args.output)


if __name__ == "__main__":
    args = make_parser().parse_args()
    if args.cold_child:
        library, seed = args.cold_child
        comparison.load_search(library, "GridSearchCV")  # imported off the clock
        print(time_search(library, int(seed), args.candidates[0], args.n_jobs[0]))
    else:
        main(args)
