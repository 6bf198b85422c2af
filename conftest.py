"""Settings for all tests and examples."""

import sys
from importlib.util import find_spec

import joblib
import pytest
from threadpoolctl import threadpool_limits

collect_ignore = []
if not (find_spec("torch") and find_spec("skorch")):
    collect_ignore += [
        "docs/recipes/image.rst",
        "docs/user_guide/neural_networks.rst",
        "docs/user_guide/neural_networks",
        "sklearn_hp/neural_network",
        "tests/neural_network",
    ]
if not (find_spec("skl2onnx") and find_spec("skops")):
    collect_ignore.append("docs/user_guide/tools.rst")


def pytest_report_header():
    """Name what is left out, so that it is not left out in silence."""
    if collect_ignore:
        return f"packages are missing: {', '.join(collect_ignore)} left out"
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Return how many processes `-n auto` starts.

    pytest-xdist counts the cores of the machine. joblib counts those that this process
    may use, which are fewer in a container with limits.
    """
    return joblib.cpu_count()


@pytest.fixture(autouse=True, scope="session")
def one_native_thread():
    """Limit BLAS and OpenMP to one thread.

    The cores are taken by other tests already, and on a busy machine two threads of
    BLAS that wait for each other make a fit of milliseconds take minutes.
    """
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Close what an example or a test drew; matplotlib warns of more than 20."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
