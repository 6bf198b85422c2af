"""Judge what is learnt from the stored scores on tables that it was not learnt from.

Every table is left out in turn: the portfolio for it is learnt from the others. Its
regret is compared with that of random search among the same candidates, and that of
other ways to learn it.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _experiments import make_experiments
from _portfolio import (
    METRICS,
    expected_minimum,
    left_out_regrets,
    make_tasks,
    table_means,
)
from _ranges import is_inside, learn_ranges
from _scores import SCORES, candidates_in, file_of, read

sys.path.append(str(Path(__file__).parents[1]))  # the other benchmarks' reports
import _comparison as comparison

LENGTHS = [1, 2, 4, 8, 16]
TRIED_LENGTHS = [4, 8]
FEWEST_TABLES = 8  # an estimator with fewer is not judged yet
N_DRAWS = 10  # of the tables to learn from
SHARES = [0.95, 0.9, 0.8]  # of the best candidates inside a range
# what is learnt from, what else was tried, and the values in which they differ
OTHER_SCALES = [
    ("SVC", "SVC, absolute gamma", "gamma times n_features", "gamma itself"),
    ("SVR", "SVR, absolute gamma", "gamma times n_features", "gamma itself"),
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
HOW_TO_READ = (
    "Normalised regret: 0 is the best of the candidates on that table, 1 their median "
    "or worse; mean over tables ± standard error over tables, each table left out of "
    "what its portfolio was learnt from, and each the mean over its metrics. Random "
    "search is the exact expectation over all draws from the table's own candidates. "
    "The regret after n points is that of the best of the first n by the same "
    "cross-validation that candidates are ranked by."
)


@dataclass(frozen=True)
class Measured:
    """What is known of an estimator: the experiment and the scores by table."""

    experiment: object
    candidates: list
    lines: dict

    def tasks(self, metrics=None, peers=None):
        """Return its tasks by the metrics that experience is learnt from, or others."""
        return make_tasks(
            self.lines, metrics or METRICS[self.experiment.kind], peers=peers
        )


def main(args):
    """Print the report."""
    everything, notes = {}, []
    for name, experiment in make_experiments().items():
        head, lines = read(file_of(args.scores, name))
        if len(lines) < FEWEST_TABLES:
            notes.append(f"{name} ({len(lines)})")
        else:
            everything[name] = Measured(experiment, candidates_in(head), lines)
    learnt = {name: m for name, m in everything.items() if m.experiment.learnt}
    if not learnt:
        raise SystemExit(f"{args.scores} has no estimator on {FEWEST_TABLES} tables.")
    body = [*judge_estimators(learnt), HOW_TO_READ]
    if notes:
        body.append(
            f"Left out, with scores of fewer than {FEWEST_TABLES} tables: "
            f"{', '.join(notes)}."
        )
    body += [
        "## What was tried",
        "The same regret, by table the mean over estimators, ± standard error over "
        "tables. A difference is formed on each table first.",
        *judge_scales(everything),
        *judge_metrics(learnt),
        *judge_tables(learnt),
        *judge_candidates(learnt),
        *judge_ranges(learnt),
    ]
    comparison.publish("Experience", body, args.output)


def judge_estimators(learnt):
    """Return the table of portfolios beside random search and the defaults."""
    rows, means, gains = [], [], []
    for name, measured in learnt.items():
        tasks = measured.tasks()
        curves = left_out_regrets(tasks, tasks, max(LENGTHS))
        columns = [curves[:, length - 1] for length in LENGTHS]
        for n_drawn in (8, 32):
            expected = expected_minimum(tasks.R, n_drawn)
            columns.append(table_means(tasks.tables, expected))
        columns.append(table_means(tasks.tables, tasks.defaults))
        gain = curves[:, 7] - columns[len(LENGTHS) + 1]
        size = f"{len(curves)} x {tasks.R.shape[1]}"
        rows.append([name, size, *map(mean_and_error, columns), signed(gain)])
        means.append([column.mean() for column in columns])
        gains.append(gain)
    means = [f"**{mean:.3f}**" for mean in np.mean(means, axis=0)]
    difference = np.mean([gain.mean() for gain in gains])
    rows.append(["**mean**", "", *means, f"**{difference:+.3f}**"])
    header = [
        *["estimator", "tables x candidates"],
        *map(n_points, LENGTHS),
        *["8 random", "32 random", "defaults", "8 points less 32 random"],
    ]
    return [comparison.markdown_table(header, rows), count_gains(gains)]


def count_gains(gains):
    """Say for how many estimators the portfolio wins."""
    better = sum(gain.mean() < 0 for gain in gains)
    clearly = sum(gain.mean() + 2 * standard_error(gain) < 0 for gain in gains)
    worse = sum(gain.mean() - 2 * standard_error(gain) > 0 for gain in gains)
    return (
        f"8 points have a lower mean regret than 32 random candidates for {better} of "
        f"{len(gains)} estimators: for {clearly} by more than two standard errors of "
        f"the difference. For {worse} the regret is higher by more than that."
    )


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


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument(
        "--scores", type=Path, default=SCORES, help="folder of scores; default: beside"
    )
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
