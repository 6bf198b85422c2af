"""Print what MLflow's autologging logged of searches, as JSON; run in a fresh process.

    python -m tests.clients.mlflow_runs ORDER N_JOBS NAME...

ORDER is that of the imports and of autolog(); the names are those of SCENARIOS.
"""

import json
import os
import sys

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
ORDER, N_JOBS = sys.argv[1], int(sys.argv[2])


def switch_on():
    # of several children, MLflow's threads sometimes write the same file at once
    mlflow.sklearn.autolog(
        log_models=False, log_datasets=False, silent=True, max_tuning_runs=1
    )


if ORDER == "ours first":
    import sklearn_hp
    from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
import mlflow

mlflow.set_tracking_uri(os.path.join(os.getcwd(), "mlruns"))
if ORDER == "autolog first":
    switch_on()

from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if ORDER != "ours first":
    import sklearn_hp
    from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV

X, y = load_iris(return_X_y=True)
GRID = {"C": [0.1, 1.0, 10.0]}
DRAWN = {"n_iter": 3, "random_state": 0}


def search(cls, estimator=None, **kwargs):
    estimator = estimator or LogisticRegression(max_iter=200)
    return cls(estimator, GRID, cv=2, n_jobs=N_JOBS, **kwargs)


def of_steps(cls):
    steps = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [0.1, 1.0]}
    return cls(steps, grid, cv=2, n_jobs=N_JOBS)


def cross_validated(cls):
    model_selection.cross_val_score(search(cls), X, y, cv=2, n_jobs=N_JOBS)


class Own(GridSearchCV):
    def fit(self, X, y=None, **params):
        self.n_calls_ = getattr(self, "n_calls_", 0) + 1
        return super().fit(X, y, **params)


def own_subclass():
    ours = search(Own).fit(X, y)
    assert ours.n_calls_ == 1


Grid, Random = model_selection.GridSearchCV, model_selection.RandomizedSearchCV
SCENARIOS = {
    "grid": lambda: search(GridSearchCV).fit(X, y),
    "grid of scikit-learn": lambda: search(Grid).fit(X, y),
    "random": lambda: search(RandomSearchCV, **DRAWN).fit(X, y),
    "random of scikit-learn": lambda: search(Random, **DRAWN).fit(X, y),
    "bayes": lambda: search(BayesSearchCV, **DRAWN).fit(X, y),
    "steps": lambda: of_steps(GridSearchCV).fit(X, y),
    "steps of scikit-learn": lambda: of_steps(Grid).fit(X, y),
    "in a pipeline": lambda: make_pipeline(search(GridSearchCV)).fit(X, y),
    "in a pipeline of scikit-learn": lambda: make_pipeline(search(Grid)).fit(X, y),
    "in a search": lambda: Grid(search(GridSearchCV), {"cv": [2]}, cv=2).fit(X, y),
    "in a search of scikit-learn": lambda: Grid(search(Grid), {"cv": [2]}, cv=2).fit(
        X, y
    ),
    "around a search": lambda: GridSearchCV(search(Grid), {"cv": [2]}, cv=2).fit(X, y),
    "around an ensemble": lambda: GridSearchCV(
        BaggingClassifier(n_estimators=2), {"n_estimators": [2]}
    ).fit(X, y),
    "cross-validated": lambda: cross_validated(GridSearchCV),
    "own subclass": own_subclass,
}


def report(name):
    """Run a scenario in an experiment of its own, and return what was logged of it."""
    mlflow.set_experiment(name)
    SCENARIOS[name]()
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(name).experiment_id
    runs = client.search_runs([experiment])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run not in parents]
    if len(parents) != 1:
        return {"n_parents": len(parents), "n_children": len(children)}
    files = client.list_artifacts(parents[0].info.run_id)
    return {
        "n_parents": 1,
        "n_children": len(children),
        "status": parents[0].info.status,
        "params": parents[0].data.params,
        "metrics": parents[0].data.metrics,
        "class": parents[0].data.tags["estimator_class"],
        "files": sorted(file.path for file in files),
        "of children": [
            {"params": run.data.params, "metrics": run.data.metrics}
            for run in sorted(
                children, key=lambda run: run.data.metrics["rank_test_score"]
            )
        ],
    }


if __name__ == "__main__":
    assert sklearn_hp.__name__
    if ORDER != "autolog first":
        switch_on()
    print(json.dumps({name: report(name) for name in sys.argv[3:] or SCENARIOS}))
