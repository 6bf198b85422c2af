"""CPU time of one suggestion as observations accumulate, beside other optimisers.

In every round each optimiser searches a cheap function of 6, 10 and 14 parameters by
itself up to 100 observations. Beyond, random candidates are told to it until a few are
missing to the next number, and it suggests those itself. The last `WINDOW` suggestions
before each number of observations are timed: what asking and telling take, in process
time at one native thread.
"""

import statistics
import time

import _comparison as comparison
import numpy as np
from _optimisers import OPTIMISERS, AskAndTell, AskedSampler
from _tuning_tasks import TuningTask
from scipy.stats import loguniform, randint, uniform
from threadpoolctl import threadpool_limits

from sklearn_hp.space import log_randint

BARS = {100: 40.0, 1000: 250.0}  # ms, the highest median that we accept
N_SEARCHED = 100  # observations from the course of a search
WINDOW = 5
N_STARTUP = 10  # suggestions that the peers draw at random; not timed
SAMPLERS = {
    "ours": AskAndTell("sklearn_hp", AskedSampler),
    **{name: o for name, o in OPTIMISERS.items() if isinstance(o, AskAndTell)},
}
PEERS = {"optuna": "optuna", "scikit-optimize": "skopt", "torch": "torch"}
LAST_SIZE = {"skopt": 100}
KINDS = [
    loguniform(1e-4, 1e2),
    uniform(0, 1),
    log_randint(1, 1001),
    ["a", "b", "c"],
    randint(1, 21),
    [False, True],
]


def make_task(n_parameters):
    """Return a task without an estimator: only its space is used."""
    kinds = [KINDS[i % len(KINDS)] for i in range(n_parameters)]
    space = {f"x{i}": kind for i, kind in enumerate(kinds)}
    return TuningTask("cost", "", "", None, space, "", 0)


def make_function(space, seed):
    """Return a score of the candidates of `space`: quadratic, with a little noise."""
    rng = np.random.default_rng(seed)
    optimum, weight = rng.random((2, len(space)))

    def score(params):
        u = [_position(space[name], value) for name, value in params.items()]
        return -float(weight @ (u - optimum) ** 2) + rng.normal(scale=0.02)

    return score


def _position(values, value):
    if hasattr(values, "cdf"):
        return values.cdf(value)
    return values.index(value) / (len(values) - 1)


def measure(optimiser, n_parameters, sizes, seed):
    """Run one search; return the CPU times in ms of its last suggestions by size."""
    task = make_task(n_parameters)
    score = make_function(task.param_distributions, seed)
    search = SAMPLERS[optimiser].make(task=task, seed=seed)
    sizes = [n for n in sizes if n <= LAST_SIZE.get(optimiser, n)]
    times = {}
    for number in range(max(sizes) + 1):
        # The suggestion after n observations has number n.
        size = next(n for n in sizes if n >= number)
        is_timed = number >= max(N_STARTUP, size - WINDOW + 1)
        if number > N_SEARCHED and not is_timed:
            params = search.ask_random()
            search.tell(params, score(params))
            continue
        start = time.process_time()
        params = search.ask()
        spent = time.process_time() - start
        value = score(params)
        start = time.process_time()
        search.tell(params, value)
        spent += time.process_time() - start
        if is_timed:
            times.setdefault(size, []).append(1000 * spent)
    return times


def compare(n_parameters, args):
    """Measure all optimisers in turns; return their times by size."""
    times = {name: {} for name in args.optimisers}
    for seed in range(args.rounds):
        order = args.optimisers if seed % 2 == 0 else args.optimisers[::-1]
        for name in order:
            for size, found in measure(name, n_parameters, args.sizes, seed).items():
                times[name].setdefault(size, []).extend(found)
            comparison.progress(f"{n_parameters} parameters, {name}", seed, args.rounds)
    return times


def make_rows(n_parameters, times):
    """Return the rows of the table, one for each number of observations."""
    ours = times["ours"]
    for size, found in ours.items():
        median = statistics.median(found)
        peers = [t.get(size) for name, t in times.items() if name != "ours"]
        bar = BARS.get(size)
        yield [
            str(n_parameters),
            str(size),
            f"**{median:.1f}**",
            f"{max(found):.1f}",
            *(_median_and_worst(t) for t in peers),
            "" if bar is None else comparison.verdict(median, bar, at_most=True),
        ]


def _median_and_worst(times):
    return "" if times is None else f"{statistics.median(times):.1f} ({max(times):.1f})"


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument(
        "--optimisers",
        nargs="+",
        choices=list(SAMPLERS),
        default=["ours", "optuna-gp", "optuna-tpe", "skopt"],
        help="default: ours optuna-gp optuna-tpe skopt; the first must be among",
    )
    parser.add_argument(
        "--parameters", nargs="+", type=int, default=[6, 10, 14], help="6 10 14"
    )
    parser.add_argument(
        "--sizes",
        nargs="+",
        type=int,
        default=[10, 25, 50, 100, 200, 500, 1000],
        help="numbers of observations; default: 10 25 50 100 200 500 1000",
    )
    parser.add_argument("--rounds", type=int, default=3, help="seeds; default: 3")
    return parser


def main(args):
    """Compare for each number of parameters and publish the table."""
    with threadpool_limits(1):
        for name in args.optimisers:  # imports and compiles what it needs
            measure(name, 3, [15], seed=0)
        rows = [row for p in args.parameters for row in make_rows(p, compare(p, args))]
    peers = [SAMPLERS[n].label for n in args.optimisers if n != "ours"]
    columns = ["parameters", "observations", "sklearn_hp", "worst", *peers, "bar"]
    note = (
        f"CPU time of a suggestion in ms at one native thread, median over {WINDOW} "
        f"suggestions in each of {args.rounds} rounds with seeds 0 to "
        f"{args.rounds - 1}, and of the last one only after {N_STARTUP} observations, "
        f"before which the peers draw at random; the slowest in the column beside it "
        f"or in brackets. The parameters are numbers, integers and categories in equal "
        f"parts. Up to {N_SEARCHED} observations are of the optimiser's own search, "
        f"those beyond are random."
    )
    table = comparison.markdown_table(columns, rows)
    comparison.publish("CPU time of a suggestion", [note, table], args.output, PEERS)


if __name__ == "__main__":
    main(make_parser().parse_args())
