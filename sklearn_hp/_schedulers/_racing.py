"""Drop a candidate as soon as its splits say that it will not be the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._schedulers._paired import make_standard

Array = NDArray[np.float64]


class RacingPolicy:
    """Race each candidate against the best complete one, split by split.

    After each split, a candidate is compared with the incumbent on the splits it has
    run. It is dropped if the probability that it is better over all splits is below
    `alpha`, see `Standard.is_beaten`. Its splits run in the order of
    `Standard.split_order`, which is fixed when it begins.

    Related to the races of Maron and Moore [1]_, with differences paired by split, and
    their variance pooled over candidates.

    Parameters
    ----------
    alpha : float, default=0.005
        The probability. It is a tuning constant, not the error rate of a search: there
        are many candidates and up to k - 1 looks at each. benchmarks/racing.py has what
        it saves and costs. 0 drops nothing.
    n_startup : int, default=2
        So many trials are run on all splits first, to compare with.

    References
    ----------
    .. [1] O. Maron and A. W. Moore, "Hoeffding races: accelerating model selection
       search for classification and function approximation", NeurIPS, 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_hp._schedulers import RacingPolicy
    >>> S = np.array([[0.9, 0.8, 0.7], [0.8, 0.71, 0.6], [0.2, np.nan, np.nan]])
    >>> mean, noise = RacingPolicy().drops(S, number=2)
    >>> round(mean, 6)
    0.1
    """

    name = "racing"
    races = True

    def __init__(self, alpha: float = 0.005, n_startup: int = 2) -> None:
        self.alpha = alpha
        self.n_startup = n_startup

    def is_whole(self, number: int) -> bool:
        """Whether a trial is one of the first, which the others are compared with."""
        return number < self.n_startup

    def split_order(self, S: Array) -> list[int]:
        """Return the splits, first those where the incumbent was luckiest."""
        standard = make_standard(S)
        return list(range(S.shape[1])) if standard is None else standard.split_order()

    def drops(self, S: Array, number: int) -> tuple[float, float] | None:
        """Return the estimate of a trial that is beaten; None if it goes on."""
        others = S.copy()
        others[number] = np.nan  # how noisy scores are is judged by others
        standard = make_standard(others)
        if standard is None or not standard.is_beaten(S[number], self.alpha):
            return None
        return standard.estimate(S[number])
