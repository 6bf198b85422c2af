from pathlib import Path

import joblib
import pytest
from sklearn.linear_model import Ridge

from sklearn_hp import GridSearchCV, checkpoint_path
from sklearn_hp._evaluation import States
from sklearn_hp._records import Task, Trial
from tests.evaluation.workers import PooledLoky, Reports, X, y


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


def gets_path(X):
    return checkpoint_path(Ridge(), X) is not None


def shares_that_get_a_path(path, n_jobs=2):
    search = GridSearchCV(
        Reports(gets_path),
        {"number": [0, 1]},
        cv=2,
        n_jobs=n_jobs,
        refit=False,
        checkpoint=path,
    )
    return search.fit(X, y).cv_results_["mean_test_score"].tolist()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fits_in_this_process_and_in_workers_get_a_path(tmp_path, n_jobs):
    path = tmp_path / "search.db"
    assert shares_that_get_a_path(path, n_jobs) == [1, 1]
    assert shares_that_get_a_path(None, n_jobs) == [0, 0]
    assert [file.name for file in tmp_path.iterdir()] == ["search.db"]


@pytest.mark.parametrize(
    ("backend", "share"),
    [("threading", 1), ("multiprocessing", 1), (PooledLoky.name, 0)],
)
def test_other_workers_get_a_path_if_they_are_on_this_machine(tmp_path, backend, share):
    with joblib.parallel_config(backend):
        assert shares_that_get_a_path(tmp_path / "search.db") == [share, share]


@pytest.mark.filterwarnings("default")
def test_workers_of_a_cluster_get_none(cluster, tmp_path):
    with joblib.parallel_config("dask"):
        assert shares_that_get_a_path(tmp_path / "search.db") == [0, 0]
