"""One search's file, while the search runs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from sklearn_hp._journal import _sqlite
from sklearn_hp._journal._claim import new_claim, owner_of
from sklearn_hp._journal._keeper import Keeper
from sklearn_hp._journal._log import n_lost_commits
from sklearn_hp._journal._network import network_file_system
from sklearn_hp._journal._place import checked_path, make_private
from sklearn_hp._journal._rows import DamagedError, Row

_CLAIM, _SEARCH = "claim", "search"

# After a write that failed, the next is tried so many seconds later.
_RETRY = 1.0


class Journal:
    """Results that outlive the process, written one by one.

    A kill of any process at any moment loses no result that was appended; a power cut
    those of the last second. Where the file cannot be written to, as the disk is full,
    results wait in memory, and are written with the next one that can be.

    Parameters
    ----------
    path : str or path-like
        The file. It is made if there is none.
    warn : callable
        ``warn(message)`` warns the user.

    Attributes
    ----------
    path : str
        The file.
    search : str or None
        What `set_search` kept; None in a new file.
    rows : list of Row
        What the file had, in the order in which it was written.

    Raises
    ------
    ValueError
        If the file is no checkpoint, or so damaged that nobody can say of what it is.
    OSError
        If it cannot be made, read or written, or another process has it.
    """

    def __init__(
        self, path: str | os.PathLike, warn: Callable[[str], None], wal: bool = True
    ) -> None:
        self.path = checked_path(path)
        self._warn = warn
        self._pending: list[Row] = []
        self._failing = self._taken_over = False
        self._retry_at = 0.0
        self._wal = wal
        self._claim = new_claim()
        self._connection = self._opened()
        try:
            n_lost = n_lost_commits(self._connection, self.path)
            self._take_claim()
            self.search, self.rows, self._next = self._read()
            if n_lost:
                self._warn_of_loss(len(self.rows), n_lost, "", "about ")
            self._keeper = Keeper(self.path, self._set_mode())
        except BaseException as exc:
            self._connection.close()
            if isinstance(exc, sqlite3.Error):
                raise self._cannot_open(exc) from exc
            raise

    # ---- opening ----------------------------------------------------------------

    def _opened(self) -> sqlite3.Connection:
        try:
            was_there = make_private(self.path)
            if was_there and os.path.getsize(self.path) == 0:
                self._warn(
                    f"The checkpoint {self.path!r} is empty: the search starts from "
                    f"the beginning."
                )
            connection = _sqlite.connect(self.path)
        except (OSError, sqlite3.Error) as exc:
            raise self._cannot_open(exc) from exc
        try:
            if _sqlite.is_new(connection, self.path):
                _sqlite.make_tables(connection)
        except BaseException as exc:
            connection.close()
            if isinstance(exc, sqlite3.Error):
                raise self._cannot_open(exc) from exc
            raise
        return connection

    def _cannot_open(self, exc: Exception) -> OSError:
        reason = getattr(exc, "strerror", None) or exc
        return OSError(
            f"The checkpoint {self.path!r} cannot be opened for writing: {reason}. "
            f"Name a file in a folder that you can write to."
        )

    def _take_claim(self) -> None:
        try:
            with _sqlite.transaction(self._connection):
                try:
                    claim = _sqlite.get_meta(self._connection, _CLAIM)
                except DamagedError:
                    claim = None
                owner = claim and owner_of(claim, self.path)
                if owner:
                    raise OSError(
                        f"The checkpoint {self.path!r} is in use by {owner}. Wait for "
                        f"that search, end it, or name another file. Inside of "
                        f"cross_val_score, or for several searches at once, name a "
                        f"folder: each search has a file of its own there."
                    )
                _sqlite.set_meta(self._connection, _CLAIM, self._claim)
            os.utime(self.path)  # another host sees by it that we live
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            return  # damaged: a new file is made of what is whole

    def _read(self) -> tuple[str | None, list[Row], int]:
        """Return what the search is, its rows, and the number of the next one."""
        connection = self._connection
        is_whole = _sqlite.is_whole(connection)
        try:
            search = _sqlite.get_meta(connection, _SEARCH)
        except DamagedError:
            search = None
            is_known = False
        else:
            is_known = search is not None or is_whole
        if not is_known:
            raise ValueError(
                f"The checkpoint {self.path!r} is damaged where it says of which "
                f"search it is, so its results cannot be used. Name another file, or "
                f"delete this one to begin anew."
            )
        if not is_whole:
            return search, *self._repaired(search)
        rows, damaged = _sqlite.read_rows(connection)
        if damaged:
            with _sqlite.transaction(connection):
                connection.executemany(
                    "DELETE FROM results WHERE number = ?", ((n,) for n in damaged)
                )
            self._warn_of_loss(len(rows), len(damaged), "")
        numbers = sorted({*rows, *damaged})
        next_number = numbers[-1] + 1 if numbers else 1
        return search, [rows[number] for number in sorted(rows)], next_number

    def _repaired(self, search: str | None) -> tuple[list[Row], int]:
        """Make a new file of what can be read."""
        found = _sqlite.salvage(self._connection)
        rows = [found[number] for number in sorted(found)]
        self._connection.close()
        aside = _sqlite.put_aside(self.path)
        self._fill_anew(search, rows)
        n_lost = max(found, default=0) - len(rows)
        kept = f" The damaged file is kept as {aside!r}."
        self._warn_of_loss(len(rows), n_lost, kept, "at least ")
        return rows, len(rows) + 1

    def _fill_anew(self, search: str | None, rows: list[Row]) -> None:
        self._connection = self._opened()
        with _sqlite.transaction(self._connection):
            _sqlite.set_meta(self._connection, _CLAIM, self._claim)
            _sqlite.set_meta(self._connection, _SEARCH, search)
        if rows:
            _sqlite.insert(self._connection, 1, rows, self._claim)

    def _warn_of_loss(self, n: int, n_lost: int, kept: str, about: str = "") -> None:
        self._warn(
            f"The checkpoint {self.path!r} is damaged: {n} results are intact and used,"
            f" {about}{n_lost} are lost and their fits run again.{kept}"
        )

    def _set_mode(self) -> str | None:
        """Choose how SQLite makes commits durable; return the log that we sync."""
        connection = self._connection
        network = network_file_system(self.path)
        wanted = "WAL" if self._wal and not network else "PERSIST"
        (got,) = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
        if got == "wal":
            connection.execute("PRAGMA synchronous = NORMAL")
            # the log is written into the file when it has 16 MB; each time is a sync
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            return f"{self.path}-wal"
        connection.execute("PRAGMA synchronous = FULL")
        self._warn(
            f"The checkpoint {self.path!r} is on a file system "
            f"{f'({network}) ' * bool(network)}where SQLite's log does not work. Each "
            f"result is written to the disk before the next: allow for some 20 ms a "
            f"fit, or name a file on a local disk."
        )
        return None

    # ---- what the search is -----------------------------------------------------

    def set_search(self, text: str) -> None:
        """Keep what the results belong to.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        try:
            with _sqlite.transaction(self._connection):
                _sqlite.set_meta(self._connection, _SEARCH, text)
            # a log that is lost, or a copy without it, lacks results only
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as exc:
            raise self._cannot_open(exc) from exc
        self.search = text

    # ---- results ----------------------------------------------------------------

    def append(self, row: Row) -> None:
        """Write a result; if that cannot be done now, later."""
        self._pending.append(row)
        if self._failing and monotonic() < self._retry_at:
            return
        self._write_pending()

    def _write_pending(self) -> None:
        if self._taken_over:
            return
        try:
            if self._keeper.is_gone:
                self._restore()
            added = _sqlite.insert(
                self._connection, self._next, self._pending, self._claim
            )
        except (sqlite3.Error, OSError) as exc:
            self._note_failure(exc)
            return
        self._failing = False
        if added:
            self._next += len(self._pending)
            self._pending.clear()
            self._keeper.note_written()
            return
        self._taken_over = True
        self._warn(
            f"Another process has taken over the checkpoint {self.path!r}, as it had "
            f"not heard of this one. This search goes on without writing."
        )

    def _restore(self) -> None:
        """Make the file anew, with what it had: somebody removed it, or its log."""
        if self._next > 1:
            # of a removed file, what is open can still be read
            rows, _ = _sqlite.read_rows(self._connection)
            self._pending[:0] = [rows[number] for number in sorted(rows)]
            self._next = 1
        if not os.path.isdir(os.path.dirname(self.path)):
            raise FileNotFoundError("its folder was removed")
        self._keeper.close()
        self._connection.close()
        aside = _sqlite.put_aside(self.path) if os.path.lexists(self.path) else ""
        _sqlite.remove_log(self.path)
        self._fill_anew(self.search, [])
        # where numbers of files are not kept, this would happen again and again
        self._keeper = Keeper(self.path, self._set_mode(), by_number=False)
        self._warn(
            f"The checkpoint {self.path!r} was removed or replaced while the search "
            f"runs. It is made again, with all results."
            + f" What took its place is kept as {aside!r}."
            * bool(aside)
        )

    def _note_failure(self, exc: Exception) -> None:
        self._retry_at = monotonic() + _RETRY
        if not self._failing:
            self._failing = True
            self._warn(
                f"The checkpoint {self.path!r} cannot be written to: {exc}. The search "
                f"goes on, and keeps its results in memory until they can be written. "
                f"Make room on the disk, and see that the folder can be written to."
            )

    def close(self) -> None:
        """Write what waits, and give the file back."""
        self._keeper.close()
        if self._pending or self._keeper.is_gone:
            self._write_pending()
            self._keeper.close()
        if self._pending and not self._taken_over:
            self._warn(
                f"{len(self._pending)} results are not in the checkpoint "
                f"{self.path!r}, which could not be written to."
            )
        with suppress(sqlite3.Error, DamagedError):
            with _sqlite.transaction(self._connection):
                if _sqlite.get_meta(self._connection, _CLAIM) == self._claim:
                    _sqlite.set_meta(self._connection, _CLAIM, None)
        self._connection.close()  # the last one writes the log into the file
