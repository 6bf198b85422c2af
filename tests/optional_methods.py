"""Estimators that offer a search more than scikit-learn asks for."""

import os
import time
from uuid import uuid4
from zlib import crc32

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if

from tests.faults import Faulty


class Stops(RegressorMixin, BaseEstimator):
    """Pretends to choose, by early stopping, `extra` iterations more than it has rows.

    Its score is what it was trained for in the end.
    """

    def __init__(self, extra=0, max_iter=100, early_stopping=True, fail_below=0):
        self.extra = extra
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.fail_below = fail_below

    def fit(self, X, y):
        if len(X) < self.fail_below:
            raise ValueError("too few rows")
        self.n_iter_ = self.max_iter
        if self.early_stopping:
            self.n_iter_ = self.best_n_iter_ = np.int64(len(X) + self.extra)
        return self

    def predict(self, X):
        return np.zeros(len(X))

    def score(self, X, y):
        return float(self.n_iter_)

    def refit_params(self, n_iters):
        assert not hasattr(self, "n_iter_"), "called before the refit"
        assert all(type(n_iter) is int for n_iter in n_iters)
        return {"max_iter": max(n_iters), "early_stopping": False}


class StoppingScaler(TransformerMixin, Stops):
    """The same, as a step that is not the last."""

    def transform(self, X):
        return X


class StopsOnDemand(Stops):
    """Has the method only where it applies."""

    @available_if(lambda self: self.early_stopping)
    def refit_params(self, n_iters):
        return super().refit_params(n_iters)


class OnDevice(Faulty):
    """Runs on a device that takes so many fits at a time."""

    def __init__(self, slots=None, quality=0.5, fault=None, bad_score=None):
        super().__init__(quality, fault, bad_score)
        self.slots = slots

    def device_slots(self):
        return self.slots


class Greedy(Faulty):
    """Runs out of memory in the first, or in every, attempt to fit or to predict.

    Attempts and running fits are files in `folder`. A second attempt must be alone.
    """

    def __init__(self, folder=None, greedy=None, quality=0.5):
        super().__init__(quality)
        self.folder = folder
        self.greedy = greedy

    def fit(self, X, y):
        running = os.path.join(self.folder, f"running {uuid4()}")
        open(running, "x").close()
        try:
            time.sleep(0.01)
            if self.greedy is not None:
                self._attempt(X, y)
            return super().fit(X, y)
        finally:
            os.remove(running)

    def _attempt(self, X, y):
        which = f"{self.quality} {crc32(X.tobytes())}"
        before = [name for name in os.listdir(self.folder) if which in name]
        open(os.path.join(self.folder, f"attempt {which} {len(before)}"), "x").close()
        assert len(before) < 2, "a third attempt"
        if self.greedy != "predict" and (not before or self.greedy == "always"):
            raise RuntimeError("the device says no") from MemoryError("too large")
        self.first_ = not before
        if before:
            running = [f for f in os.listdir(self.folder) if f.startswith("running")]
            assert len(running) == 1, f"{len(running)} fits run beside a retry"

    def predict(self, X):
        if self.greedy == "predict" and self.first_:
            raise MemoryError("too large to predict")
        return super().predict(X)
