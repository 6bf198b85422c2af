"""Limits on a fit, as users write them."""

import math

import numpy as np
import pytest

from sklearn_hp import GridSearchCV
from sklearn_hp._records import Limits
from sklearn_hp.model_selection._checks import check_limits
from tests.faults import Faulty


def limits(**params):
    return check_limits(GridSearchCV(Faulty(), {}, **params))


def test_none_is_no_limit():
    assert limits() == Limits(math.inf, math.inf)
    assert not limits()


@pytest.mark.parametrize("seconds", [5, 5.0, np.int64(5), np.float32(5)])
def test_seconds(seconds):
    assert limits(fit_timeout=seconds) == Limits(seconds=5.0)
    assert limits(fit_timeout=seconds)


@pytest.mark.parametrize(
    "size, n_bytes",
    [
        ("4GiB", 2**32),
        ("4 gib", 2**32),
        ("4gb", 4e9),
        ("500 MB", 5e8),
        ("500M", 5e8),
        (" 0.5 TB ", 5e11),
        (".5Ki", 512),
        ("1024", 1024),
        ("1024 bytes", 1024),
        (1024, 1024),
        (np.int32(1024), 1024),
        (1e9, 1e9),
    ],
)
def test_sizes(size, n_bytes):
    assert limits(fit_memory_limit=size) == Limits(n_bytes=n_bytes)
