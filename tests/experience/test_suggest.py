"""Spaces that are suggested."""

import copy
import pickle
import re
import warnings
from collections import deque

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, is_classifier
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LogisticRegression,
    Ridge,
    SGDClassifier,
)
from sklearn.model_selection import RandomizedSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import BayesSearchCV, suggest_space
from sklearn_hp._experience import _suggest
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._start_points import learnt_points
from sklearn_hp._experience._store import load
from sklearn_hp.space import SearchSpace
from tests.experience.test_store import ENTRIES, check_params, made

X, y = load_iris(return_X_y=True)


def draw(space, seed):
    known = SearchSpace(space)
    rng = np.random.default_rng(seed)
    return known.decode(known.from_cube(rng.random((1, known.n_columns)))[0], rng)


@pytest.mark.parametrize("key", ENTRIES)
@pytest.mark.parametrize("data", ["unknown", "known", "numbers"])
def test_each_value_is_valid(key, data):
    estimator = made(key)
    target = y if is_classifier(estimator) else X[:, 0] * 1000
    kwargs = {
        "unknown": {},
        "known": {"X": X, "y": target},
        "numbers": {"n_samples": 100, "n_features": 4},
    }[data]
    space = suggest_space(estimator, **kwargs)
    assert list(space)
    assert set(space) <= set(load()[key].suggested)
    for seed in range(10):
        check_params(estimator.set_params(**draw(space, seed)))


@pytest.mark.filterwarnings("ignore")  # max_iter, mostly
@pytest.mark.parametrize("key", ENTRIES)
def test_a_candidate_can_be_fitted(key):
    estimator = made(key)
    target = y if is_classifier(estimator) else X[:, 0]
    for name, few in [("max_iter", 20), ("n_estimators", 3), ("max_epochs", 2)]:
        if name in estimator.get_params():
            estimator.set_params(**{name: few})
    search = RandomizedSearchCV(
        estimator,
        suggest_space(estimator, X[::5], target[::5]),
        n_iter=1,
        cv=2,
        random_state=0,
        error_score="raise",
    )
    search.fit(X[::5], target[::5])


def test_names_and_ranges_of_the_file():
    ranges = load()["sklearn.Ridge"].ranges["alpha"]
    space = suggest_space(make_pipeline(StandardScaler(), Ridge()))
    assert list(space) == ["ridge__alpha"]
    low, high = space["ridge__alpha"].support()
    assert ranges["low"] * 0.9 <= low <= ranges["low"] * (1 + 1e-9)
    assert ranges["high"] * (1 - 1e-9) <= high <= ranges["high"] * 1.11


def test_several_estimators():
    vote = VotingClassifier(
        [("a", SVC()), ("b", make_pipeline(LogisticRegression())), ("c", GaussianNB())]
    )
    names = list(suggest_space(vote))
    assert {name.partition("__")[0] for name in names} == {"a", "b"}
    assert set(names) <= vote.get_params().keys()


def test_parameters_that_have_a_meaning():
    assert "gamma" in suggest_space(SVC())
    assert "gamma" not in suggest_space(SVC(kernel="linear"))
    assert "degree" in suggest_space(SVC(kernel="poly"))
    assert "gamma" not in suggest_space(SVC(kernel=lambda a, b: a @ b.T))


def test_it_is_a_dict():
    space = suggest_space(SVC())
    assert isinstance(space, dict)
    space["C"] = stats.uniform(1, 10)
    del space["gamma"]
    space |= {"kernel": ["rbf", "linear"]}
    assert "gamma" not in repr(space)
    others = [copy.deepcopy(space), pickle.loads(pickle.dumps(space)), space.copy()]
    for other in [*others, space | {}, {} | space]:
        assert repr(other) == repr(space)
        assert other is not space
    search = BayesSearchCV(SVC(), space, n_iter=3, cv=2, random_state=0).fit(X, y)
    assert set(search.best_params_) == set(space)
    assert "loguniform" in repr(BayesSearchCV(SVC(), suggest_space(SVC())))


def test_it_prints_as_it_would_be_written():
    names = {"loguniform": stats.loguniform, "uniform": stats.uniform}
    for estimator in (SVC(kernel="poly"), LogisticRegression(solver="saga")):
        space = suggest_space(estimator)
        again = eval(repr(space), names | {"randint": stats.randint})
        assert list(again) == list(space)
        for name, values in space.items():
            if isinstance(values, list):
                assert again[name] == values
            else:
                assert again[name].support() == pytest.approx(values.support())
    space["C"] = stats.uniform(loc=np.float64(1), scale=2)
    assert "'C': uniform(loc=1, scale=2)," in repr(space)
    assert (
        repr(suggest_space(DecisionTreeClassifier())).count("\n")
        == len(suggest_space(DecisionTreeClassifier())) + 1
    )


def width(space, name):
    low, high = space[name].support()
    return np.log(high / low)


def test_the_number_of_features():
    four = suggest_space(SVC(), n_features=4)["gamma"].support()
    forty = suggest_space(SVC(), n_features=40)["gamma"].support()
    assert forty == pytest.approx(np.array(four) / 10, rel=0.1)
    unknown = suggest_space(SVC())
    assert width(unknown, "gamma") > width(suggest_space(SVC(), n_features=4), "gamma")
    pipe = make_pipeline(StandardScaler(), SVC())
    assert suggest_space(pipe, X)["svc__gamma"].support() == four
    # given, it counts
    assert suggest_space(pipe, X, n_features=40)["svc__gamma"].support() == forty


def test_the_scale_of_the_target():
    target = X[:, 0]
    small = suggest_space(Lasso(), X, target)["alpha"].support()
    large = suggest_space(Lasso(), X, 1000 * target)["alpha"].support()
    assert large == pytest.approx(1000 * np.array(small))
    wrapped = TransformedTargetRegressor(Lasso(), transformer=StandardScaler())
    one, other = (suggest_space(wrapped, X, c * target) for c in (1, 1000))
    assert repr(one) == repr(other)
    assert width(suggest_space(Lasso()), "alpha") > np.log(large[1] / large[0])


def test_the_number_of_rows():
    def highest(own=1, **kwargs):
        space = suggest_space(KNeighborsClassifier(own), **kwargs)
        return space["n_neighbors"].support()[1]

    known = load()["sklearn.KNeighborsClassifier"].ranges["n_neighbors"]
    assert highest() == highest(n_samples=10**6) == known["high"]
    assert highest(n_samples=2 * known["low"] + 4) == known["low"] + 2
    assert highest(n_samples=2) == known["low"] + 1, "still a range"
    assert highest(n_samples=8, own=7) == 7, "as it is"
    assert highest(n_samples=8, own=9) < 7, "not so many"
    assert highest(X=X[:20]) == highest(X=X[:20].tolist()) == highest(n_samples=20)


@pytest.mark.parametrize("name", ["n_samples", "n_features"])
@pytest.mark.parametrize(
    "given, error, message",
    [
        (0, ValueError, "must be positive, got 0. Leave it out"),
        (-3, ValueError, "must be positive, got -3."),
        ("7", TypeError, "must be an integer, got '7' of type str. Leave it out"),
        (True, TypeError, "must be an integer, got True"),
        (7.0, TypeError, "must be an integer, got 7.0 of type float"),
    ],
)
def test_numbers_of_rows_and_columns(name, given, error, message):
    with pytest.raises(error, match=re.escape(f"{name} {message}")):
        suggest_space(SVC(), **{name: given})
    assert suggest_space(SVC(), **{name: np.int64(7)})


def test_fewer_parameters_than_the_class_that_is_known():
    class Small(MLPClassifier):
        def __init__(self, alpha=1e-4, learning_rate_init=1e-3):
            super().__init__(alpha=alpha, learning_rate_init=learning_rate_init)

    space = suggest_space(Small())
    assert set(space) == {"alpha", "learning_rate_init"}
    assert learnt_points(Small(), space, 4, Problem())
    assert suggest_space(MLPClassifier(max_iter="many"))


def test_no_warning_of_a_parameter_that_a_class_has_not():
    class Small(ElasticNet):
        def __init__(self, l1_ratio=0.5):
            super().__init__(l1_ratio=l1_ratio)

    assert list(suggest_space(Small(), X)) == ["l1_ratio"]


def test_more_steps_want_smaller_rates():
    def lowest(estimator):
        return suggest_space(estimator)["learning_rate"].support()[0]

    usual, more = (
        lowest(HistGradientBoostingClassifier(max_iter=n)) for n in (100, 2000)
    )
    assert more == pytest.approx(usual / 10, rel=0.1)  # 200 were the most


def test_choices_have_the_own_value():
    weights = {0: 1, 1: 5}
    space = suggest_space(SVC(class_weight=weights))
    assert space["class_weight"] == [weights, None, "balanced"]
    layers = suggest_space(MLPClassifier())["hidden_layer_sizes"]
    assert layers[0] == (100,)
    assert suggest_space(MLPClassifier((32,)))["hidden_layer_sizes"] == layers[1:]


def test_a_distance_that_has_no_exponent():
    assert "p" in suggest_space(KNeighborsClassifier())
    assert "p" not in suggest_space(KNeighborsClassifier(metric="cosine"))


@pytest.mark.parametrize(
    "data",
    [["a text", "b"] * 9, np.zeros((5, 3, 3)), np.zeros(9), np.full((3, 2), 1e300)],
    ids=["texts", "3d", "1d", "huge"],
)
def test_data_that_are_no_table(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        space = suggest_space(SVR(), data, np.full(len(data), np.nan))
    low, high = space["gamma"].support()
    expected = suggest_space(SVR(), n_features=2)["gamma"].support()
    n_known = 2 if np.ndim(data) == 2 else None
    if n_known is None:
        expected = suggest_space(SVR())["gamma"].support()
    assert (low, high) == pytest.approx(expected)


def test_no_rows():
    low, high = suggest_space(DecisionTreeClassifier(), X[:0])[
        "min_samples_leaf"
    ].support()
    assert (low, high) == (1, 2)


class Sequence:
    """What numpy can read, and nothing else is known of."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return self.values[index]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


@pytest.mark.parametrize(
    "make",
    [list, tuple, deque, Sequence, pd.Series, lambda y: pd.DataFrame({"y": y})],
)
def test_targets_of_all_kinds(make):
    expected = suggest_space(SVR(), X, 1000 * y)["C"].support()
    assert suggest_space(SVR(), X, make(1000 * y))["C"].support() == expected
    texts = [f"{1000 * value}" for value in y]
    assert suggest_space(SVR(), X, texts)["C"].support() == expected, "as it fits them"


def test_meta_estimators_without_tags():
    class Meta(BaseEstimator):
        def __init__(self, estimator=None):
            self.estimator = estimator

        __sklearn_tags__ = None

    assert "estimator__C" in suggest_space(Meta(SVC()), X, y)


def test_preprocessing():
    columns = ColumnTransformer(
        [("n", SimpleImputer(), [0, 1]), ("c", OneHotEncoder(), [2])]
    )
    pipe = Pipeline([("columns", columns), ("svc", SVC())])
    alone, together = suggest_space(pipe), suggest_space(pipe, preprocessing=True)
    assert set(together) - set(alone) == {
        "columns__n__strategy",
        "columns__n__add_indicator",
        "columns__c__min_frequency",
    }
    assert together.keys() <= pipe.get_params().keys()
    assert repr(alone)[2:-2] in repr(together)


def test_few_rows():
    space = suggest_space(DecisionTreeClassifier(), n_samples=40)
    low, high = space["min_samples_leaf"].support()
    assert 1 <= low < high == 8, "a fifth of the rows"
    assert suggest_space(SVC(), [[1.0, 2.0]] * 40, ["a"] * 40)
    assert suggest_space(SVC(), ((1.0, 2.0),) * 40, ("a",) * 40)


def test_a_lower_rate_for_more_steps():
    (rate, steps, power) = load()["sklearn.MLPClassifier"].products[0]
    assert (rate, steps, power) == ("learning_rate_init", "max_iter", 0.5)
    few, many = (
        suggest_space(MLPClassifier(max_iter=max_iter))[rate].support()
        for max_iter in (20, 2000)
    )
    assert few[0] / many[0] == pytest.approx(10, rel=0.2), "of two digits"
    assert few[1] == many[1]


def test_what_depends_on_something_searched():
    space = suggest_space(SGDClassifier())
    assert {"penalty", "l1_ratio", "learning_rate", "eta0"} <= space.keys()


def test_ranges_are_rounded_outward():
    for low, high in [(0.01234, 56.78), (0.1, 1.0), (1.001e-7, 9.99e5)]:
        learnt = {"low": low, "high": high, "log": True, "integer": False}
        found = _suggest._distribution(learnt).support()
        assert found[0] <= low < 1.1 * found[0]
        assert found[1] >= high > found[1] / 1.1


@pytest.mark.parametrize(
    "estimator, without",
    [
        (LogisticRegression(penalty=None), "C"),
        (SVC(kernel="linear"), "gamma"),
        (("lightgbm", "LGBMClassifier", {"boosting_type": "rf"}), "learning_rate"),
        (("xgboost", "XGBClassifier", {"booster": "gblinear"}), "max_depth"),
    ],
    ids=["logistic", "svc", "lightgbm", "xgboost"],
)
def test_what_has_no_meaning_is_not_suggested(estimator, without):
    if isinstance(estimator, tuple):
        module, name, params = estimator
        estimator = getattr(pytest.importorskip(module), name)(**params)
    space = suggest_space(estimator)
    assert without not in space
    assert without in suggest_space(type(estimator)())
