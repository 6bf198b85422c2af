import pickle

from sklearn_hp._history import History
from sklearn_hp._records import Failure, SplitResult, Task, Trial


def test_a_result_has_the_key_of_its_task():
    task = Task(Trial(3, {"a": 1}), 2, resource=9)
    assert SplitResult(*task.key, 0.0, 0.0).key == task.key == (3, 2, 9)


def test_the_slot_is_no_part_of_the_key():
    task = Task(Trial(3, {"a": 1}), 2)
    assert task.slot == 0
    assert task.in_slot(0) is task
    assert task.in_slot(5).slot == 5
    assert task.in_slot(5).key == task.key
    assert task.in_slot(5).in_slot(0) == task


def test_failures_of_a_fit_and_of_scores():
    fit, score = Failure("the fit"), Failure("the score")
    assert SplitResult(0, 0, None, 0.0, 0.0).failures == []
    assert SplitResult(0, 0, None, 0.0, 0.0, fit_failure=fit).failures == [fit]
    failed = {("test", "f1"): score}
    assert SplitResult(0, 0, None, 0.0, 0.0, score_failures=failed).failures == [score]


def test_the_history_keeps_arrivals_in_order_and_trials_by_number():
    history = History()
    assert not history
    for number, split in [(2, 0), (0, 1), (2, 1), (0, 0)]:
        task = Task(Trial(number, {"a": number}), split)
        history.append(task, SplitResult(*task.key, 0.0, 0.0))
    assert [result.key[:2] for result in history] == [(2, 0), (0, 1), (2, 1), (0, 0)]
    assert [trial.number for trial in history.trials] == [0, 2]
    assert [result.key[:2] for result in history.since(2)] == [(2, 1), (0, 0)]
    assert len(history) == 4


def test_records_travel():
    task = Task(Trial(3, {"a": [1, None]}), 2)
    assert pickle.loads(pickle.dumps(task)) == task
