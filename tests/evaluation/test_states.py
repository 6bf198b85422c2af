from pathlib import Path

from sklearn_hp._evaluation import States
from sklearn_hp._records import Task, Trial


def tasks():
    return [
        Task(Trial(number, {}), split, resource)
        for number in (0, 1, 10, -1)
        for split in (0, 1)
        for resource in (None, 0.5, 3)
    ]


def make(states):
    folders = [states.of_task(task) for task in tasks()] + [states.of_refit()]
    for folder in folders:
        Path(folder).mkdir(parents=True)
        Path(folder, "state").touch()
    return folders


def test_a_task_is_forgotten_alone(tmp_path):
    states = States(str(tmp_path / "fits"))
    states.forget(tasks()[0])
    folders = make(states)
    assert len(set(folders)) == len(tasks()) + 1
    states.forget(tasks()[0])
    assert [Path(folder).exists() for folder in folders] == [False] + [True] * 24


def test_all_are_cleared_and_nothing_else(tmp_path):
    states = States(str(tmp_path / "fits"))
    states.clear()
    make(states)
    states.clear()
    assert not list(tmp_path.iterdir())
    make(states)
    (tmp_path / "fits" / "notes").touch()
    states.clear()
    assert list(tmp_path.rglob("*")) == [tmp_path / "fits", tmp_path / "fits" / "notes"]
