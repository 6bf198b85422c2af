"""Every private name of joblib and of its loky that this package uses.

joblib offers no public way to give workers tasks one by one, nor to share arrays with
them, so that changes there are felt here, and only here.
"""

from __future__ import annotations

import os
import queue
import tempfile
import threading
from contextlib import suppress
from typing import Any

import joblib
from joblib._memmapping_reducer import _get_backing_memmap as backing_memmap
from joblib._memmapping_reducer import _get_temp_dir
from joblib._memmapping_reducer import _reduce_memmap_backed as reduce_memmap_backed
from joblib._parallel_backends import (
    LokyBackend,
    MultiprocessingBackend,
    SequentialBackend,
    ThreadingBackend,
)
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.backend import resource_tracker
from joblib.externals.loky.backend.context import LokyContext
from joblib.externals.loky.backend.process import LokyProcess
from joblib.externals.loky.backend.reduction import dumps, get_loky_pickler
from joblib.externals.loky.backend.utils import kill_process_tree

__all__ = [
    "LokyBackend",
    "LokyContext",
    "LokyProcess",
    "MultiprocessingBackend",
    "ProcessPoolExecutor",
    "SequentialBackend",
    "ThreadingBackend",
    "backend_kwargs",
    "backend_of",
    "backing_memmap",
    "disk_root",
    "dumps",
    "get_loky_pickler",
    "kill_at_exit",
    "kill_process_tree",
    "reduce_memmap_backed",
    "resource_tracker",
    "start_kill",
    "temp_root",
    "worker_env",
]


def backend_of(parallel: joblib.Parallel) -> Any:
    """Return the backend that a `joblib.Parallel` uses."""
    return parallel._backend


def backend_kwargs(parallel: joblib.Parallel) -> dict[str, Any]:
    """Return the settings of the backend: of its own, and of the active config."""
    of_backend = getattr(parallel._backend, "backend_kwargs", {})  # joblib >= 1.5
    of_call = vars(parallel).get("_backend_kwargs") or parallel._backend_args  # < 1.5
    return {**of_backend, **of_call}


def worker_env(backend: LokyBackend, n_jobs: int) -> dict[str, str]:
    """Return what limits the native threads of each of `n_jobs` workers."""
    return backend._prepare_worker_env(n_jobs=n_jobs)


def temp_root(temp_folder: str | None) -> str:
    """Return the folder in which joblib would make one for memory maps."""
    # without a name it makes none, but then does not see whether it could
    root, is_ram_disk = _get_temp_dir("", temp_folder)
    if is_ram_disk and not os.access(root, os.W_OK):
        root = tempfile.gettempdir()
    return os.path.abspath(root)


def disk_root() -> str:
    """Return the folder for temporary files that are too many for a RAM disk.

    The one that joblib was told to use; otherwise that of the system.
    """
    named = backend_kwargs(joblib.Parallel()).get("temp_folder")
    named = named or os.environ.get("JOBLIB_TEMP_FOLDER")
    return os.path.abspath(named or tempfile.gettempdir())


def kill_at_exit(executor: ProcessPoolExecutor) -> None:
    """Have an executor's processes killed, not awaited, when the interpreter exits."""
    executor._flags.kill_workers = True


def start_kill(executor: ProcessPoolExecutor) -> threading.Thread | None:
    """Have an executor's processes and their children killed.

    Returns the thread that does it, None if none was started.
    """
    thread = executor._executor_manager_thread
    # loky drops the tasks that no process has taken yet, then looks up those still
    # listed here, and shows a KeyError
    with suppress(queue.Empty):
        while True:
            executor._work_ids.get(block=False)
    executor.shutdown(wait=False, kill_workers=True)
    return thread
