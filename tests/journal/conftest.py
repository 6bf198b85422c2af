"""A checkpoint to write to, and what it warns of."""

import pytest

from sklearn_hp._journal import Journal


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "search.db")


@pytest.fixture
def said():
    return []


@pytest.fixture
def opened(path, said):
    """Open a journal; all that were opened are closed in the end."""
    journals = []

    def open_(**kwargs):
        journals.append(Journal(path, said.append, **kwargs))
        return journals[-1]

    yield open_
    for journal in journals:
        journal.close()
