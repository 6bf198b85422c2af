"""Names of parameters that the estimator lacks, and those that come close."""

from collections.abc import Mapping
from difflib import get_close_matches

from sklearn.base import BaseEstimator, clone

from sklearn_hp.space._entries import estimators_in


def check_param_names(estimator, candidates):
    """Refuse candidates with a parameter that the estimator does not have.

    Parameters
    ----------
    estimator : estimator
        What will be fitted.
    candidates : iterable of dict
        The candidates; those with equal names and equal types of nested estimators
        are tried once.

    Raises
    ------
    ValueError
        If a name is unknown; the message has the names that come close.
    """
    tried = set()
    for params in candidates:
        # which names are valid depends on the estimators set by other parameters
        shape = frozenset(
            (name, _nested_names(value)) for name, value in params.items()
        )
        if shape in tried:
            continue
        tried.add(shape)
        try:
            # cloned, as setting a parameter of a nested estimator changes that one
            params = clone(dict(params), safe=False)
        except Exception:
            # a value that cannot be copied fails the fits of its candidate, not others
            continue
        candidate = clone(estimator)
        try:
            candidate.set_params(**params)
        except ValueError as exc:
            hint = _near_names(params, candidate.get_params(deep=True))
            raise ValueError(f"{exc}{hint}") from exc


def representatives(param_distributions):
    """Yield candidates with all names, and all estimators, that there can be.

    Parameters
    ----------
    param_distributions : dict or list of dict
        Checked already.

    Yields
    ------
    params : dict
        Has any one value of each other parameter.
    """
    dicts = param_distributions
    if isinstance(param_distributions, Mapping):
        dicts = [param_distributions]
    for distributions in dicts:
        # whatever is drawn, the name is what counts
        base = {
            name: None if hasattr(values, "rvs") else next(iter(values))
            for name, values in distributions.items()
        }
        yield base
        # one at a time: all combinations can be a great many
        for name, values in distributions.items():
            for value in estimators_in(values):
                yield {**base, name: value}


def _near_names(given, valid):
    """Return a sentence on the valid names that those given may stand for."""
    by_lower = {name.lower(): name for name in valid}
    hints = []
    for name in given:
        # of a step inside of a pipeline, or of another step
        last = name.rpartition("__")[2].lower()
        same_end = [known for known in by_lower if known.rpartition("__")[2] == last]
        near = get_close_matches(name.lower(), same_end, n=2, cutoff=0.0)
        near = near or get_close_matches(name.lower(), by_lower, n=2)
        if name not in valid and near:
            names = " or ".join(repr(by_lower[match]) for match in near)
            hints.append(f"{name!r} (did you mean {names}?)")
    return f" Unknown: {', '.join(hints)}." if hints else ""


def _nested_names(value):
    if isinstance(value, BaseEstimator):
        return type(value), frozenset(value.get_params())
    return None
