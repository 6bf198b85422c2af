"""Load scikit-learn's installed test modules with our searches in place of its own."""

import ast
import importlib
import re
import sys
import warnings
from collections.abc import Collection
from pathlib import Path
from types import FunctionType

import pytest
import sklearn
import sklearn.model_selection
import sklearn.utils

import sklearn_hp

SEARCHES = {
    "GridSearchCV": sklearn_hp.GridSearchCV,
    "RandomizedSearchCV": sklearn_hp.RandomSearchCV,
}
# scikit-learn has none like these; they are tested as the one they take the place of
OTHERS = {"BayesSearchCV": (sklearn_hp.BayesSearchCV, "RandomizedSearchCV")}
# by class, in the module of this name
_TABLES = ("INIT_PARAMS", "PER_ESTIMATOR_CHECK_PARAMS", "PER_ESTIMATOR_XFAIL_CHECKS")
INSTANCE_GENERATOR = "sklearn.utils._test_common.instance_generator"


def load(name):
    """Import the installed module `name` with our searches under scikit-learn's names.

    The module stays in `sys.modules` under its own name, so that workers can unpickle
    the functions and estimators it defines. `sklearn.model_selection` and everything
    else the module imports are as before when this returns.
    """
    _import_unchanged(name)  # so that what it imports keeps scikit-learn's classes
    del sys.modules[name]
    with pytest.MonkeyPatch.context() as patch:
        for search_name, search in SEARCHES.items():
            patch.setattr(sklearn.model_selection, search_name, search)
        module = importlib.import_module(name)
    for value in vars(module).values():
        if isinstance(value, FunctionType) and hasattr(value, "pytestmark"):
            value.pytestmark = [_with_list(mark) for mark in value.pytestmark]
    return module


def load_common(name):
    """`load` a module of common tests, with our searches as the only estimators.

    They are constructed as scikit-learn constructs its own for these tests.
    """
    original = _import_unchanged(INSTANCE_GENERATOR)
    ours = load(INSTANCE_GENERATOR)
    sys.modules[INSTANCE_GENERATOR] = original
    for search, twin in OTHERS.values():
        for table in _TABLES:
            _enter(getattr(ours, table), search, SEARCHES[twin])
    _import_unchanged(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, INSTANCE_GENERATOR, ours)
        patch.setattr(ours, "all_estimators", _all_estimators)
        patch.setattr(sklearn.utils, "all_estimators", _all_estimators)
        return load(name)


def _import_unchanged(name):
    if name not in sys.modules and ".test_" in name:
        pytest.register_assert_rewrite(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # experimental features, skipped estimators
        return importlib.import_module(name)


def _with_list(mark):
    """Make a list of parameters given as a generator, which pytest 10 will refuse."""
    if mark.name != "parametrize":
        return mark
    names, values, *args = mark.args
    values = values if isinstance(values, Collection) else list(values)
    return pytest.mark.parametrize(names, values, *args, **mark.kwargs).mark


def _enter(table, search, twin):
    """Give a search the entry of another in a table by class."""
    if twin in table:
        table[search] = table[twin]


def _all_estimators(type_filter=None):
    """Stand in for `sklearn.utils.all_estimators`; a search has none of the types."""
    others = {name: search for name, (search, _) in OTHERS.items()}
    return [] if type_filter else list((SEARCHES | others).items())


def expose(module):
    """Names to put into a test file so that pytest collects all of `module`.

    The warnings filters are those scikit-learn's tests run under by default.
    """
    names = {k: v for k, v in vars(module).items() if not k.startswith("__")}
    return names | {"pytestmark": [scikit_learn_filters, *_marks(module)]}


def expose_tests_of_searches(modules):
    """Only the tests whose code or parametrization names a search."""
    exposed = {}
    for name in modules:
        module = load(name)
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name[:5] != "test_":
                continue
            if any(n.id in SEARCHES for n in ast.walk(node) if isinstance(n, ast.Name)):
                test = getattr(module, node.name)
                for mark in _marks(module):
                    test = mark(test)
                exposed[f"{name.rpartition('.')[2]}.{node.name}"] = test
    return exposed | {"pytestmark": scikit_learn_filters}


def modules_importing_a_search():
    """All installed test modules that import a search from sklearn.model_selection."""
    root = Path(sklearn.__file__).parent
    words = re.compile("|".join(rf"\b{name}\b" for name in SEARCHES))
    modules = []
    for path in sorted(root.rglob("tests/test_*.py")):
        source = path.read_text(encoding="utf-8")
        if words.search(source) and _imports_a_search(ast.parse(source)):
            dotted = path.relative_to(root.parent).with_suffix("").parts
            modules.append(".".join(dotted))
    return modules


def _imports_a_search(tree):
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "sklearn.model_selection"
        and any(alias.name in SEARCHES for alias in node.names)
        for node in ast.walk(tree)
    )


def _marks(module):
    marks = getattr(module, "pytestmark", [])
    return marks if isinstance(marks, list) else [marks]


scikit_learn_filters = pytest.mark.filterwarnings("default")
