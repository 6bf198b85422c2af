"""Attributes that a search has after ``fit``."""


class SetByFit:
    """An attribute of a search that ``fit`` sets: until then, the error says so.

    ``fit`` puts the value into the instance, where Python looks before it comes here.
    So copies and pickles know nothing of this, and ``hasattr`` is False until then.

    Parameters
    ----------
    needs : str, default=""
        The settings of the search without which it is not set.
    """

    def __init__(self, needs=""):
        self._needs = needs

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, search, owner):
        raise AttributeError(
            f"{owner.__name__!r} object has no attribute {self.name!r} "
            f"{_when_missing(search, owner, self.name, self._needs)}.",
            name=self.name,
            obj=search,
        )


def _when_missing(search, owner, name, needs):
    """Return when an attribute is missing, and what to do about it."""
    found = {} if search is None else vars(search)
    if "n_splits_" not in found:
        return "before fit: call fit(X, y) first"
    if "scorer_" not in found:  # the last that fit sets
        kept = (
            "cv_results_ has what was finished"
            if "cv_results_" in found
            else "no fit of a candidate was finished"
        )
        ended = f", {found['stop_reason_']}" if found.get("stop_reason_") else ""
        return f"as fit was not completed{ended}: {kept}"
    if "_missing" in found and name in found["_missing"]:
        return f"after this fit: {found['_missing'][name].removesuffix('.')}"
    if needs and "_missing" not in found:
        return f"after this fit: it needs {needs}"
    return (
        f"after this fit with refit={search.refit!r}; the help of {owner.__name__} "
        f"says when it is set"
    )


def forget_fit(search):
    """Remove what an earlier fit has set.

    Parameters
    ----------
    search : BaseSearch
        The search.
    """
    for cls in type(search).__mro__:
        for name, attribute in vars(cls).items():
            if isinstance(attribute, SetByFit):
                vars(search).pop(name, None)
