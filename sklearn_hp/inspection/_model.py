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
    log_expected_improvement,
    perturb,
)
from sklearn_hp.inspection._data import Metric, SearchData
from sklearn_hp.inspection._design_matrix import estimated
from sklearn_hp.inspection._encoding import encode
from sklearn_hp.inspection._flat_space import FlatSpace
from sklearn_hp.inspection._gp_importance import observed
from sklearn_hp.samplers._targets import WarpedScores, warp_scores

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

FEWEST = 5  # candidates that a model is fitted to
# To look for improvement: batches of random candidates, and candidates anywhere and
# near the best few.
_N_BATCHES = 80
_N_ANYWHERE, _N_NEAR, _N_BEST = 1000, 1000, 5


class _Columns:
    """Columns whose numbers are not discrete, for `perturb`."""

    def __init__(self, n_choices: Rows) -> None:
        self.n_choices = n_choices
        self.levels: list[Array | None] = [None] * len(n_choices)


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
        self._n_choices = n_choices
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

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the score, maximised, (m,) each.

        The noise of the splits is not part of the standard deviation.
        """
        most = np.ones((len(X), self._amounts.shape[1]))
        mean, std = self.process.predict(self._columns(X, most))
        low, high = (self._warped.to_scores(mean + sign * std) for sign in (-1, 1))
        return self._warped.to_scores(mean), (high - low) / 2

    def expected_gain(self, n: int) -> float:
        """Return by how much the best of n random candidates is expected to be better.

        Better than the best so far, on the scale of the score. How their scores vary
        together is left out.
        """
        rng = np.random.default_rng(0)
        mean, std = self.process.predict(self._draw(n * _N_BATCHES, rng))
        drawn = mean + std * rng.standard_normal(len(mean))
        best = drawn.reshape(_N_BATCHES, n).max(axis=1)
        gain = np.maximum(best - self._warped.y.max(), 0).mean()
        return float(self._warped.to_improvement(gain))

    def expected_improvement(self) -> float:
        """Return the largest expected improvement of a candidate, about.

        On the scale of the score.
        """
        rng = np.random.default_rng(0)
        columns = np.vstack([self._draw(_N_ANYWHERE, rng), self._near_best(rng)])
        log_ei = log_expected_improvement(
            *self.process.predict(columns), float(self._warped.y.max())
        )
        return float(self._warped.to_improvement(np.exp(log_ei.max())))

    def _draw(self, n: int, rng: np.random.Generator) -> Array:
        """Return columns of n candidates that are spread evenly over the space."""
        rows = self._space.rows(rng.random((n, self.X.shape[1])))
        return np.column_stack([rows, np.ones((n, self._amounts.shape[1]))])

    def _near_best(self, rng: np.random.Generator) -> Array:
        """Return columns of candidates near the best."""
        best = self.X[self._best_first[:_N_BEST]]
        near = self.settle(perturb(best, _Columns(self._n_choices), _N_NEAR, rng))
        return self._columns(near, np.ones((_N_NEAR, self._amounts.shape[1])))


def fit_model(data: SearchData, metric: Metric) -> ScoreModel | None:
    """Return the model of a score; None if there is too little to see.

    Failed candidates are left out.

    Parameters
    ----------
    data : SearchData
    metric : Metric
        The score.
    """
    scores = estimated(data, metric, np.ones(len(data), bool))
    rows = np.flatnonzero(np.isfinite(scores))
    warped = warp_scores(scores[rows])
    if warped is None or len(rows) < FEWEST or not data.parameters:
        return None
    return ScoreModel(data, rows, scores[rows], warped)


def _amounts(data: SearchData) -> Array:
    """Return the resource as a column from 0 to 1, or no column, (n_rows, 0 or 1)."""
    if data.resource is None or np.ptp(data.resource) == 0:
        return np.empty((len(data), 0))
    amounts = np.log(np.maximum(data.resource, 1e-12))
    return ((amounts - amounts.min()) / np.ptp(amounts))[:, None]
