"""Bayesian optimisation: candidates of large expected improvement.

X : (n, n_columns) one row per candidate, see `SearchSpace`.
y : (n,) scores; standardised where the model sees them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from sklearn_hp._records import Trial
from sklearn_hp.gaussian_process import (
    Features,
    GaussianProcess,
    LogExpectedImprovement,
    default_theta,
    first_new,
    fit_theta,
    maximize,
    perturb,
)
from sklearn_hp.samplers._sobol import StartDesign
from sklearn_hp.space import SearchSpace

Array = NDArray[np.float64]

# Hyperparameters are fitted in every trial up to this many, then in every fifth.
REFIT_ALWAYS = 100
REFIT_EVERY = 5
# The model sees at most so many observations: half the best, half any.
MAX_OBSERVATIONS = 200
# Every eighth fit also starts from the default, lest it stay in a poor mode.
RESTART_EVERY = 8
# A finite space with fewer candidates left is looked through as a whole.
SMALL_SPACE = 2_000
# A larger one is not looked through even when nothing new was found in it.
LARGE_SPACE = 100_000
# Scores further below the median of the first ones than so many times the distance
# of the best one from it are raised to there: a diverged fit must not set the scale.
CLIP_FACTOR, CLIP_FIRST = 20.0, 8
# How many start points or random ones may be no news before all are looked through.
MAX_REPEATS = 100
N_BEST = 5  # candidates that others are drawn near


class GPSampler:
    """Propose where a Gaussian process expects most improvement.

    The score is modelled as a Gaussian process over the whole space [1]_, with the
    branches of a list of dicts in one model. The first candidates are `initial_points`,
    the centre of the space and points of a Sobol sequence; every further one maximises
    the logarithm of expected improvement [2]_ given all scores told so far. Candidates
    that were asked for and not yet told are taken to score as predicted [3]_. None is
    proposed twice.

    Parameters
    ----------
    param_distributions : dict or list of dict
        As given to :class:`~sklearn_hp.BayesSearchCV`.
    n_initial_points : int, default=4
        Number of candidates proposed before the model has a say.
    initial_points : iterable of dict, default=()
        Candidates to propose first, all of them. They count as initial points.
    random_state : int, RandomState instance or None, default=None
        Fixes the candidates, together with the scores told, if an int.

    Attributes
    ----------
    space : SearchSpace
        The space.
    n_initial : int
        Number of candidates that do not depend on scores.
    trials : list of Trial
        What has been proposed.
    scores : dict of int -> float
        Score by trial number, of those told; NaN if it failed.
    model : GaussianProcess or None
        The model of the last candidate that came from one: of standardised scores,
        over the rows of `space`. :meth:`predict` is in terms of candidates and scores.

    References
    ----------
    .. [1] C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine
       Learning", MIT Press, 2006.
    .. [2] S. Ament et al., "Unexpected improvements to expected improvement for
       Bayesian optimization", NeurIPS, 2023.
    .. [3] D. Ginsbourger, R. Le Riche, L. Carraro, "Kriging is well-suited to
       parallelize optimization", 2010.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn_hp.samplers import GPSampler
    >>> sampler = GPSampler({"C": loguniform(0.01, 100)}, random_state=0)
    >>> round(sampler.ask()["C"], 6)
    1.0
    """

    def __init__(
        self,
        param_distributions: Mapping[str, Any] | list[Mapping[str, Any]],
        *,
        n_initial_points: int = 4,
        initial_points: Iterable[Mapping[str, Any]] = (),
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.space = SearchSpace(param_distributions)
        self.trials: list[Trial] = []
        self.scores: dict[int, float] = {}
        self.model: GaussianProcess | None = None
        self._features = Features(self.space.n_choices)
        self._seed = _seed(random_state)
        self._design = StartDesign(self.space, self._seed)
        self._rows: list[Array] = []
        self._taken: set[Hashable] = set()
        self._given = self._distinct(initial_points)
        self.n_initial = max(n_initial_points, len(self._given))
        self._theta = default_theta(self._features)
        self._n_fits = 0
        # all rows of a small space
        self._all_rows: Array | None = None
        if self.space.n_candidates <= SMALL_SPACE:
            self._all_rows = self.space.rows()
        self._scale = (0.0, 1.0)  # mean and standard deviation of the scores

    def ask(self) -> Mapping[str, Any] | None:
        """Return the next candidate, or None when there is no other in the space."""
        number = len(self.trials)
        params, row = self._given_point(number)
        if row is None:
            rng = np.random.default_rng([self._seed, number])
            row = self._propose(number, rng)
            if row is None:
                return None
            params = self.space.decode(row, rng)
        self._add(Trial(number, params), row)
        return params

    def tell(self, trial: Trial, score: float) -> None:
        """Learn the score (maximised; NaN if it failed) of a completed trial.

        A trial that was not asked for is learnt from as well.
        """
        if trial.number >= len(self.trials):
            self._add(trial, self.space.encode(trial.params))
        self.scores[trial.number] = float(score)

    def predict(self, candidates: Iterable[Mapping[str, Any]]) -> tuple[Array, Array]:
        """Predict scores by the model.

        Parameters
        ----------
        candidates : iterable of dict, length n
            Candidates of the space, for example ``cv_results_["params"]``.

        Returns
        -------
        mean : ndarray of shape (n,)
            Expected score, without the noise of one observation.
        std : ndarray of shape (n,)
            Its standard deviation.

        Raises
        ------
        ValueError
            If there is no model yet, or a candidate is not in the space.
        """
        if self.model is None:
            raise ValueError(
                f"There is no model yet: it takes over after {self.n_initial} initial "
                f"points, once two different scores are known. So far "
                f"{len(self.trials)} candidates were proposed and {len(self.scores)} "
                f"scores told."
            )
        X = np.array([self.space.encode(params) for params in candidates])
        mean, std = self.model.predict(X)
        center, scale = self._scale
        return center + scale * mean, scale * std

    # ------------------------------------------------------------------ proposing

    def _distinct(
        self, points: Iterable[Mapping[str, Any]]
    ) -> list[tuple[dict[str, Any], Array]]:
        """Return initial points and their rows, without repetitions."""
        distinct, keys = [], set()
        for index, params in enumerate(points):
            if not isinstance(params, Mapping):
                raise TypeError(
                    f"initial_points[{index}] must be a dict of parameter names and "
                    f"values, got {params!r} of type {type(params).__name__}."
                )
            try:
                row = self.space.encode(params)
            except ValueError as exc:
                raise ValueError(
                    f"initial_points[{index}] = {params!r} is not in the space. {exc}"
                ) from exc
            key = self.space.key(row)
            if key is None or key not in keys:
                keys.add(key)
                distinct.append((dict(params), row))
        return distinct

    def _given_point(self, number: int) -> tuple[Mapping[str, Any], Array | None]:
        """Return initial point `number` and its row, no row if there is none."""
        return self._given[number] if number < len(self._given) else ({}, None)

    def _propose(self, number: int, rng: np.random.Generator) -> Array | None:
        if number >= self.n_initial and self.space.n_columns > 0:
            row = self._by_model(number, rng)
            if row is not None:
                return row
        for _ in range(MAX_REPEATS):
            row = self._design.next()
            if self._is_new(row):
                return row
        return self._any_new(rng)

    def _by_model(self, number: int, rng: np.random.Generator) -> Array | None:
        """Return the row of largest expected improvement; None without a model."""
        told = np.array([n for n in sorted(self.scores) if n < number], dtype=int)
        standardised = standardised_scores(np.array([self.scores[n] for n in told]))
        if standardised is None:
            return None
        y, self._scale = standardised
        X = np.array([self._rows[n] for n in told])
        best = np.argsort(-y, kind="stable")
        if len(y) > MAX_OBSERVATIONS:
            half = MAX_OBSERVATIONS // 2
            others = rng.permutation(best[half:])[:half]
            seen = np.sort(np.concatenate([best[:half], others]))
        else:
            seen = np.arange(len(y))
        self._update_theta(X[seen], y[seen], number)
        self.model = GaussianProcess(X[seen], y[seen], self._features, self._theta)
        pending = [self._rows[n] for n in range(number) if n not in self.scores]
        model = self.model.condition(np.array(pending)) if pending else self.model
        acquisition = LogExpectedImprovement(model, float(y.max()))
        if self._all_rows is not None:
            new = self._all_rows[[self._is_new(row) for row in self._all_rows]]
            return first_new(new, acquisition(new), self._is_new)
        X_best = X[best[:N_BEST]]
        return maximize(acquisition, self.space, X_best, self._is_new, rng)

    def _update_theta(self, X: Array, y: Array, number: int) -> None:
        if self._n_fits and len(y) > REFIT_ALWAYS and number % REFIT_EVERY:
            return
        starts = [self._theta]
        if self._n_fits and self._n_fits % RESTART_EVERY == 0:
            starts.append(default_theta(self._features))
        self._theta = fit_theta(X, y, self._features, starts)
        self._n_fits += 1

    def _any_new(self, rng: np.random.Generator) -> Array | None:
        """Return a random row that is new, or None if there is none."""
        if self._all_rows is None:
            for _ in range(MAX_REPEATS):
                row = self.space.from_cube(rng.random((1, self.space.n_columns)))[0]
                if self._is_new(row):
                    return row
            # nearly exhausted, or what is left is unlikely to be drawn
            near = perturb(np.array(self._rows), self.space, 10 * MAX_REPEATS, rng)
            for row in self.space.snap(near):
                if self._is_new(row):
                    return row
            if self.space.n_candidates > LARGE_SPACE:
                return row
            self._all_rows = self.space.rows()
        new = [row for row in self._all_rows if self._is_new(row)]
        return new[rng.integers(len(new))] if new else None

    def _is_new(self, row: Array) -> bool:
        key = self.space.key(row)
        return key is None or key not in self._taken

    def _add(self, trial: Trial, row: Array) -> None:
        self.trials.append(trial)
        self._rows.append(row)
        self._taken.add(self.space.key(row))


def standardised_scores(
    scores: Array,
) -> tuple[Array, tuple[float, float]] | None:
    """Return scores as the model sees them, and their mean and standard deviation.

    A failed trial gets the worst finite score: left out, the model would propose its
    neighbours for ever. Scores far below all others are raised, see `CLIP_FACTOR`.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Scores in the order of the trials; not finite if failed.

    Returns
    -------
    y, (mean, std) : tuple or None
        None if there are no two different finite scores.
    """
    # the square of what is larger overflows
    scores = np.where(np.isfinite(scores), np.clip(scores, -1e100, 1e100), np.nan)
    finite = scores[np.isfinite(scores)]
    if len(finite) < 2:
        return None
    first = finite[:CLIP_FIRST]
    median, quartile = np.quantile(first, [0.5, 0.25])
    spread = finite.max() - median
    if spread == 0:  # most of them are equal to the best
        spread = median - quartile
    floor = finite.min() if spread == 0 else median - CLIP_FACTOR * spread
    y = np.where(np.isfinite(scores), scores, finite.min())
    y = np.maximum(y, floor)
    mean, std = float(y.mean()), float(y.std())
    if std < 1e-15 * max(1.0, abs(mean)):
        return None
    return (y - mean) / std, (mean, std)


def _seed(random_state: int | np.random.RandomState | None) -> int:
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
