"""Attributes that a search has after ``fit``."""


class SetByFit:
    """An attribute of a search that ``fit`` sets: until then, the error says so.

    ``fit`` puts the value into the instance, where Python looks before it comes here.
    So copies and pickles know nothing of this, and ``hasattr`` is False until then.
    """

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, search, owner):
        if search is None or not _was_fitted(search):
            reason = "before fit: call fit(X, y) first"
        else:
            reason = (
                f"after this fit with refit={search.refit!r}; the help of "
                f"{owner.__name__} says when it is set"
            )
        raise AttributeError(
            f"{owner.__name__!r} object has no attribute {self.name!r} {reason}.",
            name=self.name,
            obj=search,
        )


def _was_fitted(search):
    return "n_splits_" in vars(search)


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
