from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from sklearn_hp._history import History
from sklearn_hp._records import Failure, SplitResult, Task, Trial
from sklearn_hp._sklearn_compat import yield_masked_array_for_each_param
from sklearn_hp.model_selection._failures import list_failures
from sklearn_hp.model_selection._results import CVResults, n_iters_of


def history_of(*rows, history=None):
    """Return the history of (trial, split, score) rows; a score of None: failed."""
    history = History() if history is None else history
    for number, split, score in rows:
        task = Task(Trial(number, {"a": number}), split)
        if score is None:
            outcome = {"fit_failure": Failure(f"trial {number} failed")}
        else:
            outcome = {"test_scores": {"score": score}}
        history.append(task, SplitResult(*task.key, 1.0 + split, 0.5, **outcome))
    return history


def format_two_splits(history, error_score=np.nan):
    return CVResults(history, 2, error_score, return_train_score=False).as_dict()


def test_rows_are_in_the_order_of_the_trials_whatever_arrived_first():
    rows = [(0, 0, 0.1), (0, 1, 0.3), (1, 0, 0.5), (1, 1, 0.7), (2, 0, 0), (2, 1, 0)]
    expected = format_two_splits(history_of(*rows))
    shuffled = format_two_splits(history_of(*[rows[i] for i in [5, 2, 0, 3, 4, 1]]))
    assert expected["mean_test_score"].tolist() == [0.2, 0.6, 0.0]
    pd.testing.assert_frame_equal(pd.DataFrame(shuffled), pd.DataFrame(expected))


def test_splits_that_were_not_run_are_nan_and_cannot_rank():
    results = format_two_splits(history_of((0, 0, 0.9), (2, 0, 0.1), (2, 1, 0.1)), 0.0)
    np.testing.assert_array_equal(results["split1_test_score"], [np.nan, 0.1])
    np.testing.assert_array_equal(results["mean_test_score"], [np.nan, 0.1])
    assert results["rank_test_score"].tolist() == [2, 1]
    assert results["mean_fit_time"].tolist() == [1.0, 1.5]
    assert results["params"] == [{"a": 0}, {"a": 2}]


@pytest.mark.parametrize(
    "error_score, means, ranks",
    [
        (np.nan, [0.5, np.nan, np.nan, 0.5, 0.4], [1, 4, 4, 1, 3]),
        (0.0, [0.5, 0.4, 0.0, 0.5, 0.4], [1, 4, 5, 1, 3]),
        (9.0, [0.5, 4.9, 9.0, 0.5, 0.4], [1, 5, 4, 1, 3]),
        (np.inf, [0.5, np.inf, np.inf, 0.5, 0.4], [1, 4, 4, 1, 3]),
    ],
)
def test_what_failed_ranks_behind_what_did_not(error_score, means, ranks):
    rows = [(0, 0, 0.5), (0, 1, 0.5), (1, 0, 0.8), (1, 1, None), (2, 0, None)]
    rows += [(2, 1, None), (3, 0, 0.5), (3, 1, 0.5), (4, 0, 0.4), (4, 1, 0.4)]
    results = format_two_splits(history_of(*rows), error_score)
    np.testing.assert_allclose(results["mean_test_score"], means)
    assert results["rank_test_score"].tolist() == ranks
    assert results["rank_test_score"].dtype == np.int32


def test_metrics_are_named_by_the_first_candidate_that_has_some():
    history = history_of((0, 0, None))
    for number in (2, 1):
        task = Task(Trial(number, {"a": number}), 0)
        scores = {"f1": 0.1, "auc": 0.2} if number == 1 else {"auc": 0.2, "f1": 0.1}
        result = SplitResult(*task.key, 1.0, 1.0, scores, multimetric=True)
        history.append(task, result)
    results = CVResults(history, 1, -1, return_train_score=False).as_dict()
    assert [key for key in results if key.startswith("rank")] == [
        "rank_test_f1",
        "rank_test_auc",
    ]
    assert results["mean_test_f1"].tolist() == [-1, 0.1, 0.1]


# A scorer that fails as a whole has no names: its one score is NaN, and is called
# "score". It came first here, so that only what it lacks puts it behind the others.
NAMING = [
    (0, 0, ["score"]),
    (0, 1, ["f1", "auc"]),
    (0, 2, ["auc", "f1"]),
    (1, 0, ["auc", "acc"]),
]


@pytest.mark.parametrize("arrived", list(permutations(NAMING)))
def test_who_names_the_metrics_does_not_depend_on_who_came_first(arrived):
    history = History()
    view = CVResults(history, 3, np.nan, return_train_score=False)
    seen = []
    for number, split, names in arrived:
        task = Task(Trial(number, {}), split)
        is_named = names != ["score"]
        scores = dict.fromkeys(names, 0.5 if is_named else np.nan)
        history.append(
            task, SplitResult(*task.key, 1.0, 1.0, scores, multimetric=is_named)
        )
        seen.append((not is_named, number, split, names))
        # also while it runs: the first split of the first candidate that has names
        assert view.metrics == min(seen)[-1]
    assert view.metrics == ["f1", "auc"]


def test_failures_are_listed_in_order_with_their_candidate():
    history = history_of((3, 1, None), (1, 0, 0.5), (3, 0, None))
    failures = list_failures(history, ["score"])
    assert [(f["candidate"], f["split"], f["params"]) for f in failures] == [
        (1, 0, {"a": 3}),
        (1, 1, {"a": 3}),
    ]
    assert failures[0]["reason"] == "trial 3 failed"
    assert list_failures(history_of((0, 0, 1.0)), ["score"]) == []


def test_a_view_follows_its_history():
    rows = [(1, 0, 0.5), (0, 0, 0.1), (0, 1, None), (1, 1, 0.7), (4, 1, 0.2), (4, 0, 0)]
    history = History()
    view = CVResults(history, 2, -1.0, return_train_score=False)
    assert view["mean_test_score"].tolist() == []
    for n in range(1, len(rows) + 1):
        history_of(rows[n - 1], history=history)
        expected = format_two_splits(history_of(*rows[:n]), -1.0)
        assert list(view) == list(expected)
        for name in view:
            np.testing.assert_array_equal(view[name], expected[name], err_msg=name)
    with pytest.raises(KeyError, match="mean_test_f1"):
        view["mean_test_f1"]


def test_reading_a_view_enters_each_result_once():
    entered = []

    class Counting(History):
        def since(self, start):
            results = super().since(start)
            entered.extend(results)
            return results

    history = Counting()
    view = CVResults(history, 2, np.nan, return_train_score=False)
    for number in range(500):
        history_of((number, 0, 0.1), (number, 1, 0.2), history=history)
        assert len(view["mean_test_score"]) == number + 1
    # so that a callback may read it after every fit of a long search
    assert len(entered) == 1000


def test_a_candidate_has_a_row_for_each_resource():
    history = History()
    for resource, score in [(None, 0.9), (9, 0.5), (3, 0.3)]:
        for number in (1, 0):
            task = Task(Trial(number, {"a": number}), 0, resource)
            scores = {"score": score + number / 100}
            result = SplitResult(*task.key, 1.0, 1.0, scores, n_iter=resource)
            history.append(task, result)
    results = CVResults(history, 1, np.nan, return_train_score=False).as_dict()
    assert results["mean_test_score"].tolist() == [0.3, 0.5, 0.9, 0.31, 0.51, 0.91]
    assert [params["a"] for params in results["params"]] == [0, 0, 0, 1, 1, 1]
    expected = [3, 9, np.nan, 3, 9, np.nan]
    np.testing.assert_array_equal(results["mean_n_iter"], expected)


def test_iterations_are_listed_behind_scikit_learns_columns_if_there_are_any():
    history = history_of((0, 0, 0.1), (0, 1, None), (2, 0, 0.2))
    before = CVResults(history, 2, np.nan, return_train_score=False)
    assert [key for key in before if "n_iter" in key] == []
    for split, n_iter in [(0, 7), (1, 12)]:
        task = Task(Trial(1, {}), split)
        result = SplitResult(*task.key, 1.0, 1.0, {"score": 0.1}, n_iter=n_iter)
        history.append(task, result)
    task = Task(Trial(2, {}), 1)
    history.append(task, SplitResult(*task.key, 1.0, 1.0, {"score": 0.1}, n_iter=4))
    for results in (before, format_two_splits(history)):  # callbacks see it grow
        assert list(results)[-3:] == ["split0_n_iter", "split1_n_iter", "mean_n_iter"]
        expected = [[np.nan, 7, np.nan], [np.nan, 12, 4], [np.nan, 9.5, 4]]
        for key, values in zip(list(results)[-3:], expected, strict=True):
            assert results[key].dtype == np.float64
            np.testing.assert_array_equal(results[key], values)
    assert [n_iters_of(results, row, 2) for row in range(3)] == [[], [7, 12], [4]]


def test_a_column_of_a_parameter_is_computed_alone(monkeypatch):
    computed = []

    def counting(params):
        computed.append(sorted({name for p in params for name in p}))
        return yield_masked_array_for_each_param(params)

    name = "sklearn_hp.model_selection._results.yield_masked_array_for_each_param"
    monkeypatch.setattr(name, counting)
    history = History()
    for number, params in enumerate([{"a": 1, "b": "x"}, {"b": "y", "c": [2]}, {}]):
        task = Task(Trial(number, params), 0)
        history.append(task, SplitResult(*task.key, 1.0, 1.0, {"score": 0.1}))
    view = CVResults(history, 1, np.nan, return_train_score=False)
    assert list(view), "names are known without any column"
    assert len(view) == len(list(view))
    view["mean_test_score"]
    assert computed == []
    columns = {name: view[name] for name in ("param_a", "param_b", "param_c")}
    assert computed == [["a"], ["b"], ["c"]]
    expected = view.as_dict()
    assert list(view) == list(expected)
    for name, column in columns.items():
        np.testing.assert_array_equal(column.mask, expected[name].mask)
        assert column.tolist() == expected[name].tolist()
        assert column.dtype == expected[name].dtype
    for name in ("param_d", "param_", "nothing"):
        with pytest.raises(KeyError, match=name):
            view[name]
