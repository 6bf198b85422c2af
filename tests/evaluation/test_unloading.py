"""Workers of other machines send back what they kept, and this one writes it."""

import os
import pickle
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

from sklearn_hp._evaluation._pool import _unloading
from tests.evaluation.keeping import gathered, keeping, run_all
from tests.evaluation.workers import PooledLoky

X, y = load_iris(return_X_y=True)
CANDIDATES = [{"n_neighbors": 3}, {"n_neighbors": 9}]


def check(backend, tmp_path, monkeypatch):
    """Compare files with those of the calling thread, and look how they travelled."""
    travelled = []
    write = _unloading.written
    monkeypatch.setattr(
        _unloading,
        "written",
        lambda kept, *args: travelled.append(kept) or write(kept, *args),
    )
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    reference = keeping(KNeighborsClassifier(), X, y, here)
    evaluation = keeping(KNeighborsClassifier(), X, y, there)
    expected = run_all(reference, CANDIDATES)
    assert travelled == []
    results = run_all(evaluation, CANDIDATES, n_jobs=2, backend=backend)
    assert len(travelled) == 6
    for kept in travelled:
        assert isinstance(kept.predictions, np.ndarray)
        assert isinstance(kept.model, bytes)
    assert {*os.listdir(there)} == {*os.listdir(here)}
    for number, params in enumerate(CANDIDATES):
        np.testing.assert_array_equal(
            gathered(evaluation, results, number), gathered(reference, expected, number)
        )
        with open(results[number, 2].kept.model, "rb") as file:
            assert pickle.load(file).n_neighbors == params["n_neighbors"]


@pytest.mark.filterwarnings("default")
def test_dask(cluster, tmp_path, monkeypatch):
    check("dask", tmp_path, monkeypatch)


def test_a_backend_of_somebody_else(tmp_path, monkeypatch):
    check(PooledLoky.name, tmp_path, monkeypatch)


def test_a_backend_of_somebody_else_that_keeps_nothing(tmp_path):
    evaluation = keeping(KNeighborsClassifier(), X, y, tmp_path)
    evaluation = replace(evaluation, keep=None)
    for result in run_all(evaluation, n_jobs=2, backend=PooledLoky.name).values():
        assert result.kept is None
    assert os.listdir(tmp_path) == []


def test_what_cannot_be_written_has_its_reason(tmp_path):
    evaluation = keeping(KNeighborsClassifier(), X, y, tmp_path / "gone")
    for result in run_all(evaluation, n_jobs=2, backend=PooledLoky.name).values():
        assert result.failures == []
        assert (result.kept.predictions, result.kept.model) == (None, None)
        assert "No such file or directory" in result.kept.reason
