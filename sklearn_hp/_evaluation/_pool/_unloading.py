"""Write to files what workers of other machines send back with their results."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Self

from sklearn_hp._evaluation._keeping import written
from sklearn_hp._evaluation._pool._base import Pool
from sklearn_hp._records import SplitResult, Task


class UnloadingPool:
    """A pool whose results name files, as those of workers of this machine do.

    Parameters
    ----------
    pool : Pool
        The workers. Their results have predictions and models as arrays and bytes.
    folder : str
        Where to write them.
    """

    def __init__(self, pool: Pool, folder: str) -> None:
        self._pool = pool
        self._folder = folder

    @property
    def has_idle(self) -> bool:
        """Whether a worker is idle."""
        return self._pool.has_idle

    @property
    def n_running(self) -> int:
        """Tasks submitted and not given back."""
        return self._pool.n_running

    def submit(self, task: Task) -> None:
        """Give the task to the workers."""
        self._pool.submit(task)

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return the next result, unloaded."""
        task, result = self._pool.wait_any(deadline)
        if result.kept is None:
            return task, result
        kept = written(result.kept, self._folder, result.key)
        return task, replace(result, kept=kept)

    def __enter__(self) -> Self:
        self._pool.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._pool.__exit__(*exc_info)
