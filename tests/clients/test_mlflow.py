"""``mlflow.sklearn.autolog()`` logs our searches as it logs scikit-learn's."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from sklearn_hp._clients import announced_to_mlflow
from sklearn_hp._clients._mlflow import _add

# MLflow replaces methods of all estimators, so it runs in a process of its own.
needs_mlflow = pytest.mark.skipif(find_spec("mlflow") is None, reason="needs mlflow")
ROOT = Path(__file__).parents[2]


def logged(folder, order, n_jobs, *names):
    """Return by name of a scenario what was logged."""
    code = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}('tests.clients.mlflow_runs', run_name='__main__', alter_sys=True)",
            str(ROOT),
            order,
            str(n_jobs),
            *names,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def check_equal(ours, theirs):
    """Check that ours was logged as scikit-learn's, but for parameters it lacks."""
    for key in ("n_parents", "n_children", "status", "files"):
        assert ours[key] == theirs[key], key
    assert theirs["params"].keys() <= ours["params"].keys()
    for name, value in theirs["params"].items():
        if name.startswith("best_"):
            assert ours["params"][name] == value
    of_ours = {name.replace("GridSearchCV", "") for name in ours["metrics"]}
    assert of_ours == {name.replace("GridSearchCV", "") for name in theirs["metrics"]}
    assert ours["metrics"]["best_cv_score"] == theirs["metrics"]["best_cv_score"]
    assert len(ours["of children"]) == len(theirs["of children"])
    for child, other in zip(ours["of children"], theirs["of children"], strict=True):
        assert child["params"] == other["params"]
        assert child["metrics"].keys() == other["metrics"].keys()
        for metric in ("mean_test_score", "rank_test_score"):
            assert child["metrics"][metric] == other["metrics"][metric]


@needs_mlflow
@pytest.mark.parametrize(
    ("order", "n_jobs"),
    [
        ("ours first", 1),
        pytest.param("mlflow first", 2, marks=pytest.mark.slow),
        pytest.param("autolog first", 2, marks=pytest.mark.slow),
    ],
)
def test_searches_are_logged_as_those_of_scikit_learn(tmp_path, order, n_jobs):
    names = ["grid", "grid of scikit-learn", "bayes"]
    found = logged(tmp_path, order, n_jobs, *names)
    check_equal(found["grid"], found["grid of scikit-learn"])
    assert found["grid"]["n_children"] == 1  # as many as autolog() allows
    bayes = found["bayes"]
    assert (bayes["n_parents"], bayes["n_children"]) == (1, 1)
    assert bayes["params"]["best_C"] == found["grid"]["params"]["best_C"]
    assert bayes["class"].endswith("BayesSearchCV")


@needs_mlflow
@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_searches_inside_and_around_others(tmp_path, n_jobs):
    found = logged(tmp_path, "mlflow first", n_jobs)
    for name in ("random", "steps"):
        check_equal(found[name], found[f"{name} of scikit-learn"])
    for name in ("in a pipeline", "in a search"):
        theirs = found[f"{name} of scikit-learn"]
        for key in ("n_parents", "n_children", "class", "files"):
            assert found[name][key] == theirs[key]
    for name in ("around a search", "around an ensemble"):
        assert (found[name]["n_parents"], found[name]["n_children"]) == (1, 1)
    # MLflow mutes cross_val_score, and what a subclass does besides is its own
    assert found["cross-validated"] == {"n_parents": 0, "n_children": 0}
    assert found["own subclass"]["n_parents"] == 1


def test_nothing_happens_without_mlflow_or_while_autologging_is_off(monkeypatch):
    name = "mlflow.utils.autologging_utils"
    monkeypatch.delitem(sys.modules, name, raising=False)
    assert not announced_to_mlflow(object)
    switched_off = ModuleType(name)
    switched_off.autologging_is_disabled = lambda flavor: flavor == "sklearn"
    monkeypatch.setitem(sys.modules, name, switched_off)
    assert not announced_to_mlflow(object)


def test_an_unknown_version_of_mlflow_is_told_of(monkeypatch):
    for name in ("mlflow", "mlflow.sklearn", "mlflow.sklearn.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    mlflow = sys.modules["mlflow"]
    mlflow.__version__ = "99.0"
    mlflow.sklearn = sys.modules["mlflow.sklearn"]
    mlflow.sklearn.utils = sys.modules["mlflow.sklearn.utils"]
    with pytest.warns(UserWarning, match=r"MLflow 99.0 logs the fits inside"):
        assert not _add(object, ModuleType("autologging_utils"))
