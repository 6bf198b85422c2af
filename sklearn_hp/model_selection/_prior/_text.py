"""Candidates from columns of text, as a CSV file has them.

There, a value is its text, None and what a candidate lacks are both nothing, and a
column with a missing value turns integers into floats. The values of the space tell
what was meant.
"""

import ast
import re
from collections.abc import Mapping

import numpy as np

from sklearn_hp.inspection._data import is_missing

_PARAM = "param_"
# as numpy 2 writes its numbers
_NUMPY = re.compile(r"\bnp\.\w+\(([^()]*)\)|\bnp\.(True|False)_")


def candidates_of_text(table, param_distributions):
    """Return the candidates of a table that has them as text, or by column only.

    Parameters
    ----------
    table : dict of str to sequence
        Has ``params`` as texts of dicts, or columns ``param_*``, or both.
    param_distributions : dict or list of dict
        The space.

    Returns
    -------
    candidates : list of dict
        What cannot be read as a value of the space stays as it is.

    Raises
    ------
    ValueError
        If there is neither.
    """
    space = param_distributions
    space = [space] if isinstance(space, Mapping) else space
    columns = {
        name.removeprefix(_PARAM): list(values)
        for name, values in table.items()
        if isinstance(name, str) and name.startswith(_PARAM)
    }
    texts = table.get("params")
    if texts is None and not columns:
        raise ValueError(
            f"prior_results has neither params nor columns param_*: its columns are "
            f"{', '.join(map(str, table))}. Pass the cv_results_ of a search, all of "
            f"it."
        )
    n_rows = len(texts if texts is not None else next(iter(columns.values())))
    candidates = []
    for row in range(n_rows):
        written = None if texts is None else _dict_of(texts[row])
        if written is None and not columns:
            raise ValueError(
                f"prior_results has params that are text and cannot be read, such as "
                f"{texts[row]!r}, and no columns param_*. Keep these columns as well: "
                f"their texts are compared with the values of the space."
            )
        if written is None:
            written = _of_columns({n: v[row] for n, v in columns.items()}, space)
        candidates.append(
            {
                name: _meant(value, _values(name, space))
                for name, value in written.items()
            }
        )
    return candidates


def _dict_of(text):
    """Return the dict that a text shows; None if it shows more than plain values."""
    if isinstance(text, Mapping):
        return dict(text)
    try:
        found = ast.literal_eval(_NUMPY.sub(lambda m: m[1] or m[2], str(text)))
    except (ValueError, SyntaxError):
        return None
    return found if isinstance(found, dict) else None


def _of_columns(entries, space):
    """Return a candidate from its columns; nothing is None where that is a choice."""
    present = {name for name, value in entries.items() if not is_missing(value)}
    # the dict of the space that the candidate is of, for it has no names of others
    fitting = [branch for branch in space if present <= branch.keys()]
    branch = max(fitting or [{}], key=lambda branch: len(present) / max(1, len(branch)))
    candidate = {}
    for name, value in entries.items():
        if name in present:
            candidate[name] = value
        elif any(choice is None for choice in _listed(branch.get(name))):
            candidate[name] = None
    return candidate


def _values(name, space):
    """Return what the space has for a parameter, in each of its dicts."""
    return [branch[name] for branch in space if name in branch]


def _listed(values):
    """Return the values of a list; nothing of a distribution, or of None."""
    return () if values is None or hasattr(values, "rvs") else values


def _meant(value, declared):
    """Return the value of the space that an entry of a table stands for."""
    for values in declared:
        for choice in _listed(values):
            if choice is value or _is_written(choice, value):
                return choice
    if not any(hasattr(values, "rvs") for values in declared):
        return value
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value
    # only ranges of integers have probabilities
    of_integers = any(hasattr(values, "pmf") for values in declared)
    if of_integers and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _is_written(choice, value):
    """Whether a table shows a choice like this."""
    if isinstance(value, str):
        return str(choice) == value or repr(choice) == value
    if isinstance(choice, bool | np.bool_) or isinstance(value, bool | np.bool_):
        return type(choice) is type(value) and choice == value
    numbers = (int, float, np.integer, np.floating)
    return (
        isinstance(choice, numbers) and isinstance(value, numbers) and choice == value
    )
