"""Processes of this machine, one to a slot, through joblib's loky.

A slot is an executor with a single worker, so that when a worker dies, only what it was
running is in doubt: one bundle of tasks. Those suspects run again in another worker,
one at a time, when nothing else runs; what dies alone is the culprit. Workers wait,
warm, for the next search of this process, as joblib's do.
"""

from __future__ import annotations

import math
import os
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from typing import Any, Self

from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import ShutdownExecutorError

from sklearn_hp._records import Failure, SplitResult, Task
from sklearn_hp.evaluation._pool._base import TaskRunner
from sklearn_hp.evaluation._pool._shipping import Shipment, load

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
        max_nbytes: int | None = 1_000_000,
        temp_folder: str | None = None,
        mmap_mode: str | None = "r",
    ) -> None:
        self._n_workers = n_workers
        self._env = env
        self._idle_timeout = idle_timeout
        self._shipment = Shipment(runner, max_nbytes, temp_folder, mmap_mode)
        self._keep_exceptions = runner.evaluation.keep_exceptions
        self._slots: list[_Slot] = []
        self._running: dict[Future, tuple[_Slot, list[Task]]] = {}
        self._bundle: list[Task] = []
        self._bundle_size = 1
        self._bundles_allowed = bundle
        self._task_seconds = math.inf
        self._n_left = math.inf if max_tasks is None else max_tasks
        self._n_sent = 0
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._results: deque[tuple[Task, SplitResult]] = deque()
        self._suspects: deque[Task] = deque()

    @property
    def has_idle(self) -> bool:
        """Whether a worker has nothing to do, or a short fit with none queued."""
        return len(self._running) < self._n_workers * self._depth

    @property
    def _depth(self) -> int:
        """How many bundles a worker holds: one, or one more in its queue."""
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

    def wait_any(self) -> tuple[Task, SplitResult]:
        """Return the next result; run suspects if nothing else runs."""
        if self._bundle:
            self._send_bundle()
        while not self._results:
            alone = not self._running
            if alone:
                self._send([self._suspects.popleft()])
            self._collect(self._next_done(), alone)
        return self._results.popleft()

    def _send_bundle(self) -> None:
        bundle, self._bundle = self._bundle, []
        self._send(bundle)

    def _send(self, tasks: list[Task]) -> None:
        slot = self._free_slot()
        try:
            future = slot.submit(self._shipment.path, tasks)
        except (BrokenExecutor, ShutdownExecutorError):
            # its worker died while idle, so not of these tasks
            self._discard(slot)
            slot = self._new_slot()
            future = slot.submit(self._shipment.path, tasks)
        slot.n_bundles += 1
        self._running[future] = slot, tasks
        self._n_sent += len(tasks)
        future.add_done_callback(self._done.put)

    def _free_slot(self) -> _Slot:
        """Return a slot that holds nothing, or else the one that holds least."""
        least = min(self._slots, key=lambda slot: slot.n_bundles, default=None)
        if least is not None and least.n_bundles == 0:
            return least
        if len(self._slots) < self._n_workers:
            kept = _take_slot(self._env)
            if kept is not None:
                self._slots.append(kept)
            return kept or self._new_slot()
        assert least is not None
        return least

    def _new_slot(self) -> _Slot:
        slot = _Slot(self._env, self._idle_timeout)
        self._slots.append(slot)
        return slot

    def _discard(self, slot: _Slot) -> None:
        if slot in self._slots:
            self._slots.remove(slot)
            slot.kill()

    def _next_done(self) -> Future:
        while True:
            try:
                # on Windows a wait without limit cannot be interrupted
                return self._done.get(timeout=1.0)
            except queue.Empty:
                continue

    def _collect(self, future: Future, alone: bool) -> None:
        slot, tasks = self._running.pop(future)
        slot.n_bundles -= 1
        self._n_sent -= len(tasks)
        try:
            results, seconds = future.result()
        except BrokenExecutor as exc:
            self._discard(slot)
            if not alone:
                self._suspects.extend(tasks)
                return
            results = [self._failure(tasks[0], "The worker process died", exc)]
        except Exception as exc:
            if len(tasks) > 1:
                self._suspects.extend(tasks)
                return
            what = "The fit could not be sent to a worker process, or back"
            results = [self._failure(tasks[0], what, exc)]
        else:
            self._adapt(seconds / len(tasks))
        self._results.extend(zip(tasks, results, strict=True))

    def _failure(self, task: Task, what: str, exc: BaseException) -> SplitResult:
        kept = exc if self._keep_exceptions else None
        failure = Failure(f"{what}: {exc}", kept)
        return SplitResult(*task.key, fit_time=0.0, score_time=0.0, fit_failure=failure)

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
                _keep_slots(self._env, [s for s in self._slots if s.forget()])
            else:
                for slot in self._slots:
                    slot.kill()
        finally:
            self._shipment.close()


class _Slot:
    """One worker process, in an executor of its own, and how much it has to do."""

    def __init__(self, env: dict[str, str], idle_timeout: float) -> None:
        self.n_bundles = 0
        self._executor = ProcessPoolExecutor(
            max_workers=1,
            timeout=idle_timeout,
            initializer=_start_worker,
            initargs=(os.getpid(),),
            env=env,
        )

    def submit(self, path: str, tasks: Sequence[Task]) -> Future:
        return self._executor.submit(_run_tasks, path, tasks)

    def forget(self) -> bool:
        """Let the worker drop the data of the search that ends; False if it died."""
        try:
            self._executor.submit(_forget)
        except (BrokenExecutor, ShutdownExecutorError):
            return False
        return True

    def kill(self) -> None:
        """End the worker process, whatever it is doing, and wait until it is gone."""
        self._executor.shutdown(wait=True, kill_workers=True)


# Warm workers of this process by (process, environment). A forked child finds the
# slots of its parent under another process id, and leaves them alone.
_kept: dict[tuple[Any, ...], list[_Slot]] = {}
_kept_lock = threading.Lock()


def _key(env: dict[str, str]) -> tuple[Any, ...]:
    return os.getpid(), tuple(sorted(env.items()))


def _take_slot(env: dict[str, str]) -> _Slot | None:
    with _kept_lock:
        slots = _kept.get(_key(env))
        return slots.pop() if slots else None


def _keep_slots(env: dict[str, str], slots: list[_Slot]) -> None:
    with _kept_lock:
        _kept.setdefault(_key(env), []).extend(slots)


# ---- in the worker process ----------------------------------------------------------

_loaded: dict[str, TaskRunner] = {}


def _run_tasks(path: str, tasks: Sequence[Task]) -> tuple[list[SplitResult], float]:
    runner = _loaded.get(path)
    if runner is None:
        _loaded.clear()
        runner = _loaded[path] = load(path)
    return runner(tasks)


def _forget() -> None:
    _loaded.clear()


def _start_worker(parent: int) -> None:
    # A terminal sends Ctrl-C to all processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":  # elsewhere the idle timeout ends an orphan
        threading.Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()


def _exit_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
