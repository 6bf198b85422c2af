"""What scikit-learn's tests need around them, and the exclusions."""

import pytest
from sklearn.conftest import (  # noqa: F401
    global_dtype,
    hide_available_pandas,
    pyplot,
    pytest_generate_tests,
)

from ._exclusions import EXCLUSIONS

_collected = pytest.StashKey[dict]()


def pytest_configure(config):
    config.stash[_collected] = {}
    for mark in (
        "thread_unsafe: of scikit-learn's tests",
        "no_check_spmatrix: of scikit-learn's tests",
        "parallel_threads(n): of scikit-learn's tests",
        "iterations(n): of scikit-learn's tests",
    ):
        config.addinivalue_line("markers", mark)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Expect an excluded test to fail; remember what was collected from each file."""
    for item in items:
        file = item.path.name
        if item.path.parent.name != "conformance":
            continue
        test = item.nodeid.rpartition("/")[2]
        config.stash[_collected].setdefault(file, set()).add(test)
        if test in EXCLUSIONS:
            item.add_marker(pytest.mark.xfail(reason=EXCLUSIONS[test], strict=True))


@pytest.fixture
def collected(request):
    """The tests collected from each file of this folder, as ``file::test``."""
    return request.config.stash[_collected]
