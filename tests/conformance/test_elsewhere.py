"""The tests of searches in scikit-learn's other test modules.

Each test is named after its module, as in ``test_base.test_is_regressor``.
"""

from ._installed import expose_tests_of_searches, modules_importing_a_search

HAVE_THEIR_OWN_FILE = {
    "sklearn.model_selection.tests.test_search",
    "sklearn.tests.test_metaestimators",
    "sklearn.tests.test_metaestimators_metadata_routing",
}
MODULES = [m for m in modules_importing_a_search() if m not in HAVE_THEIR_OWN_FILE]

globals().update(expose_tests_of_searches(MODULES))
