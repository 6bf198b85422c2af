"""What results of the same model on other rows are worth, and misleading ones cost.

Each task is a table cut into two parts of different rows, last month's and this one's.
A `BayesSearchCV` of 24 candidates on the first gives the `prior_results` for one on the
second. Beside it stand the same search without them, and with results that mislead: of
another table, with their scores shuffled among the candidates, and with the scores
negated, so that the worst seems the best.

The number of start points and the prior of `b` in
`sklearn_hp/_gaussian_process/_around.py` were chosen on other pairs of model and table.
"""

from dataclasses import dataclass
from functools import cached_property

import _comparison as comparison
import _tuning_tasks as tuning
import numpy as np
from _replay import replay
from _tables import load_table

from sklearn_hp import BayesSearchCV

N_ROWS = 300  # of each part
N_PRIOR, N_ITER = 24, 16
AFTER = (3, 5, 8, 16)
# estimator and space, table, the other table of the same kind, score
TASKS = {
    "svc-lending": (tuning._svc, "lending", "mortgage", "roc_auc"),
    "svr-saratoga": (tuning._svr, "saratoga", "gpa", "r2"),
    "tree-attrition": (tuning._tree, "attrition", "youth", "roc_auc"),
    "tree-mortgage": (tuning._tree, "mortgage", "spam", "roc_auc"),
    "knn-concrete": (tuning._knn_regressor, "concrete", "wage", "r2"),
    "knn-cells": (tuning._knn_classifier, "cells", "credit", "roc_auc"),
    "enet-computers": (tuning._elastic_net, "computers", "diamonds", "r2"),
    "steps-stackoverflow": (
        tuning._classifier_pipeline,
        *("stackoverflow", "churn", "roc_auc"),
    ),
    "steps-cars": (tuning._regressor_pipeline, "cars", "concrete", "r2"),
    "branches-youth": (tuning._svc_branches, "youth", "telecom", "roc_auc"),
}
ARMS = {
    "none": "none",
    "last month": "the same table, other rows",
    "other table": "another table",
    "shuffled": "the same table, scores shuffled",
    "negated": "the same table, scores negated",
}


@dataclass(frozen=True, eq=False)
class PartTask(tuning.TuningTask):
    """A task on one part of the rows of a table: 0 for the first, 1 for the second."""

    part: int = 0

    @cached_property
    def data(self):
        """X and y."""
        X, y = load_table(self.table, 2 * self.n_rows)
        rows = np.array_split(np.arange(len(y)), 2)[self.part]
        return X[rows], y[rows]


def make_task(name, table, part, memory):
    """Return a model of `TASKS` on a part of a table."""
    make, *_, scoring = TASKS[name]
    whole = make(name=name, table=table, scoring=scoring, n_rows=N_ROWS)
    return PartTask(
        **{**vars(whole), "memory": memory and memory / f"{name}-{table}-{part}.jsonl"},
        part=part,
    )


def search_of(task, n_iter, seed, prior=None):
    """Return the scores of a search by candidate, and the search."""
    search = BayesSearchCV(
        task.estimator,
        task.param_distributions,
        n_iter=n_iter,
        racing=False,
        random_state=seed,
        prior_results=prior,
    )
    return replay(search, task).scores, search


def priors(name, seed, memory):
    """Return the prior results by arm."""
    _, table, other, _ = TASKS[name]
    _, search = search_of(make_task(name, table, 0, memory), N_PRIOR, 100 + seed)
    _, elsewhere = search_of(make_task(name, other, 0, memory), N_PRIOR, 100 + seed)
    params = search.cv_results_["params"]
    scores = search.cv_results_["mean_test_score"]
    shuffled = np.random.default_rng(seed).permutation(scores)
    return {
        "none": None,
        "last month": search,
        "other table": elsewhere,
        "shuffled": {"params": params, "mean_test_score": shuffled},
        "negated": {"params": params, "mean_test_score": -scores},
    }


def measure(n_seeds, memory):
    """Return scores by task, seed and arm."""
    scores = {}
    for name in TASKS:
        task = make_task(name, TASKS[name][1], 1, memory)
        for seed in range(n_seeds):
            for arm, prior in priors(name, seed, memory).items():
                scores[name, seed, arm], _ = search_of(task, N_ITER, seed, prior)
            comparison.progress(name, seed, n_seeds)
    return scores


def regrets(scores):
    """Return the normalised regret by arm, (n_tasks, n_seeds, n_after)."""
    n_seeds = 1 + max(seed for _, seed, _ in scores)
    out = {arm: np.empty((len(TASKS), n_seeds, len(AFTER))) for arm in ARMS}
    for row, name in enumerate(TASKS):
        best = max(np.nanmax(v) for key, v in scores.items() if key[0] == name)
        usual = [scores[name, seed, "none"] for seed in range(n_seeds)]
        median = np.nanmedian(usual)
        for arm in ARMS:
            for seed in range(n_seeds):
                so_far = np.fmax.accumulate(scores[name, seed, arm])
                so_far = (best - so_far) / (best - median)
                out[arm][row, seed] = [so_far[n - 1] for n in AFTER]
    return out


def make_table(regret):
    """Return the rows of the published table."""
    rows = []
    for arm, label in ARMS.items():
        row = [label]
        for at in range(len(AFTER)):
            mean = regret[arm][..., at].mean()
            by_task = (regret[arm] - regret["none"])[..., at].mean(axis=1)
            error = by_task.std(ddof=1) / len(by_task) ** 0.5
            difference = f" ({by_task.mean():+.3f} ± {error:.3f})" * (arm != "none")
            row.append(f"{mean:.3f}{difference}")
        rows.append(row)
    return rows


def main():
    """Measure and publish the table."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    comparison.add_store(parser, "prior_results", "folds")
    args = parser.parse_args()
    regret = regrets(measure(args.seeds, args.store))
    columns = ["prior results", *(f"after {n}" for n in AFTER)]
    note = (
        f"Normalised regret of `BayesSearchCV` on {len(TASKS)} tasks of {N_ROWS} rows, "
        f"{args.seeds} seeds: 0 is the best candidate that any search found, 1 the "
        f"median candidate of searches without prior results. In brackets, the "
        f"difference to none, ± its standard error over tasks. Prior results are those "
        f"of {N_PRIOR} candidates of a `BayesSearchCV` on {N_ROWS} other rows."
    )
    body = [note, comparison.markdown_table(columns, make_table(regret))]
    comparison.publish("Prior results", body, args.output)


if __name__ == "__main__":
    main()
