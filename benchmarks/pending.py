"""How many fits `BayesSearchCV` should do without when it chooses a candidate.

With `n_pending` p, a candidate is chosen by the fits handed out before it but the last
p. A larger p keeps more workers busy, and each choice knows less. Real tuning tasks
(`_tuning_tasks.py`) are searched with 1, 2, 4 and 8 workers on a simulated clock
(`_replay.py`): fits take as long as those of the task, times a factor that makes them
as long as those of searches that need several workers; choosing takes its real time.

For each p, given as a formula of the number of workers W:

- regret at equal time: the normalised regret, as in `sample_efficiency.py`, when W
  workers without a pause would be through with 8, 16 and 25 candidates of mean cost;
- speed-up: how much sooner a search is as good as the search of the task by one worker
  with p = 0 and without racing, of the median seed, is after 25 candidates. It is the
  ratio of the times of that worker and of this search, the geometric mean over tasks
  and seeds. A search that is never as good counts as if it were at its end;
- busy: the share of the workers' time spent fitting.

Searches are stored, and run only if missing, as in `sample_efficiency.py`.
"""

import argparse
import json
import sys
from pathlib import Path

import _comparison as comparison
import numpy as np
from _optimisers import OPTIMISERS, RandomSearch
from _replay import replay
from _tuning_tasks import TUNING, make_task
from sample_efficiency import POOL_SEED, POOL_SIZE

N_ITER = 50
TIMES = (8, 16, 25)  # in candidates that busy workers would be through with
GOAL = 25  # candidates of one worker
FORMULAS = {
    "0": lambda w: 0,
    "W - 1": lambda w: w - 1,
    "2 (W - 1)": lambda w: 2 * (w - 1),
    "4 (W - 1)": lambda w: 4 * (w - 1),
}


def run_missing(args):
    """Run what is asked for and not stored yet, and store it."""
    done = load_runs(args.store)
    args.store.parent.mkdir(parents=True, exist_ok=True)
    keys = [
        (name, seed, racing, n_workers, n_pending)
        for seed in args.seeds
        for name in args.tasks
        for racing in args.racing
        for n_workers in args.workers
        for n_pending in sorted({f(n_workers) for f in FORMULAS.values()})
    ]
    tasks = {name: make_task(name, args.memory) for name in args.tasks}
    missing = [key for key in keys if key not in done]
    for number, key in enumerate(missing, 1):
        line = {"key": key, **run_one(tasks[key[0]], *key[1:], args.slowdown)}
        with args.store.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{key}: {number} of {len(missing)}", file=sys.stderr, flush=True)


def run_one(task, seed, racing, n_workers, n_pending, slowdown):
    """Run one search and return what is stored of it."""
    search = OPTIMISERS["ours"].make(
        task, seed, N_ITER, racing=racing, n_pending=n_pending
    )
    found = replay(search, task, n_workers, slowdown)
    return {
        "scores": found.scores.tolist(),
        "ends": found.ends.round(4).tolist(),
        "busy": round(found.fitting / (n_workers * found.wall), 4),
    }


def load_runs(store):
    """Return the stored searches by task, seed, racing, workers and pending fits."""
    if not store.exists():
        return {}
    lines = map(json.loads, store.read_text(encoding="utf-8").splitlines())
    return {tuple(line["key"]): line for line in lines}


def regret_at(run, instants, best, median):
    """Return the regret at each instant; 1 while no candidate is complete."""
    scores, ends = np.array(run["scores"], dtype=float), np.array(run["ends"])
    order = np.argsort(ends)
    so_far = np.fmax.accumulate(scores[order])
    regret = np.nan_to_num((best - so_far) / (best - median), nan=1.0)
    n_complete = np.searchsorted(ends[order], instants, side="right")
    return np.concatenate([[1.0], regret])[n_complete]


def time_to(run, score):
    """Return when a search is as good as `score`, or its end."""
    good = np.array(run["scores"], dtype=float) >= score
    ends = np.array(run["ends"])
    return ends[good].min() if good.any() else ends.max()


class Scale:
    """What the searches of a task are measured by.

    best, median : scores of regret 0 and 1.  candidate : mean seconds of a candidate.
    goal : the score to be reached.  alone : seconds that one worker takes to it.
    """

    def __init__(self, task, runs, slowdown):
        candidates = RandomSearch(task, POOL_SEED, POOL_SIZE)
        pool = [task.run(params) for params in iter(candidates.ask, None)]
        random = [task.mean_score(results) for results in pool]
        seconds = [sum(r.fit_time + r.score_time for r in folds) for folds in pool]
        own = {key: run for key, run in runs.items() if key[0] == task.name}
        scores = [run["scores"] for run in own.values()]
        self.best = np.nanmax(np.concatenate([random, *scores]))
        self.median = np.nanmedian(random)
        self.candidate = slowdown * np.mean(seconds)
        alone = [run for key, run in own.items() if key[2:] == (False, 1, 0)]
        self.goal = np.median([np.nanmax(run["scores"][:GOAL]) for run in alone])
        self.alone = np.mean([time_to(run, self.goal) for run in alone])


def report(runs, scales, racing, args):
    """Return the table of the searches with or without racing.

    It has the rows that are stored for each task, of the seeds that have all of them.
    """
    rows = []
    settings = [
        (n_workers, n_pending)
        for n_workers in args.workers
        for n_pending in sorted({f(n_workers) for f in FORMULAS.values()})
    ]
    stored = {(name, *key[1:]) for name, _, *key in runs if key[0] == racing}
    settings = [key for key in settings if all((n, *key) in stored for n in scales)]
    searches = [
        (name, seed)
        for name in scales
        for seed in args.seeds
        if all((name, seed, racing, *key) in runs for key in settings)
    ]
    for n_workers, n_pending in settings:
        labels = [label for label, f in FORMULAS.items() if f(n_workers) == n_pending]
        key = racing, n_workers, n_pending
        cells = _cells(runs, scales, searches, *key)
        rows.append([str(n_workers), str(n_pending), ", ".join(labels), *cells])
    columns = ["workers W", "`n_pending`", "formulas", "searches"]
    columns += [f"regret at {n}" for n in TIMES]
    return comparison.markdown_table([*columns, "speed-up", "busy"], rows)


def _cells(runs, scales, searches, racing, n_workers, n_pending):
    regrets, speed_ups, busy = [], [], []
    for name, seed in searches:
        scale = scales[name]
        run = runs[name, seed, racing, n_workers, n_pending]
        instants = np.array(TIMES) * scale.candidate / n_workers
        regrets.append(regret_at(run, instants, scale.best, scale.median))
        speed_ups.append(np.log(scale.alone / time_to(run, scale.goal)))
        busy.append(run["busy"])
    low, high = _interval(speed_ups)
    return [
        str(len(searches)),
        *(comparison.mean_and_error(column) for column in np.transpose(regrets)),
        f"{np.exp(np.mean(speed_ups)):.2f} ({low:.2f}-{high:.2f})",
        f"{np.mean(busy):.2f}",
    ]


def _interval(logs):
    """Return the geometric mean, a standard error less and more."""
    error = np.std(logs, ddof=1) / len(logs) ** 0.5
    return np.exp(np.mean(logs) - error), np.exp(np.mean(logs) + error)


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    comparison.add_store(parser, "pending.jsonl", "searches")
    parser.add_argument(
        "--memory", type=Path, metavar="FOLDER", help="keep the candidates' folds there"
    )
    parser.add_argument(
        "--tasks", nargs="+", default=list(TUNING), help="default: the tuning tasks"
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[0, 1, 2], help="default: 0 1 2"
    )
    parser.add_argument(
        "--workers", nargs="+", type=int, default=[1, 2, 4, 8], help="1 2 4 8"
    )
    parser.add_argument(
        "--slowdown", type=float, default=30, help="of fits; default: 30 times"
    )
    parser.add_argument(
        "--racing",
        nargs="+",
        type=lambda word: {"yes": True, "no": False}[word],
        default=[True, False],
        metavar="yes|no",
        help="with racing, without, or both; default: yes no",
    )
    parser.add_argument("--report", action=argparse.BooleanOptionalAction)
    return parser


def main(args):
    """Run the searches that are missing, and report all that are stored."""
    if not args.report:
        run_missing(args)
    if args.report is False:
        return
    tasks = [make_task(name, args.memory) for name in args.tasks]
    times = ", ".join(map(str, TIMES))
    seeds = f"seeds {min(args.seeds)} to {max(args.seeds)}"
    note = (
        f"`BayesSearchCV` with {N_ITER} candidates of {len(tasks)} tasks, three folds "
        f"each, {seeds}, on a simulated clock; fits take {args.slowdown:g} times as "
        f"long as the tasks'. Candidates are chosen by the fits handed out before them "
        f"but the last `n_pending`. Regret at {times}: when W busy workers would be "
        f"through with so many candidates of mean cost, mean ± standard error over "
        f"tasks and seeds. Speed-up: how much sooner a search is as good as one "
        f"worker's, with `n_pending=0` and without racing, is after {GOAL} candidates; "
        f"geometric mean, and from one standard error less to one more. Busy: share of "
        f"the workers' time spent fitting. Tasks: {', '.join(args.tasks)}."
    )
    runs = load_runs(args.store)
    scales = {task.name: Scale(task, runs, args.slowdown) for task in tasks}
    body = [note]
    for racing in args.racing:
        body += [f"## `racing={racing}`", report(runs, scales, racing, args)]
    comparison.publish("Pending fits", body, args.output)


if __name__ == "__main__":
    main(make_parser().parse_args())
