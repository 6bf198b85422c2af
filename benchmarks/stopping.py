"""What a rule that stops a search is worth, beside a number fixed in advance.

The searches stored by `sample_efficiency.py` are replayed with the rule of
`sklearn_hp.callback.EarlyStopping`: each ends where the rule would have ended it. Its
regret is set against that of the same searches, all ended after the same number of
evaluations: the mean number that the rule took. A rule earns something if it knows
which searches to end sooner; then its regret is lower at equal cost.
"""

import _comparison as comparison
import numpy as np
from _efficiency_report import scale_of
from _tuning_tasks import JUDGING
from sample_efficiency import load_runs

# n_iter_no_change, min_iter
RULES = [(5, 10), (10, 10), (10, 30), (20, 30), (30, 30)]
SEARCHES = {"ours-pure": "sklearn_hp", "random": "random search"}


def stops_after(scores, n_iter_no_change, min_iter):
    """Return after how many evaluations EarlyStopping, with tol=0, ends a search."""
    best, best_number = -np.inf, -1
    for number, score in enumerate(scores):
        if score > best:
            best, best_number = score, number
        if number - best_number >= n_iter_no_change and number + 1 >= min_iter:
            return number + 1
    return len(scores)


def regret_after(scores, n, best, median):
    """Return the normalised regret after n evaluations, on average.

    A mean number need not be whole: some searches get one evaluation more than others.
    """
    so_far = np.maximum((best - np.fmax.accumulate(scores)) / (best - median), 0)
    low = int(n)
    share = n - low
    at = [so_far[min(i, len(so_far)) - 1] for i in (low, low + 1)]
    return (1 - share) * at[0] + share * at[1]


def replay(runs, scales, n_iter_no_change, min_iter):
    """Return the mean length, and by search the regret of the rule and of a fixed n."""
    lengths = [stops_after(scores, n_iter_no_change, min_iter) for _, scores in runs]
    fixed = np.mean(lengths)
    ruled = [
        regret_after(scores, n, *scales[task])
        for (task, scores), n in zip(runs, lengths, strict=True)
    ]
    equal = [regret_after(scores, fixed, *scales[task]) for task, scores in runs]
    return fixed, np.array(ruled), np.array(equal)


def main():
    """Replay the stored searches and publish the table."""
    parser = comparison.make_parser(__doc__)
    comparison.add_store(parser, "sample_efficiency", "searches")
    args = parser.parse_args()
    stored = load_runs(args.store)
    scales = {task: scale_of(stored, task) for task in JUDGING}
    rows = []
    for name, label in SEARCHES.items():
        runs = [
            (task, np.array(run["scores"], dtype=float))
            for (optimiser, task, _), run in stored.items()
            if optimiser == name and task in scales
        ]
        for rule in RULES:
            length, ruled, equal = replay(runs, scales, *rule)
            difference = ruled - equal
            error = difference.std(ddof=1) / len(runs) ** 0.5
            rows.append(
                [
                    label,
                    f"{rule[0]}, {rule[1]}",
                    f"{length:.1f} of {len(runs[0][1])}",
                    f"{ruled.mean():.3f}",
                    f"{equal.mean():.3f}",
                    f"{difference.mean():+.3f} ± {error:.3f}",
                ]
            )
    columns = ["search", "n_iter_no_change, min_iter", "evaluations", "regret"]
    columns += ["regret of a fixed number", "difference"]
    note = (
        f"Stored searches of {len(scales)} tasks, replayed. Normalised regret as in "
        f"sample_efficiency.md; ± standard error over searches. Above 0, the rule is "
        f"worse than a number of evaluations fixed in advance at the same mean cost."
    )
    body = [note, comparison.markdown_table(columns, rows)]
    comparison.publish("Stopping", body, args.output)


if __name__ == "__main__":
    main()
