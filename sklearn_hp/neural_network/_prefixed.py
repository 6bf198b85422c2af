"""Parameters of what an estimator is made of, set as ``module__width``."""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, ClassVar

from sklearn_hp.neural_network._other_names import REMEDIES


class Part(ABC):
    """A parameter of an estimator whose value has parameters of its own.

    Attributes
    ----------
    name : str
        Of the parameter, such as "module".
    """

    name: ClassVar[str]

    @property
    def prefix(self) -> str:
        """What names of the part's own parameters begin with."""
        return f"{self.name}__"

    @abstractmethod
    def free(self, value: Any) -> Mapping[str, inspect.Parameter]:
        """Return what can be set, by name without the prefix."""

    @abstractmethod
    def takes(self, value: Any, name: str) -> bool:
        """Whether a name, without the prefix, can be set."""

    @abstractmethod
    def refusal(self, value: Any, name: str) -> str:
        """Return what to say of a name, without the prefix, that cannot be set."""


def unknown_name(part: Part, owner: str, value: Any, name: str) -> str:
    """Return what to say of a parameter that `owner` does not have."""
    known = sorted(part.free(value))
    close = get_close_matches(name, known, n=1)
    meant = f" Did you mean {part.prefix + close[0]!r}?" if close else ""
    return (
        f"{owner} has no parameter {name!r}, got {part.prefix + name!r}.{meant} It "
        f"has: {known or 'none'}."
    )


class PrefixedMixin:
    """Takes the parameters of its parts, in the constructor and in `set_params`."""

    _parts: ClassVar[tuple[Part, ...]] = ()

    # What was set, by name with the prefix.
    _prefixed: Mapping[str, Any] = MappingProxyType({})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = _with_prefixed(cls.__init__)  # type: ignore[method-assign]

    def get_params(self, deep=True):
        """Return the parameters, with those of the optimizer and the module.

        Parameters
        ----------
        deep : bool, default=True
            Whether to list all parameters there can be of the optimizer, and of a
            module of your own, with their defaults, and not only those that were set.
            One that has no default is ``inspect.Parameter.empty``.

        Returns
        -------
        params : dict
            Values by name.
        """
        params = super().get_params(deep=deep)
        if deep:
            for part in (part for part in self._parts if part.name in params):
                for name, parameter in part.free(getattr(self, part.name)).items():
                    params[part.prefix + name] = parameter.default
        return {**params, **self._prefixed}

    def set_params(self, **params):
        """Set parameters, those of the optimizer as ``optimizer__name``.

        Parameters
        ----------
        **params : dict
            Values by name. Those of a module of your own are ``module__name``.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If there is no parameter of a name.
        """
        prefixed = {n: v for n, v in params.items() if self._part_of(n) is not None}
        own = {n: v for n, v in params.items() if n not in prefixed}
        for name in prefixed:
            self._check_prefixed(name, own)
        elsewhere = own.keys() & REMEDIES.keys()
        for name in elsewhere - self.get_params(deep=False).keys():
            raise ValueError(
                f"Invalid parameter {name!r} for {type(self).__name__}. "
                f"{REMEDIES[name]}"
            )
        super().set_params(**own)
        # what another module does not take was of the one before
        kept = {n: v for n, v in self._prefixed.items() if self._takes(n)}
        new = {n: v for n, v in prefixed.items() if v is not inspect.Parameter.empty}
        self._prefixed = {**kept, **new}
        return self

    def _params_of(self, name: str) -> dict[str, Any]:
        """Return what was set for a part, by name without the prefix."""
        prefix = f"{name}__"
        return {
            n.removeprefix(prefix): value
            for n, value in self._prefixed.items()
            if n.startswith(prefix)
        }

    def _part_of(self, name: str) -> Part | None:
        for part in self._parts:
            if name.startswith(part.prefix):
                return part
        return None

    def _takes(self, name: str) -> bool:
        part = self._part_of(name)
        assert part is not None  # it was set
        return part.takes(getattr(self, part.name), name.removeprefix(part.prefix))

    def _check_prefixed(self, name: str, own: Mapping[str, Any]) -> None:
        """Refuse a name that the part does not have, as `own` parameters set it."""
        part = self._part_of(name)
        assert part is not None  # the caller looked
        value = own.get(part.name, getattr(self, part.name))
        short = name.removeprefix(part.prefix)
        if not part.takes(value, short):
            raise ValueError(part.refusal(value, short))

    def _remedy(self, name: str) -> str | None:
        """Return what to do about an unexpected argument; None leaves it to Python."""
        if "__" not in name:
            return None
        prefixes = " or ".join(part.prefix for part in self._parts)
        return f"What begins with {prefixes} can be set; pass all else as an instance."


def _with_prefixed(init: Callable) -> Callable:
    """Have ``__init__`` take ``part__name`` as well.

    Its signature, in which scikit-learn looks for the parameters, stays as it is.
    """
    expected = inspect.signature(init).parameters

    @functools.wraps(init)
    def wrapper(self: Any, *args: Any, **params: Any) -> None:
        prefixed = {n: v for n, v in params.items() if self._part_of(n) is not None}
        own = {n: v for n, v in params.items() if n not in prefixed}
        for name in own.keys() - expected.keys():
            remedy = self._remedy(name)
            if remedy is not None:
                raise TypeError(
                    f"{type(self).__name__} got an unexpected parameter {name!r}. "
                    f"{remedy}"
                )
        init(self, *args, **own)
        for name in prefixed:
            self._check_prefixed(name, own)
        self._prefixed = prefixed

    return wrapper
