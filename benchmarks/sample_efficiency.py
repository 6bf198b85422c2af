"""Regret after 8, 16, 25 and 50 evaluations, beside other optimisers.

Real tuning tasks (`_tuning_tasks.py`) are searched by `BayesSearchCV`, as users call
it, and by its peers, each with several seeds. The normalised regret of a search after n
evaluations is

    (best known - best so far) / (best known - median of random candidates),

0 for the best score that any search of the task found, 1 for a typical random
candidate. Every search is stored as one line in `STORE/<optimiser>.jsonl`, and what is
stored is not run again: a run can be interrupted, repeated with more seeds, and split
by optimiser, task and seed. `--report` makes the tables from what is stored. To run an
optimiser anew, remove its file.
"""

import argparse
import json
import sys
import time
from functools import cache, partial
from pathlib import Path

import _comparison as comparison
from _efficiency_report import N_EVALUATIONS, make_report
from _optimisers import OPTIMISERS
from _tuning_tasks import JUDGING, MISLEADING, TASKS, TUNING, TuningTask, make_task
from joblib import Parallel, delayed
from scipy.stats import randint, uniform
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

POOL = "pool"  # random candidates, the same for all: the scale of a task's regret
POOL_SEED = 10_000
POOL_SIZE = 200
PEERS = {
    "optuna": "optuna",
    "scikit-optimize": "skopt",
    "torch": "torch",
    "scipy": "scipy",
}
GROUPS = {"tuning": TUNING, "judging": JUDGING, "misleading": MISLEADING}
TITLES = {
    "tuning": "Sample efficiency while developing",
    "judging": "Sample efficiency",
    "misleading": "Sample efficiency where experience is wrong",
}
MISLEADING_NOTE = (
    "The estimators inherit from known ones, so that a search begins with what is "
    "known of those; but before they fit, they multiply some of their parameters: C of "
    "an SVC by 0.001 and gamma by 30, the rate of boosting by 0.05, the penalty of "
    "ElasticNet by 300, a tree's smallest leaf by 10 and its depth by 0.2. Good values "
    "are as far from experience as that, and the estimator as it is is poor."
)
DEFAULTS = [name for name in OPTIMISERS if name != "optuna-gp-by-run"]


def n_evaluations(optimiser):
    """Return how many candidates a search evaluates."""
    if optimiser == POOL:
        return POOL_SIZE
    # Random search is reported with twice the evaluations too.
    return N_EVALUATIONS * (2 if optimiser == "random" else 1)


def search(optimiser, task, seed, n_iter):
    """Search a task; return scores, number of fits, and CPU times in ms."""
    name = "random" if optimiser == POOL else optimiser
    with threadpool_limits(1):
        _warm_up(name)
        return OPTIMISERS[name].search(task, seed, n_iter)


@cache
def _warm_up(optimiser):
    """Let an optimiser import and compile what it needs, outside the measured time."""
    task = TuningTask(
        name="warm-up",
        family="tree",
        table="breast_cancer",
        estimator=DecisionTreeClassifier(random_state=0),
        param_distributions={
            "ccp_alpha": uniform(0, 1),
            "min_samples_leaf": randint(1, 9),
            "criterion": ["gini", "entropy", "log_loss"],
        },
        scoring="accuracy",
        n_rows=50,
    )
    OPTIMISERS[optimiser].search(task, 0, 14)


_remembered_task = cache(make_task)


def run_one(optimiser, task, seed, memory):
    """Run one search and return its line for the store."""
    task_itself = _remembered_task(task, memory)
    found = search(optimiser, task_itself, seed, n_evaluations(optimiser))
    return {
        "optimiser": optimiser,
        "task": task,
        "seed": seed,
        "date": time.strftime("%Y-%m-%d"),
        **found,
    }


def load_runs(store):
    """Return the stored lines by optimiser, task and seed."""
    runs = {}
    for file in sorted(store.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            run = json.loads(line)
            runs[run["optimiser"], run["task"], run["seed"]] = run
    return runs


def run_missing(args):
    """Run what is asked for and not stored yet, and store it."""
    args.store.mkdir(parents=True, exist_ok=True)
    done = load_runs(args.store)
    wanted = [
        (optimiser, task, seed)
        for optimiser in args.optimisers
        for seed in ([POOL_SEED] if optimiser == POOL else args.seeds)
        for task in args.tasks
    ]
    missing = [key for key in wanted if key not in done]
    # imported, for workers to import it too: what is cached cannot be sent to them
    from sample_efficiency import run_one

    run = delayed(partial(run_one, memory=args.memory))
    parallel = Parallel(args.jobs, return_as="generator_unordered")
    for n_done, line in enumerate(parallel(run(*key) for key in missing), 1):
        with (args.store / f"{line['optimiser']}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        what = f"{line['optimiser']} {line['task']} seed {line['seed']}"
        print(f"{what}: {n_done} of {len(missing)}", file=sys.stderr, flush=True)


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    comparison.add_store(parser, "sample_efficiency", "searches")
    parser.add_argument(
        "--memory",
        type=Path,
        metavar="FOLDER",
        help="keep the candidates' folds there; default: nowhere",
    )
    parser.add_argument(
        "--group",
        choices=list(GROUPS),
        default="judging",
        help="the group of tasks; default: judging",
    )
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), metavar="TASK")
    parser.add_argument(
        "--optimisers",
        nargs="*",
        choices=[POOL, *OPTIMISERS],
        default=[POOL, *DEFAULTS],
        help=f"default: {' '.join([POOL, *DEFAULTS])}",
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=list(range(5)), help="default: 0 to 4"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes; default: 1")
    parser.add_argument(
        "--report",
        action=argparse.BooleanOptionalAction,
        help="only report what is stored, or only run; default: both",
    )
    return parser


def main(args):
    """Run the searches that are missing, and report all that are stored."""
    if args.tasks is None:
        args.tasks = list(GROUPS[args.group])
    if not args.report:
        run_missing(args)
    if args.report is not False:
        tasks = [make_task(name) for name in args.tasks]
        body = make_report(load_runs(args.store), tasks, args.optimisers)
        if args.group == "misleading":
            body.insert(0, MISLEADING_NOTE)
        comparison.publish(TITLES[args.group], body, args.output, PEERS)


if __name__ == "__main__":
    main(make_parser().parse_args())
