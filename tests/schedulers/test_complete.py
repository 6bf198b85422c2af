import math

import pytest

from sklearn_hp._records import SplitResult
from sklearn_hp.samplers import FixedSampler
from sklearn_hp.schedulers import CompleteScheduler


class LearningSampler(FixedSampler):
    """Notes what it is told."""

    def __init__(self, candidates):
        super().__init__(candidates)
        self.told = []

    def tell(self, trial, score):
        self.told.append((trial.number, score))


def make_scheduler(n_candidates=3, n_splits=2, **kwargs):
    sampler = LearningSampler([{"a": i} for i in range(n_candidates)])
    return CompleteScheduler(sampler, n_splits, **kwargs), sampler


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
    mean = (0.1 + 0.2 + 0.3) / 3
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
