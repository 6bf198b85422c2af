"""Importances as bars."""

import numpy as np
import pytest

from sklearn_hp.inspection import ParameterImportanceDisplay, parameter_importance
from tests.inspection import _searches as fitted
from tests.inspection.test_parameter_importance import ANY, table_of


def texts(found):
    return [text.get_text() for text in found]


@pytest.mark.parametrize("name", ANY)
def test_any_search_can_be_drawn(name):
    display = ParameterImportanceDisplay.from_search(getattr(fitted, name)())
    display.figure_.canvas.draw()
    assert list(display.importances) == ["overall", "best"]


def test_bars_are_the_shares():
    X = np.random.default_rng(0).random((40, 3))
    search = table_of(X, X @ [1, 0, 2.0])
    display = ParameterImportanceDisplay.from_search(search)
    found = parameter_importance(search)
    best = parameter_importance(search, target="best")
    np.testing.assert_array_equal(
        display.importances["best"]["importance"], best["importance"]
    )
    bars, of_best = display.ax_.containers
    np.testing.assert_allclose([bar.get_width() for bar in bars], found["importance"])
    share = dict(zip(best["parameter"], best["importance"], strict=True))
    np.testing.assert_allclose(
        [bar.get_width() for bar in of_best], [share[n] for n in found["parameter"]]
    )
    assert texts(display.ax_.get_yticklabels()) == found["parameter"]
    assert display.ax_.get_title(loc="left") == (
        "What matters for score, from 40 candidates"
    )


@pytest.mark.parametrize("target", ["overall", "best"])
def test_one_of_both(target):
    search = fitted.grid()
    display = ParameterImportanceDisplay.from_search(search, target=target)
    assert list(display.importances) == [target]
    assert len(display.ax_.containers) == 1


def test_below_thirty_candidates_it_guesses():
    display = ParameterImportanceDisplay.from_search(fitted.grid())
    assert display.ax_.get_title(loc="left") == (
        "What matters for accuracy: a guess from 12 candidates"
    )


def test_nothing_matters():
    X = np.random.default_rng(0).random((40, 2))
    display = ParameterImportanceDisplay.from_search(table_of(X, np.ones(40)))
    assert display.ax_.get_title(loc="left") == (
        "No parameter is found to matter for score"
    )


def test_of_many_parameters_the_others_have_one_bar():
    X = np.random.default_rng(0).random((60, 20))
    table = table_of(X, X[:, 3] + X[:, 5] / 2)
    display = ParameterImportanceDisplay.from_search(table, n_parameters=2)
    assert texts(display.ax_.get_yticklabels()) == ["p3", "p5", "18 others together"]
    for bars in display.ax_.containers:
        assert sum(bar.get_width() for bar in bars) == pytest.approx(1)


def test_into_axes_that_are_there(pyplot):
    _, ax = pyplot.subplots()
    assert ParameterImportanceDisplay.from_search(fitted.grid(), ax=ax).ax_ is ax


def test_refused():
    with pytest.raises(ValueError, match="n_parameters must be at least 1, got 0"):
        ParameterImportanceDisplay.from_search(fitted.grid(), n_parameters=0)
    with pytest.raises(
        ValueError, match="target must be 'both' or 'overall' or 'best'"
    ):
        ParameterImportanceDisplay.from_search(fitted.grid(), target="all")
    with pytest.raises(ValueError, match="No candidate of the"):
        ParameterImportanceDisplay.from_search(fitted.all_failed())
