"""What is known of a search: results, and how each trial ended."""

from __future__ import annotations

from collections.abc import Iterator

from sklearn_hp._records import SplitResult, Task, Trial


class History:
    """The results of a search in the order they arrived, and the trials they are of."""

    def __init__(self) -> None:
        self._trials: dict[int, Trial] = {}
        self._results: list[SplitResult] = []

    def append(self, task: Task, result: SplitResult) -> None:
        """Add the result of a task."""
        self._trials[task.trial.number] = task.trial
        self._results.append(result)

    @property
    def trials(self) -> list[Trial]:
        """The trials with at least one result, in the order they were proposed."""
        return [self._trials[number] for number in sorted(self._trials)]

    def since(self, start: int) -> list[SplitResult]:
        """Return the results after the first `start`."""
        return self._results[start:]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[SplitResult]:
        return iter(self._results)
