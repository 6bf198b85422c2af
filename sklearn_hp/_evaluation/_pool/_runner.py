"""What runs inside a worker, under the settings of the search's own thread."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import joblib
from sklearn import get_config

from sklearn_hp._evaluation._evaluate import Evaluation, evaluate
from sklearn_hp._evaluation._joblib_compat import dumps
from sklearn_hp._evaluation._pool._parcel import PackedTask, Parcel
from sklearn_hp._evaluation._surroundings import warning_filters, worker_kept
from sklearn_hp._records import Failure, SplitResult, Task
from sklearn_hp._sklearn_compat import FuncWrapper

# Whether a task ran in this process before.
_used = False


def has_run() -> bool:
    """Whether a task ran in this process before."""
    return _used


class TaskRunner:
    """Runs tasks in a worker, under the settings of the thread that made the search.

    Called with a list of tasks, it returns their results and the seconds they took.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    nested_backend : joblib backend or None, default=None
        What `joblib.Parallel` uses inside a task; None leaves it as it is.
    """

    def __init__(self, evaluation: Evaluation, nested_backend: Any = None) -> None:
        self.keep_exceptions = evaluation.keep_exceptions
        self._parcel = Parcel(evaluation)
        self.nested_backend = nested_backend
        self._run = FuncWrapper(_evaluate_all).with_config_and_warning_filters(
            get_config(), list(warning_filters())
        )

    def unpack(self) -> None:
        """Unpickle what fits share, and import what that needs, before the first."""
        self._parcel.unpack()

    def __call__(
        self, tasks: Sequence[Task | PackedTask]
    ) -> tuple[list[SplitResult], float]:
        start = time.perf_counter()
        with nested_parallelism(self.nested_backend):
            results = self._run(self._parcel, tasks)
        if self.keep_exceptions:
            results = [_with_shippable_exceptions(result) for result in results]
        return results, time.perf_counter() - start


def run_tasks(
    runner: TaskRunner, tasks: Sequence[Task | PackedTask]
) -> tuple[list[SplitResult], float]:
    """Call the runner; an argument, so that a backend can send it once to a worker."""
    return runner(tasks)


@contextmanager
def nested_parallelism(backend: Any) -> Iterator[None]:
    """Make `backend` the one that `joblib.Parallel` uses; None changes nothing."""
    if backend is None:
        yield
        return
    # n_jobs=None undoes an n_jobs that the caller set for the search itself
    with joblib.parallel_config(backend=backend, n_jobs=None):
        yield


def _evaluate_all(
    parcel: Parcel, tasks: Sequence[Task | PackedTask]
) -> list[SplitResult]:
    return [_evaluate_one(parcel, task) for task in tasks]


def _evaluate_one(parcel: Parcel, task: Task | PackedTask) -> SplitResult:
    global _used
    before, _used = _used, True
    evaluation = parcel.evaluation()
    if isinstance(task, PackedTask):
        task = task.open()
    with worker_kept():
        result = evaluate(evaluation, task)
    return (
        replace(result, in_used_process=True) if before and result.failures else result
    )


def _with_shippable_exceptions(result: SplitResult) -> SplitResult:
    """Prepare exceptions for pickling, which drops their traceback."""
    if result.fit_failure is not None:
        return replace(result, fit_failure=_shippable(result.fit_failure))
    failures = {key: _shippable(f) for key, f in result.score_failures.items()}
    return replace(result, score_failures=failures)


def _shippable(failure: Failure) -> Failure:
    exception = failure.exception
    assert exception is not None
    exception.add_note(f"In the worker:\n{failure.reason}")
    try:
        pickle.loads(dumps(exception))
    except Exception:
        # Unpickling runs the exception's own constructor, so anything can be raised.
        return replace(failure, exception=RuntimeError(failure.reason))
    return failure
