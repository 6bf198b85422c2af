"""End a search in which no candidate can succeed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sklearn_hp._records import Failure, SplitResult, Task, Trial, Verdict
from sklearn_hp._schedulers._base import Scheduler
from sklearn_hp._schedulers._cover import cover
from sklearn_hp._tracebacks import is_of_data_or_code, same_error

# The messages of these have numbers in them that differ.
_OF_LIMITS = ("timeout", "memory limit")


class AllFail(Exception):
    """No candidate can succeed.

    Parameters
    ----------
    reason : str
        Why each of them fails: a traceback.
    n_candidates : int
        How many different ones failed.
    n_fits : int
        How many fits that took.
    any_may_fit : bool, default=False
        Whether the error may be one of the parameters, so that candidates other than
        these might not fail.
    """

    def __init__(
        self, reason: str, n_candidates: int, n_fits: int, any_may_fit: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.n_candidates = n_candidates
        self.n_fits = n_fits
        self.any_may_fit = any_may_fit


class FailFastScheduler:
    r"""A scheduler that gives up when it is clear that no candidate is the cause.

    If the first fit fails, it runs on the same split those candidates that together
    show what all have (see `cover`), and the estimator with its own parameters. If they
    all fail in the same way, with the same exception and message from the same line of
    code, something else is wrong: the data, the scorer, the estimator. A single success
    or another failure, and it does nothing more.

    A fit may refuse parameters without a word of their values: a value in the middle of
    a range, or a combination of three, can be the only one it takes. So unless the
    error is one of the data, of the scorer or of the code (see `is_of_data_or_code`),
    the first split of all candidates has to fail. So it has if fits go over a limit.

    Parameters
    ----------
    scheduler : Scheduler
        What decides otherwise.
    candidates : callable
        ``candidates()`` returns the candidates to choose from. Called if a fit fails.
    are_trials : bool
        Whether they are the trials of the search, in their order. Those that are chosen
        then run before their turn, which costs nothing. Otherwise they are examples of
        what the search might propose, and run in addition, as probes.
    n_splits : int
        Number of splits of each trial.
    n_workers : int, default=1
        As long as it is not clear, no more fits than this run at the same time.
    all_splits : bool, default=False
        Whether a candidate that fails on some splits only is of use, so that one has to
        fail on all of them.
    scores : bool, default=True
        Whether a candidate without any score is of no use.

    Attributes
    ----------
    max_trials, max_tasks, waits
        Those of the scheduler.

    Examples
    --------
    >>> from sklearn_hp._records import Failure, SplitResult
    >>> from sklearn_hp._schedulers import (
    ...     CompletePolicy,
    ...     FailFastScheduler,
    ...     TrialQueue,
    ... )
    >>> from sklearn_hp.samplers import FixedSampler
    >>> grid = [{"C": C} for C in range(1, 101)]
    >>> queue = TrialQueue(FixedSampler(grid), CompletePolicy(), n_splits=5)
    >>> scheduler = FailFastScheduler(queue, lambda: grid, are_trials=True, n_splits=5)
    >>> task = scheduler.next_task()
    >>> failure = Failure('Traceback:\n  File "a.py", line 1\nValueError: no')
    >>> scheduler.tell(SplitResult(*task.key, 0.1, 0.0, fit_failure=failure))
    >>> task = scheduler.next_task()
    >>> task.trial.params, task.split
    ({'C': 100}, 0)
    """

    def __init__(
        self,
        scheduler: Scheduler,
        candidates: Callable[[], Sequence[Mapping[str, Any]]],
        *,
        are_trials: bool,
        n_splits: int,
        n_workers: int = 1,
        all_splits: bool = False,
        scores: bool = True,
    ) -> None:
        self._scheduler = scheduler
        self.max_trials = scheduler.max_trials
        self.max_tasks = scheduler.max_tasks
        self.waits = scheduler.waits
        self._candidates = candidates
        self._are_trials = are_trials
        self._n_splits = n_splits
        self._n_workers = n_workers
        self._all_splits = all_splits
        self._scores = scores
        self._watching = True
        self._failure: Failure | None = None
        self._error: tuple[str, ...] | None = None
        self._any_may_fit = False
        self._n_shown = 0
        self._n_told = 0
        self._n_out = 0
        self._n_meantime = 0
        self._stages: deque[list[Task]] = deque()
        self._queue: deque[Task] = deque()
        self._awaited: set[tuple] = set()
        self._failed: set[tuple] = set()  # keys of tasks
        self._given_out: set[tuple] = set()
        # of tasks that run before their turn, the result once it is there
        self._early: dict[tuple, SplitResult | None] = {}

    @property
    def exhausted(self) -> bool:
        """Whether there was no candidate left before there were `max_trials`."""
        return self._scheduler.exhausted

    @property
    def all_begun(self) -> bool:
        """Whether a search that stops now leaves no task out."""
        return self._scheduler.all_begun

    @property
    def is_finished(self) -> bool:
        """Whether each trial has ended, and there will be no other."""
        return self._scheduler.is_finished

    def take_verdicts(self) -> list[Verdict]:
        """Return the verdicts reached since the last call."""
        return self._scheduler.take_verdicts()

    def next_task(self) -> Task | None:
        """Return the next task of the scheduler, or first one that clears things up.

        Raises
        ------
        AllFail
            If no candidate can succeed.
        """
        if not self._watching:
            return self._next_in_turn()
        if self._failure is not None and not self._stages and not self._awaited:
            reason = self._failure.reason
            raise AllFail(reason, self._n_shown, self._n_told, self._any_may_fit)
        task = self._queue.popleft() if self._queue else None
        if task is not None:
            self._early.update({} if task.is_probe else {task.key: None})
        elif self._may_go_on():
            task = self._next_in_turn()
        if task is not None:
            self._n_out += 1
            self._given_out.add(task.key)
        return task

    def _may_go_on(self) -> bool:
        """Whether to go on in turn; in the meantime, as long as it is not clear."""
        if self._failure is None:
            return True
        if self._n_out >= self._n_workers:
            return False
        # a worker that starts, or a longer fit, must not let the others run on
        self._n_meantime += 1
        return self._all_splits or self._n_meantime <= 2 * self._n_workers

    def _next_in_turn(self) -> Task | None:
        """Return the next task of the scheduler that did not run before its turn."""
        while True:
            task = self._scheduler.next_task()
            if task is None or task.key not in self._early:
                return task
            result = self._early.pop(task.key)
            if result is not None:
                self._scheduler.tell(result)

    def ask_ahead(self) -> None:
        """Let the scheduler choose while tasks run."""
        self._scheduler.ask_ahead()

    def tell(self, result: SplitResult) -> None:
        """Take note of a result, and pass it on when the scheduler knows its task."""
        if result.key in self._early:
            self._early[result.key] = result
        elif not result.is_probe:
            self._scheduler.tell(result)
        if self._watching:
            self._n_told += 1
            self._n_out -= 1
            self._judge(result)

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}, watching={self._watching}: {self._scheduler!r}>"
        )

    def stop(self) -> None:
        """Start no further trial."""
        self._dismiss()
        self._scheduler.stop()

    def _dismiss(self) -> None:
        """Go on as the scheduler says, whatever fails."""
        self._watching = False
        self._queue.clear()

    def _judge(self, result: SplitResult) -> None:
        failures = _all_that_counts(result, self._scores)
        errors = [self._in_common(failure) for failure in failures]
        error = tuple(str(error) for error in errors)
        if not errors or None in errors or any(f.out_of_memory for f in failures):
            self._dismiss()
            return
        self._failed.add(result.key)
        if result.split == 0:
            if self._failure is None:
                self._failure, self._error = failures[0], error
                self._any_may_fit = not _is_clear(result)
                self._plan()
            elif error != self._error:
                self._dismiss()
                return
        self._awaited.discard(result.key)
        while self._failure is not None and self._stages and not self._awaited:
            self._begin(self._stages.popleft())

    def _in_common(self, failure: Failure) -> object | None:
        """Return what failures of the same error have in common; None if unknown."""
        if failure.kind in _OF_LIMITS:
            # probes that hang too would cost more than anything else
            return failure.kind if self._are_trials else None
        # each such message has its own score in it
        return (
            failure.kind if failure.kind == "no number" else same_error(failure.reason)
        )

    def _plan(self) -> None:
        """Decide what has to fail, in stages."""
        max_tasks = float("inf") if self.max_tasks is None else self.max_tasks
        candidates = self._candidates()
        first = 0 if self._are_trials else None
        # if it takes half of the search, that may as well run
        chosen = cover(candidates, max_tasks / 2 - 1, first)
        if chosen is None:
            self._dismiss()
            return
        own_params = [Task(Trial(-1, {}), 0)]
        if self._are_trials:
            # they would run anyhow
            shown = [Task(Trial(i, candidates[i]), 0) for i in chosen]
            self._stages.extend([shown, own_params])
        else:
            # the estimator's own parameters are the most likely to be valid
            shown = [Task(Trial(-2 - i, candidates[i]), 0) for i in chosen]
            self._stages.extend([own_params, shown])
        if self._any_may_fit:
            others = self._others(candidates, chosen)
            self._stages.append(others)
            shown = shown + others
        self._n_shown = len(shown)
        if self._all_splits:
            trial = Trial(0, {})  # only its keys are looked at
            self._stages.append([Task(trial, i) for i in range(1, self._n_splits)])

    def _others(
        self, candidates: Sequence[Mapping[str, Any]], chosen: list[int]
    ) -> list[Task]:
        """Return the other trials, or as many further examples as there are trials."""
        others = sorted(set(range(len(candidates))).difference(chosen))
        if self._are_trials:
            return [Task(Trial(i, candidates[i]), 0) for i in others]
        if self.max_trials is not None:
            # with a single split they cost as much as the search
            n = min(self.max_trials, self.max_trials * self._n_splits // 2)
            others = others[len(others) - max(0, min(n - len(chosen), len(others))) :]
        return [Task(Trial(-2 - i, candidates[i]), 0) for i in others]

    def _begin(self, tasks: list[Task]) -> None:
        self._awaited = {task.key for task in tasks} - self._failed
        self._queue.extend(
            task
            for task in tasks
            if task.split == 0 and task.key not in self._given_out
        )


def _is_clear(result: SplitResult) -> bool:
    """Whether a failure looks as if it were not the candidate's."""
    failure = result.fit_failure
    # what was fitted, but cannot be scored, was a valid candidate
    return failure is None or is_of_data_or_code(failure.reason)


def _all_that_counts(result: SplitResult, scores: bool) -> list[Failure]:
    """Return the failures of a fit that is of no use; empty if it is of some."""
    if result.fit_failure is not None:
        return [result.fit_failure]
    failures = [
        result.score_failures.get(("test", metric)) for metric in result.test_scores
    ]
    if not scores or None in failures:
        return []
    return [failure for failure in failures if failure is not None]
