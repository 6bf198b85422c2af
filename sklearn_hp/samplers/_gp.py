"""Bayesian optimisation: candidates of large expected improvement.

X : (n, n_columns) one row per candidate, see `SearchSpace`.
y : (n,) scores as the model sees them, see `WarpedScores`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from threadpoolctl import ThreadpoolController

from sklearn_hp._gaussian_process import LogExpectedImprovement, maximize
from sklearn_hp._records import Observation, Trial
from sklearn_hp.samplers._base import checked
from sklearn_hp.samplers._design import StartDesign
from sklearn_hp.samplers._given import distinct_points, prior_rows, rows_of
from sklearn_hp.samplers._parameters import Parameters
from sklearn_hp.samplers._proposed import MAX_REPEATS, Proposed
from sklearn_hp.samplers._streams import Use, stream
from sklearn_hp.samplers._surrogate import Model, Observed, Surrogate
from sklearn_hp.space import SearchSpace
from sklearn_hp.space._values import same_value
from sklearn_hp.space._written import written

Array = NDArray[np.float64]

N_BEST = 5  # candidates that others are drawn near


class GPSampler(Parameters):
    """Propose where a Gaussian process expects most improvement.

    The score, warped so that the good candidates differ most [4]_, is modelled as a
    Gaussian process over the whole space [1]_, with the branches of a list of dicts in
    one model. The first candidates are `initial_points`,
    the centre of the space and points of a Sobol sequence; every further one maximises
    the logarithm of expected improvement [2]_ given all scores told so far. Candidates
    that were asked for and not yet told are taken to score as predicted [3]_. None is
    proposed twice, and none at the end of a continuous range, which may be what the
    estimator excludes (the ends of ``loguniform`` other than 1 are proposed).

    :ref:`sphx_glr_gallery_plot_surrogate.py` draws what it believes.

    Parameters
    ----------
    param_distributions : dict or list of dict
        As given to :class:`~sklearn_hp.BayesSearchCV`.
    n_initial_points : int, default=5
        Number of candidates that do not depend on scores.
    initial_points : iterable of dict, default=()
        Candidates to propose first, all of them; equal ones once. They count as
        initial points, and may lie at the ends of a range.
    random_state : int, RandomState instance or None, default=None
        Fixes the candidates, together with the scores told, if an int.
    prior_results : iterable of (dict, float), default=()
        Candidates of the space and their scores on similar data, NaN if one failed. The
        model expects such scores, as far as those told agree: what counts is which are
        better, not their level. None of them counts as proposed.

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
    observations : dict of int -> Observation
        What was told last of each trial, by its number.
    scores : dict of int -> float
        The scores among these; NaN if it failed.
    model : GaussianProcess, GaussianProcessAround or None
        The model of all scores told so far, None if no two of them differ: of warped
        scores, over the rows of `space`. :meth:`predict` is in terms of candidates and
        scores.

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

    takes_estimates = True  # see `Sampler`

    _own_attributes: ClassVar[frozenset[str]] = frozenset(
        "_params _seed _surrogate _proposed _given space trials "
        "observations initial_points n_initial".split()
    )

    def __init__(
        self,
        param_distributions: Mapping[str, Any] | list[Mapping[str, Any]],
        *,
        n_initial_points: int = 5,
        initial_points: Iterable[Mapping[str, Any]] = (),
        random_state: int | np.random.RandomState | None = None,
        prior_results: Iterable[tuple[Mapping[str, Any], float]] = (),
    ) -> None:
        if not isinstance(initial_points, list | tuple):
            initial_points = list(initial_points)
        if not isinstance(prior_results, list | tuple):
            prior_results = list(prior_results)
        self._params: dict[str, Any] = {
            "param_distributions": param_distributions,
            "n_initial_points": n_initial_points,
            "initial_points": initial_points,
            "random_state": random_state,
            "prior_results": prior_results,
        }
        self._begin(_seed(random_state))

    def _begin(self, seed: int) -> None:
        """Make what follows from the parameters, with nothing proposed yet."""
        self.space = SearchSpace(self._params["param_distributions"])
        self.trials: list[Trial] = []
        self.observations: dict[int, Observation] = {}
        self._seed = seed
        prior = prior_rows(self.space, self._params["prior_results"])
        self._surrogate = Surrogate(self.space.n_choices, seed, prior)
        self._proposed = Proposed(self.space)
        self._given = distinct_points(self.space, self._params["initial_points"])
        self.initial_points = [params for params, _ in self._given]
        n_initial_points = self._params["n_initial_points"]
        self.n_initial: float = max(n_initial_points, len(self._given))
        if self.space.n_columns == 0:
            self.n_initial = math.inf  # nothing can be learnt

    def __repr__(self) -> str:
        params = dict(self._params)
        parts = [written(params.pop("param_distributions"))]
        if points := params.pop("initial_points"):
            parts.append(f"initial_points=<{len(points)} candidates>")
        if pairs := params.pop("prior_results"):
            parts.append(f"prior_results=<{len(pairs)} candidates>")
        usual = {"n_initial_points": 5, "random_state": None}
        for name, value in params.items():
            if not same_value(value, usual[name]):
                parts.append(f"{name}={written(value)}")
        text = f"GPSampler({', '.join(parts)})"
        if not self.trials:
            return text
        return (
            f"<{text}: {len(self.trials)} candidates, {len(self.observations)} scores>"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return what was given and what was learnt; the rest follows from it."""
        return {
            "params": self._params,
            "seed": self._seed,
            "candidates": [dict(trial.params) for trial in self.trials],
            "rows": np.array(self._proposed.rows),
            "told": list(self.observations),
            "scores": list(self.scores.values()),
            "noises": [one.noise for one in self.observations.values()],
            "added": self._added(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state["added"])
        self._params = state["params"]
        self._begin(state["seed"])
        for number, params in enumerate(state["candidates"]):
            self._add(Trial(number, params), state["rows"][number])
        told = map(Observation, state["scores"], state["noises"])
        self.observations = dict(zip(state["told"], told, strict=True))

    def ask(self) -> Mapping[str, Any] | None:
        """Return the next candidate, or None when there is no other in the space."""
        number = len(self.trials)
        if number < len(self._given):
            params, row = self._given[number]
        else:
            # matrices are small, and the other cores are the workers'; sums do not
            # depend on how they are cut into threads
            with _thread_pools().limit(limits=1):
                proposed = self._propose(number)
            if proposed is None:
                return None
            row = proposed
            rng = stream(self._seed, number, Use.DRAWING)
            params = self.space.decode(row, rng)
        self._add(Trial(number, params), row)
        return params

    def tell(self, trial: Trial, observation: Observation) -> None:
        """Learn how a trial scored.

        A trial that was not asked for is learnt from too, if it has the next number. So
        you can rebuild a sampler: one with the same parameters and seed that is told
        the same trials in their order proposes the same, whatever the way to there.

        Parameters
        ----------
        trial : Trial
            The trial.
        observation : Observation
            Its score, and how uncertain that is. It replaces what was told of the trial
            before: of a trial of which some splits are in, you can tell an estimate
            with its noise, and the mean once all are. An infinite noise says that
            nothing is known yet, as of a trial that was asked for and never told.

        Raises
        ------
        TypeError
            If `observation` is no Observation, or not of numbers.
        ValueError
            If its noise is no variance, or the trial was not asked for.
        """
        observation = checked(observation)
        if trial.number == len(self.trials):
            self._add(trial)
        if not 0 <= trial.number < len(self.trials):
            raise ValueError(
                f"Trial {trial.number} was not asked for. Tell those of elsewhere in "
                f"order: the next number is {len(self.trials)}."
            )
        if observation.noise < math.inf:
            self.observations[trial.number] = observation
        else:  # nothing is known of it yet
            self.observations.pop(trial.number, None)

    @property
    def scores(self) -> dict[int, float]:
        """Score by trial number, of those told; NaN if it failed."""
        return {number: one.score for number, one in self.observations.items()}

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
        model, seen = self._known()
        warped = seen.warped
        mean, std = model.predict(rows_of(self.space, candidates))
        spread = warped.to_scores(mean + std) - warped.to_scores(mean - std)
        return warped.to_scores(mean), spread / 2

    def expected_improvement(self, candidates: Iterable[Mapping[str, Any]]) -> Array:
        """Return by how much candidates are expected to beat the best score so far.

        On average over what the model holds possible, and counting those that do not
        beat it as zero. It is what the next candidate maximises, if none is pending. Of
        a candidate that lacks splits, the standard deviation of what is missing is
        taken off its score: the best score may be no mere luck.

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
        model, seen = self._known()
        log_ei = LogExpectedImprovement(model, seen.best_f)
        rows = rows_of(self.space, candidates)
        return seen.warped.to_improvement(np.exp(log_ei(rows)))

    @property
    def model(self) -> Model | None:
        """The model of all scores told so far, None if no two of them differ."""
        found = self._fitted()
        return None if found is None else found[0]

    def _fitted(self) -> tuple[Model, Observed] | None:
        """Return the model of all that is known, and what it sees."""
        rows = self._proposed.rows
        return self._surrogate.model(self.observations, rows, len(self.trials))

    def _known(self) -> tuple[Model, Observed]:
        found = self._fitted()
        if found is None:
            raise NotFittedError(
                f"There is no model yet: it needs two different scores. So far "
                f"{len(self.trials)} candidates were proposed and "
                f"{len(self.observations)} scores told."
            )
        return found

    # ------------------------------------------------------------------ proposing

    def _propose(self, number: int) -> Array | None:
        """Return the row of a new candidate, or None if there is none."""
        rng = stream(self._seed, number, Use.PROPOSING)
        if self._proposed.is_exhausted:
            return None
        if number >= self.n_initial:
            row = self._by_model(number, rng)
            if row is not None:
                return row
        design = StartDesign(self.space, self._seed, max(number - len(self._given), 0))
        for _ in range(MAX_REPEATS):
            row = design.next()
            if self._proposed.is_new(row):
                return row
        return self._proposed.any_new(rng)

    def _by_model(self, number: int, rng: np.random.Generator) -> Array | None:
        """Return the row of largest expected improvement; None without a model."""
        found = self._fitted()
        if found is None:
            return None
        model, seen = found
        proposed, told = self._proposed, self.observations
        pending = [proposed.rows[n] for n in range(number) if n not in told]
        if pending:
            model = model.condition(np.array(pending))
        acquisition = LogExpectedImprovement(model, seen.best_f)
        if proposed.is_listed:
            unseen = proposed.unseen
            return unseen[np.argmax(acquisition(unseen))]
        X_best = seen.X[np.argsort(-seen.cautious, kind="stable")[:N_BEST]]
        return maximize(acquisition, self.space, X_best, proposed.is_elsewhere, rng)

    def _add(self, trial: Trial, row: Array | None = None) -> None:
        """Note a trial, with the row of its parameters, whoever proposed them."""
        try:
            encoded = self.space.encode(trial.params)
            key = self.space.key_of(self.space.canonical(trial.params))
        except ValueError:
            if row is None:
                raise
            # a distribution whose ppf steps out of its own support
            encoded, key = row, self.space.key(row)
        self.trials.append(trial)
        self._proposed.add(encoded, key)


@cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()


def _seed(random_state: int | np.random.RandomState | None) -> int:
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
