"""Metrics that want other start points than most."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn import metrics

from sklearn_hp._sklearn_compat import score_function

# With two classes of which one is rare, it counts as much as the other, or alone. Other
# candidates are good then, so other points were learnt.
_CLASSES_ALIKE = (
    metrics.balanced_accuracy_score,
    metrics.f1_score,
    metrics.fbeta_score,
    metrics.jaccard_score,
    metrics.recall_score,
)
# averages over rows, in which a rare class counts little
_BY_ROWS = ("micro", "weighted", "samples")


def counts_classes_alike(scorer: Any) -> bool:
    """Whether a metric gives a rare class as much weight as others.

    Parameters
    ----------
    scorer : callable or None
        As ``sklearn.metrics.make_scorer`` returns it; of any other, nothing is known.

    Returns
    -------
    alike : bool
        False if nothing is known.
    """
    function, kwargs = score_function(scorer)
    # People fix `beta` or `average` with `partial` as well as with `make_scorer`.
    while isinstance(function, partial):
        kwargs = {**function.keywords, **kwargs}
        function = function.func
    # By identity: a user's function may define ==, or have any name.
    is_alike = any(function is known for known in _CLASSES_ALIKE)
    return is_alike and kwargs.get("average") not in _BY_ROWS
