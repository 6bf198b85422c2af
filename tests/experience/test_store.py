"""The file of experience: what must hold of each entry, whatever was learnt."""

import math
from importlib import import_module
from importlib.resources import files

import numpy as np
import pytest
from sklearn.base import BaseEstimator, is_classifier
from sklearn.linear_model import LogisticRegression, MultiTaskLasso
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from sklearn.utils import all_estimators

from sklearn_hp._experience._store import find, load

ESTIMATORS = dict(all_estimators())
ENTRIES = sorted(load())
QUANTITIES = {"1/(n_features*x_var)", "y_std", "y_var"}


def made(key):
    """Return an estimator of the kind that is known."""
    package, _, name = key.partition(".")
    name = name.partition(",")[0]
    if package == "sklearn":
        when = {parameter: values[0] for parameter, values in load()[key].when.items()}
        return ESTIMATORS[name](**when)
    if package in ("lightgbm", "xgboost"):
        quiet = {"lightgbm": {"verbose": -1}, "xgboost": {}}[package]
        return getattr(pytest.importorskip(package), name)(n_jobs=1, **quiet)
    assert package == "sklearn_hp"
    pytest.importorskip("torch")
    params = {"device": "cpu"}
    if "CNN" in name:
        params["image_shape"] = (2, 2)
    elif "MLP" not in name:
        params["module"] = import_module("tests.neural_network.networks").TwoLayers
    return getattr(import_module("sklearn_hp.neural_network"), name)(**params)


def check_params(estimator):
    """Let scikit-learn's own and our estimators check what they were given."""
    if hasattr(estimator, "_parameter_constraints"):
        estimator._validate_params()


def test_it_is_small():
    assert files("sklearn_hp._experience").joinpath(
        "experience.json"
    ).stat().st_size < (200_000)
    assert load() is load(), "it is read once"


@pytest.mark.parametrize("key", ENTRIES)
def test_all_names_are_parameters(key):
    experience, names = load()[key], made(key).get_params(deep=False)
    assert experience.name == type(made(key)).__name__
    assert len(experience.points) == 16
    alike = experience.points_alike
    assert len(alike) == (16 if is_classifier(made(key)) else 0)
    for point in [*experience.points, *alike]:
        assert point.keys() <= names.keys()
    assert set(experience.suggested) <= experience.ranges.keys() <= names.keys()
    assert experience.relative_to.keys() <= names.keys()
    assert set(experience.relative_to.values()) <= QUANTITIES
    assert experience.only_if.keys() <= names.keys()
    assert experience.deciding <= names.keys()
    for rate, steps, power in experience.products:
        assert {rate, steps} <= names.keys()
        assert 0 < power <= 1
    assert len(set(experience.suggested)) == len(experience.suggested) > 0


@pytest.mark.parametrize("key", ENTRIES)
def test_points_are_different_and_valid(key):
    experience = load()[key]
    portfolios = [experience.points, experience.points_alike]
    for points in portfolios:
        assert all(point not in points[:number] for number, point in enumerate(points))
    for point in [point for points in portfolios for point in points]:
        assert not any(isinstance(value, list) for value in point.values())
        numbers = [value for value in point.values() if isinstance(value, float)]
        assert all(map(math.isfinite, numbers))
        check_params(made(key).set_params(**point))


@pytest.mark.parametrize("key", ENTRIES)
def test_ranges_hold_most_points(key):
    experience = load()[key]
    for name, known in experience.ranges.items():
        learnt = [point[name] for point in experience.points if name in point]
        if "choices" in known:
            choices = [tuple(c) if isinstance(c, list) else c for c in known["choices"]]
            assert choices
            assert all(value in choices for value in learnt)
            continue
        low, high = known["low"], known["high"]
        assert math.isfinite(low)
        assert low < high < math.inf
        assert not known["log"] or low > 0
        inside = [low / 3 <= value <= high * 3 for value in learnt]
        assert sum(inside) >= 0.75 * len(inside)
        if known["integer"]:
            assert all(isinstance(value, int) for value in [*learnt, low, high])


@pytest.mark.parametrize("key", ENTRIES)
def test_parameters_stand_where_they_matter(key):
    experience = load()[key]
    for point in [*experience.points, *experience.points_alike]:
        for name in point:
            assert experience.applies(name, point), f"{name} in {point}"


def test_a_parameter_applies():
    experience = load()["sklearn.SVC"]
    assert experience.applies("gamma", {"kernel": "rbf"})
    assert not experience.applies("gamma", {"kernel": "linear"})
    assert not experience.applies("gamma", {"kernel": print})
    assert experience.applies("gamma", {}), "nothing is said of it"
    assert experience.applies("C", {"kernel": "linear"})
    assert "kernel" in experience.deciding
    # compared without asking an array whether it is true
    assert not experience.applies("gamma", {"kernel": np.array(["rbf", "poly"])})


def test_points_for_metrics_that_count_classes_alike():
    known = load()["sklearn.SVC"]
    assert known.points_for(False) is known.points
    assert known.points_for(True) is known.points_alike
    assert all(p["class_weight"] == "balanced" for p in known.points_alike[:4])
    ridge = load()["sklearn.Ridge"]
    assert ridge.points_for(True) is ridge.points


class MySVC(SVC):
    """A subclass, of another package."""


def test_an_estimator_is_found_by_the_nearest_class():
    known = load()
    assert find(SVC()) is find(MySVC()) is known["sklearn.SVC"]
    assert find(MultiTaskLasso()) is known["sklearn.ElasticNet"]


def test_what_is_known_for_some_values():
    known = load()
    for solver, key in [("saga", ""), ("lbfgs", ", l2"), ("sag", ", l2")]:
        found = find(LogisticRegression(solver=solver))
        assert found is known[f"sklearn.LogisticRegression{key}"]
        assert found.name == "LogisticRegression"


def test_what_inherits_and_is_unlike():
    xgboost = pytest.importorskip("xgboost")
    assert find(xgboost.XGBRegressor()) is load()["xgboost.XGBRegressor"]
    assert find(xgboost.XGBRFRegressor()) is find(xgboost.XGBRFClassifier()) is None


def test_others_are_not_found():
    other = type("SVC", (BaseEstimator,), {"__module__": "elsewhere.svm"})
    for unknown in (other(), GaussianNB(), SVC, None, "passthrough", 3, print):
        assert find(unknown) is None
