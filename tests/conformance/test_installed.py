"""The tests really run on our searches, and scikit-learn is left as it was."""

import sys

import sklearn.model_selection
import sklearn.utils

from . import test_common, test_elsewhere, test_metaestimators, test_search
from ._installed import INSTANCE_GENERATOR, OTHERS, SEARCHES, modules_importing_a_search


def test_loaded_modules_use_our_searches():
    for name, search in SEARCHES.items():
        assert search.__module__.startswith("sklearn_hp")
        assert getattr(test_search, name) is search
        assert getattr(test_metaestimators, name) is search


def test_common_checks_construct_our_searches():
    for test in (
        test_common.test_estimators,
        test_common.test_pandas_column_name_consistency,
        test_common.test_check_param_validation,
    ):
        (mark,) = (mark for mark in test.pytestmark if mark.name == "parametrize")
        searches = {type(estimator_of(value)) for value in mark.args[1]}
        assert set(SEARCHES.values()) <= searches
        assert {search for search, _ in OTHERS.values()} <= searches


def estimator_of(value):
    """Return the estimator of a parameter set, alone or in (estimator, check)."""
    value = getattr(value, "values", value)
    return value[0] if isinstance(value, tuple | list) else value


def test_scikit_learn_keeps_its_searches():
    generator = sys.modules[INSTANCE_GENERATOR]
    for name in SEARCHES:
        theirs = getattr(sklearn.model_selection, name)
        assert theirs.__module__.startswith("sklearn.")
        assert getattr(generator, name) is theirs
        assert (name, theirs) in sklearn.utils.all_estimators()


def test_modules_are_found():
    assert test_elsewhere.HAVE_THEIR_OWN_FILE <= set(modules_importing_a_search())
    assert len(test_elsewhere.MODULES) > 10
