"""Stand-ins for the parts of a search that the loop joins."""

import math

import numpy as np

from sklearn_hp._records import Failure, SplitResult, Verdict


class FakePool:
    """Runs `n_workers` tasks at a time and gives back the last submitted first."""

    def __init__(self, n_workers, fail=()):
        self.n_workers = n_workers
        self.fail = fail
        self.running = []
        self.log = []

    @property
    def has_idle(self):
        return len(self.running) < self.n_workers

    @property
    def n_running(self):
        return len(self.running)

    def submit(self, task):
        assert self.has_idle
        self.running.append(task)
        self.log.append(("submit", *task.key[:2]))

    def wait_any(self, deadline=math.inf):
        task = self.running.pop()
        self.log.append(("done", *task.key[:2]))
        if task.key[:2] in self.fail:
            failure = Failure("it failed", ZeroDivisionError("it failed"))
            return task, SplitResult(*task.key, 0.0, 0.0, fit_failure=failure)
        score = {"score": float(task.trial.number)}
        return task, SplitResult(*task.key, 0.0, 0.0, test_scores=score)


class FakeMonitor:
    def __init__(self, stop_after=None, time_up_after=math.inf):
        self.stop_after = stop_after
        self.time_up_after = time_up_after
        self.begun, self.ended = [], []

    def begin(self, task):
        self.begun.append(task.key)
        return task

    def why_time_is_up(self):
        return "time is up" if len(self.begun) >= self.time_up_after else None

    def end(self, task, result):
        assert task.key == result.key
        self.ended.append(task.key)
        return "enough" if len(self.ended) == self.stop_after else None

    def stop(self, reason):
        self.stop_reason = reason

    def finish(self):
        self.finished = True


def end_complete(history, n_splits):
    """Give a verdict on each trial with all its splits that has none."""
    for trial in history.trials:
        results = [r for r in history if r.trial_number == trial.number]
        if len(results) < n_splits or history.state_of(trial.number) is not None:
            continue
        ordered = sorted(results, key=lambda result: result.split)
        names = {name for result in results for name in result.test_scores}
        scores = {
            name: float(np.mean([r.test_scores.get(name, math.nan) for r in ordered]))
            for name in names
        }
        failed = math.isnan(next(iter(scores.values()), math.nan))
        state = "failed" if failed else "complete"
        history.end(Verdict(trial, state, n_splits, scores=scores))
