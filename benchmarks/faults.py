"""What a search survives: faults of one candidate, signals, kills.

A search of six candidates on two splits with two workers, in a process of its own. One
candidate goes wrong, see `_faulty.py`, or the process gets a signal. A fault counts as
survived if

- of one candidate: the search ends, and every other candidate has its right score;
- Ctrl-C: what was finished can be read from the search;
- a process that is ended: run again, the same script runs no finished fit once more.

For fits that hang or take memory, the search is given a limit where its class has one.
"""

import argparse
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import product
from pathlib import Path

import _comparison as comparison
import numpy as np
from _faulty import CULPRIT, FITS, N_CANDIDATES, SCORES, Faulty, right_score

N_SPLITS = 2
N_FITS = N_CANDIDATES * N_SPLITS
OURS = ["GridSearchCV", "RandomSearchCV", "BayesSearchCV"]
PEERS = {
    "sklearn Grid": ("sklearn.model_selection", "GridSearchCV"),
    "sklearn Randomized": ("sklearn.model_selection", "RandomizedSearchCV"),
    "skopt Bayes": ("skopt", "BayesSearchCV"),
    "OptunaSearchCV": ("optuna_integration", "OptunaSearchCV"),
}
CLASSES = [*OURS, *PEERS]
INTERRUPTED = "Ctrl-C: results readable"
WORKER_KILLED = "a worker is killed from outside"
ENDED = {"SIGTERM, then run again": signal.SIGTERM}
ENDED["SIGKILL, then run again"] = signal.SIGKILL
FAULTS = [*FITS, *SCORES, WORKER_KILLED, INTERRUPTED, *ENDED]

NO_WORKERS = "no processes"

# A fit of the searches that are ended takes so long, seconds.
SLOW = 0.5


def make_search(name, fault, folder):
    """Return a search over an estimator that does `fault`."""
    is_process_fault = fault in ENDED or fault in (INTERRUPTED, WORKER_KILLED)
    estimator = Faulty(
        fault=fault,
        seconds=SLOW if is_process_fault else 0.05,
        log=os.path.join(folder, "fits"),
    )
    package, cls = PEERS.get(name, ("sklearn_hp", name))
    cls = getattr(import_module(package), cls)
    settings = {"cv": N_SPLITS, "n_jobs": 2, "refit": False, "error_score": np.nan}
    space = {"candidate": list(range(N_CANDIDATES))}
    if name in OURS:
        if fault.startswith("hangs"):
            settings["fit_timeout"] = 3
        if fault == "takes 2.4 GB":
            settings["fit_memory_limit"] = "1GiB"
        if fault in ENDED:
            settings["checkpoint"] = os.path.join(folder, "checkpoint")
    if name == "OptunaSearchCV":
        optuna = import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = optuna.samplers.GridSampler(space, seed=0)
        settings["study"] = optuna.create_study(sampler=sampler, direction="maximize")
        space = {"candidate": optuna.distributions.IntDistribution(0, N_CANDIDATES - 1)}
        settings["n_trials"] = N_CANDIDATES
    elif name == "skopt Bayes":  # it may try a candidate again before another
        settings |= {"n_iter": 3 * N_CANDIDATES, "random_state": 0}
    elif not name.endswith(("GridSearchCV", "Grid")):
        settings |= {"n_iter": N_CANDIDATES, "random_state": 0}
    return cls(estimator, space, **settings)


def scores_of(search):
    """Return the scores of each candidate that a search has, by its number."""
    if hasattr(search, "study"):  # Optuna's `cv_results_` is another
        return {
            trial.params["candidate"]: [
                trial.user_attrs[f"split{i}_test_score"] for i in range(N_SPLITS)
            ]
            for trial in search.study.trials
            if "split0_test_score" in trial.user_attrs
        }
    results = getattr(search, "cv_results_", {"params": []})
    return {
        int(params["candidate"]): [
            float(results[f"split{i}_test_score"][row]) for i in range(N_SPLITS)
        ]
        for row, params in enumerate(results["params"])
    }


def wrong_innocents(scores, complete=True):
    """Return the innocent candidates whose scores are not right, with their scores."""
    wrong = {}
    for candidate, found in scores.items():
        known = [score for score in found if complete or not math.isnan(score)]
        right = all(abs(s - right_score(candidate)) < 1e-9 for s in known)
        if candidate != CULPRIT and not right:
            wrong[candidate] = found
    return wrong


def run_search(name, fault, folder):
    """Run one search in this process; print READY, then what came of it."""
    warnings.simplefilter("ignore")
    # a shell's background job ignores Ctrl-C, and so do its children
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 3)), np.arange(40) % 2
    search = make_search(name, fault, folder)
    print("READY", flush=True)
    try:
        search.fit(X, y)
    except KeyboardInterrupt:
        scores = scores_of(search)
        if not scores:
            print("nothing readable", flush=True)
            return
        wrong = wrong_innocents(scores, complete=False)
    else:
        scores = scores_of(search)
        wrong = wrong_innocents(scores)
        wrong |= dict.fromkeys(set(range(N_CANDIDATES)) - set(scores) - {CULPRIT})
    print(f"wrong: {wrong}" if wrong else "right", flush=True)


class Run:
    """A search in a process of its own."""

    def __init__(self, name, fault, folder):
        self.folder = folder
        script = [sys.executable, __file__, "--child", name, fault, folder]
        with open(os.path.join(folder, "errors"), "a") as errors:
            self.process = subprocess.Popen(
                script,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
                env={**os.environ, "TMPDIR": folder},
            )

    def n_fits(self):
        """Return the number of fits that have begun, in all runs with this folder."""
        log = Path(self.folder, "fits")
        return len(log.read_text().splitlines()) if log.exists() else 0

    def wait_fits(self, n, limit):
        """Wait until `n` fits have begun."""
        end = time.monotonic() + limit
        while self.n_fits() < n:
            if self.process.poll() is not None:
                raise RuntimeError(self.last_error())
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(0.02)

    def verdict(self, limit):
        """Return the last line that the search printed."""
        out, _ = self.process.communicate(timeout=limit)
        lines = [line for line in out.splitlines() if line]
        if lines and lines[-1] != "READY":
            return lines[-1]
        return self.last_error()

    def last_error(self):
        """Return the name of the last exception that went to standard error."""
        errors = Path(self.folder, "errors").read_text(errors="replace")
        names = re.findall(
            r"^(?:\w+\.)*(\w+(?:Error|Exception|Interrupt))\b", errors, re.M
        )
        if names:
            return names[-1]
        return f"ended without a word, exit status {self.process.poll()}"

    def kill(self):
        """End the process and all that it started in its session."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.communicate()


def judge(name, fault, limit):
    """Return "yes" if a class survives a fault, else what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run(name, fault, folder)
        try:
            if fault in ENDED:
                return judge_second_run(run, name, fault, limit)
            if fault == INTERRUPTED:
                run.wait_fits(N_FITS // 2 + 2, limit)
                run.process.send_signal(signal.SIGINT)
            if fault == WORKER_KILLED:
                run.wait_fits(N_FITS // 2, limit)
                if not kill_worker(run.process.pid):
                    return NO_WORKERS
            verdict = run.verdict(limit)
        except (TimeoutError, subprocess.TimeoutExpired):
            return "hangs"
        finally:
            run.kill()
    return "yes" if verdict == "right" else verdict


def judge_second_run(run, name, fault, limit):
    """End a search by a signal, run it again, and count its fits."""
    run.wait_fits(N_FITS // 2 + 2, limit)
    run.process.send_signal(ENDED[fault])
    run.process.wait(timeout=limit)
    time.sleep(2.0)  # workers notice that their parent is gone
    run.kill()
    n_before = run.n_fits()
    again = Run(name, fault, run.folder)
    try:
        verdict = again.verdict(limit)
    finally:
        again.kill()
    if verdict != "right":
        return verdict
    # those that ran when the signal came are lost: one for each worker
    n_twice = again.n_fits() - N_FITS
    return "yes" if n_twice <= 2 else f"{n_twice} of {n_before} fits run again"


def kill_worker(pid):
    """Kill one process that a search has started; return whether there was any."""
    psutil = import_module("psutil")
    workers = [
        child
        for child in psutil.Process(pid).children(recursive=True)
        if "resource_tracker" not in " ".join(child.cmdline())
    ]
    if workers:
        workers[-1].kill()
    return bool(workers)


def judge_all(classes, faults, limit, n_at_a_time):
    """Return the verdict of each fault and class."""

    def judge_one(fault, name):
        verdict = judge(name, fault, limit)
        print(f"{fault}, {name}: {verdict}", file=sys.stderr, flush=True)
        return verdict

    cells = list(product(faults, classes))
    with ThreadPoolExecutor(n_at_a_time) as executor:
        verdicts = executor.map(judge_one, *zip(*cells, strict=True))
        return dict(zip(cells, verdicts, strict=True))


def short(verdict):
    """Return a verdict as the table has it."""
    if verdict == "yes":
        return "**yes**"
    return "-" if verdict == NO_WORKERS else f"no: {verdict}"


def count_survived(verdicts):
    """Return how many faults a class survives, of those that can befall it."""
    n_faults = len(verdicts) - verdicts.count(NO_WORKERS)
    return f"{verdicts.count('yes')} of {n_faults}"


def make_parser():
    """Return the parser of the command line."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--classes", nargs="*", default=CLASSES, choices=CLASSES)
    parser.add_argument("--faults", nargs="*", default=FAULTS, choices=FAULTS)
    parser.add_argument("--limit", type=float, default=40.0, help="seconds a search")
    parser.add_argument("--jobs", type=int, default=2, help="searches at a time")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    return parser


def main(args):
    """Judge, and publish the table."""
    cells = judge_all(args.classes, args.faults, args.limit, args.jobs)
    rows = [[f, *(short(cells[f, name]) for name in args.classes)] for f in args.faults]
    found = [[cells[fault, name] for fault in args.faults] for name in args.classes]
    rows.append(["survived", *(count_survived(verdicts) for verdicts in found)])
    table = comparison.markdown_table(["fault", *args.classes], rows)
    note = (
        f"Each cell is one search of {N_CANDIDATES} candidates on {N_SPLITS} splits "
        f"with two workers, in a process of its own, given up as hanging after "
        f"{args.limit:g} s. The first three classes are ours. They were given "
        f"`fit_timeout=3` for fits that hang, `fit_memory_limit` for the one that "
        f"takes memory, and `checkpoint` for processes that end; the others have "
        f"nothing of the kind."
    )
    peers = {"scikit-optimize": "skopt", "optuna": "optuna"}
    comparison.publish("Faults survived", [note, table], args.output, peers)


if __name__ == "__main__":
    arguments = make_parser().parse_args()
    if arguments.child:
        run_search(*arguments.child)
    else:
        main(arguments)
