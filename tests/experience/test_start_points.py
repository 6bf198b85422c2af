"""Learnt points as candidates of the user's space."""

import copy
import pickle

import numpy as np
import pytest
from scipy import stats
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp._experience import StartPoint, _start_points
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._store import load
from sklearn_hp.space import SearchSpace, log_randint
from tests.space.test_search_space import Coin

WIDE = stats.loguniform(1e-12, 1e12)
X = np.random.default_rng(0).normal(size=(50, 4))
y = X[:, 0] * 3
TREE = "DecisionTreeClassifier"


def learnt_points(estimator, space, n_points, X=None, y=None, **kwargs):
    data = Problem(X, y)
    return _start_points.learnt_points(estimator, space, n_points, data, **kwargs)


def stored(name, *parameters):
    """Return what was learnt of some parameters, without repetitions.

    Points for the kernel that is the default come first.
    """
    points = []
    learnt = load()[f"sklearn.{name}"].points
    for point in sorted(learnt, key=lambda one: one.get("kernel", "rbf") != "rbf"):
        part = {parameter: point[parameter] for parameter in parameters}
        if part not in points:
            points.append(part)
    return points


def candidates(estimator, space, n_points=16, X=None, y=None, **kwargs):
    points = learnt_points(estimator, space, n_points, X, y, **kwargs)
    known = SearchSpace(space)
    keys = [known.key(known.encode(point.params)) for point in points]
    assert len(set(keys)) == len(keys) <= n_points
    return [point.params for point in points]


# ------------------------------------------------------------------ where they go


def test_the_points_of_the_file_in_their_order():
    points = learnt_points(Ridge(), {"alpha": WIDE}, 16)
    assert [point.params for point in points] == stored("Ridge", "alpha")
    assert {point.source for point in points} == {"learnt for Ridge"}
    assert all(isinstance(point, StartPoint) for point in points)
    assert learnt_points(Ridge(), {"alpha": WIDE}, 3) == points[:3]
    assert learnt_points(Ridge(), {"alpha": WIDE}, 0) == []
    assert pickle.loads(pickle.dumps(points)) == points


@pytest.mark.parametrize(
    "estimator, prefix",
    [
        (make_pipeline(StandardScaler(), Ridge()), "ridge__"),
        (Pipeline([("my_2nd_model", Ridge())]), "my_2nd_model__"),
        (
            make_pipeline(ColumnTransformer([("n", PCA(), [0])]), Ridge()),
            "ridge__",
        ),
        (make_pipeline(make_pipeline(Ridge())), "pipeline__ridge__"),
        (TransformedTargetRegressor(Ridge()), "regressor__"),
        (StackingRegressor([("a", Ridge()), ("b", SVR())]), "a__"),
    ],
)
def test_prefixes(estimator, prefix):
    points = learnt_points(estimator, {f"{prefix}alpha": WIDE}, 16)
    assert [point.params for point in points] == [
        {f"{prefix}alpha": point["alpha"]} for point in stored("Ridge", "alpha")
    ]
    assert points[0].source == f"learnt for Ridge ({prefix[:-2]})"


def test_several_known_estimators_at_once():
    vote = VotingRegressor([("a", SVR()), ("b", Ridge())])
    space = {"a__gamma": WIDE, "b__alpha": WIDE, "weights": [None]}
    points = learnt_points(vote, space, 5, X)
    assert points[0].source == "learnt for SVR (a) and Ridge (b)"
    alphas = [point["alpha"] for point in stored("Ridge", "alpha")]
    assert [point.params["b__alpha"] for point in points] == alphas[:5]
    alone = candidates(SVR(), {"gamma": WIDE}, 5, X=X)
    gammas = [point.params["a__gamma"] for point in points]
    assert gammas == [params["gamma"] for params in alone]
    assert all(point.params["weights"] is None for point in points)


@pytest.mark.parametrize(
    "estimator, space",
    [
        (GaussianNB(), {"var_smoothing": WIDE}),
        (SVC(), {}),
        (SVC(), [{}]),
        (SVC(), {"tol": WIDE, "shrinking": [True, False]}),
        (SVC(), {"C": Coin()}),
        (BaggingClassifier(SVC()), {"estimator__C": WIDE}),
        (make_pipeline(StandardScaler(), "passthrough"), {"standardscaler": [None]}),
        (make_pipeline(SVC(), GaussianNB()), {"svc__C": WIDE}),
        (GaussianProcessRegressor(kernel=RBF()), {"kernel": [RBF(), WhiteKernel()]}),
    ],
)
def test_nothing_is_known(estimator, space):
    assert learnt_points(estimator, space, 5, X, y) == []


def test_candidates_to_leave_out():
    space = {"class_weight": [None, "balanced"]}
    assert len(candidates(SVC(), space)) == 2
    assert candidates(SVC(), space, besides=[{"class_weight": None}]) == [
        {"class_weight": "balanced"}
    ]
    assert candidates(SVC(), space, besides=candidates(SVC(), space)) == []


# ------------------------------------------------------------------ the user's space


def test_a_narrower_space():
    low, high = np.quantile([p["alpha"] for p in stored("Ridge", "alpha")], [0.3, 0.6])
    space = {"alpha": stats.loguniform(low, high)}
    expected = []
    for point in stored("Ridge", "alpha"):
        moved = float(np.clip(point["alpha"], low, high))
        if moved not in expected:
            expected.append(moved)
    found = [params["alpha"] for params in candidates(Ridge(), space)]
    assert found == pytest.approx(expected)
    assert len(found) > 2


def test_lists():
    listed = [100.0, 1e-3, 1.0]
    found = [params["alpha"] for params in candidates(Ridge(), {"alpha": listed})]
    for value, point in zip(found[:1], stored("Ridge", "alpha"), strict=False):
        assert value == min(listed, key=lambda one: abs(np.log(one / point["alpha"])))
    assert set(found) <= set(listed)


def test_one_parameter_of_many_is_searched():
    found = candidates(DecisionTreeClassifier(), {"max_features": stats.uniform()})
    assert found == stored("DecisionTreeClassifier", "max_features")


def test_depths_with_none_for_no_limit():
    space = {"max_depth": [None, 2, 4]}
    points = stored("DecisionTreeClassifier", "max_depth")
    found = candidates(DecisionTreeClassifier(), space)
    deepest = points[0]["max_depth"]
    expected = None if deepest >= 6 else 4 if deepest > 3 else 2
    assert found[0] == {"max_depth": expected}
    # in a Pipeline, and where None is all there is
    pipe = Pipeline([("tree", DecisionTreeClassifier())])
    assert candidates(pipe, {"tree__max_depth": [None]}) == [{"tree__max_depth": None}]
    strange = {"max_depth": [None, "deep", 3]}
    for params in candidates(DecisionTreeClassifier(), strange):
        assert params["max_depth"] in (None, 3)


@pytest.mark.parametrize(
    "values",
    [
        stats.randint(1, 5),
        log_randint(1, 400),
        stats.randint(0, 10**6),
        stats.randint(0, 10**6, loc=0.5),
        stats.poisson(5),
        stats.rv_discrete(values=([2, 9], [0.5, 0.5])),
        range(1, 100_000),
        np.arange(1, 8, 2),
        [7],
    ],
)
def test_integers(values):
    space = {"min_samples_leaf": values, "max_depth": values}
    found = candidates(DecisionTreeClassifier(), space)
    assert found
    for params in found:
        for value in params.values():
            assert isinstance(value, int | np.integer) or value % 1 == 0.5


def test_no_more_rows_than_there_are():
    known = {"min_samples_leaf": log_randint(1, 400)}
    many = max(p["min_samples_leaf"] for p in stored(TREE, "min_samples_leaf"))
    largest = max(
        params["min_samples_leaf"]
        for params in candidates(DecisionTreeClassifier(), known)
    )
    assert largest == many > 8
    found = candidates(DecisionTreeClassifier(), known, X=X[:40])
    assert max(params["min_samples_leaf"] for params in found) == 8, "a fifth of them"


def test_counts_for_shares_and_shares_for_counts():
    shares = [p["max_features"] for p in stored(TREE, "max_features")]
    counts = {"max_features": stats.randint(1, 5)}
    found = candidates(DecisionTreeClassifier(), counts, X=X)
    expected = dict.fromkeys(max(1, round(share * X.shape[1])) for share in shares)
    assert [params["max_features"] for params in found] == [*expected]
    leaves = [p["min_samples_leaf"] for p in stored(TREE, "min_samples_leaf")]
    as_shares = {"min_samples_leaf": stats.uniform(0, 0.5)}
    many = np.repeat(X, 100, axis=0)
    found = candidates(DecisionTreeClassifier(), as_shares, X=many)
    assert [params["min_samples_leaf"] for params in found] == pytest.approx(
        [leaf / len(many) for leaf in leaves]
    )


@pytest.mark.parametrize("values", [stats.norm(), stats.cauchy(), stats.expon()])
def test_unbounded_ranges_are_searched_within_quantiles(values):
    for params in candidates(SVC(), {"C": values}):
        # of a list of 0.1 %, with rounding
        assert 0.0009 < values.cdf(params["C"]) < 0.9991


def test_what_is_not_offered_is_left_as_the_estimator_has_it():
    own = {0: 1, 1: 5}
    space = {"C": WIDE, "class_weight": [{0: 9}, own]}
    for params in candidates(SVC(class_weight=own), space):
        assert params["class_weight"] is own
    # not offered either: the middle of what is
    for params in candidates(SVC(), {"C": WIDE, "class_weight": [{0: 9}]}):
        assert params["class_weight"] == {0: 9}
    assert candidates(SVC(), {"C": WIDE, "kernel": ["linear", "other"]})


def test_what_nothing_was_learnt_of_is_spread():
    space = {"C": WIDE, "tol": stats.loguniform(1e-6, 1e-1), "shrinking": [True, False]}
    found = candidates(SVC(), space, 8)
    middle = stats.loguniform(1e-6, 1e-1).ppf(0.5)
    assert found[0]["tol"] == pytest.approx(middle), "first the middle of a range"
    assert found[0]["shrinking"] is True, "and of a list, as it is"
    assert len({params["tol"] for params in found}) == 8
    assert {params["shrinking"] for params in found} == {True, False}
    assert found == candidates(SVC(), space, 8), "always the same"


def test_many_names():
    columns = [(f"s{i}", SplineTransformer(), [0]) for i in range(30)]
    pipe = make_pipeline(ColumnTransformer(columns), SVC())
    space = {
        f"columntransformer__s{i}__n_knots": stats.randint(3, 9) for i in range(30)
    }
    found = candidates(pipe, {**space, "svc__C": WIDE}, 4)
    assert [params["svc__C"] for params in found] == [
        point["C"] for point in stored("SVC", "C")[:4]
    ]
    assert list(found[0]) == [*space, "svc__C"]


# ------------------------------------------------------------------ no side effects


def test_nothing_is_changed_and_no_number_drawn():
    pipe = Pipeline([("scale", StandardScaler()), ("model", KNeighborsClassifier())])
    models = [KNeighborsClassifier(), SVC(random_state=np.random.RandomState(0))]
    space = {
        "model": models,
        "model__n_neighbors": stats.randint(1, 9),
        "scale__with_mean": [True, False],
    }
    before = repr(pipe), copy.copy(space), pickle.dumps(models)
    np.random.seed(0)  # noqa: NPY002
    candidates(pipe, space, 5, X, y)
    state = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert np.random.random() == state  # noqa: NPY002
    assert (repr(pipe), space, pickle.dumps(models)) == before
    assert space["model"] is models
