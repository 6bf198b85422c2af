"""A search in a real store of MLflow, in a folder."""

import io

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp.callback import MLflowLogger
from tests.inspection import _searches as fitted

mlflow = pytest.importorskip("mlflow")


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """Return the folder of a store, which is in use for the test."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    yield tmp_path
    mlflow.set_tracking_uri(before)


def runs():
    """Return the run of the search, and those below it."""
    found = mlflow.MlflowClient().search_runs(["0"])
    parents = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in found if "mlflow.parentRunId" in run.data.tags]
    return parents, children


def artefact(run, name):
    return mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{name}")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_run_for_the_search_and_for_the_best(n_jobs):
    search = GridSearchCV(SVC(), {"C": [0.01, 0.1, 1.0, 10.0]}, cv=3, n_jobs=n_jobs)
    search.set_callbacks(MLflowLogger(n_best=2)).fit(fitted.X, fitted.y)
    (parent,), children = runs()
    assert parent.info.run_name == "GridSearchCV" and parent.info.status == "FINISHED"
    assert parent.data.params["cv"] == "3"
    assert parent.data.params["best_C"] == str(search.best_params_["C"])
    assert parent.data.metrics["best_mean_test_score"] == search.best_score_
    assert parent.data.tags["sklearn_hp.summary"] == search.summary()
    scores = np.sort(search.cv_results_["mean_test_score"])[-2:]
    assert (
        sorted(r.data.metrics["mean_test_score"] for r in children) == scores.tolist()
    )
    frame = pd.read_csv(io.StringIO(artefact(parent, "candidates.csv")))
    np.testing.assert_allclose(
        frame["mean_test_score"], search.cv_results_["mean_test_score"]
    )
    assert "<h1>GridSearchCV of SVC" in artefact(parent, "report.html")


def test_several_metrics_below_an_active_run():
    search = BayesSearchCV(
        SVC(), {"C": [0.1, 1.0]}, n_iter=2, cv=3, scoring=["accuracy", "f1"], refit="f1"
    )
    search.set_callbacks(MLflowLogger(run_name="mine", report=False))
    with mlflow.start_run(run_name="outer"):
        search.fit(fitted.X, fitted.y)
    (outer,), others = runs()
    assert outer.info.run_name == "outer"
    mine = next(run for run in others if run.info.run_name == "mine")
    assert mine.data.metrics["best_mean_test_f1"] == search.best_score_
    assert len(others) == 3


def test_names_that_mlflow_refuses():
    model = Pipeline([("svc (fast)", SVC())])
    search = GridSearchCV(model, {"svc (fast)__C": [1.0]}, cv=3)
    search.set_params(scoring={"f1@macro": "f1_macro"}, refit="f1@macro")
    search.set_callbacks(MLflowLogger(report=False)).fit(fitted.X, fitted.y)
    (parent,), (child,) = runs()
    assert parent.data.params["best_svc _fast___C"] == "1.0"
    assert child.data.params == {"svc _fast___C": "1.0"}
    assert child.data.metrics["mean_test_f1_macro"] == search.best_score_


def test_a_candidate_has_one_run_however_many_rungs():
    search = clone(fitted.halving())
    search.set_callbacks(MLflowLogger(report=False)).fit(fitted.X, fitted.y)
    assert search.n_iterations_ > 1
    _, children = runs()
    names = [run.info.run_name for run in children]
    assert len(set(names)) == len(names) == 5


def test_a_search_that_fails_is_logged():
    search = GridSearchCV(SVC(), {"C": [1.0, 0.1]}, cv=3, error_score="raise")
    search.set_callbacks(Interrupt(4), MLflowLogger())
    with pytest.raises(KeyboardInterrupt):
        search.fit(fitted.X, fitted.y)
    (parent,), children = runs()
    assert len(children) == 1
    assert "1 unfinished" in parent.data.tags["sklearn_hp.summary"]


class Interrupt:
    """Presses Ctrl-C after some fits."""

    def __init__(self, n_fits):
        self.n_fits = n_fits

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.n_fits -= 1
        if not self.n_fits:
            raise KeyboardInterrupt


def test_a_failure_of_mlflow_is_a_warning(store):
    search = GridSearchCV(SVC(), {"C": [1.0, 0.1]}, cv=3)
    search.set_callbacks(MLflowLogger())
    mlflow.set_tracking_uri("http://localhost:1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        with pytest.warns(UserWarning, match="MLflowLogger could not log the search"):
            search.fit(fitted.X, fitted.y)
    assert search.best_score_ > 0.5


def test_what_is_refused():
    with pytest.raises(ValueError, match="The 'n_best' parameter of MLflowLogger must"):
        MLflowLogger(n_best=-1)
