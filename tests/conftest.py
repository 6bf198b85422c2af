"""Settings for all tests."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="session")
def one_native_thread():
    # On a machine that is busy with something else, two threads of BLAS that wait for
    # each other make a fit of milliseconds take minutes.
    with threadpool_limits(limits=1):
        yield
