"""What a worker tells of itself goes through a pipe to the search."""

import multiprocessing
import os

import pytest

from sklearn_hp._evaluation._pool import _progress
from sklearn_hp._evaluation._pool._progress import Progress, tell_through


@pytest.fixture
def progress(monkeypatch):
    monkeypatch.setattr(_progress, "_writer", None)
    return Progress(multiprocessing.get_context("spawn"))


def test_the_search_hears_of_the_process(progress):
    tell_through(progress.writer)
    progress.update()
    assert progress.pid == os.getpid()


def test_a_worker_whose_search_was_killed_ends_without_a_traceback(monkeypatch):
    monkeypatch.setattr(_progress, "_writer", None)
    reader, writer = multiprocessing.get_context("spawn").Pipe(duplex=False)
    reader.close()
    tell_through(writer)
