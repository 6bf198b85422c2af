"""Whether what is searched includes what was searched before."""

from ast import literal_eval
from collections.abc import Mapping
from contextlib import suppress

from sklearn_hp._canonical import NoTextError, canonical, described

# Of more values, only a digest is kept.
_MAX_VALUES = 10_000


def space_of(search):
    """Return what a search looks through.

    Parameters
    ----------
    search : BaseSearch
        The search.

    Returns
    -------
    space : list of dict, or None
        For each dict of the space, by parameter name, texts and numbers only: the
        ``values``, or a ``distribution`` with its ``support``. None if a sampler of the
        user's knows it.
    """
    if getattr(search, "sampler", None) is not None:
        return None
    given = getattr(search, "param_grid", None)
    given = getattr(search, "param_distributions", None) if given is None else given
    dicts = [given] if isinstance(given, Mapping) else given
    return [{name: _entry(values) for name, values in of.items()} for of in dicts]


def what_is_left_out(before, now):
    """Return what was searched before and is not any more.

    Parameters
    ----------
    before, now : list of dict, or None
        See `space_of`.

    Returns
    -------
    reason : str
        What is left out; empty if nothing is.
    """
    if before is None or now is None:
        return ""
    for old in before:
        reasons = [_outside(old, new) for new in now]
        if "" not in reasons:
            # of several dicts, the one that is closest by its parameters
            return min(reasons, key=len)
    return ""


def choices_by_text(space):
    """Return the values of the lists of a space by what a checkpoint has of them.

    Parameters
    ----------
    space : dict or list of dict
        What is searched.

    Returns
    -------
    choices : dict of (str, str) -> object
        By the name of the parameter and the text of the value.
    """
    dicts = [space] if isinstance(space, Mapping) else space
    return {
        (name, _text(value)): value
        for of in dicts
        for name, values in of.items()
        if not hasattr(type(values), "rvs")
        for value in values
    }


def candidates_of(texts, space):
    """Return candidates by their texts.

    Parameters
    ----------
    texts : list of dict of str -> str
        Of each candidate, the texts of its parameters.
    space : dict or list of dict
        Has the values that are more than numbers and texts.

    Returns
    -------
    candidates : list of dict
        Those of which all values are known.
    """
    known = choices_by_text(space)
    candidates = []
    for of in texts:
        # what is no number and in no list is not in this space
        with suppress(ValueError, SyntaxError):
            candidates.append(
                {
                    name: known[name, text]
                    if (name, text) in known
                    else literal_eval(text)
                    for name, text in of.items()
                }
            )
    return candidates


def _entry(values):
    if hasattr(type(values), "rvs"):
        return {"distribution": _text(values), "support": _support(values)}
    if len(values) > _MAX_VALUES:
        return {"digest": _text(values, described)}
    return {"values": [_text(value) for value in values]}


def _text(value, write=canonical):
    try:
        return write(value)
    except NoTextError:  # such candidates are not kept
        return f"a {type(value).__name__}"


def _support(distribution):
    try:
        return [float(end) for end in distribution.support()]
    except (AttributeError, TypeError, ValueError):  # it offers nothing but rvs
        return None


def _outside(old, new):
    """Return which parameter of a dict reaches out of another dict; empty if none."""
    if old.keys() != new.keys():
        added = [f"{name} is new" for name in sorted(new.keys() - old.keys())]
        gone = [f"{name} is missing" for name in sorted(old.keys() - new.keys())]
        return ", ".join(added + gone)
    for name, entry in old.items():
        if not _includes(new[name], entry):
            return (
                f"{name} was searched over {_written(entry)}, and is now searched "
                f"over {_written(new[name])}"
            )
    return ""


def _includes(new, old):
    if new == old:
        return True
    if "values" in old and "values" in new:
        return set(old["values"]) <= set(new["values"])
    low, high = new.get("support") or (0.0, -1.0)
    if "values" in old:
        return all(low <= _number(value) <= high for value in old["values"])
    old_low, old_high = old.get("support") or (-float("inf"), float("inf"))
    return low <= old_low and old_high <= high


def _number(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _written(entry):
    if "values" in entry:
        first = entry["values"][:5]
        return f"[{', '.join(first)}{', ...' * (len(entry['values']) > len(first))}]"
    if "digest" in entry:
        return f"a list ({entry['digest']})"
    if entry["support"] is None:
        return entry["distribution"]
    low, high = entry["support"]
    return f"a distribution from {low:g} to {high:g}"
