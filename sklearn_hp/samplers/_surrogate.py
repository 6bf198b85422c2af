"""The model of the scores: what it sees of them, and when it is fitted.

X : (n, n_columns) rows of the candidates that it sees.
y : (n,) their scores, see `WarpedScores`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    default_theta,
    fit_theta,
)
from sklearn_hp.samplers._targets import WarpedScores, warp_scores

Array = NDArray[np.float64]

# Hyperparameters are fitted in every trial up to this many, then in every fifth.
REFIT_ALWAYS = 100
REFIT_EVERY = 5
# The model sees at most so many observations: half the best, half any.
MAX_OBSERVATIONS = 200
# Every eighth fit also starts from the default, lest it stay in a poor mode.
RESTART_EVERY = 8


class Surrogate:
    """A Gaussian process whose hyperparameters follow the scores.

    Parameters
    ----------
    n_choices : ndarray of shape (n_columns,)
        Number of choices of a categorical column, 0 for a numeric one.
    seed : int
        Chooses which observations are seen, where there are too many.

    Attributes
    ----------
    theta : ndarray
        The hyperparameters fitted last.
    n_fits : int
        How often they were fitted.
    """

    def __init__(self, n_choices: NDArray[np.intp], seed: int) -> None:
        self._features = Features(n_choices)
        self._seed = seed
        self.theta = default_theta(self._features)
        self.n_fits = 0

    def observe(
        self, scores: Mapping[int, float], rows: Sequence[Array], number: int
    ) -> tuple[Array, Array, WarpedScores] | None:
        """Return what the model of candidate `number` sees; None if that is nothing.

        It sees the candidates told, or the better half of as many as it can and any
        others. The warp is that of all scores.
        """
        told = sorted(scores)
        warped = warp_scores(np.array([scores[n] for n in told]))
        if warped is None or self._features.n_columns == 0:
            return None
        seen = np.arange(len(told))
        if len(told) > MAX_OBSERVATIONS:
            best = np.argsort(-warped.y, kind="stable")
            half = MAX_OBSERVATIONS // 2
            rng = np.random.default_rng([self._seed, number])
            others = rng.permutation(best[half:])[:half]
            seen = np.sort(np.concatenate([best[:half], others]))
        X = np.array([rows[told[index]] for index in seen])
        return X, warped.y[seen], warped

    def fit(self, X: Array, y: Array, number: int) -> GaussianProcess:
        """Return the model that chooses candidate `number`, fitted if it is time."""
        if not self.n_fits or len(y) <= REFIT_ALWAYS or number % REFIT_EVERY == 0:
            starts = [self.theta]
            if self.n_fits and self.n_fits % RESTART_EVERY == 0:
                starts.append(default_theta(self._features))
            self.theta = fit_theta(X, y, self._features, starts)
            self.n_fits += 1
        return GaussianProcess(X, y, self._features, self.theta)

    def model(self, X: Array, y: Array) -> GaussianProcess:
        """Return a model with the hyperparameters there are, and leave them alone.

        What is proposed does not depend on whether somebody asked for predictions.
        """
        theta = self.theta
        if not self.n_fits:
            theta = fit_theta(X, y, self._features, [theta])
        return GaussianProcess(X, y, self._features, theta)
