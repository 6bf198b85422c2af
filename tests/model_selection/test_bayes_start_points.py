"""The candidates that BayesSearchCV begins with from experience."""

import pickle
import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics
from sklearn.base import clone
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import BayesSearchCV
from sklearn_hp._experience import start_points
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._start_points import learnt_points
from sklearn_hp.samplers import GPSampler
from sklearn_hp.space import log_randint
from tests.model_selection.bayes import BUMPY, Bumpy, X, results_of, search_for, y

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
    assert search.set_params(random_state=None).fit(X, y).initial_points_ == []
    assert "Initial points: those of GPSampler\n" in capsys.readouterr().out


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
