"""Threads, through joblib's own threading backend."""

from __future__ import annotations

import math
import queue
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator
from typing import Any, Self

import joblib
from sklearn import config_context, get_config
from threadpoolctl import ThreadpoolController

from sklearn_hp._evaluation._evaluate import Evaluation, evaluate
from sklearn_hp._evaluation._pool._runner import nested_parallelism
from sklearn_hp._records import SplitResult, Task

# How long a thread without work sleeps before it looks again.
_IDLE_SECONDS = 0.004


class ThreadPool:
    """Threads fed as they become free.

    joblib draws tasks from a generator in a callback thread, ahead of time. So the
    generator decides nothing: it empties a queue that the calling thread fills, and
    gives out a short sleep when the queue is empty.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.
    n_workers : int
        Number of threads.
    native_threads : int
        Threads that BLAS and OpenMP may start for each task.
    nested_backend : joblib backend
        What `joblib.Parallel` uses inside a task.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        n_workers: int,
        *,
        native_threads: int,
        nested_backend: Any,
    ) -> None:
        self._evaluation = evaluation
        self._n_workers = n_workers
        self._nested_backend = nested_backend
        self._native_threads = native_threads
        self._config = get_config()
        self._free_slots = list(range(n_workers))
        self._waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._results: deque[tuple[Task, SplitResult]] = deque()
        self._closed = threading.Event()
        self._limited = threading.local()

    @property
    def has_idle(self) -> bool:
        """Whether a thread has nothing to do."""
        return bool(self._free_slots)

    @property
    def n_running(self) -> int:
        """Tasks submitted and not given back."""
        return self._n_workers - len(self._free_slots)

    def submit(self, task: Task) -> None:
        """Queue the task for the next free thread."""
        self._waiting.put(task.in_slot(self._free_slots.pop(0)))

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return the next result."""
        for outcome in self._outcomes:
            if outcome is not None:
                self._free_slots.append(outcome[0].slot)
                return outcome
        raise AssertionError("the threads ended before their tasks did")

    def __enter__(self) -> Self:
        self._controller = ThreadpoolController()
        # BLAS keeps one limit for the process, so it is set here, once; OpenMP keeps
        # one for each thread.
        self._blas_limit = self._controller.limit(
            limits=self._native_threads, user_api="blas"
        )
        self._blas_limit.__enter__()
        parallel = joblib.Parallel(
            n_jobs=self._n_workers,
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch=self._n_workers,
        )
        self._outcomes = parallel(self._feed())
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._closed.set()
        try:
            if exc_info[0] is None:
                for _ in self._outcomes:
                    pass
            else:
                with warnings.catch_warnings():
                    # joblib warns that tasks were cancelled, which is the intention
                    warnings.simplefilter("ignore")
                    self._outcomes.close()
        finally:
            self._blas_limit.__exit__(None, None, None)

    def _feed(self) -> Iterator[Any]:
        while not self._closed.is_set():
            try:
                task = self._waiting.get_nowait()
            except queue.Empty:
                yield joblib.delayed(time.sleep)(_IDLE_SECONDS)
            else:
                yield joblib.delayed(self._evaluate)(task)

    def _evaluate(self, task: Task) -> tuple[Task, SplitResult]:
        if not getattr(self._limited, "openmp", False):
            self._controller.limit(limits=self._native_threads, user_api="openmp")
            self._limited.openmp = True
        with config_context(**self._config), nested_parallelism(self._nested_backend):
            return task, evaluate(self._evaluation, task)
