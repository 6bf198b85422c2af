"""What to say of constructor arguments that other libraries have, and we do not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

# A sentence, or what makes one of the value that was given.
Remedy = str | Callable[[Any], str]


def with_remedies(remedies: Mapping[str, Remedy]) -> Callable[[Callable], Callable]:
    """Decorate ``__init__``: its error for certain unexpected arguments has a remedy.

    The signature stays that of the constructor. Subclasses have a constructor of their
    own, and may have parameters of any of these names.

    Parameters
    ----------
    remedies : mapping of str to str or callable
        What to use instead, by the name of the argument: a sentence, or a callable
        that makes it of the value that was given. Of other unexpected arguments, the
        error names the parameter that is spelt nearly the same, if there is one.

    Returns
    -------
    decorator : callable
        To be applied to ``__init__``.
    """

    def decorator(init: Callable) -> Callable:
        expected = list(inspect.signature(init).parameters)[1:]  # without self

        @functools.wraps(init)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> None:
            for name, value in kwargs.items():
                if name in expected:
                    continue
                remedy = remedies.get(name) or did_you_mean(name, expected)
                remedy = remedy(value) if callable(remedy) else remedy
                if remedy:
                    raise TypeError(
                        f"{type(self).__name__}.__init__() got an unexpected keyword "
                        f"argument {name!r}. {remedy}"
                    )
            init(self, *args, **kwargs)

        return wrapper

    return decorator


def did_you_mean(name: str, expected: Sequence[str]) -> str:
    """Return a sentence with the name that is spelt nearly the same, "" if none is."""
    near = get_close_matches(name, expected, n=1, cutoff=0.75)
    return f"Did you mean {near[0]!r}?" if near else ""
