"""The score of each candidate on each split."""

import numpy as np
import pytest

from sklearn_hp.inspection import SplitsDisplay
from tests.inspection import _searches as fitted

TABLE = {
    "params": [{"a": 1}, {"a": 2}, {"a": 3}],
    "mean_test_score": [0.5, 0.9, 0.7],
    "split0_test_score": [0.4, 0.9, 0.6],
    "split1_test_score": [0.6, np.nan, 0.8],
    "n_splits_run": [2, 1, 2],
}


@pytest.mark.parametrize(
    "name",
    ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "sklearn_grid",
     "with_failures", "all_failed"],
)  # fmt: skip
@pytest.mark.parametrize("order", ["score", "proposed"])
def test_any_search_can_be_drawn(name, order):
    display = SplitsDisplay.from_search(getattr(fitted, name)(), order=order)
    display.figure_.canvas.draw()
    assert display.scores.shape[0] == len(display.rows)


def test_the_best_are_on_top_and_those_that_lack_splits_below():
    display = SplitsDisplay.from_search(TABLE)
    assert display.rows.tolist() == [2, 0, 1]
    np.testing.assert_array_equal(display.scores[:2], [[0.6, 0.8], [0.4, 0.6]])
    display = SplitsDisplay.from_search(TABLE, order="proposed")
    assert display.rows.tolist() == [0, 1, 2]
    assert display.ax_.get_ylabel() == "3 candidates, as proposed"
    assert display.ax_.get_ylim() == (3.5, 0.5)


def test_effects_are_of_candidates_that_have_all_splits():
    display = SplitsDisplay.from_search(TABLE)
    np.testing.assert_allclose(display.effects, [-0.1, 0.1])
    labels = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert labels == ["0\n-0.10", "1\n+0.10"]


def test_a_loss_is_shown_as_a_loss():
    search = fitted.bayes()
    display = SplitsDisplay.from_search(search, metric="neg_log_loss")
    assert np.nanmax(display.scores) <= 0
    assert display.figure_.axes[1].get_ylabel() == "log loss (lower is better)"
    hardest = int(np.argmin(display.effects))
    label = display.ax_.get_xticklabels()[hardest].get_text()
    assert label.startswith(f"{hardest}\n+")


def test_failed_cells_and_those_not_run():
    display = SplitsDisplay.from_search(fitted.with_failures())
    failures = fitted.with_failures().failures_
    assert display.failed.sum() == len(failures) > 0
    assert _legend(display) == ["failed"]
    assert _legend(SplitsDisplay.from_search(TABLE)) == ["not run"]
    assert SplitsDisplay.from_search(fitted.grid()).ax_.get_legend() is None


def _legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_of_halving_the_last_row_of_each_candidate_is_drawn():
    search = fitted.halving()
    display = SplitsDisplay.from_search(search)
    assert len(display.rows) == search.n_candidates_[0]
    assert search.best_index_ in display.rows


def test_many_splits_have_no_effects_at_the_axis():
    scores = np.random.default_rng(0).normal(size=(4, 40))
    table = {"params": [{"a": i} for i in range(4)], "mean_test_score": scores.mean(1)}
    table |= {f"split{i}_test_score": scores[:, i] for i in range(40)}
    display = SplitsDisplay.from_search(table)
    assert display.ax_.get_xlabel() == "split"
    np.testing.assert_allclose(
        display.effects, (scores - scores.mean(1, keepdims=True)).mean(0)
    )


def test_refused():
    with pytest.raises(ValueError, match="needs the scores of single splits, and"):
        SplitsDisplay.from_search(fitted.study())
    with pytest.raises(ValueError, match="order must be 'score' or 'proposed', got"):
        SplitsDisplay.from_search(TABLE, order="best")
