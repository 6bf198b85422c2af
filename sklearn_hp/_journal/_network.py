"""Whether a file is on a network file system, where SQLite's log does not work.

The log, WAL, needs memory that all its readers share: processes of another host have
none. SQLite does not notice: what it is told by the system looks like any other file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|beegfs\w*|glusterfs|pvfs2|orangefs"
    r"|panfs|fuse\.(sshfs|glusterfs|ceph\w*|s3fs|gcsfuse|beegfs\w*)"
)


def network_file_system(path: str | os.PathLike) -> str:
    """Return the type of a network file system that has the path; "" if none has.

    Known on Linux only.
    """
    try:
        mounts = Path("/proc/self/mounts").read_text()
    except OSError:
        return ""
    return type_in(mounts, os.path.realpath(path))


def type_in(mounts: str, path: str) -> str:
    """Return the type of the network file system that a table of mounts says."""
    longest, found = -1, ""
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split()
        point = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), point)
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:
            longest, found = len(point), kind
    return found if _NETWORK.fullmatch(found) else ""
