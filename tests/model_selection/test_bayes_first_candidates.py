"""The candidates that BayesSearchCV is given, or finds in the estimator."""

import re

import pytest
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import BayesSearchCV
from sklearn_hp.space import log_randint
from tests.model_selection.bayes import Bumpy, X, search_for, y


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
            "It has 'c', which the space lacks",
        ),
        ([3], "initial_points[0] must be a dict of parameter names and values, got 3"),
    ],
)
def test_initial_points_that_are_not_in_the_space(points, message):
    search = search_for(initial_points=points)
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        search.fit(X, y)


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


def test_an_integer_given_as_a_float_is_an_integer():
    space = {"max_depth": stats.randint(1, 10)}
    points = [{"max_depth": 3.0}]
    search = BayesSearchCV(
        DecisionTreeClassifier(), space, n_iter=1, cv=2, initial_points=points
    ).fit(X, y)
    assert repr(search.best_params_) == "{'max_depth': 3}"
