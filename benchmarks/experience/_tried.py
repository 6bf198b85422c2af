"""Tables of what else was tried: other ways to learn portfolios and ranges."""

import numpy as np
from _judging import (
    FEWEST_TABLES,
    LENGTHS,
    by_table,
    comparison,
    length_cells,
    mean_and_error,
    n_points,
    signed,
)
from _portfolio import METRICS, expected_minimum, left_out_regrets
from _ranges import is_inside, learn_ranges

TRIED_LENGTHS = [4, 8]
N_DRAWS = 10  # of the tables to learn from
SHARES = [0.95, 0.9, 0.8]  # of the best candidates inside a range
# what is learnt from, what else was tried, and the values in which they differ
OTHER_SCALES = [
    ("SVC", "SVC, absolute gamma", "multiples of gamma=scale", "gamma itself"),
    ("SVR", "SVR, absolute gamma", "multiples of gamma=scale", "gamma itself"),
    *[
        (name, f"{name}, relative leaves", "leaves in rows", "leaves in shares of rows")
        for name in ("DecisionTreeClassifier", "DecisionTreeRegressor")
    ],
]
# two names of one metric: two classes, more classes
JUDGED = {
    "classification": {
        "accuracy": ["accuracy"],
        "balanced_accuracy": ["balanced_accuracy"],
        "roc_auc": ["roc_auc", "roc_auc_ovr"],
        "neg_log_loss": ["neg_log_loss"],
    },
    "regression": {name: [name] for name in METRICS["regression"]},
}


def judge_scales(everything):
    """Compare values drawn relative to the data with others, on their common scale."""
    rows = []
    for name, other, learnt, tried in OTHER_SCALES:
        pair = [everything.get(name), everything.get(other)]
        if None in pair:
            rows.append([name, learnt, tried, "-", *["no scores yet"] * 3])
            continue
        curves = []
        for one, peer in (pair, pair[::-1]):
            tasks = one.tasks(peers=peer.lines)
            curves.append(left_out_regrets(tasks, tasks, max(TRIED_LENGTHS)))
        for length in TRIED_LENGTHS:
            a, b = (curve[:, length - 1] for curve in curves)
            cells = [mean_and_error(a), mean_and_error(b), signed(b - a)]
            rows.append([name, learnt, tried, str(length), *cells])
    header = ["estimator", "as learnt", "otherwise", "points"]
    header += ["as learnt", "otherwise", "difference"]
    text = (
        "Best and median are those of the candidates of both kinds together, on the "
        "tables that have both."
    )
    table = comparison.markdown_table(header, rows)
    return ["### Values relative to the data", text, table]


def judge_metrics(learnt):
    """Compare portfolios of one metric, of the learnt ones, and with one more."""
    rows = []
    for kind, judged in JUDGED.items():
        pooled = METRICS[kind]
        measured = [m for m in learnt.values() if m.experiment.kind == kind]
        for label, metrics in judged.items():
            learning = [pooled, metrics]
            if kind == "classification":
                learning.append([*pooled, "balanced_accuracy"])
            for length in TRIED_LENGTHS:
                values = compare_metrics(measured, metrics, learning, length)
                if values is None:
                    continue
                pooled_regret, *others = values.T
                cells = [signed(other - pooled_regret) for other in others]
                cells += ["-"] * (2 - len(others))
                rows.append([label, str(length), mean_and_error(pooled_regret), *cells])
    header = [
        *["judged by", "points", "learnt from the metrics above"],
        *["from this one alone, difference", "with balanced accuracy too, difference"],
    ]
    names = [f"of {kind} {', '.join(names)}" for kind, names in METRICS.items()]
    text = f"Experience is learnt from these metrics: {'; '.join(names)}."
    return ["### Metrics", text, comparison.markdown_table(header, rows)]


def compare_metrics(estimators, metrics, learning, length):
    """Return by table the regret in some metrics of portfolios learnt from others."""
    found = []
    for measured in estimators:
        judged = measured.tasks(metrics)
        if len(np.unique(judged.tables)) < FEWEST_TABLES:
            continue
        curves = [
            left_out_regrets(judged, measured.tasks(names), length)[:, -1]
            for names in learning
        ]
        found.append((np.unique(judged.tables), np.transpose(curves)))
    return by_table(found) if found else None


def judge_tables(learnt):
    """Compare portfolios learnt from fewer tables."""
    rows = []
    for n_tables in (4, 8, None):
        found = []
        for measured in learnt.values():
            tasks = measured.tasks()
            curves = learn_from_few(tasks, n_tables)
            found.append((np.unique(tasks.tables), curves))
        rows.append([str(n_tables or "all others"), *length_cells(by_table(found))])
    header = ["tables learnt from", *map(n_points, LENGTHS)]
    text = f"Where they are fewer, the mean over {N_DRAWS} draws."
    return ["### Tables", text, comparison.markdown_table(header, rows)]


def learn_from_few(tasks, n_tables):
    """Return the regrets by table of portfolios learnt from some others, or all."""
    if n_tables is None:
        return left_out_regrets(tasks, tasks, max(LENGTHS))
    rng = np.random.default_rng(0)

    def draw(others):
        return rng.choice(others, min(n_tables, len(others)), replace=False)

    curves = [
        left_out_regrets(tasks, tasks, max(LENGTHS), draw) for _ in range(N_DRAWS)
    ]
    return np.mean(curves, axis=0)


def judge_candidates(learnt):
    """Compare portfolios learnt from some of the candidates, on the scale of all."""
    rows = []
    for n_all in (400, 200):
        found = {n: [] for n in (100, 200, 400) if n <= n_all}
        for measured in learnt.values():
            if measured.experiment.n_candidates != n_all:
                continue
            tasks = measured.tasks()
            for n, results in found.items():
                parts = [
                    tasks.of_candidates(slice(start, start + n))
                    for start in range(0, n_all, n)
                ]
                curves = [left_out_regrets(p, p, max(LENGTHS)) for p in parts]
                results.append((np.unique(tasks.tables), np.mean(curves, axis=0)))
        for n, results in found.items():
            if results:
                cells = length_cells(by_table(results))
                rows.append([str(len(results)), f"{n} of {n_all}", *cells])
    header = ["estimators", "candidates", *map(n_points, LENGTHS)]
    text = "Where they are fewer, the mean over all parts of that size."
    return ["### Candidates", text, comparison.markdown_table(header, rows)]


def judge_ranges(learnt):
    """Compare random search in learnt ranges with that in the wide ones."""
    rows = []
    for share in (None, *SHARES):
        found = [search_inside(measured, share) for measured in learnt.values()]
        name = "all that was collected" if share is None else f"{share:.0%}"
        rows.append([name, *map(mean_and_error, by_table(found).T)])
    header = ["best values inside", "8 random", "32 random", "best inside"]
    header += ["share of candidates inside"]
    text = (
        "Ranges, too, are learnt without the table. Random search draws from the "
        "candidates of which all values are inside, all of them where they are fewer."
    )
    return ["### Ranges", text, comparison.markdown_table(header, rows)]


def search_inside(measured, share):
    """Return tables, and for each the regret of random search in learnt ranges."""
    tasks, found = measured.tasks(), []
    only_if = measured.experiment.only_if
    inside = np.ones(len(measured.candidates), bool)
    for table in np.unique(tasks.tables):
        if share is not None:
            others = tasks.select(tasks.tables != table)
            ranges = learn_ranges(
                measured.experiment, measured.candidates, others, share
            )
            inside = np.array(
                [is_inside(params, ranges, only_if) for params in measured.candidates]
            )
        R = tasks.R[tasks.tables == table][:, inside]
        expected = [expected_minimum(R, n_drawn).mean() for n_drawn in (8, 32)]
        found.append([*expected, R.min(axis=1).mean(), inside.mean()])
    return np.unique(tasks.tables), np.array(found)
