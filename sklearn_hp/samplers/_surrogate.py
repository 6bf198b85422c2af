"""The model of the scores: what it sees of them, and when it is fitted.

X : (n, n_columns) rows of the candidates that it sees.
y : (n,) their scores, see `WarpedScores`.
noise : (n,) variance of those of which splits are missing, in units of y squared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._gaussian_process import (
    Expectation,
    Features,
    GaussianProcess,
    GaussianProcessAround,
    default_theta,
    fit_theta,
    unexpected,
)
from sklearn_hp._records import Observation
from sklearn_hp.samplers._streams import Use, stream
from sklearn_hp.samplers._targets import WarpedScores, warp_scores

Array = NDArray[np.float64]
Model = GaussianProcess | GaussianProcessAround

# Hyperparameters are fitted for every candidate up to this, then for every fifth.
REFIT_ALWAYS = 100
REFIT_EVERY = 5
# The model sees at most so many observations: half the best, half any.
MAX_OBSERVATIONS = 200
# Fits that are kept: of the trials long over, and of all.
N_KEPT = 2


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
    """A Gaussian process whose hyperparameters follow from the scores.

    They follow from nothing else, such as earlier fits: a sampler that is told the same
    has the same model.

    Parameters
    ----------
    n_choices : ndarray of shape (n_columns,)
        Number of choices of a categorical column, 0 for a numeric one.
    seed : int
        Chooses which observations are seen, where there are too many.
    prior : tuple of (rows, scores), default=None
        Of candidates on similar data, a sequence each: what to expect. Their level and
        their unit do not matter, see `GaussianProcessAround`.
    """

    def __init__(
        self,
        n_choices: NDArray[np.intp],
        seed: int,
        prior: tuple[Sequence[Array], Sequence[float]] | None = None,
    ) -> None:
        self._features = Features(n_choices)
        self._prior = prior
        self._seed = seed
        self._kept: dict[tuple[bytes, ...], Array] = {}

    def model(
        self,
        observations: Mapping[int, Observation],
        rows: Sequence[Array],
        number: int,
    ) -> tuple[Model, Observed] | None:
        """Return the model that chooses candidate `number`, and what it sees.

        None if there is nothing to see.
        """
        seen = self.observe(observations, rows, number)
        if seen is None:
            return None
        # Where the fit starts, late in a search also where it ends: the mode of the
        # trials that are over, which is the same for several candidates.
        theta = default_theta(self._features)
        n_over = REFIT_EVERY * (number // REFIT_EVERY - 1)
        over = {n: one for n, one in observations.items() if n < n_over}
        earlier = self.observe(over, rows, n_over)
        if earlier is not None:
            theta = self._fit(earlier, theta)
        if earlier is None or number <= REFIT_ALWAYS:
            theta = self._fit(seen, theta)
        args = seen.X, seen.y, seen.noise, self._features
        if self._expected is None:
            return GaussianProcess(*args, theta), seen
        f = Expectation(self._expected, seen.X)
        return GaussianProcessAround(*args, theta, f), seen

    @cached_property
    def _expected(self) -> GaussianProcess | None:
        """The model of the prior scores; None if there are none that differ."""
        if self._prior is None:
            return None
        rows, scores = self._prior
        told = {n: Observation(float(score)) for n, score in enumerate(scores)}
        found = Surrogate(self._features.n_choices, self._seed).model(told, rows, 0)
        return None if found is None else found[0]  # type: ignore[return-value]

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
            rng = stream(self._seed, number, Use.OBSERVING)
            others = rng.permutation(best[half:])[:half]
            seen = np.sort(np.concatenate([best[:half], others]))
        X = np.array([rows[told[index]] for index in seen])
        noise = warped.to_noise([observations[n].noise for n in told])
        return Observed(X, warped.y[seen], noise[seen], warped)

    def _fit(self, seen: Observed, start: Array) -> Array:
        """Return the mode of theta, from what is kept if it was found before."""
        X, y, noise = seen.X, seen.y, seen.noise
        if self._expected is not None:
            f = Expectation(self._expected, X)
            y = unexpected(X, y, noise, self._features, f)
        key = tuple(part.tobytes() for part in (X, y, noise, start))
        theta = self._kept.pop(key, None)
        if theta is None:
            theta = fit_theta(X, y, noise, self._features, [start])
        self._kept[key] = theta  # the last of them, until others come
        while len(self._kept) > N_KEPT:
            del self._kept[next(iter(self._kept))]
        return theta
