"""Estimators and scorers that fail, in every way a user's can."""

import ctypes
import os
import signal
import sys
import threading

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class UnpicklableError(Exception):
    def __init__(self, lock):
        super().__init__("this exception holds a lock")
        self.lock = lock


class Panic(BaseException):
    """As libraries written in Rust raise it: no Exception."""


class FragileError(Exception):
    """Can be pickled; unpickling calls __init__ with the wrong arguments."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class Unpicklable:
    """Can be cloned, but not sent to another process."""

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        raise TypeError("an Unpicklable cannot be pickled")


def _segmentation_fault():
    ctypes.string_at(0)


def _raise(exc):
    raise exc


# What is harmless to the process...
RAISING_FITS = {
    "exception": lambda: _raise(ValueError("the fit failed")),
    "unpicklable exception": lambda: _raise(UnpicklableError(threading.Lock())),
    "fragile exception": lambda: _raise(FragileError("one", "two")),
    "panic": lambda: _raise(Panic("the library panicked")),
    "sys.exit": lambda: sys.exit(3),
    "recursion": lambda: _raise(RecursionError("too deep")),
    "memory": lambda: _raise(MemoryError("too large")),
}
# ... and what is not.
DEADLY_FITS = {
    "os._exit": lambda: os._exit(1),
    "SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segmentation fault": _segmentation_fault,
}
BAD_SCORES = {
    "nan": np.nan,
    "inf": np.inf,
    "-inf": -np.inf,
    "complex": 1 + 2j,
    "None": None,
    "text": "high",
    "unpicklable": threading.Lock(),
    "array": np.ones(3),
}


class Faulty(ClassifierMixin, BaseEstimator):
    """Predicts the majority class, and scores `quality`, unless it has a `fault`."""

    def __init__(self, quality=0.5, fault=None, bad_score=None):
        self.quality = quality
        self.fault = fault
        self.bad_score = bad_score

    def fit(self, X, y):
        fault = {**RAISING_FITS, **DEADLY_FITS}.get(self.fault)
        if fault is not None:
            fault()
        self.classes_, counts = np.unique(y, return_counts=True)
        self.majority_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(X), self.majority_)

    def score(self, X, y):
        if self.bad_score is not None:
            return BAD_SCORES[self.bad_score]
        return self.quality
