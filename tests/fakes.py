"""Stand-ins for the parts of a search that the loop joins."""

import math

from sklearn_hp._records import Failure, SplitResult


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

    def is_time_up(self):
        return len(self.begun) >= self.time_up_after

    def end(self, task, result):
        assert task.key == result.key
        self.ended.append(task.key)
        return len(self.ended) == self.stop_after

    def finish(self):
        self.finished = True
