"""Results of earlier searches are read from whatever form a user has them in."""

import io
import sys

import numpy as np
import pandas as pd
import polars
import pytest
from scipy.stats import loguniform, randint
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import sklearn_hp
from sklearn_hp.model_selection._prior._sources import read
from tests.faults import Faulty
from tests.model_selection.test_processes import InterruptsOnThirdFit

X, y = load_iris(return_X_y=True)
SPACE = [
    {"kernel": ["rbf"], "C": loguniform(1e-2, 1e2), "gamma": ["scale", 0.1]},
    {"kernel": ["poly"], "degree": randint(1, 4), "class_weight": [None, "balanced"]},
    {"kernel": ["linear"], "C": [1, 10], "shrinking": [True, False]},
]


@pytest.fixture(scope="module")
def search():
    return RandomizedSearchCV(SVC(), SPACE, n_iter=20, cv=2, random_state=1).fit(X, y)


def from_csv(search, **columns):
    table = pd.DataFrame(search.cv_results_).assign(**columns)
    return pd.read_csv(io.StringIO(table.to_csv()))


def drop_params(search):
    """Without the candidates as dicts: columns must do."""
    return from_csv(search).drop(columns="params")


@pytest.mark.parametrize(
    "form",
    [
        lambda search: search,
        lambda search: search.cv_results_,
        lambda search: pd.DataFrame(search.cv_results_),
        lambda search: pd.DataFrame(search.cv_results_).to_dict(),
        lambda search: dict(
            pd.DataFrame(search.cv_results_).set_index("mean_fit_time")
        ),
        from_csv,
        drop_params,
        lambda search: polars.read_csv(drop_params(search).to_csv().encode()),
    ],
    ids=["search", "dict", "frame", "dicts", "series", "csv", "columns", "polars"],
)
def test_every_form_has_the_same_results(form, search):
    results = read(form(search), SPACE)
    for found, params in zip(
        results.candidates, search.cv_results_["params"], strict=True
    ):
        assert found.keys() == params.keys()
        for name, value in found.items():
            # older pandas lose the last digit of a float
            exact = not isinstance(value, float)
            assert value == (params[name] if exact else pytest.approx(params[name]))
        assert [type(v) for v in found.values() if not isinstance(v, float)] == [
            type(params[name]) for name, v in found.items() if not isinstance(v, float)
        ]
    assert list(results.scores) == ["score"]
    np.testing.assert_allclose(
        results.scores["score"], search.cv_results_["mean_test_score"], rtol=1e-12
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring="f1_macro"),
        lambda: sklearn_hp.GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring="f1_macro"),
    ],
)
def test_a_fitted_search_says_what_its_scores_are(make):
    results = read(make().fit(X, y), {"C": [1, 2]})
    assert results.scoring == "f1_macro"
    assert results.own["kernel"] == "rbf"


def test_of_halving_the_last_score_of_each_candidate_counts():
    search = HalvingRandomSearchCV(
        LogisticRegression(max_iter=2000),
        {"C": loguniform(1e-2, 1e2)},
        n_candidates=6,
        min_resources=30,
        random_state=0,
    ).fit(X, y)
    results = read(search, {})
    assert len(results.candidates) == 6
    best = results.candidates.index(search.best_params_)
    assert results.scores["score"][best] == search.best_score_


def test_several_metrics():
    scoring = ["accuracy", "f1_macro"]
    search = GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring=scoring, refit=False)
    results = read(search.fit(X, y).cv_results_, {})
    assert list(results.scores) == scoring


def test_failed_and_interrupted_candidates():
    """What failed counts as such; of what lacks splits, the others count."""
    InterruptsOnThirdFit.n_fits = 0
    grid = {"quality": [0.1, 0.2, 0.3], "fault": [None]}
    search = sklearn_hp.GridSearchCV(InterruptsOnThirdFit(), grid, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert read(search, grid).scores["score"].tolist() == [0.1, 0.2]

    grid = {"quality": [0.1, 0.2], "fault": [None, "exception"]}
    search = sklearn_hp.GridSearchCV(Faulty(), grid, cv=2, refit=False)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, y)
    np.testing.assert_array_equal(
        read(search, grid).scores["score"], [0.1, 0.2, np.nan, np.nan]
    )


@pytest.mark.parametrize("direction, sign", [("maximize", 1), ("minimize", -1)])
def test_a_study_of_optuna(direction, sign):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=direction)

    def objective(trial):
        C = trial.suggest_float("C", 0.01, 100, log=True)
        if trial.number == 4:  # it is not known which candidate that was
            raise ArithmeticError
        trial.suggest_categorical("kernel", ["rbf", "poly"])
        if trial.number == 2:
            raise optuna.TrialPruned
        if trial.number == 3:
            raise ArithmeticError
        return C

    study.optimize(objective, n_trials=7, catch=ArithmeticError)
    results = read(study, {})
    kept = [trial for trial in study.trials if trial.number not in (2, 4)]
    assert results.candidates == [trial.params for trial in kept]
    assert results.scores["score"][:2].tolist() == [sign * t.value for t in kept[:2]]
    assert np.isnan(results.scores["score"]).tolist() == [
        False,
        False,
        True,
        *[False] * 2,
    ]

    study = optuna.create_study(directions=["maximize", "minimize"])
    with pytest.raises(ValueError, match="study of 2 objectives"):
        read(study, {})
    with pytest.raises(TypeError, match=r"got a TPESampler of Optuna. Pass the study"):
        read(optuna.samplers.TPESampler(), {})


def test_a_checkpoint(tmp_path):
    path = tmp_path / "search.db"
    search = sklearn_hp.RandomSearchCV(
        SVC(), SPACE, n_iter=8, cv=2, random_state=1, checkpoint=path
    ).fit(X, y)
    results = read(path, SPACE)
    assert results.candidates == search.cv_results_["params"]
    np.testing.assert_allclose(
        results.scores["score"], search.cv_results_["mean_test_score"]
    )
    csv = tmp_path / "results.csv"
    csv.write_text("mean_test_score\n")
    with pytest.raises(ValueError, match=r"Read a CSV file with pandas.read_csv first"):
        read(csv, SPACE)


def test_estimators_of_a_checkpoint_are_found_in_the_space(tmp_path):
    path = tmp_path / "search.db"
    space = {"estimator": [SVC(C=2), DecisionTreeClassifier()], "n_estimators": [1, 2]}
    search = sklearn_hp.GridSearchCV(
        BaggingClassifier(random_state=0), space, cv=2, checkpoint=path
    ).fit(X, y)
    found = read(path, space).candidates
    assert found == search.cv_results_["params"]
    assert all(one["estimator"] in space["estimator"] for one in found)


def test_optuna_is_not_imported_for_other_results(search):
    if "optuna" not in sys.modules:
        read(search, SPACE)
        assert "optuna" not in sys.modules


@pytest.mark.parametrize(
    "source, error, message",
    [
        (
            3,
            TypeError,
            "prior_results must be a cv_results_ dict, .* got 3 of type int",
        ),
        ("no such.db", FileNotFoundError, "There is no checkpoint .*no such.db"),
        (SVC(), ValueError, "is a SVC that has no cv_results_. Fit it first"),
        ({"C": [1]}, ValueError, "has no mean_test_score, .* its columns are C. Pass"),
        (
            {"candidate": [0], "split": [0], "test_score": [1.0]},
            ValueError,
            "Of a checkpoint, pass the path, and not what load_history returns",
        ),
        (
            {"mean_test_score": [1.0]},
            ValueError,
            r"has neither params nor columns param_\*",
        ),
        (
            {"params": [{"C": 1}, {"C": 2}], "mean_test_score": [1.0]},
            ValueError,
            "one entry for each candidate, .* lengths: params 2, mean_test_score 1",
        ),
        (
            {"params": [{"C": 1}], "mean_test_score": ["good"]},
            ValueError,
            "scores in prior_results must be numbers, or NaN for none: .*'good'",
        ),
        (
            {"params": ["{'C': SVC()}"], "mean_test_score": [1.0]},
            ValueError,
            r"params that are text and cannot be read, such as .*SVC.*Keep these col",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(source, error, message):
    with pytest.raises(error, match=message):
        read(source, {})


def test_text_that_stands_for_an_estimator_is_found_in_the_space():
    space = {"base": [SVC(), DecisionTreeClassifier()], "layers": [(8,), (8, 8)]}
    table = {
        "params": ["{'base': SVC(), 'layers': (8,)}", "{'base': x, 'layers': (8, 8)}"],
        "param_base": ["SVC()", "DecisionTreeClassifier()"],
        "param_layers": ["(8,)", "(8, 8)"],
        "mean_test_score": ["0.5", "0.25"],
    }
    results = read(table, space)
    assert results.candidates[0]["base"] is space["base"][0]
    assert results.candidates[1]["base"] is space["base"][1]
    assert [one["layers"] for one in results.candidates] == space["layers"]
    assert results.scores["score"].tolist() == [0.5, 0.25]
