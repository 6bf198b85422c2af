"""What racing is worth in `BayesSearchCV`, on the tasks of sample_efficiency.py.

Each task is searched without racing, 50 candidates, and with it, until as many fits are
done. Compared are the normalised regret (see `sample_efficiency.py`) after as many fits
as 25 and 50 complete candidates take, and, after the same 50 candidates, what racing
saved and how far the chosen candidate is below that of the search without. As two
searches soon go different ways, the rule is also replayed on the candidates of the
search without racing: that shows what the rule itself costs.

Searches are stored, and run only if missing: remove the file after a change to ours.
"""

import json
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from statistics import fmean, median

import _comparison as comparison
import numpy as np
from _racing_replay import racing, standard_error
from _replay import replay
from _tuning_tasks import JUDGING, TASKS, TUNING, TuningTask
from joblib import Parallel, delayed
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, ParameterSampler, StratifiedKFold

from sklearn_hp import BayesSearchCV
from sklearn_hp.callback._base import StoppingCallback

N_ITER = 50
BUDGETS = (25, 50)
N_RANDOM = 60  # random candidates, whose median is the scale of a task's regret
DEFAULT_NOTE = (
    "Median (range) over tasks of what is saved. Lost: how far the chosen candidate is "
    "below that of the search without racing, in standard errors of a difference of "
    "two good candidates. Two searches: each with and without racing, which soon "
    "propose different candidates. Same candidates: the rule replayed on those that "
    "the search without racing proposed; missed is how often it chooses another."
)
BAR_RATIO, BAR_SAVED, BAR_LOST = 0.85, 100 / 3, 0.02


@dataclass(frozen=True, eq=False)
class Folded(TuningTask):
    """A tuning task with another number of folds."""

    n_splits: int = 3

    @cached_property
    def splits(self):
        """The folds, the same for all candidates."""
        folds = StratifiedKFold if is_classifier(self.estimator) else KFold
        folds = folds(self.n_splits, shuffle=True, random_state=0)
        return list(folds.split(*self.data))


class StopAfter(StoppingCallback):
    """A callback that ends a search after some fits."""

    def __init__(self, n_fits):
        self.n_fits = n_fits
        super().__init__()

    def _make_rule(self, search):
        n_seen = count(1)
        return lambda results: "enough" if next(n_seen) >= self.n_fits else None


def make_folded(name, k, memory):
    """Return a task with k folds, whose results are kept in the folder `memory`."""
    file = None if memory is None else memory / f"{name}-{k}.jsonl"
    return Folded(**TASKS[name].keywords, name=name, memory=file, n_splits=k)


def run_one(name, k, seed, with_racing, memory):
    """Search a task; return a line for the store."""
    task = make_folded(name, k, memory)
    search = BayesSearchCV(
        task.estimator,
        task.param_distributions,
        # with racing, as many as can be had for the same fits
        n_iter=N_ITER * (k if with_racing else 1),
        racing=with_racing,
        random_state=seed,
    )
    search.set_callbacks(StopAfter(N_ITER * k))
    replay(search, task)
    found = search.cv_results_
    scores = np.array([found[f"split{i}_test_score"] for i in range(k)]).T
    n_run = found.get("n_splits_run", np.full(len(scores), k))
    seconds = n_run * (found["mean_fit_time"] + found["mean_score_time"])
    return {
        "task": name,
        "k": k,
        "seed": seed,
        "racing": with_racing,
        "n_run": n_run.tolist(),
        "seconds": seconds.round(6).tolist(),
        "scores": scores.tolist(),
    }


def random_scores(name, k, memory):
    """Return the mean scores of random candidates."""
    task = make_folded(name, k, memory)
    sampler = ParameterSampler(task.param_distributions, N_RANDOM, random_state=10_000)
    return {
        "task": name,
        "k": k,
        "random": [task.evaluate(params) for params in sampler],
    }


class Run:
    """A stored search.

    scores : (n_candidates, k), NaN where not run.  n_run, seconds : (n_candidates,)
    """

    def __init__(self, line):
        self.scores = np.array(line["scores"], dtype=float)
        self.n_run = np.array(line["n_run"])
        self.seconds = np.array(line["seconds"])
        # failed, dropped and unfinished candidates are NaN
        self.means = self.scores.mean(axis=1)

    def best_after_fits(self, n_fits):
        """Return the best of the complete candidates that so many fits reach."""
        return np.nanmax(self.means[np.cumsum(self.n_run) <= n_fits])

    def best_after(self, n_candidates):
        """Return the best of the complete ones among the first candidates."""
        return np.nanmax(self.means[:n_candidates])


class TaskRuns:
    """The searches of a task with k folds, without and with racing, by seed."""

    def __init__(self, k, lines, best_known):
        self.k = k
        runs = {(o["racing"], o["seed"]): Run(o) for o in lines if "seed" in o}
        random = np.concatenate([o["random"] for o in lines if "random" in o])
        seeds = [s for with_racing, s in runs if with_racing and (False, s) in runs]
        self.pairs = [(runs[False, s], runs[True, s]) for s in sorted(seeds)]
        found = [np.nanmax(run.means) for run in runs.values()]
        self.best = max(*found, np.nanmax(random), best_known)
        self.scale = self.best - np.nanmedian(random)
        whole = np.vstack([run.scores for run in runs.values()])
        whole = np.unique(whole[np.isfinite(whole).all(axis=1)], axis=0)
        self.error = standard_error(whole)

    def regret(self, n_candidates):
        """Return the mean regrets without and with racing at equal fits."""
        n_fits = n_candidates * self.k
        return np.mean(
            [
                [(self.best - run.best_after_fits(n_fits)) / self.scale for run in pair]
                for pair in self.pairs
            ],
            axis=0,
        )

    def same_candidates(self):
        """Return fits and seconds saved, in %, and the loss, after as many candidates.

        The seconds are those of a candidate of the mean cost of the search itself.
        """
        found = []
        for without, raced in self.pairs:
            n = min(N_ITER, len(without.means))
            fits = 1 - raced.n_run[:n].sum() / without.n_run[:n].sum()
            seconds = 1 - raced.seconds[:n].sum() / without.seconds[:n].sum()
            lost = (without.best_after(n) - raced.best_after(n)) / self.error
            found.append([100 * fits, 100 * seconds, lost])
        return np.mean(found, axis=0)

    def replayed(self):
        """Return fits saved in %, missed in % and the loss, of the rule by itself."""
        found = []
        for without, _ in self.pairs:
            scores = without.scores[np.isfinite(without.scores).all(axis=1)][:N_ITER]
            ran = racing(scores)
            means = scores.mean(axis=1)
            lost = means.max() - means[ran.all(axis=1)].max()
            missed = lost > 1e-12 * np.abs(means).max()
            lost = lost / self.error if missed else 0.0
            found.append([100 * (1 - ran.mean()), 100 * missed, lost])
        return np.mean(found, axis=0)


def best_in_memory(name, k, memory):
    """Return the best mean score of all that was ever evaluated on a task's k folds."""
    file = None if memory is None else memory / f"{name}-{k}.jsonl"
    if file is None or not file.exists():
        return -np.inf
    scores = {}
    for line in file.read_text("utf-8").splitlines():
        params, split, found = json.loads(line)
        scores.setdefault(params, {})[split] = found["score"]
    means = [fmean(of.values()) for of in scores.values() if len(of) == k]
    return np.nanmax([-np.inf, *means])


def load_tasks(file, k, memory):
    """Return the tasks that have searches of both kinds with k folds."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    by_task = {}
    for line in lines:
        if line["k"] == k:
            by_task.setdefault(line["task"], []).append(line)
    complete = {
        name: found
        for name, found in by_task.items()
        if {o.get("racing") for o in found} >= {None, False, True}
    }
    return {
        name: TaskRuns(k, found, best_in_memory(name, k, memory))
        for name, found in complete.items()
    }


def equal_fits_rows(k, tasks):
    """Return a line for each budget."""
    rows = []
    for budget in BUDGETS:
        without, raced = np.array([task.regret(budget) for task in tasks.values()]).T
        ratio = raced.mean() / without.mean()
        error = _error_of_ratio(raced, without)
        rows.append(
            [
                str(k),
                str(budget),
                comparison.mean_and_error(without.tolist()),
                comparison.mean_and_error(raced.tolist()),
                f"{ratio:.2f} ± {error:.2f}",
                comparison.verdict(round(ratio, 2), BAR_RATIO, at_most=True),
            ]
        )
    return rows


def _error_of_ratio(numerators, denominators):
    """Return the standard error of the ratio of two means over the same tasks."""
    ratio = numerators.mean() / denominators.mean()
    rest = numerators - ratio * denominators
    return rest.std(ddof=1) / np.sqrt(len(rest)) / denominators.mean()


def default_rows(k, tasks):
    """Return the lines that the default of `racing` is chosen by."""
    fits, seconds, lost = np.array([t.same_candidates() for t in tasks.values()]).T
    saved_by_rule, missed, lost_by_rule = np.array(
        [task.replayed() for task in tasks.values()]
    ).T
    bar = comparison.verdict(median(fits), BAR_SAVED, at_most=False)
    bar_lost = comparison.verdict(fmean(lost_by_rule), BAR_LOST, at_most=True)
    return [
        [
            str(k),
            "two searches",
            comparison.median_and_range(fits.tolist(), 0),
            comparison.median_and_range(seconds.tolist(), 0),
            "",
            comparison.mean_and_error(lost.tolist()),
            f"saved {bar}",
        ],
        [
            str(k),
            "same candidates",
            comparison.median_and_range(saved_by_rule.tolist(), 0),
            "",
            comparison.mean_and_error(missed.tolist(), 1),
            comparison.mean_and_error(lost_by_rule.tolist()),
            f"lost {bar_lost}",
        ],
    ]


def task_rows(tasks):
    """Return a line for each task."""
    rows = []
    for name, task in tasks.items():
        fits, _, lost = task.same_candidates()
        (without, raced), n = task.regret(BUDGETS[-1]), len(task.pairs)
        row = [name, str(n), f"{fits:.0f}", f"{lost:+.2f}"]
        rows.append([*row, f"{without:.3f}", f"{raced:.3f}"])
    return sorted(rows, key=lambda row: float(row[2]))


def make_body(file, all_k, memory):
    """Return the parts of the report."""
    equal, default, parts = [], [], []
    for k in all_k:
        tasks = load_tasks(file, k, memory)
        equal.extend(equal_fits_rows(k, tasks))
        default.extend(default_rows(k, tasks))
        n_pairs = sum(len(task.pairs) for task in tasks.values())
        parts.append(f"k = {k}: {len(tasks)} tasks, {n_pairs} pairs of searches.")
    columns = ["k", "candidates' worth of fits", "regret without", "regret with"]
    saved = ["k", "compared", "fits saved, %", "seconds saved, %", "missed, %"]
    per_task = ["task", "seeds", "fits saved, %", "lost, SE", "regret without", "with"]
    return [
        " ".join(parts) + " ± standard error over tasks.",
        "## As many fits",
        comparison.markdown_table([*columns, "ratio", "bar"], equal),
        f"## {N_ITER} candidates",
        DEFAULT_NOTE,
        comparison.markdown_table([*saved, "lost, SE", "bar"], default),
        f"## Each task, k = {all_k[-1]}",
        f"Regret with the fits of {BUDGETS[-1]} complete candidates.",
        comparison.markdown_table(per_task, task_rows(tasks)),
    ]


def run_missing(args):
    """Run what is asked for and not stored yet, and store it."""
    file = args.store
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    done = {_key(json.loads(line)) for line in lines}
    # imported, so that workers import it too
    from racing_bayes import random_scores, run_one

    calls = []
    for seed in args.seeds:
        for k in args.k:
            for name in args.tasks:
                if (name, k, None, None) not in done and seed == args.seeds[0]:
                    calls.append(delayed(random_scores)(name, k, args.memory))
                for on in (False, True):
                    if (name, k, seed, on) not in done:
                        calls.append(delayed(run_one)(name, k, seed, on, args.memory))
    parallel = Parallel(args.jobs, return_as="generator_unordered")
    for n_done, line in enumerate(parallel(calls), 1):
        with file.open("a", encoding="utf-8") as stored:
            stored.write(json.dumps(line) + "\n")
        print(f"{_key(line)}: {n_done} of {len(calls)}", file=sys.stderr, flush=True)


def _key(line):
    return line["task"], line["k"], line.get("seed"), line.get("racing")


def main():
    """Run what is missing and publish the tables."""
    parser = comparison.make_parser(__doc__)
    comparison.add_store(parser, "racing/bayes.jsonl", "searches")
    parser.add_argument("--memory", type=Path, metavar="FOLDER", help="of fold scores")
    parser.add_argument("--k", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--tasks", nargs="+", default=[*TUNING, *JUDGING])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", action="store_true", help="run nothing")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # failed fits, no convergence
    if not args.report:
        run_missing(args)
    body = make_body(args.store, args.k, args.memory)
    comparison.publish("Racing in a Bayesian search", body, args.output)


if __name__ == "__main__":
    main()
