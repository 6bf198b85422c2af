"""Predictions of fits, in a folder beside the file that has their scores."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import replace

from sklearn_hp._canonical import digest
from sklearn_hp._records import Kept

_NO_MODEL = "Models of an earlier run are not kept."
_BLOCK = 1 << 20


class Predictions:
    """Files that outlive the folder of one run.

    Parameters
    ----------
    path : str
        The file that they belong to; the folder has its name, and an ending.
    """

    def __init__(self, path: str) -> None:
        self._folder = f"{path}.predictions"

    def save(self, kept: Kept | None) -> Kept | None:
        """Return a record that names a copy of its predictions, with a digest.

        If there is no room for it, the name is that of no file: its fit runs again.
        """
        if kept is None or kept.predictions is None:
            return kept
        name = f"{uuid.uuid4().hex}.npy"
        content = ""
        with suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            content = _digest(kept.predictions)
            _copy(kept.predictions, os.path.join(self._folder, name))
        return replace(kept, predictions=f"{name} {content}", model=None)

    def load(self, kept: Kept) -> Kept | None:
        """Return a record that names the file; None if that is not what was saved."""
        if kept.predictions is None:
            return kept
        name, _, content = kept.predictions.partition(" ")
        path = os.path.join(self._folder, os.path.basename(name))
        try:
            if _digest(path) != content:
                return None
        except OSError:
            return None
        return replace(kept, predictions=path, reason=kept.reason or _NO_MODEL)


def _copy(source: str, target: str) -> None:
    """Give a file another name where that is possible, else copy it."""
    try:
        os.link(source, target)
    except OSError:  # it is on another disk, or this one cannot
        shutil.copyfile(source, target)
        os.chmod(target, 0o600)


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return digest(iter(lambda: file.read(_BLOCK), b""))
