"""Every candidate on every split."""

from __future__ import annotations

import math

from sklearn_hp._records import SplitResult, Task, Trial
from sklearn_hp.samplers import Sampler


class CompleteScheduler:
    """Evaluate each candidate of a sampler on all splits, in order.

    Parameters
    ----------
    sampler : Sampler
        Where the candidates come from. It is told the mean score of each trial once all
        its splits are in.
    n_splits : int
        Number of splits of each trial.
    metric : str, default="score"
        Name of the score to tell the sampler.
    max_trials : int or None, default=None
        The most candidates the sampler can propose, None if that is not known.

    Examples
    --------
    >>> from sklearn_hp.samplers import FixedSampler
    >>> from sklearn_hp.schedulers import CompleteScheduler
    >>> scheduler = CompleteScheduler(FixedSampler([{"C": 1}, {"C": 10}]), n_splits=2)
    >>> tasks = iter(scheduler.next_task, None)
    >>> [(task.trial.params["C"], task.split) for task in tasks]
    [(1, 0), (1, 1), (10, 0), (10, 1)]
    """

    def __init__(
        self,
        sampler: Sampler,
        n_splits: int,
        metric: str = "score",
        max_trials: int | None = None,
    ) -> None:
        self.sampler = sampler
        self.n_splits = n_splits
        self.metric = metric
        self.max_trials = max_trials
        self.max_tasks = None if max_trials is None else max_trials * n_splits
        self._trial: Trial | None = None
        self._next_number = 0
        self._next_split = n_splits
        self._open: dict[int, tuple[Trial, dict[int, float]]] = {}
        self._stopped = False

    def next_task(self) -> Task | None:
        """Return the next split of the current trial, or the first of a new one."""
        begins_trial = self._next_split == self.n_splits
        if self._stopped and self._next_number + begins_trial > 1:
            return None
        if begins_trial and not self._start_trial():
            return None
        assert self._trial is not None
        task = Task(self._trial, self._next_split)
        self._next_split += 1
        return task

    def _start_trial(self) -> bool:
        params = self.sampler.ask()
        if params is None:
            return False
        self._trial = Trial(self._next_number, params)
        self._open[self._next_number] = self._trial, {}
        self._next_number += 1
        self._next_split = 0
        return True

    def tell(self, result: SplitResult) -> None:
        """Keep the score of one split; with the last, tell the sampler the mean."""
        trial, scores = self._open[result.trial_number]
        scores[result.split] = result.test_scores.get(self.metric, math.nan)
        if len(scores) == self.n_splits:
            del self._open[result.trial_number]
            # summed in the order of the splits, so that the mean does not depend on
            # which worker was first
            ordered = [scores[split] for split in range(self.n_splits)]
            self.sampler.tell(trial, sum(ordered) / self.n_splits)

    def stop(self) -> None:
        """Give out no task any more, except those of the first trial.

        So a search that is stopped at once has a best candidate all the same.
        """
        self._stopped = True
