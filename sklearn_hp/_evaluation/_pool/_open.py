"""Choose the pool that fits the active joblib backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import joblib

from sklearn_hp._current_slot import in_slot
from sklearn_hp._evaluation._evaluate import Evaluation
from sklearn_hp._evaluation._joblib_compat import (
    LokyBackend,
    MultiprocessingBackend,
    SequentialBackend,
    ThreadingBackend,
    backend_kwargs,
    backend_of,
    worker_env,
)
from sklearn_hp._evaluation._optional_methods import device_slots
from sklearn_hp._evaluation._pool._base import Pool
from sklearn_hp._evaluation._pool._batches import BatchPool
from sklearn_hp._evaluation._pool._dask import DaskPool
from sklearn_hp._evaluation._pool._fresh import FreshRetryPool
from sklearn_hp._evaluation._pool._retry import RetryPool
from sklearn_hp._evaluation._pool._runner import TaskRunner
from sklearn_hp._evaluation._pool._serial import SerialPool
from sklearn_hp._evaluation._pool._slot_pool import SlotPool
from sklearn_hp._evaluation._pool._threads import ThreadPool
from sklearn_hp._evaluation._pool._unloading import UnloadingPool

# As in joblib: idle workers stay five minutes.
_IDLE_TIMEOUT = 300.0

# Backends whose workers are on this machine for certain, by their exact types.
_LOCAL = (ThreadingBackend, LokyBackend)

_NO_FORKS = (
    "The estimator runs on a device, such as a GPU, which a forked process cannot use, "
    "and joblib's backend 'multiprocessing' forks its workers. Use 'loky', joblib's "
    "default, whose workers are fresh processes, or n_jobs=1."
)


def open_pool(
    evaluation: Evaluation,
    n_jobs: int | None,
    max_tasks: int | None = None,
    bundle: bool = True,
    notify: Callable[[str], None] | None = None,
) -> Pool:
    """Return workers for a search, as the active joblib configuration says.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    n_jobs : int or None
        Number of workers, as in :class:`joblib.Parallel`; on this machine no more than
        its devices take, if the estimator says how many that are.
    max_tasks : int or None, default=None
        The most tasks there will be; more workers than tasks do not start.
    bundle : bool, default=True
        Whether fits of a few milliseconds may travel several at a time, which is faster
        but makes a search that is to stop run on for as many.
    notify : callable, default=None
        Called with a line of text if there are fewer workers than was asked for.

    Returns
    -------
    pool : Pool
        A context manager; leaving it by an exception kills running tasks if it can.

    Raises
    ------
    ValueError
        If `n_jobs` is 0, or if worker processes would be forks that cannot use the
        estimator's device.
    TypeError
        If the evaluation must be pickled and cannot be.
    """
    parallel = joblib.Parallel(n_jobs=n_jobs)
    backend = backend_of(parallel)
    n_workers = backend.effective_n_jobs(parallel.n_jobs)
    if isinstance(backend, SequentialBackend) or n_workers == 1:
        return SerialPool(evaluation)
    # the devices of other backends' workers may be those of other machines
    forks = isinstance(backend, MultiprocessingBackend)
    local = forks or type(backend) in _LOCAL
    slots = device_slots(evaluation.estimator) if local else None
    if slots is not None:
        if in_slot():  # a search inside a fit has that fit's place on a device
            return SerialPool(evaluation)
        if forks:
            raise ValueError(_NO_FORKS)
        n_workers = _limited(n_workers, slots, max_tasks, notify)
    folder = None
    if evaluation.keep is not None and not local:
        folder = evaluation.keep.folder  # which workers elsewhere cannot write to
        evaluation = replace(evaluation, keep=replace(evaluation.keep, folder=None))
    n_started = n_workers if max_tasks is None else max(1, min(n_workers, max_tasks))
    pool = _parallel_pool(evaluation, parallel, n_workers, n_started, max_tasks, bundle)
    if n_started > 1:  # where there is one worker, each fit was alone at once
        pool = RetryPool(pool)
    return pool if folder is None else UnloadingPool(pool, folder)


def _limited(
    n_workers: int,
    slots: int,
    max_tasks: int | None,
    notify: Callable[[str], None] | None,
) -> int:
    """Return the number of workers that the devices take."""
    n_wanted = n_workers if max_tasks is None else min(n_workers, max_tasks)
    if slots < n_wanted and notify is not None:
        notify(
            f"Running {slots} {'fit' if slots == 1 else 'fits'} at a time instead of "
            f"{n_wanted}: the estimator's devices take no more."
        )
    return min(n_workers, slots)


def _parallel_pool(
    evaluation: Evaluation,
    parallel: joblib.Parallel,
    n_workers: int,
    n_started: int,
    max_tasks: int | None,
    bundle: bool,
) -> Pool:
    backend = backend_of(parallel)
    # The share of each worker counts all of them; what is not started leaves cores idle
    # only in searches that are over in one round.
    share = max(1, joblib.cpu_count() // n_workers)
    # exact types: a class derived from them is somebody's own backend
    if type(backend) is ThreadingBackend:
        return ThreadPool(
            evaluation,
            n_started,
            native_threads=share,
            nested_backend=_nested_in_thread(backend, share),
        )
    if type(backend) is LokyBackend:
        pool = _slot_pool(
            evaluation, n_started, parallel, share, max_tasks, bundle, n_kept=n_workers
        )
        return FreshRetryPool(pool)
    if type(backend).__name__ == "DaskDistributedBackend":  # loads distributed
        return DaskPool(
            TaskRunner(evaluation, nested_backend=SequentialBackend(nesting_level=1)),
            n_workers,
            client=backend.client,
            submit_kwargs=backend.submit_kwargs,
        )
    return BatchPool(
        TaskRunner(evaluation),
        n_workers,
        bundle=bundle,
        rescue_pool=lambda: _slot_pool(evaluation, 1, parallel, share),
    )


def _nested_in_thread(backend: Any, share: int) -> Any:
    # An inner n_jobs=-1 asks for all cores, from each of our threads.
    if share == 1:
        return SequentialBackend(nesting_level=1)
    return backend.get_nested_backend()[0]


def _slot_pool(
    evaluation: Evaluation,
    n_workers: int,
    parallel: joblib.Parallel,
    share: int,
    max_tasks: int | None = None,
    bundle: bool = False,
    n_kept: int | None = None,
) -> SlotPool:
    backend = backend_of(parallel)
    env = worker_env(backend, n_jobs=max(1, joblib.cpu_count() // share))
    # loky, and with it joblib and scikit-learn, then count only this share of the
    # cores, so that an inner n_jobs=-1 does not start as many threads in each worker
    env["LOKY_MAX_CPU_COUNT"] = str(share)
    settings = backend_kwargs(parallel)
    return SlotPool(
        TaskRunner(evaluation, nested_backend=backend.get_nested_backend()[0]),
        n_workers,
        max_tasks=max_tasks,
        env=env,
        bundle=bundle,
        idle_timeout=settings.get("idle_worker_timeout") or _IDLE_TIMEOUT,
        n_kept=n_kept,
        max_nbytes=settings["max_nbytes"],
        temp_folder=settings["temp_folder"],
        mmap_mode=settings["mmap_mode"],
    )
