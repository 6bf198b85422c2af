import math
import random

import numpy as np
import pytest

from sklearn_hp._records import Observation, SplitResult
from sklearn_hp._schedulers import CompletePolicy, FailFastScheduler, TrialQueue
from sklearn_hp._schedulers._paired import make_standard
from sklearn_hp.samplers import FixedSampler
from tests.schedulers.samplers import NotingSampler


class LearningSampler(FixedSampler):
    """Notes what it is told."""

    def __init__(self, candidates):
        super().__init__(candidates)
        self.told = []

    def tell(self, trial, observation):
        self.told.append((trial.number, observation.score))


def make_scheduler(n_candidates=3, n_splits=2, **kwargs):
    sampler = LearningSampler([{"a": i} for i in range(n_candidates)])
    return TrialQueue(sampler, CompletePolicy(), n_splits, **kwargs), sampler


def result_of(task, score=0.0, metric="score"):
    return SplitResult(*task.key, 0.0, 0.0, test_scores={metric: score})


def drain(scheduler):
    return list(iter(scheduler.next_task, None))


def test_every_candidate_on_every_split_in_order():
    scheduler, _ = make_scheduler()
    tasks = drain(scheduler)
    expected = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert [(task.trial.number, task.split) for task in tasks] == expected
    assert [task.trial.params["a"] for task in tasks] == [0, 0, 1, 1, 2, 2]
    assert scheduler.next_task() is None


def test_the_sampler_is_told_means_whatever_the_order_of_arrival():
    scheduler, sampler = make_scheduler(2, 3, metric="f1")
    first = drain(scheduler)
    # three numbers whose sum depends on the order of its terms
    scores = {0: 0.1, 1: 0.2, 2: 0.3}
    for task in [first[2], first[5], first[0], first[4], first[1], first[3]]:
        scheduler.tell(result_of(task, scores[task.split], "f1"))
    mean = np.mean([0.1, 0.2, 0.3])
    assert sampler.told == [(0, mean), (1, mean)]


def test_a_failed_split_makes_the_mean_nan():
    scheduler, sampler = make_scheduler(1)
    good, bad = drain(scheduler)
    scheduler.tell(result_of(good, 1.0))
    scheduler.tell(SplitResult(*bad.key, 0.0, 0.0))
    assert sampler.told[0][0] == 0
    assert math.isnan(sampler.told[0][1])


def test_stop_gives_out_nothing_once_a_trial_is_complete():
    scheduler, _ = make_scheduler()
    tasks = [scheduler.next_task() for _ in range(3)]
    for task in tasks[:2]:
        scheduler.tell(result_of(task))
    scheduler.stop()
    assert scheduler.next_task() is None  # not even split 1 of trial 1


@pytest.mark.parametrize("n_given_out, n_tasks", [(0, 2), (1, 2), (2, 2), (3, 3)])
def test_stop_completes_the_first_trial(n_given_out, n_tasks):
    scheduler, sampler = make_scheduler()
    tasks = [scheduler.next_task() for _ in range(n_given_out)]
    scheduler.stop()
    tasks += drain(scheduler)
    assert len(tasks) == n_tasks, "the rest of the first, and none of another"
    for task in tasks:
        scheduler.tell(result_of(task))
    assert sampler.told[0] == (0, 0.0)
    assert scheduler.next_task() is None


def test_no_candidates():
    scheduler, _ = make_scheduler(0)
    assert scheduler.next_task() is None


# ------------------------------------------------------------------ learning samplers


class AskedSampler:
    """Proposes numbers; notes what it had been told when it was asked for each."""

    takes_estimates = True

    def __init__(self, n_candidates=math.inf, n_initial=None):
        self.n_candidates = n_candidates
        self.told, self.told_before_ask = [], []
        if n_initial is not None:
            self.n_initial = n_initial

    def ask(self):
        if len(self.told_before_ask) == self.n_candidates:
            return None
        self.told_before_ask.append(sorted({number for number, _ in self.told}))
        return {"a": len(self.told_before_ask) - 1}

    def tell(self, trial, observation):
        assert trial.params == {"a": trial.number}
        self.told.append((trial.number, observation.score))


def run(scheduler, n_workers, seed, ask_ahead=True):
    """Run all tasks on workers that finish in random order; return their keys."""
    rng = random.Random(seed)
    running, keys = [], []
    while True:
        while len(running) < n_workers and (task := scheduler.next_task()):
            running.append(task)
        if not running:
            return keys
        if ask_ahead:
            scheduler.ask_ahead()
        task = running.pop(rng.randrange(len(running)))
        keys.append(task.key[:2])
        scheduler.tell(result_of(task, score=float(task.trial.number)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n_workers", [1, 2, 8, 100])
@pytest.mark.parametrize("n_pending", [0, 1, 3])
@pytest.mark.parametrize("n_initial", [0, 4])
def test_a_candidate_is_chosen_by_all_fits_before_it_but_the_last(
    n_initial, n_pending, n_workers, seed
):
    sampler = AskedSampler(n_initial=n_initial)
    scheduler = TrialQueue(
        sampler, CompletePolicy(), n_splits=3, max_trials=12, n_pending=n_pending
    )
    keys = run(scheduler, n_workers, seed)
    for i, told in enumerate(sampler.told_before_ask):
        n_known = 3 * i - n_pending if i >= n_initial else 0
        # of a trial of which some splits are known an estimate, once one is complete
        assert told == (list(range(math.ceil(n_known / 3))) if n_known >= 3 else [])
    assert sorted(keys) == [(i, split) for i in range(12) for split in range(3)]
    assert dict(sampler.told) == {i: float(i) for i in range(12)}, "in the end, all"
    assert not scheduler.exhausted
    assert (scheduler.max_trials, scheduler.max_tasks) == (12, 36)


@pytest.mark.parametrize("n_pending", [0, 2])
def test_a_sampler_that_does_not_say_when_it_needs_scores(n_pending):
    sampler = AskedSampler()
    run(
        TrialQueue(sampler, CompletePolicy(), 2, max_trials=5, n_pending=n_pending),
        4,
        0,
    )
    n_told = [i - n_pending // 2 for i in range(5)]
    assert sampler.told_before_ask == [list(range(n)) for n in n_told]


def test_no_task_before_the_scores_it_needs():
    scheduler = TrialQueue(
        AskedSampler(n_initial=2), CompletePolicy(), n_splits=1, n_pending=1
    )
    first, second, third = (scheduler.next_task() for _ in range(3))
    assert third is None, "candidate 2 needs the score of candidate 0"
    scheduler.tell(result_of(second))
    assert scheduler.next_task() is None
    scheduler.tell(result_of(first))
    assert scheduler.next_task().trial.number == 2
    assert scheduler.next_task().trial.number == 3
    assert scheduler.next_task() is None


def test_asking_ahead_asks_once_and_only_what_may_be_asked():
    sampler = AskedSampler(n_initial=2)
    scheduler = TrialQueue(sampler, CompletePolicy(), n_splits=2, n_pending=1)
    tasks = [scheduler.next_task()]
    for _ in range(3):
        scheduler.ask_ahead()
    assert len(sampler.told_before_ask) == 2
    tasks += [scheduler.next_task() for _ in range(3)]
    assert [task.key[:2] for task in tasks] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(sampler.told_before_ask) == 2
    scheduler.tell(result_of(tasks[1]))
    scheduler.tell(result_of(tasks[2]))
    scheduler.ask_ahead()
    assert len(sampler.told_before_ask) == 2, "the first score is not in"
    scheduler.tell(result_of(tasks[0]))
    scheduler.ask_ahead()
    assert sampler.told_before_ask == [[], [], [0, 1]]


def test_nothing_is_asked_for_beyond_the_last_trial():
    sampler = AskedSampler(n_initial=10)
    scheduler = TrialQueue(sampler, CompletePolicy(), n_splits=1, max_trials=2)
    run(scheduler, 3, 0)
    assert len(sampler.told_before_ask) == 2
    assert not scheduler.exhausted


@pytest.mark.parametrize("n_pending", [0, 1, 3])
@pytest.mark.parametrize("n_workers", [1, 2, 8])
@pytest.mark.parametrize("ask_ahead", [True, False])
def test_a_sampler_without_another_candidate(ask_ahead, n_workers, n_pending):
    sampler = AskedSampler(n_candidates=5, n_initial=2)
    scheduler = TrialQueue(
        sampler, CompletePolicy(), 2, max_trials=9, n_pending=n_pending
    )
    assert len(run(scheduler, n_workers, 0, ask_ahead)) == 10
    assert scheduler.exhausted
    assert scheduler.next_task() is None
    assert sorted({number for number, _ in sampler.told}) == list(range(5))


def test_the_sampler_of_a_stopped_search_is_told_what_is_complete():
    sampler = AskedSampler(n_initial=3)
    scheduler = TrialQueue(sampler, CompletePolicy(), n_splits=1)
    tasks = [scheduler.next_task() for _ in range(3)]
    scheduler.tell(result_of(tasks[1], 0.5))
    scheduler.stop()
    assert sampler.told == [(1, 0.5)]
    scheduler.ask_ahead()
    assert len(sampler.told_before_ask) == 3
    scheduler.tell(result_of(tasks[0], 0.25))
    assert sampler.told == [(1, 0.5), (0, 0.25)]


# ------------------------------------------------------------------ partial knowledge


def test_a_candidate_of_which_some_splits_are_known_is_told_as_an_estimate():
    S = np.array([[1.0, 2.0, 4.0], [0.5, 1.0, 2.0], [0.0, 0.0, 0.0]])
    sampler = NotingSampler(3)
    queue = TrialQueue(sampler, CompletePolicy(), 3, n_pending=1)
    for _ in range(3):
        queue.tell(result_of(queue.next_task(), S[0, len(sampler.told)]))
    tasks = [queue.next_task() for _ in range(3)]
    assert sampler.told == {}, "of candidate 0, two splits are looked at"
    for task in tasks:
        queue.tell(result_of(task, S[task.key[:2]]))
    assert queue.next_task().trial.number == 2
    standard = make_standard(np.array([[1.0, 1.0, 1.0], [0.5, 1.0, np.nan]]))
    assert sampler.told[0] == Observation(1.0)
    mean, noise = standard.estimate(np.array([0.5, 1.0, np.nan]))
    assert sampler.told[1] == Observation(mean, noise)
    assert noise > 0


def test_a_candidate_with_a_failed_split_is_told_as_failed():
    sampler = NotingSampler(3)
    queue = TrialQueue(sampler, CompletePolicy(), 2, n_pending=1)
    for failed in (False, False, True, False):
        task = queue.next_task()
        queue.tell(SplitResult(*task.key, 0.0, 0.0) if failed else result_of(task, 1.0))
    queue.next_task()
    assert sampler.told[0] == Observation(1.0)
    assert math.isnan(sampler.told[1].score)
    assert len(queue.take_verdicts()) == 2


def test_verdicts_are_given_once_with_the_scores_by_metric():
    queue = TrialQueue(FixedSampler([{}, {}]), CompletePolicy(), 2, metric="b")
    for task, value in zip(drain(queue), (0.1, 0.3, 0.5, None), strict=True):
        scores = {"a": 1.0} if value is None else {"a": 1.0, "b": value}
        result = SplitResult(*task.key, 0.0, 0.0, scores, multimetric=True)
        queue.tell(result)
    first, second = queue.take_verdicts()
    assert (first.state, first.score, first.noise, first.n_run) == (
        "complete",
        0.2,
        0.0,
        2,
    )
    assert first.scores == {"a": 1.0, "b": 0.2}
    assert second.state == "failed"
    assert math.isnan(second.score)
    assert queue.take_verdicts() == []
    assert queue.is_finished


@pytest.mark.parametrize("n_pending", [0, 1, 3, 7])
def test_a_sampler_that_takes_no_estimates_is_told_once_of_each(n_pending):
    sampler = AskedSampler()
    sampler.takes_estimates = False
    run(TrialQueue(sampler, CompletePolicy(), 3, None, 9, n_pending), 4, 0)
    assert sorted(sampler.told) == [(i, float(i)) for i in range(9)]
    for i, told in enumerate(sampler.told_before_ask):
        assert told == list(range(max(0, 3 * i - n_pending) // 3))


def test_a_scheduler_that_gives_up_shows_what_is_inside():
    queue = TrialQueue(FixedSampler([{}]), CompletePolicy(), 2)
    scheduler = FailFastScheduler(queue, list, are_trials=True, n_splits=2)
    assert repr(queue) in repr(scheduler)
