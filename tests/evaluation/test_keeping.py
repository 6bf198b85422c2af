"""What fits leave beside their scores, on this machine."""

import os
import pickle
import stat
import time

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import GridSearchCV
from sklearn_hp._evaluation import evaluate
from sklearn_hp._records import Task, Trial
from sklearn_hp._responses import as_given
from tests.evaluation.keeping import gathered, keeping, run_all
from tests.faults import Unpicklable

X, y = make_classification(
    90, n_informative=6, n_classes=3, n_clusters_per_class=1, random_state=0
)
X_binary, y_binary = make_classification(60, random_state=0)
X_numbers, y_numbers = make_regression(60, n_targets=2, noise=1.0, random_state=0)
text = np.array(["a", "b", "c"])[y]

CASES = {
    "probabilities": (KNeighborsClassifier(), X, y, "predict_proba"),
    "labels of text": (LogisticRegression(), X, text, "predict_proba"),
    "decision values": (RidgeClassifier(), X, y, "decision_function"),
    "two classes": (RidgeClassifier(), X_binary, y_binary, "decision_function"),
    "numbers": (LinearRegression(), X_numbers, y_numbers[:, 0], "predict"),
    "two outputs": (LinearRegression(), X_numbers, y_numbers, "predict"),
    "two outputs of classes": (
        *(DecisionTreeClassifier(max_depth=3, random_state=0), X),
        *(np.column_stack([y, y > 0]), "predict_proba"),
    ),
    "sparse": (KNeighborsClassifier(), scipy.sparse.csr_array(X), y, "predict_proba"),
    "data frame": (KNeighborsClassifier(), pd.DataFrame(X), y, "predict_proba"),
    "kernel": (
        *(SVC(kernel="precomputed", break_ties=True), rbf_kernel(X)),
        *(y, "decision_function"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_predictions_are_those_of_cross_val_predict(case, tmp_path):
    estimator, X, y, method = CASES[case]
    cv = KFold(3, shuffle=True, random_state=0)
    evaluation = keeping(estimator, X, y, tmp_path, cv=cv)
    results = run_all(evaluation)
    assert {result.kept.method for result in results.values()} == {method}
    values = gathered(evaluation, results)
    assert values.dtype == np.float64  # NaN-padded; the files are float32
    given = as_given(values, method, evaluation.keep.target)
    expected = cross_val_predict(estimator, X, y, cv=cv, method=method)
    if not isinstance(expected, list):
        given, expected = [given], [expected]
    for ours, columns in zip(given, expected, strict=True):
        np.testing.assert_allclose(ours, columns, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "backend, n_jobs",
    [(None, 1), ("loky", 2), ("threading", 2), ("multiprocessing", 2)],
)
def test_workers_of_this_machine_write_the_files(backend, n_jobs, tmp_path):
    evaluation = keeping(KNeighborsClassifier(), X, y, tmp_path)
    candidates = [{"n_neighbors": 3}, {"n_neighbors": 9}]
    results = run_all(evaluation, candidates, n_jobs, backend)
    names = {f"{number}_{split}" for number in (0, 1) for split in (0, 1, 2)}
    expected = {f"{name}.{kind}" for name in names for kind in ("npy", "pickle")}
    assert {*os.listdir(tmp_path)} == expected
    for (number, split), result in results.items():
        _, test = evaluation.splits[split]
        assert os.path.basename(result.kept.predictions) == f"{number}_{split}.npy"
        values = np.load(result.kept.predictions)
        assert values.dtype == np.float32
        with open(result.kept.model, "rb") as file:
            model = pickle.load(file)
        assert model.n_neighbors == candidates[number]["n_neighbors"]
        np.testing.assert_allclose(values, model.predict_proba(X[test]), rtol=1e-6)
        assert result.kept.reason == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_no_other_user_can_read_the_files(tmp_path):
    results = run_all(keeping(KNeighborsClassifier(), X, y, tmp_path))
    kept = results[0, 0].kept
    for path in (kept.predictions, kept.model):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_models_are_kept_only_if_asked_for(tmp_path):
    results = run_all(keeping(KNeighborsClassifier(), X, y, tmp_path, models=False))
    assert all(result.kept.model is None for result in results.values())
    assert all(result.kept.reason == "" for result in results.values())
    assert {name.split(".")[1] for name in os.listdir(tmp_path)} == {"npy"}


def test_groups_and_sample_weight(tmp_path):
    groups, weight = np.arange(90) % 7, np.linspace(0, 1, 90)
    forest = RandomForestClassifier(5, random_state=0)
    given = {"cv": GroupKFold(3), "groups": groups}
    params = {"sample_weight": weight}
    evaluation = keeping(forest, X, y, tmp_path, **given, fit_params=params)
    expected = cross_val_predict(
        forest, X, y, **given, params=params, method="predict_proba"
    )
    values = gathered(evaluation, run_all(evaluation))
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_a_class_that_the_training_rows_lack(tmp_path):
    order = np.argsort(y, kind="stable")  # each fold holds out one class
    evaluation = keeping(
        KNeighborsClassifier(), X[order], y[order], tmp_path, cv=KFold(3)
    )
    results = run_all(evaluation)
    for split, lacking in enumerate(range(3)):
        values = np.load(results[0, split].kept.predictions)
        assert values.shape == (30, 3)
        if (y[order][split * 30 : split * 30 + 30] == lacking).all():
            assert (values[:, lacking] == 0).all()
        np.testing.assert_allclose(values.sum(axis=1), 1, rtol=1e-6)


def test_numbers_that_single_precision_would_make_equal(tmp_path):
    times = 1.7e9 + 1e-3 * y_numbers[:, 0]
    evaluation = keeping(LinearRegression(), X_numbers, times, tmp_path)
    values = gathered(evaluation, run_all(evaluation))
    expected = cross_val_predict(LinearRegression(), X_numbers, times, cv=3)
    np.testing.assert_array_equal(values[:, 0], expected)


class Stubborn(ClassifierMixin, BaseEstimator):
    """Scores well; predicts or pickles as it is told."""

    def __init__(self, fault=None):
        self.fault = fault

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.fault == "pickle":
            self.held_ = Unpicklable()
        return self

    def score(self, X, y):
        return 1.0

    def predict_proba(self, X):
        if self.fault == "exception":
            raise ValueError("no probabilities today")
        if self.fault == "sys.exit":
            raise SystemExit(3)
        if self.fault == "slow":
            time.sleep(0.1)
        n_rows = len(X) - (self.fault == "rows")
        n_columns = len(self.classes_) - (self.fault == "columns")
        return np.random.default_rng(0).dirichlet(np.ones(n_columns), size=n_rows)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    "fault, reason",
    [
        ("exception", "predict_proba failed: ValueError: no probabilities today"),
        ("sys.exit", "predict_proba failed: SystemExit: 3"),
        ("rows", "predict_proba failed: .* 29 rows for 30 test rows"),
        ("columns", "A response has 2 columns, where .* has 3 classes$"),
    ],
)
def test_a_fit_does_not_fail_for_its_predictions(fault, reason, n_jobs, tmp_path):
    results = run_all(keeping(Stubborn(fault), X, y, tmp_path), n_jobs=n_jobs)
    for result in results.values():
        assert result.failures == []
        assert result.test_scores == {"score": 1.0}
        assert result.kept.predictions is None
        assert result.kept.model is None
        with pytest.raises(ValueError, match=reason):
            raise ValueError(result.kept.reason)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_model_that_cannot_be_pickled_leaves_predictions(n_jobs, tmp_path):
    results = run_all(keeping(Stubborn("pickle"), X, y, tmp_path), n_jobs=n_jobs)
    for result in results.values():
        assert result.failures == []
        assert np.load(result.kept.predictions).shape == (30, 3)
        assert result.kept.model is None
        assert result.kept.reason == (
            "The model cannot be pickled: TypeError: an Unpicklable cannot be pickled"
        )


def test_what_is_defined_here_only_can_be_read_back(tmp_path):
    class Local(Stubborn):
        pass

    results = run_all(keeping(Local(), X, y, tmp_path), n_jobs=2)
    with open(results[0, 0].kept.model, "rb") as file:
        assert type(pickle.load(file)) is Local


def test_it_is_no_failure_if_the_files_cannot_be_written(tmp_path):
    results = run_all(keeping(KNeighborsClassifier(), X, y, tmp_path / "gone"))
    for result in results.values():
        assert result.failures == []
        kept = result.kept
        assert (kept.predictions, kept.model) == (None, None)
        assert "It cannot be written to" in kept.reason
        assert "No such file or directory" in kept.reason


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a full disk")
def test_a_full_disk_leaves_no_half_of_a_file(tmp_path, monkeypatch):
    def on_full_disk(path):
        (tmp_path / os.path.basename(path)).touch()
        return os.open("/dev/full", os.O_WRONLY)

    monkeypatch.setattr("sklearn_hp._evaluation._keeping.private_file", on_full_disk)
    result = run_all(keeping(KNeighborsClassifier(), X, y, tmp_path))[0, 0]
    assert result.failures == []
    assert "No space left on device" in result.kept.reason
    assert os.listdir(tmp_path) == []


def test_a_fit_that_runs_again_replaces_its_files(tmp_path):
    evaluation = keeping(KNeighborsClassifier(), X, y, tmp_path)
    (tmp_path / "0_0.npy").write_bytes(b"half of an arr")
    values = np.load(run_all(evaluation)[0, 0].kept.predictions)
    assert values.shape == (30, 3)


def test_what_is_kept_takes_no_fit_and_no_score_time(tmp_path):
    for result in run_all(keeping(Stubborn("slow"), X, y, tmp_path)).values():
        assert result.fit_time + result.score_time < 0.1


def test_fits_that_fail_and_probes_leave_nothing(tmp_path):
    evaluation = keeping(KNeighborsClassifier(), X, y, tmp_path)
    failed = run_all(evaluation, [{"n_neighbors": -1}])
    probed = run_all(evaluation, first=-1)
    for result in (*failed.values(), *probed.values()):
        assert result.kept is None
    assert os.listdir(tmp_path) == []


def test_a_part_of_the_resource_has_its_own_files(tmp_path):
    evaluation = keeping(KNeighborsClassifier(), X, y, tmp_path)
    kept = evaluate(evaluation, Task(Trial(2, {}), 1, resource=0.5)).kept
    assert os.path.basename(kept.predictions) == "2_1_0.5.npy"


def test_nothing_is_kept_unless_asked_for(monkeypatch):
    told = []
    monkeypatch.setattr(
        "sklearn_hp.model_selection._monitor.Monitor.end",
        lambda monitor, task, result: told.append(result),
    )
    GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}).fit(X, y)
    assert len(told) == 5
    assert all(result.kept is None for result in told)
