"""An evaluation on its way to workers: what fits share, and what each has for itself.

A worker runs many fits, and receives what they need once. Data may be shared by them,
as nobody changes it. An object that counts, collects or caches may not, or one fit
would find what another left in it. So each fit unpickles such objects anew, which is
what scikit-learn's fits do in worker processes.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import io
import math
import os
import pickle
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_hp._evaluation._evaluate import Evaluation
from sklearn_hp._evaluation._joblib_compat import get_loky_pickler
from sklearn_hp._records import Task
from sklearn_hp._sklearn_compat import has_callbacks, named_scorers, score_function

# As for joblib's memory maps: below, a copy costs less than to do without.
_LARGE = 1_000_000


class Parcel:
    """An evaluation that gives each fit its own objects and all fits the same data.

    Parameters
    ----------
    evaluation : Evaluation
        What all tasks share.

    Raises
    ------
    TypeError
        If it cannot be pickled.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        fields = dict(vars(evaluation))
        fields.pop("chooses_n_iter", None)
        for_each = {name: fields.pop(name) for name in _stateful(evaluation)}
        self._aside = list(_data(evaluation))
        with explained():
            self._for_all = _pack(fields, self._aside)
            self._for_each = _pack(for_each, self._aside) if for_each else None

    @cached_property
    def _base(self) -> Evaluation:
        fields = _unpack(self._for_all, self._aside)
        if self._for_each is not None:
            fields |= _unpack(self._for_each, self._aside)
        return Evaluation(**fields)

    def unpack(self) -> None:
        """Unpickle what all fits share, if that has not been done."""
        _ = self._base

    def evaluation(self) -> Evaluation:
        """Return the evaluation for one fit."""
        if self._for_each is None:
            return self._base
        return replace(self._base, **_unpack(self._for_each, self._aside))


@dataclass(frozen=True, slots=True)
class PackedTask:
    """A task whose parameters are pickled apart from those of the tasks beside it."""

    pickled: bytes
    aside: list[Any]

    def open(self) -> Task:
        """Return the task."""
        return _unpack(self.pickled, self.aside)


def packed(task: Task) -> Task | PackedTask:
    """Return the task as it travels: beside others, it must share no object with them.

    Tasks of one message are pickled together, and what several refer to arrives as one
    object. Of most parameters each fit makes a deep copy, so that it does not matter.
    """
    if all(map(_is_copied_apart, _leaves(dict(task.trial.params)))):
        return task
    aside: list[Any] = []
    try:
        return PackedTask(_pack(task, aside), aside)
    except Exception:  # user code pickles; the pool says what failed when it is sent
        return task


@contextmanager
def explained() -> Iterator[None]:
    """Let an error say what a search needs to be sent to other processes."""
    try:
        yield
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as exc:
        raise TypeError(
            f"The search cannot be sent to worker processes, because a part of it "
            f"cannot be pickled: {exc}. Look for locks, open files, generators and "
            f"connections in the estimator, the scorer and the data, or run in threads "
            f"(with joblib.parallel_config(backend='threading')) or with n_jobs=1, "
            f"where nothing is pickled."
        ) from exc


# ---- what is shared -----------------------------------------------------------------


def _stateful(evaluation: Evaluation) -> list[str]:
    """Return the fields that a fit could change for the next."""
    of_rows = {id(value) for value in _data(evaluation)}

    def is_shared(params: Mapping[str, Any]) -> bool:
        return all(id(v) in of_rows or _keeps_no_state(v) for v in params.values())

    shared = {
        "estimator": _is_cloned_apart(evaluation.estimator),
        "X": not _holds_objects(evaluation.X),
        "y": not _holds_objects(evaluation.y),
        "scorer": _is_stateless_scorer(evaluation.scorer),
        "fit_params": is_shared(evaluation.fit_params),
        "score_params": is_shared(evaluation.score_params),
    }
    return [name for name, is_so in shared.items() if not is_so]


def _data(evaluation: Evaluation) -> Iterator[Any]:
    """Yield what a fit sees only a copy of, the rows of its split."""
    for data in (evaluation.X, evaluation.y):
        if data is not None and not _holds_objects(data):
            yield data
    n_samples = _length(evaluation.X)
    for params in (evaluation.fit_params, evaluation.score_params):
        for value in params.values():
            is_of_rows = hasattr(type(value), "shape") and _length(value) == n_samples
            if is_of_rows and not _holds_objects(value):
                yield value


def _length(data: Any) -> int | None:
    shape = getattr(data, "shape", None)
    if shape is None:
        return len(data) if hasattr(data, "__len__") else None
    return shape[0] if len(shape) else None


def _holds_objects(data: Any) -> bool:
    """Whether the data hold objects that a fit can change: dicts, lists, graphs."""
    if isinstance(data, np.ndarray):
        if not data.dtype.hasobject:
            return False
        data = data.ravel().tolist()
    elif type(data).__module__.split(".")[0] == "pandas":
        columns = data.items() if data.ndim == 2 else [(None, data)]
        return any(
            _holds_objects(column.to_numpy())
            for _, column in columns
            if column.dtype == object
        )
    if not isinstance(data, (list, tuple)):
        return False
    # most are text and missing numbers, which is soon told by their types
    others = (value for value in data if type(value) not in _IMMUTABLE)
    return not all(map(_keeps_no_state, others))


_IMMUTABLE = {type(None), bool, int, float, complex, str, bytes, range, type(...)}
# Timestamp of pandas is a date, and so is NaT.
_IMMUTABLE_KINDS = (
    *(np.generic, np.dtype, np.ufunc),
    *(datetime.date, datetime.time, datetime.timedelta),
    *(decimal.Decimal, fractions.Fraction),
)


def _keeps_no_state(value: Any) -> bool:
    """Whether using `value` cannot change it, as far as this can be told.

    A function or class of a module counts: a worker has one of it, however it arrives.
    """
    if type(value) in _IMMUTABLE or isinstance(value, _IMMUTABLE_KINDS):
        return True
    if type(value).__name__ == "NAType":  # of pandas, what is missing
        return True
    if isinstance(value, (tuple, frozenset)):
        return all(map(_keeps_no_state, value))
    name = getattr(value, "__qualname__", None) if callable(value) else None
    if not isinstance(name, str) or value.__module__ == "__main__":
        return False
    found: Any = sys.modules.get(value.__module__)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value


def _leaves(value: Any) -> Iterator[Any]:
    """Yield what nested dicts and lists hold."""
    if type(value) is dict:
        value = list(value.values())
    if type(value) in (list, tuple, set, frozenset):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _is_copied_apart(leaf: Any) -> bool:
    """Whether a deep copy shares nothing with the original that a fit could change.

    The deep copy of a function is the function itself, and a class can have copies of
    its own kind.
    """
    if isinstance(leaf, np.ndarray):
        return not leaf.dtype.hasobject
    return _keeps_no_state(leaf)


def _is_cloned_apart(leaf: Any) -> bool:
    """Whether a clone shares nothing with the original that a fit could change."""
    if not isinstance(leaf, BaseEstimator):
        return _is_copied_apart(leaf)
    as_usual = type(leaf).__sklearn_clone__ is BaseEstimator.__sklearn_clone__
    if not as_usual or has_callbacks(leaf):  # which are not copied
        return False
    return all(map(_is_cloned_apart, _leaves(leaf.get_params(deep=False))))


def _is_stateless_scorer(scorer: Any) -> bool:
    named = named_scorers(scorer)
    if named is not None:
        return all(map(_is_stateless_scorer, named.values()))
    if _keeps_no_state(scorer):
        return True
    if type(scorer).__module__.split(".")[0] != "sklearn":
        return False
    function, kwargs = score_function(scorer)  # None: the estimator's own method
    return all(map(_keeps_no_state, (function, *kwargs.values())))


# ---- pickling -----------------------------------------------------------------------


class _Pickler(get_loky_pickler()):  # type: ignore[misc]
    """Puts large data aside, and notes what is defined in ``__main__``."""

    def __init__(self, file: io.BytesIO, aside: list[Any]) -> None:
        super().__init__(file)
        self._aside = aside
        self._places = {id(data): place for place, data in enumerate(aside)}
        self.of_main: dict[str, Any] = {}

    def persistent_id(self, obj: Any) -> int | None:
        place = self._places.get(id(obj))
        if place is None and _is_large(obj):
            place = self._places[id(obj)] = len(self._aside)
            self._aside.append(obj)
        if isinstance(obj, (type, types.FunctionType)):
            self._note(obj)
        return place

    def _note(self, obj: Any) -> None:
        name = obj.__qualname__
        if (
            obj.__module__ == "__main__"
            and vars(sys.modules["__main__"]).get(name) is obj
        ):
            self.of_main[name] = obj


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, aside: list[Any]) -> None:
        super().__init__(file)
        self._aside = aside

    def persistent_load(self, place: int) -> Any:
        return self._aside[place]


def _is_large(obj: Any) -> bool:
    """Whether it is an array or a frame that would cost much to copy."""
    if isinstance(obj, np.ndarray):
        in_file = isinstance(obj, np.memmap)
        return not obj.dtype.hasobject and (obj.nbytes > _LARGE or in_file)
    # of pandas, polars, pyarrow, ...
    is_frame = hasattr(type(obj), "__dataframe__")
    return is_frame and 8 * math.prod(obj.shape) > _LARGE and not _holds_objects(obj)


def _pack(cargo: Any, aside: list[Any]) -> bytes:
    """Pickle `cargo`, but for data in `aside` and large data, which it adds there."""
    file = io.BytesIO()
    pickler = _Pickler(file, aside)
    # the last is complete when the pickler comes to it
    pickler.dump((os.getpid(), cargo, pickler.of_main))
    return file.getvalue()


def _unpack(pickled: bytes, aside: list[Any]) -> Any:
    """Return what was packed.

    What its ``__main__`` defines can then be imported from the one here, so that plain
    pickle, as joblib.Memory uses it, works in a fit. In the process that packed, it can
    be already.
    """
    pid, cargo, of_main = _Unpickler(io.BytesIO(pickled), aside).load()
    if of_main and pid != os.getpid():
        vars(sys.modules["__main__"]).update(of_main)
    return cargo
