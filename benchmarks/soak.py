"""A long search with crashes and hangs: does it stay right, and leave nothing behind?

One random search of many short fits with two workers. One fit in a hundred kills its
process, one in a hundred hangs until its limit. At the end the scores of all other
candidates are compared with what they must be, the failures are counted, and the
memory of the calling process, its threads, child processes and temporary files are
looked at. With `--checkpoint` the search also writes its file, whose size is reported.
"""

import ctypes
import os
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import _comparison as comparison
import numpy as np
import psutil
from sklearn.base import BaseEstimator, ClassifierMixin

from sklearn_hp import RandomSearchCV

N_SPLITS = 2
EVERY = 100  # one candidate in so many crashes, and another hangs


class Shaky(ClassifierMixin, BaseEstimator):
    """Scores its number; each hundredth candidate crashes, the one after it hangs."""

    def __init__(self, number=0):
        self.number = number

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.number % EVERY == 50:
            os._exit(1)
        if self.number % EVERY == 51:
            ctypes.PyDLL(None).sleep(100_000)  # holds the interpreter's lock
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return self.number / 7


class Memory(threading.Thread):
    """Notes the resident memory of this process every second, MB."""

    def __init__(self):
        super().__init__(daemon=True)
        self.values = []
        self.ended = threading.Event()

    def run(self):
        process = psutil.Process()
        while not self.ended.wait(1.0):
            self.values.append(process.memory_info().rss / 1e6)


def judge(search, n_candidates):
    """Return how many innocent candidates have a wrong score, and the failures."""
    results = search.cv_results_
    wrong = missing = 0
    for i in range(N_SPLITS):
        for params, score in zip(
            results["params"], results[f"split{i}_test_score"], strict=True
        ):
            if params["number"] % EVERY not in (50, 51):
                wrong += score != params["number"] / 7
    missing = n_candidates - len(results["params"])
    kinds = [failure["kind"] for failure in search.failures_]
    return wrong + missing, {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def main(args):
    """Run the search, and publish what was found."""
    warnings.simplefilter("ignore")
    n_candidates = args.fits // N_SPLITS
    X, y = np.zeros((40, 2)), np.arange(40) % 2
    memory = Memory()
    memory.start()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JOBLIB_TEMP_FOLDER"] = tempfile.tempdir = folder
        settings = {"fit_timeout": args.limit}
        if args.checkpoint:
            settings["checkpoint"] = Path(folder, "checkpoint")
        start = time.monotonic()
        search = RandomSearchCV(
            Shaky(),
            {"number": list(range(n_candidates))},
            n_iter=n_candidates,
            cv=N_SPLITS,
            n_jobs=2,
            refit=False,
            random_state=args.seed,
            **settings,
        ).fit(X, y)
        seconds = time.monotonic() - start
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e6
        left = [path.name for path in files if "checkpoint" not in path.name]
    memory.ended.set()
    n_wrong, kinds = judge(search, n_candidates)
    n_threads = threading.active_count() - 1
    early, late = np.array_split(np.array(memory.values[2:]), 4)[::3]
    children = psutil.Process().children(recursive=True)
    rows = [
        ["innocent scores wrong or missing", str(n_wrong), "0"],
        ["failures by kind", ", ".join(f"{n} {k}" for k, n in kinds.items()), ""],
        ["wall time, s", f"{seconds:.0f}", ""],
        ["memory at first, MB", f"{early.mean():.0f}", ""],
        ["memory at the end, MB", f"{late.mean():.0f}", ""],
        ["size of the checkpoint, MB", f"{size:.1f}" if args.checkpoint else "-", ""],
        ["processes left", str(len(children)), "at most 4, kept warm"],
        ["threads left", str(n_threads), ""],
        ["files left", ", ".join(left[:3]) or "none", "none"],
    ]
    table = comparison.markdown_table(["", "measured", "expected"], rows)
    note = (
        f"One search of {args.fits} fits with two workers, a limit of {args.limit:g} s "
        f"a fit, seed {args.seed}. One candidate in a hundred kills its process, one "
        f"hangs in C with the interpreter's lock. Memory is that of the calling "
        f"process, in the first and the last quarter of the search."
    )
    comparison.publish("Soak", [note, table], args.output, {"psutil": "psutil"})
    sys.exit(bool(n_wrong or left))


def make_parser():
    """Return the parser of the command line."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--fits", type=int, default=20_000)
    parser.add_argument("--limit", type=float, default=1.0, help="seconds a fit")
    parser.add_argument("--checkpoint", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
