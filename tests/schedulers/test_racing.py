"""The policy, driven through the queue without pool, clock or estimator."""

import math
import random

import numpy as np
import pytest

from sklearn_hp._records import SplitResult
from sklearn_hp._schedulers import CompletePolicy, RacingPolicy, TrialQueue
from sklearn_hp._schedulers._paired import make_standard
from tests.schedulers.samplers import NotingSampler


def synthetic(n_trials, k, seed, spread_of_splits=1.0):
    rng = np.random.default_rng(seed)
    mean, of_splits = rng.normal(size=(n_trials, 1)), rng.normal(size=k)
    noise = 0.7 * rng.normal(size=(n_trials, k))
    return mean + spread_of_splits * of_splits + noise


def race(S, policy=None, n_pending=0, n_workers=1, seed=None, fail=(), first=()):
    """Run all tasks, those of `first` before others; return what came of it."""
    rng = random.Random(seed)
    sampler = NotingSampler(len(S))
    policy = policy or RacingPolicy(n_startup=max(2, n_pending + 1))
    queue = TrialQueue(
        sampler, policy, S.shape[1], max_trials=len(S), n_pending=n_pending
    )
    running, keys, verdicts = [], [], []
    while True:
        while len(running) < n_workers and (task := queue.next_task()):
            running.append(task)
            keys.append(task.key[:2])
        verdicts += queue.take_verdicts()
        if not running:
            assert queue.is_finished
            return keys, verdicts, sampler
        queue.ask_ahead()
        at = [i for i, task in enumerate(running) if task.key[:2] in first] or range(
            len(running) if seed is not None else 1
        )
        task = running.pop(rng.choice(at))
        scores = {"score": float(S[task.key[:2]])}
        if task.key[:2] in fail:
            scores = {}
        queue.tell(SplitResult(*task.key, 0.0, 0.0, scores))


def states(verdicts):
    return {verdict.trial.number: verdict.state for verdict in verdicts}


def test_a_hopeless_candidate_is_dropped_after_one_split():
    S = np.array([[0.9, 0.8, 0.7], [0.89, 0.81, 0.68], [0.1, 0.2, 0.1], [1, 0.9, 0.8]])
    keys, verdicts, sampler = race(S)
    assert states(verdicts) == {
        0: "complete",
        1: "complete",
        2: "dropped",
        3: "complete",
    }
    assert [n for n, _ in keys].count(2) == 1
    (dropped,) = [v for v in verdicts if v.state == "dropped"]
    split = next(split for number, split in keys if number == 2)
    assert dropped.n_run == 1
    assert dropped.score == pytest.approx(0.8 + S[2, split] - S[0, split])
    assert dropped.noise > 0
    assert math.isnan(dropped.scores["score"]), "no mean over some splits only"
    assert sampler.told[2].score == dropped.score
    assert sampler.told[2].noise == dropped.noise
    assert [sampler.told[i].noise for i in (0, 1, 3)] == [0, 0, 0]


def test_one_candidate_after_the_other_and_one_split_at_a_time():
    S = synthetic(30, 5, seed=1)
    keys, _, _ = race(S)
    assert [n for n, _ in keys] == sorted(n for n, _ in keys)
    assert keys[:10] == [(i, split) for i in (0, 1) for split in range(5)]


def test_the_noise_is_judged_by_other_candidates():
    best = np.array([0.91, 0.9, 0.89, 0.9, 0.9])
    poor = best - [0.5, 0.51, 0.5, 0.49, 0.5]
    erratic = np.array([0.91, 0.6, np.nan, np.nan, np.nan])
    assert RacingPolicy().drops(np.array([best, poor, erratic]), number=2) is not None


def test_nothing_is_dropped_at_alpha_0():
    S = synthetic(20, 3, seed=0)
    _, verdicts, sampler = race(S, RacingPolicy(alpha=0))
    _, complete, same = race(S, CompletePolicy())
    assert [v.score for v in verdicts] == [v.score for v in complete]
    assert sampler.told == same.told


@pytest.mark.parametrize("spread_of_splits", [1.0, 10.0])
@pytest.mark.parametrize(
    "n_searches, saved, missed",
    # over 1,000 searches 59 % are saved, and 1.1 % miss the best
    [(60, 0.55, 0.05), pytest.param(500, 0.55, 0.03, marks=pytest.mark.slow)],
)
def test_it_saves_more_than_half_and_finds_the_best(
    n_searches, saved, missed, spread_of_splits
):
    n_fits = n_missed = 0
    for seed in range(n_searches):
        S = synthetic(50, 5, seed, spread_of_splits)
        keys, verdicts, _ = race(S)
        n_fits += len(keys)
        best = max(
            (v for v in verdicts if v.state == "complete"), key=lambda v: v.score
        )
        n_missed += best.trial.number != S.mean(axis=1).argmax()
    assert n_fits <= (1 - saved) * n_searches * 250
    assert n_missed <= missed * n_searches


def test_constants_of_splits_change_no_decision_once_two_are_complete():
    S = synthetic(40, 5, seed=3)
    expected = states(race(S)[1])
    assert "dropped" in expected.values()
    assert states(race(S + np.array([0, 9, -7, 100, 3]))[1]) == expected
    assert states(race(S * 1000)[1]) == expected


@pytest.mark.parametrize("n_pending", [0, 1, 3, 7])
@pytest.mark.parametrize("k", [2, 3, 5])
def test_one_table_for_any_workers_and_order_of_arrival(k, n_pending):
    S = synthetic(25, k, seed=2)
    expected_keys, expected, sampler = race(S, n_pending=n_pending)
    expected = sorted(map(repr, expected))  # where NaN equals NaN
    for n_workers, seed in [(1, 0), (2, 1), (3, 2), (8, 3), (100, 4)]:
        keys, verdicts, same = race(S, None, n_pending, n_workers, seed)
        assert keys == expected_keys
        assert sorted(map(repr, verdicts)) == expected
        assert same.told == sampler.told


def test_splits_of_different_candidates_run_side_by_side():
    S = synthetic(30, 5, seed=0)
    sampler = NotingSampler(30)
    queue = TrialQueue(
        sampler, RacingPolicy(n_startup=2), 5, max_trials=30, n_pending=3
    )
    for _ in range(10):
        task = queue.next_task()
        queue.tell(SplitResult(*task.key, 0.0, 0.0, {"score": S[task.key[:2]]}))
    tasks = list(iter(queue.next_task, None))
    assert [task.trial.number for task in tasks] == [2, 3, 4, 5]


@pytest.mark.parametrize("nth", [0, 1, 4])
def test_a_failed_split_ends_its_candidate(nth):
    S = synthetic(12, 5, seed=0)
    S[7] = 9.0  # it would not be dropped
    keys, verdicts, _ = race(S)
    splits = [split for number, split in keys if number == 7]
    keys, verdicts, sampler = race(S, fail={(7, splits[nth])})
    assert states(verdicts)[7] == "failed"
    assert [n for n, _ in keys].count(7) == nth + 1
    assert math.isnan(sampler.told[7].score)
    assert len(verdicts) == 12


def test_the_first_candidate_fails():
    S = synthetic(12, 5, seed=0)
    _, verdicts, _ = race(S, fail={(0, 1), (1, 4)})
    assert [states(verdicts)[i] for i in (0, 1)] == ["failed", "failed"]
    assert "complete" in states(verdicts).values()


def test_all_candidates_fail():
    S = synthetic(6, 3, seed=0)
    every = {(i, j) for i in range(6) for j in range(3)}
    keys, verdicts, _ = race(S, fail=every)
    assert set(states(verdicts).values()) == {"failed"}
    assert len(keys) == 2 * 3 + 4


def test_twins_are_not_dropped():
    S = np.tile(synthetic(1, 5, seed=0), (6, 1))
    _, verdicts, _ = race(S)
    assert set(states(verdicts).values()) == {"complete"}


def test_a_stopped_race_ends_without_the_rest():
    S = synthetic(30, 5, seed=0)
    queue = TrialQueue(NotingSampler(30), RacingPolicy(), 5, max_trials=30)
    for _ in range(11):
        task = queue.next_task()
        queue.tell(SplitResult(*task.key, 0.0, 0.0, {"score": S[task.key[:2]]}))
    assert not queue.all_begun
    queue.stop()
    assert queue.next_task() is None
    assert queue.is_finished


class Recording(RacingPolicy):
    """Notes the scores by which each trial was dropped."""

    def __init__(self):
        super().__init__()
        self.dropped_by = {}

    def drops(self, S, number):
        estimate = super().drops(S, number)
        if estimate is not None:
            self.dropped_by[number] = S.copy()
        return estimate


def test_the_surrogate_gets_the_adjusted_mean_with_its_noise():
    S, policy = synthetic(30, 5, seed=0), Recording()
    _, verdicts, sampler = race(S, policy)
    assert len(policy.dropped_by) > 10
    for number, known in policy.dropped_by.items():
        row = known[number].copy()
        known[number] = np.nan
        standard = make_standard(known)
        j = np.isfinite(row).sum()
        assert sampler.told[number].noise == pytest.approx(
            standard.variance / 2 * (1 / j - 1 / 5)
        )
        difference = np.nanmean(row - known[standard.incumbent])
        assert sampler.told[number].score == pytest.approx(standard.mean + difference)
    for verdict in verdicts:
        if verdict.state == "complete":
            assert sampler.told[verdict.trial.number].noise == 0


@pytest.mark.parametrize("n_pending", [0, 2])
def test_a_race_that_is_cut_and_replayed_comes_to_the_same_end(n_pending):
    S = synthetic(12, 4, seed=1)
    expected, _, sampler = race(S, n_pending=n_pending)
    for n_kept in range(0, len(expected), 5):
        # known results are answered in the order asked, the others run side by side
        known = dict.fromkeys(expected[:n_kept])
        keys, _, same = race(S, None, n_pending, n_workers=3, seed=n_kept, first=known)
        assert keys == expected
        assert same.told == sampler.told
