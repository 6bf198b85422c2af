"""Learn from the scores that `collect.py` stored where a search is to begin.

For each estimator: a portfolio of 16 candidates of which one is good on whatever table
comes, and the ranges that hold nearly all of the best candidates. All are written to
one JSON file, which the package reads. The same scores give the same file.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from _derived import derive
from _experiments import make_experiments
from _learning_tables import TABLES
from _portfolio import METRICS, METRICS_ALIKE, greedy, make_point, make_tasks
from _ranges import learn_ranges
from _scores import SCORES, candidates_in, file_of, read
from _spaces import Range

from sklearn_hp.space._values import same_value

OUTPUT = Path(__file__).parents[2] / "sklearn_hp" / "_experience" / "experience.json"
ABOUT = (
    "What candidates were worth on many tables: points to begin a search with and "
    "ranges that hold nearly all of the best; what is in relative_to is to be "
    "multiplied by that quantity of the data. Made by "
    "benchmarks/experience/learn.py, not to be edited by hand."
)
LONGEST_LINE = 250


def main(args):
    """Write what the stored scores teach."""
    experience = learn(args.scores)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(dump(experience) + "\n", encoding="utf-8")


def learn(folder):
    """Return what the scores in a folder teach, as it is written."""
    estimators, versions, tables = {}, set(), {kind: set() for kind in TABLES}
    for name, experiment in make_experiments().items():
        if not experiment.learnt:
            continue
        head, lines = read(file_of(folder, name))
        missing = [table for table in experiment.tables if table not in lines]
        if missing:
            warn(f"{name}: no scores of {', '.join(missing) if lines else 'any table'}")
        if not lines:
            continue
        estimators[key_of(name, experiment)] = learn_one(experiment, head, lines)
        versions.add(head["scikit-learn"])
        tables[experiment.kind] |= lines.keys()
    estimators |= derive(estimators, folder)
    return {
        "about": ABOUT,
        "versions": {"scikit-learn": ", ".join(sorted(versions))},
        "tables": {
            kind: [
                f"{spec.package}/{spec.item}"
                for table, spec in TABLES[kind].items()
                if table in tables[kind]
            ]
            for kind in TABLES
        },
        "estimators": estimators,
    }


def key_of(name, experiment):
    """Return the name by which the package finds an estimator, and which of several."""
    package = type(experiment.estimator).__module__.partition(".")[0]
    return f"{package}.{name}"


def learn_one(experiment, head, lines):
    """Return what the scores of one estimator teach."""
    candidates = candidates_in(head)
    tasks = make_tasks(lines, METRICS[experiment.kind])
    relative = {
        name: values.relative_to
        for name, values in experiment.space.items()
        if isinstance(values, Range) and values.relative_to is not None
    }
    own = experiment.estimator.get_params(deep=False)
    weighed = {name for *pair, _ in experiment.products for name in pair}
    deciding = {other for met in experiment.only_if.values() for other in met}
    learnt = {
        "kind": experiment.kind,
        "measured": written(experiment.estimator),
        "n_candidates": len(candidates),
        "n_tables": len(np.unique(tasks.tables)),
        "relative_to": relative,
        "only_if": experiment.only_if,
        "products": experiment.products,
        "fixed": {
            name: own[name]
            for name in sorted((weighed | deciding) - experiment.space.keys())
        },
        "none_means": experiment.none_means,
        "neutral": experiment.neutral,
        "when": experiment.when,
        "suggested": [
            name for name in experiment.suggested if name in experiment.space
        ],
        "ranges": learn_ranges(experiment, candidates, tasks),
        "points": choose_points(experiment, candidates, tasks),
    }
    if experiment.kind == "classification":
        tasks = make_tasks(lines, METRICS_ALIKE)
        learnt["points_alike"] = choose_points(experiment, candidates, tasks)
    return learnt


def choose_points(experiment, candidates, tasks):
    """Return a portfolio for some tasks, as it is written."""
    chosen = greedy(tasks.R, tasks.weights)
    return [make_point(candidates[c], experiment.only_if) for c in chosen]


def written(estimator):
    """Return how to make an estimator; the repr of some has all their defaults."""
    own, usual = estimator.get_params(), type(estimator)().get_params()
    given = [
        f"{name}={value!r}"
        for name, value in own.items()
        if name not in usual or not same_value(value, usual[name])
    ]
    return f"{type(estimator).__name__}({', '.join(given)})"


def dump(value, indent=0):
    """Return JSON with one line for each range, point and the like."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value:
        return line
    inner = list(value.values()) if isinstance(value, dict) else value
    if len(line) <= LONGEST_LINE and not any(isinstance(v, dict) for v in inner):
        return line
    names = [f"{json.dumps(key)}: " for key in value] if value is not inner else None
    parts = [
        (names[i] if names else "") + dump(v, indent + 1) for i, v in enumerate(inner)
    ]
    pad = "\n" + "  " * (indent + 1)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}{pad}{f',{pad}'.join(parts)}\n{'  ' * indent}{closing}"


def warn(text):
    """Write a line on standard error."""
    print(text, file=sys.stderr)


def make_parser():
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scores", type=Path, default=SCORES, help="folder of scores; default: beside"
    )
    parser.add_argument(
        "--output", type=Path, default=OUTPUT, help="default: the package's own file"
    )
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
