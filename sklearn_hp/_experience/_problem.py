"""What a search is given: the data, and whether its metric counts classes alike."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone

from sklearn_hp._sklearn_compat import safe_indexing
from sklearn_hp.space._dimension import same_value

# So many numbers of the data are looked at, and no more rows where steps are fitted.
N_VALUES = 1_000_000
_N_ROWS = 1_000
_LEAST_ROWS = 20
# What numpy raises for text, dates, and arrays on a device.
_NO_NUMBERS = (TypeError, ValueError, RuntimeError, OverflowError)


class Problem:
    """The data that a search gets, what preprocessing makes of them, and the metric.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), default=None
        Training data; None if unknown.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target; None if unknown.
    counts_classes_alike : bool, default=False
        Whether the metric gives a rare class as much weight as others.

    Attributes
    ----------
    failures : list of Exception
        What steps raised that could not be fitted to some rows.
    """

    def __init__(
        self, X: Any = None, y: Any = None, counts_classes_alike: bool = False
    ) -> None:
        self.X, self.y = X, y
        self.counts_classes_alike = counts_classes_alike
        self.failures: list[Exception] = []
        self._known: list[tuple[list[Any], tuple[int, float | None] | None]] = []

    @property
    def n_samples(self) -> int | None:
        """The number of rows, None if it is unknown."""
        return length(self.X)

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
        seen, failure = None, None
        for n_rows in self._numbers_of_rows(steps):
            try:
                with quietly():
                    seen = _describe(self._transformed(steps, n_rows))
                break
            except Exception as exc:  # if all rows do, so will the fits, which say so
                failure = failure or exc
        if seen is None and failure is not None and steps:
            self.failures.append(failure)
        self._known.append((list(steps), seen))
        return seen

    def _numbers_of_rows(self, steps: Sequence[Any]) -> list[int]:
        """Return how many rows to look at, and how many if those are too few."""
        if not self.n_samples:
            return []
        width = max([1, *getattr(self.X, "shape", ())[1:2]])
        most = max(_LEAST_ROWS, N_VALUES // width)
        return sorted({min(most, _N_ROWS), _N_ROWS}) if steps else [most]

    def _transformed(self, steps: Sequence[Any], n_rows: int) -> Any:
        """Return what steps make of so many rows, or of all."""
        assert self.n_samples is not None
        X, y = self.X, None
        if sparse.issparse(X) and X.format not in ("csr", "csc"):
            X = X.tocsr()  # not all others have rows to take
        rows = some_rows(self.n_samples, n_rows)
        table = safe_indexing(X, rows)
        if length(self.y) == self.n_samples:
            y = attempt(lambda: safe_indexing(self.y, rows))
        for step in steps:
            table = _fit_transform(clone(step), table, y)
        return table


@contextmanager
def quietly() -> Iterator[None]:
    """Leave numpy's global generator as it was, and hide warnings."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def attempt(what: Callable[[], Any]) -> Any:
    """Return what the user's own objects make of some rows, None if they fail.

    If they do, so will the fits, which report it; nothing is lost here but a guess.
    """
    try:
        with quietly():
            return what()
    except Exception:
        return None


def _fit_transform(step: Any, table: Any, y: Any) -> Any:
    """Return what a step of a Pipeline makes of a table."""
    if hasattr(step, "fit_transform"):
        return step.fit_transform(table, y)
    # what changes rows only, as a sampler, leaves the features as they are
    return step.fit(table, y).transform(table) if hasattr(step, "transform") else table


def length(data: Any) -> int | None:
    """Return the number of rows, None if there are none to count."""
    shape = getattr(data, "shape", None)
    if shape is not None:
        return int(shape[0]) if len(shape) else None
    if isinstance(data, str | bytes | Mapping) or not hasattr(data, "__len__"):
        return None
    return len(data)


def some_rows(n_rows: int, at_most: int) -> slice | NDArray[np.intp]:
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
    variance = variance_of(numbers(table))
    # what gamma="scale" takes for constants
    return n_columns, 1.0 if variance == 0 else variance


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
