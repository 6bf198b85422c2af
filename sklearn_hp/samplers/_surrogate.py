"""The model of the scores: what it sees of them, and when it is fitted.

X : (n, n_columns) rows of the candidates that it sees.
y : (n,) their scores, see `WarpedScores`.
noise : (n,) variance of those of which splits are missing, in units of y squared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    default_theta,
    fit_theta,
)
from sklearn_hp._records import Observation
from sklearn_hp.samplers._targets import WarpedScores, warp_scores

Array = NDArray[np.float64]

# Hyperparameters are fitted in every trial up to this many, then in every fifth.
REFIT_ALWAYS = 100
REFIT_EVERY = 5
# The model sees at most so many observations: half the best, half any.
MAX_OBSERVATIONS = 200
# Every eighth fit also starts from the default, lest it stay in a poor mode.
RESTART_EVERY = 8


@dataclass(frozen=True)
class Observed:
    """What the model sees; the warp is that of all scores told."""

    X: Array
    y: Array
    noise: Array
    warped: WarpedScores

    @property
    def cautious(self) -> Array:
        """The scores, less what may be luck where splits are missing."""
        return self.y - np.sqrt(self.noise)

    @property
    def best_f(self) -> float:
        """The score to improve on."""
        return float(self.cautious.max())


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
        self,
        observations: Mapping[int, Observation],
        rows: Sequence[Array],
        number: int,
    ) -> Observed | None:
        """Return what the model of candidate `number` sees; None if that is nothing.

        It sees the candidates told, or the better half of as many as it can and any
        others.
        """
        told = sorted(observations)
        scores = np.array([observations[n].score for n in told])
        warped = warp_scores(scores)
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
        noise = warped.to_noise([observations[n].noise for n in told])
        return Observed(X, warped.y[seen], noise[seen], warped)

    def fit(self, seen: Observed, number: int) -> GaussianProcess:
        """Return the model that chooses candidate `number`, fitted if it is time."""
        if not self.n_fits or len(seen.y) <= REFIT_ALWAYS or number % REFIT_EVERY == 0:
            starts = [self.theta]
            if self.n_fits and self.n_fits % RESTART_EVERY == 0:
                starts.append(default_theta(self._features))
            self.theta = self._fit_theta(seen, starts)
            self.n_fits += 1
        return self._with(seen, self.theta)

    def model(self, seen: Observed) -> GaussianProcess:
        """Return a model with the hyperparameters there are, and leave them alone.

        What is proposed does not depend on whether somebody asked for predictions.
        """
        theta = self.theta
        if not self.n_fits:
            theta = self._fit_theta(seen, [theta])
        return self._with(seen, theta)

    def _fit_theta(self, seen: Observed, starts: list[Array]) -> Array:
        return fit_theta(seen.X, seen.y, seen.noise, self._features, starts)

    def _with(self, seen: Observed, theta: Array) -> GaussianProcess:
        return GaussianProcess(seen.X, seen.y, seen.noise, self._features, theta)
