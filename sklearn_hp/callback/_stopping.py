"""When to end a search: no improvement, time that has passed, a score that is reached.

A rule holds the state of one fit of one search. After each fit of a candidate, the
callback asks it for a reason to stop.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from time import monotonic
from typing import Any, ClassVar

from sklearn_hp._sklearn_compat import NumberInterval
from sklearn_hp._unexpected_argument import with_remedies
from sklearn_hp.callback._base import NewScores, Rule, StoppingCallback


class EarlyStopping(StoppingCallback):
    """Stop a search whose best score has not improved for a number of candidates.

    Candidates count in the order in which they were proposed, once they have ended. So
    the candidate after which the search stops depends on scores only, not on which
    worker was first. A candidate that failed, or that was dropped in a race, counts as
    no improvement. With several workers, some later candidates are running or done when
    the search stops.

    Parameters
    ----------
    n_iter_no_change : int, default=20
        Stop after this many candidates in a row without an improvement.
    tol : float, default=0.0
        A score is an improvement if it is higher than the best one so far by more than
        this, in units of the score.
    min_iter : int, default=30
        Do not stop before this many candidates have ended.
    monitor : str or None, default=None
        The metric to look at if there are several. None is the one that ``refit``
        names.

    See Also
    --------
    TargetScore : Stop at a score that is good enough.
    TimeBudget : Stop after a time.

    Notes
    -----
    Use it in case you gave a search far too many candidates. It does not make a search
    better: in replayed searches, no stopping rule was better than a fixed number of
    candidates at the same cost, see :ref:`the user guide <stopping>`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.callback import EarlyStopping
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": np.logspace(-1, 9, 100)})
    >>> search.set_callbacks(EarlyStopping()).fit(X, y).stop_reason_
    'EarlyStopping: no score above 0.986667 (candidate 16) by more than tol=0 in the
    last 20 candidates'
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_iter_no_change": [NumberInterval(Integral, 1, None, closed="left")],
        "tol": [NumberInterval(Real, 0, None, closed="left")],
        "min_iter": [NumberInterval(Integral, 1, None, closed="left")],
        "monitor": [str, None],
    }

    @with_remedies({"patience": "Use n_iter_no_change.", "min_delta": "Use tol."})
    def __init__(
        self,
        n_iter_no_change: int = 20,
        tol: float = 0.0,
        min_iter: int = 30,
        monitor: str | None = None,
    ) -> None:
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.min_iter = min_iter
        self.monitor = monitor
        super().__init__()

    def _make_rule(self, search: Any) -> Rule:
        scores = NewScores("EarlyStopping", self.monitor, search)
        return _NoChange(scores, self.n_iter_no_change, self.tol, self.min_iter)


class _NoChange:
    """The rule of `EarlyStopping`."""

    def __init__(
        self, scores: NewScores, n_iter_no_change: int, tol: float, min_iter: int
    ) -> None:
        self.scores = scores
        self.n_iter_no_change, self.tol, self.min_iter = n_iter_no_change, tol, min_iter
        self.best_f, self.best_number = -math.inf, -1
        self.n_counted = 0
        self.ahead: dict[int, float] = {}

    def __call__(self, results: Any) -> str | None:
        self.ahead.update(self.scores.of(results))
        while self.n_counted in self.ahead:
            number = self.n_counted
            self.n_counted += 1
            score = self.ahead.pop(number)
            if score > self.best_f + self.tol:
                self.best_f, self.best_number = score, number
            no_change = number - self.best_number >= self.n_iter_no_change
            if no_change and self.n_counted >= self.min_iter:
                return self.reason(number - self.best_number)
        return None

    def reason(self, n_no_change: int) -> str:
        if self.best_number < 0:
            return f"all of the first {self.n_counted} candidates failed"
        return (
            f"no score above {self.best_f:.6g} (candidate {self.best_number}) by more "
            f"than tol={self.tol:g} in the last {n_no_change} candidates"
        )


class TargetScore(StoppingCallback):
    """Stop a search as soon as a candidate reaches a given score.

    Parameters
    ----------
    score : float
        Stop at this mean score on all splits, or above it. Scores are maximised, so an
        error is negative, as in ``scoring="neg_log_loss"``.
    monitor : str or None, default=None
        The metric to look at if there are several. None is the one that ``refit``
        names.

    See Also
    --------
    EarlyStopping : Stop when nothing improves.
    TimeBudget : Stop after a time.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.callback import TargetScore
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 0.1, 1, 10, 100]})
    >>> search.set_callbacks(TargetScore(0.95)).fit(X, y).stop_reason_
    'TargetScore: candidate 2 scored 0.966667, at or above 0.95'
    """

    _parameter_constraints: ClassVar[dict] = {
        "score": [NumberInterval(Real, None, None, closed="neither")],
        "monitor": [str, None],
    }

    def __init__(self, score: float, monitor: str | None = None) -> None:
        self.score = score
        self.monitor = monitor
        super().__init__()

    def _make_rule(self, search: Any) -> Rule:
        scores = NewScores("TargetScore", self.monitor, search)

        def reached(results: Any) -> str | None:
            for number, score in scores.of(results):
                if score >= self.score:
                    return (
                        f"candidate {number} scored {score:.6g}, at or above "
                        f"{self.score:.6g}"
                    )
            return None

        return reached


class TimeBudget(StoppingCallback):
    """Stop a search after a time.

    The clock starts when you call ``fit``. The callback looks at it when a fit ends.

    Parameters
    ----------
    seconds : float
        The time, in seconds.

    See Also
    --------
    EarlyStopping : Stop when nothing improves.
    TargetScore : Stop at a score that is good enough.

    Notes
    -----
    Prefer the parameter ``timeout`` of a search, which does the same. A callback is
    useful if you want to set one object on several searches, or to replace it on a
    search inside a pipeline.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.callback import TimeBudget
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": range(1, 10_000)})
    >>> search.set_callbacks(TimeBudget(0.2)).fit(X, y).stop_reason_
    'TimeBudget: 0.2 s have passed'
    """

    _parameter_constraints: ClassVar[dict] = {
        "seconds": [NumberInterval(Real, 0, None, closed="neither")]
    }

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__()

    def _make_rule(self, search: Any) -> Rule:
        end = monotonic() + self.seconds
        reason = f"{self.seconds:g} s have passed"
        return lambda results: reason if monotonic() >= end else None
