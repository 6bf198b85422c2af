"""Ask a sampler and tell it, in an order that no worker can change."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sklearn_hp._records import (
    Observation,
    SplitResult,
    State,
    Task,
    Trial,
    Verdict,
)
from sklearn_hp._schedulers._base import Policy
from sklearn_hp._schedulers._known import KnownScores, Order
from sklearn_hp.samplers import Sampler


class TrialQueue:
    """Evaluate the candidates of a sampler, as far as a policy says.

    Fits are numbered as they are given out. Whatever is decided when n fits were given
    out, the next candidate or whether one goes on, is decided by the results of the
    first ``n - n_pending`` of them, in that order. What else has arrived is not looked
    at. So decisions depend on scores only, not on which worker was first. Only if
    nothing else can be done, the results of further fits are taken in, one by one.

    What needs no score waits for none: the splits of a trial that is run as a whole,
    and the first ``sampler.n_initial`` candidates.

    Parameters
    ----------
    sampler : Sampler
        Where the candidates come from. It is told an `Observation` of each trial that
        has ended; before that estimates, whenever a split is in, if it has a true
        attribute ``takes_estimates``. When it will not be asked any more, or depends on
        no score, it is told of each trial when that ends.
    policy : Policy
        How much of each trial is run.
    n_splits : int
        Number of splits of each trial.
    metric : str or None, default=None
        Name of the score that trials are judged by; None for the first. A trial without
        that score has failed, unless it is a search by one metric, which has only one.
    max_trials : int or None, default=None
        The most candidates to evaluate, None for as many as the sampler proposes.
    n_pending : int, default=0
        How many of the latest fits decisions do without. More of them keep more workers
        busy, with decisions that know less.

    Attributes
    ----------
    max_trials, max_tasks, waits, exhausted
        See `Scheduler`.

    Examples
    --------
    >>> from sklearn_hp.samplers import FixedSampler
    >>> from sklearn_hp._schedulers import CompletePolicy, TrialQueue
    >>> sampler = FixedSampler([{"C": 1}, {"C": 10}])
    >>> queue = TrialQueue(sampler, CompletePolicy(), n_splits=2)
    >>> tasks = iter(queue.next_task, None)
    >>> [(task.trial.params["C"], task.split) for task in tasks]
    [(1, 0), (1, 1), (10, 0), (10, 1)]
    """

    def __init__(
        self,
        sampler: Sampler,
        policy: Policy,
        n_splits: int,
        metric: str | None = None,
        max_trials: int | None = None,
        n_pending: int = 0,
    ) -> None:
        self.sampler = sampler
        self.policy = policy
        self.n_splits = n_splits
        self.metric = metric
        self.max_trials = max_trials
        self.max_tasks = None if max_trials is None else max_trials * n_splits
        self.n_pending = n_pending
        self.exhausted = False
        self._n_initial = getattr(sampler, "n_initial", 0)
        self._learns = not math.isinf(self._n_initial)
        self.waits = self._learns or policy.races
        self._next_number = 0
        self._ahead: Mapping[str, Any] | None = None
        self._stopped = False
        self._trials: dict[int, _Trial] = {}  # whose end the sampler does not know
        self._open: dict[int, _Trial] = {}  # of those, without an end
        self._whole: _Trial | None = None  # which is being given out
        self._ready: list[int] = []  # open, not whole, to go on with
        self._order = Order()
        self._known = KnownScores(n_splits)
        self._news: set[int] = set()  # trials of which more is known than was told
        self._verdicts: list[Verdict] = []

    # ---------------------------------------------------------------- giving out

    def next_task(self) -> Task | None:
        """Return the next split of a trial that goes on, or the first of a new one."""
        if self._stopped:
            return self._next_of_first()
        while True:
            if self._whole is None and self._is_free(self._next_number):
                self._begin_trial()
            if self._whole is not None:
                return self._give_out(self._whole)
            if not self._is_known():
                return None
            if self._ready:
                return self._give_out(self._open[self._ready.pop(0)])
            if self._asks_no_more:
                n_more = self._order.n_known + 1
                if n_more > self._order.n_given or not self._look_at(n_more):
                    return None
            else:
                self._begin_trial()

    def _next_of_first(self) -> Task | None:
        """Return a task of the first trial, all splits of which run in any case."""
        if self._next_number == 0 and not self._asks_no_more:
            self._begin_trial()
        first = self._open.get(0)
        if first is None or not first.left:
            return None
        return self._give_out(first)

    def _give_out(self, trial: _Trial) -> Task:
        task = Task(trial.trial, trial.left.pop(0))
        trial.n_unknown += 1
        if trial is self._whole and not trial.left:
            self._whole = None
        self._order.give_out(task)
        return task

    def _begin_trial(self) -> None:
        """Ask for a candidate, if there was none ahead, and begin with it."""
        if self._ahead is None:
            self._ask()
        if self._ahead is None:
            return
        number = self._next_number
        trial = _Trial(Trial(number, self._ahead), self.policy.is_whole(number))
        self._ahead = None
        self._next_number += 1
        self._trials[number] = self._open[number] = trial
        if trial.whole:
            trial.left = list(range(self.n_splits))
            self._whole = trial
        else:
            trial.left = self.policy.split_order(self._known.scores)
            self._ready.append(number)

    # -------------------------------------------------------------------- asking

    def ask_ahead(self) -> None:
        """Ask for the next candidate already, if what it depends on is known."""
        if self._ahead is not None or self._asks_no_more:
            return
        if self._is_free(self._next_number):
            self._ask()
        elif self._whole is None and not self._stopped:
            if self._is_known() and not self._ready:
                self._ask()

    def _is_free(self, number: int) -> bool:
        """Whether a trial depends on no score, neither its candidate nor its splits."""
        return (
            number < self._n_initial
            and not self._asks_no_more
            and self.policy.is_whole(number)
        )

    @property
    def _asks_no_more(self) -> bool:
        stopped = self._stopped and self._next_number > 0
        return stopped or self.exhausted or self._next_number == self.max_trials

    def _ask(self) -> None:
        if self._next_number >= self._n_initial:
            self._tell_news()
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

    # ------------------------------------------------------------------- learning

    def tell(self, result: SplitResult) -> None:
        """Keep the score of one split, and decide what can be decided by now."""
        trial = self._trials[result.trial_number]
        trial.results[result.split] = result
        self._order.arrive(result.key, self._score_of(result))
        if len(trial.results) == self.n_splits:
            self._complete(trial)
        self._is_known()

    def _score_of(self, result: SplitResult) -> float:
        if not result.multimetric:
            return next(iter(result.test_scores.values()), math.nan)
        if self.metric is None:  # settled by the first result that has any
            self.metric = next(iter(result.test_scores), None)
        return result.test_scores.get(self.metric or "", math.nan)

    def _is_known(self) -> bool:
        """Take in what the next decision is based on; return if all of it is in."""
        return self._look_at(self._order.n_given - self.n_pending)

    def _look_at(self, n: int) -> bool:
        """Take in the first n results, as far as they are in; return if they are."""
        while self._order.n_known < n:
            found = self._order.take()
            if found is None:
                return False
            (number, split, _), score = found
            self._take_in(number, split, score)
        return True

    def _take_in(self, number: int, split: int, score: float) -> None:
        """Note a score, and decide whether its trial goes on."""
        self._known.enter(number, split, score)
        trial = self._trials.get(number)
        if trial is None:  # the sampler knows how it ended
            return
        trial.n_unknown -= 1
        self._news.add(number)
        if trial.whole or trial.end is not None:
            return
        if math.isnan(score):
            self._end(trial, "failed")
            return
        estimate = self.policy.drops(self._known.scores, number)
        if estimate is None:
            insort(self._ready, number)
        else:
            self._end(trial, "dropped", *estimate)

    def _complete(self, trial: _Trial) -> None:
        # summed in the order of the splits, so that the mean does not depend on which
        # worker was first
        scores = [self._score_of(trial.results[i]) for i in range(self.n_splits)]
        mean = float(np.mean(scores))
        self._end(trial, "failed" if math.isnan(mean) else "complete", mean)

    def _end(
        self,
        trial: _Trial,
        state: State,
        score: float = math.nan,
        noise: float = 0.0,
    ) -> None:
        means, n_run = trial.means(self.n_splits), len(trial.results)
        self._verdicts.append(Verdict(trial.trial, state, n_run, score, noise, means))
        trial.end = Observation(score, noise)
        trial.results.clear()
        del self._open[trial.trial.number]
        if self._asks_no_more or not self._learns:
            self._tell_rest()

    def take_verdicts(self) -> list[Verdict]:
        """Return the verdicts reached since the last call."""
        verdicts, self._verdicts = self._verdicts, []
        return verdicts

    # ------------------------------------------------------------------- telling

    def _tell_news(self) -> None:
        """Tell the sampler what was taken in since it was told last."""
        for number in sorted(self._news):
            trial = self._trials[number]
            final = trial.end is not None and trial.n_unknown == 0
            observation = trial.end
            if not final:
                observation = self._estimate(number)
            if observation is None:
                continue
            self.sampler.tell(trial.trial, observation)
            self._news.discard(number)
            if final:
                del self._trials[number]

    def _estimate(self, number: int) -> Observation | None:
        """Return what is known of a trial before it has ended, if that is to be told.

        None if the sampler wants no estimates, or there is nothing to compare with.
        """
        if not getattr(self.sampler, "takes_estimates", False):
            return None
        return self._known.observe(number)

    def _tell_rest(self) -> None:
        """Tell how trials ended, on which no candidate depends.

        Who looks at the sampler afterwards finds all.
        """
        self._news.clear()
        for number in sorted(self._trials):
            trial = self._trials[number]
            if trial.end is not None:
                self.sampler.tell(trial.trial, trial.end)
                del self._trials[number]

    # -------------------------------------------------------------------- ending

    @property
    def all_begun(self) -> bool:
        """Whether a search that stops now leaves no task out."""
        left = [number for number, trial in self._open.items() if trial.left]
        no_more = self._asks_no_more or self.max_trials == 1
        return no_more and left in ([], [0])  # the first is completed in any case

    @property
    def is_finished(self) -> bool:
        """Whether each trial has ended, and there will be no other."""
        if self._stopped:
            return 0 not in self._open and self._asks_no_more
        return self._asks_no_more and not self._open

    def stop(self) -> None:
        """Give out no task any more, except those of the first trial.

        So a search that is stopped at once has a best candidate all the same.
        """
        self._stopped = True
        self._tell_rest()

    def __repr__(self) -> str:
        n_given, n_known = self._order.n_given, self._order.n_known
        return (
            f"<{type(self).__name__}, {self.policy.name}: trials {sorted(self._open)} "
            f"have not ended, {n_given} fits given out, {n_known} looked at, "
            f"n_pending={self.n_pending}>"
        )


@dataclass(slots=True)
class _Trial:
    """What the queue knows of a trial.

    ``left`` are the splits to be given out, ``n_unknown`` is how many were given out
    and not looked at. ``results`` by split are there until the trial ends. ``end`` is
    what the sampler is to be told of it in the end.
    """

    trial: Trial
    whole: bool
    left: list[int] = field(default_factory=list)
    n_unknown: int = 0
    results: dict[int, SplitResult] = field(default_factory=dict)
    end: Observation | None = None

    def means(self, n_splits: int) -> dict[str, float]:
        """Return the mean of each metric over all splits; NaN where one is missing."""
        scores = [
            self.results[i].test_scores if i in self.results else {}
            for i in range(n_splits)
        ]
        names = dict.fromkeys(name for of_split in scores for name in of_split)
        # by numpy, which adds up as it does for `cv_results_`
        return {
            name: float(np.mean([of_split.get(name, math.nan) for of_split in scores]))
            for name in names
        }
