"""Fit and score one candidate on one split.

Whatever the user's code does, `evaluate` returns a record of it. It raises nothing but
KeyboardInterrupt, which means that the search itself shall end.
"""

from __future__ import annotations

import math
import numbers
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import get_tags

from sklearn_hp._checkpoint_path import paths_in
from sklearn_hp._current_slot import running_in
from sklearn_hp._evaluation._failures import failure_of, free_memory
from sklearn_hp._evaluation._keeping import Keep
from sklearn_hp._evaluation._optional_methods import (
    chosen_n_iter,
    holders,
    may_hold_estimators,
)
from sklearn_hp._evaluation._states import States
from sklearn_hp._evaluation._surroundings import surroundings_kept
from sklearn_hp._records import Failure, FailureKind, SplitResult, Task
from sklearn_hp._sklearn_compat import (
    check_method_params,
    named_scorers,
    safe_split,
)

Scores = Mapping[str, float]

# Data and indices that are indexed as arrays, for certain.
_PLAIN = (np.ndarray, np.memmap)


@dataclass(frozen=True)
class Evaluation:
    """What all tasks of a search share; it travels to each worker once.

    Parameters
    ----------
    estimator : estimator
        Cloned for each task.
    X, y : array-like
        The whole data; a task takes its rows by the indices of its split.
    splits : sequence of (train, test) pairs of index arrays
        Drawn once, so that every candidate sees the same ones; in the array namespace
        and on the device of `X`.
    scorer : callable
        ``scorer(estimator, X, y, **score_params)`` returning a number, or a dict of
        numbers when there are several metrics.
    fit_params, score_params : dict, default={}
        Metadata; what has one entry per row of `X` is sliced like `X`.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    keep_exceptions : bool, default=False
        Whether a failure carries its exception, to be raised by the caller.
    keep : Keep or None, default=None
        Keeps the predictions of each fit for its test rows, and its model; None keeps
        nothing.
    states : States or None, default=None
        Where fits keep their states, to go on after their process was killed.
    """

    estimator: Any
    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    scorer: Callable[..., Any]
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    score_params: Mapping[str, Any] = field(default_factory=dict)
    return_train_score: bool = False
    keep_exceptions: bool = False
    keep: Keep | None = None
    states: States | None = None

    def fit_params_on(self, indices: Any) -> dict[str, Any]:
        """Return the fit metadata of the rows `indices`."""
        return check_method_params(self.X, params=self.fit_params, indices=indices)

    def score_params_on(self, indices: Any) -> dict[str, Any]:
        """Return the scoring metadata of the rows `indices`."""
        return check_method_params(self.X, params=self.score_params, indices=indices)

    @cached_property
    def chooses_n_iter(self) -> bool:
        """Whether the estimator, or one inside, can tell how long to train."""
        return any(True for _ in holders(self.estimator, "refit_params"))

    def train_data(self, split: int) -> tuple[Any, Any]:
        """Return X and y of the training rows of a split."""
        train, _ = self.splits[split]
        return _take(self.estimator, self.X, self.y, train)


def evaluate(evaluation: Evaluation, task: Task) -> SplitResult:
    """Fit the task's candidate on the training rows of its split and score it.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    task : Task
        The candidate, the split and the resource.

    Returns
    -------
    result : SplitResult
        Scores and times (seconds), or why there are none.
    """
    folder = None if evaluation.states is None else evaluation.states.of_task(task)
    with running_in(task.slot), paths_in(folder), surroundings_kept():
        result = _fit_and_score(evaluation, task)
    if any(failure.out_of_memory for failure in result.failures):
        free_memory(result)
    return result


def _fit_and_score(evaluation: Evaluation, task: Task) -> SplitResult:
    started, start = time.time(), time.perf_counter()
    try:
        estimator, train, test = _fit(evaluation, task)
        n_iter = _n_iter(evaluation, task, estimator)
    except KeyboardInterrupt:  # the user's
        raise
    except BaseException as exc:  # sys.exit() and panics of Rust are no Exception
        return SplitResult(
            *task.key,
            fit_time=time.perf_counter() - start,
            score_time=0.0,
            fit_failure=failure_of(exc, evaluation.keep_exceptions),
            started=started,
            slot=task.slot,
        )
    fit_time = time.perf_counter() - start

    failures: dict[tuple[str, str], Failure] = {}
    test_scores, multimetric = _score(evaluation, estimator, test, "test", failures)
    score_time = time.perf_counter() - start - fit_time
    train_scores: Scores = {}
    if evaluation.return_train_score:
        train_scores, _ = _score(evaluation, estimator, train, "train", failures)
    kept = None
    if evaluation.keep is not None and not task.is_probe:
        kept = evaluation.keep.of_fit(task, estimator, test.X)
    # the traceback of an exception that is kept reaches this frame and what it holds
    del estimator, train, test
    return SplitResult(
        *task.key,
        fit_time=fit_time,
        score_time=score_time,
        test_scores=test_scores,
        train_scores=train_scores,
        multimetric=multimetric,
        score_failures=failures,
        n_iter=n_iter,
        started=started,
        slot=task.slot,
        kept=kept,
    )


def fit_on_split(evaluation: Evaluation, task: Task) -> Any:
    """Fit the task's candidate on the training rows of its split.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    task : Task
        The candidate and the split.

    Returns
    -------
    estimator : estimator
        Fitted. Whatever its fit raises is raised.
    """
    estimator, _, _ = _fit(evaluation, task)
    return estimator


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows a fitted estimator is scored on."""

    X: Any
    y: Any
    indices: Any


def _fit(evaluation: Evaluation, task: Task) -> tuple[Any, _Rows, _Rows]:
    train, test = evaluation.splits[task.split]
    # a parameter can itself be an estimator, which fitting would change
    params = clone(dict(task.trial.params), safe=False)
    estimator = clone(evaluation.estimator).set_params(**params)
    X, y = evaluation.X, evaluation.y
    X_train, y_train = _take(estimator, X, y, train)
    X_test, y_test = _take(estimator, X, y, test, train)
    fit_args = (X_train,) if y is None else (X_train, y_train)
    with _callbacks(task, estimator):
        estimator.fit(*fit_args, **evaluation.fit_params_on(train))
    return estimator, _Rows(X_train, y_train, train), _Rows(X_test, y_test, test)


def _take(
    estimator: Any, X: Any, y: Any, rows: Any, train: Any = None
) -> tuple[Any, Any]:
    """Return rows of X and y; of a kernel matrix, with the columns of `train` only."""
    is_plain = all(type(data) in _PLAIN for data in (X, rows, X if y is None else y))
    if not is_plain or get_tags(estimator).input_tags.pairwise:
        return safe_split(estimator, X, y, rows, train)
    # As scikit-learn does, but for looking what else the data could be. For a small
    # data set that takes longer than to index it, four times in each fit.
    return X[rows], None if y is None else y[rows]


def _n_iter(evaluation: Evaluation, task: Task, estimator: Any) -> int | None:
    # most estimators have nothing to tell, and looking for it takes time
    if evaluation.chooses_n_iter or may_hold_estimators(task.trial.params):
        return chosen_n_iter(estimator)
    return None


def _callbacks(task: Task, estimator: Any) -> AbstractContextManager[None]:
    if task.callback_context is None:
        return nullcontext()
    return task.callback_context.context.propagate_callback_context(estimator)


def _score(
    evaluation: Evaluation,
    estimator: Any,
    rows: _Rows,
    which: str,
    failures: dict[tuple[str, str], Failure],
) -> tuple[Scores, bool]:
    """Return the scores by metric, and whether there can be several.

    What fails is entered in `failures` under (`which`, metric).
    """
    args = (rows.X,) if rows.y is None else (rows.X, rows.y)
    keep = evaluation.keep_exceptions
    try:
        score_params = evaluation.score_params_on(rows.indices)
        raw = evaluation.scorer(estimator, *args, **score_params)
    except KeyboardInterrupt:
        raise
    except BaseException as exc:
        failure = failure_of(exc, keep)
        metrics, multimetric = _metrics_of(evaluation.scorer)
        failures.update({(which, metric): failure for metric in metrics})
        return dict.fromkeys(metrics, math.nan), multimetric
    multimetric = isinstance(raw, dict)
    scores = {}
    for metric, value in (raw if multimetric else {"score": raw}).items():
        try:
            scores[metric] = _as_score(value, metric, evaluation.scorer)
        except (ValueError, TypeError) as exc:
            scores[metric] = math.nan
            kind = exc.kind if isinstance(exc, _BadScoreError) else None
            failures[which, metric] = failure_of(exc, keep, str(exc), kind)
    return scores, multimetric


def _metrics_of(scorer: Any) -> tuple[list[str], bool]:
    """Return the names of a scorer's metrics, and whether there can be several."""
    named = named_scorers(scorer)
    if named is not None:
        return list(named), True
    return ["score"], False


class _BadScoreError(ValueError):
    """A scorer returned something that is no score; `kind` says what it lacks."""

    kind: FailureKind


class _NoNumberError(_BadScoreError):
    kind = "no number"


class _NotFiniteError(_BadScoreError):
    kind = "not finite"


def _as_score(value: Any, metric: str, scorer: Any) -> float:
    """Return `value` as a finite float; otherwise raise, saying what it is."""
    if isinstance(value, str) and named_scorers(scorer) is not None:
        raise ValueError(value)  # the traceback of the metric's scorer
    with suppress(AttributeError, ValueError):
        value = value.item()
    if not isinstance(value, numbers.Number):
        raise _NoNumberError(
            f"scoring must return a number, got {value!r} ({type(value)}) instead. "
            f"(scorer={scorer if metric == 'score' else metric})"
        )
    if isinstance(value, numbers.Complex) and not isinstance(value, numbers.Real):
        raise _NoNumberError(
            f"scoring must return a real number, got the complex number {value!r} for "
            f"the metric {metric!r}."
        )
    try:
        score = float(value)  # type: ignore[arg-type]
    except OverflowError:
        score = math.inf if value > 0 else -math.inf  # type: ignore[operator]
    if not math.isfinite(score):
        raise _NotFiniteError(f"The score is not finite: {metric} = {score}.")
    return score
