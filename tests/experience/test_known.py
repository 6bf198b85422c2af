"""A known estimator in the user's space."""

import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp._experience import _store, start_points
from sklearn_hp._experience._store import Experience, load
from tests.experience.test_start_points import WIDE, X, candidates, y


class Boosting(RegressorMixin, BaseEstimator):
    """Of which something can be made up."""

    def __init__(self, rate=0.1, n_steps=100, layers=(100,), kind="a", shape=1.0):
        self.rate = rate
        self.n_steps = n_steps
        self.layers = layers
        self.kind = kind
        self.shape = shape


@pytest.fixture
def known(monkeypatch):
    """Return a function that says what is known of Boosting."""

    def know(*points, **kwargs):
        kwargs = {"products": [], "fixed": {}, "none_means": {}, **kwargs}
        kwargs = {"relative_to": {}, "only_if": {}, "neutral": {}, "when": {}, **kwargs}
        made_up = Experience(
            name="Boosting", suggested=[], ranges={}, points=list(points), **kwargs
        )
        monkeypatch.setattr(_store, "load", lambda: {"tests.Boosting": made_up})

    return know


# ------------------------------------------------------------------ what decides


@pytest.mark.parametrize("kernel", ["rbf", "poly", "linear"])
@pytest.mark.parametrize("how", ["estimator", "list"])
def test_points_of_the_kernel_come_first(kernel, how):
    space = {"C": WIDE}
    if how == "list":
        space["kernel"] = [kernel]
    estimator = SVC(kernel=kernel) if how == "estimator" else SVC()
    points = load()["sklearn.SVC"].points
    expected = [point["C"] for point in points if point["kernel"] == kernel]
    expected += [point["C"] for point in points if point["kernel"] != kernel]
    found = [params["C"] for params in candidates(estimator, space)]
    assert found == list(dict.fromkeys(expected))


def test_several_kernels_to_choose_from():
    space = {"C": WIDE, "kernel": ["poly", "rbf"]}
    offered = [
        {"C": point["C"], "kernel": point["kernel"]}
        for point in load()["sklearn.SVC"].points
        if point["kernel"] in space["kernel"]
    ]
    assert candidates(SVC(), space, len(offered)) == offered


def test_a_rate_for_a_fixed_number_of_steps(known):
    known({"rate": 0.1, "n_steps": 100}, products=[("rate", "n_steps", 1)])
    for n_steps in (400, np.int64(400), 400.0):
        assert candidates(Boosting(n_steps=n_steps), {"rate": WIDE}) == [
            {"rate": pytest.approx(0.025)}
        ]
    steps = stats.randint(1, 10**4)
    assert candidates(Boosting(rate=0.01), {"n_steps": steps}) == [{"n_steps": 1000}]
    for other in (None, 0, "many", np.array([1, 2])):
        assert candidates(Boosting(n_steps=other), {"rate": WIDE}) == [{"rate": 0.1}]
    known(
        {"rate": 0.1, "n_steps": 100},
        products=[("rate", "n_steps", 1)],
        none_means={"n_steps": 50},
    )
    assert candidates(Boosting(n_steps=None), {"rate": WIDE}) == [{"rate": 0.2}]


def test_a_rate_for_a_range_of_steps(known):
    known({"rate": 0.1, "n_steps": 100}, products=[("rate", "n_steps", 1)])
    for steps, n_steps, rate in [
        (stats.randint(10, 500), 100, 0.1),
        ([400], 400, 0.025),
        (stats.randint(200, 500), 200, 0.05),
        ([10, 50], 50, 0.2),
    ]:
        (params,) = candidates(Boosting(), {"n_steps": steps, "rate": WIDE})
        assert params == {"n_steps": n_steps, "rate": pytest.approx(rate)}


def test_a_rate_where_steps_were_not_varied(known):
    known({"rate": 0.1}, products=[("rate", "n_steps", 1)], fixed={"n_steps": 20})
    (params,) = candidates(Boosting(n_steps=40), {"rate": WIDE})
    assert params == {"rate": pytest.approx(0.05)}
    space = {"rate": WIDE, "n_steps": stats.randint(10, 500)}
    (params,) = candidates(Boosting(n_steps=200), space)
    assert params["rate"] * params["n_steps"] == pytest.approx(2)


def test_a_rate_that_is_weighed_against_a_root_of_the_steps(known):
    known({"rate": 0.1, "n_steps": 100}, products=[("rate", "n_steps", 0.5)])
    (params,) = candidates(Boosting(n_steps=400), {"rate": WIDE})
    assert params == {"rate": pytest.approx(0.05)}
    (params,) = candidates(Boosting(rate=0.05), {"n_steps": stats.randint(1, 10**4)})
    assert params == {"n_steps": 400}


def test_layers(known):
    known({"layers": (200, 50)})
    for choices, expected in [
        ([(10,), (100, 100)], (100, 100)),
        ([[10], [300]], [300]),
        ([(10,), "auto"], (10,)),
        ([10, 100, 1000], 100),  # of one layer
        ([10, 300], 300),
    ]:
        (params,) = candidates(Boosting(), {"layers": choices})
        assert params["layers"] == expected


def test_points_that_lack_a_parameter(known):
    known(
        {"shape": 2.0, "kind": "a"}, {"kind": "b"}, only_if={"shape": {"kind": ["a"]}}
    )
    space = {"shape": WIDE, "kind": ["a", "b"]}
    assert candidates(Boosting(shape=7.0), space) == [
        {"shape": 2.0, "kind": "a"},
        {"shape": 7.0, "kind": "b"},
    ]
    # the other kind's is better than nothing, a point without the parameter is not
    assert candidates(Boosting(kind="b"), {"shape": WIDE}) == [{"shape": 2.0}]


def test_what_others_depend_on_is_as_it_was_measured(known):
    known({"shape": 2.0}, fixed={"kind": "b"}, only_if={"shape": {"kind": ["b"]}})
    space = {"shape": WIDE, "kind": ["a", "b"]}
    assert candidates(Boosting(kind="a"), space) == [{"shape": 2.0, "kind": "b"}]
    # where it is not offered, the own value remains
    space = {"shape": WIDE, "kind": ["a", "c"]}
    assert candidates(Boosting(kind="c"), space) == [{"shape": 2.0, "kind": "c"}]


def test_a_neutral_value_where_others_would_fail(known):
    facts = {"only_if": {"shape": {"kind": ["b"]}}, "neutral": {"shape": 0.0}}
    known({"rate": 0.1}, {"rate": 0.1, "shape": 2.0}, **facts)
    values = stats.uniform(0, 5)
    space = {"rate": WIDE, "shape": values}
    first = candidates(Boosting(kind="a"), space, 1)
    assert first == [{"rate": 0.1, "shape": 0.0}]
    assert candidates(Boosting(kind="b", shape=3), space) == [
        {"rate": 0.1, "shape": 3},
        {"rate": 0.1, "shape": 2.0},
    ]


def test_a_neutral_value_where_what_it_needs_is_not_offered(known):
    facts = {"only_if": {"shape": {"kind": ["b"]}}, "neutral": {"shape": 0.0}}
    known({"kind": "b", "shape": 2.0}, **facts)
    space = {"kind": ["a", "c"], "shape": stats.uniform(0, 5)}
    assert candidates(Boosting(kind="c"), space) == [{"kind": "c", "shape": 0.0}]
    space["kind"] = ["a", "b"]
    assert candidates(Boosting(kind="a"), space) == [{"kind": "b", "shape": 2.0}]


@pytest.mark.parametrize("solver", ["saga", "lbfgs"])
def test_penalties_that_a_solver_lacks(solver):
    pipe = make_pipeline(StandardScaler(), LogisticRegression(solver=solver))
    space = {
        "logisticregression__C": WIDE,
        "logisticregression__l1_ratio": stats.uniform(0, 1),
        "logisticregression__solver": ["lbfgs", "saga"],
    }
    found = candidates(pipe, space, 8, X, y > 0)
    assert len(found) == 8
    for params in found:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            clone(pipe).set_params(**params).fit(X, y > 0)


# ------------------------------------------------------------------ relative to data


def test_a_width_by_the_number_of_features():
    space = {"svc__gamma": WIDE}
    pipe = make_pipeline(StandardScaler(), SVC())
    rbf = [p for p in load()["sklearn.SVC"].points if p["kernel"] == "rbf"]
    few = candidates(pipe, space, len(rbf), X=X)
    many = candidates(pipe, space, len(rbf), X=np.hstack([X] * 10))
    for a, b in zip(few, many, strict=True):
        assert a["svc__gamma"] == pytest.approx(10 * b["svc__gamma"], rel=0.01)
    assert few[0]["svc__gamma"] == pytest.approx(rbf[0]["gamma"] / 4, rel=0.01)


def test_a_width_by_the_variance_if_nothing_scales():
    bare = candidates(SVC(), {"gamma": WIDE}, X=1000 * X)
    scaled = candidates(make_pipeline(MinMaxScaler(), SVC()), {"svc__gamma": WIDE}, X=X)
    ratio = scaled[0]["svc__gamma"] / bare[0]["gamma"]
    within = MinMaxScaler().fit_transform(X).var()
    assert ratio == pytest.approx(1e6 * X.var() / within, rel=0.01)  # of three digits


@pytest.mark.parametrize("estimator", [Lasso(), ElasticNet()])
def test_a_penalty_by_the_scale_of_the_target(estimator):
    small = candidates(estimator, {"alpha": WIDE}, X=X, y=y)
    large = candidates(estimator, {"alpha": WIDE}, X=X, y=1000 * y)
    for a, b in zip(small, large, strict=True):
        assert b["alpha"] == pytest.approx(1000 * a["alpha"], rel=0.01)
    scaled = TransformedTargetRegressor(estimator, transformer=StandardScaler())
    same = candidates(scaled, {"regressor__alpha": WIDE}, X=X, y=1000 * y)
    assert same == candidates(scaled, {"regressor__alpha": WIDE}, X=X, y=y)


def test_data_are_looked_at_only_for_what_is_relative_to_them():
    class Forbidden:
        shape = property(lambda self: pytest.fail("it is looked at"))
        columns = shape

    space = {"max_depth": [1, 2, None], "ccp_alpha": WIDE}
    assert candidates(DecisionTreeClassifier(), space, 5, Forbidden(), Forbidden())
    assert candidates(SVC(), {"C": WIDE}, 5, Forbidden(), Forbidden())
    assert start_points(Ridge(alpha=1e9), {"alpha": WIDE}, 5, Forbidden(), Forbidden())


def test_text_that_words_are_counted_in():
    texts = ["a b", "c"] * 20
    assert candidates(SVC(), {"C": WIDE, "gamma": WIDE}, 5, texts, ["x", "y"] * 20)
