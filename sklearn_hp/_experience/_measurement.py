"""What preprocessing makes of some rows: how many columns, and how much they vary.

Fitting a step runs code of the user, which may raise, exit, hang or end its process. So
it is written as an estimator, `Preprocessing`, and scorers that describe what it made:
a search fits and scores these as it does any candidate, in a worker if it has workers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, clone

# What numpy raises for text, dates, and arrays on a device.
_NO_NUMBERS = (TypeError, ValueError, RuntimeError, OverflowError)


class MeasurementError(Exception):
    """The steps could not be fitted; the message has the reason in one line."""


class Preprocessing(BaseEstimator):
    """Transformers, one after the other; it keeps what they make of the training rows.

    Parameters
    ----------
    steps : list of transformer
        The first first.

    Attributes
    ----------
    transformed_ : array-like of shape (n_samples, n_columns)
        What comes out of the last step.
    """

    def __init__(self, steps: Any) -> None:
        self.steps = steps

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the steps, in silence: their warnings would come again with each fit."""
        with quietly():
            for step in self.steps:
                X = _fit_transform(step, X, y)
        self.transformed_ = X
        return self


Scorer = Callable[..., dict[str, float]]
# Called with `Preprocessing`, rows X and y, and a scorer: fits to the rows, and returns
# what the scorer says; raises MeasurementError if either fails. Whoever has workers
# passes one that uses them.
Measure = Callable[[Preprocessing, Any, Any, Scorer], Mapping[str, float]]


def measure_here(
    preprocessing: Preprocessing, X: Any, y: Any, scorer: Scorer
) -> Mapping[str, float]:
    """Measure in the calling thread, where there are no workers; see `Measure`."""
    try:
        return scorer(clone(preprocessing).fit(X, y))
    except KeyboardInterrupt:  # the user's
        raise
    except BaseException as exc:  # sys.exit() is no Exception
        raise MeasurementError(f"{type(exc).__name__}: {exc}") from exc


def describe_features(preprocessing: Preprocessing, *rows: Any) -> dict[str, float]:
    """Return "n_columns" and, of numbers only, the "variance" of all entries.

    Parameters
    ----------
    preprocessing : Preprocessing
        Fitted.
    *rows : array-like
        What else a scorer gets; ignored.
    """
    with quietly():
        table = preprocessing.transformed_
        if sparse.issparse(table):
            return _describe_sparse(table)
        if not hasattr(table, "shape"):
            table = np.asarray(table)
        _, n_columns = table.shape
        properties = {"n_columns": float(n_columns)}
        variance = variance_of(numbers(table))
        if variance is not None:
            # what gamma="scale" takes for constants
            properties["variance"] = variance or 1.0
        return properties


def describe_target(preprocessing: Preprocessing, *rows: Any) -> dict[str, float]:
    """Return "std", the mean standard deviation of the columns; empty without numbers.

    Parameters
    ----------
    preprocessing : Preprocessing
        Fitted to the target.
    *rows : array-like
        What else a scorer gets; ignored.
    """
    with quietly():
        std = mean_std(numbers(preprocessing.transformed_))
        return {} if std is None else {"std": std}


def _describe_sparse(table: Any) -> dict[str, float]:
    entries = table.tocsr().data.astype(np.float64)
    n_zeros = math.prod(table.shape) - len(entries)
    n_entries = max(1, n_zeros + len(entries))
    mean = entries.sum() / n_entries
    squares = np.sum((entries - mean) ** 2) + n_zeros * mean**2
    variance = float(squares) / n_entries
    return {"n_columns": float(table.shape[1]), "variance": variance or 1.0}


def _fit_transform(step: Any, table: Any, y: Any) -> Any:
    """Return what a step of a Pipeline makes of a table."""
    if hasattr(step, "fit_transform"):
        return step.fit_transform(table, y)
    # what changes rows only, as a sampler, leaves the features as they are
    return step.fit(table, y).transform(table) if hasattr(step, "transform") else table


@contextmanager
def quietly() -> Iterator[None]:
    """Leave numpy's global generator unchanged, and hide warnings."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def numbers(values: Any) -> NDArray[np.float64]:
    """Return an array of numbers, an empty one if the values are something else."""
    try:
        values = np.asarray(values)
        if values.dtype.kind in "biufOUS":
            return values.astype(np.float64)
    except _NO_NUMBERS:
        pass
    return np.zeros(0)


def variance_of(values: NDArray[np.float64]) -> float | None:
    """Return the variance of the finite values; None without any, or if it is none."""
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        variance = float(values.var())
    return variance if variance == 0 or 1e-100 < variance < 1e100 else None


def mean_std(values: NDArray[np.float64]) -> float | None:
    """Return the mean standard deviation of the columns that vary; None if none does.

    Parameters
    ----------
    values : ndarray of shape (n_samples,) or (n_samples, n_columns)
        An empty array where there are no numbers.
    """
    variances = [variance_of(column) for column in np.atleast_2d(values.T)]
    stds = [math.sqrt(variance) for variance in variances if variance]
    return float(np.mean(stds)) if stds else None
