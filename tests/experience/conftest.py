"""The scripts of benchmarks/experience, as modules."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "experience"


@pytest.fixture(scope="session")
def script():
    """Return a function that imports one of them by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(FOLDER), *sys.path])
        yield import_module


@pytest.fixture(scope="session")
def portfolio(script):
    return script("_portfolio")


@pytest.fixture(scope="session")
def ranges(script):
    return script("_ranges")


@pytest.fixture(scope="session")
def scores(script):
    return script("_scores")
