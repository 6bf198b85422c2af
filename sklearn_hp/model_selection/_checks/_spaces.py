"""Spaces that nothing can be drawn from: refused by name, with the remedy."""

from collections.abc import Iterable, Mapping
from inspect import isfunction

import numpy as np
from scipy.stats import rv_continuous, rv_discrete
from scipy.stats.distributions import rv_frozen

from sklearn_hp.model_selection._checks._translations import translation
from sklearn_hp.space._written import written


def _check_listed(name, values):
    """Refuse what is neither a distribution nor a list."""
    indexable = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    if isinstance(values, np.ndarray) and values.ndim == 0:
        indexable = False
    if isinstance(values, str | bytes | Mapping) or not indexable:
        several = isinstance(values, Iterable) and not isinstance(values, str | bytes)
        if hasattr(values, "icdf"):
            remedy = (
                "Distributions of this kind have no rvs: pass one of the frozen kind, "
                "as scipy.stats.norm(...) or scipy.stats.uniform(...)."
            )
        elif isfunction(values):
            remedy = "If it makes a distribution, call it, as in log_randint(1, 100)."
        elif several and getattr(values, "ndim", 1) > 0:
            remedy = f"Pass list(...) of this {type(values).__name__}."
        else:
            remedy = f"For a single value, pass a list of one: [{values!r}]."
        raise TypeError(
            f"param_distributions[{name!r}] must be a list of values or a frozen "
            f"scipy.stats distribution, got {values!r} of type "
            f"{type(values).__name__}. {remedy}"
        )


def _check_support(name, distribution):
    """Refuse a frozen distribution of which nothing can be drawn.

    Drawing tells, and nothing else does: of no width, as uniform(1, 0), a distribution
    has no quantiles and draws its one value.
    """
    if not isinstance(distribution, rv_frozen):
        return
    try:
        distribution.rvs(random_state=0)
    except ValueError as exc:
        raise ValueError(
            f"param_distributions[{name!r}] is {written(distribution)}, whose "
            f"parameters are invalid: nothing can be drawn of it. Note that uniform "
            f"takes (low, width), and loguniform (low, high)."
        ) from exc


def check_has_end(n_iter, timeout):
    """Refuse a search without an end.

    Parameters
    ----------
    n_iter : int or None
        Number of candidates.
    timeout : float or None
        Seconds.

    Raises
    ------
    ValueError
        If both are None.
    """
    if n_iter is None and timeout is None:
        raise ValueError(
            "n_iter=None goes on with new candidates until timeout, and timeout is "
            "None. Give a timeout in seconds, or a number of candidates as n_iter."
        )


def check_param_distributions(param_distributions):
    """Refuse parameter distributions that cannot be drawn from.

    Parameters
    ----------
    param_distributions : dict or list of dict
        As given to :class:`RandomSearchCV`.

    Raises
    ------
    TypeError
        If a dict is missing, or a value is neither a list nor a distribution.
    ValueError
        If a list is empty.
    """
    dicts = param_distributions
    if isinstance(param_distributions, Mapping):
        dicts = [param_distributions]
    if len(dicts) == 0:
        raise ValueError(
            "param_distributions is an empty list. Give at least one dict of parameter "
            "names and values."
        )
    for distributions in dicts:
        if not isinstance(distributions, Mapping):
            raise TypeError(
                f"param_distributions must be a dict or a list of dicts, got "
                f"{written(distributions)} of type {type(distributions).__name__}."
            )
        for name, values in distributions.items():
            _check_values(name, values)


def _check_values(name, values):
    if not isinstance(name, str):
        raise TypeError(
            f"The keys of param_distributions are names of parameters, got {name!r} of "
            f"type {type(name).__name__}."
        )
    here = translation(values)
    if here is not None:
        raise TypeError(
            f"param_distributions[{name!r}] must be a list of values or a frozen "
            f"scipy.stats distribution, got {values!r}. Pass {here}"
        )
    if isinstance(values, rv_continuous | rv_discrete) and values.numargs > 0:
        raise TypeError(
            f"param_distributions[{name!r}] is the family {values.name!r} of "
            f"scipy.stats without its parameters {values.shapes!r}. Freeze it, as in "
            f"{values.name}({', '.join('...' for _ in range(values.numargs))})."
        )
    if hasattr(values, "rvs"):
        _check_support(name, values)
        return
    _check_listed(name, values)
    if len(values) == 0:
        raise ValueError(
            f"param_distributions[{name!r}] is empty. Give at least one value, or "
            f"leave the parameter out."
        )


def check_param_grid(param_grid):
    """Refuse what scikit-learn's ParameterGrid refuses, with the remedy.

    Parameters
    ----------
    param_grid : dict or list of dict
        As given to :class:`GridSearchCV`.

    Raises
    ------
    TypeError
        If there is a distribution.
    ValueError
        If an array has more than one dimension.
    """
    grids = [param_grid] if isinstance(param_grid, Mapping) else param_grid
    for grid in grids:
        for name, values in grid.items() if isinstance(grid, Mapping) else ():
            # what can be drawn from and listed, as a numeric choice of skrub, is listed
            if hasattr(values, "rvs") and not isinstance(values, Iterable):
                raise TypeError(
                    f"param_grid[{name!r}] must be a list of values, got the "
                    f"distribution {written(values)}. To draw from distributions, use "
                    f"BayesSearchCV or RandomSearchCV with the same space."
                )
            if isinstance(values, np.ndarray) and values.ndim > 1:
                raise ValueError(
                    f"param_grid[{name!r}] must be one-dimensional, got an array of "
                    f"shape {values.shape}. For each number as a value, pass "
                    f"values.ravel(); for each row as a value, list(values)."
                )
