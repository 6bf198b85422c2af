"""BayesSearchCV as its users meet it."""

import copy
import inspect
import pickle
import re
import time
import warnings

import numpy as np
import pytest
from joblib import parallel_config
from scipy import stats
from sklearn import config_context, metrics
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import BayesSearchCV, RandomSearchCV
from sklearn_hp._experience import start_points
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._start_points import learnt_points
from sklearn_hp.samplers import GPSampler
from sklearn_hp.space import log_randint
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)
QUALITY = {"quality": stats.uniform()}


class Bumpy(ClassifierMixin, BaseEstimator):
    """Scores a smooth function of its parameters, after any number of milliseconds."""

    def __init__(self, a=2.0, b=2.0, kind="x", sleep=0.0):
        self.a = a
        self.b = b
        self.kind = kind
        self.sleep = sleep

    def fit(self, X, y):
        if self.sleep:
            # as the clock says: another time in each fit and each run
            time.sleep(self.sleep * (time.perf_counter_ns() // 1000 % 100) / 100)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        split = float(X[0, 0]) / 1000
        return split - (self.a - 0.3) ** 2 - abs(self.b - 0.6) + (self.kind == "y") / 10


BUMPY = {"a": stats.uniform(), "b": stats.uniform(), "kind": ["x", "y"]}


def search_for(estimator=None, space=BUMPY, **kwargs):
    estimator = Bumpy() if estimator is None else estimator
    kwargs = {"cv": 2, "random_state": 0, **kwargs}
    return BayesSearchCV(estimator, space, **kwargs)


def results_of(search):
    """Return all that does not depend on clocks."""
    return {
        name: list(np.ma.filled(column, -1) if "param_" in name else column)
        for name, column in search.cv_results_.items()
        if "time" not in name
    }


# ------------------------------------------------------------------ reproducible


@pytest.mark.parametrize("n_pending", [0, 1, 3, "auto"])
def test_one_seed_gives_one_result_whatever_the_workers_do(n_pending):
    kwargs = {"n_iter": 12, "n_pending": n_pending}
    expected = results_of(search_for(**kwargs).fit(X, y))
    slow = Bumpy(sleep=0.02)
    for backend, n_jobs in [("threading", 3), ("loky", 2)]:
        with parallel_config(backend=backend):
            search = search_for(slow, n_jobs=n_jobs, **kwargs).fit(X, y)
        assert results_of(search) == expected
    if n_pending == "auto":
        assert expected == results_of(search_for(n_iter=12, n_pending=2).fit(X, y))


def test_fewer_pending_is_another_search():
    searches = [search_for(n_iter=9, n_pending=n).fit(X, y) for n in (0, 3)]
    one, other = (search.cv_results_["params"] for search in searches)
    assert one[:4] == other[:4]
    assert one[4:] != other[4:]


@pytest.mark.parametrize("backend", ["multiprocessing", "sequential"])
def test_other_backends(backend):
    expected = results_of(search_for(n_iter=6).fit(X, y))
    with parallel_config(backend=backend):
        assert results_of(search_for(n_iter=6, n_jobs=2).fit(X, y)) == expected


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster():
    distributed = pytest.importorskip("distributed")
    expected = results_of(search_for(n_iter=8).fit(X, y))
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        parallel_config(backend="dask", n_jobs=2),
    ):
        assert results_of(search_for(n_iter=8).fit(X, y)) == expected


def test_fit_again_gives_the_same_and_leaves_the_parameters_alone():
    space = copy.deepcopy(BUMPY)
    search = search_for(
        space=space, n_iter=7, initial_points=[{"a": 0, "b": 0, "kind": "x"}]
    )
    before = dict(vars(search))
    first = results_of(search.fit(X, y))
    assert results_of(search.fit(X, y)) == first
    assert results_of(clone(search).fit(X, y)) == first
    for name, value in before.items():
        assert vars(search)[name] is value
    assert list(space) == list(BUMPY)


def test_seeds_of_other_kinds():
    def candidates(random_state):
        search = search_for(n_iter=6, random_state=random_state)
        return search.fit(X, y).cv_results_["params"]

    rng = np.random.RandomState(0)
    first = candidates(rng)
    assert candidates(rng) != first, "the generator moved on"
    assert candidates(np.random.RandomState(0)) == first
    np.random.seed(3)  # noqa: NPY002
    first = candidates(None)
    assert candidates(None) != first
    np.random.seed(3)  # noqa: NPY002
    assert candidates(None) == first


# ------------------------------------------------------------------ learning


def test_it_finds_better_candidates_than_random_search():
    kwargs = {"n_iter": 20, "cv": 2, "random_state": 0}
    bayes = BayesSearchCV(Bumpy(), BUMPY, **kwargs).fit(X, y)
    random = RandomSearchCV(Bumpy(), BUMPY, **kwargs).fit(X, y)
    assert bayes.best_score_ > random.best_score_
    assert bayes.best_params_["kind"] == "y"
    assert abs(bayes.best_params_["a"] - 0.3) < 0.05
    assert abs(bayes.best_params_["b"] - 0.6) < 0.05
    assert bayes.stop_reason_ is None
    assert len(bayes.cv_results_["params"]) == 20


def test_the_sampler_has_learnt_all_scores():
    search = search_for(n_iter=15).fit(X, y)
    sampler = search.sampler_
    assert isinstance(sampler, GPSampler)
    means = search.cv_results_["mean_test_score"]
    assert [sampler.scores[i] for i in range(15)] == means.tolist()
    mean, std = sampler.predict(search.cv_results_["params"])
    assert np.corrcoef(mean, means)[0, 1] > 0.99
    assert (std > 0).all()


def test_a_metric_that_decides():
    scoring = {"up": lambda e, X, y: -((e.a - 0.7) ** 2), "down": lambda e, X, y: e.a}
    space = {"a": stats.uniform()}
    kwargs = {"space": space, "n_iter": 12, "scoring": scoring}
    up = search_for(refit="up", **kwargs).fit(X, y)
    down = search_for(refit="down", **kwargs).fit(X, y)
    assert abs(up.best_params_["a"] - 0.7) < 0.05
    assert down.best_params_["a"] > 0.98
    told = [up.sampler_.scores[i] for i in range(12)]
    assert told == up.cv_results_["mean_test_up"].tolist()


@pytest.mark.parametrize("refit", [False, lambda results: 2])
def test_several_metrics_of_which_none_is_named(refit):
    scoring = {"up": lambda e, X, y: e.a, "down": lambda e, X, y: -e.a}
    search = search_for(n_iter=7, scoring=scoring, refit=refit).fit(X, y)
    assert len(search.cv_results_["params"]) == 7
    told = [search.sampler_.scores[i] for i in range(7)]
    assert told == search.cv_results_["mean_test_up"].tolist(), "the first"
    if refit:
        assert search.best_index_ == 2


def test_a_scorer_that_returns_a_dict():
    def scorer(estimator, X, y):
        return {"good": -((estimator.a - 0.7) ** 2), "bad": estimator.a}

    search = search_for(
        space={"a": stats.uniform()}, n_iter=12, scoring=scorer, refit="good"
    )
    search.fit(X, y)
    assert abs(search.best_params_["a"] - 0.7) < 0.05
    told = [search.sampler_.scores[i] for i in range(12)]
    assert told == search.cv_results_["mean_test_good"].tolist()


def test_one_metric_and_a_callable_refit():
    search = search_for(n_iter=9, refit=lambda results: 1).fit(X, y)
    assert search.best_index_ == 1
    told = [search.sampler_.scores[i] for i in range(9)]
    assert told == search.cv_results_["mean_test_score"].tolist()


# ------------------------------------------------------------------ first candidates


def first_candidate(estimator, space):
    search = BayesSearchCV(
        estimator, space, n_iter=1, cv=2, random_state=0, initial_points=None
    )
    return search.fit(X, y).cv_results_["params"][0]


def test_the_estimator_as_it_is_comes_first():
    space = {"C": stats.loguniform(1e-3, 1e3), "gamma": ["scale", "auto"]}
    assert first_candidate(SVC(C=7), space) == {"C": 7, "gamma": "scale"}
    # not rounded on the way through the distribution
    C = 0.1 + 0.2
    assert first_candidate(SVC(C=C), space)["C"] == C
    pipe = make_pipeline(StandardScaler(), SVC(C=7))
    space = {"svc__C": stats.loguniform(1e-3, 1e3)}
    assert first_candidate(pipe, space) == {"svc__C": 7}


def test_not_if_it_is_outside_the_space():
    space = {"C": stats.uniform(0, 1), "gamma": stats.loguniform(1e-3, 1)}
    assert first_candidate(SVC(C=5), space)["C"] == pytest.approx(0.5)
    assert first_candidate(SVC(gamma=7), space)["C"] == pytest.approx(0.5)
    assert first_candidate(SVC(C=0.2, gamma=0.3), space) == {"C": 0.2, "gamma": 0.3}


def test_estimators_as_choices():
    choices = [StandardScaler(), MinMaxScaler(), "passthrough"]
    space = {"scale": choices, "svc__C": stats.loguniform(1e-2, 1e2)}
    pipe = Pipeline([("scale", MinMaxScaler()), ("svc", SVC())])
    search = BayesSearchCV(pipe, space, n_iter=8, cv=2, random_state=0).fit(X, y)
    params = search.cv_results_["params"]
    assert params[0] == {"scale": choices[1], "svc__C": 1.0}
    assert search.initial_points_[1]["source"] == "learnt for SVC (svc)"
    assert all(any(one["scale"] is choice for choice in choices) for one in params)
    for choice in choices[:2]:
        assert not hasattr(choice, "n_features_in_"), "choices are cloned"
    other = Pipeline([("scale", MinMaxScaler(clip=True)), ("svc", SVC())])
    assert first_candidate(other, space)["svc__C"] == pytest.approx(1.0)


def test_a_list_of_dicts():
    pipe = Pipeline([("scale", StandardScaler()), ("model", SVC(C=5))])
    models = [SVC(), LogisticRegression(max_iter=1000), RandomForestClassifier(5)]
    C = stats.loguniform(1e-3, 1e3)
    space = [
        {"model": [models[1]], "model__C": C},
        {"model": [models[2]], "model__max_depth": log_randint(1, 20)},
        {"model": [models[0]], "model__C": C, "model__gamma": ["scale", "auto"]},
    ]
    search = BayesSearchCV(pipe, space, n_iter=14, cv=2, random_state=0).fit(X, y)
    params = search.cv_results_["params"]
    # SVC(C=5) is none of the models, SVC() is
    assert params[0]["model"] in models
    for one in params:
        branch = [list(given) for given in space if given["model"][0] is one["model"]]
        assert [list(one)] == branch
    assert {id(one["model"]) for one in params} == set(map(id, models))
    gamma = search.cv_results_["param_model__gamma"]
    assert gamma.mask.tolist() == ["model__gamma" not in one for one in params]
    search.set_params(estimator=pipe.set_params(model=SVC()))
    first = search.fit(X, y).cv_results_["params"][0]
    assert first == {"model": models[0], "model__C": 1.0, "model__gamma": "scale"}


def test_initial_points_replace_the_estimator_as_it_is():
    points = [{"a": 1, "b": 0.5, "kind": "y"}, {"a": 0.0, "b": 1.0, "kind": "x"}]
    search = search_for(Bumpy(a=0.9, b=0.9), n_iter=6, initial_points=points)
    params = search.fit(X, y).cv_results_["params"]
    assert params[:2] == points
    assert {"a": 0.9, "b": 0.9, "kind": "x"} not in params
    search.set_params(initial_points=[])
    params = search.fit(X, y).cv_results_["params"]
    assert params[0]["a"] == pytest.approx(0.5)


def test_an_initial_point_of_any_size():
    points = [{"a": i / 10, "b": 0.5, "kind": "x"} for i in range(8)]
    search = search_for(n_iter=5, initial_points=points).fit(X, y)
    assert search.cv_results_["params"] == points[:5]


@pytest.mark.parametrize(
    "points, message",
    [
        ([{"a": 2, "b": 0, "kind": "x"}], "'a' is 2, not between 0 and 1."),
        ([{"a": 1, "b": 0, "kind": "z"}], "'kind' is 'z', not one of ['x', 'y']."),
        ([{"a": 1}], "initial_points[0] = {'a': 1} is not in the space. It lacks 'b',"),
        (
            [{"a": 1, "b": 1, "kind": "x", "c": 1}],
            "It has 'c', which the space has not",
        ),
        ([3], "initial_points[0] must be a dict of parameter names and values, got 3"),
    ],
)
def test_initial_points_that_are_not_in_the_space(points, message):
    search = search_for(initial_points=points)
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        search.fit(X, y)


# ------------------------------------------------------------------ experience

WIDE = stats.loguniform(1e-12, 1e12)


def start_of(search):
    return [point["params"] for point in search.initial_points_]


def sources_of(search):
    return [point["source"] for point in search.initial_points_]


def test_a_search_starts_with_what_is_known():
    kwargs = {"n_iter": 7, "cv": 2, "random_state": 0}
    search = BayesSearchCV(SVC(C=7), {"C": WIDE}, **kwargs).fit(X, y)
    assert sources_of(search) == ["as it is"] + 4 * ["learnt for SVC"]
    learnt = learnt_points(SVC(C=7), {"C": WIDE}, 4, Problem(X, y))
    assert start_of(search) == [{"C": 7}, *(point.params for point in learnt)]
    assert search.cv_results_["params"][:5] == start_of(search)
    assert search.sampler_.n_initial == 5
    # not in the space: one learnt point more
    space = {"gamma": stats.loguniform(1e-9, 5)}
    search = BayesSearchCV(SVC(gamma=7), space, **kwargs).fit(X, y)
    assert sources_of(search) == 5 * ["learnt for SVC"]


@pytest.mark.parametrize(
    "kwargs, alike",
    [
        ({"scoring": "balanced_accuracy"}, True),
        ({"scoring": "f1_macro"}, True),
        ({"scoring": ["accuracy", "f1_macro"], "refit": "f1_macro"}, True),
        ({"scoring": ["accuracy", "f1_macro"], "refit": "accuracy"}, False),
        ({"scoring": ["f1_macro", "accuracy"], "refit": False}, True),
        ({"scoring": metrics.make_scorer(metrics.balanced_accuracy_score)}, True),
        ({}, False),
    ],
)
def test_a_start_for_the_metric(kwargs, alike):
    space = {"C": WIDE, "class_weight": [None, "balanced"]}
    search = BayesSearchCV(SVC(), space, n_iter=5, cv=2, random_state=0, **kwargs)
    search.fit(X, y)
    problem = Problem(X, y, counts_classes_alike=alike)
    learnt = [point.params for point in learnt_points(SVC(), space, 4, problem)]
    assert start_of(search)[1:] == learnt
    others = learnt_points(SVC(), space, 4, Problem(X, y))
    assert (learnt == [point.params for point in others]) is not alike


@pytest.mark.parametrize(
    ("estimator", "space", "nearly"),
    [
        (SVC(), {"gamma": WIDE}, {"gamma": 1 / (4 * X.var())}),
        (SVC(gamma="auto"), {"gamma": WIDE}, {"gamma": 1 / 4}),
        (
            DecisionTreeClassifier(),
            {
                "max_depth": log_randint(1, 31),
                "max_features": stats.uniform(0.1, 0.9),
                "ccp_alpha": stats.loguniform(1e-6, 1e-1),
            },
            {"max_depth": 30, "max_features": 1.0, "ccp_alpha": 1e-6},
        ),
        (
            RandomForestClassifier(5),
            {"max_features": stats.uniform(0.1, 0.9)},
            {"max_features": 1 / 2},
        ),
        (
            LogisticRegression(C=0),
            [{"C": [2, 10, 100]}, {"C": stats.loguniform(1e-6, 1)}],
            {"C": 1e-6},
        ),
    ],
)
def test_nearly_as_it_is(estimator, space, nearly):
    search = BayesSearchCV(estimator, space, n_iter=1, cv=2, random_state=0).fit(X, y)
    first = search.initial_points_[0]
    assert first["source"] == "nearly as it is"
    assert first["params"] == pytest.approx(nearly)


@pytest.mark.parametrize(
    "space",
    [
        {"C": [2, 20, 200]},
        {"C": stats.loguniform(1.5, 100)},
        {"C": [1, 2, 3], "kernel": ["linear", "poly"]},
        {"C": [1, 2, 3], "gamma": ["auto", 1.0]},
    ],
)
def test_what_is_not_nearly_as_it_is(space):
    search = BayesSearchCV(SVC(), space, n_iter=1, cv=2, random_state=0).fit(X, y)
    assert not any("as it is" in source for source in sources_of(search))


def test_a_branch_of_which_nothing_is_known_is_tried_too():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 2))
    inside = (points**2).sum(axis=1) < 1.4  # no line tells them apart
    pipe = Pipeline([("model", LogisticRegression())])
    qda = QuadraticDiscriminantAnalysis()
    space = [
        {"model": [LogisticRegression()], "model__C": stats.loguniform(1e-3, 1e3)},
        {"model": [qda], "model__reg_param": stats.uniform(0, 1)},
    ]
    search = search_for(pipe, space, n_iter=8, cv=3).fit(points, inside)
    assert search.best_params_["model"] is qda
    assert search.best_score_ > 0.85


@pytest.mark.parametrize("n_initial_points", [1, 2, 9])
def test_so_many_initial_points(n_initial_points):
    search = search_for(SVC(), {"C": WIDE}, n_iter=10)
    search.set_params(n_initial_points=n_initial_points).fit(X, y)
    assert len(search.initial_points_) == search.sampler_.n_initial == n_initial_points
    assert search.initial_points_[0] == {
        "params": {"C": 1.0},
        "source": "as it is",
    }
    assert search.cv_results_["params"][:n_initial_points] == start_of(search)


@pytest.mark.parametrize(
    "initial_points, sources",
    [
        (None, ["as it is"]),
        ([], []),
        ([{"C": 2}, {"C": 3.0}], ["given", "given"]),
    ],
)
def test_a_search_without_experience(initial_points, sources):
    search = search_for(SVC(C=7), {"C": WIDE}, n_iter=3, initial_points=initial_points)
    assert sources_of(search.fit(X, y)) == sources
    params = search.cv_results_["params"]
    assert params[: len(sources)] == start_of(search)
    spread = params[len(sources) :]
    assert not spread or spread[0]["C"] == pytest.approx(1), "the centre"


def test_with_a_sampler_there_is_no_experience(capsys):
    sampler = GPSampler({"C": WIDE}, random_state=0)
    search = search_for(SVC(), {"C": WIDE}, n_iter=2, sampler=sampler, verbose=1)
    assert search.fit(X, y).initial_points_ == []
    assert "Initial points" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "estimator, space, n_initial_points, expected",
    [
        (SVC(), {"C": WIDE}, 5, "1 as it is, 4 learnt for SVC"),
        (Bumpy(), BUMPY, 4, "4 evenly spread"),
        (Bumpy(0.1, 0.1), BUMPY, 4, "1 as it is, 3 evenly spread"),
        (
            SVC(),
            {"class_weight": [None, "balanced"]},
            5,
            "1 as it is, 1 learnt for SVC",
        ),
        (
            make_pipeline(StandardScaler(), SVC(C=0)),
            {"svc__C": stats.uniform(1, 9)},
            5,
            "5 learnt for SVC (svc)",
        ),
    ],
)
def test_the_line_of_initial_points(
    estimator, space, n_initial_points, expected, capsys
):
    kwargs = {"n_iter": 6, "refit": False, "verbose": 1}
    search = search_for(estimator, space, **kwargs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a space of two
        search.set_params(n_initial_points=n_initial_points).fit(X, y)
    assert f"\nInitial points: {expected}\n" in capsys.readouterr().out


def test_the_line_counts_what_is_evaluated(capsys):
    search = search_for(SVC(), {"C": WIDE}, n_iter=2, verbose=1).fit(X, y)
    assert "points: 1 as it is, 1 learnt for SVC\n" in capsys.readouterr().out
    assert start_of(search) == search.cv_results_["params"], "and has no others"
    same = [{"C": 2.0}] * 3
    search.set_params(initial_points=same, n_iter=6).fit(X, y)
    assert "points: 1 given, 4 evenly spread\n" in capsys.readouterr().out
    assert search.initial_points_ == [{"params": {"C": 2.0}, "source": "given"}]


def test_points_of_another_search():
    first = search_for(SVC(), {"C": WIDE}, n_iter=4).fit(X, y)
    second = search_for(SVC(), {"C": WIDE}, n_iter=4, n_pending=0)
    second.set_params(initial_points=first.initial_points_).fit(X, y)
    assert start_of(second) == start_of(first)
    assert sources_of(second) == ["given"] * 4
    second.initial_points_[0]["params"]["C"] = 99
    assert second.cv_results_["params"] == first.cv_results_["params"]


def test_fitted_searches_are_copied_with_their_initial_points():
    search = search_for(SVC(), {"C": WIDE}, n_iter=6).fit(X, y)
    again = pickle.loads(pickle.dumps(search))
    assert again.initial_points_ == search.initial_points_
    assert not hasattr(clone(search), "initial_points_")
    assert results_of(clone(search).fit(X, y)) == results_of(search)


def test_experience_draws_no_number():
    rng = np.random.RandomState(0)
    np.random.seed(0)  # noqa: NPY002
    space, states = {"n_neighbors": stats.randint(1, 50)}, []
    for initial_points in ("auto", None):
        rng.seed(0)
        search = search_for(KNeighborsClassifier(), space, n_iter=2, random_state=rng)
        search.set_params(initial_points=initial_points).fit(X, y)
        states.append(rng.randint(2**31))
    assert states[0] == states[1]
    drawn = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert np.random.random() == drawn  # noqa: NPY002


def test_branches_start_in_turn():
    pipe = Pipeline([("scale", StandardScaler()), ("model", GaussianNB())])
    models = [SVC(), DecisionTreeClassifier(random_state=0), GaussianNB(priors=None)]
    space = [
        {"model": [models[0]], "model__C": stats.loguniform(1e-3, 1e3)},
        {"model": [models[1]], "model__max_depth": [1, 2, 4, 8, None]},
        {"model": [models[2]], "model__var_smoothing": stats.loguniform(1e-12, 1)},
    ]
    search = BayesSearchCV(pipe, space, n_iter=8, cv=2, random_state=0).fit(X, y)
    assert sources_of(search) == [
        "as it is",
        *2 * ["learnt for SVC (model)", "learnt for DecisionTreeClassifier (model)"],
    ]
    used = [params["model"] for params in start_of(search)]
    assert [models.index(model) for model in used] == [2, 0, 1, 0, 1]
    assert len(search.cv_results_["params"]) == 8


def test_a_space_of_start_points_only():
    space = {"C": [1, 10], "class_weight": [None, "balanced"]}
    search = search_for(SVC(), space, n_iter=4).fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    assert len(start_of(search)) == len({str(params) for params in start_of(search)})
    assert search.initial_points_[0]["params"] == {"C": 1, "class_weight": None}


def test_an_svc_without_a_scaler():
    space = {"C": stats.loguniform(1e-3, 1e3), "gamma": stats.loguniform(1e-12, 1e3)}
    scores, widths = [], []
    for scale in (1, 1000):
        search = search_for(SVC(), space, n_iter=5, cv=3).fit(X * scale, y)
        scores.append(search.cv_results_["mean_test_score"])
        widths.append([params["gamma"] for params in start_of(search)])
    assert np.divide(*widths) == pytest.approx(1e6), "as gamma='scale' does"
    assert scores[0] == pytest.approx(scores[1])


@pytest.mark.parametrize("container", ["pandas", "polars", "list"])
def test_experience_with_other_data(container):
    if container == "list":
        data, target = X.tolist(), y.tolist()
    else:
        frames = pytest.importorskip(container)
        data, target = frames.DataFrame(dict(zip("abcd", X.T, strict=True))), y
    space = {"C": WIDE, "gamma": WIDE}
    search = search_for(SVC(), space, n_iter=3, cv=2).fit(data, target)
    expected = start_points(SVC(), space, 3, X, y)
    for params, point in zip(start_of(search), expected, strict=True):
        assert params == pytest.approx(point.params)


# ------------------------------------------------------------------ samplers


class Countdown:
    """A sampler as users write one: no `n_initial`, no learning."""

    def __init__(self, n):
        self.n = n
        self.told = []

    def ask(self):
        if self.n == 0:
            return None
        self.n -= 1
        return {"quality": self.n / 10}

    def tell(self, trial, score):
        self.told.append((trial.number, score))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_sampler_of_ones_own(n_jobs):
    sampler = Countdown(5)
    search = BayesSearchCV(
        Faulty(), QUALITY, sampler=sampler, n_iter=4, cv=2, n_jobs=n_jobs
    )
    search.fit(X, y)
    qualities = [params["quality"] for params in search.cv_results_["params"]]
    assert qualities == [0.4, 0.3, 0.2, 0.1]
    assert sorted(search.sampler_.told) == list(enumerate(qualities))
    assert (sampler.n, sampler.told) == (5, []), "a copy is used"
    assert clone(search).fit(X, y).best_params_ == {"quality": 0.4}


def test_a_configured_sampler():
    sampler = GPSampler(BUMPY, n_initial_points=2, random_state=7)
    search = search_for(sampler=sampler, n_iter=8).fit(X, y)
    alone = copy.deepcopy(sampler)
    assert search.cv_results_["params"][:2] == [alone.ask(), alone.ask()]
    assert sampler.trials == []
    assert len(search.sampler_.trials) == 8
    assert results_of(search) == results_of(search.fit(X, y))
    with pytest.raises(ValueError, match=r"proposed 8 candidates.*initial_points"):
        search.set_params(sampler=search.sampler_).fit(X, y)


def test_a_sampler_and_initial_points():
    point = {"a": 0.5, "b": 0.5, "kind": "x"}
    search = search_for(sampler=GPSampler(BUMPY), initial_points=[point])
    with pytest.raises(
        ValueError, match=r"both given.*GPSampler\(\.\.\., initial_points="
    ):
        search.fit(X, y)


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"n_pending": -1}, "The 'n_pending' parameter of BayesSearchCV must be"),
        ({"n_pending": "all"}, "The 'n_pending' parameter of BayesSearchCV must be"),
        ({"n_initial_points": 0}, "The 'n_initial_points' parameter of"),
        ({"initial_points": {"a": 1}}, "The 'initial_points' parameter of"),
        ({"n_iter": 0}, "The 'n_iter' parameter of BayesSearchCV must be"),
    ],
)
def test_wrong_parameters(kwargs, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        search_for(**kwargs).fit(X, y)


# ------------------------------------------------------------------ spaces


# A warning is to come; until then, none is an error either.
@pytest.mark.filterwarnings("ignore:.*exhausted")
@pytest.mark.parametrize("n_pending", [0, 1, 3])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_finite_space_ends_when_it_is_exhausted(n_jobs, n_pending):
    space = {"quality": [0.1, 0.2, 0.3], "bad_score": [None], "fault": ["", "no"]}
    search = BayesSearchCV(
        Faulty(),
        space,
        n_iter=50,
        cv=2,
        n_jobs=n_jobs,
        n_pending=n_pending,
        random_state=0,
    )
    params = search.fit(X, y).cv_results_["params"]
    assert len(params) == len({str(one) for one in params}) == 6
    assert search.best_params_["quality"] == 0.3
    assert len(search.sampler_.scores) == 6
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.filterwarnings("ignore:.*exhausted")
@pytest.mark.parametrize("space", [{}, {"quality": [0.2]}, [{"quality": [0.2]}, {}]])
def test_one_or_two_candidates(space):
    search = BayesSearchCV(Faulty(quality=0.2), space, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == (2 if isinstance(space, list) else 1)
    assert search.best_score_ == 0.2


def test_stop_reason_of_an_exhausted_space():
    search = BayesSearchCV(Faulty(), {"quality": [0.1, 0.2]}, n_iter=5, cv=2)
    reason = "the space is exhausted: all 2 candidates were evaluated"
    with pytest.warns(UserWarning, match=f"n_iter=5 is more .* {reason}"):
        search.fit(X, y)
    assert search.stop_reason_ == reason
    # asked for just those, or for all there are in a time, it is no news
    search.set_params(n_iter=2).fit(X, y)
    assert search.stop_reason_ is None
    search.set_params(n_iter=None, timeout=60).fit(X, y)
    assert search.stop_reason_ == reason


def test_values_that_can_only_be_drawn():
    class Coin:
        def rvs(self, random_state):
            return random_state.choice(["x", "y"])

    space = {"a": stats.uniform(), "kind": Coin()}
    params = search_for(space=space, n_iter=15).fit(X, y).cv_results_["params"]
    assert {one["kind"] for one in params} == {"x", "y"}
    again = search_for(space=space, n_iter=15).fit(X, y).cv_results_["params"]
    assert params == again


def test_values_of_every_kind_reach_the_estimator():
    class Any(Bumpy):
        def score(self, X, y):
            assert self.kind is None or type(self.kind) in (
                tuple,
                dict,
                bool,
                int,
                list,
            )
            return self.a

    space = {"a": range(5), "kind": [None, (1, 2), {"u": 1}, True, 1, [1]]}
    search = search_for(Any(), space, n_iter=30, error_score="raise").fit(X, y)
    kinds = [
        (type(one["kind"]), str(one["kind"])) for one in search.cv_results_["params"]
    ]
    assert len(set(kinds)) == 6
    assert search.best_params_["a"] == 4


@pytest.mark.parametrize(
    "space, error, message",
    [
        ({"C": []}, ValueError, "param_distributions['C'] is empty"),
        ([], ValueError, "param_distributions is an empty list"),
        ([[1]], TypeError, "must be a dict or a list of dicts, got [1] of type list"),
        ({"C": 3}, TypeError, "pass a list of one: [3]"),
        ({"C": stats.loguniform}, TypeError, "Freeze it, as in loguniform(..., ...)"),
        ({"c": [1, 2]}, ValueError, "did you mean 'C'"),
        ({"kernel": "rbf"}, TypeError, "pass a list of one: ['rbf']"),
    ],
)
def test_spaces_that_are_none(space, error, message):
    with pytest.raises(error, match=re.escape(message)):
        BayesSearchCV(SVC(), space).fit(X, y)


def test_a_column_of_a_table_as_choices():
    pd = pytest.importorskip("pandas")
    values = pd.Series([0.1, 1, 10], index=["a", "b", "c"])
    search = BayesSearchCV(SVC(), {"C": values}, n_iter=3, cv=2, random_state=0)
    tried = [one["C"] for one in search.fit(X, y).cv_results_["params"]]
    assert sorted(tried) == [0.1, 1, 10]


# ------------------------------------------------------------------ failures


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_candidate_that_fails_is_learnt_from_and_never_wins(n_jobs):
    class Fragile(Bumpy):
        def fit(self, X, y):
            if self.a < 0.5:
                raise ValueError("too small")
            return super().fit(X, y)

    space = {"a": stats.uniform(), "b": stats.uniform()}
    search = search_for(Fragile(), space, n_iter=16, n_jobs=n_jobs)
    with pytest.warns(FitFailedWarning, match="too small"):
        search.fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    failed = np.isnan(scores)
    # of the first four, half; at the border of what fails, some more
    assert 0 < failed[4:].sum() < 6
    assert not failed[search.best_index_]
    assert search.best_params_["a"] >= 0.5
    assert np.isnan([search.sampler_.scores[i] for i in range(16)]).tolist() == (
        failed.tolist()
    )


@pytest.mark.parametrize("error_score", [np.nan, 1e6, -1])
def test_an_error_score_does_not_mislead(error_score):
    def score(estimator, X, y):
        return np.nan if estimator.a < 0.5 else -abs(estimator.a - 0.8)

    search = search_for(
        space={"a": stats.uniform()},
        n_iter=15,
        scoring=score,
        error_score=error_score,
    )
    with pytest.warns(UserWarning, match=r"(non-finite|Scoring failed)"):
        search.fit(X, y)
    assert abs(search.best_params_["a"] - 0.8) < 0.02


def test_all_candidates_fail():
    search = BayesSearchCV(Faulty(), {"fault": ["exception"]}, cv=2)
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*Traceback"):
        search.fit(X, y)


# ------------------------------------------------------------------ as an estimator


def test_the_signature_is_that_of_the_constructor():
    signature = inspect.signature(BayesSearchCV)
    assert (
        list(signature.parameters)
        == list(inspect.signature(BayesSearchCV.__init__).parameters)[1:]
    )
    random = list(inspect.signature(RandomSearchCV).parameters)
    assert list(signature.parameters)[: len(random)] == random
    for name, parameter in signature.parameters.items():
        if name in random:
            expected = inspect.signature(RandomSearchCV).parameters[name]
            assert (str(parameter), parameter.kind) == (str(expected), expected.kind)
        else:
            assert parameter.kind is parameter.KEYWORD_ONLY
    assert set(BayesSearchCV._get_param_names()) == set(signature.parameters)


def test_cloned_pickled_and_shown():
    search = search_for(n_iter=6, sampler=GPSampler(BUMPY, random_state=1))
    assert "BayesSearchCV" in search._repr_html_()
    assert "n_iter=6" in repr(search)
    expected = results_of(clone(search).fit(X, y))
    unfitted = pickle.loads(pickle.dumps(search))
    assert results_of(unfitted.fit(X, y)) == expected
    search.fit(X, y)
    restored = pickle.loads(pickle.dumps(search))
    assert results_of(restored) == expected
    np.testing.assert_array_equal(restored.predict(X), search.predict(X))
    params = search.cv_results_["params"]
    np.testing.assert_array_equal(
        restored.sampler_.predict(params), search.sampler_.predict(params)
    )
    assert copy.deepcopy(search).best_params_ == search.best_params_
    assert not hasattr(clone(search), "sampler_")


def test_without_labels():
    search = BayesSearchCV(
        KMeans(n_init=2, random_state=0), {"n_clusters": range(2, 8)}, n_iter=5, cv=2
    )
    assert search.fit(X).best_params_["n_clusters"] >= 5
    assert search.predict(X).shape == (len(X),)
    assert len(search.cv_results_["params"]) == 5


def test_inside_and_outside_of_other_estimators():
    inner = BayesSearchCV(SVC(), {"C": stats.loguniform(0.1, 10)}, n_iter=5, cv=2)
    pipe = make_pipeline(StandardScaler(), inner)
    assert cross_val_score(pipe, X, y, cv=2).min() > 0.9
    outer = BayesSearchCV(
        inner, {"estimator__kernel": ["rbf", "linear"]}, n_iter=2, cv=2, random_state=0
    )
    assert outer.fit(X, y).best_score_ > 0.9


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_routed_metadata(n_jobs):
    groups, weight = np.arange(len(X)) % 5, np.linspace(0.1, 2, len(X))
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression(max_iter=500)
        model.set_fit_request(sample_weight=True)
        scorer = make_scorer(
            roc_auc_score, response_method="predict_proba", multi_class="ovr"
        ).set_score_request(sample_weight=True)
        search = BayesSearchCV(
            model,
            {"C": stats.loguniform(1e-3, 1e3)},
            n_iter=5,
            cv=GroupKFold(3),
            scoring=scorer,
            n_jobs=n_jobs,
            random_state=0,
        ).fit(X, y, sample_weight=weight, groups=groups)
    first = search.cv_results_["params"][0]
    assert first == {"C": 1.0}
    train, test = next(GroupKFold(3).split(X, y, groups))
    model = clone(model).fit(X[train], y[train], sample_weight=weight[train])
    expected = roc_auc_score(
        y[test],
        model.predict_proba(X[test]),
        multi_class="ovr",
        sample_weight=weight[test],
    )
    assert search.cv_results_["split0_test_score"][0] == pytest.approx(expected)


def test_train_scores_and_verbose_lines(capsys):
    search = search_for(n_iter=5, return_train_score=True, verbose=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_train_score"]).all()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Fitting 2 folds for each of 5 candidates, totalling 10 fits"
    assert lines[1] == "Initial points: 5 evenly spread"
    assert sum("[CV] END" in line for line in lines) == 10


# ------------------------------------------------------------------ mended


def test_a_metric_that_some_candidates_lack_is_a_failure():
    def scorer(estimator, X, y):
        scores = {"secs": 100.0}
        return scores if estimator.a > 0.5 else {"good": estimator.a, **scores}

    search = search_for(
        space={"a": stats.uniform()}, n_iter=9, scoring=scorer, refit="good"
    )
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, y)
    told = [search.sampler_.scores[i] for i in range(9)]
    np.testing.assert_array_equal(told, search.cv_results_["mean_test_good"])


def test_a_search_that_is_stopped_has_not_exhausted_its_space():
    class StopAfter:
        def setup(self, estimator, context):
            self.n_left = 5

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            self.n_left -= context.task_name == "candidate-split-evaluation"
            return self.n_left <= 0

        def teardown(self, estimator, context):
            pass

    search = search_for(space={"a": [0.1, 0.5, 0.9]}, n_iter=10)
    search.set_callbacks(StopAfter()).fit(X, y)
    assert search.stop_reason_.startswith("StopAfter returned True")
    assert np.isnan(search.cv_results_["mean_test_score"]).sum() == 1


def test_own_parameters_that_only_the_user_has():
    class_weight = {0: 1, 1: 2}
    estimator = LogisticRegression(class_weight=class_weight, max_iter=1000)
    space = {"class_weight": [None, class_weight], "C": stats.loguniform(0.1, 10)}
    first = first_candidate(estimator, space)
    assert first["class_weight"] is class_weight


def test_own_parameters_are_unknown_beside_values_that_can_only_be_drawn():
    class Ten:
        def rvs(self, random_state):
            return 10.0

    assert first_candidate(SVC(C=1.0), {"C": Ten()}) == {"C": 10.0}


def test_many_estimators_as_choices_are_checked_soon():
    steps = [(f"s{i}", StandardScaler()) for i in range(8)]
    pipeline = Pipeline([*steps, ("svc", SVC())])
    choices = [StandardScaler(with_mean=mean) for mean in (True, False)] * 3
    space = {name: [*choices, "passthrough"] for name, _ in steps}
    search = BayesSearchCV(pipeline, space, n_iter=1, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 1


@pytest.mark.parametrize(
    "distribution", [stats.loguniform(10, 1), stats.randint(5, 5), stats.norm(0, -1)]
)
def test_a_distribution_with_invalid_parameters(distribution):
    name = distribution.dist.name
    with pytest.raises(ValueError, match=rf"\['C'\] is {name} with the invalid param"):
        BayesSearchCV(SVC(), {"C": distribution}).fit(X, y)


def test_a_heavy_tail_is_drawn_from():
    search = search_for(space={"a": stats.zipf(1.1)}, n_iter=5).fit(X, y)
    assert len(search.cv_results_["params"]) == 5


def test_an_integer_given_as_a_float_is_an_integer():
    space = {"max_depth": stats.randint(1, 10)}
    points = [{"max_depth": 3.0}]
    search = BayesSearchCV(
        DecisionTreeClassifier(), space, n_iter=1, cv=2, initial_points=points
    ).fit(X, y)
    assert repr(search.best_params_) == "{'max_depth': 3}"


class Broken:
    """A sampler that returns one thing."""

    def __init__(self, returned):
        self.returned = returned

    def ask(self):
        return self.returned

    def tell(self, trial, score):
        pass


@pytest.mark.parametrize(
    ("sampler", "error", "message"),
    [
        (Broken(5), TypeError, "must return a dict .* got 5 of type int"),
        (Broken(None), ValueError, "No fits were performed"),
        (object(), TypeError, "sampler must be an object with the methods ask"),
        (GPSampler, TypeError, "sampler must be an object with the methods ask"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*exhausted")
def test_samplers_that_do_not_work(sampler, error, message):
    with pytest.raises(error, match=message):
        search_for(sampler=sampler).fit(X, y)


@pytest.mark.parametrize("name", ["param_grid", "n_trials", "n_points"])
def test_names_of_other_searches(name):
    with pytest.raises(TypeError, match=f"no parameter '{name}'; what comes nearest"):
        BayesSearchCV(SVC(), BUMPY, **{name: 5})
