"""Metrics that want other start points than most."""

from dataclasses import dataclass
from functools import partial

import pytest
from sklearn import metrics

from sklearn_hp._experience._metrics import counts_classes_alike


@dataclass
class Unhashable:
    """A metric of one's own."""

    weight: float = 1.0

    def __call__(self, y_true, y_pred):
        return self.weight


@pytest.mark.parametrize(
    "scoring, expected",
    [
        ("balanced_accuracy", True),
        ("f1", True),
        ("f1_macro", True),
        ("recall", True),
        ("jaccard", True),
        ("f1_weighted", False),
        ("f1_micro", False),
        ("accuracy", False),
        ("roc_auc", False),
        ("neg_log_loss", False),
        ("r2", False),
        (metrics.make_scorer(metrics.fbeta_score, beta=2), True),
        (metrics.make_scorer(metrics.fbeta_score, beta=2, average="samples"), False),
        (metrics.make_scorer(partial(metrics.fbeta_score, beta=2)), True),
        (metrics.make_scorer(partial(metrics.f1_score, average="micro")), False),
        (metrics.make_scorer(Unhashable()), False),
        (lambda estimator, X, y: 1.0, False),
        (None, False),
    ],
)
def test_counts_classes_alike(scoring, expected):
    scorer = metrics.get_scorer(scoring) if isinstance(scoring, str) else scoring
    assert counts_classes_alike(scorer) is expected
