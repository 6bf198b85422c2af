"""The file: private, claimed by one process, and never used when it is not ours."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import GridSearchCV
from sklearn_hp._canonical import canonical
from sklearn_hp._journal import Journal, Row, load_history
from sklearn_hp._journal._claim import STALE, STALE_BEFORE_BOOT, new_claim, owner_of
from sklearn_hp._journal._network import type_in
from sklearn_hp._journal._rows import DamagedError, decode, encode
from sklearn_hp._records import Failure, Kept, Limits
from tests.journal import row

FAILURE = Failure('Traceback:\n  "ü\udc80"', kind="timeout", of_process="OSError")
RESULTS = {
    "scores": {"test_scores": {"a": 0.1, "b": float("nan")}, "multimetric": True},
    "train scores": {"train_scores": {"score": -1e300}, "n_iter": 7, "slot": 3},
    "a failed fit": {"test_scores": {}, "fit_failure": FAILURE, "started": None},
    "failed scores": {"score_failures": {("test", "b"): FAILURE}},
    "in a used process": {"in_used_process": True},
    "predictions": {"kept": Kept("predict", "a.npy 01", reason="no room")},
}


@pytest.mark.parametrize("fields", RESULTS.values(), ids=RESULTS)
def test_rows_return_as_they_were(fields):
    before = row(2, **fields)
    after = decode(encode(5, before))
    assert repr(after) == repr(before)  # NaN is not equal to itself
    assert after.text == canonical(
        {"C": 0.2, "kernel": "rbf", "layers": (8, 4), "none": None}
    )


def test_limits_return_too():
    limited = Row({}, row(fit_failure=FAILURE).result, Limits(seconds=2.0))
    assert decode(encode(1, limited)) == limited
    assert limited.may_end_otherwise(Limits())
    assert not limited.may_end_otherwise(Limits(seconds=2.0))


def test_any_change_of_a_row_is_noticed():
    columns = encode(5, row())
    for place, value in enumerate(columns):
        changed = list(columns)
        changed[place] = 7 if value is None else value * 2 + type(value)(1)
        with pytest.raises(DamagedError):
            decode(tuple(changed))


def test_what_is_appended_is_there_next_time(opened, said):
    journal = opened()
    assert (journal.search, journal.rows) == (None, [])
    journal.set_search("what it is")
    for number in range(3):
        journal.append(row(number))
    journal.close()
    again = opened()
    assert again.search == "what it is"
    assert again.rows == [row(number) for number in range(3)]
    again.append(row(3))
    again.close()
    assert len(opened().rows) == 4
    assert said == []


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o377])
def test_files_are_private_whatever_the_umask(umask, path, opened):
    before = os.umask(umask)
    try:
        opened().append(row())
        modes = {
            ending: os.stat(path + ending).st_mode & 0o777
            for ending in ("", "-wal", "-shm")
        }
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_file_that_others_could_read_gets_private(path, opened):
    opened().close()
    os.chmod(path, 0o664)
    opened()
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_only_one_has_it_at_a_time(path, opened, said):
    opened()
    match = rf"in use by process {os.getpid()} \(this process\).*name a folder"
    with pytest.raises(OSError, match=match):
        Journal(path, said.append)


def changed(**changes):
    """Return the claim of another process."""
    return json.dumps({**json.loads(new_claim()), **changes})


def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_claim_ends_with_its_process(path, opened):
    opened().close()
    started = json.loads(new_claim())["started"]
    assert owner_of(changed(), path)
    assert not owner_of(changed(pid=dead_pid()), path)
    if started:  # another process has the number now
        assert not owner_of(changed(started="1"), path)


@pytest.mark.parametrize("other", [{"host": "elsewhere"}, {"place": "a container"}])
def test_a_claim_of_another_host_ends_after_a_silence(other, path, opened):
    opened().close()
    claim = changed(pid=1, **other)
    assert "process 1 on the host" in owner_of(claim, path)
    limit = STALE if "host" in other else STALE_BEFORE_BOOT
    assert f"after {limit:.0f} s of silence" in owner_of(claim, path)
    long_ago = time.time() - limit - 5
    os.utime(path, (long_ago, long_ago))
    assert not owner_of(claim, path)


def test_where_no_start_is_known_a_silent_process_has_ended(path, opened):
    opened().close()
    claim = changed(pid=os.getppid(), started="")
    assert f"process {os.getppid()}" in owner_of(claim, path)
    long_ago = time.time() - STALE - 5
    os.utime(path, (long_ago, long_ago))
    assert not owner_of(claim, path)


def test_who_was_taken_over_stops_to_write(path, opened, said):
    journal = opened()
    journal.append(row(0))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM meta WHERE name = 'claim'")
    with closing(Journal(path, said.append)) as other:
        other.append(row(1))
        journal.append(row(2))
        journal.append(row(3))
    assert len(said) == 1
    assert "Another process has taken over the checkpoint" in said[0]
    assert [r.result.trial_number for r in opened().rows] == [0, 1]


FOREIGN = {
    "text": (b"a text that is long enough to be no database" * 9, "is no checkpoint"),
    "a pickle": (b"\x80\x04cos\nsystem\n(S'touch owned'\ntR." * 9, "is no checkpoint"),
}


@pytest.mark.parametrize(("content", "match"), FOREIGN.values(), ids=FOREIGN)
def test_files_of_others_are_refused_and_left_alone(content, match, path, said):
    with open(path, "wb") as file:
        file.write(content)
    for read in (lambda: Journal(path, said.append), lambda: load_history(path)):
        with pytest.raises(ValueError, match=match):
            read()
    with open(path, "rb") as file:
        assert file.read() == content


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ("CREATE TABLE theirs (a)", "a database of another program"),
        ("PRAGMA application_id = 7", "a database of another program"),
    ],
)
def test_other_databases_are_refused(change, match, path, said):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE results (a)")
        connection.execute(change)
    with pytest.raises(ValueError, match=match):
        Journal(path, said.append)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ("PRAGMA user_version = 2", "has format 2, and this version .* knows format 1"),
        ("DROP TABLE results", "is damaged"),
        ("UPDATE meta SET content = 'a b'", "damaged where it says of which search"),
    ],
)
def test_files_of_other_versions_and_damaged_ones_are_refused(
    change, match, path, opened, said
):
    journal = opened()
    journal.set_search("what it is")
    journal.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)
    with pytest.raises(ValueError, match=match):
        Journal(path, said.append)


def test_an_empty_file_is_no_silent_start(path, opened, said):
    open(path, "w").close()
    opened()
    assert len(said) == 1
    assert f"{path!r} is empty: the search starts from the beginning" in said[0]


def test_pages_that_do_not_fit_leave_what_is_intact(path, opened, said):
    journal = opened()
    journal.set_search("what it is")
    for number in range(200):
        journal.append(row(number))
    journal.close()
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 2 - size // 2 % 4096)
        file.write(bytes(4096))
    again = opened()
    n = len(again.rows)
    assert 100 < n < 200
    assert again.rows == [r for r in map(row, range(200)) if r in again.rows]
    assert len(said) == 1
    assert f"{n} results are intact and used, at least {200 - n} are lost" in said[0]
    assert f"kept as '{path}.damaged'" in said[0]
    again.append(row(300))
    again.close()
    assert len(opened().rows) == n + 1
    assert len(said) == 1


def test_a_full_disk_is_waited_for(path, opened, said):
    journal = opened()
    connection = journal._connection
    (size,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {size + 2}")
    for number in range(100):
        journal.append(row(number))
    assert len(said) == 1
    assert f"{path!r} cannot be written to: database or disk is full" in said[0]
    assert "Make room on the disk" in said[0]
    n = len(load_history(path)["split"])
    assert 0 < n < 100
    connection.execute("PRAGMA max_page_count = 10000")
    time.sleep(1.1)
    journal.append(row(100))
    assert len(load_history(path)["split"]) == 101
    assert len(said) == 1


def test_results_that_never_were_written_are_told_of(path, opened, said):
    journal = opened()
    journal._connection.execute("PRAGMA query_only = 1")
    journal.append(row(0))
    journal.append(row(1))
    journal.close()
    assert len(said) == 2
    assert "attempt to write a readonly database" in said[0]
    assert "2 results are not in the checkpoint" in said[1]


def test_without_a_log_each_result_is_synced_and_it_says_so(path, opened, said):
    journal = opened(wal=False)
    journal.append(row(0))
    assert not os.path.exists(path + "-wal")
    assert len(load_history(path)["split"]) == 1
    journal.close()
    assert opened().rows == [row(0)]
    assert len(said) == 1
    assert "SQLite's log does not work" in said[0]


def test_network_file_systems_are_known():
    mounts = (
        "/dev/sda / ext4 rw 0 0\n"
        "server:/home /home nfs4 rw 0 0\n"
        "/dev/sdb /home/local ext4 rw 0 0\n"
        r"//server/a /mnt/with\040space cifs rw 0 0"
    )
    assert type_in(mounts, "/home/a/b") == "nfs4"
    assert type_in(mounts, "/home/local/b") == ""
    assert type_in(mounts, "/homes/b") == ""
    assert type_in(mounts, "/mnt/with space/b") == "cifs"


def test_the_table(path, opened):
    journal = opened()
    journal.append(row(1))
    journal.append(row(0, 1, test_scores={}, fit_failure=FAILURE))
    journal.append(row(-1))  # a probe
    other = Row({"base": "A(1)"}, row(1, train_scores={"score": 3.0}).result)
    journal.append(other)
    table = load_history(path)
    assert {name: column.shape for name, column in table.items()} == dict.fromkeys(
        table, (3,)
    )
    assert table["candidate"].tolist() == [1, 0, 2]
    assert table["split"].tolist() == [0, 1, 0]
    assert table["param_layers"].tolist() == [(8, 4), (8, 4), None]
    assert table["param_base"].tolist() == [None, None, "A(1)"]
    assert table["failure"].tolist() == ["", "timeout", ""]
    assert table["train_score"].tolist()[2] == 3.0


def test_columns_of_numbers_are_arrays_of_numbers(tmp_path):
    X, y = load_iris(return_X_y=True)
    path = tmp_path / "a.db"
    grid = [
        {"max_depth": [1, 2], "ccp_alpha": [0.0, 0.5], "max_features": [1, 0.5, None]}
    ]
    tree = DecisionTreeClassifier(random_state=0)
    GridSearchCV(tree, grid, cv=2, checkpoint=path).fit(X, y)
    table = load_history(path)
    assert table["param_max_depth"].dtype == int
    assert table["param_ccp_alpha"].dtype == float
    # max_features=1 is one feature, and 1.0 is all of them
    assert set(map(type, table["param_max_features"])) == {int, float, type(None)}


def test_no_error_advises_to_delete_a_foreign_file(tmp_path):
    path = tmp_path / "last.csv"
    path.write_text("a,b\n" * 1000)
    for read in (load_history, lambda path: Journal(path, print)):
        with pytest.raises(
            ValueError, match=r"no checkpoint of .* Name another file\.$"
        ):
            read(path)


def test_no_table_of_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"it is a folder\. Name a file"):
        load_history(tmp_path)
    with pytest.raises(FileNotFoundError, match="There is no checkpoint"):
        load_history(tmp_path / "a.db")
    with pytest.raises(FileNotFoundError, match="There is no checkpoint"):
        load_history(tmp_path)
