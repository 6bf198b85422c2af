"""The tables of held_out.py, from its stored searches."""

from collections import defaultdict
from itertools import chain

import _comparison as comparison
import numpy as np
from _held_out_cases import SPACES

LOSSES = {"neg_log_loss": "log loss", "neg_mean_squared_error": "squared error"}
NAMES = {**LOSSES, "roc_auc": "AUC", "r2": "R2"}
HEADS = {
    "winner": "winner refitted",
    "untuned": "untuned",
    "folds": "fold models of the winner",
    "ensemble": "ensemble",
    "ensemble, refitted": "ensemble, refitted",
    "random": "scikit-learn, random",
    "flaml": "FLAML",
    "flaml-stacked": "FLAML, stacked",
    "flaml-longer": "FLAML, 10 x seconds",
}
VARIANTS = [name for name in HEADS if name != "winner"]
BARS = {"neg_log_loss": -3.0, "neg_mean_squared_error": -6.0}  # differences in %
BAR_BETTER, BAR_WORST, BAR_UNTUNED = 0.85, 5.0, 0.03
BAR_WITHIN, BAR_ERROR = (0.93, 0.97), 0.25
DIFFERENCES_NOTE = (
    "Difference to the winner refitted on held-out rows, mean ± standard error over "
    "data sets: of losses, the logarithm of the ratio in %, negative is better; of "
    "AUC and R2, points of 0.01, positive is better. In brackets, on how many data "
    "sets the result is better than the winner refitted, of how many; a tie is half."
)
LOSING_NOTE = (
    "How often the result is worse on held-out rows than the winner refitted, by how "
    "much in the worst search (losses in %, AUC in points), and how often it is "
    "worse than the untuned estimator."
)
COST_NOTE = (
    "Ratios to the winner refitted, median (range) over searches. Fit: CPU time of the "
    "whole search over that of one without `ensemble`, on some cases."
)
SCORE_NOTE = (
    "How often the 95 % interval of `corrected_score_` holds the score on held-out "
    "rows, ± binomial standard error over searches, and how often that score is "
    "below or above. Widened: the same if the interval has the chance in the rows "
    "held out added, which are few in some data sets. Errors: by how much an "
    "estimate is better than the score on held-out rows, mean ± standard error over "
    "data sets (losses in %, AUC in points); positive is too good."
)


class Searches:
    """Stored searches by one metric."""

    def __init__(self, lines, searched, shown=None):
        self.lines = lines
        self.searched = searched
        self.shown = shown or searched

    def of(self, space):
        """Return those of a space, or all."""
        lines = [o for o in self.lines if space in ("all", o["space"])]
        return Searches(lines, self.searched, self.shown)

    def differences(self, variant, reference="winner"):
        """Return, by data set, by how much a variant is better, in % or points."""
        found = defaultdict(list)
        for line in self.lines:
            scores = line["scores"]
            if variant in scores:
                pair = scores[variant][self.shown], scores[reference][self.shown]
                found[line["table"]].append(self.gain(*pair))
        return found

    def gain(self, score, reference):
        """Return by how much a score is better than another, in % or points."""
        if self.shown in LOSSES:
            return 100 * np.log(score / reference) * -1
        return 100 * (score - reference)

    @property
    def sign(self):
        """-1 where differences are shown as those of a loss."""
        return -1 if self.shown in LOSSES else 1


def make_body(lines):
    """Return the parts of the report."""
    searches, checks = merge(lines)
    groups = [
        Searches([o for o in searches if o["metric"] == metric], metric)
        for metric in (*LOSSES, "roc_auc")
    ]
    groups = [group for group in groups if group.lines]
    return [
        describe(searches),
        "## What was expected of the ensemble",
        comparison.markdown_table(["", "found", "bar"], bar_rows(groups)),
        "## On rows held out",
        DIFFERENCES_NOTE,
        comparison.markdown_table(
            ["metric", "space", *(HEADS[v] for v in VARIANTS)],
            difference_rows(groups),
        ),
        LOSING_NOTE,
        comparison.markdown_table(
            [
                *("searched by", "", "data sets worse", "searches worse"),
                *("worst search", "worse than untuned"),
            ],
            losing_rows(groups),
        ),
        "## What it costs",
        COST_NOTE,
        comparison.markdown_table(
            ["", "fit", "predict", "members"], cost_rows(searches, checks)
        ),
        "## The score on new rows",
        SCORE_NOTE,
        comparison.markdown_table(
            [
                *("score", "of", "searches", "within, %", "below, %", "above, %"),
                *("widened, %", "error of `best_score_`", "of the estimate", "ratio"),
            ],
            score_rows(groups),
        ),
        "## Each data set",
        "The ensemble's difference to the winner refitted, mean over searches, and the "
        "worst search; both as above, negative is better for losses.",
        comparison.markdown_table(
            ["data set", "searched by", "searches", "mean", "worst"],
            table_rows(groups),
        ),
        *describe_checks(checks, searches),
    ]


def merge(lines):
    """Return the searches, with the scores of peers among theirs, and the checks."""
    searches = {key_of(line): line for line in lines if "scores" in line}
    for line in lines:
        if "peer" in line:
            searches[key_of(line)]["scores"][line["peer"]] = line["peer_scores"]
    checks = [line for line in lines if "check_seconds" in line]
    return list(searches.values()), checks


def key_of(line):
    """Return what identifies a case."""
    return line["table"], line["space"], line["metric"], line["seed"]


def describe(searches):
    """Say how many searches of what there are."""
    tables = {line["table"]: line["metric"] for line in searches}
    n_numbers = sum(metric == "neg_mean_squared_error" for metric in tables.values())
    rows = [line["n_rows"] for line in searches]
    held_out = [line["n_held_out"] for line in searches]
    fits = [line["n_fits"] for line in searches]
    text = (
        f"{len(searches)} searches of {len(tables)} data sets, "
        f"{len(tables) - n_numbers} of classes and {n_numbers} of numbers; "
        f"{min(rows)} to {max(rows)} rows to train on, {min(held_out)} to "
        f"{max(held_out)} held out; up to {max(line['seed'] for line in searches) + 1} "
        f"samples of rows for each; 30 candidates of `BayesSearchCV`, 5 splits, "
        f"{np.mean(fits):.0f} fits on the mean, as racing ends bad candidates."
    )
    if n_flaml := sum("flaml" in line["scores"] for line in searches):
        text += (
            f" FLAML: its AutoML on the data of {n_flaml} searches with four families, "
            f"for as many seconds, with its models stacked, and for 10 times as many."
        )
    return text


def bar_rows(groups):
    """Return a line for each thing that was expected."""
    by_loss = [group for group in groups if group.searched in LOSSES]
    every, means, untuned, rows = [], [], [], []
    for group in groups:
        untuned += chain(*group.differences("ensemble", "untuned").values())
    for group in by_loss:
        found = group.differences("ensemble")
        every += chain(*found.values())
        means += [np.mean(values) for values in found.values()]
        difference = group.sign * np.mean(means[-len(found) :])
        name = f"{NAMES[group.searched]}, against the winner refitted, %"
        bar = _at_most(difference, BARS[group.searched])
        rows.append([name, f"{difference:+.1f}", bar])
    better, worst = np.mean(np.array(means) > 0), -min(every)
    worse = np.mean(np.array(untuned) < 0)
    bar_untuned = _at_most(worse, BAR_UNTUNED)
    name = "share of data sets on which its loss is lower than the winner's"
    return [
        [name, f"{better:.2f}", comparison.verdict(better, BAR_BETTER, at_most=False)],
        *rows,
        ["the same in the worst search", f"{worst:+.1f}", _at_most(worst, BAR_WORST)],
        ["share of searches worse than untuned", f"{worse:.3f}", bar_untuned],
        *score_bar_rows(groups),
    ]


def _at_most(value, bar):
    return comparison.verdict(value, bar, at_most=True)


def score_bar_rows(groups):
    """Return lines for the corrected score: of the winner, and of the ensemble."""
    rows = []
    for name in ("winner", "ensemble"):
        share = np.mean(np.concatenate([is_within(group, name) for group in groups]))
        low, high = BAR_WITHIN
        met = "met" if low <= share <= high else "missed"
        label = f"share of intervals that hold the score, {HEADS[name]}"
        rows.append([label, f"{share:.3f}", f"{low:g} to {high:g} {met}"])
    return rows


def difference_rows(groups):
    """Return a line for each metric and space."""
    rows = []
    for group in groups:
        spaces = [s for s in SPACES if group.of(s).lines]
        for space in [*spaces, "all"] if len(spaces) > 1 else spaces:
            rows.append(_difference_row(NAMES[group.shown], space, group.of(space)))
    for group in groups:
        other = {"neg_log_loss": "roc_auc", "neg_mean_squared_error": "r2"}
        if group.searched in other:
            shown = other[group.searched]
            lines = [o for o in group.lines if shown in o["scores"]["winner"]]
            name = f"{NAMES[shown]}, searched by {NAMES[group.searched]}"
            rows.append(_difference_row(name, "all", Searches(lines, "", shown)))
    return rows


def _difference_row(name, space, group):
    return [name, space, *(_difference(group, variant) for variant in VARIANTS)]


def _difference(group, variant):
    by_table = group.differences(variant)
    if len(by_table) < 2:
        return ""
    means = np.array([np.mean(values) for values in by_table.values()])
    better = np.sum(means > 0) + np.sum(means == 0) / 2
    return f"{mean_and_error(group.sign * means)} ({better:g}/{len(means)})"


def mean_and_error(values, digits=1):
    """Format signed values as mean and standard error."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):+.{digits}f} ± {error:.{digits}f}"


def losing_rows(groups):
    """Return a line for each metric and variant."""
    rows = []
    for group in groups:
        for variant in ["winner", *VARIANTS[1:]]:
            by_table = group.differences(variant)
            if not by_table:
                continue
            every = np.concatenate(list(by_table.values()))
            means = [np.mean(values) for values in by_table.values()]
            untuned = group.differences(variant, "untuned")
            untuned = np.concatenate(list(untuned.values()))
            row = [NAMES[group.searched], HEADS[variant]]
            if variant == "winner":
                row += ["", "", ""]
            else:
                row += [
                    _share(means),
                    _share(every),
                    f"{group.sign * every.min():+.1f}",
                ]
            rows.append([*row, _share(untuned)])
    return rows


def _share(values):
    """Format how many are below 0."""
    n_worse = int(np.sum(np.asarray(values) < 0))
    return f"{n_worse}/{len(values)} ({100 * n_worse / len(values):.0f} %)"


def cost_rows(searches, checks):
    """Return a line for each variant."""
    members = [line["members"] for line in searches]
    alone = np.mean([n == 1 for n in members])
    n_members = {
        "folds": "1",
        "ensemble": f"{np.mean(members):.1f} (1-{max(members)}), the winner alone in "
        f"{100 * alone:.0f} %",
        "ensemble, refitted": "the same",
    }
    fit = {
        name: comparison.median_and_range(
            [o["check_seconds"][name] / o["check_seconds"]["plain"] for o in checks]
        )
        for name in ("folds", "ensemble")
        if checks
    }
    return [
        [
            HEADS[name],
            fit.get(name, ""),
            comparison.median_and_range(
                [
                    line["predict_seconds"][name] / line["predict_seconds"]["winner"]
                    for line in searches
                ],
                1,
            ),
            n_members[name],
        ]
        for name in n_members
    ]


def score_rows(groups):
    """Return a line for each metric and what the score is of."""
    rows = []
    for group in groups:
        for name in ("winner", "folds", "ensemble"):
            rows.append([NAMES[group.searched], HEADS[name]])
            rows[-1] += _score_cells(group, name)
    return rows


def is_within(group, name, add_chance=False):
    """Return whether the interval of each search holds the score on held-out rows."""
    low, high, true = _intervals(group, name)
    if add_chance:
        by_chance = 1.96 * np.array([line["errors"][name] for line in group.lines])
        middle = (low + high) / 2
        low = middle - np.hypot(middle - low, by_chance)
        high = middle + np.hypot(high - middle, by_chance)
    return (true >= low) & (true <= high)


def _intervals(group, name):
    """Return the ends of the intervals, and the scores on held-out rows."""
    true = [line["scores"][name][group.searched] for line in group.lines]
    _, low, high = np.array([line["corrected"][name] for line in group.lines]).T
    return low, high, np.array(true)


def _score_cells(group, name):
    low, high, true = _intervals(group, name)
    within = is_within(group, name).mean()
    error = np.sqrt(within * (1 - within) / len(true))
    widened = is_within(group, name, add_chance=True).mean()
    best = errors(group, lambda o: (o["best_score"], o["scores"]["winner"]))
    found = errors(group, lambda o: (o["corrected"][name][0], o["scores"][name]))
    share = abs(np.mean(found)) / abs(np.mean(best))
    return [
        str(len(true)),
        f"{100 * within:.1f} ± {100 * error:.1f}",
        f"{100 * np.mean(true < low):.1f}",
        f"{100 * np.mean(true > high):.1f}",
        f"{100 * widened:.1f}",
        mean_and_error(best) if name == "winner" else "",
        mean_and_error(found),
        f"{share:.2f}, {_at_most(share, BAR_ERROR)}" if name == "winner" else "",
    ]


def errors(group, pair_of):
    """Return by how much an estimate is too good, by data set."""
    by_table = defaultdict(list)
    for line in group.lines:
        estimate, scores = pair_of(line)
        by_table[line["table"]].append(group.gain(estimate, scores[group.searched]))
    return [np.mean(values) for values in by_table.values()]


def table_rows(groups):
    """Return a line for each data set and metric."""
    rows = []
    for group in groups:
        for table, values in group.differences("ensemble").items():
            cells = [f"{group.sign * v:+.1f}" for v in (np.mean(values), min(values))]
            rows.append([table, NAMES[group.searched], str(len(values)), *cells])
    return rows


def describe_checks(checks, searches):
    """Say whether searches with other values of `ensemble` return the same."""
    stored = {key_of(line): line for line in searches}
    largest = []
    for check in checks:
        search = stored[key_of(check)]
        for name, found in check["found"].items():
            expected = search["scores"][name][check["metric"]]
            expected = np.array([expected, *search["corrected"][name]])
            largest.append(np.max(np.abs(np.array(found) / expected - 1)))
    if not largest:
        return []
    return [
        f'Checked on {len(checks)} searches: those with `ensemble=None`, `"folds"` '
        f'and `"candidates"` return what is compared here; the largest relative '
        f"difference of a score, held out or corrected, is {max(largest):.0e}."
    ]
