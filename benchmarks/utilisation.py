"""Share of the workers' time spent fitting when a few fits outlast all the rest.

A random search over an estimator with log-normal fit times, `TimedEstimator`, runs
with warm workers and without a refit, in interleaved rounds, each with its own seed.
Its utilisation is

    sum of fit and score times / (n_jobs * wall time of the search).

What is missing to 1 is overhead, and a worker that idles at the end while the last
long fit runs. Two schedules of the same fit times without overhead tell them apart:

- in order: each worker takes the next task once it is free. A search that does not know
  the times beforehand cannot do better with the same order of tasks.
- best possible: an upper bound on any schedule's utilisation, from the lower bound
  max(total / n_jobs, longest) on its wall time.
"""

import heapq
import statistics
from dataclasses import dataclass
from functools import partial

import _comparison as comparison
import numpy as np
from _comparison import LIBRARIES, OURS, THEIRS
from _estimators import TimedEstimator

BAR = 0.97  # the lowest mean utilisation we accept
N_SPLITS = 5


@dataclass(frozen=True)
class Measurement:
    """The wall time of a search, its utilisation, and those of the ideal schedules."""

    wall: float
    utilisation: float
    in_order: float
    best_possible: float


def measure_search(library, seed, n_candidates, mean, n_jobs, busy):
    """Run one random search and return its measurement."""
    search = comparison.load_search(library, "RandomizedSearchCV")(
        TimedEstimator(random_state=seed, mean=mean, busy=busy),
        {"candidate": list(range(n_candidates))},
        n_iter=n_candidates,
        cv=N_SPLITS,
        n_jobs=n_jobs,
        random_state=seed,
        refit=False,
    )
    X = np.arange(10.0 * N_SPLITS).reshape(-1, 1)
    wall = comparison.wall_time(lambda: search.fit(X))
    return summarise(search.cv_results_, wall, n_jobs)


def summarise(results, wall, n_jobs):
    """Return the measurement of a search that took `wall` seconds."""
    # The score is the wall time of the fit; tasks are in order of submission.
    splits = [results[f"split{k}_test_score"] for k in range(N_SPLITS)]
    times = np.column_stack(splits).ravel()
    spent = N_SPLITS * (results["mean_fit_time"] + results["mean_score_time"]).sum()
    return Measurement(
        wall=wall,
        utilisation=spent / (n_jobs * wall),
        in_order=times.sum() / (n_jobs * makespan(times, n_jobs)),
        best_possible=min(1.0, times.sum() / (n_jobs * times.max())),
    )


def makespan(times, n_jobs):
    """Return when the last worker ends if each takes the next task once it is free."""
    free_at = [0.0] * n_jobs
    for duration in times:
        heapq.heapreplace(free_at, free_at[0] + duration)
    return max(free_at)


def compare(kind, args):
    """Measure both libraries and return one row of the table."""
    measure = partial(measure_search, n_jobs=args.n_jobs, busy=kind == "busy")
    for library in LIBRARIES:  # starts the workers
        measure(library, seed=0, n_candidates=4, mean=0.01)
    measure = partial(measure, n_candidates=args.candidates, mean=args.mean)
    measured = comparison.interleave(measure, args.rounds, kind)
    ours, theirs = ([m.utilisation for m in measured[lib]] for lib in (OURS, THEIRS))
    ideal = measured[OURS]
    return [
        kind,
        str(args.rounds),
        f"**{comparison.mean_and_error(ours)}**",
        comparison.mean_and_error(theirs),
        comparison.mean_and_error([m.in_order for m in ideal]),
        comparison.mean_and_error([m.best_possible for m in ideal]),
        comparison.mean_and_error([m.wall for m in ideal], digits=1),
        comparison.verdict(statistics.fmean(ours), BAR, at_most=False),
    ]


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument(
        "--kinds",
        nargs="+",
        choices=["sleep", "busy"],
        default=["sleep", "busy"],
        help="whether fits sleep or keep a core busy; default: both",
    )
    parser.add_argument("--candidates", type=int, default=60, help="60")
    parser.add_argument("--mean", type=float, default=0.1, help="mean fit [s], 0.1")
    parser.add_argument("--n-jobs", type=int, default=2, help="2")
    parser.add_argument("--rounds", type=int, default=8, help="seeds, at least 2; 8")
    return parser


def main(args):
    """Compare for each kind of fit and publish the table."""
    rows = [compare(kind, args) for kind in args.kinds]
    columns = ["fits", "rounds", *LIBRARIES, "in order, ideal", "best possible"]
    table = comparison.markdown_table([*columns, f"wall of {OURS} [s]", "bar"], rows)
    note = (
        f"Utilisation, mean ± standard error over interleaved rounds with seeds 0 to "
        f"{args.rounds - 1}: {args.candidates} candidates x {N_SPLITS} splits, "
        f"log-normal fit times of mean {args.mean} s, n_jobs={args.n_jobs}. The ideal "
        f"schedules are those of the fit times measured in the search of {OURS}."
    )
    comparison.publish("Utilisation of the workers", [note, table], args.output)


if __name__ == "__main__":
    main(make_parser().parse_args())
