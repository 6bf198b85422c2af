"""The worker processes of one search, one to a slot."""

from __future__ import annotations

from sklearn_hp._evaluation._pool._process import WorkerProcess, keep, kill, take_kept


class Slots:
    """Starts workers when they are needed, and numbers them.

    A new worker takes a second or more, for its imports. So once workers are lost, one
    more is kept ready to take the place of the next.

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
        self._spare: WorkerProcess | None = None
        self._has_lost = False

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
        """Take the spare worker, or start one; only while a slot is free."""
        for spare in self._take_spare():
            return self._add(spare)
        return self._add(WorkerProcess(self._env, self._idle_timeout))

    def keep_spare(self, path: str) -> None:
        """Have a spare worker ready for tasks of a shipment, if workers were lost."""
        if self._has_lost and self._spare is None:
            self._spare = WorkerProcess(self._env, self._idle_timeout)
            self._spare.prepare(path)

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
            self._has_lost = True

    def kill(self) -> None:
        """End all workers, and free their slots."""
        kill([*self._workers, *self._take_spare()])
        self._workers.clear()

    def keep(self) -> None:
        """Keep the workers for the next search."""
        # forget() tells the dead from the living, and frees the memory
        alive = [worker for worker in self._workers if worker.forget()]
        for spare in self._take_spare():
            if len(alive) < self._n_kept and spare.forget():
                alive.append(self._add(spare))
            else:
                spare.start_kill()  # no wait: nobody needs its end
        keep(self._env, alive, self._n_kept)

    def _take_spare(self) -> list[WorkerProcess]:
        """Return the spare worker, in a list that is empty if there is none."""
        spare, self._spare = self._spare, None
        return [] if spare is None else [spare]
