"""How a search is shown: its space as people would write it."""

from collections.abc import Mapping

from scipy.stats.distributions import rv_frozen
from sklearn.base import BaseEstimator

from sklearn_hp._doc_link import DocLinkMixin
from sklearn_hp._sklearn_compat import lay_out_inside_others
from sklearn_hp.inspection import summary
from sklearn_hp.space._written import written

_SPACES = ("param_grid", "param_distributions")


class _Text:
    """Is shown as a text."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def _readable(space):
    """Return a space with distributions that are shown as the calls that make them."""
    if isinstance(space, Mapping):
        return {name: _readable(values) for name, values in space.items()}
    if isinstance(space, list) and any(isinstance(one, Mapping) for one in space):
        return [_readable(one) for one in space]
    return _Text(written(space)) if isinstance(space, rv_frozen) else space


class SearchDisplayMixin(DocLinkMixin):
    """Text and HTML of a search; goes before scikit-learn's bases."""

    def summary(self):
        """Return what came out of the search, in about ten lines.

        Returns
        -------
        text : str
            The best candidate beside the untuned one, what failed, the time, and what
            :func:`sklearn_hp.inspection.findings` says. For pictures, see
            :func:`sklearn_hp.inspection.search_report`.

        Raises
        ------
        ValueError
            If the search is not fitted.
        """
        return summary(self)

    def __repr__(self, N_CHAR_MAX=700):
        return BaseEstimator.__repr__(_shown(self), N_CHAR_MAX)

    def _get_params_html(self, deep=True, doc_link=""):
        params = super()._get_params_html(deep=deep, doc_link=doc_link)
        params.update(_readable_spaces(params))
        return params

    def _doc_link_url_param_generator(self):
        return {
            "estimator_module": "sklearn_hp",
            "estimator_name": type(self).__name__,
        }


def _shown(search):
    """Return what scikit-learn's printer shows of a search.

    It prints what get_params returns, and lays out what has its own ``__repr__``.
    """
    cls = type(search)
    methods = {"__repr__": BaseEstimator.__repr__, "get_params": _readable_params}
    shown = object.__new__(type(cls.__name__, (cls,), methods))
    vars(shown).update(vars(search))
    return shown


def _readable_params(shown, deep=True):
    params = super(type(shown), shown).get_params(deep=deep)
    return {**params, **_readable_spaces(params)}


def _readable_spaces(params):
    return {name: _readable(params[name]) for name in _SPACES if name in params}


lay_out_inside_others(SearchDisplayMixin.__repr__, _shown)
