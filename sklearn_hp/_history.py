"""What is known of a search: its results, and how each of its trials ended.

The only place that knows whether a trial has ended: no other counts its splits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sklearn_hp._records import SplitResult, State, Task, Trial, Verdict


class History:
    """Results in the order they arrived, the trials they are of, and verdicts.

    Both are only ever added to. ``cv_results_``, ranks, callbacks and plots are views.
    """

    def __init__(self) -> None:
        self._trials: dict[int, Trial] = {}
        self._results: list[SplitResult] = []
        self._verdicts: list[Verdict] = []
        self._states: dict[int, State] = {}

    def append(self, task: Task, result: SplitResult) -> None:
        """Add the result of a task."""
        self._trials[task.trial.number] = task.trial
        self._results.append(result)

    def end(self, verdict: Verdict) -> None:
        """Add how a trial ended; that is final."""
        assert verdict.trial.number not in self._states, "a trial ends once"
        self._states[verdict.trial.number] = verdict.state
        self._verdicts.append(verdict)

    def cut_off(self) -> None:
        """End the trials that have not ended: the search is over."""
        n_run = Counter(result.trial_number for result in self)
        for trial in self.trials:
            if trial.number not in self._states:
                self.end(Verdict(trial, "cut off", n_run[trial.number]))

    @property
    def trials(self) -> list[Trial]:
        """The trials with at least one result, in the order they were proposed."""
        return [self._trials[number] for number in sorted(self._trials)]

    def state_of(self, number: int) -> State | None:
        """Return how a trial ended; None if it has not."""
        return self._states.get(number)

    def verdicts_since(self, start: int) -> list[Verdict]:
        """Return the verdicts after the first `start`."""
        return self._verdicts[start:]

    def since(self, start: int) -> list[SplitResult]:
        """Return the results after the first `start`."""
        return self._results[start:]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[SplitResult]:
        return iter(self._results)
