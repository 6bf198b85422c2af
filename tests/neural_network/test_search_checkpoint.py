"""A network that was training when a search ended goes on when it runs again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import pytest
from skorch.callbacks import Callback

from sklearn_hp import GridSearchCV, load_history
from sklearn_hp.neural_network import TorchClassifier, _training
from tests.neural_network.killed import KINDS, N_EPOCHS, X, result_of, search_of, y
from tests.neural_network.modules import Small


def start(kind, path, n_jobs):
    command = [sys.executable, "-W", "error", "-m", "tests.neural_network.killed"]
    return subprocess.Popen(
        [*command, kind, str(path), str(n_jobs)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def n_epochs(path):
    log = Path(f"{path}.log")
    return len(log.read_text().splitlines()) if log.exists() else 0


def states_of(path):
    return [*Path(f"{path}.fits").rglob("*_[01]")]


def kill_in_second_fit(kind, path, n_jobs):
    """Kill a search, and its workers, in the middle of its second round of fits."""
    process = start(kind, path, n_jobs)
    while n_epochs(path) < n_jobs * N_EPOCHS * 3 // 2 or not states_of(path):
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.005)
    assert all(file.parent.stat().st_mode & 0o077 == 0 for file in states_of(path))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def finish(kind, path, n_jobs):
    process = start(kind, path, n_jobs)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    return json.loads(Path(f"{path}.json").read_text())


def unbroken(kind, folder):
    return result_of(search_of(kind, folder / "unbroken").fit(X, y))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="it needs signals of POSIX")
@pytest.mark.parametrize(
    ("kind", "n_jobs"), [(kind, 1) for kind in KINDS] + [("pipeline", 2)]
)
def test_a_killed_fit_goes_on_from_its_last_epoch(tmp_path, kind, n_jobs):
    path = tmp_path / "search.db"
    kill_in_second_fit(kind, path, n_jobs)
    result = finish(kind, path, n_jobs)
    n_fits = 5 * (2 if kind == "ensemble" else 1)
    # an epoch that was under way is trained again, and one that was not yet written
    assert 0 <= n_epochs(path) - n_fits * N_EPOCHS <= 2 * n_jobs
    if kind != "no seed":
        assert result == unbroken(kind, tmp_path)
    assert len(load_history(path)["split"]) == 4
    assert not path.with_name("search.db.fits").exists()


class Interrupted(Small):
    """Counts epochs, and is interrupted in one of them."""

    n_epochs = 0
    last: ClassVar = []  # a constant would be part of what the class is

    def forward(self, X):
        if self.training and len(X) > 8:  # a few rows are a first look
            if Interrupted.n_epochs in Interrupted.last:
                raise KeyboardInterrupt
            Interrupted.n_epochs += 1
        return super().forward(X)


@pytest.fixture
def interrupted(monkeypatch):
    """Interrupt a search after so many epochs."""
    monkeypatch.setattr(_training, "_SECONDS_BETWEEN_CHECKPOINTS", 0)
    monkeypatch.setattr(_training, "_TRAINING_TO_WRITING", 0)

    def fit_to(last, search):
        monkeypatch.setattr(Interrupted, "n_epochs", 0)
        monkeypatch.setattr(Interrupted, "last", [last])
        with pytest.raises(KeyboardInterrupt):
            search.fit(X, y)
        monkeypatch.setattr(Interrupted, "n_epochs", 0)
        monkeypatch.setattr(Interrupted, "last", [])

    return fit_to


def quick(path, **params):
    network = TorchClassifier(
        Interrupted,
        module__dropout=0.5,
        max_epochs=N_EPOCHS,
        batch_size=len(X),
        device="cpu",
        **{"random_state": 0, **params},
    )
    return GridSearchCV(network, {"module__width": [3, 4]}, cv=2, checkpoint=path)


@pytest.mark.parametrize("last", [N_EPOCHS // 2, 3 * N_EPOCHS - 1, 5 * N_EPOCHS - 2])
def test_a_fit_goes_on_the_refit_too(tmp_path, interrupted, last):
    expected = result_of(quick(None).fit(X, y))
    path = tmp_path / "search.db"
    interrupted(last, quick(path))
    assert len(states_of(path)) == 1
    search = quick(path).fit(X, y)
    assert Interrupted.n_epochs == 5 * N_EPOCHS - last
    assert result_of(search) == expected
    assert [file.name for file in tmp_path.iterdir()] == ["search.db"]


def test_a_new_search_uses_nothing_of_one_whose_file_was_deleted(tmp_path, interrupted):
    path = tmp_path / "search.db"
    interrupted(2, quick(path, random_state=None))
    path.unlink()
    quick(path, random_state=None).fit(X, y)
    assert Interrupted.n_epochs == 5 * N_EPOCHS


def test_states_of_fits_that_are_not_asked_for_again_go(tmp_path, interrupted):
    path = tmp_path / "search.db"
    interrupted(N_EPOCHS + 2, quick(path))
    [state] = states_of(path)
    shutil.copytree(state.parent, state.parent.with_name("7_1_None"))
    quick(path).fit(X, y)
    assert [file.name for file in tmp_path.iterdir()] == ["search.db"]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: {"callbacks": [Callback()]},  # whose state would be lost
        lambda folder: {"checkpoint": folder / "own.pt", "module__width": 3},
    ],
    ids=["callbacks", "a checkpoint of its own"],
)
def test_some_fits_begin_anew(tmp_path, interrupted, change):
    path = tmp_path / "search.db"
    interrupted(2, quick(path, **change(tmp_path)))
    assert not states_of(path)


def test_a_search_inside_of_a_fit_keeps_no_states(tmp_path, interrupted):
    path = tmp_path / "search.db"
    inner = quick(None)
    outer = GridSearchCV(inner, {"estimator__max_epochs": [2]}, cv=2, checkpoint=path)
    interrupted(3, outer)
    assert not states_of(path)


def test_a_short_fit_writes_nothing(tmp_path, interrupted, monkeypatch):
    path = tmp_path / "search.db"
    monkeypatch.setattr(_training, "_SECONDS_BETWEEN_CHECKPOINTS", 60)
    interrupted(2 * N_EPOCHS + 1, quick(path))
    assert not states_of(path)


def test_a_state_that_cannot_be_written_or_read_is_no_reason_to_fail(
    tmp_path, interrupted
):
    path = tmp_path / "search.db"
    interrupted(2, quick(path))
    [state] = states_of(path)
    state.unlink()
    state.mkdir()  # neither a file to read nor a name to write to
    with pytest.warns(RuntimeWarning, match="cannot be (read|written): ") as warned:
        search = quick(path).fit(X, y)
    done = {str(one.message).split(":")[0].split()[-1] for one in warned}
    assert done == {"read", "written"}
    assert result_of(search) == result_of(quick(None).fit(X, y))
