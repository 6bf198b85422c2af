"""Tasks that run again, alone, to find out which of them killed a worker."""

from __future__ import annotations

from collections import deque

from sklearn_hp._records import Task


class Suspects:
    """Tasks that were in a worker which died, or whose data were lost.

    Each runs again, alone, when nothing else runs. The first time it runs in a worker
    that is there, as most of a bundle are innocent. If it was the only one in a worker
    that died, it runs in a fresh worker: one that ran other fits before may have died
    of what they left behind. What dies there is guilty.
    """

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()
        # keys of tasks
        self._died_single: set[tuple] = set()
        self._lost_before: set[tuple] = set()

    def __len__(self) -> int:
        """Return the number of tasks that have to run again."""
        return len(self._tasks)

    def next(self) -> tuple[Task, bool]:
        """Return the task to run now, and whether it needs a fresh worker."""
        task = self._tasks.popleft()
        return task, task.key in self._died_single

    def add(self, tasks: list[Task]) -> None:
        """Add tasks of which one, at least, did harm."""
        if len(tasks) == 1:
            # of all that may have killed a worker, it is the likeliest
            self._died_single.add(tasks[0].key)
        self._tasks.extend(tasks)

    def judge(self, tasks: list[Task], *, alone: bool, fresh: bool) -> bool:
        """Return whether the tasks killed their worker; add them if it is not clear.

        ``alone`` says that nothing else ran in any worker, ``fresh`` that nothing had
        run in this one before.
        """
        if alone and fresh:
            return True
        self.add(tasks)
        return False

    def get_second_chance(self, tasks: list[Task]) -> bool:
        """Add tasks whose data were lost; return False if they have been before.

        So the search ends whatever happens to the files.
        """
        keys = {task.key for task in tasks}
        if keys & self._lost_before:
            return False
        self._lost_before |= keys
        self._tasks.extend(tasks)
        return True
