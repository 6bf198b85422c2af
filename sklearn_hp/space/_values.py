"""When two values of a parameter are the same candidate.

Values of lists may be anything: estimators, arrays, functions, expressions that are
evaluated later. They are compared by what is known of their type. An object of an
unknown type is never asked for anything, not even for its truth value, and is the same
only as itself.
"""

from __future__ import annotations

import datetime
import decimal
import pathlib
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import partial
from hashlib import sha1
from numbers import Integral, Real
from types import MethodType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from scipy import stats
from scipy.stats.distributions import rv_frozen
from sklearn.base import BaseEstimator

# What is the same if it is of the same type and equal.
_PLAIN = (
    str,
    bytes,
    bool,
    complex,
    range,
    np.number,
    np.datetime64,
    np.dtype,
    decimal.Decimal,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    pathlib.PurePath,
)


class _Itself:
    """An object as a key that is equal to no other object's."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.value is other.value


# Names of the parameters of estimators seen so far: scikit-learn reads them from the
# signature each time, which is slow where thousands of estimators are choices.
_NAMES: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()


def is_number(value: Any) -> bool:
    """Whether a value is a real number other than NaN; booleans are not."""
    kind = type(value)  # not isinstance, which asks the value for its class
    # the first two are soon told, of a million
    known = kind is int or issubclass(kind, float)
    if not known and (issubclass(kind, bool) or not issubclass(kind, Real)):
        return False
    return bool(value == value)


def same_value(a: Any, b: Any) -> bool:
    """Whether two values are the same for certain, without asking unknown objects.

    Numbers, strings and arrays are compared, lists, tuples, sets and dicts by their
    elements, objects with ``get_params`` by type and parameters, as `clone` would copy
    them; anything unknown is the same only as itself. 1, 1.0 and True are three values:
    to many estimators, they mean different things.
    """
    return a is b or token(a) == token(b)


def token(value: Any) -> Hashable:
    """Return something hashable, equal for equal values; see `same_value`."""
    kind = type(value)
    if kind is int or kind is str:
        return kind, value
    if is_number(value):
        is_float = issubclass(kind, float) or not issubclass(kind, Integral)
        return (float, float(value)) if is_float else (int, int(value))
    if issubclass(kind, float):
        return float, "nan"
    if issubclass(kind, np.str_ | np.bool_):
        value = value.item()
        return type(value), value
    if issubclass(kind, _PLAIN):
        return kind, value
    if issubclass(kind, list | tuple):
        return kind, *map(token, value)
    if issubclass(kind, dict):
        return kind, frozenset((key, token(one)) for key, one in value.items())
    if issubclass(kind, set | frozenset):
        return kind, frozenset(map(token, value))
    if kind is np.ndarray:
        return _of_array(value)
    parts = _parts(kind, value)
    return _Itself(value) if parts is None else (kind, token(parts))


def _of_array(values: np.ndarray) -> Hashable:
    if values.dtype.hasobject:
        return np.ndarray, values.shape, *map(token, values.ravel().tolist())
    digest = sha1(values.tobytes(), usedforsecurity=False).digest()
    return np.ndarray, values.shape, values.dtype.str, digest


def _parts(kind: type, value: Any) -> Any:
    """Return what an object is made of, None if nobody but itself knows."""
    if issubclass(kind, np.void):  # a row of a structured array has no hash
        return str(value.dtype), value.item()
    if kind is slice:
        return value.start, value.stop, value.step
    if kind is partial:
        return value.func, value.args, value.keywords
    if kind is MethodType:
        return value.__func__, value.__self__
    if issubclass(kind, type):
        return None
    if issubclass(kind, rv_frozen):
        family = type(value.dist)
        is_known = type(getattr(stats, str(value.dist.name), None)) is family
        return (family, value.args, value.kwds) if is_known else None
    if callable(getattr(kind, "get_params", None)):
        return _params(kind, value)
    if is_dataclass(kind):
        return {field.name: getattr(value, field.name, None) for field in fields(value)}
    # scorers and splitters of scikit-learn, for example: Python objects without secrets
    is_ours = kind.__module__.partition(".")[0] == "sklearn"
    if is_ours and kind.__reduce__ is object.__reduce__ and hasattr(value, "__dict__"):
        return vars(value)
    return None


def _params(kind: type, value: Any) -> dict[str, Any] | None:
    """Return the parameters of an estimator, of a kernel, or what else has them."""
    # what is copied in a way of its own, as a FrozenEstimator, has more to it
    copied = getattr(kind, "__sklearn_clone__", BaseEstimator.__sklearn_clone__)
    if copied is not BaseEstimator.__sklearn_clone__:
        return None
    try:
        if kind in _NAMES:
            return {name: getattr(value, name) for name in _NAMES[kind]}
        params = value.get_params(deep=False)
    except Exception:  # whatever the user's own classes raise
        return None
    if not isinstance(params, dict):
        return None
    if getattr(kind, "get_params", None) is BaseEstimator.get_params:
        _NAMES[kind] = tuple(params)
    return params


def as_int(value: Any) -> Any:
    """Return a number as an integer, if it is one."""
    return int(value) if float(value).is_integer() else value
