"""A sampler has parameters as an estimator has, so that a search can clone it."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, Self


class Parameters:
    """Base of a sampler whose parameters can be read and set.

    A subclass keeps what it was made with in ``_params``, and what it proposed in
    ``trials``. ``_own_attributes`` are the names of all it sets itself; others are a
    user's, or those of a subclass of its own.
    """

    _own_attributes: ClassVar[frozenset[str]] = frozenset()
    _params: dict[str, Any]
    trials: list[Any]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters it was made with, so that `clone` makes a new one.

        Parameters
        ----------
        deep : bool, default=True
            Without effect.

        Returns
        -------
        params : dict
            Names and values.
        """
        # a subclass keeps its own in attributes of the same names
        names = inspect.signature(type(self)).parameters
        added = self._added()
        return {
            **self._params,
            **{name: added[name] for name in names if name in added},
        }

    def _added(self) -> dict[str, Any]:
        """Return the attributes that a subclass, or the user, has added."""
        return {k: v for k, v in vars(self).items() if k not in self._own_attributes}

    def set_params(self, **params: Any) -> Self:
        """Set parameters, before the first candidate was proposed.

        Parameters
        ----------
        **params : dict
            Names and values.

        Returns
        -------
        self : Sampler
            This sampler.

        Raises
        ------
        ValueError
            If there is no such parameter, or candidates were proposed.
        """
        known = self.get_params()
        unknown = [name for name in params if name not in known]
        if unknown:
            raise ValueError(
                f"{type(self).__name__} has no parameter {unknown[0]!r}. Its "
                f"parameters are {', '.join(known)}."
            )
        if self.trials:
            raise ValueError(
                f"The sampler has proposed {len(self.trials)} candidates: its "
                f"parameters cannot change. Make a new one, or `clone` this one."
            )
        type(self).__init__(self, **{**known, **params})
        return self
