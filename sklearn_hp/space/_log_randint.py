"""Integers with a log-uniform distribution."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy.stats import rv_discrete


class _LogRandint(rv_discrete):
    """The integer part of a log-uniform variable."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave out a function that holds this object, as continuous ones do.

        pickle stores such a circle, skops does not.
        """
        state = super().__getstate__()
        state.pop("vecentropy", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.vecentropy = np.vectorize(self._entropy)

    def _argcheck(self, low: Any, high: Any) -> Any:
        return (low >= 1) & (high > low)

    def _get_support(self, low: Any, high: Any) -> tuple[Any, Any]:
        return low, high - 1

    def _cdf(self, x: Any, low: Any, high: Any) -> Any:
        k = np.floor(x)
        return np.log((k + 1) / low) / np.log(high / low)

    def _pmf(self, x: Any, low: Any, high: Any) -> Any:
        return np.log1p(1 / x) / np.log(high / low)

    def _ppf(self, q: Any, low: Any, high: Any) -> Any:
        k = np.ceil(low * (high / low) ** q) - 1
        # the power is rounded: the answer is the smallest k with cdf(k) >= q
        k = np.clip(k, low, high - 1)
        k = np.where(self._cdf(k, low, high) < q, k + 1, k)
        k = np.where((k > low) & (self._cdf(k - 1, low, high) >= q), k - 1, k)
        return np.clip(k, low, high - 1)


_log_randint = _LogRandint(name="log_randint", shapes="low, high")


def log_randint(low: int, high: int) -> Any:
    """Return a frozen distribution of integers, uniform on a logarithmic scale.

    For a parameter that counts something and whose order of magnitude matters: trees,
    neurons, leaves. It is the integer part of ``scipy.stats.loguniform(low, high)``,
    so that P(k) is log(1 + 1/k) / log(high/low).

    Parameters
    ----------
    low : int
        The smallest value, at least 1.
    high : int
        One more than the largest value, as in :data:`scipy.stats.randint`.

    Returns
    -------
    distribution : frozen scipy.stats distribution
        Works wherever a frozen distribution does, scikit-learn's
        :class:`~sklearn.model_selection.RandomizedSearchCV` included.

    Raises
    ------
    TypeError
        If an end is not an integer.
    ValueError
        If `low` is below 1, or `high` is not above `low`.

    Examples
    --------
    >>> from sklearn_hp.space import log_randint
    >>> n_estimators = log_randint(10, 1001)
    >>> print([round(float(k)) for k in n_estimators.ppf([0.01, 0.5, 1])])
    [10, 100, 1000]
    """
    for name, end in {"low": low, "high": high}.items():
        if not isinstance(end, Integral) or isinstance(end, bool):
            raise TypeError(
                f"log_randint draws integers between two integers, got {name}={end!r} "
                f"of type {type(end).__name__}. For real numbers, pass "
                f"scipy.stats.loguniform(low, high)."
            )
    if low < 1:
        raise ValueError(
            f"log_randint has no logarithm of low={low}. Give a low of at least 1, or "
            f"pass scipy.stats.randint(low, high) for a linear scale."
        )
    if high <= low:
        raise ValueError(
            f"log_randint draws from low up to high - 1, got low={low} and "
            f"high={high}. Give a high above low."
        )
    return _log_randint(int(low), int(high))
