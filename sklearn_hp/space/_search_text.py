"""A search as people would write it: distributions as the calls that make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scipy.stats.distributions import rv_frozen
from sklearn.base import BaseEstimator

from sklearn_hp.space._written import written

_SPACES = ("param_grid", "param_distributions")


class _Text:
    """Is shown as a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def search_text(search: Any, n_most: int = 700) -> str:
    """Return the repr of a search, of this library or another.

    Parameters
    ----------
    search : BaseEstimator
        The search.
    n_most : int, default=700
        Characters other than blanks; of more, the middle is left out.

    Returns
    -------
    text : str
    """
    return str(BaseEstimator.__repr__(shown(search), n_most))


def shown(search: Any) -> Any:
    """Return what scikit-learn's printer shows of a search.

    It prints what get_params returns, and lays out what has its own ``__repr__``.
    """
    cls = type(search)
    methods = {"__repr__": BaseEstimator.__repr__, "get_params": _readable_params}
    found: Any = object.__new__(type(cls.__name__, (cls,), methods))
    vars(found).update(vars(search))
    return found


def readable_spaces(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are spaces, as they are to be shown."""
    return {name: _readable(params[name]) for name in _SPACES if name in params}


def _readable_params(found: Any, deep: bool = True) -> dict[str, Any]:
    params = super(type(found), found).get_params(deep=deep)
    return {**params, **readable_spaces(params)}


def _readable(space: Any) -> Any:
    """Return a space with distributions that are shown as the calls that make them."""
    if isinstance(space, Mapping):
        return {name: _readable(values) for name, values in space.items()}
    if isinstance(space, list) and any(isinstance(one, Mapping) for one in space):
        return [_readable(one) for one in space]
    return _Text(written(space)) if isinstance(space, rv_frozen) else space
