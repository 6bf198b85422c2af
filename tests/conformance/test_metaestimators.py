"""``sklearn.tests.test_metaestimators``; of all estimators, our searches."""

from ._installed import expose, load_common

globals().update(expose(load_common("sklearn.tests.test_metaestimators")))
