"""Bayesian optimisation: candidates of large expected improvement.

X : (n, n_columns) one row per candidate, see `SearchSpace`.
y : (n,) scores as the model sees them, see `WarpedScores`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from functools import cache
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from threadpoolctl import ThreadpoolController

from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    LogExpectedImprovement,
    default_theta,
    fit_theta,
    maximize,
    perturb,
)
from sklearn_hp._records import Trial
from sklearn_hp.samplers._design import StartDesign
from sklearn_hp.samplers._targets import WarpedScores, warp_scores
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
# The candidates of a larger one are listed, once it is nearly exhausted, up to this.
MAX_LISTED = 1_000_000
# How many start points or random ones may be no news before all are looked through.
MAX_REPEATS = 100
# Two candidates whose coordinates all differ by less than this are all but equal: in a
# range of three decades, 0.7 % of the value.
NEAR = 1e-3
N_BEST = 5  # candidates that others are drawn near


class GPSampler:
    """Propose where a Gaussian process expects most improvement.

    The score, warped so that the good candidates differ most [4]_, is modelled as a
    Gaussian process over the whole space [1]_, with the branches of a list of dicts in
    one model. The first candidates are `initial_points`,
    the centre of the space and points of a Sobol sequence; every further one maximises
    the logarithm of expected improvement [2]_ given all scores told so far. Candidates
    that were asked for and not yet told are taken to score as predicted [3]_. None is
    proposed twice.

    :ref:`sphx_glr_gallery_plot_surrogate.py` draws what it believes.

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
    initial_points : list of dict
        What it proposes first: those given, without repetitions.
    n_initial : float
        Number of candidates that do not depend on scores.
    trials : list of Trial
        What has been proposed.
    scores : dict of int -> float
        Score by trial number, of those told; NaN if it failed.
    model : GaussianProcess or None
        The model of the last candidate that came from one: of warped scores, over the
        rows of `space`. :meth:`predict` is in terms of candidates and scores.

    References
    ----------
    .. [1] C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine
       Learning", MIT Press, 2006.
    .. [2] S. Ament et al., "Unexpected improvements to expected improvement for
       Bayesian optimization", NeurIPS, 2023.
    .. [3] D. Ginsbourger, R. Le Riche, L. Carraro, "Kriging is well-suited to
       parallelize optimization", 2010.
    .. [4] X. Song et al., "The Vizier Gaussian Process Bandit Algorithm", 2024.

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
        self._rows: dict[int, Array] = {}  # by trial number
        self._taken: set[Hashable] = set()
        # of a small space, what has not been proposed
        self._unseen: dict[Hashable, Array] | None = None
        if self.space.n_candidates <= SMALL_SPACE:
            self._list_unseen()
        self._given = self._distinct(initial_points)
        self.initial_points = [params for params, _ in self._given]
        self.n_initial: float = max(n_initial_points, len(self._given))
        if self.space.n_columns == 0:
            self.n_initial = math.inf  # nothing can be learnt
        self._theta = default_theta(self._features)
        self._n_fits = 0

    def ask(self) -> Mapping[str, Any] | None:
        """Return the next candidate, or None when there is no other in the space."""
        number = len(self.trials)
        if number < len(self._given):
            params, row = self._given[number]
        else:
            rng = np.random.default_rng([self._seed, number])
            # matrices are small, and the other cores are the workers'; sums do not
            # depend on how they are cut into threads
            with _thread_pools().limit(limits=1):
                proposed = self._propose(number, rng)
            if proposed is None:
                return None
            row = proposed
            params = self.space.decode(row, rng)
        self._add(Trial(number, params), row)
        return params

    def tell(self, trial: Trial, score: float) -> None:
        """Learn the score (maximised; NaN if it failed) of a completed trial.

        A trial that was not asked for is learnt from too, if it has the next number.
        """
        if trial.number == len(self.trials):
            self._add(trial, self.space.encode(trial.params))
        if trial.number not in self._rows:
            raise ValueError(
                f"Trial {trial.number} was not asked for. Tell those of elsewhere in "
                f"order: the next number is {len(self.trials)}."
            )
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
            Half of how far the scores lie apart that the model's standard deviation
            reaches, up and down. The model is of warped scores, so that the two sides
            need not be equal.

        Raises
        ------
        NotFittedError
            If no two different scores are known.
        TypeError
            If a candidate is no dict, or they are no list.
        ValueError
            If a candidate is not in the space.
        """
        model, warped = self._known()
        mean, std = model.predict(self._encode_all(candidates))
        spread = warped.to_scores(mean + std) - warped.to_scores(mean - std)
        return warped.to_scores(mean), spread / 2

    def expected_improvement(self, candidates: Iterable[Mapping[str, Any]]) -> Array:
        """Return by how much candidates are expected to beat the best score so far.

        On average over what the model holds possible, and counting those that do not
        beat it as zero. It is what the next candidate maximises, if none is pending.

        Parameters
        ----------
        candidates : iterable of dict, length n
            Candidates of the space.

        Returns
        -------
        improvement : ndarray of shape (n,)
            In units of the score.

        Raises
        ------
        NotFittedError
            If no two different scores are known.
        TypeError
            If a candidate is no dict, or they are no list.
        ValueError
            If a candidate is not in the space.
        """
        model, warped = self._known()
        log_ei = LogExpectedImprovement(model, float(warped.y.max()))
        return warped.to_improvement(np.exp(log_ei(self._encode_all(candidates))))

    def _known(self) -> tuple[GaussianProcess, WarpedScores]:
        """Return the model of all that is known, and the scores in it.

        Fitted hyperparameters are left alone: what is proposed does not depend on
        whether somebody asked for predictions.
        """
        observed = self._observed(len(self.trials))
        if observed is None:
            raise NotFittedError(
                f"There is no model yet: it needs two different scores. So far "
                f"{len(self.trials)} candidates were proposed and {len(self.scores)} "
                f"scores told."
            )
        X, y, warped = observed
        theta = self._theta
        if not self._n_fits:
            theta = fit_theta(X, y, self._features, [theta])
        return GaussianProcess(X, y, self._features, theta), warped

    def _encode_all(self, candidates: Iterable[Mapping[str, Any]]) -> Array:
        if isinstance(candidates, Mapping):
            raise TypeError(
                f"A list of candidates is expected, got one: {candidates!r}. Put it in "
                f"a list."
            )
        rows = [
            self._encode(params, f"candidates[{index}]")
            for index, params in enumerate(candidates)
        ]
        return np.reshape(rows, (-1, self.space.n_columns))

    # ------------------------------------------------------------------ proposing

    def _distinct(
        self, points: Iterable[Mapping[str, Any]]
    ) -> list[tuple[dict[str, Any], Array]]:
        """Return initial points and their rows, without repetitions."""
        distinct, keys = [], set()
        for index, params in enumerate(points):
            row = self._encode(params, f"initial_points[{index}]")
            point = self.space.canonical(params)
            key = self.space.key_of(point)
            if key is None or key not in keys:
                keys.add(key)
                distinct.append((point, row))
        return distinct

    def _encode(self, params: Any, called: str) -> Array:
        """Return the row of a candidate that the user gave, and called so."""
        if not isinstance(params, Mapping):
            raise TypeError(
                f"{called} must be a dict of parameter names and values, got "
                f"{params!r} of type {type(params).__name__}."
            )
        try:
            return self.space.encode(params)
        except ValueError as exc:
            raise ValueError(
                f"{called} = {params!r} is not in the space. {exc}"
            ) from exc

    def _propose(self, number: int, rng: np.random.Generator) -> Array | None:
        """Return the row of a new candidate, or None if there is none."""
        if self._unseen is not None and not self._unseen:
            return None
        if number >= self.n_initial:
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
        observed = self._observed(number)
        if observed is None:
            return None
        X, y, _ = observed
        self._update_theta(X, y, number)
        self.model = GaussianProcess(X, y, self._features, self._theta)
        pending = [self._rows[n] for n in range(number) if n not in self.scores]
        model = self.model.condition(np.array(pending)) if pending else self.model
        acquisition = LogExpectedImprovement(model, float(y.max()))
        if self._unseen is not None:
            unseen = np.array(list(self._unseen.values()))
            return unseen[np.argmax(acquisition(unseen))]
        X_best = X[np.argsort(-y, kind="stable")[:N_BEST]]
        return maximize(acquisition, self.space, X_best, self._is_elsewhere, rng)

    def _observed(self, number: int) -> tuple[Array, Array, WarpedScores] | None:
        """Return what the model of candidate `number` sees; None if that is nothing.

        It sees the candidates told, or the better half of as many as it can and any
        others. The warp is that of all scores.
        """
        told = sorted(self.scores)
        warped = warp_scores(np.array([self.scores[n] for n in told]))
        if warped is None or self.space.n_columns == 0:
            return None
        seen = np.arange(len(told))
        if len(told) > MAX_OBSERVATIONS:
            best = np.argsort(-warped.y, kind="stable")
            half = MAX_OBSERVATIONS // 2
            rng = np.random.default_rng([self._seed, number])
            others = rng.permutation(best[half:])[:half]
            seen = np.sort(np.concatenate([best[:half], others]))
        X = np.array([self._rows[told[index]] for index in seen])
        return X, warped.y[seen], warped

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
        if self._unseen is None:
            for _ in range(MAX_REPEATS):
                row = self.space.from_cube(rng.random((1, self.space.n_columns)))[0]
                if self._is_new(row):
                    return row
            # nearly exhausted, or what is left is unlikely to be drawn
            rows = np.array(list(self._rows.values()))
            near = perturb(rows, self.space, 10 * MAX_REPEATS, rng)
            for row in self.space.snap(near):
                if self._is_new(row):
                    return row
            if self.space.n_candidates > MAX_LISTED:
                return None  # there may be more, and nobody will find them
            self._list_unseen()
            assert self._unseen is not None
        unseen = list(self._unseen.values())
        return unseen[rng.integers(len(unseen))] if unseen else None

    def _list_unseen(self) -> None:
        by_key = {self.space.key(row): row for row in self.space.rows()}
        self._unseen = {k: row for k, row in by_key.items() if k not in self._taken}

    def _is_new(self, row: Array) -> bool:
        key = self.space.key(row)
        return key is None or key not in self._taken

    def _is_elsewhere(self, row: Array) -> bool:
        """Whether a row is new, and not all but equal to one that was proposed."""
        rows = np.array(list(self._rows.values()))
        return self._is_new(row) and np.abs(rows - row).max(axis=1).min() > NEAR

    def _add(self, trial: Trial, row: Array) -> None:
        self.trials.append(trial)
        self._rows[trial.number] = row
        key = self.space.key_of(self.space.canonical(trial.params))
        self._taken.add(key)
        if self._unseen is not None:
            self._unseen.pop(key, None)


@cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()


def _seed(random_state: int | np.random.RandomState | None) -> int:
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
