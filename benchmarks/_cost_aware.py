"""Prototypes of a sampler that minds what a candidate costs.

z : (n,) logarithms of the seconds of each candidate told, standardised.
left : the share of the budget that is left, from 1 to 0.

The cost is a second Gaussian process, of z on the rows of the score's. What is
maximised is log EI less a penalty that shrinks as time runs out:

- per second: left * E[log seconds], expected improvement per second [L]_;
- slower pays: left * max(E[log seconds] - reference, 0). The reference is the
  expected log seconds of the best candidate so far: a candidate that takes longer must
  promise more, but to be cheaper earns nothing.

.. [L] Lee et al. (2020), Cost-aware Bayesian optimization, arXiv:2003.10870.
"""

import numpy as np
from _optimisers import AskedSampler

from sklearn_hp._experience import start_points
from sklearn_hp._gaussian_process import (
    Features,
    GaussianProcess,
    LogExpectedImprovement,
    default_theta,
    fit_theta,
    maximize,
)
from sklearn_hp.samplers import GPSampler
from sklearn_hp.samplers._gp import N_BEST

N_START = 5  # as BayesSearchCV
# What choosing a candidate takes, about: a fit that is faster is no cheaper.
SECONDS_TO_CHOOSE = 0.03


class CostPenalty:
    """Log EI less `slope` times what z is expected to exceed `reference` by."""

    def __init__(self, log_ei, cost, slope, reference=-np.inf):
        self._log_ei, self._cost = log_ei, cost
        self._slope, self._reference = slope, reference

    def __call__(self, X):
        return self._log_ei(X) - self._slope * self._excess(self._cost.predict(X)[0])

    def with_gradient(self, X):
        value, gradient = self._log_ei.with_gradient(X)
        mean, _, d_mean, _ = self._cost.predict_gradient(X)
        slope = np.where(mean > self._reference, self._slope, 0.0)
        value = value - self._slope * self._excess(mean)
        return value, gradient - slope[:, None] * d_mean

    def _excess(self, mean):
        if np.isneginf(self._reference):  # a constant changes nothing
            return mean
        return np.maximum(mean - self._reference, 0.0)


class CostAwareSampler(GPSampler):
    """GPSampler with a penalty of what candidates are expected to take."""

    def __init__(self, param_distributions, cheaper_earns, **params):
        super().__init__(param_distributions, **params)
        self.cheaper_earns = cheaper_earns
        self.seconds = {}  # by trial number
        self.left = 1.0
        self._cost_theta = None

    def _by_model(self, number, rng):
        found = self._fitted()
        if found is None:
            return None
        model, seen = found
        cost, spread = self._cost()
        reference = -np.inf
        if not self.cheaper_earns:
            reference = cost.predict(seen.X[np.argmax(seen.y)][None])[0][0]
        acquisition = CostPenalty(
            LogExpectedImprovement(model, seen.best_f),
            cost,
            self.left * spread,
            reference,
        )
        X_best = seen.X[np.argsort(-seen.y, kind="stable")[:N_BEST]]
        is_new = self._proposed.is_elsewhere
        return maximize(acquisition, self.space, X_best, is_new, rng)

    def _cost(self):
        """Return the model of z, and the standard deviation of log seconds."""
        told = sorted(self.seconds)[-200:]
        X = np.array([self._proposed.rows[number] for number in told])
        log_seconds = np.log([self.seconds[n] + SECONDS_TO_CHOOSE for n in told])
        spread = max(float(log_seconds.std()), 1e-6)
        z = (log_seconds - log_seconds.mean()) / spread
        features, noise = Features(self.space.n_choices), np.zeros(len(z))
        if self._cost_theta is None:
            self._cost_theta = default_theta(features)
        self._cost_theta = fit_theta(X, z, noise, features, [self._cost_theta])
        return GaussianProcess(X, z, noise, features, self._cost_theta), spread


class Informed(AskedSampler):
    """A sampler with the start points of BayesSearchCV, by default a plain one."""

    def __init__(self, task, seed, make=GPSampler, **params):
        space = task.param_distributions
        known = start_points(task.estimator, space, N_START, *task.data)
        super().__init__(task, seed)
        self._sampler = make(
            space,
            n_initial_points=N_START,
            initial_points=[point.params for point in known],
            random_state=seed,
            **params,
        )


class CostAware(Informed):
    """The same with a prototype."""

    def __init__(self, task, seed, cheaper_earns):
        super().__init__(task, seed, CostAwareSampler, cheaper_earns=cheaper_earns)

    def tell_cost(self, seconds, left):
        """Learn what the candidate told last took, and the share of time left."""
        self._sampler.seconds[self._n_told - 1] = seconds
        self._sampler.left = left
