"""Choose the pool that fits the active joblib backend."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import joblib

from sklearn_hp._current_slot import current_slot, in_slot
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
from sklearn_hp._records import Limits

# As in joblib: idle workers stay five minutes.
_IDLE_TIMEOUT = 300.0

# Backends whose workers are on this machine for certain, by their exact types.
_LOCAL = (ThreadingBackend, LokyBackend)

_NO_FORKS = (
    "The estimator runs on a device, such as a GPU, which a forked process cannot use, "
    "and joblib's backend 'multiprocessing' forks its workers. Use 'loky', joblib's "
    "default, whose workers are fresh processes, or n_jobs=1."
)

_NO_LIMITS = Limits()
_NOT_LIMITED = (
    "fit_timeout and fit_memory_limit need workers that the search can end: processes "
    "of this machine. "
)
_OTHER_BACKEND = _NOT_LIMITED + (
    "Those of joblib's {} are not. Use 'loky', joblib's default backend, or search "
    "without these limits."
)
_DAEMON = _NOT_LIMITED + (
    "This search runs in a daemonic process, as joblib's backend 'multiprocessing' and "
    "multiprocessing.Pool start them, which cannot start others. Use 'loky', joblib's "
    "default backend, for what the search runs in, or search without these limits."
)


def open_pool(
    evaluation: Evaluation,
    n_jobs: int | None,
    max_tasks: int | None = None,
    bundle: bool = True,
    notify: Callable[[str], None] | None = None,
    limits: Limits = _NO_LIMITS,
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
    limits : Limits, default=Limits()
        What each fit may take. With a limit, fits run in processes of this machine,
        also if it is only one.

    Returns
    -------
    pool : Pool
        A context manager; leaving it by an exception kills running tasks if it can.

    Raises
    ------
    ValueError
        If `n_jobs` is 0, if worker processes would be forks that cannot use the
        estimator's device, or if there are limits and no workers that can be ended.
    TypeError
        If the evaluation must be pickled and cannot be.
    """
    parallel = joblib.Parallel(n_jobs=n_jobs)
    backend = backend_of(parallel)
    n_workers = backend.effective_n_jobs(parallel.n_jobs)
    if isinstance(backend, SequentialBackend) or n_workers == 1:
        return _one_worker(evaluation, parallel, max_tasks, limits)
    # the devices of other backends' workers may be those of other machines
    forks = isinstance(backend, MultiprocessingBackend)
    local = forks or type(backend) in _LOCAL
    slots = device_slots(evaluation.estimator) if local else None
    if slots is not None:
        if in_slot():  # a search inside a fit has that fit's place on a device
            return _one_worker(evaluation, parallel, max_tasks, limits)
        if forks:
            raise ValueError(_NO_FORKS)
        n_workers = _limited(n_workers, slots, max_tasks, notify)
    if limits:
        _check_can_end(backend)
    if not local:  # nothing there lasts
        evaluation = replace(evaluation, states=None)
    folder = None
    if evaluation.keep is not None and not local:
        folder = evaluation.keep.folder  # which workers elsewhere cannot write to
        evaluation = replace(evaluation, keep=replace(evaluation.keep, folder=None))
    n_started = n_workers if max_tasks is None else max(1, min(n_workers, max_tasks))
    pool = _parallel_pool(
        evaluation, parallel, n_workers, n_started, max_tasks, bundle, limits
    )
    if n_started > 1:  # where there is one worker, each fit was alone at once
        pool = RetryPool(pool)
    return pool if folder is None else UnloadingPool(pool, folder)


def _one_worker(
    evaluation: Evaluation,
    parallel: joblib.Parallel,
    max_tasks: int | None,
    limits: Limits,
) -> Pool:
    """Return the calling thread or, where there are limits, one process."""
    if not limits:
        return SerialPool(evaluation)
    if multiprocessing.current_process().daemon:
        raise ValueError(_DAEMON)
    # all cores and, inside the fits, the backends that the calling thread would have
    backend = backend_of(parallel)
    pool = _slot_pool(
        evaluation,
        1,
        parallel,
        share=joblib.cpu_count(),
        max_tasks=max_tasks,
        limits=limits,
        nested_backend=backend if backend.nesting_level else None,
        first_slot=current_slot(),
    )
    return FreshRetryPool(pool)


def _check_can_end(backend: Any) -> None:
    """Refuse limits where no worker can be ended."""
    # inside a worker, joblib turns to threads, which nobody chose
    is_nested = type(backend) is ThreadingBackend and backend.nesting_level
    if not is_nested and type(backend) is not LokyBackend:
        raise ValueError(_OTHER_BACKEND.format(type(backend).__name__))


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
    limits: Limits,
) -> Pool:
    backend = backend_of(parallel)
    # The share of each worker counts all of them; what is not started leaves cores idle
    # only in searches that are over in one round.
    share = max(1, joblib.cpu_count() // n_workers)
    # exact types: a class derived from them is somebody's own backend
    if type(backend) is LokyBackend or limits:
        pool = _slot_pool(
            evaluation,
            n_started,
            parallel,
            share,
            max_tasks=max_tasks,
            bundle=bundle,
            n_kept=n_workers,
            limits=limits,
            nested_backend=backend.get_nested_backend()[0],
        )
        return FreshRetryPool(pool)
    if type(backend) is ThreadingBackend:
        return ThreadPool(
            evaluation,
            n_started,
            native_threads=share,
            nested_backend=_nested_in_thread(backend, share),
        )
    if type(backend).__name__ == "DaskDistributedBackend":  # loads distributed
        return DaskPool(
            TaskRunner(evaluation, nested_backend=SequentialBackend(nesting_level=1)),
            n_workers,
            client=backend.client,
            submit_kwargs=backend.submit_kwargs,
        )
    nested = backend.get_nested_backend()[0]
    return BatchPool(
        TaskRunner(evaluation),
        n_workers,
        bundle=bundle,
        rescue_pool=lambda: _slot_pool(
            evaluation, 1, parallel, share, nested_backend=nested
        ),
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
    *,
    nested_backend: Any,
    max_tasks: int | None = None,
    bundle: bool = False,
    **settings: Any,
) -> SlotPool:
    """Return worker processes; `settings` are those of `SlotPool`."""
    backend = backend_of(parallel)
    if not isinstance(backend, LokyBackend):
        backend = LokyBackend()
    env = worker_env(backend, n_jobs=max(1, joblib.cpu_count() // share))
    # loky, and with it joblib and scikit-learn, then count only this share of the
    # cores, so that an inner n_jobs=-1 does not start as many threads in each worker
    env["LOKY_MAX_CPU_COUNT"] = str(share)
    of_joblib = backend_kwargs(parallel)
    return SlotPool(
        TaskRunner(evaluation, nested_backend=nested_backend),
        n_workers,
        max_tasks=max_tasks,
        env=env,
        bundle=bundle,
        idle_timeout=of_joblib.get("idle_worker_timeout") or _IDLE_TIMEOUT,
        max_nbytes=of_joblib["max_nbytes"],
        temp_folder=of_joblib["temp_folder"],
        mmap_mode=of_joblib["mmap_mode"],
        **settings,
    )
