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

A Bayesian search chooses a candidate by the scores of earlier fits, so its workers also
wait. `BayesSearchCV` is measured as it is by default and, without racing, for several
values of `n_pending`, beside that of scikit-optimize, over an estimator with such fit
times and something to be learnt, `TunableTimedEstimator`. Without racing, its ideal
schedule is in order too, and starts a candidate once all fits before it but the last
`n_pending` are complete.
"""

import argparse
import heapq
import statistics
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import _comparison as comparison
import numpy as np
from _comparison import LIBRARIES, OURS, THEIRS
from _estimators import TimedEstimator, TunableTimedEstimator
from scipy.stats import randint, uniform

BAR = 0.97  # the lowest mean utilisation we accept
BAYES_BAR = 0.95  # the same for BayesSearchCV as it is by default
N_SPLITS = 5
N_SAMPLES = 10 * N_SPLITS
SPACE = {
    **{name: uniform(0, 1) for name in "abcd"},
    "count": randint(1, 101),
    "kind": ["x", "y", "z"],
}
SKOPT = "scikit-optimize, n_points="
DEFAULT = "default"
NOT_RACING = "racing=False, n_pending="
BAYES_VARIANTS = [DEFAULT, *(f"{NOT_RACING}{p}" for p in [0, 1, 2, 4, 8])]
SKOPT_VARIANTS = [f"{SKOPT}{n}" for n in [1, 2]]
PEERS = {"scikit-optimize": "skopt"}


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
    wall = comparison.wall_time(lambda: search.fit(make_X()))
    # The score is the wall time of the fit; tasks are in order of submission.
    splits = [search.cv_results_[f"split{k}_test_score"] for k in range(N_SPLITS)]
    return summarise(search.cv_results_, np.column_stack(splits), wall, n_jobs)


def measure_bayes_search(variant, seed, n_candidates, mean, n_jobs, busy):
    """Run one Bayesian search and return its measurement."""
    estimator = TunableTimedEstimator(random_state=seed, mean=mean, busy=busy)
    search = make_bayes_search(variant, estimator)
    search.set_params(
        n_iter=n_candidates, cv=N_SPLITS, n_jobs=n_jobs, random_state=seed, refit=False
    )
    wall = comparison.wall_time(lambda: search.fit(make_X()))
    times = [
        estimator.set_params(**params).nominal_times(N_SPLITS, N_SAMPLES)
        for params in search.cv_results_["params"]
    ]
    n_pending, n_initial = None, 0
    if variant.startswith(NOT_RACING):
        n_pending, n_initial = search.n_pending, search.sampler_.n_initial
    return summarise(
        search.cv_results_, np.array(times), wall, n_jobs, n_pending, n_initial
    )


def make_bayes_search(variant, estimator):
    """Return the search of a row of the table, without what all rows share."""
    value = variant.rpartition("=")[2]
    if variant.startswith(SKOPT):
        skopt = import_module("skopt")
        space = dict.fromkeys("abcd", (0.0, 1.0))
        space |= {"count": (1, 100), "kind": SPACE["kind"]}
        return skopt.BayesSearchCV(estimator, space, n_points=int(value))
    search = comparison.load_search(OURS, "BayesSearchCV")(estimator, SPACE)
    if variant != DEFAULT:
        search.set_params(racing=False, n_pending=int(value))
    return search


def make_X():
    """Return rows that tell an estimator, by their sum, which split they are of."""
    return np.arange(float(N_SAMPLES)).reshape(-1, 1)


def summarise(results, times, wall, n_jobs, n_pending=None, n_initial=0):
    """Return the measurement of a search that took `wall` seconds."""
    mean = results["mean_fit_time"] + results["mean_score_time"]
    spent = (results.get("n_splits_run", N_SPLITS) * mean).sum()
    ideal = makespan(times, n_jobs, n_pending, n_initial)
    return Measurement(
        wall=wall,
        utilisation=spent / (n_jobs * wall),
        in_order=times.sum() / (n_jobs * ideal),
        best_possible=min(1.0, times.sum() / (n_jobs * times.max())),
    )


def makespan(times, n_jobs, n_pending=None, n_initial=0):
    """Return when the last worker ends if each takes the next task once it is free.

    Parameters
    ----------
    times : ndarray of shape (n_candidates, n_splits)
        What each task takes, in order of submission.
    n_jobs : int
        The number of workers.
    n_pending : int or None, default=None
        Of the fits before it, how many of the last need not be complete for a candidate
        to start; None for all.
    n_initial : int, default=0
        So many candidates start without waiting.
    """
    free_at = [0.0] * n_jobs
    ends = []
    for number, durations in enumerate(times):
        may_start = 0.0
        if n_pending is not None and number >= n_initial:
            may_start = max(ends[: max(0, len(ends) - n_pending)], default=0.0)
        for duration in durations:
            ends.append(max(free_at[0], may_start) + duration)
            heapq.heapreplace(free_at, ends[-1])
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


def compare_bayes(kind, args):
    """Measure Bayesian searches and return their rows of the table."""
    variants = BAYES_VARIANTS + (SKOPT_VARIANTS if args.skopt else [])
    measure = partial(measure_bayes_search, n_jobs=args.n_jobs, busy=kind == "busy")
    for variant in variants:  # starts the workers
        measure(variant, seed=0, n_candidates=12, mean=0.01)
    measure = partial(measure, n_candidates=args.candidates, mean=args.mean)
    label = f"Bayesian search, {kind}"
    measured = comparison.interleave(measure, args.rounds, label, variants)
    for variant, found in measured.items():
        is_ours = not variant.startswith(SKOPT)
        has_ideal = variant.startswith(NOT_RACING)
        used = comparison.mean_and_error([m.utilisation for m in found])
        ideal = comparison.mean_and_error([m.in_order for m in found])
        value = statistics.fmean(m.utilisation for m in found)
        is_default = variant == DEFAULT
        yield [
            kind,
            f"{OURS}, {variant}" if is_ours else variant,
            f"**{used}**" if is_ours else used,
            ideal if has_ideal else "",
            comparison.mean_and_error([m.wall for m in found], digits=1),
            comparison.verdict(value, BAYES_BAR, at_most=False) if is_default else "",
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
    parser.add_argument(
        "--searches",
        nargs="+",
        choices=["random", "bayes"],
        default=["random", "bayes"],
        help="default: both",
    )
    parser.add_argument(
        "--skopt",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether to measure scikit-optimize's BayesSearchCV; default: yes",
    )
    parser.add_argument("--candidates", type=int, default=60, help="60")
    parser.add_argument("--mean", type=float, default=0.1, help="mean fit [s], 0.1")
    parser.add_argument("--n-jobs", type=int, default=2, help="2")
    parser.add_argument("--rounds", type=int, default=8, help="seeds, at least 2; 8")
    return parser


def report_random(args):
    """Compare random searches; return a note and the table."""
    rows = [compare(kind, args) for kind in args.kinds]
    columns = ["fits", "rounds", *LIBRARIES, "in order, ideal", "best possible"]
    table = comparison.markdown_table([*columns, f"wall of {OURS} [s]", "bar"], rows)
    note = (
        f"Utilisation, mean ± standard error over interleaved rounds with seeds 0 to "
        f"{args.rounds - 1}: {args.candidates} candidates x {N_SPLITS} splits, "
        f"log-normal fit times of mean {args.mean} s, n_jobs={args.n_jobs}. The ideal "
        f"schedules are those of the fit times measured in the search of {OURS}."
    )
    return [note, table]


def report_bayes(args):
    """Compare Bayesian searches; return a title, a note and the table."""
    rows = [row for kind in args.kinds for row in compare_bayes(kind, args)]
    columns = ["fits", "search", "utilisation", "ideal", "wall [s]", "bar"]
    note = (
        f"`BayesSearchCV`, utilisation and wall time, mean ± standard error over "
        f"{args.rounds} interleaved rounds with seeds 0 to {args.rounds - 1}: "
        f"{args.candidates} candidates x {N_SPLITS} splits of six parameters, "
        f"log-normal fit times of mean {args.mean} s, n_jobs={args.n_jobs}. Searches "
        f"choose different candidates, which take different times: compare "
        f"utilisations, not wall times. The ideal is what waiting for scores leaves: "
        f"in order, without overhead and with suggestions that take no time."
    )
    return ["## Bayesian search", note, comparison.markdown_table(columns, rows)]


def main(args):
    """Compare for each kind of fit and publish the tables."""
    body = report_random(args) if "random" in args.searches else []
    peers = None
    if "bayes" in args.searches:
        body += report_bayes(args)
        peers = PEERS if args.skopt else None
    comparison.publish("Utilisation of the workers", body, args.output, peers)


if __name__ == "__main__":
    main(make_parser().parse_args())
