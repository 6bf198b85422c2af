"""``sklearn.utils.tests.test_parallel``, whole."""

from ._installed import expose, load

globals().update(expose(load("sklearn.utils.tests.test_parallel")))
