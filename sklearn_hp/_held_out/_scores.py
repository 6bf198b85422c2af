"""Scores of many predictions of the same rows, from the scorer of a search.

A search's score is the mean over splits of the scores of their held-out rows. So it is
here: a metric that is no mean over rows, as the area under a curve, is found for the
rows of each split and averaged. Over all rows at once it would also compare rows that
different models predicted, and be another number than `best_score_`.

A metric that is a mean over rows needs no split by split: the rows of a split share a
weight that makes the mean over rows the mean over splits.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_hp._held_out._known import (
    counts_mistakes,
    fast_metric,
    least_score,
    perfect_score,
)
from sklearn_hp._held_out._metrics import Array, Metric, RowMean, nan_mean
from sklearn_hp._held_out._rows import Rows
from sklearn_hp._responses import answers
from sklearn_hp._sklearn_compat import (
    check_method_params,
    is_scorer,
    safe_indexing,
)

# How far a score from kept predictions, in single precision, may be from the search's.
_RTOL, _ATOL = 1e-3, 1e-6


class Scores:
    """Score predictions of all rows under many weights, as a search would.

    Parameters
    ----------
    scorer : callable
        The search's, with the signature ``scorer(estimator, X, y)``.
    rows : Rows
        The rows.

    Attributes
    ----------
    is_fast : bool
        Whether the metric is known, so that no scorer is called for each draw.
    is_row_mean : bool
        Whether the score is a weighted mean over rows.
    perfect : float or None
        The best score there can be, None if unknown.
    least : float
        The worst score there can be, -inf if unknown.
    counts_mistakes : bool
        Whether the score is the share of rows that are right.
    """

    def __init__(self, scorer: Any, rows: Rows) -> None:
        self.rows = rows
        build = fast_metric(scorer, rows)
        self.perfect = perfect_score(scorer)
        self.least = least_score(scorer, rows)
        self.counts_mistakes = counts_mistakes(scorer, rows)
        self.is_fast = build is not None
        self.base = np.ones(len(rows))
        if build is None:  # it repeats rows, and reads their weights itself
            build = _SlowMetrics(scorer, rows)
        elif "sample_weight" in rows.score_params:
            self.base = np.asarray(rows.score_params["sample_weight"], dtype=float)
        every = np.arange(len(rows))
        whole = build(every)
        self.is_row_mean = isinstance(whole, RowMean)
        if self.is_row_mean:
            self.base = self.base / _totals(self.base, rows.splits)
            self.blocks = [(every, whole)]
        else:
            blocks = [every[rows.splits == split] for split in np.unique(rows.splits)]
            self.blocks = [(block, build(block)) for block in blocks]

    def __call__(self, P: Array, W: Array | None = None) -> Array:
        """Return the scores, to be maximised.

        Parameters
        ----------
        P : ndarray of shape (M, n, C)
            Predictions of M models.
        W : ndarray of shape (B, n), default=None
            Weights of the rows; None for a single draw that has each row once.

        Returns
        -------
        scores : ndarray of shape (B, M)
            NaN where the metric is undefined in all splits.
        """
        W = self.base[np.newaxis] if W is None else W * self.base
        return nan_mean(
            np.stack([metric(P[:, rows], W[:, rows]) for rows, metric in self.blocks])
        )


def _totals(weights: Array, splits: NDArray[np.intp]) -> Array:
    """Return the total weight of each row's split."""
    _, codes = np.unique(splits, return_inverse=True)
    return np.bincount(codes, weights)[codes].astype(float)


# ---- any scorer ---------------------------------------------------------------------


class _SlowMetrics:
    """Build the metric of any scorer, which gets each row as often as it weighs.

    A scorer can take long, so it is not called twice for the same: selections without
    one of the splits have most of their scores in common.
    """

    def __init__(self, scorer: Any, rows: Rows) -> None:
        self.scorer = scorer
        self.rows = rows

    def __call__(self, block: NDArray[np.intp]) -> Metric:
        known: dict[bytes, float] = {}

        def score(P: Array, W: Array) -> Array:
            found = np.full((len(W), len(P)), np.nan)
            for draw in np.flatnonzero(W.any(axis=1)):
                found[draw] = self._scores(P, block, W[draw].astype(np.intp), known)
            return found

        return score

    def _scores(
        self,
        P: Array,
        block: NDArray[np.intp],
        counts: NDArray[np.intp],
        known: dict[bytes, float],
    ) -> list[float]:
        """Return the scores of the models for rows of a block, each `counts` times."""
        of_draw = counts.tobytes()
        keys = [blake2b(values.tobytes() + of_draw).digest() for values in P]
        new = {key: m for m, key in enumerate(keys) if key not in known}
        if new:
            drawn = np.repeat(np.arange(len(block)), counts)
            truth = _truth(self.scorer, self.rows, block[drawn])
            with warnings.catch_warnings():  # the search gave them already
                warnings.simplefilter("ignore")
                for key, m in new.items():
                    known[key] = self._score(P[m, drawn], *truth)
        return [known[key] for key in keys]

    def _score(self, values: Array, X: Any, y: Any, params: dict[str, Any]) -> float:
        model = answers(values, self.rows.method, self.rows.target)
        try:
            return float(self.scorer(model, X, y, **params))
        except Exception:  # a draw can lack a class, and a user's scorer raise anything
            return np.nan


def score_of_answers(
    scorer: Any, values: Array, rows: Rows, drawn: NDArray[np.intp]
) -> float:
    """Return a scorer's score of predictions, which stand in for a model.

    Parameters
    ----------
    scorer : callable
        The scorer.
    values : ndarray of shape (n_drawn, C)
        Predictions of the rows drawn.
    rows : Rows
        All rows.
    drawn : ndarray of int, shape (n_drawn,)
        Which of them.
    """
    model = answers(values, rows.method, rows.target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        # of kept probabilities, which are in single precision
        warnings.filterwarnings("ignore", "The y_prob values do not sum to one")
        X, y, params = _truth(scorer, rows, drawn)
        return float(scorer(model, X, y, **params))


def _truth(
    scorer: Any, rows: Rows, drawn: NDArray[np.intp]
) -> tuple[Any, Any, dict[str, Any]]:
    """Return what a scorer is called with for some rows, beside the model.

    Scorers of scikit-learn give X to the model only, which needs none. A function of
    the user may read the amount of a loan.
    """
    params = check_method_params(rows.y, rows.score_params, drawn)
    if rows.X is None or is_scorer(scorer):
        X = np.empty((len(drawn), 0))
    else:
        X = safe_indexing(rows.X, drawn)
    return X, safe_indexing(rows.y, drawn), params


# ---- scorers that predictions are not enough for ------------------------------------


def why_not_from_predictions(
    scorer: Any, parts: Sequence[tuple[Array, Rows, float]]
) -> str | None:
    """Say why a scorer cannot score predictions, None if it can.

    Parameters
    ----------
    scorer : callable
        The scorer.
    parts : sequence of (values, rows, score)
        For each split of one candidate, the predictions of its held-out rows, the rows,
        and the score that the search found for the model itself.

    Returns
    -------
    reason : str or None
        The first split that differs, or what the scorer raised.
    """
    for number, (values, rows, score) in enumerate(parts):
        try:
            found = score_of_answers(scorer, values, rows, np.arange(len(rows)))
        except Exception as exc:  # a user's scorer can raise anything
            return (
                "the scorer needs more of a model than its predictions: "
                f"{type(exc).__name__}: {exc}"
            )
        if not np.isclose(found, score, rtol=_RTOL, atol=_ATOL, equal_nan=True):
            return (
                f"the scorer gives {found:.6g} for the predictions ({rows.method}) of "
                f"split {number}, but gave {score:.6g} for the model itself. It may "
                f"read another method of the model; a scoring that reads "
                f"{rows.method} would do"
            )
    return None
