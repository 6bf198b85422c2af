"""Choose the pool that fits the active joblib backend."""

from __future__ import annotations

from typing import Any

import joblib
from joblib._parallel_backends import (
    LokyBackend,
    SequentialBackend,
    ThreadingBackend,
)

from sklearn_hp.evaluation._evaluate import Evaluation
from sklearn_hp.evaluation._pool._base import Pool
from sklearn_hp.evaluation._pool._batches import BatchPool
from sklearn_hp.evaluation._pool._dask import DaskPool
from sklearn_hp.evaluation._pool._runner import TaskRunner
from sklearn_hp.evaluation._pool._serial import SerialPool
from sklearn_hp.evaluation._pool._slots import SlotPool
from sklearn_hp.evaluation._pool._threads import ThreadPool

# As in joblib: idle workers stay five minutes.
_IDLE_TIMEOUT = 300.0


def open_pool(
    evaluation: Evaluation,
    n_jobs: int | None,
    max_tasks: int | None = None,
    bundle: bool = True,
) -> Pool:
    """Return workers for a search, as the active joblib configuration says.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    n_jobs : int or None
        Number of workers, as in :class:`joblib.Parallel`.
    max_tasks : int or None, default=None
        The most tasks there will be; more workers than tasks do not start.
    bundle : bool, default=True
        Whether fits of a few milliseconds may travel several at a time, which is faster
        but makes a search that is to stop run on for as many.

    Returns
    -------
    pool : Pool
        A context manager; leaving it by an exception kills running tasks if it can.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.
    TypeError
        If the evaluation must be pickled and cannot be.
    """
    parallel = joblib.Parallel(n_jobs=n_jobs)
    backend = parallel._backend
    n_workers = backend.effective_n_jobs(parallel.n_jobs)
    if isinstance(backend, SequentialBackend) or n_workers == 1:
        return SerialPool(evaluation)
    # The share of each worker counts all of them; what is not started leaves cores idle
    # only in searches that are over in one round.
    share = max(1, joblib.cpu_count() // n_workers)
    if max_tasks is not None:
        n_started = max(1, min(n_workers, max_tasks))
    else:
        n_started = n_workers
    # exact types: a class derived from them is somebody's own backend
    if type(backend) is ThreadingBackend:
        return ThreadPool(
            evaluation,
            n_started,
            native_threads=share,
            nested_backend=_nested_in_thread(backend, share),
        )
    if type(backend) is LokyBackend:
        return _slot_pool(evaluation, n_started, parallel, share, max_tasks, bundle)
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
) -> SlotPool:
    backend = parallel._backend
    env = backend._prepare_worker_env(n_jobs=max(1, joblib.cpu_count() // share))
    # loky, and with it joblib and scikit-learn, then count only this share of the
    # cores, so that an inner n_jobs=-1 does not start as many threads in each worker
    env["LOKY_MAX_CPU_COUNT"] = str(share)
    of_backend = getattr(backend, "backend_kwargs", {})  # joblib >= 1.5
    of_call = vars(parallel).get("_backend_kwargs") or parallel._backend_args  # < 1.5
    backend_kwargs = {**of_backend, **of_call}
    return SlotPool(
        TaskRunner(evaluation, nested_backend=backend.get_nested_backend()[0]),
        n_workers,
        max_tasks=max_tasks,
        env=env,
        bundle=bundle,
        idle_timeout=backend_kwargs.get("idle_worker_timeout") or _IDLE_TIMEOUT,
        max_nbytes=backend_kwargs["max_nbytes"],
        temp_folder=backend_kwargs["temp_folder"],
        mmap_mode=backend_kwargs["mmap_mode"],
    )
