"""An estimator of which one candidate goes wrong, in a way that it is told."""

import ctypes
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

CULPRIT = 2  # the candidate that goes wrong
N_CANDIDATES = 6
_left = []  # what a fit leaves behind in its process


def right_score(candidate):
    """Return what an innocent candidate scores."""
    return 1 - abs(candidate - CULPRIT) / 10


class Faulty(ClassifierMixin, BaseEstimator):
    """Scores `right_score(candidate)`; the culprit does what `fault` says.

    Parameters
    ----------
    candidate : int, default=0
        Its number.
    fault : str, default=""
        A key of `FITS` or `SCORES`.
    seconds : float, default=0.05
        How long a fit takes.
    log : str, default=os.devnull
        A file that gets a line for each fit that begins.
    """

    def __init__(self, candidate=0, fault="", seconds=0.05, log=os.devnull):
        self.candidate = candidate
        self.fault = fault
        self.seconds = seconds
        self.log = log

    def fit(self, X, y):
        with open(self.log, "a") as file:
            file.write(f"{int(self.candidate)}\n")
        self.classes_ = np.unique(y)
        time.sleep(self.seconds)
        if self.candidate == CULPRIT and self.fault in FITS:
            FITS[self.fault](X)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        if self.candidate == CULPRIT and self.fault in SCORES:
            return SCORES[self.fault]
        return right_score(self.candidate)


class UnpicklableError(Exception):
    """Holds a lock, which cannot be pickled."""

    def __init__(self):
        super().__init__("it holds a lock")
        self.lock = threading.Lock()


def _raise(exc):
    raise exc


def _recurse(X):
    return _recurse(X)


def _hang_in_python(X):
    while True:
        try:
            time.sleep(0.1)
        except BaseException:
            continue


def _hang_in_c(X):
    # as a library of Python's own, so that the call keeps the interpreter's lock
    ctypes.PyDLL(None).sleep(100_000)


def _hang_and_ignore(X):
    with suppress(ValueError):  # in a thread
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _hang_in_python(X)


def _hang_in_child(X):
    child = os.fork()
    if child == 0:
        _hang_in_c(X)
    os.waitpid(child, 0)


def _fill_memory(X):
    filled = []
    for _ in range(24):  # 2.4 GB, if nothing ends it
        filled.append(np.ones(12_500_000))
        time.sleep(0.05)


def _delete_working_directory(X):
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)


def _leave_thread(X):
    _left.append(threading.Thread(target=time.sleep, args=(3600,)))
    _left[-1].start()


FITS = {
    "a fit raises": lambda X: _raise(ValueError("the fit failed")),
    "raises what cannot be pickled": lambda X: _raise(UnpicklableError()),
    "calls sys.exit": lambda X: sys.exit(3),
    "recurses without end": _recurse,
    "calls os._exit": lambda X: os._exit(1),
    "segmentation fault": lambda X: ctypes.string_at(0),
    "SIGKILL, as when memory is full": lambda X: os.kill(os.getpid(), signal.SIGKILL),
    "hangs in Python": _hang_in_python,
    "hangs in C, holding the GIL": _hang_in_c,
    "hangs, and ignores SIGTERM": _hang_and_ignore,
    "hangs in a child process": _hang_in_child,
    "takes 2.4 GB": _fill_memory,
    "deletes the working directory": _delete_working_directory,
    "clears the environment": lambda X: os.environ.clear(),
    "lowers the recursion limit": lambda X: sys.setrecursionlimit(60),
    "closes standard output": lambda X: sys.stdout.close(),
    "leaves a thread": _leave_thread,
}
SCORES = {
    "scores infinity": np.inf,
    "scores NaN": np.nan,
    "scores a complex number": 1 + 1j,
    "scores None": None,
}
