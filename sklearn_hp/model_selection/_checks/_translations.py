"""Spaces as other libraries write them, met with how they are written here."""

from collections.abc import Mapping
from numbers import Integral, Real

from sklearn_hp.model_selection._warning import warn_caller
from sklearn_hp.space._written import written


def translation(values):
    """Return how to write here what is a dimension elsewhere, None if it is none.

    Parameters
    ----------
    values : object
        An entry of ``param_distributions``.

    Returns
    -------
    text : str or None
        An expression, with its imports named.
    """
    library = type(values).__module__.split(".")[0]
    if library == "skopt":
        return _from_skopt(values)
    if library == "optuna":
        return _from_optuna(values)
    if isinstance(values, tuple) and _is_skopt_range(values):
        low, high, prior = values[:3]
        integer = isinstance(low, Integral) and isinstance(high, Integral)
        return _range(low, high, prior == "log-uniform", integer)
    return None


def _is_skopt_range(values):
    """Whether a tuple is (low, high, prior), as scikit-optimize abbreviates it."""
    return (
        len(values) >= 3
        and isinstance(values[0], Real)
        and isinstance(values[1], Real)
        and isinstance(values[2], str)
        and values[2] in ("uniform", "log-uniform")
    )


def _from_skopt(values):
    kind = type(values).__name__
    if kind == "Categorical":
        return f"{list(values.categories)!r}"
    if kind in ("Real", "Integer"):
        log = values.prior == "log-uniform"
        return _range(values.low, values.high, log, kind == "Integer")
    return None


def _from_optuna(values):
    if hasattr(values, "choices"):
        return f"{list(values.choices)!r}"
    if hasattr(values, "low") and hasattr(values, "high"):
        integer = type(values).__name__.startswith("Int")
        step = getattr(values, "step", None)
        if step is not None and step != (1 if integer else None):
            family = "range" if integer else "numpy.arange"
            end = values.high + (1 if integer else step / 2)
            return f"{family}({values.low!r}, {end!r}, {step!r})"
        return _range(values.low, values.high, getattr(values, "log", False), integer)
    return None


def _range(low, high, log, integer):
    """Return the distribution of a range with both ends included."""
    if integer:
        family = "sklearn_hp.space.log_randint" if log else "scipy.stats.randint"
        return f"{family}({int(low)}, {int(high) + 1})"
    low, high = float(low), float(high)
    if log:
        return f"scipy.stats.loguniform({low!r}, {high!r})"
    return f"scipy.stats.uniform({low!r}, {high - low!r})"


def written_here(search_spaces):
    """Return the parameters that say the same as ``search_spaces`` of scikit-optimize.

    Parameters
    ----------
    search_spaces : dict, or list of dict or (dict, int)
        As scikit-optimize takes it.

    Returns
    -------
    text : str
        Arguments of ``BayesSearchCV``.
    """
    spaces = search_spaces if isinstance(search_spaces, list) else [search_spaces]
    # scikit-optimize also takes (space, number of candidates)
    pairs = [space if isinstance(space, tuple) else (space, None) for space in spaces]
    parts = [
        "{" + ", ".join(f"{n!r}: {_entry_here(v)}" for n, v in space.items()) + "}"
        for space, _ in pairs
        if isinstance(space, Mapping)
    ]
    text = parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"
    text = f"param_distributions={text if parts else '{...}'}"
    n_iter = sum(pair[1] for pair in pairs if isinstance(pair[1], Integral))
    return f"{text}, n_iter={n_iter}" if n_iter else text


def _entry_here(values):
    """Return how to write one entry of ``search_spaces``."""
    here = translation(values)
    if here is not None:
        return here
    if hasattr(values, "dist"):
        return f"scipy.stats.{written(values)}"
    if _is_pair(values):  # the ends of a range there
        integer = all(isinstance(v, Integral) for v in values)
        return _range(*values, log=False, integer=integer)
    return repr(list(values)) if isinstance(values, tuple) else repr(values)


def _is_pair(values):
    """Whether something is a tuple of two numbers."""
    return (
        isinstance(values, tuple)
        and len(values) == 2
        and all(isinstance(v, Real) and not isinstance(v, bool) for v in values)
    )


def warn_of_ranges(param_distributions):
    """Warn of tuples of two numbers, which are two choices and look like a range.

    Parameters
    ----------
    param_distributions : dict or list of dict
        As given to a search.
    """
    dicts = param_distributions
    if isinstance(param_distributions, Mapping):
        dicts = [param_distributions]
    for name, values in (entry for given in dicts for entry in given.items()):
        if not _is_pair(values) or values[0] >= values[1]:
            continue
        low, high = values
        integer = isinstance(low, Integral) and isinstance(high, Integral)
        if integer and high - low == 1:  # the range has these two numbers only
            continue
        meant = _range(low, high, log=0 < 100 * low < high, integer=integer)
        warn_caller(
            f"param_distributions[{name!r}] = {written(values)} is a choice between "
            f"these two numbers. For the range from one to the other, pass {meant}; "
            f"for the two numbers, pass the list {written(list(values))}.",
        )
