"""A folder for files that the processes of a search share, and that goes with them."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import uuid
import zlib
from contextlib import suppress

from sklearn_hp._evaluation._joblib_compat import resource_tracker
from sklearn_hp._evaluation._signals import held_back

# The name says who made a folder. Another host or container that shares the file system
# has another name of its own, and its processes are out of sight from here.
_HOST = f"{zlib.crc32(platform.node().encode()):08x}"
_NAME = re.compile(rf"sklearn_hp_\d+_{_HOST}_[0-9a-f]{{32}}")

# What a closed terminal and Ctrl-\ send to all processes. Without a handler of the user
# the search ends, and the tracker must outlive it to tidy up.
_TRACKER_OUTLIVES = ("SIGHUP", "SIGQUIT")


class PrivateFolder:
    """A new folder that no other user can read, whatever the umask.

    It goes with `close`, or else when this process and its workers have ended, by
    joblib's resource tracker. If that was killed with them, it goes when a process of
    this user makes the next one in the same place.

    Parameters
    ----------
    root : str
        Where to make it.

    Attributes
    ----------
    path : str
        The folder.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, root: str) -> None:
        os.makedirs(root, exist_ok=True)
        _sweep(root)
        name = f"sklearn_hp_{os.getpid()}_{_HOST}_{uuid.uuid4().hex}"
        self.path = os.path.join(root, name)
        # under a name that no sweep looks for, until it is locked
        unlocked = os.path.join(root, f".{name}")
        os.mkdir(unlocked, mode=0o700)  # refuses whatever lies there already
        os.chmod(unlocked, 0o700)  # the umask may have taken more
        self._lock = _lock(unlocked)
        os.rename(unlocked, self.path)
        with held_back(_TRACKER_OUTLIVES):  # the first call starts the tracker
            resource_tracker.register(self.path, "folder")
        self._owner = os.getpid()
        self._open = True

    def close(self) -> None:
        """Delete the folder; maps of its files that are open stay valid."""
        if not self._open or os.getpid() != self._owner:  # a fork only has a copy
            return
        self._open = False
        shutil.rmtree(self.path, ignore_errors=True)
        if not os.path.exists(self.path):
            # Windows deletes no file that is open; the tracker will, later
            resource_tracker.unregister(self.path, "folder")
        if self._lock is not None:
            os.close(self._lock)


def _lock(path: str) -> int | None:
    """Lock a folder for as long as this process lives; None where that fails.

    The system gives up a lock when its owner dies, however that may be. A process id
    could be that of another process by then, or of another container.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _sweep(root: str) -> None:
    """Delete what processes of this user that were killed left in `root`."""
    if sys.platform == "win32":
        return
    with suppress(OSError), os.scandir(root) as entries:
        for entry in entries:
            if (
                _NAME.fullmatch(entry.name)
                and entry.is_dir(follow_symlinks=False)
                and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
            ):
                _delete_if_left(entry.path)


def _delete_if_left(path: str) -> None:
    lock = _lock(path)
    if lock is not None:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def private_file(path: str) -> int:
    """Make a file that no other user can read; return its descriptor for writing."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, mode=0o600)
    os.chmod(path, 0o600)  # the umask may have taken more
    return descriptor
