"""Measure two libraries in interleaved rounds and report them as Markdown.

A shared machine speeds up and slows down by the minute. Two libraries measured one
after the other differ by that alone; measured in turns, A B B A A B ..., they meet the
same machine, so a ratio formed within a round is trustworthy when the seconds are not.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

OURS = "sklearn_hp"
THEIRS = "scikit-learn"
LIBRARIES = (OURS, THEIRS)

_VERSIONED = {
    "sklearn_hp": "sklearn_hp",
    "scikit-learn": "sklearn",
    "joblib": "joblib",
    "numpy": "numpy",
}


def load_search(library: str, name: str) -> type:
    """Import a search class from one library, and nothing from the other."""
    package = "sklearn_hp" if library == OURS else "sklearn.model_selection"
    return getattr(import_module(package), name)


def interleave(
    measure: Callable[[str, int], T],
    n_rounds: int,
    label: str,
    variants: Sequence[str] = LIBRARIES,
) -> dict[str, list[T]]:
    """Call `measure(library, seed)` for both libraries in every round.

    Parameters
    ----------
    measure : callable
        Takes the name of a library and a seed and returns what was measured.
    n_rounds : int
        The number of rounds. Round i has seed i, and the library that goes first
        alternates.
    label : str
        What is measured, for the progress lines on standard error.
    variants : sequence of str
        What to measure instead of both libraries.

    Returns
    -------
    measured : dict
        For each library or variant, what `measure` returned in each round.
    """
    measured: dict[str, list[T]] = {variant: [] for variant in variants}
    for seed in range(n_rounds):
        for variant in variants if seed % 2 == 0 else reversed(variants):
            measured[variant].append(measure(variant, seed))
        progress(label, seed, n_rounds)
    return measured


def progress(label: str, seed: int, n_rounds: int) -> None:
    """Say on standard error that a round has ended."""
    print(f"{label}: round {seed + 1} of {n_rounds}", file=sys.stderr, flush=True)


def wall_time(function: Callable[[], Any]) -> float:
    """Return the seconds that one call of `function` takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def paired_ratios(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """Divide ours by theirs, round by round."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def median_and_range(values: Sequence[float], digits: int = 2) -> str:
    """Format values as `median (lowest-highest)`."""
    median, lowest, highest = statistics.median(values), min(values), max(values)
    return f"{median:.{digits}f} ({lowest:.{digits}f}-{highest:.{digits}f})"


def mean_and_error(values: Sequence[float], digits: int = 3) -> str:
    """Format values as `mean ± standard error of the mean`."""
    error = statistics.stdev(values) / len(values) ** 0.5
    return f"{statistics.fmean(values):.{digits}f} ± {error:.{digits}f}"


def verdict(value: float, bar: float, at_most: bool) -> str:
    """Say what the bar is and whether a value meets it."""
    met = value <= bar if at_most else value >= bar
    return f"{'<=' if at_most else '>='} {bar:g} {'met' if met else 'missed'}"


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def describe_run(peers: Mapping[str, str] | None = None) -> str:
    """Name the date, the machine and the versions a table was measured with.

    `peers` maps the names of further libraries to the modules that know their versions.
    """
    system = platform.system()
    if system == "Linux":
        system = platform.freedesktop_os_release().get("PRETTY_NAME", system)
    versions = [
        f"{name} {import_module(module).__version__}"
        for name, module in {**_VERSIONED, **(peers or {})}.items()
    ]
    return "\n".join(
        [
            f"- Date: {time.strftime('%Y-%m-%d')}",
            f"- Machine: {_n_usable_cores()} {platform.machine()} cores, {system}, "
            f"Python {platform.python_version()}",
            f"- Versions: {', '.join(versions)}",
        ]
    )


def publish(
    title: str,
    body: Iterable[str],
    output: Path | None,
    peers: Mapping[str, str] | None = None,
) -> None:
    """Print a report, and write it to `output` when that is given."""
    report = "\n\n".join([f"# {title}", describe_run(peers), *body]) + "\n"
    print(report)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(report, encoding="utf-8")


def make_parser(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows a script's docstring and knows `--output`."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="also write the report to FILE"
    )
    return parser


def add_store(parser: argparse.ArgumentParser, default: str, what: str) -> None:
    """Let a script know `--store`: where it keeps what it has run, to go on later."""
    parser.add_argument(
        "--store",
        type=Path,
        default=Path(default),
        metavar="PATH",
        help=f"where {what} are stored; default: {default}",
    )


def _n_usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
