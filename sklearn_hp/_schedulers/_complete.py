"""Every candidate on every split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sklearn_hp._records import Observation, SplitResult, Task, Trial
from sklearn_hp.samplers import Sampler


class CompleteScheduler:
    """Evaluate each candidate of a sampler on all splits, in order.

    The sampler learns the same things at the same time whatever the workers do: before
    it is asked for candidate i, it is told the scores of candidates 0 to
    i - 1 - `n_pending`, in that order, and no others. The first ``sampler.n_initial``
    candidates depend on no score and are asked for at once. When it will not be asked
    again, it is told the rest as it comes.

    Parameters
    ----------
    sampler : Sampler
        Where the candidates come from. It is told the mean score of each trial once all
        its splits are in.
    n_splits : int
        Number of splits of each trial.
    metric : str or None, default=None
        Name of the score to tell the sampler; None for the first. A trial without that
        score has failed, unless it is a search by one metric, which has only one.
    max_trials : int or None, default=None
        The most candidates to evaluate, None for as many as the sampler proposes.
    n_pending : int, default=0
        How many of the latest candidates the sampler does without the scores of. More
        of them keep more workers busy, with a sampler that knows less.

    Attributes
    ----------
    waits : bool
        Whether candidates wait for the scores of others.
    exhausted : bool
        Whether the sampler had no candidate left before `max_trials`.

    Examples
    --------
    >>> from sklearn_hp.samplers import FixedSampler
    >>> from sklearn_hp._schedulers import CompleteScheduler
    >>> scheduler = CompleteScheduler(FixedSampler([{"C": 1}, {"C": 10}]), n_splits=2)
    >>> tasks = iter(scheduler.next_task, None)
    >>> [(task.trial.params["C"], task.split) for task in tasks]
    [(1, 0), (1, 1), (10, 0), (10, 1)]
    """

    def __init__(
        self,
        sampler: Sampler,
        n_splits: int,
        metric: str | None = None,
        max_trials: int | None = None,
        n_pending: int = 0,
    ) -> None:
        self.sampler = sampler
        self.n_splits = n_splits
        self.metric = metric
        self.max_trials = max_trials
        self.max_tasks = None if max_trials is None else max_trials * n_splits
        self.n_pending = n_pending
        self.exhausted = False
        self.waits = not math.isinf(getattr(sampler, "n_initial", 0))
        self._trial: Trial | None = None
        self._next_number = 0
        self._next_split = n_splits
        self._ahead: Mapping[str, Any] | None = None
        self._open: dict[int, tuple[Trial, dict[int, float]]] = {}
        self._complete: dict[int, tuple[Trial, float]] = {}
        self._n_told = 0
        self._n_initial = getattr(sampler, "n_initial", 0)
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

    def ask_ahead(self) -> None:
        """Ask for the next candidate already, if the results so far are enough."""
        if self._ahead is None and self._may_ask():
            self._ahead = self.sampler.ask()
            if self._ahead is not None and not isinstance(self._ahead, Mapping):
                raise TypeError(
                    f"ask() of the sampler must return a dict of parameter names and "
                    f"values, or None at the end, got {self._ahead!r} of type "
                    f"{type(self._ahead).__name__}."
                )
            self.exhausted = self._ahead is None
            if self.exhausted:
                self._tell_rest()

    def _start_trial(self) -> bool:
        self.ask_ahead()
        if self._ahead is None:
            return False
        self._trial = Trial(self._next_number, self._ahead)
        self._ahead = None
        self._open[self._next_number] = self._trial, {}
        self._next_number += 1
        self._next_split = 0
        return True

    def _may_ask(self) -> bool:
        """Whether there may be another candidate; if so, tell what it is based on."""
        if self._asks_no_more():
            return False
        if self._next_number >= self._n_initial:
            while self._n_told < self._next_number - self.n_pending:
                if self._n_told not in self._complete:
                    return False
                self._tell_sampler(self._n_told)
                self._n_told += 1
        return True

    def _asks_no_more(self) -> bool:
        stopped = self._stopped and self._next_number > 0
        return stopped or self.exhausted or self._next_number == self.max_trials

    def tell(self, result: SplitResult) -> None:
        """Keep the score of one split; the last completes its trial."""
        trial, scores = self._open[result.trial_number]
        scores[result.split] = self._score_of(result)
        if len(scores) == self.n_splits:
            del self._open[result.trial_number]
            # summed in the order of the splits, so that the mean does not depend on
            # which worker was first
            ordered = [scores[split] for split in range(self.n_splits)]
            self._complete[trial.number] = trial, sum(ordered) / self.n_splits
        if self._asks_no_more():
            self._tell_rest()

    def _score_of(self, result: SplitResult) -> float:
        if not result.multimetric:
            return next(iter(result.test_scores.values()), math.nan)
        if self.metric is None:  # settled by the first result that has any
            self.metric = next(iter(result.test_scores), None)
        return result.test_scores.get(self.metric or "", math.nan)

    def _tell_sampler(self, number: int) -> None:
        trial, score = self._complete.pop(number)
        self.sampler.tell(trial, Observation(score))

    def _tell_rest(self) -> None:
        """Tell what no candidate depends on: who looks at the sampler finds all."""
        for number in sorted(self._complete):
            self._tell_sampler(number)

    def stop(self) -> None:
        """Give out no task any more, except those of the first trial.

        So a search that is stopped at once has a best candidate all the same.
        """
        self._stopped = True
        self._tell_rest()
