import threading

import pytest

from sklearn_hp._current_slot import current_slot, in_slot, running_in


def test_the_slot_is_that_of_the_innermost_task():
    assert (current_slot(), in_slot()) == (0, False)
    with running_in(2):
        assert (current_slot(), in_slot()) == (2, True)
        with pytest.raises(ZeroDivisionError), running_in(0):
            assert (current_slot(), in_slot()) == (0, True)
            raise ZeroDivisionError
        assert current_slot() == 2
    assert (current_slot(), in_slot()) == (0, False)


def test_threads_have_slots_of_their_own():
    seen = []
    both_are_in = threading.Barrier(2)

    def run(slot):
        with running_in(slot):
            both_are_in.wait(10)
            seen.append(current_slot())

    threads = [threading.Thread(target=run, args=(slot,)) for slot in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [1, 2]
