"""What is said of failures begins with what went wrong."""

import re
import warnings

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning

from sklearn_hp import GridSearchCV
from sklearn_hp.model_selection._failures import _remedy
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)


def said(grid, estimator=None, **kwargs):
    """Return the lines of the error, or else of the warning, of a search."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            GridSearchCV(estimator or Faulty(), grid, cv=2, **kwargs).fit(X, y)
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


def test_each_limit_that_was_hit_is_named():
    reasons = [
        "The fit timed out after 6 s (fit_timeout).",
        "The fit took more memory than fit_memory_limit",
        "ValueError: the fit failed",
    ]
    assert _remedy(*reasons).endswith("a larger fit_memory_limit and fit_timeout.")
    assert _remedy(reasons[2]) == ""


class Varies(Faulty):
    """Fails in one line of code with another message each time, or in another way."""

    def fit(self, X, y):
        if self.quality > 0.5:
            raise ValueError(f"the quality {self.quality} is too high")
        return super().fit(X, y)


def test_one_traceback_stands_for_all_that_fail_in_the_same_way():
    grid = [
        {"quality": [0.1, 0.6, 0.7, 0.8]},
        {"quality": [0.2], "fault": ["memory", "exception"]},
    ]
    lines = said(grid, estimator=Varies())
    assert lines[0] == "ValueError: the quality 0.6 is too high (and 2 other errors)"
    assert lines[1].startswith(
        "10 fits failed out of a total of 12. By kind: 8 exception, 2 memory. The score"
    )
    assert lines.count("Traceback (most recent call last):") == 3
    assert [line for line in lines if " fits failed with " in line] == [
        "6 fits failed with errors such as the following, whose messages differ:",
        "2 fits failed with the following error:",
        "2 fits failed with the following error:",
    ]


def test_one_traceback_stands_for_all_scores_too():
    def fails(estimator, X, y):
        raise KeyError(f"no {estimator.quality}")

    grid = {"quality": [0.1, 0.2, 0.3]}
    lines = said(grid, scoring={"a": fails, "b": accuracy}, refit="b")
    assert "6 scores: Traceback (most recent call last):" in lines
    assert sum("Traceback" in line for line in lines) == 1


def accuracy(estimator, X, y):
    return 1.0


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
