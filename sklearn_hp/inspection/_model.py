"""Our Gaussian process, fitted to the candidates of any search.

X : (m, d) candidates as `_encoding` writes them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    default_theta,
    fit_theta,
)
from sklearn_hp.inspection._data import Metric, SearchData
from sklearn_hp.inspection._encoding import encode
from sklearn_hp.inspection._flat_space import FlatSpace
from sklearn_hp.inspection._gp_importance import observed
from sklearn_hp.samplers._targets import WarpedScores, warp_scores

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

FEWEST = 5  # candidates that a model is fitted to


class ScoreModel:
    """A model of the scores of a search. Use `fit_model`, which says if there is one.

    A search that gives a candidate more and more resources has the resource as one more
    column. Predictions are for the largest.

    Parameters
    ----------
    data : SearchData
        What was searched.
    rows : ndarray of shape (n,), dtype int
        The rows that have scores to compare.
    scores : ndarray of shape (n,)
        These, maximised.
    warped : WarpedScores
        The same, as the process sees them.

    Attributes
    ----------
    X : ndarray of shape (n_rows, d)
        All candidates of the search, encoded.
    process : GaussianProcess
        Of the warped scores.
    """

    def __init__(
        self, data: SearchData, rows: Rows, scores: Array, warped: WarpedScores
    ) -> None:
        self._warped = warped
        self.X, n_choices = encode(data)
        self._space = FlatSpace(self.X, n_choices)
        self._amounts = _amounts(data)
        n_columns = np.append(self._space.n_choices, [0] * self._amounts.shape[1])
        order = np.argsort(-scores, kind="stable")
        self._best_first = np.concatenate(
            [rows[order], np.setdiff1d(np.arange(len(data)), rows)]
        )
        self._filling = np.array([self._best_value(c) for c in range(len(n_choices))])
        seen = observed(warped.y, np.random.default_rng(0))
        columns = self._columns(self.X, self._amounts)[rows[seen]]
        y, noise = warped.y[seen], np.zeros(len(seen))
        features = Features(n_columns)
        theta = fit_theta(columns, y, noise, features, [default_theta(features)])
        self.process = GaussianProcess(columns, y, noise, features, theta)

    def _best_value(self, column: int) -> float:
        values = self.X[self._best_first, column]
        values = values[~np.isnan(values)]
        return float(values[0]) if values.size else np.nan

    def _columns(self, X: Array, amounts: Array) -> Array:
        return np.column_stack([self._space.encode(X), amounts])

    def candidate(self, best: int, columns: list[int]) -> Array:
        """Return the candidate that a picture starts from, (d,).

        Parameters
        ----------
        best : int
            Row of the winner.
        columns : list of int
            Parameters that it must have. If the winner lacks one, the best candidate
            that has them all is taken; if there is none, the winner.
        """
        order = np.concatenate([[best], self._best_first])
        has_all = ~np.isnan(self.X[order][:, columns]).any(axis=1)
        return self.X[order[np.argmax(has_all)]]

    def settle(self, X: Array) -> Array:
        """Return candidates with just the conditional parameters that belong to them.

        One that a candidate lacked takes the value of the best candidate that has it.
        """
        return self._space.settle(X, self._filling)

    def is_gated(self, column: int) -> bool:
        """Whether the choice of another parameter decides if there is this one."""
        return column in self._space.gates

    def warped(self, X: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation as the process has them, (m,) each."""
        most = np.ones((len(X), self._amounts.shape[1]))
        return self.process.predict(self._columns(X, most))

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the score, maximised, (m,) each.

        The noise of the splits is not part of the standard deviation.
        """
        mean, std = self.warped(X)
        low, high = (self._warped.to_scores(mean + sign * std) for sign in (-1, 1))
        return self._warped.to_scores(mean), (high - low) / 2

    def improvement(self, warped: Array) -> Array:
        """Return the difference of scores that one of warped scores stands for."""
        return self._warped.to_improvement(warped)


def fit_model(data: SearchData, metric: Metric) -> ScoreModel | None:
    """Return the model of a score; None if there is too little to see.

    Failed and unfinished candidates are left out.

    Parameters
    ----------
    data : SearchData
    metric : Metric
        The score.
    """
    scores = _comparable(data, metric)
    rows = np.flatnonzero(np.isfinite(scores))
    warped = warp_scores(scores[rows])
    if warped is None or len(rows) < FEWEST or not data.parameters:
        return None
    return ScoreModel(data, rows, scores[rows], warped)


def _comparable(data: SearchData, metric: Metric) -> Array:
    """Return the scores that the model sees; NaN for rows that it does not.

    Of a candidate that lacks splits, the mean is as if the splits that it has were as
    hard as all.
    """
    scores = data.scores[metric.name].copy()
    scores[~np.isin(data.states, ("complete", "dropped"))] = np.nan
    dropped = data.states == "dropped"
    if data.resource is not None or not dropped.any():
        return scores
    cells, complete = data.split_scores.get(metric.name), data.states == "complete"
    if cells is None or not complete.any():
        return np.where(dropped, np.nan, scores)
    hard = cells[complete].mean(axis=0)
    lacks = np.isnan(cells[dropped])
    shift = hard.mean() - np.nanmean(np.where(lacks, np.nan, hard), axis=1)
    scores[dropped] += shift
    return scores


def _amounts(data: SearchData) -> Array:
    """Return the resource as a column from 0 to 1, or no column, (n_rows, 0 or 1)."""
    if data.resource is None or np.ptp(data.resource) == 0:
        return np.empty((len(data), 0))
    amounts = np.log(np.maximum(data.resource, 1e-12))
    return ((amounts - amounts.min()) / np.ptp(amounts))[:, None]
