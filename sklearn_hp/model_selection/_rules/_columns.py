"""What selection rules read from ``cv_results_``, by the names that a user writes."""

from difflib import get_close_matches
from itertools import count, takewhile
from numbers import Real

import numpy as np

# What may stand before a name in short: a metric, a parameter, a time.
_PREFIXES = ("mean_test_", "param_", "mean_")


def metrics_of(cv_results):
    """Return the names of the metrics that have a score for each split."""
    prefix = "split0_test_"
    return [key.removeprefix(prefix) for key in cv_results if key.startswith(prefix)]


def choose_metric(names, metric, rule):
    """Return the name of the metric that a rule goes by.

    Parameters
    ----------
    names : list of str
        The metrics of a search.
    metric : str or None
        As given to the rule.
    rule : str
        Name of the rule's class, for messages.

    Returns
    -------
    metric : str
        The one given, or the only one.

    Raises
    ------
    ValueError
        If there is no such metric, or several and none is given.
    """
    if metric in names:
        return metric
    if not names:
        raise ValueError(
            f"{rule} needs the scores of each split, and there is no column "
            f"'split0_test_...'. Call it with the cv_results_ of a search."
        )
    listed = ", ".join(map(repr, names))
    if metric is not None:
        remedy = "Leave metric out" if len(names) == 1 else "Name one of them"
        raise ValueError(
            f"metric={metric!r} of {rule} is not a metric of this search, which has "
            f"{listed}. {remedy}."
        )
    if len(names) > 1:
        raise ValueError(
            f"{rule} cannot know by which metric to judge: this search has {listed}. "
            f"Name one, as in {rule}(..., metric={names[0]!r})."
        )
    return names[0]


def split_scores(cv_results, metric):
    """Return the test scores, of shape (n_candidates, n_splits)."""
    names = (f"split{i}_test_{metric}" for i in count())
    columns = [cv_results[name] for name in takewhile(cv_results.__contains__, names)]
    return np.column_stack(columns).astype(float)


def complete_rows(cv_results, S):
    """Return the rows of the candidates that can be chosen.

    Parameters
    ----------
    cv_results : mapping of str to array
        The results of a search.
    S : ndarray of shape (n_candidates, n_splits)
        The test scores.

    Returns
    -------
    rows : ndarray of int
        Of the candidates with a score on each split; of a halving search, those of the
        last iteration, as others had fewer resources.
    """
    is_complete = np.isfinite(S).all(axis=1)
    if "iter" in cv_results:
        iterations = np.asarray(cv_results["iter"])
        is_complete &= iterations == iterations.max()
    return np.flatnonzero(is_complete)


def numbers_of(cv_results, column):
    """Return a column as floats; NaN where a candidate has no number there.

    Parameters
    ----------
    cv_results : mapping of str to array
        The results of a search.
    column : str
        Name of the column, see `resolve_column`.

    Returns
    -------
    values : ndarray of shape (n_candidates,), dtype float64
        NaN for what is masked, None, text or any other object.

    Raises
    ------
    ValueError
        If there is no number in the column.
    """
    values = np.array([_as_float(value) for value in cv_results[column]])
    if np.isnan(values).all():
        raise ValueError(
            f"The column {column!r} of cv_results_ has no numbers to compare: "
            f"{_examples(cv_results[column])}. Name a column of numbers, such as "
            f"'mean_fit_time'."
        )
    return values


def _as_float(value):
    return float(value) if isinstance(value, Real | np.bool_) else np.nan


def _examples(values):
    shown = list(dict.fromkeys(map(repr, values)))
    return ", ".join(shown[:3]) + (", ..." if len(shown) > 3 else "")


def resolve_column(cv_results, name):
    """Return the name of a column in full.

    Parameters
    ----------
    cv_results : mapping of str to array
        The results of a search.
    name : str
        A column, or what follows ``mean_test_``, ``param_`` or ``mean_`` in its name.

    Returns
    -------
    column : str
        The name that it has in `cv_results`.

    Raises
    ------
    ValueError
        If no column or several can be meant.
    """
    columns = [column for column in cv_results if column != "params"]
    if name in columns:
        return name
    meant = [prefix + name for prefix in _PREFIXES if prefix + name in columns]
    if len(meant) == 1:
        return meant[0]
    if meant:
        listed = " and ".join(map(repr, meant))
        raise ValueError(
            f"{name!r} may stand for the columns {listed} of cv_results_. Write the "
            f"name of the one that you mean in full."
        )
    near = ", ".join(map(repr, _near_columns(name, columns)))
    raise ValueError(
        f"cv_results_ has no column {name!r}, nor one of this name after 'mean_test_', "
        f"'param_' or 'mean_'. Columns that come close: {near}."
    )


def _near_columns(name, columns):
    """Return the columns that a name may stand for; all metrics if none comes close."""
    in_short = {}
    for column in columns:
        prefix = next((p for p in _PREFIXES if column.startswith(p)), None)
        if prefix is not None:
            in_short.setdefault(column.removeprefix(prefix), column)
    given = name
    for prefix in _PREFIXES:
        given = given.removeprefix(prefix)
    # of a step inside of a pipeline; a loss whose scorer is negative
    near = [short for short in in_short if _is_end(given, short)]
    near += [short for short in in_short if _is_end(short, given)]
    near += get_close_matches(given, in_short, n=3)
    near = near or [s for s, column in in_short.items() if "_test_" in column]
    return [in_short[short] for short in dict.fromkeys(near)]


def _is_end(part, whole):
    return part != whole and whole.endswith("_" + part)
