"""Learnt points in the user's space."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
)
from sklearn.discriminant_analysis import (
    QuadraticDiscriminantAnalysis as QDA,
)
from sklearn.ensemble import (
    BaggingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp.experience import StartPoint, _start_points, _store, start_points
from sklearn_hp.experience._quantities import Data
from sklearn_hp.experience._store import Experience, load
from sklearn_hp.space import SearchSpace, log_randint
from tests.space.test_search_space import Coin

WIDE = stats.loguniform(1e-12, 1e12)
X = np.random.default_rng(0).normal(size=(50, 4))
y = X[:, 0] * 3
TREE = "DecisionTreeClassifier"


def learnt_points(estimator, space, n_points, X=None, y=None, **kwargs):
    data = Data(X, y)
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


# ------------------------------------------------------------------ choices


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
    assert all(any(one is choice for choice in choices) for one in used)
    assert len({id(one) for one in used}) > 1


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
