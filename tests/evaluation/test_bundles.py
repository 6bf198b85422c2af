"""How many tasks travel together; without workers."""

import pytest

from sklearn_hp._evaluation._pool._bundles import Bundles
from sklearn_hp._records import Task, Trial

TASKS = [Task(Trial(number, {}), 0) for number in range(1000)]


def size_of(bundles):
    """Fill a bundle; return how many tasks it takes."""
    n = 1
    while not bundles.add(TASKS[n - 1]):
        n += 1
    assert len(bundles) == n
    assert bundles.take() == TASKS[:n]
    assert len(bundles) == 0
    return n


def sizes(bundles, *seconds):
    """Return the size of the bundle after each time that is told."""
    found = []
    for each in seconds:
        bundles.learn(each)
        found.append(size_of(bundles))
    return found


def test_the_first_tasks_travel_one_by_one():
    bundles = Bundles(2, None, allowed=True)
    assert [size_of(bundles), size_of(bundles)] == [1, 1]
    assert not bundles.are_short
    assert bundles.depth == 1


def test_bundles_of_fast_fits_double_up_to_what_takes_30_ms():
    bundles = Bundles(2, None, allowed=True)
    assert sizes(bundles, *[0.003] * 6) == [2, 4, 8, 10, 10, 10]


def test_bundles_have_an_upper_limit():
    bundles = Bundles(2, None, allowed=True)
    assert sizes(bundles, *[0.0] * 9) == [2, 4, 8, 16, 32, 64, 100, 100, 100]


def test_one_slow_bundle_makes_the_next_small_at_once():
    bundles = Bundles(2, None, allowed=True)
    assert sizes(bundles, *[0.001] * 4, 0.01, 0.2, 0.001) == [2, 4, 8, 16, 3, 1, 2]


def test_where_bundles_are_not_allowed():
    bundles = Bundles(2, None, allowed=False)
    assert sizes(bundles, *[0.001] * 4) == [1, 1, 1, 1]
    assert bundles.are_short
    assert bundles.depth == 1


@pytest.mark.parametrize("seconds, depth", [(0.001, 2), (0.49, 2), (0.51, 1), (10, 1)])
def test_a_bundle_waits_behind_short_fits_only(seconds, depth):
    bundles = Bundles(2, None, allowed=True)
    bundles.learn(seconds)
    assert bundles.are_short == (depth == 2)
    assert bundles.depth == depth


def test_none_waits_near_the_end():
    bundles = Bundles(n_workers=3, max_tasks=10, allowed=True)
    bundles.learn(0.4)  # bundles of one
    depths = []
    for task in TASKS[:10]:
        depths.append(bundles.depth)
        bundles.add(task)
    # more than two rounds of the workers are left at first
    assert depths == [2, 2, 2, 2, 1, 1, 1, 1, 1, 1]
