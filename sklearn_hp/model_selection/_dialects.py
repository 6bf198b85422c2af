"""Spaces as other libraries write them, met with how they are written here."""

from collections.abc import Mapping
from numbers import Integral, Real


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


def refuse_search_spaces(search_spaces):
    """Raise the error that shows how ``search_spaces`` is written here.

    Parameters
    ----------
    search_spaces : dict, list of dict or object
        As given to the class of this name in scikit-optimize.

    Raises
    ------
    TypeError
        Always.
    """
    spaces = search_spaces if isinstance(search_spaces, list) else [search_spaces]
    # scikit-optimize also takes (space, number of iterations)
    spaces = [space[0] if isinstance(space, tuple) else space for space in spaces]
    written = [
        "{"
        + ", ".join(f"{n!r}: {translation(v) or repr(v)}" for n, v in s.items())
        + "}"
        for s in spaces
        if isinstance(s, Mapping)
    ]
    text = written[0] if len(written) == 1 else f"[{', '.join(written)}]"
    raise TypeError(
        f"search_spaces is scikit-optimize's name of param_distributions. Pass "
        f"param_distributions={text if written else '{...}'}"
    )
