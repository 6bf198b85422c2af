"""SQLite's log, which has what was committed last, and what is lost when it is damaged.

At the first frame whose checksum is wrong, SQLite takes the log to end, and says
nothing. What was committed after it is lost; but the frames are still there.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import suppress

_HEADER, _FRAME = 32, 24  # bytes; a page follows the second


def n_lost_commits(connection: sqlite3.Connection, path: str) -> int:
    """Return how many commits are in the log of a file and cannot be read.

    Call it before anything is written: that overwrites them.

    Parameters
    ----------
    connection : sqlite3.Connection
        Of the file.
    path : str
        The file.
    """
    commits: list[int] = []
    with suppress(OSError, struct.error):
        commits = list(_commits(f"{path}-wal"))
    if not commits:
        return 0
    # which says, too, where the log ends
    _, n_frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    n_lost = sum(number > n_frames for number in commits)
    # one alone is what a kill left in the middle of a commit
    return n_lost if n_lost > 1 else 0


def _commits(log: str) -> Iterator[int]:
    """Yield the numbers, from 1, of the frames that end a commit."""
    with open(log, "rb") as file:
        header = file.read(_HEADER)
        (size,) = struct.unpack_from(">I", header, 8)
        salts = None
        n_frames = (os.fstat(file.fileno()).st_size - _HEADER) // (_FRAME + size)
        for number in range(1, n_frames + 1):
            frame = file.read(_FRAME)
            file.seek(size, os.SEEK_CUR)
            _, is_commit, *own = struct.unpack_from(">4I", frame)
            salts = own if salts is None else salts
            # frames of an earlier use of the file may follow, with other salts
            if is_commit and own == salts:
                yield number
