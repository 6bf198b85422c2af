"""How to change a learnt rate when the number of steps is another.

A point was learnt with so many iterations, epochs or trees; a user has fixed another
number. The rate is then multiplied by (learnt number / user's number) ** power. This
measures powers of 0, 0.5 and 1 at usual numbers of steps, on some learning tables: the
best of the first three points, and their mean.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from _experiments import make_experiments
from _learning_tables import load
from _model import make_model
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

from sklearn_hp._experience._store import load as load_experience

sys.path.append(str(Path(__file__).parents[1]))  # the other benchmarks' reports
import _comparison as comparison

POWERS = [0, 0.5, 1]
N_POINTS = 3
# the user's number of steps
STEPS = [
    ("MLP", "max_iter", 200),
    ("TorchMLP", "max_epochs", 80),
    ("HistGradientBoosting", "max_iter", 100),
    ("HistGradientBoosting", "max_iter", 500),
    ("GradientBoosting", "n_estimators", 100),
    ("LGBM", "n_estimators", 500),
    ("XGB", "n_estimators", 500),
]
TABLES = {
    "Classifier": ["affairs", "chile", "email", "glass", "titanic"],
    "Regressor": ["boston", "fuel", "earnings", "cpus", "saratoga"],
}
NOTE = (
    "Three folds, log loss or R2, {n_tables} tables. On each, 0 is the best of all "
    "that is compared there, and 1 the worst; mean over tables ± standard error over "
    "tables. With power 0 the learnt rate stays, with 1 its product with the number of "
    "steps."
)


def score(estimator, table, kind):
    """Return the mean score of an estimator in three folds."""
    X, y = load(kind, table)
    is_classifier = kind == "classification"
    folds = (StratifiedKFold if is_classifier else KFold)(
        3, shuffle=True, random_state=0
    )
    scoring = "neg_log_loss" if is_classifier else "r2"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no convergence
        scores = cross_val_score(make_model(estimator), X, y, scoring=scoring, cv=folds)
    return scores.mean()


def change(point, experience, steps, number, power):
    """Return a point with the user's number of steps, and a rate to suit."""
    ((rate, _, _),) = experience.products
    was = point.get(steps, experience.fixed.get(steps))
    return {**point, steps: number, rate: point[rate] * (was / number) ** power}


def compare(name, experiment, experience, steps, number):
    """Return the row of an estimator."""
    regrets = []
    kind = "Classifier" if experiment.kind == "classification" else "Regressor"
    for table in TABLES[kind]:
        scores = np.array(
            [
                [
                    score(
                        clone(experiment.estimator).set_params(
                            **change(point, experience, steps, number, power)
                        ),
                        table,
                        experiment.kind,
                    )
                    for point in experience.points[:N_POINTS]
                ]
                for power in POWERS
            ]
        )
        found = np.concatenate([scores.max(axis=1), scores.mean(axis=1)])
        regrets.append((found.max() - found) / (found.max() - found.min()))
        print(f"{name}: {table}", file=sys.stderr, flush=True)
    columns = map(list, zip(*regrets, strict=True))
    cells = [comparison.mean_and_error(list(map(float, column))) for column in columns]
    return [name, f"{steps}={number}", *cells]


def main(args):
    """Print the table."""
    known, experiments = load_experience(), make_experiments()
    rows = []
    for family, steps, number in STEPS:
        for kind in TABLES:
            name = f"{family}{kind}"
            key = next(key for key in known if key.partition(".")[2] == name)
            rows.append(compare(name, experiments[name], known[key], steps, number))
    header = [
        *["estimator", "steps"],
        *(f"best of {N_POINTS}, power {power}" for power in POWERS),
        *(f"mean of {N_POINTS}, power {power}" for power in POWERS),
    ]
    note = NOTE.format(n_tables=len(TABLES["Classifier"]))
    table = comparison.markdown_table(header, rows)
    comparison.publish("Rates for other numbers of steps", [table, note], args.output)


if __name__ == "__main__":
    main(comparison.make_parser(__doc__).parse_args())
