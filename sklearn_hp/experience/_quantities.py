"""What good values of some parameters are relative to.

A stored value of a relative parameter is multiplied by the quantity that the file
names: ``1/(n_features*x_var)``, which is ``gamma="scale"``, for the width of a kernel,
``y_std`` and ``y_var`` for penalties that are weighed against the scale of the target.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone

from sklearn_hp._sklearn_compat import safe_indexing
from sklearn_hp.experience._places import Place
from sklearn_hp.space._dimension import same_value

# Where the data are not known: most tables, and targets that were scaled or are of the
# order of one.
MANY_FEATURES = (5.0, 100.0)
ANY_STD = (0.3, 3.0)
# A table of unknown length, where a share of the rows must become a number of them.
MANY_ROWS = 1_000

# Integers that a table of few rows limits, as shares of the rows. They are not learnt:
# they keep what is moderate on a larger table from being all rows of this one.
COUNTS_ROWS = {
    "min_samples_leaf": 0.2,
    "min_child_samples": 0.2,
    "min_samples_split": 0.4,
    "n_neighbors": 0.5,
    "batch_size": 0.5,
}

# So many numbers of the data are looked at, and no more rows where steps are fitted.
_N_VALUES = 1_000_000
_N_ROWS = 1_000
_LEAST_ROWS = 20
# What numpy raises for text, dates, and arrays on a device.
_NO_NUMBERS = (TypeError, ValueError, RuntimeError, OverflowError)


class Data:
    """The data that a search gets, and what preprocessing makes of them.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), default=None
        Training data; None if unknown.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target; None if unknown.
    """

    def __init__(self, X: Any = None, y: Any = None) -> None:
        self.X, self.y = X, y
        self._known: list[tuple[list[Any], tuple[int, float | None] | None]] = []

    @property
    def n_samples(self) -> int | None:
        """The number of rows, None if it is unknown."""
        return _length(self.X)

    def after(self, steps: Sequence[Any]) -> tuple[int, float | None] | None:
        """Return the number of features after some steps, and their variance.

        The steps are fitted to some of the rows, equal ones once.

        Parameters
        ----------
        steps : sequence of transformer
            The first first.

        Returns
        -------
        n_features : int
            Number of columns.
        variance : float or None
            Of all entries, None if they are not numbers. Instead of both, None is
            returned if the rows cannot be seen.
        """
        for known, seen in self._known:
            if same_value(known, list(steps)):
                return seen
        seen = _attempt(lambda: _describe(self._transformed(steps)))
        self._known.append((list(steps), seen))
        return seen

    def _transformed(self, steps: Sequence[Any]) -> Any:
        n_rows = self.n_samples
        if not n_rows:
            raise ValueError("There are no rows.")
        X, y = self.X, None
        if sparse.issparse(X) and X.format not in ("csr", "csc"):
            X = X.tocsr()  # not all others have rows to take
        width = max([1, *getattr(X, "shape", ())[1:2]])
        most = max(_LEAST_ROWS, _N_VALUES // width)
        rows = _some_rows(n_rows, min(most, _N_ROWS) if steps else most)
        table = safe_indexing(X, rows)
        if _length(self.y) == n_rows:
            y = _attempt(lambda: safe_indexing(self.y, rows))
        for step in steps:
            table = _fit_transform(clone(step), table, y)
        return table


class Quantities:
    """What is known of the data that an estimator gets.

    The data are looked at only when a quantity of them is asked for.

    Parameters
    ----------
    place : Place
        Where the estimator sits.
    data : Data
        What the search gets.
    n_features : int, default=None
        The number of features that the estimator gets, None to count them.
    """

    def __init__(self, place: Place, data: Data, n_features: int | None = None) -> None:
        self._place, self._data = place, data
        self._n_features = n_features if place.is_fed_features else None

    def __getitem__(self, name: str) -> tuple[float, float]:
        """Return the lowest and highest that a quantity may be; equal if it is known.

        Parameters
        ----------
        name : str
            As it stands in the file.
        """
        if name == "1/(n_features*x_var)":
            low, high = self.n_features
            x_var = 1.0 if self.x_var is None else self.x_var
            return 1 / (high * x_var), 1 / (low * x_var)
        low, high = self.y_std
        return {"y_std": (low, high), "y_var": (low**2, high**2)}[name]

    @cached_property
    def n_features(self) -> tuple[float, float]:
        """The lowest and highest number of features that the estimator gets."""
        if self._n_features is not None:
            return (float(self._n_features),) * 2
        if self._seen is None:
            return MANY_FEATURES
        return (float(max(self._seen[0], 1)),) * 2

    @property
    def x_var(self) -> float | None:
        """The variance of all that the estimator gets, None if it is not known."""
        return None if self._seen is None else self._seen[1]

    @cached_property
    def y_std(self) -> tuple[float, float]:
        """The lowest and highest standard deviation of the target."""
        wrapper = self._place.wrapper
        if self._data.y is None:
            scaled = wrapper is not None and wrapper.transformer is not None
            return (1.0, 1.0) if scaled else ANY_STD  # nearly all of them scale
        columns = np.atleast_2d(_numbers(self._transformed_y).T)
        variances = [_variance(column) or 0.0 for column in columns]
        known = [math.sqrt(variance) for variance in variances if variance > 0]
        std = float(np.mean(known)) if known else 1.0
        return std, std

    @property
    def n_samples(self) -> float:
        """The number of rows, infinite if it is unknown."""
        known = self._data.n_samples
        return math.inf if known is None else known

    def total(self, of: str) -> float:
        """Return the number of features or of rows, a usual one if it is not known."""
        if of == "n_features":
            return math.sqrt(math.prod(self.n_features))
        return MANY_ROWS if math.isinf(self.n_samples) else self.n_samples

    @cached_property
    def _seen(self) -> tuple[int, float | None] | None:
        """The number of features that the estimator gets, and their variance.

        None if they cannot be seen, no variance if they are not numbers.
        """
        if not self._data.n_samples or not self._place.is_fed_features:
            return None
        return self._data.after(self._place.steps)

    @property
    def _transformed_y(self) -> Any:
        """The target as the estimator gets it, of some rows if it is transformed."""
        wrapper = self._place.wrapper
        if wrapper is None or (wrapper.func is None and wrapper.transformer is None):
            return self._data.y
        y = _numbers(self._data.y)
        if not y.size:
            return y
        columns = y[_some_rows(len(y), _N_VALUES)].reshape(-1, *y.shape[1:] or (1,))
        if wrapper.transformer is None:
            return _attempt(lambda: wrapper.func(columns))
        return _attempt(lambda: clone(wrapper.transformer).fit_transform(columns))


def most_for(parameter: str, n_samples: float) -> float:
    """Return the largest sensible value of a parameter that counts rows."""
    most = COUNTS_ROWS[parameter] * n_samples
    return most if math.isinf(most) else max(1, math.floor(most))


def _attempt(what: Callable[[], Any]) -> Any:
    """Return what the user's own objects make of some rows, None if they fail.

    If they do, so will the fits, which report it; nothing is lost here but a guess.
    numpy's global generator is left as it was.
    """
    state = np.random.get_state()  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return what()
    except Exception:
        return None
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _fit_transform(step: Any, table: Any, y: Any) -> Any:
    """Return what a step of a Pipeline makes of a table."""
    if hasattr(step, "fit_transform"):
        return step.fit_transform(table, y)
    # what changes rows only, as a sampler, leaves the features as they are
    return step.fit(table, y).transform(table) if hasattr(step, "transform") else table


def _length(data: Any) -> int | None:
    """Return the number of rows, None if there are none to count."""
    shape = getattr(data, "shape", None)
    if shape is not None:
        return int(shape[0]) if len(shape) else None
    return len(data) if isinstance(data, list | tuple) else None


def _some_rows(n_rows: int, at_most: int) -> slice | NDArray[np.intp]:
    """Return a slice of all rows, or random ones if there are too many.

    Not every k-th: the rows of a panel sorted by date would be those of one unit.
    """
    if n_rows <= at_most:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(n_rows, at_most, replace=False))


def _describe(table: Any) -> tuple[int, float | None]:
    """Return the number of columns and the variance of all entries, as X.var()."""
    if sparse.issparse(table):
        entries = table.tocsr().data.astype(np.float64)
        n_zeros = math.prod(table.shape) - len(entries)
        mean = entries.sum() / max(1, n_zeros + len(entries))
        squares = np.sum((entries - mean) ** 2) + n_zeros * mean**2
        return table.shape[1], float(squares) / max(1, n_zeros + len(entries)) or 1.0
    if not hasattr(table, "shape"):
        table = np.asarray(table)
    _, n_columns = table.shape
    variance = _variance(_numbers(table))
    # what gamma="scale" takes for constants
    return n_columns, 1.0 if variance == 0 else variance


def _numbers(values: Any) -> NDArray[np.float64]:
    """Return an array of numbers, an empty one if the values are something else."""
    try:
        values = np.asarray(values)
        if values.dtype.kind in "biufO":
            return values.astype(np.float64)
    except _NO_NUMBERS:
        pass
    return np.zeros(0)


def _variance(values: NDArray[np.float64]) -> float | None:
    """Return the variance of the finite values; None without any, or if it is none."""
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        variance = float(values.var())
    return variance if variance == 0 or 1e-100 < variance < 1e100 else None
