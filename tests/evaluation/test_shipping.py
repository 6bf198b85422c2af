"""The files that worker processes share: who can read them, and that they go."""

import os
import shutil
import stat
import subprocess
import sys
import time
import uuid
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_classification

from sklearn_hp import GridSearchCV
from sklearn_hp._evaluation._pool._shipping import Shipment, load
from sklearn_hp._evaluation._private_folder import PrivateFolder
from tests.evaluation.workers import report
from tests.faults import Faulty

X, y = make_classification(n_samples=40, random_state=0)
BIG = np.zeros((700, 200))
posix = pytest.mark.skipif(os.name != "posix", reason="modes, locks and signals")


@pytest.fixture
def temp_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    return tmp_path


@contextmanager
def shipped(cargo, temp_folder=None):
    shipment = Shipment(cargo, 1_000_000, temp_folder, "r")
    try:
        yield shipment
    finally:
        shipment.close()


# ---- who can read them --------------------------------------------------------------


@pytest.fixture
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def modes_beside(path):
    folder = Path(path).parent
    return mode(folder), {mode(file) for file in folder.iterdir()}


@posix
@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o777], indirect=True, ids=oct)
@pytest.mark.parametrize("where", ["default", "environment", "argument"])
def test_no_other_user_can_read_what_is_shipped(where, umask, tmp_path, monkeypatch):
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)
    if where == "environment":
        monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    argument = str(tmp_path) if where == "argument" else None
    with shipped({"X": BIG, "estimator": Faulty()}, argument) as shipment:
        assert modes_beside(shipment.path) == (0o700, {0o600})
        assert (tmp_path in Path(shipment.path).parents) == (where != "default")
        np.testing.assert_array_equal(load(shipment.path)["X"], BIG)
    assert not os.path.exists(os.path.dirname(shipment.path))


@posix
@pytest.mark.parametrize("umask", [0], indirect=True)
def test_no_other_user_can_read_the_data_of_a_search(umask, temp_folder):
    def modes(X):
        (folder,) = temp_folder.glob("sklearn_hp_*")
        found = {mode(folder) - 0o100, *(mode(file) for file in folder.iterdir())}
        assert len(list(folder.iterdir())) > 1
        return max(found)

    assert (report(modes, X=np.zeros((60, 10_000))) == 0o600).all()


@posix
def test_what_lies_there_already_is_refused(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=7))
    folder = PrivateFolder(str(tmp_path / "root"))
    folder.close()
    name = os.path.basename(folder.path)
    (tmp_path / "root" / f".{name}").symlink_to(elsewhere)
    with pytest.raises(OSError, match=r"cannot be written to .*root'.*File exists"):
        Shipment(X, None, str(tmp_path / "root"), "r")
    assert list(elsewhere.iterdir()) == []


# ---- a full disk --------------------------------------------------------------------


WHERE = (
    r"The data of the search cannot be written to '{root}', where its worker processes "
    r"would read them: {reason}\. At least {needed} MB are needed there, and [\d.]+ MB "
    r"are free\. Make room, or name another folder, in the environment variable "
    r"JOBLIB_TEMP_FOLDER or with joblib\.parallel_config\(backend='loky', "
    r"temp_folder=\.\.\.\)\. In threads .* and with n_jobs=1 nothing is written\."
)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte, where this process may make one."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "sklearn_hp_test", str(tmp_path)],
        capture_output=True,
    )
    if done.returncode:
        pytest.skip("no permission to mount a file system")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="mounts a file system")
@pytest.mark.parametrize(
    "data, needed", [([BIG, BIG], "1.1"), ([BIG.tolist()] * 3, "1.[0-9]")]
)
def test_a_full_disk_is_named_with_the_remedy(small_disk, data, needed):
    if isinstance(data[0], list):  # no array, so that all is in one pickle
        data = os.urandom(1_200_000)
    with pytest.raises(
        OSError, match=WHERE.format(root=small_disk, reason=".*", needed=needed)
    ):
        with shipped(data, str(small_disk)):
            pass
    assert list(small_disk.iterdir()) == []


@posix
def test_a_file_that_becomes_too_large_is_named_with_the_remedy(temp_folder):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limits[1]))
    search = GridSearchCV(Faulty(), {"quality": [1, 2]}, n_jobs=2)
    try:
        with pytest.raises(
            OSError, match=WHERE.format(root=temp_folder, reason=".*", needed="1.1")
        ):
            search.fit(BIG, np.arange(700) % 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(temp_folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path):
    (tmp_path / "file").touch()
    root = str(tmp_path / "file" / "folder")
    with pytest.raises(
        OSError, match=f"cannot be written to '{root}'.*Not a directory.*TEMP_FOLDER"
    ):
        Shipment(X, None, root, "r")


def test_an_error_of_the_user_is_not_taken_for_a_full_disk():
    class Reads:
        def __reduce__(self):
            raise FileNotFoundError("weights.bin")

    with pytest.raises(FileNotFoundError, match=r"^weights\.bin$"):
        Shipment(Reads(), None, None, "r")


# ---- what is left by processes that were killed -------------------------------------


KILLED = """
import os, signal, sys
import numpy as np
from sklearn_hp._evaluation._joblib_compat import resource_tracker
from sklearn_hp._evaluation._pool._shipping import Shipment
shipment = Shipment(np.zeros((700, 200)), 1_000_000, sys.argv[1], "r")
print(shipment.path, flush=True)
if sys.argv[2:] == ["killed"]:
    os.kill(resource_tracker._resource_tracker._pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdin.read()
"""


def other_process(root, *args):
    return subprocess.Popen(
        [sys.executable, "-c", KILLED, str(root), *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@posix
def test_the_next_search_deletes_what_killed_processes_left(tmp_path):
    with other_process(tmp_path) as lives:
        in_use = Path(lives.stdout.readline().strip()).parent
        # only then, or the one that lives would find what is left
        with other_process(tmp_path, "killed") as killed:
            left = Path(killed.stdout.readline().strip()).parent
        assert left.is_dir()
        # neither was made by a process of this user and host, for all that is known
        other_host = tmp_path / ("sklearn_hp_1_00000000_" + 32 * "0")
        other_name = tmp_path / "sklearn_hp_results"
        link = left.with_name(left.name[:-4] + "beef")
        for folder in (other_host, other_name):
            folder.mkdir()
        link.symlink_to(other_name)
        with shipped(X, str(tmp_path)):
            assert not left.exists()
            assert all(p.is_dir() for p in (in_use, other_host, other_name, link))
        lives.communicate()
    assert set(tmp_path.iterdir()) == {other_host, other_name, link}


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives a folder away"
)
def test_what_other_users_left_is_theirs(tmp_path):
    with other_process(tmp_path, "killed") as killed:
        left = Path(killed.stdout.readline().strip()).parent
        killed.wait()
    os.chown(left, 12345, -1)
    with shipped(X, str(tmp_path)):
        assert left.is_dir()
    os.chown(left, os.geteuid(), -1)
    with shipped(X, str(tmp_path)):
        assert not left.exists()


# ---- what is deleted while a search runs --------------------------------------------


class Tidies(Faulty):
    """Candidate 2 damages what was shipped, and takes its worker along."""

    def __init__(self, quality=0.5, damage=None, temp_folder=None):
        super().__init__(quality)
        self.damage = damage
        self.temp_folder = temp_folder

    def fit(self, X, y):
        time.sleep(0.02)
        if self.damage is not None:
            for path in Path(self.temp_folder).glob("sklearn_hp_*/*"):
                if self.damage == "delete":
                    path.unlink()
                elif path.suffix == ".npy":
                    os.truncate(path, 100)
            if self.damage == "delete":
                path.parent.rmdir()
            os._exit(1)
        return super().fit(X, y)


@posix
@pytest.mark.parametrize(
    "damage", ["delete", pytest.param("truncate", marks=pytest.mark.slow)]
)
def test_what_is_gone_is_shipped_again(damage, temp_folder):
    innocent = {"quality": np.linspace(0.1, 0.5, 5)}
    culprit = {"quality": [0.9], "damage": [damage]}
    search = GridSearchCV(
        Tidies(temp_folder=str(temp_folder)),
        [innocent, culprit, innocent],
        cv=2,
        n_jobs=2,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(np.zeros((1000, 200)), np.arange(1000) % 2)
    scores = search.cv_results_["mean_test_score"]
    expected = [*innocent["quality"], np.nan, *innocent["quality"]]
    np.testing.assert_array_equal(scores, expected)
    assert {failure["candidate"] for failure in search.failures_} == {5}
    assert list(temp_folder.iterdir()) == []


class CannotBeRead:
    """What fails to arrive for reasons of its own is not shipped again."""

    def __init__(self, path):
        self.path = path

    def __deepcopy__(self, memo):
        return self

    def __setstate__(self, state):
        with open(state["path"], "a") as file:
            file.write("arrived\n")
        raise FileNotFoundError("weights.bin")


def test_what_cannot_be_read_is_not_shipped_again(tmp_path):
    bad = CannotBeRead(str(tmp_path / "arrivals"))
    search = GridSearchCV(Faulty(bad_score=bad), {"quality": [0.5]}, cv=2, n_jobs=2)
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*weights\.bin"):
        search.fit(X, y)
    assert len((tmp_path / "arrivals").read_text().splitlines()) == 2
