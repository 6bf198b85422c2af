"""Processes of this machine, one to a slot, through joblib's loky.

A slot is an executor with a single worker, so that when a worker dies, only what it was
running is in doubt. Those suspects run again, one at a time, when nothing else runs;
what dies alone in a fresh worker is the culprit. Workers wait, warm, for the next
search of this process, as joblib's do.
"""

from __future__ import annotations

import math
import queue
import re
import time
import traceback
from collections import deque
from concurrent.futures import BrokenExecutor, Future
from typing import NamedTuple, Self

from sklearn_hp._evaluation._failures import ended, not_returned
from sklearn_hp._evaluation._pool._bundles import Bundles
from sklearn_hp._evaluation._pool._limits import Excess, LimitKeeper
from sklearn_hp._evaluation._pool._parcel import packed
from sklearn_hp._evaluation._pool._process import WorkerProcess
from sklearn_hp._evaluation._pool._runner import TaskRunner
from sklearn_hp._evaluation._pool._shipping import Shipment
from sklearn_hp._evaluation._pool._slots import Slots
from sklearn_hp._evaluation._pool._suspects import Suspects
from sklearn_hp._records import Limits, SplitResult, Task

_NO_LIMITS = Limits()

_KILLED = (
    "\nThe search did not send it. Mostly the system does, when memory runs out: see "
    "its log. Fewer workers (n_jobs) leave more memory to each, and a fit_memory_limit "
    "ends a fit before it takes that of others."
)


class _Sent(NamedTuple):
    """Tasks in a worker."""

    worker: WorkerProcess
    tasks: list[Task]
    path: str  # of the shipment that they were sent with
    is_suspect: bool  # so that nothing else runs


class SlotPool:
    """Worker processes for one search.

    Parameters
    ----------
    runner : TaskRunner
        What a worker calls with its tasks.
    n_workers : int
        Number of processes; they start when there is work for them.
    max_tasks : int or None
        The most tasks there will be, None if unknown.
    env : dict of str to str
        Environment variables of the workers, on top of this process's.
    bundle : bool
        Whether short fits may travel several at a time, and wait in a worker's queue.
    idle_timeout : float, seconds
        How long a worker without work stays for the next search.
    n_kept : int or None, default=None
        How many of them stay at most, those that this search did not need included;
        None for `n_workers`.
    limits : Limits, default=Limits()
        What a fit may take. A worker whose fit takes more is killed, and the fit has
        failed. Tasks travel alone then.
    first_slot : int, default=0
        The lowest of the numbers that workers have.
    max_nbytes, temp_folder, mmap_mode
        How data is shared, see `Shipment`.
    """

    def __init__(
        self,
        runner: TaskRunner,
        n_workers: int,
        *,
        max_tasks: int | None,
        env: dict[str, str],
        bundle: bool,
        idle_timeout: float,
        n_kept: int | None = None,
        limits: Limits = _NO_LIMITS,
        first_slot: int = 0,
        max_nbytes: int | None = 1_000_000,
        temp_folder: str | None = None,
        mmap_mode: str | None = "r",
    ) -> None:
        self._n_workers = n_workers
        n_kept = n_workers if n_kept is None else n_kept
        self._slots = Slots(n_workers, env, idle_timeout, n_kept, first_slot)
        self._may_stop = not bundle
        self._bundles = Bundles(n_workers, max_tasks, bundle and not limits)
        self._keeper = LimitKeeper(limits) if limits else None
        self._excesses: dict[Future, Excess] = {}  # of those that were killed
        self._suspects = Suspects()
        self._shipment = Shipment(runner, max_nbytes, temp_folder, mmap_mode)
        self._keep_exceptions = runner.keep_exceptions
        self._running: dict[Future, _Sent] = {}
        self._n_sent = 0  # tasks in workers; `_running` counts bundles of them
        # futures are done in a thread of loky; the search meets them in its own
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._results: deque[tuple[Task, SplitResult]] = deque()

    @property
    def has_idle(self) -> bool:
        """Whether a worker has nothing to do, or a short fit with none queued.

        Where fits are short, suspects come first: what runs is soon done, and then the
        innocents among them are settled. Long fits are not held up by them, unless the
        search may be stopped: it could be by the score of a suspect.
        """
        if self._suspects and (self._bundles.are_short or self._may_stop):
            return False
        return len(self._running) < self._n_workers * self._bundles.depth

    @property
    def n_running(self) -> int:
        """Tasks in a bundle, in a worker, suspect, or done and not given back."""
        n_waiting = len(self._bundles) + len(self._suspects)
        return n_waiting + self._n_sent + len(self._results)

    def submit(self, task: Task) -> None:
        """Add the task to the bundle for the next idle worker."""
        if self._bundles.add(task):
            self._send(self._bundles.take())

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return the next result; run suspects if nothing else runs."""
        if self._bundles:
            self._send(self._bundles.take())
        while not self._results:
            if not self._running:
                self._send_suspect()
            self._collect(self._next_done(deadline))
        return self._results.popleft()

    def submit_fresh(self, task: Task) -> None:
        """Run a task in a fresh process; only while nothing runs."""
        self._send([task], self._slots.fresh())

    def renew(self) -> None:
        """Let all tasks to come run in fresh processes; only while nothing runs."""
        self._slots.kill()

    def _send_suspect(self) -> None:
        """Run a suspect while nothing else runs."""
        self._shipment.mend()  # what ran before may have damaged it
        task, needs_fresh = self._suspects.next()
        worker = self._slots.fresh() if needs_fresh else None
        self._send([task], worker, is_suspect=True)

    def _send(
        self,
        tasks: list[Task],
        worker: WorkerProcess | None = None,
        is_suspect: bool = False,
    ) -> None:
        worker = worker or self._free()
        try:
            future = self._start(tasks, worker)
        except BrokenExecutor:
            # it died while idle, so not of these tasks
            self._slots.discard(worker)
            worker = self._slots.new()
            future = self._start(tasks, worker)
        worker.n_bundles += 1
        self._running[future] = _Sent(worker, tasks, self._shipment.path, is_suspect)
        self._n_sent += len(tasks)
        future.add_done_callback(self._done.put)

    def _free(self) -> WorkerProcess:
        worker = self._slots.free()
        if self._keeper is None or not self._keeper.has_grown(worker):
            return worker
        self._slots.discard(worker)
        return self._slots.new()

    def _start(self, tasks: list[Task], worker: WorkerProcess) -> Future:
        of_worker = [packed(task.in_slot(worker.slot)) for task in tasks]
        if self._keeper is not None:
            self._keeper.note_start(worker)
        timed = self._keeper is not None
        return worker.submit(self._shipment.path, of_worker, timed)

    def _next_done(self, deadline: float) -> Future:
        while True:
            until = min(deadline, self._keep_limits())
            seconds = max(0.0, until - time.monotonic())
            try:
                # on Windows a wait without limit cannot be interrupted
                return self._done.get(timeout=min(1.0, seconds))
            except queue.Empty:
                if time.monotonic() >= deadline:
                    raise TimeoutError from None

    def _keep_limits(self) -> float:
        """Kill workers whose fit is over a limit; return when to look again."""
        if self._keeper is None:
            return math.inf
        if time.monotonic() >= self._keeper.next_look:
            running = {
                sent.worker: future
                for future, sent in self._running.items()
                if not future.done()
            }
            for worker, excess in self._keeper.look_at([*running]).items():
                self._excesses[running[worker]] = excess
                self._slots.discard(worker)
        return self._keeper.next_look

    def _collect(self, future: Future) -> None:
        sent = self._running.pop(future)
        sent.worker.n_bundles -= 1
        self._n_sent -= len(sent.tasks)
        excess = self._excesses.pop(future, None)
        if excess is not None:
            # whatever it returned when it was about to be killed
            self._settle(sent, excess)
            return
        try:
            results, seconds = future.result()
        except BrokenExecutor as exc:
            results = self._results_of_death(sent, exc)
        except Exception as exc:
            results = self._results_of_loss(sent, exc)
        else:
            self._bundles.learn(seconds / len(sent.tasks))
            self._slots.keep_spare(self._shipment.path)
            if self._keeper is not None:
                self._keeper.note_end(sent.worker)
        if results:
            sent.worker.n_done += 1
            self._results.extend(zip(sent.tasks, results, strict=True))

    def _settle(self, sent: _Sent, excess: Excess) -> None:
        """Enter the failure of a task that was over a limit, or run it again."""
        if excess.by_others:
            self._send(sent.tasks, self._slots.new(), sent.is_suspect)
            return
        (task,) = sent.tasks
        result = ended(
            task.in_slot(sent.worker.slot),
            excess.kind,
            excess.error,
            self._keep_exceptions,
        )
        self._results.append((task, result))

    def _results_of_death(self, sent: _Sent, exc: Exception) -> list[SplitResult]:
        """Return the failure of the task that killed its worker, if that is clear."""
        self._slots.discard(sent.worker)
        fresh = sent.worker.n_done == 0
        if not self._suspects.judge(sent.tasks, alone=sent.is_suspect, fresh=fresh):
            return []
        reason = f"The worker process died{_exit_code(exc)}."
        if "SIGKILL" in reason:
            reason += _KILLED
        return [self._not_returned(sent, reason, exc, died=True)]

    def _results_of_loss(self, sent: _Sent, exc: Exception) -> list[SplitResult]:
        """Return the failure of the task that cannot travel, if that is clear."""
        if self._lacked_data(sent.path) and self._suspects.get_second_chance(
            sent.tasks
        ):
            self._shipment.mend()
            return []
        if len(sent.tasks) > 1:
            # one of them cannot be pickled or unpickled; alone, it shows itself
            self._suspects.add(sent.tasks)
            return []
        trace = "".join(traceback.format_exception(exc))
        reason = f"The fit could not be sent to a worker process, or back:\n{trace}"
        return [self._not_returned(sent, reason, exc, died=False)]

    def _lacked_data(self, path: str) -> bool:
        """Whether the files of a shipment are not there any more.

        A fit, or what tidies up the folder for temporary files, can have deleted them:
        workers that have them open go on, but no other can begin.
        """
        # the new shipment is whole if another worker has told of the loss before
        return path != self._shipment.path or not self._shipment.is_whole()

    def _not_returned(
        self, sent: _Sent, reason: str, exc: Exception, *, died: bool
    ) -> SplitResult:
        task = sent.tasks[0].in_slot(sent.worker.slot)
        return not_returned(task, reason, exc, self._keep_exceptions, died)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Keep the workers for the next search; after an exception, kill them."""
        try:
            if exc_info[0] is None:
                self._slots.keep()
            else:
                self._slots.kill()
        finally:
            self._shipment.close()


def _exit_code(exc: BaseException) -> str:
    """Return how a worker ended, as loky's message has it: " by SIGKILL(-9)"."""
    found = re.search(r"exit codes of the workers are \{(.*?)\}", str(exc))
    return f" by {found[1]}" if found else f": {exc}"
