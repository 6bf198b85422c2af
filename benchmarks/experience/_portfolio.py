"""A portfolio: few candidates of which one is good on whatever table comes.

S : (n_tasks, n_candidates) scores; a task is a metric on a table.
R : (n_tasks, n_candidates) normalised regret, 0 at the best candidate of a task and 1
    from the median down.

.. [F] Feurer, Eggensperger, Falkner, Lindauer, Hutter (2022), Auto-sklearn 2.0:
   hands-free AutoML via meta-learning. JMLR 23. arXiv:2007.04074.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_hp._experience._store import agree

N_POINTS = 16
METRICS = {
    "classification": ["accuracy", "roc_auc", "roc_auc_ovr", "neg_log_loss"],
    "regression": ["r2", "neg_mean_absolute_error"],
}
# It has points of its own: what it is best with, balanced class weights, costs the
# others, as `judge.py` shows.
METRICS_ALIKE = ["balanced_accuracy"]


@dataclass(frozen=True)
class Tasks:
    """The regrets of all candidates, and of the estimator's defaults, by task."""

    tables: np.ndarray
    metrics: np.ndarray
    R: np.ndarray
    defaults: np.ndarray

    @property
    def weights(self):
        """Weights of the tasks: the metrics of a table share its weight of 1."""
        _, position, n_metrics = np.unique(
            self.tables, return_inverse=True, return_counts=True
        )
        return 1 / n_metrics[position]

    def select(self, rows):
        """Return some of the tasks."""
        return Tasks(
            self.tables[rows], self.metrics[rows], self.R[rows], self.defaults[rows]
        )

    def shared_with(self, other):
        """Return the tasks that are among others too."""
        names = set(zip(other.tables, other.metrics, strict=True))
        pairs = zip(self.tables, self.metrics, strict=True)
        return self.select(np.array([pair in names for pair in pairs], bool))

    def of_candidates(self, columns):
        """Return the tasks with some of the candidates, on the same scale."""
        return Tasks(self.tables, self.metrics, self.R[:, columns], self.defaults)


def as_scores(values):
    """Return scores as an array, a failed candidate's as NaN."""
    scores = np.array(values, float)
    return np.where(np.isfinite(scores), scores, np.nan)


def regrets(scores, best, median):
    """Return normalised regrets, 1 where a candidate failed."""
    R = np.clip((best - scores) / (best - median), 0, 1)
    return np.where(np.isnan(R), 1.0, R)


def make_tasks(lines, metrics, peers=None, run=0):
    """Return the tasks of these lines that have one of these metrics.

    With `peers`, the lines of other candidates, only the tables of both are taken, and
    the scale is that of all candidates together. The scores are those in the folds of
    number `run`, on the tables that have them: experience is learnt from the first. A
    task in which half of the candidates are best tells nothing and is left out.
    """
    found = []
    for table in sorted(lines if peers is None else lines.keys() & peers.keys()):
        if len(lines[table]["runs"]) <= run:
            continue
        done = lines[table]["runs"][run]
        for metric in [name for name in metrics if name in done["scores"]]:
            scores = as_scores(done["scores"][metric])
            scale = scores
            if peers is not None:
                others = as_scores(peers[table]["runs"][run]["scores"][metric])
                scale = np.concatenate([scores, others])
            if np.isnan(scale).all():
                continue
            best, median = np.nanmax(scale), np.nanmedian(scale)
            if best > median:
                [default] = as_scores(done["defaults"][metric])
                R = regrets(scores, best, median)
                found.append((table, metric, R, regrets(default, best, median)))
    tables, names, R, defaults = zip(*found, strict=True) if found else [()] * 4
    return Tasks(np.array(tables), np.array(names), np.array(R), np.array(defaults))


def greedy(R, weights, n_points=N_POINTS):
    """Return the candidates that each lower the weighted sum of regrets most [F]_.

    Where several lower it alike, the one with the lowest regret by itself comes first.
    """
    alone = _sums(weights, R)
    lowest = np.ones(len(R))
    chosen = []
    for _ in range(min(n_points, R.shape[1])):
        total = _sums(weights, np.minimum(lowest[:, None], R))
        total[chosen] = np.inf
        chosen.append(int(np.lexsort((alone, total))[0]))
        lowest = np.minimum(lowest, R[:, chosen[-1]])
    return chosen


def _sums(weights, R):
    """Return weighted sums over tasks, without the digits that machines differ in."""
    return np.round(weights @ R, 9)


def expected_choice(chosen_by, R, n_drawn):
    """Return the expected regret of the best of `n_drawn` candidates, for each task.

    They are drawn without replacement, and the best is the lowest in `chosen_by`: the
    i-th lowest of n is the lowest of those drawn with probability C(n - i, n_drawn - 1)
    / C(n, n_drawn).
    """
    n = R.shape[1]
    n_drawn = min(n_drawn, n)
    i = np.arange(1, n)
    ratios = np.maximum(n - i - n_drawn + 1, 0) / (n - i)
    order = np.argsort(chosen_by, axis=1, kind="stable")
    return np.take_along_axis(R, order, axis=1) @ np.cumprod([n_drawn / n, *ratios])


def expected_minimum(R, n_drawn):
    """Return the expected lowest of `n_drawn` of a task's candidates, for each task."""
    return expected_choice(R, R, n_drawn)


def regrets_of_choices(chosen_by, R):
    """Return the regret of the best so far, in columns, for each task.

    `chosen_by` says which is best, `R` what it is worth.
    """
    best_so_far = np.minimum.accumulate(chosen_by, axis=1)
    is_new = np.diff(best_so_far, axis=1, prepend=np.inf) < 0
    column = np.maximum.accumulate(np.where(is_new, np.arange(R.shape[1]), 0), axis=1)
    return np.take_along_axis(R, column, axis=1)


def table_means(tables, values):
    """Return the mean over each table's rows of values, tables sorted by name."""
    return np.array([values[tables == name].mean(axis=0) for name in np.unique(tables)])


def left_out_regrets(judged, learnt, n_points=N_POINTS, choose=None, chosen_by=None):
    """Return regrets by table, each left out of what its portfolio is learnt from.

    Column i is of the best of the first i + 1 points. `judged` and `learnt` are tasks
    of the same candidates. `choose`, if given, takes the other tables and returns those
    to use. `chosen_by`, if given, are the same tasks as `judged` in other folds, in
    which it is seen which point is best.
    """
    if chosen_by is None:
        chosen_by = judged
    curves = []
    for table in np.unique(judged.tables):
        others = np.unique(learnt.tables[learnt.tables != table])
        if choose is not None:
            others = choose(others)
        known = learnt.select(np.isin(learnt.tables, others))
        points = greedy(known.R, known.weights, n_points)
        rows = judged.tables == table
        R = regrets_of_choices(chosen_by.R[rows][:, points], judged.R[rows][:, points])
        curves.append(R.mean(axis=0))
    return np.array(curves)


def has_meaning(name, params, only_if):
    """Whether a parameter has a meaning beside the other values of a candidate."""
    return agree(params, only_if.get(name, {}))


def make_point(params, only_if):
    """Return what is kept of a candidate: values that mean something, in few digits."""
    return {
        name: float(f"{value:.3g}") if isinstance(value, float) else value
        for name, value in params.items()
        if has_meaning(name, params, only_if)
    }
