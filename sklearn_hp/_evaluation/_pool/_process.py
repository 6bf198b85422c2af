"""One worker process of this machine, from both ends.

The upper half runs in the process of the search, the lower half in the worker.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import BrokenExecutor, Future
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize

from sklearn_hp._evaluation._joblib_compat import (
    ProcessPoolExecutor,
    kill_at_exit,
    start_kill,
)
from sklearn_hp._evaluation._pool._mortal_process import MortalContext
from sklearn_hp._evaluation._pool._parcel import PackedTask
from sklearn_hp._evaluation._pool._progress import (
    Progress,
    fitting,
    tell_memory,
    tell_through,
    tell_unpacking,
)
from sklearn_hp._evaluation._pool._runner import TaskRunner, has_run
from sklearn_hp._evaluation._pool._shipping import load
from sklearn_hp._evaluation._pool._stack import StackReader, write_on_request
from sklearn_hp._evaluation._pool._strays import kill_marked, new_mark
from sklearn_hp._evaluation._signals import held_back
from sklearn_hp._records import SplitResult, Task

# where Linux keeps them, whatever folder the data are in
_SEMAPHORES = "/dev/shm"

# How long to sleep while another thread of this process takes a task.
_MOMENT = 1e-4


class WorkerProcess:
    """A process that runs tasks, in an executor of its own.

    Parameters
    ----------
    env : dict of str to str
        Environment variables, on top of this process's.
    idle_timeout : float, seconds
        How long it stays without work.

    Attributes
    ----------
    slot : int
        Its number among the workers of the pool, which gives it.
    n_bundles, n_done : int
        Number of bundles of tasks that it holds, and that it has returned; counted by
        the pool.
    progress : Progress
        What the process tells of itself.
    """

    def __init__(self, env: dict[str, str], idle_timeout: float) -> None:
        self.slot = self.n_bundles = self.n_done = 0
        self._mark = new_mark()
        context = MortalContext()
        try:
            self.progress = Progress(context)
            self._stack = StackReader(context)
            self._executor = ProcessPoolExecutor(
                max_workers=1,
                timeout=idle_timeout,
                initializer=_start_worker,
                initargs=(os.getpid(), self.progress.writer, self._stack.writer),
                env={**env, **self._mark},
                context=context,
            )
        except OSError as exc:
            raise _cannot_start(exc) from exc
        kill_at_exit(self._executor)

    def submit(
        self, path: str, tasks: Sequence[Task | PackedTask], timed: bool = False
    ) -> Future:
        """Run tasks with the `TaskRunner` shipped in the file `path`.

        With ``timed`` there is one task, and `progress` has when its fit begins.

        The future gives what the runner returns, and raises BrokenExecutor if the
        process dies; so does this method if it is known to be dead.
        """
        # A process that starts now would show a traceback of its imports if Ctrl-C came
        # before it could say that it leaves Ctrl-C to its parent.
        with held_back(["SIGINT"]):
            run = _run_timed if timed else _run_tasks
            return self._executor.submit(run, path, tasks)

    def prepare(self, path: str) -> None:
        """Start the process, and have it load and import what tasks will need."""
        with held_back(["SIGINT"]):  # as above
            self._executor.submit(_warm_up, path)

    def forget(self) -> bool:
        """Let the process drop the data of the search that ends; False if it died."""
        try:
            future = self._executor.submit(_forget)
        except BrokenExecutor:
            return False
        # If the interpreter exits before loky has taken the task from its queue, loky
        # drops the task, then looks it up, and shows a KeyError.
        while not (future.running() or future.done()):
            time.sleep(_MOMENT)
        return True

    def start_kill(self) -> threading.Thread | None:
        """Have the process and its children killed; return the thread that does it."""
        return start_kill(self._executor)

    def where(self) -> str:
        """Return where its fit is, as the lines of a stack; "" if it does not say."""
        return self._stack.read(self.progress.pid)

    def end(self) -> None:
        """Kill the process and all that its fits have started; wait for its end."""
        kill([self])
        kill_marked(self._mark)


def _cannot_start(exc: OSError) -> OSError:
    """Return the error that says what a worker process lacks, and how to mend it."""
    message = (
        f"A worker process cannot be started: {exc.strerror or exc}. It needs a few "
        f"open files (see `ulimit -n`) and semaphores"
    )
    if os.path.isdir(_SEMAPHORES):
        free = shutil.disk_usage(_SEMAPHORES).free
        message += f", which lie in {_SEMAPHORES!r}, where {free / 1e6:.1f} MB are free"
    message += (
        ". Make room, or search in threads (with "
        "joblib.parallel_config(backend='threading')) or with n_jobs=1."
    )
    return OSError(exc.errno, message)


def kill(workers: Iterable[WorkerProcess]) -> None:
    """End worker processes, whatever they are doing, and wait until they are gone.

    All are on their way before the first wait, so that an impatient second Ctrl-C,
    which ends the wait, spares none.
    """
    threads = [worker.start_kill() for worker in workers]
    for thread in threads:
        if thread is not None:
            thread.join()


# Warm workers for the next search: of one environment, and no more than the last search
# could have had, so that they never add up.
_kept: list[WorkerProcess] = []  # in the order of their slots
_kept_env: dict[str, str] = {}
_kept_lock = threading.Lock()
_finalized_in: int | None = None


def take_kept(env: dict[str, str]) -> WorkerProcess | None:
    """Return a warm worker with this environment, if there is one.

    In the order of their slots, so that most get the number that they had: what a
    worker set up on a device serves it again.
    """
    with _kept_lock:
        return _kept.pop(0) if _kept and env == _kept_env else None


def keep(env: dict[str, str], workers: Iterable[WorkerProcess], at_most: int) -> None:
    """Keep workers warm for the next search, and of those kept before what may stay.

    A search that is over after a few fits has not taken them all. The next may.
    """
    global _kept_env, _finalized_in
    with _kept_lock:
        ready = [*workers, *_kept] if env == _kept_env else [*workers]
        for worker in {*_kept} - {*ready[:at_most]}:
            worker.start_kill()  # no wait: nobody needs the end of these
        if _finalized_in != os.getpid():
            # a child of multiprocessing would else wait for its idle workers at exit
            Finalize(None, _end_kept, exitpriority=100)
            _finalized_in = os.getpid()
        _kept[:] = sorted(ready[:at_most], key=lambda worker: worker.slot)
        _kept_env = env


def _end_kept() -> None:
    with _kept_lock:
        kill(_kept)
        _kept.clear()


def _leave_to_parent() -> None:
    """In a forked child: the workers, and perhaps the lock, are the parent's."""
    global _kept_lock
    _kept_lock = threading.Lock()
    _kept.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


# ---- in the worker process ----------------------------------------------------------

_loaded: dict[str, TaskRunner] = {}


def _run_tasks(
    path: str, tasks: Sequence[Task | PackedTask]
) -> tuple[list[SplitResult], float]:
    return _runner(path)(tasks)


def _run_timed(
    path: str, tasks: Sequence[Task | PackedTask]
) -> tuple[list[SplitResult], float]:
    """Run one task; what it takes to load things and to import is not its time."""
    runner = _prepare(path)
    if not has_run():
        tell_memory()
    tell_unpacking()
    opened = [t.open() if isinstance(t, PackedTask) else t for t in tasks]
    with fitting():
        return runner(opened)


def _warm_up(path: str) -> None:
    _prepare(path)


def _prepare(path: str) -> TaskRunner:
    runner = _runner(path)
    runner.unpack()
    return runner


def _runner(path: str) -> TaskRunner:
    runner = _loaded.get(path)
    if runner is None:
        _loaded.clear()  # of an earlier search: two data sets may not fit into memory
        runner = _loaded[path] = load(path)
    return runner


def _forget() -> None:
    _loaded.clear()


def _start_worker(parent: int, progress: Connection, stack: Connection | None) -> None:
    # A terminal sends Ctrl-C to all processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tell_through(progress)
    write_on_request(stack)
    if os.name == "posix":  # elsewhere the idle timeout ends an orphan
        threading.Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()


def _exit_with_parent(parent: int) -> None:
    # a killed parent sends nothing, but its orphans are adopted by another process
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
