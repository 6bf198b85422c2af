"""How a search is shown: its space as people would write it."""

from sklearn_hp._doc_link import DocLinkMixin
from sklearn_hp._sklearn_compat import lay_out_inside_others
from sklearn_hp.inspection import summary
from sklearn_hp.space._search_text import readable_spaces, search_text, shown


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
        return search_text(self, N_CHAR_MAX)

    def _get_params_html(self, deep=True, doc_link=""):
        params = super()._get_params_html(deep=deep, doc_link=doc_link)
        params.update(readable_spaces(params))
        return params

    def _doc_link_url_param_generator(self):
        return {
            "estimator_module": "sklearn_hp",
            "estimator_name": type(self).__name__,
        }


lay_out_inside_others(SearchDisplayMixin.__repr__, shown)
