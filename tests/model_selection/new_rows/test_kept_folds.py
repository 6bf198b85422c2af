"""What a search kept of its fits, by candidate."""

import copy
import gc
import os
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris, make_regression
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp._history import History
from sklearn_hp._records import Kept, SplitResult, Task, Trial, Verdict
from sklearn_hp._responses import target_of
from sklearn_hp._schedulers import RacingPolicy
from sklearn_hp.model_selection._new_rows._kept_folder import KeptFolder
from sklearn_hp.model_selection._new_rows._kept_folds import KeptFolds
from tests.evaluation.test_keeping import Stubborn
from tests.evaluation.workers import PooledLoky
from tests.faults import Faulty
from tests.model_selection.new_rows.kept import models_in, search

X, y = load_iris(return_X_y=True)
X_numbers, y_numbers = make_regression(60, n_targets=2, noise=1.0, random_state=0)
KNN = KNeighborsClassifier()
CANDIDATES = [{"n_neighbors": n} for n in (1, 30, 5, 60, 9, 80)]


@pytest.fixture(autouse=True)
def temp_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path / "temp"))
    return tmp_path / "temp"


# ---- predictions --------------------------------------------------------------------


@pytest.mark.parametrize(
    "backend, n_jobs",
    [(None, 1), ("loky", 2), ("threading", 2), (PooledLoky.name, 2)],
)
def test_predictions_of_all_candidates(backend, n_jobs):
    folds, _, evaluation = search(
        KNN, X, y, CANDIDATES, backend=backend, n_jobs=n_jobs, n_models=2
    )
    assert folds.numbers == [0, 1, 2, 3, 4, 5]
    for number, params in enumerate(CANDIDATES):
        values, method = folds.predictions_of(number)
        expected = cross_val_predict(
            KNeighborsClassifier(**params), X, y, cv=evaluation.splits, method=method
        )
        assert values.dtype == np.float64
        np.testing.assert_allclose(values, expected, rtol=1e-6)
        assert folds.has_predictions(number)


def test_rows_that_are_held_out_twice_get_the_mean():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    folds, _, evaluation = search(KNN, X, y, cv=cv)
    splits = evaluation.splits
    expected = [
        cross_val_predict(KNN, X, y, cv=splits[:3], method="predict_proba"),
        cross_val_predict(KNN, X, y, cv=splits[3:], method="predict_proba"),
    ]
    values, _ = folds.predictions_of(0)
    np.testing.assert_allclose(values, np.mean(expected, axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    "cv",
    [ShuffleSplit(4, test_size=0.2, random_state=0), TimeSeriesSplit(4)],
    ids=["ShuffleSplit", "TimeSeriesSplit"],
)
def test_rows_that_no_fold_held_out_are_nan(cv):
    regressor = LinearRegression()
    folds, _, evaluation = search(regressor, X_numbers, y_numbers, cv=cv)
    values, method = folds.predictions_of(0)
    assert method == "predict"
    assert values.shape == y_numbers.shape
    total, n_times = np.zeros_like(y_numbers), np.zeros(60)
    for train, test in evaluation.splits:
        model = LinearRegression().fit(X_numbers[train], y_numbers[train])
        total[test] += model.predict(X_numbers[test])
        n_times[test] += 1
    held_out = n_times > 0
    assert np.isnan(values[~held_out]).all()
    expected = total[held_out] / n_times[held_out, np.newaxis]
    np.testing.assert_allclose(values[held_out], expected, rtol=1e-5, atol=1e-4)


def test_splits_of_masks_and_of_negative_indices():
    masks = [(np.arange(150) % 2 == k, np.arange(150) % 2 != k) for k in (0, 1)]
    negative = [(np.flatnonzero(a), np.flatnonzero(b) - 150) for a, b in masks]
    by_mask, _, _ = search(KNN, X, y, cv=masks)
    by_index, _, _ = search(KNN, X, y, cv=negative)
    values = by_mask.predictions_of(0)[0]
    assert not np.isnan(values).any()
    np.testing.assert_array_equal(by_index.predictions_of(0)[0], values)
    for (rows, _), (_, test) in zip(by_index.split_predictions(0), masks, strict=True):
        np.testing.assert_array_equal(rows, np.flatnonzero(test))


def test_a_row_that_is_twice_in_one_fold():
    cv = [(np.arange(150), np.array([3, 3, 70]))]
    values, _ = search(KNN, X, y, cv=cv)[0].predictions_of(0)
    assert np.isnan(values).all(axis=1).sum() == 148
    np.testing.assert_allclose(values[[3, 70]].sum(axis=1), 1)


def test_groups():
    groups = np.arange(150) % 7
    folds, _, _ = search(KNN, X, y, cv=GroupKFold(3), groups=groups)
    expected = cross_val_predict(
        KNN, X, y, cv=GroupKFold(3), groups=groups, method="predict_proba"
    )
    np.testing.assert_allclose(folds.predictions_of(0)[0], expected, rtol=1e-6)


def test_candidates_that_fail_have_no_predictions():
    folds, _, _ = search(KNN, X, y, [{"n_neighbors": -1}, {}])
    assert folds.numbers == [1]
    assert not folds.has_predictions(0)
    assert folds.models_of(0) is None
    with pytest.raises(ValueError, match="of candidate 0: None of its fits succeeded"):
        folds.predictions_of(0)


def test_a_prediction_that_fails_is_told():
    folds, _, _ = search(Stubborn(), X, y, [{"fault": "exception"}, {}])
    assert folds.numbers == [1]
    with pytest.raises(ValueError, match="of candidate 0: predict_proba failed"):
        folds.split_predictions(0)


@pytest.mark.slow
def test_a_worker_that_dies_leaves_those_of_the_others():
    candidates = [{}, {"fault": "os._exit"}, {}]
    folds, _, _ = search(Faulty(), X, y, candidates, n_jobs=2)
    assert folds.numbers == [0, 2]


def test_files_that_are_gone(temp_folder):
    folds, _, _ = search(KNN, X, y)
    for folder in temp_folder.iterdir():
        for file in folder.iterdir():
            file.unlink()
    with pytest.raises(OSError, match=r"0_0.npy' cannot be read: .* Name a folder of"):
        folds.predictions_of(0)
    assert folds.models_of(0) is None
    assert "A model cannot be read: FileNotFoundError" in folds.reason_of(0)
    again = pickle.loads(pickle.dumps(folds))  # which is no failure of the search
    assert again.numbers == []


# ---- models -------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_models_are_those_of_the_folds(n_jobs):
    folds, _, evaluation = search(KNN, X, y, CANDIDATES, n_jobs=n_jobs)
    for number, params in enumerate(CANDIDATES):
        models = folds.models_of(number)
        for model, (_, test), (rows, values) in zip(
            models, evaluation.splits, folds.split_predictions(number), strict=True
        ):
            assert model.n_neighbors == params["n_neighbors"]
            np.testing.assert_array_equal(rows, test)
            np.testing.assert_allclose(model.predict_proba(X[test]), values, rtol=1e-6)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_models", [0, 1, 3])
def test_models_of_the_best_are_kept_at_every_moment(n_models, n_jobs):
    folds, monitor, evaluation = search(
        KNN, X, y, CANDIDATES, n_models=n_models, n_jobs=n_jobs
    )
    assert len(monitor.n_models) == 18
    assert max(monitor.n_models) == n_models
    scores = [
        np.mean(
            [
                KNeighborsClassifier(**params)
                .fit(X[train], y[train])
                .score(X[test], y[test])
                for train, test in evaluation.splits
            ]
        )
        for params in CANDIDATES
    ]
    best = np.argsort(-np.array(scores), kind="stable")[:n_models]
    assert {n for n in folds.numbers if folds.has_models(n)} == {*best}
    for number in {*folds.numbers} - {*best}:
        assert folds.models_of(number) is None
        assert f"the best {n_models} candidates" in folds.reason_of(number)


def test_the_metric_says_which_are_best():
    def scoring(estimator, X, y):
        return {"few": -estimator.n_neighbors, "many": estimator.n_neighbors}

    for metric, best in [("few", 0), ("many", 5)]:
        folds, _, _ = search(
            KNN, X, y, CANDIDATES, n_models=1, metric=metric, scoring=scoring
        )
        assert [n for n in folds.numbers if folds.has_models(n)] == [best]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_candidates_that_a_race_drops_keep_predictions_only(n_jobs, temp_folder):
    folds, monitor, _ = search(
        *(DecisionTreeClassifier(random_state=0), X, y),
        [{"max_depth": d} for d in (4, 5, 6, 7)]
        + [{"max_depth": 1, "min_samples_leaf": n} for n in (30, 40, 45, 49)],
        cv=KFold(8, shuffle=True, random_state=0),
        policy=RacingPolicy(0.05),
        n_jobs=n_jobs,
    )
    states = {n: monitor.history.state_of(n) for n in folds.numbers}
    dropped = {n for n, state in states.items() if state == "dropped"}
    assert dropped
    assert {n for n in states if folds.has_models(n)} == {*states} - dropped
    (path,) = temp_folder.iterdir()
    assert len(models_in(path)) == 8 * len({*states} - dropped)
    for number in dropped:
        assert not folds.has_predictions(number)
        by_split = folds.split_predictions(number)
        assert len(by_split) == 8
        assert None in by_split
        values, _ = folds.predictions_of(number)
        assert 0 < np.isnan(values[:, 0]).sum() < 150
        assert "candidates only that ran on all splits" in folds.reason_of(number)


def test_a_result_that_comes_after_its_trial_was_dropped(tmp_path):
    history = History()
    folds = KeptFolds(history, [[0], [1]], target_of(y, True), 2, KeptFolder())
    trial = Trial(0, {})
    for split in (0, 1):
        model = tmp_path / f"{split}.pickle"
        model.touch()
        kept = Kept("predict", np.eye(1, 3, split), str(model))
        result = SplitResult(0, split, None, 0.0, 0.0, kept=kept)
        history.append(Task(trial, split), result)
        if split == 0:
            history.end(Verdict(trial, "dropped", 1))
        folds.catch_up()
        assert not model.exists()
    assert folds.has_predictions(0)
    assert folds.models_of(0) is None


def test_models_that_cannot_be_pickled():
    folds, _, _ = search(Stubborn(), X, y, [{"fault": "pickle"}])
    assert folds.models_of(0) is None
    assert "The model cannot be pickled" in folds.reason_of(0)


class Unloadable(KNeighborsClassifier):
    def __setstate__(self, state):
        raise RuntimeError("no way back")


def test_models_that_cannot_be_read_back():
    folds, _, _ = search(Unloadable(), X, y)
    assert folds.has_models(0)
    assert folds.models_of(0) is None
    assert not folds.has_models(0)
    assert folds.reason_of(0) == "A model cannot be read: RuntimeError: no way back"


def test_folds_that_answer_by_different_methods():
    history = History()
    folds = KeptFolds(history, [[0], [1]], target_of(y, True), 2, KeptFolder())
    for split, method in [(1, "decision_function"), (0, "predict_proba")]:
        kept = Kept(method, np.full((1, 3), 1 / 3))
        result = SplitResult(0, split, None, 0.0, 0.0, kept=kept)
        history.append(Task(Trial(0, {}), split), result)
    folds.catch_up()
    assert not folds.has_predictions(0)
    values, method = folds.predictions_of(0)
    assert method == "predict_proba"
    assert np.isnan(values[1]).all()
    assert "answer by different methods" in folds.reason_of(0)


# ---- how long they live -------------------------------------------------------------


def test_nothing_is_left_when_the_search_is_deleted(temp_folder):
    folds, _, _ = search(KNN, X, y, CANDIDATES, n_models=2)
    (path,) = temp_folder.iterdir()
    assert len(models_in(path)) == 6
    del folds
    gc.collect()
    assert [*temp_folder.iterdir()] == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interrupted_search(n_jobs, temp_folder):
    folds, _, _ = search(KNN, X, y, CANDIDATES, interrupt_after=7, n_jobs=n_jobs)
    complete = [n for n in folds.numbers if folds.has_predictions(n)]
    assert 1 <= len(complete) <= 2
    with_models = [n for n in folds.numbers if folds.has_models(n)]
    assert with_models == complete
    del folds
    gc.collect()
    assert [*temp_folder.iterdir()] == []


def test_nothing_is_left_when_the_process_ends(temp_folder):
    code = (
        "from tests.model_selection.new_rows.test_kept_folds import KNN, X, y, search\n"
        "folds, *_ = search(KNN, X, y)\n"
        "print(folds.has_models(0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
    assert [*temp_folder.iterdir()] == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_deletes_only_its_copy(temp_folder):
    folds, _, _ = search(KNN, X, y)
    pid = os.fork()
    if pid == 0:
        del folds
        gc.collect()
        os._exit(0)
    os.waitpid(pid, 0)
    assert len(folds.models_of(0)) == 3


@pytest.mark.parametrize("how", ["pickle", "deepcopy", "joblib"])
def test_a_copy_has_the_predictions_in_memory(how, temp_folder, tmp_path):
    folds, _, _ = search(KNN, X, y, CANDIDATES[:2])
    expected = folds.predictions_of(1)[0]
    if how == "pickle":
        again = pickle.loads(pickle.dumps(folds))
    elif how == "deepcopy":
        again = copy.deepcopy(folds)
    else:
        joblib.dump(folds, tmp_path / "folds.joblib")
        again = joblib.load(tmp_path / "folds.joblib")
    again = copy.deepcopy(again)
    assert len(folds.models_of(0)) == 3
    del folds
    gc.collect()
    assert [*temp_folder.iterdir()] == []
    values, method = again.predictions_of(1)
    assert method == "predict_proba"
    np.testing.assert_array_equal(values, expected)
    assert again.numbers == [0, 1]
    assert again.has_predictions(1)
    assert again.models_of(1) is None
    assert "A copy of a search" in again.reason_of(1)
    again.catch_up()  # nothing to learn


# ---- the folder ---------------------------------------------------------------------


def test_a_named_folder_stays_and_each_search_has_its_own(tmp_path, temp_folder):
    named = tmp_path / "a" / "b"
    for _ in range(2):
        search(KNeighborsRegressor(), X_numbers, y_numbers[:, 0], named=named)
    gc.collect()
    assert not temp_folder.exists()
    folders = [*named.iterdir()]
    assert len(folders) == 2
    for folder in folders:
        names = {f"0_{k}.npy" for k in range(3)} | {f"0_{k}.pickle" for k in range(3)}
        assert {*os.listdir(folder)} == names | {f"rows_{k}.npy" for k in range(3)}
        rows = np.load(folder / "rows_1.npy")
        model = joblib.load(folder / "0_1.pickle")
        np.testing.assert_allclose(
            np.load(folder / "0_1.npy")[:, 0], model.predict(X_numbers[rows]), rtol=1e-6
        )


def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(OSError, match=r"a folder in '.*file', .* Name another"):
        KeptFolder(file)
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(file))
    with pytest.raises(OSError, match=r"a folder in '.*file', .* Name another"):
        KeptFolder()


def test_the_folder_is_not_on_a_ram_disk_unless_asked_for(monkeypatch, tmp_path):
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "system"))
    assert os.path.dirname(KeptFolder().path) == str(tmp_path / "system")
    with joblib.parallel_config(backend="loky", temp_folder=str(tmp_path / "joblib")):
        assert os.path.dirname(KeptFolder().path) == str(tmp_path / "joblib")
