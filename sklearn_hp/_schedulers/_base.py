"""What the loop of a search asks of its scheduler, and a queue of its policy."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._records import SplitResult, Task, Verdict

Array = NDArray[np.float64]


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

    @property
    def all_begun(self) -> bool:
        """Whether a search that stops now leaves no task out."""

    @property
    def is_finished(self) -> bool:
        """Whether each trial has ended, and there will be no other."""

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

    def take_verdicts(self) -> list[Verdict]:
        """Return the verdicts reached since the last call."""

    def stop(self) -> None:
        """Start no further trial."""


class Policy(Protocol):
    """Decides how much of each trial is run.

    A pure function: it sees scores, no clock, no worker and no estimator. `S` are the
    scores known so far, of shape (n_trials, n_splits), see
    :mod:`sklearn_hp._schedulers._paired`.
    """

    name: str
    """What it does, in a word."""

    races: bool
    """Whether any trial may be dropped."""

    def is_whole(self, number: int) -> bool:
        """Whether all splits of a trial are run, whatever their scores are.

        They are then given out in their order, and wait for no result.
        """

    def split_order(self, S: Array) -> list[int]:
        """Return the splits of a trial that is not whole in the order to run them."""

    def drops(self, S: Array, number: int) -> tuple[float, float] | None:
        """Decide on a trial that is not whole, after another of its splits.

        Returns
        -------
        estimate : tuple of (float, float) or None
            If the trial is to be dropped, what its mean score is estimated to be, and
            the variance of that estimate. None to run its next split.
        """
