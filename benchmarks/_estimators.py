"""Estimators whose cost is known, so that what remains is the search's own.

They live in a module, not in a script, so that workers import them by name, as they
import the estimators of scikit-learn.
"""

import time
from zlib import crc32

import numpy as np
from sklearn.base import BaseEstimator


class TrivialEstimator(BaseEstimator):
    """Do nothing: a search over it costs what the search costs.

    Parameters
    ----------
    value : float, default=0.0
        The score.
    """

    def __init__(self, value=0.0):
        self.value = value

    def fit(self, X, y=None):
        """Mark the estimator as fitted."""
        self.is_fitted_ = True
        return self

    def predict(self, X):
        """Return the first column."""
        return X[:, 0]

    def score(self, X, y=None):
        """Return `value`."""
        return float(self.value)


class TimedEstimator(BaseEstimator):
    """Fit for a time drawn from a heavy-tailed distribution.

    The time is `mean` times a log-normal factor for the candidate (some are slow on
    every split), times a milder one for the split, both with expectation 1. They are
    drawn from `(random_state, candidate, split)` alone, so every search meets the same
    times. The split is recognised by the sum of `X`.

    Parameters
    ----------
    candidate : int, default=0
        The number of the candidate.
    random_state : int, default=0
        Seeds the times.
    mean : float, seconds, default=0.1
        The expected time.
    busy : bool, default=False
        Whether to keep a core busy for that much CPU time, or to sleep.
    """

    sigma_candidate = 1.2
    sigma_split = 0.3

    def __init__(self, candidate=0, random_state=0, mean=0.1, busy=False):
        self.candidate = candidate
        self.random_state = random_state
        self.mean = mean
        self.busy = busy

    def fit(self, X, y=None):
        """Spend the time."""
        start = time.perf_counter()
        duration = self._draw_duration(split=int(X.sum()))
        if self.busy:
            end = time.thread_time() + duration
            while time.thread_time() < end:
                pass
        else:
            time.sleep(duration)
        self.fit_time_ = time.perf_counter() - start
        return self

    def score(self, X, y=None):
        """Return the wall time of the fit, so that `cv_results_` tells each split's."""
        return self.fit_time_

    def _draw_duration(self, split):
        seed = [self.random_state, self.candidate]
        log_factor = np.random.default_rng(seed).normal(0, self.sigma_candidate)
        log_factor += np.random.default_rng([*seed, split]).normal(0, self.sigma_split)
        log_mean = (self.sigma_candidate**2 + self.sigma_split**2) / 2
        return self.mean * np.exp(log_factor - log_mean)


class TunableTimedEstimator(TimedEstimator):
    """Fit for a heavy-tailed time, and score by parameters that can be learnt.

    The time is that of a `TimedEstimator`, drawn anew for every candidate. The score
    has one maximum.

    Parameters
    ----------
    a, b, c, d : float, default=0.5
        From 0 to 1.
    count : int, default=50
        From 1 to 100.
    kind : {"x", "y", "z"}, default="x"
        A category.
    random_state : int, default=0
        Seeds the times.
    mean : float, seconds, default=0.1
        The expected time.
    busy : bool, default=False
        Whether to keep a core busy for that much CPU time, or to sleep.
    """

    def __init__(
        self,
        a=0.5,
        b=0.5,
        c=0.5,
        d=0.5,
        count=50,
        kind="x",
        random_state=0,
        mean=0.1,
        busy=False,
    ):
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.count = count
        self.kind = kind
        self.random_state = random_state
        self.mean = mean
        self.busy = busy

    @property
    def candidate(self):
        """A number that stands for the parameters."""
        return crc32(self._numbers().tobytes())

    def score(self, X, y=None):
        """Return how close the parameters are to the best ones."""
        best = np.array([0.3, 0.7, 0.4, 0.6, 0.2, 0.5])
        return -float(((self._numbers() - best) ** 2).sum())

    def nominal_times(self, n_splits, n_samples):
        """Return the times drawn for the splits of unshuffled rows 0 to n - 1."""
        held_out = np.arange(n_samples).reshape(n_splits, -1).sum(axis=1)
        sums = n_samples * (n_samples - 1) // 2 - held_out
        return np.array([self._draw_duration(int(s)) for s in sums])

    def _numbers(self):
        kind = "xyz".index(self.kind) / 2
        numbers = [self.a, self.b, self.c, self.d, self.count / 100, kind]
        return np.array(numbers, dtype=float)


class LookingEstimator(TrivialEstimator):
    """Look at every training sample once."""

    def fit(self, X, y=None):
        """Sum the first column."""
        self.sum_ = X[:, 0].sum()
        return self
