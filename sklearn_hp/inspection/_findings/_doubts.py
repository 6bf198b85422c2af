"""Whether the scores themselves are to be doubted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

from sklearn_hp.inspection._data import Metric, SearchData
from sklearn_hp.inspection._findings._finding import Finding, comparable_rows, listed

# Scores that cannot be higher than 1, by their labels.
_AT_MOST_ONE = (
    "accuracy",
    "ROC AUC",
    "R²",
    "F1",
    "precision",
    "recall",
    "D²",
    "jaccard",
)
_PERFECT = 1 - 1e-6
# Reached by models that predict one class for all rows.
_PERFECT_AT_ONCE = ("recall", "precision")
# How unlikely it must be that a split differs so by chance.
_LEVEL = 1e-3
# A smaller gap is of no account: one of a score between 0 and 1, for others a share of
# the score. Where all splits but one agree by chance, as on few test rows, any gap is
# far beyond their spread.
_LEAST = 0.05
# A gap of a score between 0 and 1 that matters, however few splits there are, if it is
# so many times the spread of the others.
_WIDE, _UNLIKE = 0.2, 4.0


def perfect_score(data: SearchData) -> Iterator[Finding]:
    """Yield that a score is too good to be true."""
    if data.best is None:
        return
    metric = data.metrics[0]
    best = data.scores[metric.name][data.best]
    if not _is_perfect(metric, best):
        return
    rows = comparable_rows(data)
    n_perfect = sum(_is_perfect(metric, s) for s in data.scores[metric.name][rows])
    yield Finding(
        kind="perfect score",
        severity="warning",
        what=f"The best {metric.label} is perfect: {metric.sign * best:.4g}.",
        evidence=f"{n_perfect} of {len(rows)} candidates have it.",
        advice=(
            "Look for a column that gives the target away, for preprocessing that was "
            "fitted outside of the search, and for the same rows in train and test."
        ),
    )


def _is_perfect(metric: Metric, score: float) -> bool:
    if metric.sign < 0:
        return -1e-9 <= score <= 0
    if metric.label.startswith(_PERFECT_AT_ONCE):
        return False
    return score >= _PERFECT and metric.label.startswith(_AT_MOST_ONE) and score <= 1


def odd_split(data: SearchData) -> Iterator[Finding]:
    """Yield that one split is unlike the others."""
    metric = data.metrics[0]
    rows = comparable_rows(data)
    cells = data.split_scores.get(metric.name)
    if cells is None or cells.shape[1] < 3 or len(rows) < 3:
        return
    half = rows[np.argsort(-data.scores[metric.name][rows])[: max(3, len(rows) // 2)]]
    means = cells[half].mean(axis=0)
    odd = int(np.argmax(np.abs(means - np.median(means))))
    others = np.delete(means, odd)
    gap = means[odd] - others.mean()
    if not _is_unlike(gap, others, metric):
        return
    shown = metric.sign * means[odd], metric.sign * others.mean()
    better = "better" if gap > 0 else "worse"
    yield Finding(
        kind="odd split",
        severity="warning",
        what=f"Split {odd} is much {better} than the others.",
        evidence=(
            f"The better half of the candidates has {metric.label} {shown[0]:.4g} "
            f"there, and {shown[1]:.4g} on the others."
        ),
        advice=(
            "Look at its rows: are they sorted, of another group or time, or copies of "
            "training rows? Shuffle, stratify or group the splits, or draw the "
            "SplitsDisplay."
        ),
    )


def _is_unlike(gap: float, others: np.ndarray, metric: Metric) -> bool:
    """Whether a split is further from the others than chance explains.

    A t test of one mean against the others, for the most distant of all splits.
    """
    n, is_share = len(others), metric.label.startswith(_AT_MOST_ONE)
    if abs(gap) <= _LEAST * (1.0 if is_share else abs(others.mean())):
        return False
    spread = max(others.std(ddof=1), 1e-12)
    t = abs(gap) / (spread * np.sqrt(1 + 1 / n))
    if 2 * stats.t.sf(t, n - 1) * (n + 1) < _LEVEL:
        return True
    return bool(is_share and abs(gap) > _WIDE and abs(gap) > _UNLIKE * spread)


def missing_classes(data: SearchData) -> Iterator[Finding]:
    """Yield that a class is missing from a split; searches of this library know it."""
    found = list(getattr(data.search, "_missing_classes", ()))
    if not found:
        return
    parts = [
        f"{label!r} from the {part} rows of split {split}"
        for split, part, label in found
    ]
    yield Finding(
        kind="missing class",
        severity="warning",
        what="Splits lack classes.",
        evidence=f"Missing are {listed(parts)}.",
        advice=(
            "Use a stratified splitter, fewer splits, or join rare classes: the score "
            "of such a split says nothing of the class."
        ),
    )
