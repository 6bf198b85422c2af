"""What is searched, written as short as people would write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import isroutine
from itertools import islice
from typing import Any

import numpy as np
from scipy.stats import rv_continuous, rv_discrete
from scipy.stats.distributions import rv_frozen

# Of a longer list, the first ones and the last are written.
_MAX_WRITTEN = 10
_N_FIRST = 3


def written(values: Any) -> str:
    """Return how to write what is searched: one entry, a dict of them, or several.

    Parameters
    ----------
    values : object
        An entry of ``param_distributions``, or all of it.

    Returns
    -------
    text : str
        A distribution as the call that makes it, a list by its elements. Of more than
        10, it has the first three and the last.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn_hp.space._written import written
    >>> written(loguniform(1e-3, 1000.0))
    'loguniform(0.001, 1000)'
    >>> written({"C": loguniform(1, 10), "degree": list(range(2, 100))})
    "{'C': loguniform(1, 10), 'degree': [2, 3, 4, ..., 99]}"
    """
    if isinstance(values, rv_frozen):
        given = [_argument(arg) for arg in values.args]
        given += [f"{name}={_argument(value)}" for name, value in values.kwds.items()]
        return f"{_family(values.dist)}({', '.join(given)})"
    if isinstance(values, rv_continuous | rv_discrete):
        return _family(values)
    if isinstance(values, Mapping):
        parts = (f"{name!r}: {written(value)}" for name, value in values.items())
        return f"{{{', '.join(parts)}}}"
    if type(values) in (list, tuple):
        text = ", ".join(_elements(values, written))
        if type(values) is list:
            return f"[{text}]"
        return f"({text},)" if len(values) == 1 else f"({text})"
    if isinstance(values, np.ndarray) and values.ndim > 0:
        return f"array([{', '.join(_elements(values, _argument))}])"
    return _written_object(values)


def _family(family: Any) -> str:
    """Return the name of a family of distributions; for some, their values."""
    if hasattr(family, "xk"):
        return f"rv_discrete(values=({written(family.xk)}, {written(family.pk)}))"
    return str(family.name)


def _elements(values: Any, write: Any) -> Iterator[str]:
    """Yield the elements of a sequence, all or some."""
    if len(values) <= _MAX_WRITTEN:
        yield from map(write, values)
        return
    yield from map(write, islice(values, _N_FIRST))
    yield "..."
    yield write(values[-1])


def _argument(value: Any) -> str:
    """Return a number without digits that nobody typed."""
    if isinstance(value, np.ndarray):
        return written(value) if value.ndim else _argument(value.item())
    if isinstance(value, np.generic):
        value = value.item()
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _written_object(value: Any) -> str:
    """Return an object without the address that some have in their repr."""
    if isinstance(value, type) or isroutine(value):
        return str(value.__name__)
    if type(value).__repr__ is object.__repr__:
        return f"<{type(value).__name__}>"
    return repr(value.item() if isinstance(value, np.generic) else value)
