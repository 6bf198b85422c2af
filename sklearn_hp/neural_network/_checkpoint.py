"""A checkpoint on disk: all that a fit needs to go on, in another process, bit for bit.

The file is ``_MAGIC``, the digest of the payload, and the payload, which is what
`torch.save` writes. The digest tells a damaged file from a whole one: torch checks the
parts of a file that it parses, but not the weights. It is no signature. Whoever can
write the file can write its digest too, so the payload is loaded as data only.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch

# The number is the version of the format.
_MAGIC = b"sklearn-hp checkpoint 3\n"

# What a checkpoint holds.
_PARTS = {"params", "data", "seed", "epoch", "module", "criterion", "optimizer"}
_PARTS |= {"history", "stopping", "stopped"}


class _UnreadableError(Exception):
    """Its text says what is wrong with a file."""


def save(path: str | os.PathLike, state: dict[str, Any]) -> None:
    """Write a state; whoever reads `path` finds the old or the new one, whole."""
    content = _encode(state)
    target = Path(path)
    # mkstemp makes a file that only its owner can read, and replacing keeps the mode
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            # The new name can reach the disk before the content does. A power cut in
            # between would leave an empty file in place of the old checkpoint.
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike) -> dict[str, Any] | None:
    """Return the state in `path`; None if there is no file, or none that can be read.

    A file that cannot be read is put aside with a warning. One that cannot be opened
    raises, because it may be good: the next `save` would write over it.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return None
    try:
        return _decode(content)
    except _UnreadableError as exc:
        kept = _put_aside(path)
        warnings.warn(
            f"The checkpoint {os.fspath(path)!r} cannot be read, so training starts "
            f"from the beginning: {exc}. The file is kept as {kept!r}.",
            RuntimeWarning,
            stacklevel=2,
        )
        return None


def check_path(path: str | os.PathLike) -> None:
    """Refuse a path that no checkpoint can be written to, before training.

    Raises
    ------
    ValueError
        If it is a folder, or is in one that does not exist.
    """
    target = Path(path)
    if target.is_dir():
        raise ValueError(
            f"checkpoint={os.fspath(path)!r} is a folder. Give the path of a file in "
            f"it."
        )
    if not target.parent.is_dir():
        raise ValueError(
            f"checkpoint={os.fspath(path)!r} is in a folder that does not exist. Make "
            f"the folder {os.fspath(target.parent)!r} first."
        )


def _encode(state: dict[str, Any]) -> bytes:
    payload = io.BytesIO()
    torch.save(state, payload)
    return _MAGIC + _digest(payload.getvalue()) + payload.getvalue()


def _decode(content: bytes) -> dict[str, Any]:
    if not content:
        raise _UnreadableError("it is empty")
    if not content.startswith(_MAGIC):
        raise _UnreadableError("it is of another version, or no checkpoint")
    start = len(_MAGIC) + len(_digest(b""))
    payload = content[start:]
    if content[len(_MAGIC) : start] != _digest(payload):
        raise _UnreadableError("it is damaged or cut off, as its checksum is wrong")
    try:
        state = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except Exception as exc:
        # The digest fits, so this was written on purpose, or by a torch whose files
        # this one cannot read. There is no list of what that raises.
        raise _UnreadableError(f"torch cannot load it ({type(exc).__name__})") from exc
    if not (isinstance(state, dict) and _PARTS <= state.keys()):
        raise _UnreadableError("it lacks parts of a checkpoint")
    return state


def _digest(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=32).digest()


def _put_aside(path: str | os.PathLike) -> str:
    """Rename a file to a name that no file has yet, and return that name."""
    kept = _reserve(f"{os.fspath(path)}.unreadable")
    try:
        os.replace(path, kept)
    except BaseException:
        os.unlink(kept)
        raise
    return kept


def _reserve(name: str) -> str:
    """Make an empty file called `name`, or `name` and the first number that is free."""
    numbered = name
    for number in itertools.count(1):
        try:
            # Looking and making are one step, so no other process gets the same name.
            Path(numbered).touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            numbered = f"{name}.{number}"
        else:
            break
    return numbered
