"""Files that are removed or damaged beneath a search."""

import os
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sklearn_hp._journal import Journal, _journal, load_history
from tests.journal import row


def remove_all(path):
    for suffix in ("", "-wal", "-shm"):
        os.remove(f"{path}{suffix}")


def replace_it(path):
    shutil.copy(path, f"{path}.copy")
    os.replace(f"{path}.copy", path)


REMOVALS = {
    "all files": remove_all,
    "the file": lambda path: os.remove(path),
    "the log": lambda path: os.remove(f"{path}-wal"),
    "by a new name": lambda path: os.rename(path, f"{path}.moved"),
    "by a copy": replace_it,
}


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be removed")
@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_a_file_that_is_removed_is_made_again(remove, path, opened, said):
    journal = opened()
    journal.set_search("{}")
    for number in range(3):
        journal.append(row(number))
    journal._keeper.look()
    remove(path)
    journal._keeper.look()
    journal.append(row(3))
    assert len(said) == 1 and "It is made again, with all results" in said[0]
    assert len(load_history(path)["split"]) == 4
    os.remove(path)  # and once more, at the end
    journal.close()
    again = opened()
    assert (again.search, again.rows) == ("{}", [row(number) for number in range(4)])


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be removed")
def test_a_folder_that_is_removed_is_told_of_and_may_come_back(tmp_path, said):
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "search.db"
    journal = Journal(path, said.append)
    journal.set_search("{}")
    journal.append(row(0))
    shutil.rmtree(folder)
    journal._keeper.look()
    journal.append(row(1))
    assert "its folder was removed" in said[0]
    folder.mkdir()
    journal.close()
    assert len(load_history(path)["split"]) == 2


@pytest.mark.parametrize("place", ["header", "frame", "cut", "nothing"])
def test_results_lost_in_a_damaged_log_are_told_of(
    place, path, opened, said, tmp_path, monkeypatch
):
    journal = opened()
    journal.set_search("{}")
    for number in range(20):
        journal.append(row(number))
    copy = tmp_path / "killed.db"
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    log = Path(f"{copy}-wal")
    content = bytearray(log.read_bytes())
    at = {"header": 25, "frame": len(content) // 2, "cut": 0, "nothing": 0}[place]
    content[at] ^= place in ("header", "frame")
    log.write_bytes(content[: len(content) // 2] if place == "cut" else content)
    # as if this process had been killed
    monkeypatch.setattr(_journal, "owner_of", lambda claim, path: "")
    killed = Journal(copy, said.append)
    n = len(killed.rows)
    killed.close()
    assert killed.search == "{}"  # which is not in the log only
    assert killed.rows == [row(number) for number in range(n)]
    assert n == {"header": 0, "nothing": 20}.get(place, n) and n >= 0
    if place in ("header", "frame"):
        lost = re.search(r"about (\d+) are lost", said[0])
        assert n + int(lost[1]) == pytest.approx(20, abs=2)
    else:
        assert said == []  # of what was cut off, nobody can know


def test_the_end_is_synced_while_somebody_reads(path, opened, monkeypatch):
    journal = opened()
    journal.set_search("{}")
    synced = []
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT * FROM results").fetchall()
        journal.append(row(0))
        monkeypatch.setattr(os, "fsync", synced.append)
        journal.close()
    assert len(synced) == 1
