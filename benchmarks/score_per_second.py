"""Score against time, where candidates differ tenfold in what they take.

The clock is simulated: a candidate takes what its fits took when it was measured, once
and for all searches, and choosing it takes the optimiser's own CPU time.

Every search is stored as one line in `STORE/runs/<search>.jsonl`, scores and times of
candidates in `STORE/fits`; what is stored is not run again. FLAML needs another version
of Optuna than the other peers, so run it from an environment of its own (flaml with
its extra "blendsearch"), with `--searches flaml-cfo flaml-blend --no-report`.
"""

import argparse
import json
import sys
import time
from functools import partial

import _comparison as comparison
import numpy as np
from _cost_aware import CostAware, Informed
from _flaml import Flaml
from _optimisers import OPTIMISERS, AskAndTell, RandomSearch
from _timed_tasks import TIME_SCALE, TIMED, make_timed_task
from threadpoolctl import threadpool_limits

SEARCHES = {
    "ours": AskAndTell("sklearn_hp", Informed),
    "per-second": AskAndTell(
        "EI per second, cooled", partial(CostAware, cheaper_earns=True)
    ),
    "slower-pays": AskAndTell(
        "EI, less where slower than the best",
        partial(CostAware, cheaper_earns=False),
    ),
    "optuna-tpe": OPTIMISERS["optuna-tpe"],
    "optuna-gp": OPTIMISERS["optuna-gp"],
    "flaml-cfo": AskAndTell("FLAML CFO", partial(Flaml, name="CFO")),
    "flaml-blend": AskAndTell("FLAML BlendSearch", partial(Flaml, name="BlendSearch")),
}
POOL_SEED = 10_000
POOL_SIZE = 60  # random candidates, the same for all
N_RANDOM = 30  # random candidates that the budget is enough for, on average

PLAIN = "ours"  # what all others are set against
SHARES = (0.25, 0.5, 1.0)  # of the budget, after which regret is reported
PEERS = {"optuna": "optuna", "torch": "torch", "scipy": "scipy"}
NOTE = (
    f"Simulated clock: the CPU time of a candidate's three fits, measured once and "
    f"counted {TIME_SCALE:g} times, plus the CPU time of choosing it. The budget of a "
    f"task is what {N_RANDOM} random candidates take on average. Ratios are to "
    f"sklearn_hp's own search, paired by seed: geometric mean over tasks (lowest and "
    f"highest task); a score that is not reached counts as the whole budget. Random's "
    f"score is the median of what random search ends with; a harder target is midway "
    f"from there to the best score known. Regret, after a share of the budget: 0 is "
    f"the best score known, 1 a typical random candidate; in brackets the paired "
    f"difference to sklearn_hp, with its standard error over searches. Searches by "
    f"FLAML ran in an environment of their own."
)
TASK_NOTE = (
    "By task: simulated seconds of a random candidate, from the tenth to the ninetieth "
    "percentile; budget in seconds; share of the budget until random search's final "
    "score, median (lowest-highest) over seeds."
)
_WARM: set[str] = set()  # the optimisers that have searched in this process


def measure_pool(task):
    """Return the scores and the seconds of the task's random candidates."""
    search = RandomSearch(task, POOL_SEED)
    return np.array([task.measure(search.ask()) for _ in range(POOL_SIZE)]).T


def search(name, task, seed, budget):
    """Search a task; return the times at which scores are known, and the scores."""
    clock, times, scores = 0.0, [], []
    with threadpool_limits(1):
        _warm_up(name, task)
        start = time.process_time()
        optimiser = SEARCHES[name].make(task=task, seed=seed)
        while clock < budget:
            params = optimiser.ask()
            chosen = time.process_time() - start
            score, seconds = task.measure(params)
            clock += chosen + seconds
            times.append(round(clock, 4))
            scores.append(score)
            start = time.process_time()
            optimiser.tell(params, score)
            if hasattr(optimiser, "tell_cost"):
                optimiser.tell_cost(seconds, max(0.0, 1 - clock / budget))
    return times, scores


def _warm_up(name, task):
    """Let an optimiser import and compile what it needs, outside the measured time."""
    if name not in _WARM:
        _WARM.add(name)
        optimiser = SEARCHES[name].make(task=task, seed=0)
        for number in range(14):
            optimiser.tell(optimiser.ask(), float(number % 5))
            if hasattr(optimiser, "tell_cost"):
                optimiser.tell_cost(1.0 + number % 3, 1.0)


def load_runs(store):
    """Return the stored lines by search, task and seed."""
    runs = {}
    for file in sorted((store / "runs").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            run = json.loads(line)
            runs[run["search"], run["task"], run["seed"]] = run
    return runs


def run_missing(args):
    """Run what is asked for and not stored yet, and store it."""
    (args.store / "runs").mkdir(parents=True, exist_ok=True)
    tasks = [make_timed_task(name, args.store / "fits") for name in args.tasks]
    done = load_runs(args.store)
    for seed in args.seeds:
        for task in tasks:
            budget = N_RANDOM * measure_pool(task)[1].mean()
            for name in args.searches:
                if (name, task.name, seed) in done:
                    continue
                times, scores = search(name, task, seed, budget)
                line = {"search": name, "task": task.name, "seed": seed}
                line |= {"budget": budget, "times": times, "scores": scores}
                with (args.store / "runs" / f"{name}.jsonl").open("a") as file:
                    file.write(json.dumps(line) + "\n")
                print(task.name, seed, name, len(scores), file=sys.stderr, flush=True)


def best_at(run, share):
    """Return the best score known when a share of the budget has passed."""
    known = np.asarray(run["times"]) <= share * run["budget"]
    scores = np.asarray(run["scores"], dtype=float)[known]
    return np.nanmax(scores, initial=-np.inf)


def share_to(run, target):
    """Return the share of the budget after which `target` is reached, at most 1."""
    reached = np.asarray(run["scores"], dtype=float) >= target
    if not reached.any():
        return 1.0
    return min(1.0, run["times"][int(np.argmax(reached))] / run["budget"])


def random_runs(task):
    """Return searches of the task's random candidates, in many orders."""
    scores, seconds = measure_pool(task)
    orders = [np.random.default_rng(seed).permutation(POOL_SIZE) for seed in range(200)]
    budget = N_RANDOM * seconds.mean()
    return [
        {"budget": budget, "times": seconds[o].cumsum(), "scores": scores[o]}
        for o in orders
    ]


class Task:
    """The runs of a task by search and seed, and what they are measured by."""

    def __init__(self, task, runs):
        self.name = task.name
        scores, seconds = measure_pool(task)
        self.spread = np.percentile(seconds, [10, 90])
        self.random = random_runs(task)
        self.budget = self.random[0]["budget"]
        self.runs = {
            (search, seed): run
            for (search, name, seed), run in runs.items()
            if name == task.name
        }
        final = [best_at(run, 1.0) for run in self.random]
        self.easy = float(np.median(final))
        known = [best_at(run, 1.0) for run in self.runs.values()]
        self.best = max(*known, np.nanmax(scores))
        self.hard = (self.easy + self.best) / 2
        self.median = float(np.nanmedian(scores))

    def shares(self, search, seeds, target):
        """Return the shares of the budget until a target, by seed."""
        return [share_to(self.runs[search, seed], target) for seed in seeds]

    def regret(self, run, share):
        """Return the normalised regret after a share of the budget."""
        found = max(best_at(run, share), self.median)
        return (self.best - found) / (self.best - self.median)


def ratios(tasks, search, seeds, target):
    """Return time to a target over that of plain search, geometric mean by task."""
    return np.array(
        [
            np.exp(
                np.mean(
                    np.log(t.shares(search, seeds, getattr(t, target)))
                    - np.log(t.shares(PLAIN, seeds, getattr(t, target)))
                )
            )
            for t in tasks
        ]
    )


def seeds_of(tasks, search, seeds):
    """Return the seeds of which a search has a run for every task."""
    return [s for s in seeds if all((search, s) in t.runs for t in tasks)]


def summary_rows(tasks, searches, seeds):
    """Yield a row for each search: time to two targets, regret at three times."""
    for search in searches:
        mine = seeds_of(tasks, search, seeds)
        row = [SEARCHES[search].label, str(len(mine) * len(tasks))]
        for target in ("easy", "hard"):
            found = ratios(tasks, search, mine, target)
            mean = np.exp(np.log(found).mean())
            reached = sum(
                share < 1
                for t in tasks
                for share in t.shares(search, mine, getattr(t, target))
            )
            row.append(f"{mean:.2f} ({found.min():.2f}-{found.max():.2f})")
            row.append(f"{reached}")
        for share in SHARES:
            pairs = [
                (t, t.runs[search, s], t.runs[PLAIN, s]) for t in tasks for s in mine
            ]
            own = [t.regret(run, share) for t, run, _ in pairs]
            difference = [
                a - t.regret(plain, share)
                for a, (t, _, plain) in zip(own, pairs, strict=True)
            ]
            text = f"{np.mean(own):.3f}"
            if search != PLAIN:
                text += f" ({comparison.mean_and_error(difference)})"
            row.append(text)
        yield row


def random_row(tasks):
    """Return the row of random search, in the mean over many orders."""
    row = ["random search", ""]
    for target in ("easy", "hard"):
        shares = [[share_to(r, getattr(t, target)) for r in t.random] for t in tasks]
        row += ["", f"{100 * np.mean(np.array(shares) < 1):.0f} %"]
    for share in SHARES:
        row.append(
            f"{np.mean([t.regret(r, share) for t in tasks for r in t.random]):.3f}"
        )
    return row


def task_rows(tasks, searches, seeds):
    """Yield a row for each task: times of candidates, and time to random's score."""
    for t in tasks:
        low, high = t.spread
        row = [t.name, f"{low:.2f}-{high:.2f}", f"{t.budget:.0f}"]
        for search in searches:
            mine = seeds_of(tasks, search, seeds)
            row.append(
                comparison.median_and_range(t.shares(search, mine, t.easy))
                if mine
                else ""
            )
        yield row


def make_report(args):
    """Return the paragraphs and tables of what is stored."""
    runs = load_runs(args.store)
    tasks = [Task(make_timed_task(n, args.store / "fits"), runs) for n in args.tasks]
    searches = [name for name in SEARCHES if seeds_of(tasks, name, args.seeds)]
    columns = ["search", "searches", "time to random's score", "reached"]
    columns += ["time to a harder target", "reached"]
    columns += [f"regret at {share:.0%}" for share in SHARES]
    rows = [*summary_rows(tasks, searches, args.seeds), random_row(tasks)]
    by_task = ["task", "seconds of a candidate", "budget"]
    by_task += [SEARCHES[search].label for search in searches]
    return [
        NOTE,
        comparison.markdown_table(columns, rows),
        TASK_NOTE,
        comparison.markdown_table(by_task, task_rows(tasks, searches, args.seeds)),
    ]


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    comparison.add_store(parser, "score_per_second", "searches and fits")
    parser.add_argument("--tasks", nargs="+", choices=list(TIMED), default=list(TIMED))
    parser.add_argument(
        "--searches",
        nargs="*",
        choices=list(SEARCHES),
        default=[name for name in SEARCHES if not name.startswith("flaml")],
        help="what to run; default: all but FLAML's. What is stored is reported",
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=list(range(3)), help="default: 0 to 2"
    )
    parser.add_argument(
        "--report",
        action=argparse.BooleanOptionalAction,
        help="only report what is stored, or only run; default: both",
    )
    return parser


def main(args):
    """Run the searches that are missing, and report all that are stored."""
    if not args.report:
        run_missing(args)
    if args.report is not False:
        title = "Score per second"
        comparison.publish(title, make_report(args), args.output, PEERS)


if __name__ == "__main__":
    main(make_parser().parse_args())
