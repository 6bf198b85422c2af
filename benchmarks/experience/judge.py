"""Judge what is learnt from the stored scores on tables that it was not learnt from.

Every table is left out in turn: the portfolio for it is learnt from the others. Its
regret is compared with that of random search among the same candidates, and that of
other ways to learn it.
"""

from pathlib import Path

import _tried
import numpy as np
from _experiments import make_experiments
from _judging import (
    FEWEST_TABLES,
    LENGTHS,
    Measured,
    comparison,
    mean_and_error,
    n_points,
    signed,
    standard_error,
)
from _portfolio import (
    expected_choice,
    expected_minimum,
    left_out_regrets,
    table_means,
)
from _ranges import INSIDE
from _scores import SCORES, candidates_in, file_of, read

HOW_TO_READ = (
    "Normalised regret: 0 is the best of the candidates on that table, 1 their median "
    "or worse; mean over tables ± standard error over tables, each table left out of "
    "what its portfolio was learnt from, and each the mean over its metrics. Random "
    "search is the exact expectation over all draws from the table's own candidates. "
    "The regret after n points is that of the best of the first n by the same "
    "cross-validation that candidates are ranked by, in three folds. Random candidates "
    "are from the ranges that were collected, which are wider than anybody would "
    "search, and from those that are learnt, each without the table: what random "
    "search has in a suggested space. As it is: the estimator of the experiment, its "
    "parameters at their defaults (but 30 trees in a forest, 20 iterations or epochs "
    "of networks, saga); better than all candidates counts as 0."
)
HOW_FOLDS_DIFFER = (
    "What is best in some folds is in part best by chance, and the more candidates are "
    "tried, the more so. Here the best of the first n points, or of n random "
    "candidates, is chosen in the folds of one run and measured in those of the other, "
    "mean of both directions. The column on the right is the regret in one run of what "
    "is best of all candidates in the other: no choice by one run does better."
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
    body += judge_in_other_folds(learnt)
    body += [
        "## What was tried",
        "The same regret, by table the mean over estimators, ± standard error over "
        "tables. A difference is formed on each table first.",
        *_tried.judge_scales(everything),
        *_tried.judge_metrics(learnt),
        *_tried.judge_tables(learnt),
        *_tried.judge_candidates(learnt),
        *_tried.judge_ranges(learnt),
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
        columns.append(_tried.search_inside(measured, INSIDE)[1][:, 1])
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
        *["8 random", "32 random", "32 random in learnt ranges", "as it is"],
        "8 points less 32 random",
    ]
    return [comparison.markdown_table(header, rows), count_gains(gains)]


def judge_in_other_folds(learnt):
    """Return the table of what is chosen in some folds and measured in others."""
    rows, means, gains = [], [], []
    for name, measured in learnt.items():
        columns = choose_and_measure(measured)
        if columns is None:
            continue
        gain = columns[1] - columns[3]
        size = f"{len(gain)}"
        rows.append([name, size, *map(mean_and_error, columns[:-1]), signed(gain)])
        rows[-1].append(f"{columns[-1].mean():.3f}")
        means.append([column.mean() for column in columns])
        gains.append(gain)
    if not rows:
        return []
    *means, floor = [f"**{mean:.3f}**" for mean in np.mean(means, axis=0)]
    difference = np.mean([gain.mean() for gain in gains])
    rows.append(["**mean**", "", *means, f"**{difference:+.3f}**", floor])
    header = [
        *["estimator", "tables", "4 points", "8 points", "8 random", "32 random"],
        *["as it is", "8 points less 32 random", "best in the other"],
    ]
    table = comparison.markdown_table(header, rows)
    return ["## In other folds", table, count_gains(gains), HOW_FOLDS_DIFFER]


def choose_and_measure(measured):
    """Return columns of regrets by table, None if too few have both runs."""
    known = measured.tasks()
    runs = [known, measured.tasks(run=1)]
    runs = [runs[0].shared_with(runs[1]), runs[1].shared_with(runs[0])]
    tables = runs[0].tables
    if len(np.unique(tables)) < FEWEST_TABLES:
        return None
    found = []
    for chosen_by, judged in (runs, runs[::-1]):
        curves = left_out_regrets(judged, known, 8, chosen_by=chosen_by)
        by_task = [
            *(expected_choice(chosen_by.R, judged.R, n_drawn) for n_drawn in (8, 32)),
            judged.defaults,
            expected_choice(chosen_by.R, judged.R, judged.R.shape[1]),
        ]
        by_table = [table_means(tables, values) for values in by_task]
        found.append([curves[:, 3], curves[:, 7], *by_table])
    return np.mean(found, axis=0)


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


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument(
        "--scores", type=Path, default=SCORES, help="folder of scores; default: beside"
    )
    return parser


if __name__ == "__main__":
    main(make_parser().parse_args())
