"""A score to stop by: what scikit-learn's scorers, or the user's, say of an epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

from sklearn.metrics import check_scoring

from sklearn_hp._sklearn_compat import safe_indexing, takes_sample_weight
from sklearn_hp.neural_network._inputs import CheckedRows
from sklearn_hp.neural_network._lazy import rows_at

# What a scorer raises if it does not fit the estimator or the rows.
_ERRORS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)


def stopping_score(
    estimator: Any, net: Any, X: Any, y: Any, rows: CheckedRows
) -> Callable[[], float]:
    """Return what scores a network that trains, on the rows to stop by.

    Parameters
    ----------
    estimator : BaseTorch
        With all that `predict` needs but ``net_``; its `scoring` decides.
    net : TrainingNet
        What trains.
    X, y : array-like of length n_samples
        As the user gave them; `X` can be a dict of parts or a Dataset.
    rows : CheckedRows
        Those to stop by, with their numbers.

    Returns
    -------
    score : callable
        Returns the score of the network as it is, greater is better. It raises
        ValueError if that is no finite number, or if the scorer fails.
    """
    scorer = check_scoring(estimator, scoring=estimator.scoring)
    fitted = _with_net(estimator, net)
    X, y = rows_at(X, rows.numbers), safe_indexing(y, rows.numbers)
    n_rows = len(rows.target)
    params = {}
    if rows.weight is not None and takes_sample_weight(scorer):
        params["sample_weight"] = rows.weight

    def score() -> float:
        try:
            value = scorer(fitted, X, y, **params)
        except _ERRORS as exc:
            raise ValueError(
                f"scoring={estimator.scoring!r} failed on the {n_rows} rows to stop "
                f"by. Pass a scorer that suits them, or scoring='loss'. It raised "
                f"{type(exc).__name__}: {exc}"
            ) from exc
        if not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(
                f"scoring={estimator.scoring!r} must return a finite number, got "
                f"{value!r} for the {n_rows} rows to stop by. Some scores need rows "
                f"of every class there: raise validation_fraction, or pass "
                f"scoring='loss'."
            )
        return float(value)

    return score


def _with_net(estimator: Any, net: Any) -> Any:
    """Return an estimator that predicts with a net, beside the one that is fitted."""
    # not copy.copy, which would move a net of an earlier fit to the CPU
    fitted = object.__new__(type(estimator))
    vars(fitted).update(vars(estimator), net_=net)
    return fitted
