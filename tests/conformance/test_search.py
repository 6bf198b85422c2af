"""``sklearn.model_selection.tests.test_search``, whole."""

from ._installed import expose, load

globals().update(expose(load("sklearn.model_selection.tests.test_search")))
