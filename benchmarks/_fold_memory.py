"""What the folds of a tuning task's candidates scored, and how long they took.

A candidate is fitted once: every later search of the task gets the same scores and the
same times, whatever the machine does meanwhile.
"""

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from sklearn_hp._evaluation import Evaluation
from sklearn_hp._evaluation._evaluate import evaluate
from sklearn_hp._records import Failure, SplitResult, Task


class FoldMemory:
    """Results by candidate and split, of searches by one metric.

    Parameters
    ----------
    file : Path or None
        Keeps the results from one process to the next, one a line; several processes
        may write to it. None keeps them in this process only.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known: dict[tuple[str, int], dict] = {}
        if file is not None and file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                params, split, found = json.loads(line)
                self._known[params, split] = found

    def run(self, evaluation: Evaluation, task: Task) -> SplitResult:
        """Return what `evaluate` returns, evaluated at the first call only.

        Times are CPU times of one native thread: what else runs does not count.
        """
        key = _key(task.trial.params), task.split
        if key not in self._known:
            self._known[key] = _measure(evaluation, task)
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([*key, self._known[key]]) + "\n")
        return _as_result(task, **self._known[key])


def _key(params):
    return repr(sorted((name, _plain(value)) for name, value in params.items()))


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def _measure(evaluation, task):
    with threadpool_limits(1):
        wall, cpu = time.perf_counter(), time.thread_time()
        result = evaluate(evaluation, task)
        wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
    share = min(1.0, cpu / wall)
    failure = next(iter(result.failures), None)
    return {
        "score": next(iter(result.test_scores.values()), math.nan),
        "fit_time": round(share * result.fit_time, 6),
        "score_time": round(share * result.score_time, 6),
        "failure": failure and [failure.reason, failure.kind],
        "failed_fit": failure is not None and failure is result.fit_failure,
    }


def _as_result(task, score, fit_time, score_time, failure, failed_fit):
    result = SplitResult(*task.key, fit_time, score_time, slot=task.slot)
    if failure is not None:
        reason, kind = failure
        failure = Failure(reason, kind=kind)
    if failed_fit:
        return replace(result, fit_failure=failure)
    failures = {} if failure is None else {("test", "score"): failure}
    return replace(result, test_scores={"score": score}, score_failures=failures)
