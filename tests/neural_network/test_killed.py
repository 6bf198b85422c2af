"""A network that was training when a search was killed goes on when it runs again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sklearn_hp import load_history
from tests.neural_network.killed import KINDS, N_EPOCHS, X, result_of, search_of, y

pytestmark = pytest.mark.skipif(os.name == "nt", reason="it needs signals of POSIX")


def start(kind, path, n_jobs):
    arguments = [kind, str(path), str(n_jobs)]
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.neural_network.killed", *arguments],
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
