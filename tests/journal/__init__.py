"""Rows of a checkpoint."""

from sklearn_hp._journal import Row, texts_of
from sklearn_hp._records import SplitResult


def row(number=0, split=0, **fields):
    params = {"C": 0.1 * number, "kernel": "rbf", "layers": (8, 4), "none": None}
    fields = {"test_scores": {"score": number / 3}, "started": 1e9, **fields}
    return Row(texts_of(params), SplitResult(number, split, None, 0.1, 0.2, **fields))
