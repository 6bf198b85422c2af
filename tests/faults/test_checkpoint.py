"""A kill at any moment loses nothing that was finished."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from sklearn_hp import load_history
from tests.checkpoints import BUILDERS, Logged, X, n_fits, table_of, y

pytestmark = pytest.mark.skipif(os.name == "nt", reason="it needs signals of POSIX")

_SECONDS = 0.02  # of each fit, so that there is a moment in its middle


def start(name, path, n_jobs=1, seconds=_SECONDS):
    """Run a search in a process of its own."""
    arguments = [name, path, f"{path}.log", seconds, n_jobs]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.checkpoints", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def wait_for_fits(process, path, n):
    """Wait until so many fits have begun."""
    while n_fits(f"{path}.log") < n:
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.005)


def finish(name, path, n_jobs=1):
    process = start(name, path, n_jobs)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    return json.loads(Path(f"{path}.json").read_text())


def children_of(pid):
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.parent.name))
    return found


def kill(process, who):
    """Kill the process of the search, one of its workers, or all of them."""
    pids = []
    if who in ("worker", "both"):
        pids += children_of(process.pid)
        for pid in list(pids):
            pids += children_of(pid)
    if who in ("parent", "both"):
        pids.append(process.pid)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if who != "worker":
        process.wait()
    process.stderr.close()


def assert_equal_tables(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_equal(second[name], first[name], err_msg=name)


def unbroken(name):
    search = BUILDERS[name](Logged(seconds=_SECONDS), n_pending=2, refit=False)
    return table_of(search.fit(X, y)), search


def n_run(search):
    return sum(
        int(np.isfinite(search.cv_results_[f"split{i}_test_score"]).sum())
        for i in range(search.n_splits_)
    )


def without_log(table):
    """Leave out the parameter that differs: the file that fits are written to."""
    return {name: column for name, column in table.items() if "log" not in name}


@pytest.mark.parametrize("name", ["grid", "raced bayes"])
def test_a_search_that_was_killed_continues(name, tmp_path):
    path = tmp_path / "search.db"
    process = start(name, path)
    wait_for_fits(process, path, 8)
    kill(process, "parent")
    n = n_fits(f"{path}.log")
    n_kept = len(load_history(path)["split"])
    assert n - 1 <= n_kept <= n  # the one that was running is lost
    table = finish(name, path)
    expected, search = unbroken(name)
    assert_equal_tables(expected, table)
    assert n_fits(f"{path}.log") == n_run(search) + n - n_kept


@pytest.mark.slow
@pytest.mark.parametrize("who", ["parent", "worker", "both"])
@pytest.mark.parametrize("name", BUILDERS)
def test_kills_at_random_moments(name, who, tmp_path):
    path = tmp_path / "search.db"
    moments = random.Random(f"{name} {who}")
    expected, search = unbroken(name)
    n_lost = 0
    for _ in range(7):
        process = start(name, path, n_jobs=2)
        n = n_fits(f"{path}.log")
        try:
            wait_for_fits(process, path, n + moments.randint(1, 4))
        except AssertionError:  # it has ended
            process.stderr.close()
            break
        time.sleep(moments.uniform(0, 2 * _SECONDS))
        kill(process, who)
        if who == "worker":
            process.wait()
        time.sleep(0.1)  # workers that outlive their parent end their fit
        n_kept = len(load_history(path)["split"])
        n_lost = n_fits(f"{path}.log") - n_kept
        assert 0 <= n_lost
    table = finish(name, path, n_jobs=2)
    assert_equal_tables(expected, table)
    history = load_history(path)
    # no fit that was finished was run twice
    assert len(set(zip(history["candidate"], history["split"], strict=True))) == len(
        history["split"]
    )
    assert len(history["split"]) >= n_run(search)


def test_a_second_process_is_refused_with_the_first_ones_id(tmp_path):
    path = tmp_path / "search.db"
    process = start("grid", path, seconds=0.3)
    wait_for_fits(process, path, 1)
    with pytest.raises(OSError, match=rf"is in use by process {process.pid} on this"):
        BUILDERS["grid"](Logged(), checkpoint=path).fit(X, y)
    assert len(load_history(path)["split"]) < 36  # readers are not
    kill(process, "parent")
    match = "differs from this one"  # the claim of a process that was killed is void
    with pytest.raises(ValueError, match=match):
        BUILDERS["grid"](Logged(), checkpoint=path).fit(X, y)


def test_a_history_can_be_read_while_the_search_writes(tmp_path):
    path = tmp_path / "search.db"
    process = start("grid", path)
    wait_for_fits(process, path, 2)
    counts = []
    while process.poll() is None:
        counts.append(len(load_history(path)["split"]))
    assert process.wait() == 0, process.stderr.read().decode()
    process.stderr.close()
    assert counts == sorted(counts) and len(set(counts)) > 5


def full(path, code, tmp_path):
    """Run a search in a process where writing fails at some point."""
    script = f"""
import resource, sqlite3, warnings
from tests.checkpoints import *
search = GridSearchCV(
    Logged(log={str(tmp_path / "log")!r}), {{"c": [1.0 + i for i in range(150)]}},
    cv=CV, checkpoint={str(path)!r}, refit=False)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    {code}
    search.fit(X, y)
print(len(search.cv_results_["params"]), [str(one.message) for one in caught])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_where_no_file_can_grow_the_search_goes_on_and_says_so(tmp_path):
    path = tmp_path / "search.db"
    code = "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))"
    output = full(path, code, tmp_path)
    assert output.startswith("150 [")
    assert output.count("cannot be written to: ") == 1
    assert output.count(str(path)) == 2
    assert "Make room on the disk" in output
    assert "results are not in the checkpoint" in output
    n_kept = len(load_history(path)["split"])
    assert 10 < n_kept < 450
    # and what there is continues
    assert full(path, "pass", tmp_path).startswith("150 []")
    assert len(load_history(path)["split"]) == 450


def test_the_file_can_be_damaged_in_any_way(tmp_path):
    path = tmp_path / "search.db"
    search = BUILDERS["grid"](Logged(), checkpoint=path, refit=False).fit(X, y)
    expected, whole = table_of(search), path.read_bytes()
    check = 25
    damages = random.Random(0)
    outcomes = {"used": 0, "refused": 0}
    for trial in range(check):
        content = bytearray(whole)
        if trial % 3 == 0:  # cut
            del content[damages.randrange(len(content)) :]
        else:
            for _ in range(damages.choice([1, 1, 8])):
                content[damages.randrange(len(content))] ^= 1 << damages.randrange(8)
        for leftover in tmp_path.iterdir():
            leftover.unlink()
        path.write_bytes(content)
        outcomes[_outcome(path, expected)] += 1
    assert outcomes["used"] > 5


def _outcome(path, expected):
    import warnings

    search = BUILDERS["grid"](Logged(), checkpoint=path, refit=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            search.fit(X, y)
        except (ValueError, OSError) as exc:
            assert str(path) in str(exc)
            return "refused"
    assert_equal_tables(expected, table_of(search))
    assert all(str(path) in str(one.message) for one in caught)
    return "used"


@pytest.mark.slow
def test_every_byte_can_be_damaged(tmp_path):
    path = tmp_path / "search.db"
    search = BUILDERS["grid"](Logged(), checkpoint=path, refit=False).fit(X, y)
    expected, whole = table_of(search), path.read_bytes()
    damages = random.Random(1)
    for trial in range(400):
        content = bytearray(whole)
        content[damages.randrange(len(content))] = damages.randrange(256)
        if trial % 4 == 0:
            del content[damages.randrange(len(content)) :]
        for leftover in tmp_path.iterdir():
            leftover.unlink()
        path.write_bytes(content)
        _outcome(path, expected)


def test_files_are_private_while_the_search_runs(tmp_path):
    path = tmp_path / "search.db"
    process = start("grid", path)
    wait_for_fits(process, path, 3)
    names = ["search.db", "search.db-shm", "search.db-wal"]
    modes = [os.stat(tmp_path / name).st_mode & 0o777 for name in names]
    kill(process, "parent")
    assert modes == [0o600] * 3


def test_what_is_in_a_row_is_never_executed(tmp_path):
    path = tmp_path / "search.db"
    BUILDERS["grid"](Logged(), checkpoint=path, refit=False).fit(X, y)
    planted = b"cos\nsystem\n(S'touch " + bytes(tmp_path / "owned") + b"'\ntR."
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE results SET result = ? WHERE number = 3", (planted,))
        connection.execute("UPDATE results SET params = ? WHERE number = 4", (planted,))
    with pytest.warns(UserWarning, match=r"34 results are intact and used, 2 are lost"):
        BUILDERS["grid"](Logged(), checkpoint=path, refit=False).fit(X, y)
    assert not (tmp_path / "owned").exists()
    assert len(load_history(path)["split"]) == 36
