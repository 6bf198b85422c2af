"""What ending candidates early saves and loses, beside complete cross-validation.

The scores of 150 random candidates on all splits are computed once for each subject
(`_split_scores.py`) and kept in `--store`. Then searches of 50 of them are replayed, in
random order and in the order of a search that proposes better and better candidates:
with `racing=True`, with Optuna's WilcoxonPruner, and with the obvious rule, to end a
candidate whose mean so far is below that of the best. Each search is judged by what
complete cross-validation of its 50 candidates would have returned.
"""

import warnings
from statistics import fmean

import _comparison as comparison
from _racing_replay import (
    ORDERS,
    P_THRESHOLD,
    below_mean,
    complete,
    outcomes,
    racing,
    spread_of_splits,
    wilcoxon,
)
from _split_scores import OTHER_SPLITS, SUBJECTS, load_scores
from joblib import Parallel, delayed

RULES = {
    "complete": complete,
    "racing": racing,
    "WilcoxonPruner": wilcoxon,
    "below the mean": below_mean,
}
MEASURES = ["fits", "seconds", "missed", "regret"]
SAVED = {"random": {3: 44, 5: 53, 10: 64}, "guided": {3: 37, 5: 46, 10: 57}}
MISSED = 4
PER_SUBJECT = 5  # splits in the table of all subjects
NOTE = (
    "{n_subjects} pairs of an estimator and a data set ({n_data} data sets), none of "
    "which racing was designed on; 150 random candidates each. {n_searches} searches "
    "of 50 candidates for each pair, k and order, the same for all rules. Guided: the "
    "first 10 at random, then each the best of five by its score with noise. Saved: of "
    "the fold fits and of the seconds of complete cross-validation. Missed: the search "
    "returned another candidate than the best of its 50 by complete cross-validation. "
    "Regret: how far the returned one is below the best, in standard errors of a "
    "difference of two good candidates. ± standard error over the pairs. "
    "WilcoxonPruner has p_threshold={p}, its default, and does fewer searches: "
    "25 or more, with ten splits 2 or more. It takes longer than all others."
)
OTHER_NOTE = (
    "Racing only, on pairs of their own. Spread of splits: the standard deviation of "
    "the splits' mean scores over the noise that pairing leaves, both of the 20 best "
    "candidates. It says how much there is for pairing to take away."
)
SHORT = ["saved, %", "missed, %", "regret, SE"]


def measure(subject, k, order, store, n_searches, rules):
    """Return, for each rule, the mean of each measure over the searches."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # failed fits; WilcoxonPruner is experimental
        scores, seconds = load_scores(subject, k, store)
        found = outcomes(rules, order, scores, seconds, n_searches)
    scale = {"fits": 100, "seconds": 100, "missed": 100, "regret": 1}
    return {
        rule: {m: scale[m] * fmean(getattr(one, m) for one in of_rule) for m in scale}
        for rule, of_rule in found.items()
    }


def measure_all(subjects, k, args, rules):
    """Return the measures by order, subject and rule."""
    keys = [(order, subject) for order in ORDERS for subject in subjects]
    found = Parallel(args.jobs)(
        delayed(measure)(subject, k, order, args.store, args.searches, rules)
        for order, subject in keys
    )
    by_order = {order: {} for order in ORDERS}
    for (order, subject), one in zip(keys, found, strict=True):
        by_order[order][subject.name] = one
    return by_order


def rows_of_rules(k, order, of_subjects):
    """Return a line for each rule."""
    rows = []
    for rule in RULES:
        row = [str(k), order, rule]
        for name, digits in zip(MEASURES, [0, 0, 1, 3], strict=True):
            values = [found[rule][name] for found in of_subjects.values()]
            row.append(comparison.mean_and_error(values, digits))
        rows.append([*row, _verdict(k, order, of_subjects) if rule == "racing" else ""])
    return rows


def _verdict(k, order, of_subjects):
    if k not in SAVED[order]:
        return ""
    fits, missed = (
        fmean(found["racing"][name] for found in of_subjects.values())
        for name in ("fits", "missed")
    )
    saved = comparison.verdict(round(fits), SAVED[order][k], at_most=False)
    return f"saved {saved}; missed {comparison.verdict(missed, MISSED, at_most=True)}"


def rows_of_subjects(by_order):
    """Return a line for each subject, the one that saves least first."""
    names = sorted(
        by_order["random"], key=lambda name: by_order["random"][name]["racing"]["fits"]
    )
    return [[name, *_of_racing(by_order, name)] for name in names]


def _of_racing(by_order, name):
    found = [by_order[order][name]["racing"] for order in ORDERS]
    return [
        *(f"{one['fits']:.0f}" for one in found),
        *(f"{one['missed']:.1f}" for one in found),
        *(f"{one['regret']:.3f}" for one in found),
    ]


def rows_of_other_splits(args):
    """Return a line for each subject whose splits are not those of a plain k-fold."""
    rows = []
    for kind, subjects in OTHER_SPLITS.items():
        by_order = measure_all(subjects, None, args, {"racing": racing})
        for subject in subjects:
            scores, _ = load_scores(subject, None, args.store)
            row = [kind, subject.name, str(scores.shape[1])]
            row.append(f"{spread_of_splits(scores):.1f}")
            rows.append(row + _of_racing(by_order, subject.name))
    return rows


def make_body(args):
    """Return the parts of the report."""
    subjects = list(SUBJECTS.values())
    rows = []
    for k in args.k:
        by_order = measure_all(subjects, k, args, RULES)
        for order, of_subjects in by_order.items():
            rows.extend(rows_of_rules(k, order, of_subjects))
        if k == PER_SUBJECT:
            per_subject = rows_of_subjects(by_order)
    note = NOTE.format(
        n_subjects=len(subjects),
        n_data=len({subject.data for subject in subjects}),
        n_searches=args.searches,
        p=P_THRESHOLD,
    )
    columns = ["k", "order", "rule", "fits saved, %", "seconds saved, %", "missed, %"]
    by_pair = [f"{name}, {order}" for name in SHORT for order in ORDERS]
    other = ["splits", "pair", "k", "spread of splits", *by_pair]
    return [
        note,
        comparison.markdown_table([*columns, "regret, SE", "bar"], rows),
        f"## Each pair, racing, k = {PER_SUBJECT}",
        comparison.markdown_table(["pair", *by_pair], per_subject),
        "## Other splits",
        OTHER_NOTE,
        comparison.markdown_table(other, rows_of_other_splits(args)),
    ]


def main():
    """Replay the searches and publish the tables."""
    parser = comparison.make_parser(__doc__)
    comparison.add_store(parser, "racing", "the scores of all splits")
    parser.add_argument("--k", type=int, nargs="+", default=[2, 3, 5, 10])
    parser.add_argument("--searches", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    comparison.publish("Racing", make_body(args), args.output, {"optuna": "optuna"})


if __name__ == "__main__":
    main()
