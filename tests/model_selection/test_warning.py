"""A warning points to the user's line, however many frames of libraries lie between."""

import inspect
import warnings

import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_hp import BayesSearchCV
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


def test_the_category():
    with pytest.warns(FutureWarning, match="soon"):
        warn_caller("soon", FutureWarning)
