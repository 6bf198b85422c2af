"""What is said of failures begins with what went wrong."""

import re
import warnings

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning

from sklearn_hp import GridSearchCV
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)


def said(grid, **kwargs):
    """Return the lines of the error, or else of the warning, of a search."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            GridSearchCV(Faulty(), grid, cv=2, **kwargs).fit(X, y)
        except ValueError as exc:
            return str(exc).splitlines()
    return str(caught[0].message).splitlines()


def test_all_fits_failed():
    first, second, *rest = said({"fault": ["exception"]})
    assert first == "ValueError: the fit failed"
    assert second.startswith("All the 2 fits failed.")
    assert "Traceback (most recent call last):" in rest
    assert rest[-1] == first


def test_some_fits_failed():
    first, second, *rest = said({"fault": [None, "exception"]})
    assert first == "ValueError: the fit failed"
    assert second.startswith("2 fits failed out of a total of 4.")
    assert "Traceback (most recent call last):" in rest


def test_fits_failed_in_several_ways():
    faults = ["exception", None, "memory", "panic"]
    first = said({"fault": faults, "quality": [0.1]})[0]
    assert first.endswith(" (and 2 other errors)")


def broken(estimator, X, y):
    raise KeyError("scorer broken")


@pytest.mark.parametrize(
    "scoring, reason",
    [
        (broken, "KeyError: 'scorer broken'"),
        (lambda *args: np.inf, "The score is not finite: score = inf."),
        ({"a": broken, "b": broken}, "KeyError: 'scorer broken'"),
    ],
)
def test_no_candidate_has_a_score(scoring, reason):
    first, second, *_ = said({"quality": [0.1]}, scoring=scoring, refit="a")
    assert first == reason
    assert second.startswith("No candidate has a score on every split")


def test_scores_that_failed():
    def on_one_half(estimator, X, y):
        return broken(estimator, X, y) if estimator.quality > 0.5 else 1.0

    grid = {"quality": [0.1, 0.9]}
    assert said(grid, scoring=on_one_half)[0] == (
        "One or more of the test scores are non-finite: KeyError: 'scorer broken'"
    )
    assert said(grid, scoring=on_one_half, error_score=0)[0] == (
        "Scoring failed on test rows: KeyError: 'scorer broken'"
    )


def test_scores_of_fits_that_failed_are_warned_of_as_in_scikit_learn():
    messages = []
    for cls in (GridSearchCV, sklearn.model_selection.GridSearchCV):
        search = cls(Faulty(), {"fault": [None, "exception"]}, cv=2)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            search.fit(X, y)
        messages.append(str(caught[1].message))
    assert messages[0] == messages[1]


def test_the_warning_of_fits_points_at_the_line_that_called_fit():
    search = GridSearchCV(Faulty(), {"fault": [None, "exception"]}, cv=2)
    with pytest.warns(FitFailedWarning, match=re.escape("the fit failed")) as caught:
        warnings.filterwarnings("ignore", "One or more")
        search.fit(X, y)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "params, where, kind",
    [
        ({"fault": "exception"}, ("fit", None), "exception"),
        ({"fault": "memory"}, ("fit", None), "memory"),
        ({"bad_score": "nan"}, ("test score", "score"), "not finite"),
        ({"bad_score": "None"}, ("test score", "score"), "no number"),
    ],
)
def test_records_of_failures(params, where, kind):
    grid = [{"quality": [0.1]}, {name: [value] for name, value in params.items()}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(Faulty(), grid, cv=2).fit(X, y)
    for split, failure in enumerate(search.failures_):
        reason = failure.pop("reason")
        assert isinstance(reason, str)
        assert failure == {
            "candidate": 1,
            "split": split,
            "params": params,
            "stage": where[0],
            "metric": where[1],
            "kind": kind,
        }
    assert len(search.failures_) == 2


def test_a_metric_that_the_scorer_leaves_out():
    def scorer(estimator, X, y):
        good = {"a": 1.0}
        return good if estimator.quality > 0.5 else {**good, "b": 1.0}

    search = GridSearchCV(
        Faulty(), {"quality": [0.1, 0.9]}, cv=2, scoring=scorer, refit="a"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert {(f["metric"], f["kind"]) for f in search.failures_} == {("b", "no number")}
