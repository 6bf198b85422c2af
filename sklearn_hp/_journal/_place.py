"""Where a checkpoint may be, and a new file that no other user can read."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress


def checked_path(given: str | os.PathLike, name: str = "checkpoint") -> str:
    """Return the absolute path of a checkpoint; refuse what cannot be one.

    Parameters
    ----------
    given : str or path-like
        As the user gives it; "~" is the home folder.
    name : str, default="checkpoint"
        What the user gives it as.

    Raises
    ------
    ValueError
        If it is empty, or no name of a file.
    OSError
        If it is in a folder that does not exist, or is not a file.
    """
    text = os.fspath(given)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if not text or "\0" in text:
        raise ValueError(f"{name}={given!r} is no name of a file.")
    path = os.path.abspath(os.path.expanduser(text))
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"{name}={given!r} is in a folder that does not exist. Make the folder "
            f"{folder!r} first."
        )
    if os.path.exists(path) and not os.path.isdir(path):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError(f"{name}={given!r} is not a file. Name a file.")
    return path


def make_private(path: str) -> bool:
    """Make a file that only its owner can read, unless it is there; return if it was.

    One that is there gets that mode, and the files beside it have it by SQLite.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        with suppress(OSError):  # of another user, who lets us write
            if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
                os.chmod(path, 0o600)
        return True
    os.close(descriptor)
    os.chmod(path, 0o600)  # the umask may have taken more
    _sync_folder(os.path.dirname(path))
    return False


def _sync_folder(folder: str) -> None:
    """Let the name of a new file outlive a power cut."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
