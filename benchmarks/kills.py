"""A search that is killed again and again, and resumes from its checkpoint.

A search of 20 candidates on 3 splits runs in a process that gets SIGKILL at a random
moment, and is started again with the same checkpoint, until it ends. Then its table of
results must equal that of a search that was never killed, times excepted, and no fit
whose result was recorded may have run again. Then the file is deleted, and all begins
anew, until the given number of kills is reached.

Processes are forked from one that has imported everything, so that most kills hit the
search and not Python's start.
"""

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import _comparison as comparison
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, ClassifierMixin

import sklearn_hp

N_ITER = 20
N_SPLITS = 3
CLASSES = ["GridSearchCV", "RandomSearchCV", "BayesSearchCV"]


class Smooth(ClassifierMixin, BaseEstimator):
    """Scores a smooth function of two parameters and the rows that it saw.

    A fit writes a line to `log` when it begins, and takes `seconds`.
    """

    def __init__(self, a=1.0, b=0.5, seconds=0.0, log=os.devnull):
        self.a = a
        self.b = b
        self.seconds = seconds
        self.log = log

    def fit(self, X, y):
        self.mean_ = float(X.mean())
        self.classes_ = np.unique(y)
        with open(self.log, "a") as log:
            log.write(f"{self.a!r} {self.b!r} {self.mean_!r}\n")
        time.sleep(self.seconds)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return -(np.log10(self.a) ** 2) - (self.b - 0.3) ** 2 + self.mean_ / 10


def make_search(name, n_jobs, log, seconds, checkpoint=None):
    """Return a search; `n_pending` fixes its candidates for any number of workers."""
    cls = getattr(sklearn_hp, name)
    settings = {"cv": N_SPLITS, "n_jobs": n_jobs, "n_pending": 2, "refit": False}
    space = {"a": loguniform(1e-3, 1e3), "b": uniform(0, 1)}
    if name == "GridSearchCV":
        space = {"a": list(np.logspace(-3, 3, 5)), "b": [0.1, 0.3, 0.5, 0.7]}
    else:
        settings |= {"n_iter": N_ITER, "random_state": 0}
    estimator = Smooth(seconds=seconds, log=log)
    return cls(estimator, space, checkpoint=checkpoint, **settings)


def fit(search):
    """Fit to a small data set, and return the table without times."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 2)), np.arange(60) % 2
    results = search.fit(X, y).cv_results_
    return {
        name: np.asarray(column, dtype=object).tolist()
        for name, column in results.items()
        if not name.endswith("_time") and name != "params"
    }


def run_and_kill(name, args, folder, seconds):
    """Run the search in a child that is killed; return whether it ended before."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        search = make_search(
            name, args.n_jobs, folder / "fits", args.seconds, folder / "checkpoint"
        )
        (folder / "table").write_text(repr(fit(search)))
        os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            if status:
                raise RuntimeError(f"The search ended with wait status {status}.")
            return True
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


def kill_until_done(name, args, folder, rng, n_left):
    """Kill and resume one search until it ends; return the number of kills."""
    expected = repr(fit(make_search(name, 1, os.devnull, 0.0)))
    n_kills = 0
    while n_kills < n_left:
        # later and later, so that it comes to its end
        seconds = rng.uniform(0, args.longest * (1 + n_kills / 20))
        if run_and_kill(name, args, folder, seconds):
            break
        n_kills += 1
    else:
        return n_kills
    assert (folder / "table").read_text() == expected, f"{name}: another table"
    fits = (folder / "fits").read_text().splitlines()
    n_again = sum(count - 1 for count in Counter(fits).values())
    # at each kill, what ran is lost: one fit for each worker
    assert n_again <= n_kills * args.n_jobs, f"{name}: {n_again} fits ran again"
    print(
        f"{name}: {n_kills} kills, {len(fits)} fits begun, {n_again} of them again",
        file=sys.stderr,
        flush=True,
    )
    return n_kills


def main(args):
    """Kill each class the given number of times, and publish the table."""
    rng = np.random.default_rng(args.seed)
    rows = []
    for name in args.classes:
        n_kills = n_searches = 0
        while n_kills < args.kills:
            with tempfile.TemporaryDirectory() as folder:
                n_left = args.kills - n_kills
                n_kills += kill_until_done(name, args, Path(folder), rng, n_left)
                n_searches += 1
        rows.append([name, str(n_kills), str(n_searches), "all equal"])
    table = comparison.markdown_table(["class", "kills", "searches", "tables"], rows)
    note = (
        f"{N_ITER} candidates on {N_SPLITS} splits, n_jobs={args.n_jobs}, seed "
        f"{args.seed}. A search that was killed resumes until it ends. Its table must "
        f"then equal that of one that was never killed, and no recorded fit may have "
        f"run again: this script ends with an error otherwise."
    )
    comparison.publish("Killed and resumed", [note, table], args.output)


def make_parser():
    """Return the parser of the command line."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--classes", nargs="*", default=CLASSES, choices=CLASSES)
    parser.add_argument("--kills", type=int, default=1000, help="of each class")
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.002, help="of one fit")
    parser.add_argument(
        "--longest", type=float, default=0.2, help="seconds until the first kill"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
