"""What the tables of `judge.py` share: the measured estimators, and formats."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _portfolio import METRICS, make_tasks, table_means

sys.path.append(str(Path(__file__).parents[1]))  # the other benchmarks' reports
import _comparison as comparison

LENGTHS = [1, 2, 4, 8, 16]
FEWEST_TABLES = 8  # an estimator with fewer is not judged yet


@dataclass(frozen=True)
class Measured:
    """What is known of an estimator: the experiment and the scores by table."""

    experiment: object
    candidates: list
    lines: dict

    def tasks(self, metrics=None, peers=None, run=0):
        """Return its tasks by the metrics that experience is learnt from, or others."""
        metrics = metrics or METRICS[self.experiment.kind]
        return make_tasks(self.lines, metrics, peers, run)


def by_table(found):
    """Return for each table the mean over estimators: pairs of tables and values."""
    tables = np.concatenate([tables for tables, _ in found])
    return table_means(tables, np.concatenate([values for _, values in found]))


def length_cells(curves):
    """Format the regret at some lengths of a portfolio."""
    return [mean_and_error(curves[:, length - 1]) for length in LENGTHS]


def n_points(length):
    """Name the length of a portfolio."""
    return f"{length} point{'s' * (length > 1)}"


def mean_and_error(values):
    """Format values by table."""
    return comparison.mean_and_error(list(map(float, values)))


def signed(values):
    """Format differences by table."""
    return f"{values.mean():+.3f} ± {standard_error(values):.3f}"


def standard_error(values):
    """Return the standard error of a mean over tables."""
    return values.std(ddof=1) / len(values) ** 0.5
