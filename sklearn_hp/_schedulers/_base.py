"""What the loop of a search asks of its scheduler."""

from __future__ import annotations

from typing import Protocol

from sklearn_hp._records import SplitResult, Task


class Scheduler(Protocol):
    """Decides which task runs next; called from one thread only."""

    max_trials: int | None
    """The most trials there can be, None when that is not known in advance."""

    max_tasks: int | None
    """The most tasks there can be, likewise."""

    waits: bool
    """Whether trials wait for the results of others: a result is then wanted as soon as
    it can be had, and no task should queue behind another while a worker is free."""

    exhausted: bool
    """Whether there was no candidate left before there were `max_trials`."""

    def next_task(self) -> Task | None:
        """Return the next task, or None if there is none before another result.

        A scheduler whose sampler learns returns None rather than ask further ahead than
        its results allow, whatever the pool could take.
        """

    def ask_ahead(self) -> None:
        """Do now what the next call of `next_task` would have to wait for.

        Called while tasks run, so that choosing a candidate overlaps with them.
        """

    def tell(self, result: SplitResult) -> None:
        """Take note of a result."""

    def stop(self) -> None:
        """Start no further trial."""
