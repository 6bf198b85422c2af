"""What a search is given: the data, and whether its metric counts classes alike."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sklearn_hp._experience._measurement import (
    Measure,
    MeasurementError,
    Preprocessing,
    describe_features,
    describe_target,
    measure_here,
    numbers,
    quietly,
)
from sklearn_hp._sklearn_compat import safe_indexing
from sklearn_hp.space._values import same_value

# So many numbers of the data are looked at, and no more rows where steps are fitted.
N_VALUES = 1_000_000
_N_ROWS = 1_000
_LEAST_ROWS = 20


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
    measure : callable, default=measure_here
        Fits preprocessing steps, see `Measure`.

    Attributes
    ----------
    failures : list of str
        What could not be measured, and the reason, a sentence each.
    """

    def __init__(
        self,
        X: Any = None,
        y: Any = None,
        counts_classes_alike: bool = False,
        measure: Measure = measure_here,
    ) -> None:
        self.X, self.y = X, y
        self.counts_classes_alike = counts_classes_alike
        self.failures: list[str] = []
        self._measure = measure
        self._known: list[tuple[list[Any], Mapping[str, float]]] = []

    @property
    def n_samples(self) -> int | None:
        """The number of rows, None if it is unknown."""
        return length(self.X)

    def after(self, steps: Sequence[Any]) -> Mapping[str, float]:
        """Return what `describe_features` says of the features after some steps.

        The steps are fitted to some of the rows, equal ones once.

        Parameters
        ----------
        steps : sequence of transformer
            The first first.

        Returns
        -------
        properties : dict of str -> float
            Empty if the rows cannot be seen.
        """
        for known, seen in self._known:
            if same_value(known, list(steps)):
                return seen
        seen, failure = {}, None
        for n_rows in self._numbers_of_rows(steps):
            try:
                seen = self._after(steps, n_rows)
                break
            except MeasurementError as exc:
                failure = failure or exc
        if not seen and failure is not None and steps:
            self.failures.append(
                f"The steps before the estimator could not be fitted to rows of X. "
                f"{failure}"
            )
        self._known.append((list(steps), seen))
        return seen

    def _numbers_of_rows(self, steps: Sequence[Any]) -> list[int]:
        """Return how many rows to look at, and how many if those are too few."""
        if not self.n_samples:
            return []
        width = max([1, *getattr(self.X, "shape", ())[1:2]])
        most = max(_LEAST_ROWS, N_VALUES // width)
        return sorted({min(most, _N_ROWS), _N_ROWS}) if steps else [most]

    def _after(self, steps: Sequence[Any], n_rows: int) -> Mapping[str, float]:
        """Measure with so many rows, or with all if there are fewer."""
        assert self.n_samples is not None
        try:
            rows = some_rows(self.n_samples, n_rows)
            table = take_rows(self.X, rows)
            y = take_rows(self.y, rows) if length(self.y) == self.n_samples else None
        except Exception as exc:  # whatever containers of the user's own raise
            raise MeasurementError(f"{type(exc).__name__}: {exc}") from exc
        if not steps:  # nothing of the user's is fitted
            return measure_here(Preprocessing([]), table, y, describe_features)
        # steps that work in place must not do so on the user's own rows
        table, y = copy.deepcopy((table, y))
        return self._measure(Preprocessing(list(steps)), table, y, describe_features)

    def target_std(self, steps: Sequence[Any]) -> float | None:
        """Return the mean standard deviation of the target's columns after some steps.

        Parameters
        ----------
        steps : sequence of transformer
            Applied to the target as columns; without any it is taken as it was given.

        Returns
        -------
        std : float or None
            None if the target cannot be seen, is not numbers, or does not vary.
        """
        y = self.y
        if steps:
            y = numbers(y)
            if not y.size:
                return None
            y = y[some_rows(len(y), N_VALUES)].reshape(-1, *y.shape[1:] or (1,))
        measure = self._measure if steps else measure_here
        try:
            seen = measure(Preprocessing(list(steps)), y, None, describe_target)
        except MeasurementError as exc:
            self.failures.append(f"The target could not be transformed. {exc}")
            return None
        return seen.get("std")


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


def take_rows(data: Any, rows: slice | NDArray[np.intp]) -> Any:
    """Return some rows of any array, frame, list or sparse matrix."""
    with quietly():
        if sparse.issparse(data) and data.format not in ("csr", "csc"):
            data = data.tocsr()  # not all others have rows to take
        return safe_indexing(data, rows)
