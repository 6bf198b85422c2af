"""Answer tasks whose results are known, and run the others."""

from __future__ import annotations

import math
import warnings
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Self

from sklearn_hp._canonical import NoTextError, canonical
from sklearn_hp._evaluation._pool._base import Pool
from sklearn_hp._records import SplitResult, Task, Trial

Key = tuple[str, int, float | None, bool]


class Known:
    """Results of tasks that were run before, by what was run.

    A task is known by the text of its parameters (see
    :func:`~sklearn_hp._canonical.canonical`), its split and its resource, whatever the
    number of its trial was. Where several trials have equal parameters, each result
    answers one of them: that of the same number, or else the first.

    Parameters
    ----------
    results : mapping, default={}
        By what `add` and `take` look up: results by the numbers of their trials.
    """

    def __init__(self, results: Mapping[Key, Mapping[int, SplitResult]] = {}) -> None:
        self._results = {key: dict(by_number) for key, by_number in results.items()}

    def add(self, text: str, result: SplitResult) -> None:
        """Add a result; it replaces one of the same parameters, trial and split.

        Parameters
        ----------
        text : str
            The parameters of its trial, as `canonical` writes them.
        result : SplitResult
            What the task returned.
        """
        key = (text, result.split, result.resource, result.is_probe)
        self._results.setdefault(key, {})[result.trial_number] = result

    def has(self, text: str, task: Task) -> bool:
        """Whether there is a result of a task."""
        return bool(self._results.get(_key_of(text, task)))

    def take(self, text: str, task: Task) -> SplitResult | None:
        """Return the result of a task, and forget it; None if it is not known."""
        found = self._results.get(_key_of(text, task))
        if not found:
            return None
        number = task.trial.number
        return found.pop(number if number in found else min(found))

    def copy(self) -> Known:
        """Return one from which results can be taken, while this one keeps them."""
        return Known(self._results)

    def __len__(self) -> int:
        return sum(map(len, self._results.values()))


class ReplayPool:
    """A pool that runs only what is not known.

    The search runs the same code as ever, from its start. So whatever decides, sampler,
    scheduler or callback, comes to the same state by the same way. Known results come
    in the order in which their tasks are submitted, each before the next task is.

    Parameters
    ----------
    open_pool : callable
        ``open_pool()`` returns the workers, a pool; called when a task needs them.
    known : Known
        What was run before. It stays as it is.
    record : callable, default=None
        ``record(task, text, result)`` is called with each result that is new, before
        anything is decided by it; `text` is what `known` knows the parameters by.
    """

    def __init__(
        self,
        open_pool: Callable[[], Pool],
        known: Known,
        record: Callable[[Task, str, SplitResult], None] | None = None,
    ) -> None:
        self._open_pool = open_pool
        self._known = known.copy()
        self._record = record
        self._pool: Pool | None = None
        self._answered: deque[tuple[Task, SplitResult]] = deque()
        self._texts: dict[tuple, str | None] = {}  # of tasks that run
        self._last: tuple[Trial | None, str | None] = (None, None)
        self._warned = False
        self._stack = ExitStack()

    @property
    def has_idle(self) -> bool:
        """Whether a worker is idle, or there are none yet, and no answer waits."""
        return not self._answered and (self._pool is None or self._pool.has_idle)

    @property
    def n_running(self) -> int:
        """Tasks that run, and answers that wait."""
        n_running = 0 if self._pool is None else self._pool.n_running
        return n_running + len(self._answered)

    def knows(self, task: Task) -> bool:
        """Whether a task, if it is submitted now, is answered."""
        text = self._text_of(task.trial)
        return text is not None and self._known.has(text, task)

    def submit(self, task: Task) -> None:
        """Answer the task, or give it to the workers."""
        text = self._text_of(task.trial)
        result = None if text is None else self._known.take(text, task)
        if result is not None:
            number = task.trial.number
            self._answered.append((task, replace(result, trial_number=number)))
            return
        if self._pool is None:
            self._pool = self._stack.enter_context(self._open_pool())
        self._texts[task.key] = text
        self._pool.submit(task)

    def wait_any(self, deadline: float = math.inf) -> tuple[Task, SplitResult]:
        """Return an answer, or the next result of the workers."""
        if self._answered:
            return self._answered.popleft()
        assert self._pool is not None
        task, result = self._pool.wait_any(deadline)
        text = self._texts.pop(task.key)
        if self._record is not None and text is not None and _lasts(result):
            self._record(task, text, result)
        return task, result

    def _text_of(self, trial: Trial) -> str | None:
        """Return what the parameters are known by; None if they cannot be."""
        if self._last[0] is not trial:
            try:
                self._last = trial, canonical(dict(trial.params))
            except NoTextError as exc:
                self._last = trial, None
                self._warn(exc)
        return self._last[1]

    def _warn(self, exc: NoTextError) -> None:
        if self._warned:
            return
        self._warned = True
        warnings.warn(
            f"Some candidates are not recorded, so another run evaluates them again: "
            f"{exc}. Give its class a method get_params, or __reduce__.",
            RuntimeWarning,
            stacklevel=2,
        )

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.__exit__(*exc_info)  # type: ignore[arg-type]


def _key_of(text: str, task: Task) -> Key:
    return text, task.split, task.resource, task.is_probe


def _lasts(result: SplitResult) -> bool:
    """Whether a result counts for another run: not what ends this one by raising."""
    return all(failure.exception is None for failure in result.failures)
