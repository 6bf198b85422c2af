"""Branches: each choice of the estimators inside."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
)
from sklearn.discriminant_analysis import (
    QuadraticDiscriminantAnalysis as QDA,
)
from sklearn.ensemble import (
    VotingClassifier,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp._experience import start_points
from tests.experience.test_start_points import (
    WIDE,
    X,
    candidates,
    learnt_points,
    stored,
    y,
)
from tests.space.test_search_space import Coin


def test_estimators_in_turn():
    pipe = Pipeline([("scale", StandardScaler()), ("model", GaussianNB())])
    models = [SVR(), Ridge(), GaussianProcessRegressor()]
    for space in (
        {"model": models, "model__alpha": WIDE, "model__C": WIDE},
        [
            {"model": models[:1], "model__C": WIDE},
            {"model": models[1:2], "model__alpha": WIDE},
            {"model": models[2:], "model__alpha": WIDE},
        ],
    ):
        points = learnt_points(pipe, space, 6, X, y)
        used = [models.index(point.params["model"]) for point in points]
        assert used == [0, 1, 2, 0, 1, 0], "one where nothing is known"
        assert points[0].source == "learnt for SVR (model)"
        assert points[1].source == "learnt for Ridge (model)"
        assert points[2].source == (
            "for GaussianProcessRegressor, of which nothing is known"
        )
        assert points[2].params["model__alpha"] == pytest.approx(1e-10), "its own"
        ridge = [points[number].params["model__alpha"] for number in (1, 4)]
        assert ridge == [point["alpha"] for point in stored("Ridge", "alpha")[:2]]
        assert points[0].params["model"] is models[0], "the very object"


def test_more_branches_than_points():
    models = [SVC(), GaussianNB(), LogisticRegression(), LinearDiscriminantAnalysis()]
    models += [KNeighborsClassifier(), DecisionTreeClassifier(), QDA()]
    pipe = Pipeline([("model", models[0])])
    for space in ({"model": models}, [{"model": [model]} for model in models]):
        space_of_C = space | {"model__C": WIDE} if isinstance(space, dict) else space
        if isinstance(space, list):
            space_of_C = [space[0] | {"model__C": WIDE}, *space[1:]]
        points = learnt_points(pipe, space_of_C, 3, X, y)
        assert [models.index(point.params["model"]) for point in points] == [*range(7)]
        assert learnt_points(pipe, space_of_C, 0, X, y) == []
        # of none of them is anything known
        unknown = [{"model": [model]} for model in (GaussianNB(), QDA())]
        assert learnt_points(pipe, unknown, 3, X, y) == []


def test_what_was_tried_need_not_be_tried_again():
    pipe = Pipeline([("model", GaussianNB())])
    space = [{"model": [GaussianNB()]}, {"model": [Ridge()], "model__alpha": WIDE}]
    points = learnt_points(
        pipe, space, 2, X, y, besides=[{"model": space[0]["model"][0]}]
    )
    assert [type(point.params["model"]) for point in points] == [Ridge, Ridge]


def test_preprocessing_as_a_choice():
    choices = [StandardScaler(), MinMaxScaler(), "passthrough", None]
    pipe = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    found = candidates(pipe, {"scale": choices, "svc__C": WIDE}, 8)
    assert [params["svc__C"] for params in found] == [
        point["C"] for point in stored("SVC", "C")[:8]
    ]
    used = [params["scale"] for params in found]
    assert used[0] is choices[0], "first its own"
    assert {id(one) for one in used} == {id(one) for one in choices[:2]}, "no gap"
    for others in ([MinMaxScaler(), "passthrough"], ["passthrough", MinMaxScaler()]):
        (params,) = candidates(pipe, {"scale": others, "svc__C": WIDE}, 1)
        assert isinstance(params["scale"], MinMaxScaler), "the first that is a step"
    bare = Pipeline([("scale", "passthrough"), ("svc", SVC())])
    found = candidates(bare, {"scale": choices, "svc__C": WIDE}, 8)
    assert all(params["scale"] == "passthrough" for params in found)


def test_widths_for_the_scaler_that_is_kept():
    pipe = Pipeline([("scale", "passthrough"), ("svc", SVC())])
    own = {"scale": ["passthrough", StandardScaler()], "svc__gamma": WIDE}
    other = {"scale": [StandardScaler(), None], "svc__gamma": WIDE}
    (bare,), (scaled,) = (
        candidates(pipe, space, 1, X=1000 * X) for space in (own, other)
    )
    ratio = scaled["svc__gamma"] / bare["svc__gamma"]
    assert ratio == pytest.approx(1e6 * X.var(), rel=0.01)


def test_a_choice_inside_another_leaves_both_alone():
    inner = make_pipeline(StandardScaler(), SVC())
    own = inner.steps[-1][1]
    pipe = Pipeline([("model", GaussianNB())])
    space = {
        "model": [inner],
        "model__svc": [SVC(kernel="poly"), LogisticRegression()],
        "model__svc__C": WIDE,
    }
    before = repr(pipe), repr(inner), repr(space["model__svc"])
    assert len(candidates(pipe, space, 4)) == 4
    assert (repr(pipe), repr(inner), repr(space["model__svc"])) == before
    assert inner.steps[-1][1] is own


class Strict(BaseEstimator):
    """Raises what it likes where a parameter is set."""

    def __init__(self, C=1.0, gamma="scale"):
        self.C = C
        self.gamma = gamma

    def set_params(self, **params):
        raise KeyError("not this one")

    def predict(self, X):
        return X


def test_whatever_the_estimators_raise():
    space = [{"estimator": [SVC()], "estimator__C": WIDE}]
    assert learnt_points(Strict(), space, 3) == []
    own = Strict(gamma=np.array([1.0, 2.0]))
    listed = {"gamma": [0.1, 0.2, 0.3], "C": WIDE}
    assert start_points(own, listed, 5, X, y) == []
    listed = {"gamma": [np.array([1.0, 2.0]), np.array([3.0, 4.0])]}
    assert start_points(SVC(gamma=np.array([1.0, 2.0])), listed, 5, X, y)


def test_choices_share_what_is_seen_of_the_data():
    n_fits = []
    step = FunctionTransformer(lambda X: n_fits.append(len(X)) or X)
    pipe = Pipeline([("step", step), ("svc", SVC())])
    space = {"svc": [SVC(C=i) for i in range(1, 9)], "svc__gamma": WIDE}
    assert start_points(pipe, [space, space], 5, X, y > 0)
    assert len(n_fits) == 1


class NotCloned(BaseEstimator):
    def __init__(self, a=1):
        self.a = [a]

    def predict(self, X):
        return X


def test_choices_that_do_not_go_together():
    pipe = Pipeline([("model", GaussianNB())])
    space = {
        "model": [SVC(), make_pipeline(SVC()), NotCloned()],
        "model__svc": [SVC()],
        "model__svc__C": WIDE,
    }
    found = candidates(pipe, space, 3)
    assert all(params["model"] is space["model"][1] for params in found)
    assert len(found) == 3


def test_so_many_choices():
    pipe = Pipeline([(f"s{i}", StandardScaler()) for i in range(4)] + [("m", SVC())])
    models = [SVC(C=1 + i) for i in range(6)]
    found = candidates(pipe, {"m": models, "m__C": WIDE}, 16)
    assert len(found) == 16
    assert len({id(params["m"]) for params in found[:6]}) == 6
    # not a branch for each of very many
    many = {"m": [SVC(C=1 + i) for i in range(30)], "m__C": WIDE}
    assert len(candidates(pipe, many, 20)) == len(learnt_points(pipe, many, 2)) == 20
    # each at least once, not each with every other
    vote = VotingClassifier([("a", SVC()), ("b", SVC())])
    space = {"a": models, "b": models[:4], "a__C": WIDE}
    points = learnt_points(vote, space, 2)
    assert len(points) == 6
    for name in ("a", "b"):
        used = {id(point.params[name]) for point in points}
        assert used == {id(model) for model in space[name]}


def test_dicts_of_a_list_that_are_drawn_from_are_passed_over():
    space = [{"C": Coin(), "gamma": WIDE}, {"C": WIDE}]
    points = learnt_points(SVC(), space, 3)
    assert [point.params for point in points] == stored("SVC", "C")[:3]


def test_dicts_with_the_same_candidates():
    space = [{"alpha": [1, 10]}, {"alpha": [10, 1]}, {"alpha": [1]}]
    found = candidates(Ridge(), space)
    assert sorted(params["alpha"] for params in found) == [1, 10]
