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
from typing import Self

from sklearn_hp._evaluation._failures import not_returned
from sklearn_hp._evaluation._pool._parcel import packed
from sklearn_hp._evaluation._pool._process import WorkerProcess, keep, kill, take_kept
from sklearn_hp._evaluation._pool._runner import TaskRunner
from sklearn_hp._evaluation._pool._shipping import Shipment
from sklearn_hp._records import SplitResult, Task

# A message costs about a millisecond however small its task is: fits of a few
# milliseconds travel in bundles that take about this long (benchmarks/overhead.py).
_BUNDLE_SECONDS = 0.03
_MAX_BUNDLE = 100

# Between two messages a worker idles for 1 to 4 ms. While fits are shorter than this,
# its next bundle waits in its queue, which is then the smaller loss: a long fit can
# keep the bundle behind it waiting.
_QUEUE_SECONDS = 0.5


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
        max_nbytes: int | None = 1_000_000,
        temp_folder: str | None = None,
        mmap_mode: str | None = "r",
    ) -> None:
        self._n_workers = n_workers
        self._env = env
        self._idle_timeout = idle_timeout
        self._n_kept = n_workers if n_kept is None else n_kept
        self._shipment = Shipment(runner, max_nbytes, temp_folder, mmap_mode)
        self._keep_exceptions = runner.keep_exceptions
        self._workers: list[WorkerProcess] = []
        # with the path of the shipment that they were sent with
        self._running: dict[Future, tuple[WorkerProcess, list[Task], str]] = {}
        self._bundle: list[Task] = []
        self._bundle_size = 1
        self._bundles_allowed = bundle
        self._task_seconds = math.inf
        self._n_left = math.inf if max_tasks is None else max_tasks
        self._n_sent = 0  # tasks in workers; `_running` counts bundles of them
        # futures are done in a thread of loky; the search meets them in its own
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._results: deque[tuple[Task, SplitResult]] = deque()
        self._suspects: deque[Task] = deque()
        # of all that may have killed a worker, what was alone in it is the likeliest
        self._died_single: set[tuple] = set()
        self._lost_before: set[tuple] = set()
        self._retry: Future | None = None

    @property
    def has_idle(self) -> bool:
        """Whether a worker has nothing to do, or a short fit with none queued.

        Where fits are short, suspects come first: what runs is soon done, and then the
        innocents among them are settled. Long fits are not held up by them, unless the
        search may be stopped: it could be by the score of a suspect.
        """
        short = self._task_seconds < _QUEUE_SECONDS
        if self._suspects and (short or not self._bundles_allowed):
            return False
        return len(self._running) < self._n_workers * self._depth

    @property
    def _depth(self) -> int:
        """How many bundles a worker holds: one, or one more in its queue."""
        # near the end a queued bundle would wait while another worker has none
        many_left = self._n_left > 2 * self._n_workers * self._bundle_size
        short = self._task_seconds < _QUEUE_SECONDS
        return 2 if self._bundles_allowed and short and many_left else 1

    @property
    def n_running(self) -> int:
        """Tasks in a bundle, in a worker, suspect, or done and not given back."""
        return (
            len(self._bundle) + self._n_sent + len(self._suspects) + len(self._results)
        )

    def submit(self, task: Task) -> None:
        """Add the task to the bundle for the next idle worker."""
        self._n_left -= 1
        self._bundle.append(task)
        if len(self._bundle) >= self._bundle_size:
            self._send_bundle()

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return the next result; run suspects if nothing else runs."""
        if self._bundle:
            self._send_bundle()
        while not self._results:
            if not self._running:
                self._send_suspect()
            self._collect(self._next_done(deadline))
        return self._results.popleft()

    def submit_fresh(self, task: Task) -> None:
        """Run a task in a fresh process; only while nothing runs."""
        self._send([task], self._fresh_worker())

    def renew(self) -> None:
        """Let all tasks to come run in fresh processes; only while nothing runs."""
        kill(self._workers)
        self._workers.clear()

    def _send_bundle(self) -> None:
        bundle, self._bundle = self._bundle, []
        self._send(bundle)

    def _send_suspect(self) -> None:
        """Run a suspect while nothing else runs.

        The first time in a worker that is there, as most of a bundle are innocent. If
        it was the only one in a worker that died, in a fresh worker: one that ran other
        fits before may have died of what they left behind.
        """
        self._ship_if_damaged()  # what ran before may have done it
        task = self._suspects.popleft()
        worker = self._fresh_worker() if task.key in self._died_single else None
        self._retry = self._send([task], worker)

    def _send(self, tasks: list[Task], worker: WorkerProcess | None = None) -> Future:
        worker = worker or self._free_worker()
        try:
            future = self._start(tasks, worker)
        except BrokenExecutor:
            # it died while idle, so not of these tasks
            self._discard(worker)
            worker = self._new_worker()
            future = self._start(tasks, worker)
        worker.n_bundles += 1
        self._running[future] = worker, tasks, self._shipment.path
        self._n_sent += len(tasks)
        future.add_done_callback(self._done.put)
        return future

    def _start(self, tasks: list[Task], worker: WorkerProcess) -> Future:
        of_worker = [packed(task.in_slot(worker.slot)) for task in tasks]
        return worker.submit(self._shipment.path, of_worker)

    def _free_worker(self) -> WorkerProcess:
        """Return a worker that holds nothing, or else the one that holds least."""
        least = min(self._workers, key=lambda worker: worker.n_bundles, default=None)
        if least is not None and least.n_bundles == 0:
            return least
        if len(self._workers) < self._n_workers:
            # one at a time: a search that is over early leaves the others as they are
            kept = take_kept(self._env)
            return self._new_worker() if kept is None else self._add(kept)
        assert least is not None
        return least

    def _fresh_worker(self) -> WorkerProcess:
        """Return a new worker; only while nothing runs."""
        if len(self._workers) == self._n_workers:
            self._discard(self._workers[-1])  # its slot is needed
        return self._new_worker()

    def _new_worker(self) -> WorkerProcess:
        return self._add(WorkerProcess(self._env, self._idle_timeout))

    def _add(self, worker: WorkerProcess) -> WorkerProcess:
        # a lost worker's number is given again, so that its device does not idle
        taken = {other.slot for other in self._workers}
        worker.slot = min(set(range(self._n_workers)) - taken)
        self._workers.append(worker)
        return worker

    def _discard(self, worker: WorkerProcess) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            kill([worker])

    def _next_done(self, deadline: float) -> Future:
        while True:
            seconds = max(0.0, deadline - time.monotonic())
            try:
                # on Windows a wait without limit cannot be interrupted
                return self._done.get(timeout=min(1.0, seconds))
            except queue.Empty:
                if seconds == 0.0:
                    raise TimeoutError from None

    def _collect(self, future: Future) -> None:
        worker, tasks, path = self._running.pop(future)
        worker.n_bundles -= 1
        self._n_sent -= len(tasks)
        try:
            results, seconds = future.result()
        except BrokenExecutor as exc:
            self._discard(worker)
            # A verdict takes a fit that was alone in a fresh worker: what else ran
            # there, or ran there before, could have been the cause.
            if future is not self._retry or worker.n_done > 0:
                self._suspect(tasks)
                return
            what = f"The worker process died{_exit_code(exc)}."
            results = [self._not_returned(tasks[0], worker, what, exc, died=True)]
        except Exception as exc:
            if self._were_lost(tasks, path):
                self._suspects.extend(tasks)
                return
            if len(tasks) > 1:
                # one of them cannot be pickled or unpickled; alone, it shows itself
                self._suspect(tasks)
                return
            trace = "".join(traceback.format_exception(exc))
            what = f"The fit could not be sent to a worker process, or back:\n{trace}"
            results = [self._not_returned(tasks[0], worker, what, exc, died=False)]
        else:
            self._adapt(seconds / len(tasks))
        worker.n_done += 1
        self._results.extend(zip(tasks, results, strict=True))

    def _were_lost(self, tasks: list[Task], path: str) -> bool:
        """Whether tasks failed for want of their data, which are then there again.

        A fit, or what tidies up the folder for temporary files, can have deleted them:
        workers that have them open go on, but no other can begin. Each task has one
        second chance, alone, so that the search ends whatever happens to the files.
        """
        # the new shipment is whole if another worker has told of the loss before
        lost = path != self._shipment.path or not self._shipment.is_whole()
        keys = {task.key for task in tasks}
        if not lost or keys & self._lost_before:
            return False
        self._lost_before |= keys
        self._ship_if_damaged()
        return True

    def _ship_if_damaged(self) -> None:
        if not self._shipment.is_whole():
            self._shipment.close()
            self._shipment.send()

    def _suspect(self, tasks: list[Task]) -> None:
        if len(tasks) == 1:
            self._died_single.add(tasks[0].key)
        self._suspects.extend(tasks)

    def _not_returned(
        self, task: Task, worker: WorkerProcess, what: str, exc: Exception, died: bool
    ) -> SplitResult:
        task = task.in_slot(worker.slot)
        return not_returned(task, what, exc, self._keep_exceptions, died)

    def _adapt(self, task_seconds: float) -> None:
        """Fit the size of bundles to how long their tasks took."""
        self._task_seconds = task_seconds
        if self._bundles_allowed:
            # shrink at once when a fit was slow, grow by doubling while they are fast
            fitting = int(_BUNDLE_SECONDS / max(task_seconds, 1e-9))
            self._bundle_size = max(1, min(fitting, 2 * self._bundle_size, _MAX_BUNDLE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Keep the workers for the next search; after an exception, kill them."""
        try:
            if exc_info[0] is None:
                # forget() tells the dead from the living, and frees the memory
                alive = [w for w in self._workers if w.forget()]
                keep(self._env, alive, self._n_kept)
            else:
                kill(self._workers)
        finally:
            self._shipment.close()


def _exit_code(exc: BaseException) -> str:
    """Return how a worker ended, as loky's message has it: " by SIGKILL(-9)"."""
    found = re.search(r"exit codes of the workers are \{(.*?)\}", str(exc))
    return f" by {found[1]}" if found else f": {exc}"
