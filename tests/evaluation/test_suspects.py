"""Who may have killed a worker; without workers."""

import pytest

from sklearn_hp._evaluation._pool._suspects import Suspects
from sklearn_hp._records import Task, Trial

TASKS = [Task(Trial(number, {}), 0) for number in range(4)]
ONE, TWO, THREE, FOUR = TASKS


def drained(suspects):
    return [suspects.next() for _ in range(len(suspects))]


def test_nobody_is_suspect_at_first():
    assert not Suspects()


def test_most_of_a_bundle_are_innocent_so_no_fresh_worker():
    suspects = Suspects()
    suspects.add(TASKS)
    assert len(suspects) == 4
    assert drained(suspects) == [(task, False) for task in TASKS]
    assert not suspects


def test_what_died_as_the_only_one_in_its_worker_needs_a_fresh_one():
    suspects = Suspects()
    suspects.add([ONE, TWO])
    suspects.add([THREE])
    assert drained(suspects) == [(ONE, False), (TWO, False), (THREE, True)]


def test_the_verdict_takes_a_death_alone_in_a_fresh_worker():
    suspects = Suspects()
    assert not suspects.judge([ONE, TWO], alone=False, fresh=True)
    task, needs_fresh = suspects.next()
    assert (task, needs_fresh) == (ONE, False)
    # in a worker that had run others
    assert not suspects.judge([ONE], alone=True, fresh=False)
    assert suspects.next() == (TWO, False)
    assert suspects.next() == (ONE, True)
    assert suspects.judge([ONE], alone=True, fresh=True)
    assert not suspects


@pytest.mark.parametrize("fresh", [False, True])
def test_beside_others_even_a_single_task_is_only_suspect(fresh):
    suspects = Suspects()
    assert not suspects.judge([ONE], alone=False, fresh=fresh)
    assert drained(suspects) == [(ONE, True)]


def test_lost_data_give_each_task_one_second_chance():
    suspects = Suspects()
    assert suspects.get_second_chance([ONE, TWO])
    # no worker died, so none needs to be fresh
    assert drained(suspects) == [(ONE, False), (TWO, False)]
    assert not suspects.get_second_chance([TWO])
    assert not suspects.get_second_chance([TWO, THREE])
    assert not suspects
    assert suspects.get_second_chance([THREE, FOUR])
