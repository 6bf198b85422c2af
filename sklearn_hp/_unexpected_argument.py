"""What to say of constructor arguments that other libraries have, and we do not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
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
        that makes it of the value that was given. All other unexpected arguments get
        Python's own error.

    Returns
    -------
    decorator : callable
        To be applied to ``__init__``.
    """

    def decorator(init: Callable) -> Callable:
        expected = inspect.signature(init).parameters

        @functools.wraps(init)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> None:
            for name, value in kwargs.items():
                if name in remedies and name not in expected:
                    remedy = remedies[name]
                    remedy = remedy(value) if callable(remedy) else remedy
                    raise TypeError(
                        f"{init.__qualname__}() got an unexpected keyword argument "
                        f"{name!r}. {remedy}"
                    )
            init(self, *args, **kwargs)

        return wrapper

    return decorator
