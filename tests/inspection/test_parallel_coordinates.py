"""One line for each candidate."""

import numpy as np
import pytest
from scipy.stats import randint

from sklearn_hp import RandomSearchCV
from sklearn_hp.inspection import ParallelCoordinatesDisplay
from tests.inspection import _searches as fitted


@pytest.mark.parametrize(
    "name",
    ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "study",
     "sklearn_grid", "with_failures", "all_failed"],
)  # fmt: skip
def test_any_search_can_be_drawn(name):
    display = ParallelCoordinatesDisplay.from_search(getattr(fitted, name)())
    display.figure_.canvas.draw()
    known = display.positions[np.isfinite(display.positions)]
    assert ((0 <= known) & (known <= 1)).all()
    assert display.positions.shape == (len(display.rows), len(display.parameters))


def test_positions():
    table = {
        "params": [
            {"rate": 0.01, "depth": 1, "kind": "x", "same": 3},
            {"rate": 0.1, "depth": 2, "kind": "y", "same": 3},
            {"rate": 10.0, "depth": 5, "same": 3},
        ],
        "mean_test_score": [0.1, 0.3, 0.2],
    }
    display = ParallelCoordinatesDisplay.from_search(table)
    assert [one.name for one in display.parameters] == ["rate", "depth", "kind"]
    expected = [[0, 0, 0.25], [1 / 3, 0.25, 0.75], [1, 1, np.nan]]
    np.testing.assert_allclose(display.positions, expected)
    assert display.best == 1
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["not set"]


def test_the_ends_are_those_of_the_range():
    space = {"max_depth": randint(1, 1000), "criterion": ["gini", "entropy"]}
    search = RandomSearchCV(fitted.TREE, space, n_iter=3, cv=2, random_state=0)
    search.fit(fitted.X, fitted.y)
    display = ParallelCoordinatesDisplay.from_search(search, parameters=["max_depth"])
    depths = np.array([params["max_depth"] for params in search.cv_results_["params"]])
    assert depths.max() < 999
    np.testing.assert_allclose(display.positions[:, 0], (depths - 1) / (999 - 1))


def test_lines_end_at_the_score():
    display = ParallelCoordinatesDisplay.from_search(fitted.random())
    (winner,) = display.ax_.lines[:1]
    assert winner.get_ydata()[-1] == 1.0 and len(winner.get_ydata()) == 4
    loss = ParallelCoordinatesDisplay.from_search(fitted.bayes(), metric="neg_log_loss")
    label = loss.ax_.get_xticklabels()[-1].get_text()
    assert label == "log loss\n(lower is better)"
    lines = _collections(loss)[-1]
    best = np.nanargmax(loss.scores)
    np.testing.assert_allclose(lines.get_array()[-1], -loss.scores[best])
    assert lines.get_segments()[-1][-1, 1] == 1.0  # better is higher


def _collections(display):
    return [one for one in display.ax_.collections if one.get_segments()]


def test_failed_candidates_have_lines_that_do_not_reach_the_score():
    display = ParallelCoordinatesDisplay.from_search(fitted.with_failures())
    failed, good = _collections(display)
    assert {one[-1, 0] for one in failed.get_segments()} == {1.3}
    assert {one[-1, 0] for one in good.get_segments()} == {2.0}
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["no score (4)", "the winner"]


def test_of_many_candidates_the_best_have_colors():
    rng = np.random.default_rng(0)
    table = {
        "params": [
            {f"p{i}": float(value) for i, value in enumerate(row)}
            for row in rng.uniform(size=(1000, 12))
        ],
        "mean_test_score": rng.normal(size=1000),
    }
    display = ParallelCoordinatesDisplay.from_search(table)
    display.figure_.canvas.draw()
    rest, best = _collections(display)
    assert len(rest.get_segments()) == 900 and len(best.get_segments()) == 100
    assert best.get_array().min() >= np.sort(display.scores)[-100]
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["others (900)", "the winner"]


def test_one_candidate_and_one_parameter():
    table = {"params": [{"a": 1}], "mean_test_score": [0.5]}
    display = ParallelCoordinatesDisplay.from_search(table)
    display.figure_.canvas.draw()
    assert display.positions.tolist() == [[0.5]]


def test_long_names_and_categories_are_shortened():
    name = "columntransformer__numeric__simpleimputer__strategy"
    table = {
        "params": [{name: "a_very_long_category"}, {name: "b"}],
        "mean_test_score": [0.5, 0.6],
    }
    ax = ParallelCoordinatesDisplay.from_search(table).ax_
    label = ax.get_xticklabels()[0].get_text()
    assert len(label) == 24 and label.endswith("simpleimputer.strategy")
    assert "a_very_long_c…" in [text.get_text() for text in ax.texts]


def test_shortened_categories_stay_distinct():
    levels = [f"a_very_long_category_{i}" for i in range(3)]
    table = {"params": [{"a": one} for one in levels], "mean_test_score": [1, 2, 3.0]}
    ax = ParallelCoordinatesDisplay.from_search(table).ax_
    texts = {text.get_text() for text in ax.texts}
    assert {f"a_very…egory_{i}" for i in range(3)} <= texts


def test_refused():
    with pytest.raises(ValueError, match="There is no parameter 'depth' in this"):
        ParallelCoordinatesDisplay.from_search(fitted.grid(), parameters=["depth"])
    table = {"params": [{}, {}], "mean_test_score": [0.5, 0.6]}
    with pytest.raises(ValueError, match="has no parameters to draw"):
        ParallelCoordinatesDisplay.from_search(table)
