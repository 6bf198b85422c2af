"""The file: a database of SQLite with the results, and what they belong to."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from sklearn_hp._journal._rows import (
    DamagedError,
    Row,
    checked_text,
    decode,
    encode,
    text_of_checked,
)

# Bytes 68 to 71 of the file; by them, tools know whose it is.
_APPLICATION_ID = 0x534B4850  # "SKHP"
_VERSION = 1

_TABLES = {
    "meta": "CREATE TABLE meta (name TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID",
    "results": "CREATE TABLE results (number INTEGER PRIMARY KEY, trial INTEGER, "
    "split INTEGER, resource REAL, params TEXT, result TEXT, checksum TEXT)",
}
# One statement, and so one commit, that looks who has the claim.
_INSERT = (
    "INSERT INTO results SELECT ?, ?, ?, ?, ?, ?, ? "
    "WHERE EXISTS (SELECT 1 FROM meta WHERE name = 'claim' AND content = ?)"
)


class ForeignFileError(ValueError):
    """A file is no checkpoint, or one that cannot be read."""


def connect(path: str, mode: str = "rw") -> sqlite3.Connection:
    """Open a file that is there.

    Raises
    ------
    sqlite3.Error
        If it cannot be opened.
    """
    uri = f"{Path(path).absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=5.0, isolation_level=None)
    # damaged text is found by its checksum
    connection.text_factory = lambda content: content.decode("utf-8", "replace")
    return connection


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file, unless another process has just done so."""
    with transaction(connection):
        if not _tables(connection):
            for table in _TABLES.values():
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    """Return how the tables were made, by their names."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
    return dict(connection.execute(query).fetchall())


def is_new(connection: sqlite3.Connection, path: str) -> bool:
    """Return whether a file has nothing yet; refuse one that is no checkpoint.

    Raises
    ------
    ForeignFileError
        If it is of another program, of a later version, or damaged at its beginning.
    """
    try:
        (ours,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = _tables(connection)
    except (sqlite3.DatabaseError, OverflowError) as exc:
        raise ForeignFileError(
            f"The checkpoint {path!r} cannot be read: {exc}. It is no checkpoint of "
            f"sklearn_hp, or damaged at its beginning. Name another file."
        ) from exc
    if not tables and ours in (0, _APPLICATION_ID) and version in (0, _VERSION):
        return True
    if ours != _APPLICATION_ID:
        raise ForeignFileError(
            f"{path!r} is no checkpoint of sklearn_hp, but a database of another "
            f"program. Name another file."
        )
    if version != _VERSION:
        raise ForeignFileError(
            f"The checkpoint {path!r} has format {version}, and this version of "
            f"sklearn_hp knows format {_VERSION}. Install the version that wrote it, "
            f"or name another file."
        )
    if tables != _TABLES:
        raise ForeignFileError(
            f"The checkpoint {path!r} is damaged. Name another file, or delete this "
            f"one to begin anew."
        )
    return False


def is_whole(connection: sqlite3.Connection) -> bool:
    """Whether the pages of the file fit together; rows have checksums of their own."""
    try:
        return connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        return False


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all of what is inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def get_meta(connection: sqlite3.Connection, name: str) -> str | None:
    """Return what is kept under a name; None if there is nothing.

    Raises
    ------
    DamagedError
        If it is not what was written.
    """
    try:
        found = connection.execute(
            "SELECT content FROM meta WHERE name = ?", (name,)
        ).fetchone()
    except (sqlite3.DatabaseError, OverflowError) as exc:
        if isinstance(exc, sqlite3.OperationalError):
            raise  # locked, or a disk that fails
        raise DamagedError from exc
    return None if found is None else text_of_checked(name, found[0])


def set_meta(connection: sqlite3.Connection, name: str, text: str | None) -> None:
    """Keep a text under a name, within a transaction; None removes it."""
    if text is None:
        connection.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        content = checked_text(name, text)
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, content))


@lru_cache(maxsize=1)
def _content_of_claim(claim: str) -> str:
    return checked_text("claim", claim)


def insert(
    connection: sqlite3.Connection, first: int, rows: list[Row], claim: str
) -> bool:
    """Add rows, the first with the number `first`, for whoever has the claim.

    Returns
    -------
    added : bool
        Whether they were: whether it is this claim that the file has.
    """
    content = _content_of_claim(claim)
    numbered = enumerate(rows, start=first)
    columns = [(*encode(number, row), content) for number, row in numbered]
    if len(columns) == 1:
        return connection.execute(_INSERT, columns[0]).rowcount == 1
    with transaction(connection):
        return connection.executemany(_INSERT, columns).rowcount == len(columns)


def read_rows(connection: sqlite3.Connection) -> tuple[dict[int, Row], list[int]]:
    """Return the rows by number, and the numbers of those that are damaged."""
    rows, damaged = {}, []
    for columns in connection.execute("SELECT * FROM results ORDER BY number"):
        try:
            rows[columns[0]] = decode(columns)
        except DamagedError:
            damaged.append(columns[0])
    return rows, damaged


def salvage(connection: sqlite3.Connection) -> dict[int, Row]:
    """Return the rows that can be read where the pages do not fit together."""
    rows: dict[int, Row] = {}
    for order, beyond in (("ASC", ">"), ("DESC", "<")):
        number = -(2**63) if order == "ASC" else 2**63 - 1
        query = (
            f"SELECT * FROM results WHERE number {beyond} ? ORDER BY number {order} "
            f"LIMIT 1"
        )
        # from both ends to where it breaks
        with suppress(sqlite3.DatabaseError, OverflowError):
            while columns := connection.execute(query, (number,)).fetchone():
                number = columns[0]
                if number in rows:
                    break
                with suppress(DamagedError):
                    rows[number] = decode(columns)
    return rows


def put_aside(path: str) -> str:
    """Rename a file and its log to a name that nothing has; return that name."""
    number, aside = 1, f"{path}.damaged"
    while os.path.lexists(aside):
        number, aside = number + 1, f"{path}.damaged{number}"
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            os.rename(path + suffix, aside + suffix)
    return aside


def remove_log(path: str) -> None:
    """Remove the log of a file that is not there: it would be taken for a new one's."""
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.remove(path + suffix)


def read_only(path: str) -> closing[sqlite3.Connection]:
    """Open a file that may be written to at the same time, for reading only."""
    return closing(connect(path, "ro"))


def content_of(connection: sqlite3.Connection) -> list[Any]:
    """Return all rows that are whole, in the order they were written."""
    try:
        rows, _ = read_rows(connection)
    except sqlite3.DatabaseError as exc:
        if isinstance(exc, sqlite3.OperationalError):
            raise
        rows = salvage(connection)
    return [rows[number] for number in sorted(rows)]
