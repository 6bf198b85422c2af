"""What a search and the callbacks that stop it have in common."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from sklearn_hp._sklearn_compat import validate_parameter_constraints

# Name of the tasks after which a callback can stop a search.
_ONE_FIT = "candidate-split-evaluation"

# What is asked after each fit: the reason to stop the search, or None to go on.
Rule = Callable[[Any], str | None]


class StoppedByCallbacks:
    """Base of what a callback can stop: ``fit`` ends early if a hook returns True.

    While it runs, ``cv_results_`` is a live mapping of the results so far, which also
    has `metrics`, `ended` and `verdicts_since`: how candidates ended, by the state of
    each, such as "dropped".
    """


class StoppingCallback:
    """Base of the callbacks that stop a search.

    Several searches may have the same callback, and clones of a search share it, even
    while they are fitted at the same time. So a callback keeps its state by search: a
    rule, made when a fit begins and dropped when it ends.

    A subclass stores its parameters before it calls this ``__init__``.
    """

    _parameter_constraints: ClassVar[dict] = {}

    def __init__(self) -> None:
        validate_parameter_constraints(
            self._parameter_constraints, vars(self), caller_name=type(self).__name__
        )
        self._rules: dict[Any, Rule] = {}
        self._reasons: dict[Any, str] = {}

    def _make_rule(self, search: Any) -> Rule:
        """Return what decides in one fit of the search."""
        raise NotImplementedError

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin a fit of a search; refuse other estimators, and unknown metrics."""
        name = type(self).__name__
        if not isinstance(estimator, StoppedByCallbacks):
            raise TypeError(
                f"{name} stops the searches of sklearn_hp, and was set on an estimator "
                f"of type {type(estimator).__module__}.{type(estimator).__name__}, "
                f"which it cannot stop. Set it on the search itself, if there is one "
                f"inside: search.set_callbacks({name}(...))."
            )
        self._rules[estimator] = self._make_rule(estimator)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Forget the fit."""
        self._rules.pop(estimator, None)
        self._reasons.pop(estimator, None)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Return whether the search is to stop."""
        if context.task_name != _ONE_FIT:
            return False
        reason = self._rules[estimator](estimator.cv_results_)
        if reason is None:
            return False
        self._reasons[estimator] = reason
        return True

    def stop_reason(self, estimator: Any) -> str:
        """Return why the search is to stop."""
        return self._reasons[estimator]

    def __getstate__(self) -> dict[str, Any]:
        # A fit in another thread may be running. Its state belongs to this process.
        return {**vars(self), "_rules": {}, "_reasons": {}}


class NewScores:
    """Gives out the mean score of each candidate once, when it has ended.

    It is NaN for a candidate that failed, or was dropped before its last split.

    Parameters
    ----------
    callback : str
        Name of the callback, for messages.
    monitor : str or None
        Name of the metric; None for the one that ``refit`` names.
    search : BaseSearch
        The search, when its ``fit`` begins.

    Raises
    ------
    ValueError
        If there is no such metric, or several and none is named.
    """

    def __init__(self, callback: str, monitor: str | None, search: Any) -> None:
        self._callback = callback
        self._monitor = monitor
        self._refit = search.refit
        self._n_read = 0
        self._metric: str | None = None
        if search.scoring is None or isinstance(search.scoring, str):
            self._metric = self._choose(["score"])
        elif not callable(search.scoring):
            self._metric = self._choose(list(search.scoring))

    def of(self, results: Any) -> list[tuple[int, float]]:
        """Return (candidate, score) of those that ended since the last time."""
        metric = self._metric
        if metric is None:
            # what a callable returns is known by its results only
            names = results.metrics
            if names == ["score"]:
                metric = "score"  # or all that there is so far failed
            else:
                metric = self._metric = self._choose(names)
        new = results.ended(metric, self._n_read)
        self._n_read += len(new)
        if self._metric is None and any(math.isfinite(score) for _, score in new):
            self._metric = self._choose(["score"])
        return new

    def _choose(self, names: list[str]) -> str:
        has = f"this search has {', '.join(map(repr, names))}"
        if self._monitor in names:
            return self._monitor
        if self._monitor is not None:
            remedy = "Leave monitor out" if len(names) == 1 else "Name one of them"
            raise ValueError(
                f"monitor={self._monitor!r} of {self._callback} is not a metric here: "
                f"{has}. {remedy}."
            )
        if len(names) == 1:
            return names[0]
        if isinstance(self._refit, str) and self._refit in names:
            return self._refit
        raise ValueError(
            f"{self._callback} cannot know which metric to look at: {has}, and "
            f"refit={self._refit!r} names none of them. Name one, as in "
            f"{self._callback}(..., monitor={names[0]!r})."
        )
