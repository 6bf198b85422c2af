import numpy as np
import pytest

from sklearn_hp.inspection import ParameterSliceDisplay
from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._model import fit_model
from tests.inspection import _searches as fitted
from tests.inspection.test_model import branches

ANY = ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "study",
       "sklearn_grid", "with_failures", "all_failed"]  # fmt: skip


@pytest.mark.parametrize("name", ANY)
def test_any_search_can_be_drawn(name):
    search = getattr(fitted, name)()
    names = [parameter.name for parameter in read_search(search).parameters]
    chosen = [*names, names[-2:]] if len(names) > 1 else names
    for parameter in chosen:
        display = ParameterSliceDisplay.from_search(search, parameter)
        display.figure_.canvas.draw()
        assert display.ax_.get_xlabel()


def test_the_curve_is_the_model_where_the_others_are_the_winners():
    search = fitted.random()
    data = read_search(search)
    display = ParameterSliceDisplay.from_search(search, "min_samples_leaf")
    column = [p.name for p in data.parameters].index("min_samples_leaf")
    model = fit_model(data, data.metrics[0])
    at_winner, _ = model.predict(model.X[[data.best]])
    own = data.parameters[column].numbers[data.best]
    curve = np.interp(own, display.grid[0], display.mean)
    np.testing.assert_allclose(curve, at_winner[0], atol=1e-3)
    low, high = display.grid[0][[0, -1]]
    assert (low, high) == (1, 39)
    assert (display.std > 0).all()


def test_a_parameter_that_the_winner_lacks_has_a_curve():
    table = branches()
    table["mean_test_score"] = np.where(
        [p["kind"] == "y" for p in table["params"]], 2.0, table["mean_test_score"]
    )
    display = ParameterSliceDisplay.from_search(table, "b")
    assert np.isnan(display.parameters[0].numbers[display.best])
    assert np.diff(display.mean)[10:-10].min() > 0  # b is added to the score


def test_levels_of_a_gate_have_the_parameters_that_belong_to_them():
    display = ParameterSliceDisplay.from_search(branches(), "kind")
    levels = display.parameters[0].levels
    by_level = dict(zip(levels, display.mean, strict=True))
    assert by_level["x"] - by_level["y"] == pytest.approx(1.2, abs=0.2)


def test_two_parameters_of_a_grid_have_exact_cells():
    search = fitted.grid()
    pair = ("max_depth", "min_samples_leaf")
    display = ParameterSliceDisplay.from_search(search, pair)
    assert display.is_exact and display.mean.shape == (3, 4)
    scores = search.cv_results_["mean_test_score"]
    for params, score in zip(search.cv_results_["params"], scores, strict=True):
        column, row = ([1, 2, 4, 8].index(params["max_depth"]),
                       [1, 5, 20].index(params["min_samples_leaf"]))  # fmt: skip
        assert display.mean[row, column] == score
    texts = [text.get_text() for text in display.ax_.texts]
    assert f"{scores.max():.3g}" in texts
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == ["1", "2", "4", "8"]


def test_of_more_parameters_a_cell_has_the_best_score():
    params = [{"a": a, "b": b, "c": c} for a in (1, 2) for b in (1, 2) for c in (1, 2)]
    table = {"params": params, "mean_test_score": np.arange(8.0)}
    display = ParameterSliceDisplay.from_search(table, ["b", "a"])
    assert display.mean.tolist() == [[1, 3], [5, 7]]


def test_other_searches_have_the_model_as_a_map():
    display = ParameterSliceDisplay.from_search(branches(), ["a", "kind"])
    assert not display.is_exact and display.mean.shape == (2, 60)
    best = display.grid[0][np.argmax(display.mean[0])]
    assert best == pytest.approx(0.3, abs=0.15)


def test_a_loss_is_drawn_as_a_loss():
    display = ParameterSliceDisplay.from_search(
        fitted.bayes(), "max_depth", metric="neg_log_loss"
    )
    assert display.ax_.get_ylabel() == "log loss (lower is better)"
    assert (display.ax_.lines[0].get_ydata() > 0).all()


def test_ends_of_the_range_are_marked():
    display = ParameterSliceDisplay.from_search(fitted.random(), "max_depth")
    marked = [line.get_xdata()[0] for line in display.ax_.lines[1:]]
    assert marked == [1, 19]


def test_what_cannot_be_drawn():
    for wrong in ([], ["a", "a"], ["a", "b", "c"]):
        with pytest.raises(ValueError, match="one name or two different ones, got"):
            ParameterSliceDisplay.from_search(branches(), wrong)
    with pytest.raises(ValueError, match="There is no parameter 'z' in this search"):
        ParameterSliceDisplay.from_search(branches(), "z")
    pair = ["min_samples_leaf", "ccp_alpha"]
    with pytest.raises(
        ValueError, match="No candidate has both 'min_samples_leaf' and"
    ):
        ParameterSliceDisplay.from_search(fitted.bayes(), pair)


def test_one_candidate_has_no_model(pyplot):
    table = {"params": [{"a": 1.0, "b": "x"}], "mean_test_score": [0.5]}
    _, ax = pyplot.subplots()
    display = ParameterSliceDisplay.from_search(table, "a", ax=ax)
    assert display.mean is None and display.ax_ is ax
    display = ParameterSliceDisplay.from_search(table, ["b", "a"])
    assert display.mean is None
    display.figure_.canvas.draw()
