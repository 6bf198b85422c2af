"""A sampler that the user gives to a search, and what has no effect beside it."""

import inspect
from collections.abc import Mapping

from sklearn.base import clone

from sklearn_hp.model_selection._checks._names import check_param_names, representatives
from sklearn_hp.model_selection._warning import warn_caller
from sklearn_hp.samplers import GPSampler
from sklearn_hp.space import SearchSpace
from sklearn_hp.space._written import written

# Parameters of a search that have no effect beside a sampler, which has its own.
_OF_THE_SAMPLER = ("random_state", "n_initial_points", "initial_points")


def copy_sampler(search, estimator):
    """Return a copy of the sampler of a search, checked.

    Parameters
    ----------
    search : BayesSearchCV
        Has a `sampler`.
    estimator : estimator
        What will be fitted.

    Returns
    -------
    sampler : Sampler
        What proposes the candidates.

    Raises
    ------
    TypeError
        If it lacks a method of a sampler, or is a class.
    ValueError
        If initial points or prior results are given too, it was used before, its space
        does not fit the estimator, or a parameter to search is not in its space.
    """
    _check_is_sampler(search.sampler)
    _check_is_new(search.sampler)
    if isinstance(search.initial_points, list):
        raise ValueError(
            "initial_points and sampler are both given. Give the points to the "
            "sampler: GPSampler(..., initial_points=...)"
        )
    if search.prior_results is not None:
        raise ValueError(
            "prior_results and sampler are both given. Give the results to the "
            "sampler: GPSampler(..., prior_results=...), a list of (params, score)."
        )
    parameters = inspect.signature(type(search)).parameters
    for name in _OF_THE_SAMPLER:
        if name not in parameters:  # a subclass may set it by itself
            continue
        value = getattr(search, name)
        if value != parameters[name].default:
            warn_caller(
                f"{name}={value!r} has no effect, because sampler is given. Configure "
                f"the sampler instead, as in GPSampler(..., {name}=...)."
            )
    if _has_known_space(search.sampler):
        searched = search.sampler.space.param_distributions
        _check_space(searched, search.param_distributions, estimator)
    # by its parameters, if it has get_params
    return clone(search.sampler, safe=False)


def _has_known_space(sampler):
    return isinstance(getattr(sampler, "space", None), SearchSpace)


def _check_is_sampler(sampler):
    if isinstance(sampler, type):
        raise TypeError(
            f"sampler must be an instance of a sampler, got the class "
            f"{sampler.__name__}. Make an instance: {sampler.__name__}(...)."
        )
    missing = [name for name in ("ask", "tell") if not hasattr(sampler, name)]
    if missing:
        raise TypeError(
            f"sampler must be an object with the methods ask() and tell(trial, "
            f"observation), got {sampler!r}, which lacks {' and '.join(missing)}. To "
            f"configure the usual sampler, pass "
            f"sklearn_hp.samplers.GPSampler(param_distributions, ...)."
        )


def _check_is_new(sampler):
    # Of other samplers nothing is known. They may have begun with trials on purpose.
    if isinstance(sampler, GPSampler) and sampler.trials:
        raise ValueError(
            f"sampler has proposed {len(sampler.trials)} candidates of another search. "
            f"Pass a new one, or sklearn.base.clone(sampler); to start from what is "
            f"known, give it the best candidates as initial_points."
        )


def _check_space(searched, given, estimator):
    """Make sure that what the sampler searches is what was to be searched."""
    try:
        check_param_names(estimator, representatives(searched))
    except ValueError as exc:
        raise ValueError(
            f"The space of the sampler has a parameter that the estimator lacks. {exc}"
        ) from exc
    never = _names(given) - _names(searched)
    if never:
        raise ValueError(
            f"param_distributions has {_quoted(never)}, which the sampler never "
            f"proposes: its space has {_quoted(_names(searched))}. With sampler, only "
            f"its space is searched. Make it of the same param_distributions: "
            f"GPSampler(param_distributions, ...)."
        )
    if not (isinstance(given, Mapping) and isinstance(searched, Mapping)):
        return
    for name, values in given.items():
        if written(values) != written(searched[name]):
            warn_caller(
                f"param_distributions[{name!r}] = {written(values)} has no effect, "
                f"because sampler is given, which searches {written(searched[name])}."
            )


def warn_of_unsearched(sampler, param_distributions, candidates):
    """Warn of parameters that were to be searched, and that no candidate has.

    Parameters
    ----------
    sampler : Sampler
        What proposed. One with a known space was checked before the search: it may
        not yet have come to all of its branches.
    param_distributions : dict or list of dict
        As given to the search.
    candidates : list of dict
        All that the sampler proposed.
    """
    if _has_known_space(sampler):
        return
    never = _names(param_distributions) - {name for one in candidates for name in one}
    if never:
        warn_caller(
            f"param_distributions has {_quoted(never)}, which the sampler proposed in "
            f"no candidate: with sampler, only what it proposes is searched."
        )


def _names(space):
    """Return the names of all parameters of a space."""
    dicts = [space] if isinstance(space, Mapping) else space
    return {name for given in dicts for name in given}


def _quoted(names):
    return " and ".join(map(repr, sorted(names)))
