"""Selection rules as `refit`, on our searches and on those of scikit-learn."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection as of_sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp.model_selection import (
    BestUnderConstraints,
    HighestLowerBound,
    WithinOneStandardError,
)
from tests.searches import bayes_over

RULES = [
    WithinOneStandardError(column="param_max_depth"),
    BestUnderConstraints(at_most={"max_depth": 2}),
    HighestLowerBound(n_standard_errors=2),
]
X, y = make_classification(120, flip_y=0.2, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)
GRID = {"max_depth": [6, 4, 3, 2, 1]}


def results_of(S, metric="score", **columns):
    """Return what a search has that got these scores."""
    S = np.asarray(S, float)
    splits = {f"split{i}_test_{metric}": column for i, column in enumerate(S.T)}
    return {
        "mean_fit_time": np.arange(len(S), 0.0, -1),
        "params": [{"C": i} for i in range(len(S))],
        **splits,
        f"mean_test_{metric}": S.mean(axis=1),
        **columns,
    }


# -- the searches


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize(
    "build",
    [of_sklearn.GridSearchCV, GridSearchCV, bayes_over],
    ids=["of sklearn", "grid", "bayes"],
)
def test_searches_choose_what_the_rule_returns(build, rule):
    search = build(TREE, GRID, refit=rule).fit(X, y)
    assert search.best_index_ == rule(search.cv_results_)
    assert isinstance(rule(search.cv_results_), int)
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]
    assert search.best_estimator_.max_depth == search.best_params_["max_depth"]
    assert not hasattr(search, "best_score_")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_all_searches_choose_the_same_of_the_same_candidates(rule):
    searches = [of_sklearn.GridSearchCV, GridSearchCV, bayes_over]
    chosen = [
        build(TREE, GRID, refit=rule).fit(X, y).best_params_ for build in searches
    ]
    assert chosen[0] == chosen[1] == chosen[2]


@pytest.mark.parametrize("cls", [of_sklearn.RandomizedSearchCV, RandomSearchCV])
def test_a_randomized_search_with_several_metrics(cls):
    rule = BestUnderConstraints(at_least={"recall": 0.5}, metric="precision")
    search = cls(
        TREE,
        GRID,
        n_iter=4,
        scoring=["precision", "recall"],
        refit=rule,
        random_state=0,
    ).fit(X, y)
    results = search.cv_results_
    satisfies = results["mean_test_recall"] >= 0.5
    precision = np.where(satisfies, results["mean_test_precision"], 0)
    assert search.best_index_ == precision.argmax()


def test_of_a_halving_search_the_last_iteration_counts():
    search = of_sklearn.HalvingGridSearchCV(TREE, GRID, random_state=0).fit(X, y)
    results = search.cv_results_
    last = results["iter"].max()
    assert last > 0
    for rule in RULES[:1] + RULES[2:]:
        assert results["iter"][rule(results)] == last
    # one candidate of an early iteration seems to be the best of all
    results = results_of([[1, 1], [0.5, 0.6], [0.4, 0.5]], iter=np.array([0, 1, 1]))
    assert HighestLowerBound()(results) == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("cls", [GridSearchCV, BayesSearchCV])
def test_a_race_goes_on_and_its_dropped_candidates_are_not_chosen(cls, rule):
    X, y = load_iris(return_X_y=True)
    space = {"max_depth": [5, 4, 3, 2, 1], "criterion": ["gini", "entropy"]}
    kwargs = {"n_iter": 10, "random_state": 0} if cls is BayesSearchCV else {}
    search = cls(TREE, space, racing=True, cv=5, refit=rule, **kwargs).fit(X, y)
    n_run = search.cv_results_["n_splits_run"]
    assert n_run.min() < 5
    assert n_run[search.best_index_] == 5
    complete = np.flatnonzero(n_run == 5)
    by_hand = {
        name: np.ma.asarray(column)[complete]
        for name, column in search.cv_results_.items()
        if name != "params"
    }
    by_hand["params"] = [search.cv_results_["params"][row] for row in complete]
    assert search.best_index_ == complete[rule(by_hand)]


def test_failed_candidates_are_not_chosen():
    S = [[np.nan, 1, 1], [0.8, 0.7, 0.9], [np.inf, 1, 1], [0.7, 0.7, 0.8]]
    assert HighestLowerBound()(results_of(S)) == 1
    assert BestUnderConstraints(at_least={"C": 0})(results_of(S, param_C=range(4))) == 1
    assert WithinOneStandardError()(results_of(S)) == 1  # candidate 3 is faster


class FailsAt(DecisionTreeClassifier):
    """Fails to fit on one of the splits with a depth of 1."""

    def fit(self, X, y):
        if self.max_depth == 1 and X[0, 0] == FIRST:
            raise ValueError("on purpose")
        return super().fit(X, y)


FIRST = X[0, 0]


def precision_that_fails(estimator, X, y):
    if estimator.max_depth == 1:
        raise ValueError("on purpose")
    return estimator.score(X, y)


@pytest.mark.filterwarnings("ignore:.*on purpose")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize(
    "estimator, scoring",
    [(FailsAt(random_state=0), None), (TREE, precision_that_fails)],
    ids=["fit", "score"],
)
def test_an_error_score_is_no_score_to_be_chosen_for(estimator, scoring, rule):
    space = {"max_depth": [1, 2, 3]}
    kwargs = {"scoring": scoring, "refit": rule, "error_score": 2, "cv": 3}
    search = GridSearchCV(estimator, space, **kwargs).fit(X, y)
    assert search.cv_results_["mean_test_score"].argmax() == 0
    assert search.best_params_["max_depth"] > 1


@pytest.mark.filterwarnings("ignore:.*on purpose")
def test_a_metric_that_failed_leaves_the_others():
    scoring = {"bad": precision_that_fails, "good": "accuracy"}
    kwargs = {"scoring": scoring, "error_score": 2, "cv": 3}
    deep = BestUnderConstraints(at_least={"bad": 0.5}, metric="good")
    search = GridSearchCV(TREE, {"max_depth": [1, 2]}, refit=deep, **kwargs).fit(X, y)
    assert search.best_params_["max_depth"] == 2
    shallow = WithinOneStandardError(column="max_depth", metric="good")
    assert search.set_params(refit=shallow).fit(X, y).best_params_["max_depth"] == 1


def test_no_candidate_without_a_failure():
    with pytest.raises(
        ValueError, match=r"HighestLowerBound has no candidate .*none of 2 has a finite"
    ):
        HighestLowerBound()(results_of([[np.nan, 1], [1, np.nan]]))


# -- within one standard error


def test_differences_are_paired():
    # the second is worse by 0.01 on each split, far less than what splits differ by
    S = [[0.9, 0.5, 0.7], [0.89, 0.49, 0.69], [0.91, 0.48, 0.69]]
    results = results_of(S)
    error = np.std(np.subtract(S[2], S[0]), ddof=1) / np.sqrt(3)
    assert np.mean(np.subtract(S[2], S[0])) > -error
    assert WithinOneStandardError()(results) == 2
    assert WithinOneStandardError()(results_of(S[:2])) == 0


def test_the_ratio_is_that_of_nadeau_and_bengio():
    d = np.array([0.0, -0.02, -0.04, -0.06])
    S = [np.full(4, 0.9), 0.9 + d]
    needed = d.mean() ** 2 / d.var(ddof=1) - 1 / 4
    for factor, chosen in [(0.99, 0), (1.01, 1)]:
        rule = WithinOneStandardError(test_train_ratio=factor * needed)
        assert rule(results_of(S)) == chosen


def test_the_largest_value_and_ties():
    S = [[0.8, 0.6], [0.79, 0.61], [0.6, 0.8], [0.3, 0.3]]
    results = results_of(S, param_n=np.array([2, 5, 5, 9]), mean_test_n=np.ones(4))
    for prefer, chosen in [("smallest", 0), ("largest", 1)]:
        assert (
            WithinOneStandardError(column="param_n", prefer=prefer)(results) == chosen
        )
    assert WithinOneStandardError(column="mean_test_n")(results) == 0  # a tie: by score
    better_last = results_of([[0.7, 0.6], [0.6, 0.71]], param_n=[1, 1])
    assert WithinOneStandardError(column="n")(better_last) == 1


@pytest.mark.parametrize("prefer", ["smallest", "largest"])
def test_what_is_no_number_comes_last(prefer):
    S = [[0.8, 0.6], [0.79, 0.61], [0.61, 0.79]]
    for values in [
        np.ma.array([0, 0, 3], mask=[True, True, False]),
        np.ma.array([None, "auto", 3], dtype=object),
        np.ma.array([None, LogisticRegression(), np.int64(3)], dtype=object),
        [np.nan, None, np.True_],
    ]:
        results = results_of(S, param_n=values)
        assert WithinOneStandardError(column="n", prefer=prefer)(results) == 2
        assert BestUnderConstraints(at_least={"n": 1})(results) == 2
        assert BestUnderConstraints(at_most={"n": 3})(results) == 2


def test_a_parameter_of_one_branch_of_a_list_of_dicts():
    pipe = Pipeline([("clf", LogisticRegression())])
    grid = [
        {"clf": [LogisticRegression()], "clf__C": [0.1, 1]},
        {"clf": [TREE], "clf__max_depth": [1, 2]},
    ]
    for cls in [of_sklearn.GridSearchCV, GridSearchCV]:
        rule = BestUnderConstraints(at_most={"clf__max_depth": 2})
        search = cls(pipe, grid, refit=rule).fit(X, y)
        assert isinstance(search.best_params_["clf"], DecisionTreeClassifier)
        with pytest.raises(ValueError, match=r"'param_clf' .* has no numbers to comp"):
            WithinOneStandardError(column="clf")(search.cv_results_)


@pytest.mark.parametrize("rule", [WithinOneStandardError(), HighestLowerBound()])
def test_one_split_has_no_standard_error(rule):
    cv = of_sklearn.ShuffleSplit(1, random_state=0)
    results = of_sklearn.GridSearchCV(TREE, GRID, cv=cv).fit(X, y).cv_results_
    with pytest.raises(
        ValueError, match="needs 2 splits or more, and the search has 1"
    ):
        rule(results)
    chosen = BestUnderConstraints()(results)
    assert chosen == results["mean_test_score"].argmax()


# -- constraints


def test_bounds_count_as_satisfied_when_they_are_reached_but_for_rounding():
    S = [[0.7, 0.7], [0.8, 0.9]]
    recall = np.array([0.1 + 0.7, 0.5])  # 0.7999999999999999
    assert recall[0] < 0.8
    results = results_of(S, mean_test_recall=recall)
    assert BestUnderConstraints(at_least={"recall": 0.8})(results) == 0
    assert (
        BestUnderConstraints(at_least=[("recall", 0.4), ("recall", 0.6)])(results) == 0
    )
    assert BestUnderConstraints(at_most=[("recall", 0.6)])(results) == 1
    assert BestUnderConstraints(at_most={})(results) == 1


def test_the_nearest_candidate_is_named_if_none_satisfies_all():
    results = results_of(
        [[0.9, 0.9], [0.8, 0.8], [0.7, 0.7]],
        metric="precision",
        mean_test_recall=np.array([0.6, 0.74, 0.76]),
        mean_score_time=np.array([0.01, 0.02, 0.022]),  # of a smaller spread
    )
    rule = BestUnderConstraints(
        at_least={"recall": 0.75}, at_most=[("score_time", 0.02)]
    )
    with pytest.raises(
        ValueError,
        match=r"No candidate satisfies mean_test_recall >= 0\.75 and mean_score_time "
        r"<= 0\.02, of the 3 that have all their scores\. The nearest is candidate 1, "
        r"\{'C': 1\}, with mean_test_recall=0\.74, mean_score_time=0\.02\. Relax",
    ):
        rule(results)


def test_no_candidate_is_near_without_a_number():
    results = results_of(
        [[1, 1], [np.nan, 1]], param_n=np.ma.array([0, 2], mask=[True, False])
    )
    with pytest.raises(ValueError, match=r"scores\. Relax the constraints"):
        BestUnderConstraints(at_least={"n": 1})(results)


@pytest.mark.parametrize(
    "given, remedy", [("at_most", "at_least"), ("at_least", "at_most")]
)
def test_a_loss_as_a_bound_of_negative_scores(given, remedy):
    results = results_of([[-0.6, -0.5], [-0.3, -0.2]], metric="neg_log_loss")
    with pytest.raises(ValueError, match=rf"Use {remedy}={{'neg_log_loss': -0.5}}"):
        BestUnderConstraints(**{given: {"neg_log_loss": 0.5}})(results)
    assert BestUnderConstraints(at_least={"neg_log_loss": -0.5})(results) == 1
    assert HighestLowerBound()(results) == 1


@pytest.mark.parametrize(
    "wrong", [{"recall": ">= 0.8"}, {"recall": np.nan}, {1: 0.5}, ["recall"], [("a",)]]
)
def test_constraints_are_names_and_numbers(wrong):
    with pytest.raises(ValueError, match="at_least of BestUnderConstraints must map"):
        BestUnderConstraints(at_least=wrong)(results_of([[1, 1]]))


# -- names


@pytest.mark.parametrize(
    "name, near",
    [
        ("log_loss", "'mean_test_neg_log_loss'"),
        ("n_estimators", "'param_clf__n_estimators'"),
        ("model__n_estimators", "'param_clf__n_estimators'"),
        ("mean_fit_tim", "'mean_fit_time'"),
        ("recal", "'mean_test_recall'"),
        ("zzz", "'mean_test_neg_log_loss', 'mean_test_recall'"),
    ],
)
def test_an_unknown_column_gets_those_that_come_close(name, near):
    results = results_of(
        [[-1, -1]],
        metric="neg_log_loss",
        param_clf__n_estimators=[1],
        mean_test_recall=np.ones(1),
    )
    for rule in (
        WithinOneStandardError(column=name),
        BestUnderConstraints(at_least={name: 0}),
    ):
        with pytest.raises(
            ValueError, match=rf"has no column '{name}', .* close: {near}\.$"
        ):
            rule(results)


def test_a_name_that_may_stand_for_two_columns():
    results = results_of([[1, 1]], metric="C", param_C=[1])
    with pytest.raises(ValueError, match="columns 'mean_test_C' and 'param_C' of"):
        WithinOneStandardError(column="C")(results)
    assert WithinOneStandardError(column="param_C")(results) == 0


def test_several_metrics_and_none_or_an_unknown_one_is_named():
    results = {**results_of([[1, 1]], "recall"), **results_of([[1, 1]], "precision")}
    with pytest.raises(ValueError, match=r"by which metric .* metric='recall'\)"):
        HighestLowerBound()(results)
    with pytest.raises(
        ValueError, match=r"has 'recall', 'precision'\. Name one of them"
    ):
        HighestLowerBound(metric="f1")(results)
    assert HighestLowerBound(metric="precision")(results) == 0
    with pytest.raises(ValueError, match=r"which has 'score'\. Leave metric out"):
        HighestLowerBound(metric="f1")(results_of([[1, 1]]))
    with pytest.raises(ValueError, match="needs the scores of each split"):
        HighestLowerBound()({"mean_test_score": [1.0]})


# -- the objects


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_rules_are_cloned_and_pickled(rule):
    results = of_sklearn.GridSearchCV(TREE, GRID).fit(X, y).cv_results_
    search = clone(GridSearchCV(TREE, GRID, refit=rule))
    copies = [clone(rule, safe=False), pickle.loads(pickle.dumps(rule)), search.refit]
    for copy in copies:
        assert copy is not rule
        assert repr(copy) == repr(rule)
        assert copy(results) == rule(results)
    assert rule(pd.DataFrame(results).iloc[::-1]) == len(results["params"]) - 1 - (
        rule(results)
    )
    assert repr(rule) in repr(search).replace("\n" + " " * 19, " ")


def test_the_repr_has_what_differs_from_the_defaults():
    assert repr(HighestLowerBound()) == "HighestLowerBound()"
    assert (
        repr(WithinOneStandardError(column="max_depth", prefer="largest"))
        == "WithinOneStandardError(column='max_depth', prefer='largest')"
    )


@pytest.mark.parametrize(
    "rule, message",
    [
        (WithinOneStandardError(prefer="least"), "'prefer' parameter of WithinOne"),
        (WithinOneStandardError(column=3), "'column' parameter of WithinOne"),
        (WithinOneStandardError(test_train_ratio=-1), "'test_train_ratio' parameter"),
        (HighestLowerBound(n_standard_errors=-1), "'n_standard_errors' parameter of"),
        (HighestLowerBound(metric=1), "'metric' parameter of HighestLowerBound"),
        (BestUnderConstraints(at_most="recall"), "'at_most' parameter of BestUnder"),
    ],
)
def test_parameters_are_checked_on_call_and_before_the_first_fit(rule, message):
    with pytest.raises(ValueError, match=message):
        rule(results_of([[1, 1]]))
    with pytest.raises(ValueError, match=message):
        GridSearchCV(DummyClassifier(), {}, refit=rule).fit(None, None)


def test_a_search_refuses_a_rule_that_cannot_choose_before_the_first_fit():
    def fit(refit, scoring=None):
        GridSearchCV(TREE, GRID, scoring=scoring, refit=refit).fit(None, None)

    with pytest.raises(TypeError, match=r"Make an instance: HighestLowerBound\(\)"):
        fit(HighestLowerBound)
    for scoring in [["recall", "f1"], {"recall": "recall", "f1": "f1"}]:
        with pytest.raises(ValueError, match="by which metric to judge"):
            fit(HighestLowerBound(), scoring)
        with pytest.raises(ValueError, match="is not a metric of this search"):
            fit(HighestLowerBound(metric="precision"), scoring)


def test_results_are_kept_if_the_rule_raises():
    search = GridSearchCV(TREE, GRID, refit=BestUnderConstraints(at_least={"score": 2}))
    with pytest.raises(ValueError, match="No candidate satisfies"):
        search.fit(X, y)
    assert HighestLowerBound()(search.cv_results_) >= 0
