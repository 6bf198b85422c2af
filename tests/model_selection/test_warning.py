"""A warning points to the user's line, however many frames of libraries lie between."""

import inspect
import subprocess
import sys
import warnings

import pytest
from joblib import parallel_config
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_hp import BayesSearchCV
from sklearn_hp.model_selection._base import BaseSearch
from sklearn_hp.model_selection._warning import warn_caller
from tests.model_selection.bayes import Bumpy

X, y = load_iris(return_X_y=True)
SEARCH = BayesSearchCV(Bumpy(), {"a": (0.1, 0.9)}, n_iter=2, cv=2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: SEARCH.fit(X, y),
        lambda: make_pipeline(SEARCH).fit(X, y),
        lambda: cross_val_score(SEARCH, X, y, cv=2),
        lambda: warn_caller("is a choice between"),
    ],
)
def test_the_line_outside_of_the_libraries(call):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    told = [one for one in seen if "is a choice between" in str(one.message)]
    assert told
    line = inspect.getsourcelines(call)[1]
    assert all((one.filename, one.lineno) == (__file__, line) for one in told)


def test_a_worker_has_no_line_of_the_user():
    """The line is that of `fit`, and none of what started the worker."""
    with (
        parallel_config("threading"),
        pytest.warns(UserWarning, match="is a choice between") as seen,
    ):
        cross_val_score(SEARCH, X, y, cv=2, n_jobs=2)
    path = inspect.getfile(BaseSearch)
    lines, first = inspect.getsourcelines(BaseSearch.fit)
    told = [one for one in seen if "is a choice between" in str(one.message)]
    assert {one.filename for one in told} == {path}
    assert all(first <= one.lineno < first + len(lines) for one in told)


@pytest.mark.slow
def test_a_worker_process_has_no_line_of_the_user():
    code = (
        "from sklearn.model_selection import cross_val_score\n"
        "from tests.model_selection.test_warning import SEARCH, X, y\n"
        "cross_val_score(SEARCH, X, y, cv=2, n_jobs=2)"
    )
    command = [sys.executable, "-W", "always", "-c", code]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    (place,) = {
        line.split(": UserWarning")[0].rpartition(":")[0]
        for line in told.splitlines()
        if "is a choice between" in line
    }
    assert place == inspect.getfile(BaseSearch)


def test_the_category():
    with pytest.warns(FutureWarning, match="soon"):
        warn_caller("soon", FutureWarning)
