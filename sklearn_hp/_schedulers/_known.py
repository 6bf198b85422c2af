"""The scores that decisions may look at, and what they say of each trial."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from sklearn_hp._records import Observation, Task
from sklearn_hp._schedulers._paired import Standard, make_standard

Array = NDArray[np.float64]


class Order:
    """Scores that arrive in any order, taken in that in which tasks were given out.

    Attributes
    ----------
    n_given : int
        How many tasks were given out.
    n_known : int
        Of how many of them the scores were taken.
    """

    def __init__(self) -> None:
        self.n_given = 0
        self.n_known = 0
        self._tasks: deque[tuple] = deque()  # keys of those that were not taken
        self._arrived: dict[tuple, float] = {}  # nor were these

    def give_out(self, task: Task) -> None:
        """Note that a task is the next to be given out."""
        self.n_given += 1
        self._tasks.append(task.key)

    def arrive(self, key: tuple, score: float) -> None:
        """Note the score of a task."""
        self._arrived[key] = score

    def take(self) -> tuple[tuple, float] | None:
        """Return the key and the score that are next; None if it has not arrived."""
        key = self._tasks[0]
        if key not in self._arrived:
            return None
        self._tasks.popleft()
        self.n_known += 1
        return key, self._arrived.pop(key)


class KnownScores:
    """The scores of a search, entered one by one.

    Parameters
    ----------
    n_splits : int
        Number of splits of a complete trial.
    """

    def __init__(self, n_splits: int) -> None:
        self._scores = np.full((8, n_splits), np.nan)
        self._n_trials = 0
        self._failed: set[int] = set()
        self._standard: tuple[Standard | None] | None = None

    @property
    def scores(self) -> Array:
        """By trial and split, (n_trials, n_splits).

        NaN where nothing is known. The row of a trial that failed is NaN as a whole: it
        serves no comparison.
        """
        return self._scores[: self._n_trials]

    def enter(self, number: int, split: int, score: float) -> None:
        """Add the score of a trial on a split; NaN if it failed."""
        self._n_trials = max(self._n_trials, number + 1)
        if self._n_trials > len(self._scores):
            more = np.full((self._n_trials, self._scores.shape[1]), np.nan)
            self._scores = np.vstack([self._scores, more])
        if math.isnan(score):
            self._failed.add(number)
            self._scores[number] = np.nan
        elif number not in self._failed:
            self._scores[number, split] = score
        self._standard = None

    def observe(self, number: int) -> Observation | None:
        """Return what a sampler may be told of a trial of which some splits are known.

        Its mean is estimated by its difference to the best complete trial on the splits
        that it has run. None if there is no complete trial.
        """
        if number in self._failed:
            return Observation(math.nan)
        if self._standard is None:
            self._standard = (make_standard(self.scores),)
        (standard,) = self._standard
        if standard is None:
            return None
        return Observation(*standard.estimate(self._scores[number]))
