"""The worker processes of one search, one to a slot."""

from __future__ import annotations

from sklearn_hp._evaluation._pool._process import WorkerProcess, keep, kill, take_kept


class Slots:
    """Starts workers when they are needed, and numbers them.

    Parameters
    ----------
    n_workers : int
        The most workers there may be.
    env : dict of str to str
        Environment variables of the workers, on top of this process's.
    idle_timeout : float, seconds
        How long a worker without work stays for the next search.
    n_kept : int
        How many stay for the next search at most.
    first : int, default=0
        The lowest number.
    """

    def __init__(
        self,
        n_workers: int,
        env: dict[str, str],
        idle_timeout: float,
        n_kept: int,
        first: int = 0,
    ) -> None:
        self._numbers = range(first, first + n_workers)
        self._n_workers = n_workers
        self._env = env
        self._idle_timeout = idle_timeout
        self._n_kept = n_kept
        self._workers: list[WorkerProcess] = []

    def free(self) -> WorkerProcess:
        """Return a worker that holds nothing, or else the one that holds least."""
        least = min(self._workers, key=lambda worker: worker.n_bundles, default=None)
        if least is not None and least.n_bundles == 0:
            return least
        if len(self._workers) < self._n_workers:
            # one at a time: a search that is over early leaves the others as they are
            kept = take_kept(self._env)
            return self.new() if kept is None else self._add(kept)
        assert least is not None
        return least

    def fresh(self) -> WorkerProcess:
        """Return a new worker; only while nothing runs."""
        if len(self._workers) == self._n_workers:
            self.discard(self._workers[-1])  # its slot is needed
        return self.new()

    def new(self) -> WorkerProcess:
        """Start a worker; only while a slot is free."""
        return self._add(WorkerProcess(self._env, self._idle_timeout))

    def _add(self, worker: WorkerProcess) -> WorkerProcess:
        # a lost worker's number is given again, so that its device does not idle
        taken = {other.slot for other in self._workers}
        worker.slot = min(set(self._numbers) - taken)
        self._workers.append(worker)
        return worker

    def discard(self, worker: WorkerProcess) -> None:
        """End a worker, and free its slot."""
        if worker in self._workers:
            self._workers.remove(worker)
            worker.end()

    def kill(self) -> None:
        """End all workers, and free their slots."""
        kill(self._workers)
        self._workers.clear()

    def keep(self) -> None:
        """Keep the workers for the next search."""
        # forget() tells the dead from the living, and frees the memory
        alive = [worker for worker in self._workers if worker.forget()]
        keep(self._env, alive, self._n_kept)
