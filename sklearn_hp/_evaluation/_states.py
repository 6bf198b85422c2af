"""States of fits that were under way, in a folder beside the file of results."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass

from sklearn_hp._records import Task

_REFIT = "refit"
_NAME = re.compile(rf"-?\d+_\d+_\S+|{_REFIT}")


@dataclass(frozen=True)
class States:
    """A folder with one folder for each fit that asks for it.

    Parameters
    ----------
    folder : str
        Absolute path; made when it is needed.
    """

    folder: str

    def of_task(self, task: Task) -> str:
        """Return the folder of a task; the same when the search runs again."""
        name = f"{task.trial.number}_{task.split}_{task.resource}"
        return os.path.join(self.folder, name)

    def of_refit(self) -> str:
        """Return the folder of the refit."""
        return os.path.join(self.folder, _REFIT)

    def forget(self, task: Task) -> None:
        """Delete what a task has kept, if anything."""
        if os.path.isdir(self.folder):
            shutil.rmtree(self.of_task(task), ignore_errors=True)

    def clear(self) -> None:
        """Delete all states, and the folder; nothing else that lies there."""
        with suppress(OSError):
            for name in os.listdir(self.folder):
                if _NAME.fullmatch(name):
                    shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)
            os.rmdir(self.folder)
