"""Peak memory of a grid search and of its workers on 100 MB of data.

Each search runs in a fresh process, in interleaved rounds, over an estimator that only
looks at its training data. Meanwhile another process reads from /proc (Linux only):

- of the calling process and of the largest worker, the peak resident set size (VmHWM).
  The kernel records it exactly, and counts a page shared with others in full;
- of the calling process and its descendants together, the proportional set size (PSS),
  sampled. It divides a shared page among those that map it, so the sum is what the
  search takes from the machine.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import _comparison as comparison
import numpy as np
import psutil
from _comparison import LIBRARIES, OURS, THEIRS
from _estimators import LookingEstimator

BAR = 1.0  # the highest ratio we accept, to two decimals
N_SPLITS = 5
N_FEATURES = 500
SAMPLING_INTERVAL = 0.05  # seconds
MB = 1e6


@dataclass(frozen=True)
class Peaks:
    """The peaks of one search, in MB, and its wall time in seconds."""

    caller: float
    worker: float
    total: float
    wall: float


METRICS = {
    "caller": "RSS of the calling process",
    "worker": "RSS of the largest worker",
    "total": "PSS of all processes",
    "wall": "wall time of the search [s]",
}


def run_search(library, seed, n_candidates, n_jobs, megabytes):
    """Run one grid search and return its wall time."""
    n_samples = int(megabytes * MB / (8 * N_FEATURES))
    X = np.random.default_rng(seed).random((n_samples, N_FEATURES))
    search = comparison.load_search(library, "GridSearchCV")(
        LookingEstimator(),
        {"value": [float(i) for i in range(n_candidates)]},
        cv=N_SPLITS,
        n_jobs=n_jobs,
    )
    return comparison.wall_time(lambda: search.fit(X))


def measure_search(library, seed, n_candidates, n_jobs, megabytes):
    """Run one grid search in a fresh process and return its peaks."""
    command = [sys.executable, __file__, "--child", library, str(seed)]
    command += ["--candidates", str(n_candidates), "--n-jobs", str(n_jobs)]
    command += ["--megabytes", str(megabytes)]
    caller, workers, total = 0, {}, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        while child.poll() is None:
            processes = list(read_tree(child.pid))
            for process in processes:
                if process.pid == child.pid:
                    caller = max(caller, process.peak_rss)
                else:
                    workers[process.pid] = process.peak_rss
            total = max(total, sum(process.pss for process in processes))
            time.sleep(SAMPLING_INTERVAL)
        wall = float(child.stdout.read())
    worker = max(workers.values(), default=0)
    return Peaks(caller / MB, worker / MB, total / MB, wall)


@dataclass(frozen=True)
class Process:
    """The memory of one process, in bytes."""

    pid: int
    peak_rss: int
    pss: int


def read_tree(pid: int) -> Iterator[Process]:
    """Yield the memory of a process and of its descendants that are alive."""
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(pid)
        for member in [family, *family.children(recursive=True)]:
            # Of a process that ended in between there is nothing left to read.
            with suppress(FileNotFoundError, ProcessLookupError, StopIteration):
                folder = Path("/proc", str(member.pid))
                yield Process(
                    member.pid,
                    read_field(folder / "status", "VmHWM:"),
                    read_field(folder / "smaps_rollup", "Pss:"),
                )


def read_field(file: Path, name: str) -> int:
    """Return the value of a line such as `Pss:   120 kB`, in bytes."""
    with file.open() as lines:
        line = next(line for line in lines if line.startswith(name))
    return int(line.split()[1]) * 1024


def make_row(name, measured):
    """Return the row of one metric."""
    ours, theirs = ([getattr(m, name) for m in measured[lib]] for lib in (OURS, THEIRS))
    ratios = comparison.paired_ratios(ours, theirs)
    median = statistics.median(ratios)
    bar = name != "wall"
    return [
        METRICS[name],
        comparison.median_and_range(ours, digits=0 if bar else 1),
        comparison.median_and_range(theirs, digits=0 if bar else 1),
        f"**{comparison.median_and_range(ratios)}**",
        comparison.verdict(round(median, 2), BAR, at_most=True) if bar else "",
    ]


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--candidates", type=int, default=1000, help="1000")
    parser.add_argument("--n-jobs", type=int, default=2, help="2")
    parser.add_argument("--megabytes", type=float, default=100.0, help="of X, 100")
    parser.add_argument("--rounds", type=int, default=3, help="3")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser


def main(args):
    """Compare and publish the table."""
    measure = partial(
        measure_search,
        n_candidates=args.candidates,
        n_jobs=args.n_jobs,
        megabytes=args.megabytes,
    )
    measured = comparison.interleave(measure, args.rounds, "memory")
    table = comparison.markdown_table(
        ["peak", *LIBRARIES, "ratio", "bar"],
        [make_row(name, measured) for name in METRICS],
    )
    note = (
        f"{args.candidates} candidates x {N_SPLITS} splits, {args.megabytes:g} MB of X,"
        f" n_jobs={args.n_jobs}. Median (lowest-highest) of {args.rounds} interleaved "
        "rounds, in MB (10^6 bytes); the seed of X is the number of the round. The "
        "ratio is ours over scikit-learn's, formed within each round."
    )
    comparison.publish("Peak memory of a grid search", [note, table], args.output)


if __name__ == "__main__":
    args = make_parser().parse_args()
    if args.child:
        library, seed = args.child
        print(
            run_search(library, int(seed), args.candidates, args.n_jobs, args.megabytes)
        )
    else:
        main(args)
