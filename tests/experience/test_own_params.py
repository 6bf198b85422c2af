"""The estimator's own parameters as a candidate."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, Matern
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import suggest_space
from sklearn_hp._experience import _own_params, _store
from sklearn_hp._experience._problem import Problem
from sklearn_hp._experience._store import Experience
from tests.experience.test_store import ENTRIES, made
from tests.space.test_search_space import Coin

WIDE = stats.loguniform(1e-12, 1e12)
X = np.random.default_rng(0).normal(size=(50, 4))


def own_params(estimator, space, X=None, y=None):
    return _own_params.own_params(estimator, space, Problem(X, y))


class Trees(BaseEstimator):
    """An estimator whose defaults are None."""

    def __init__(self, rate=None, depth=None):
        self.rate = rate
        self.depth = depth


@pytest.fixture
def known(monkeypatch):
    """Make up what None means for Trees."""
    made_up = Experience(
        name="Trees",
        relative_to={},
        only_if={},
        products=[("rate", "depth", 1)],
        fixed={},
        none_means={"rate": 0.3, "depth": 6},
        neutral={},
        when={},
        suggested=["rate"],
        ranges={},
        points=[],
    )
    monkeypatch.setattr(_store, "load", lambda: {"tests.Trees": made_up})
    return made_up


def test_values_of_the_space():
    own = own_params(Ridge(alpha=2), {"alpha": WIDE, "fit_intercept": [False, True]})
    assert own == ({"alpha": 2, "fit_intercept": True}, True)


def test_the_first_dict_that_has_them():
    space = [{"alpha": [3]}, {"alpha": [1, 2]}, {"alpha": WIDE}]
    assert own_params(Ridge(alpha=2), space) == ({"alpha": 2}, True)
    # a dict that has them comes before one that nearly has
    space = [{"alpha": stats.loguniform(2.001, 100)}, {"alpha": WIDE}]
    assert own_params(Ridge(alpha=2), space) == ({"alpha": 2}, True)
    assert own_params(Ridge(alpha=2), space[:1]) == (
        {"alpha": pytest.approx(2.001)},
        False,
    )


@pytest.mark.parametrize(
    "space",
    [
        {"alpha": [3, 4]},
        {"alpha": stats.loguniform(3, 100)},
        {"alpha": Coin()},
        {"no_parameter": WIDE},
        {"alpha": WIDE, "solver": ["svd", "saga"]},
        [],
    ],
)
def test_no_such_candidate(space):
    assert own_params(Ridge(alpha=2), space) is None


def test_a_rule_is_the_number_that_it_gives():
    space = {"svc__gamma": WIDE}
    params, exact = own_params(make_pipeline(StandardScaler(), SVC()), space, X)
    assert params == {"svc__gamma": pytest.approx(1 / 4)}
    assert not exact


def test_none_is_the_number_that_it_stands_for(known):
    space = {"rate": WIDE, "depth": stats.randint(1, 20)}
    assert own_params(Trees(), space) == ({"rate": 0.3, "depth": 6}, False)
    assert own_params(Trees(rate=0.1, depth=2), space)[1]
    in_pipeline = make_pipeline(StandardScaler(), ElasticNet())
    assert own_params(in_pipeline, {"elasticnet__alpha": [1.0]})[1]
    assert known.params_of(Trees(depth=3)) == {"rate": 0.3, "depth": 3}


@pytest.mark.parametrize(
    "estimator, space",
    [
        (Ridge(), {"alpha": stats.loguniform(10, 1e5)}),
        (LogisticRegression(C=1e-4), {"C": stats.loguniform(0.1, 1e3)}),
        (LogisticRegression(C=5.0), {"C": [0.01, 1.0, np.inf]}),
        (MLPClassifier(), {"alpha": stats.loguniform(1e-2, 1e2)}),
        (GaussianNB(), {"var_smoothing": stats.loguniform(1e-6, 1)}),
        (RandomForestClassifier(), {"n_estimators": stats.randint(190, 10**5)}),
        (DecisionTreeClassifier(), {"max_depth": stats.randint(1, 5)}),
        (DecisionTreeClassifier(), {"ccp_alpha": stats.loguniform(1e-2, 1e-1)}),
    ],
)
def test_what_is_far_from_the_own_value(estimator, space):
    assert own_params(estimator, space, X) is None


@pytest.mark.parametrize(
    "estimator, space, value",
    [
        # all features: a count of them, not one
        (DecisionTreeClassifier(), {"max_features": stats.randint(1, 13)}, 4),
        (RandomForestRegressor(), {"max_features": stats.randint(1, 13)}, 4),
        (RandomForestClassifier(), {"max_features": [1, 2, 4]}, 2),
        (DecisionTreeClassifier(), {"max_depth": stats.randint(1, 40)}, 39),
        (RandomForestClassifier(), {"min_samples_leaf": [0.02, 0.1]}, 0.02),
        (MLPClassifier(), {"batch_size": stats.randint(10, 300)}, 50),
        (LinearSVR(), {"epsilon": stats.loguniform(1e-3, 1)}, 1e-3),
        (SVC(), {"gamma": WIDE}, pytest.approx(1 / (4 * X.var()))),
    ],
)
def test_what_is_nearly_the_own_value(estimator, space, value):
    params, exact = own_params(estimator, space, X)
    assert [*params.values()] == [value]
    assert not exact


def test_a_rule_by_what_the_steps_make_of_the_data():
    far = 1000 + 100 * X
    for step in (SimpleImputer(), MinMaxScaler(), PCA(2)):
        model = make_pipeline(step, SVC())
        params, _ = own_params(model, {"svc__gamma": WIDE}, far)
        fitted = clone(model).fit(far, X[:, 0] > 0)
        assert params["svc__gamma"] == pytest.approx(fitted[-1]._gamma)


def test_all_components_are_nearly_all_of_the_variance():
    pipe = make_pipeline(StandardScaler(), PCA(), SVC())
    space = suggest_space(pipe, X, X[:, 0] > 0, preprocessing=True)
    params, exact = own_params(pipe, space, X)
    assert params["pca__n_components"] == pytest.approx(0.999)
    assert not exact
    for counts in ([1, 2, 3], [2, 3], stats.randint(1, 5)):
        assert own_params(pipe, {"pca__n_components": counts}, X) is None
    lda = LinearDiscriminantAnalysis()
    assert own_params(lda, {"n_components": stats.uniform(0.5, 0.499)}, X) is None


@pytest.mark.parametrize("key", ENTRIES)
def test_a_suggested_space_has_the_estimator_as_it_is(key):
    estimator = made(key)
    X = np.random.default_rng(0).normal(size=(200, 4))
    y = X[:, 0] > 0 if is_classifier(estimator) else 3 * X[:, 0]
    found = own_params(estimator, suggest_space(estimator, X, y), X, y)
    # their defaults are penalties that leave nothing of most models
    assert found is not None or key in ("sklearn.Lasso", "sklearn.ElasticNet")


def test_an_equal_kernel_is_the_own_one():
    own = 1.0 * Matern(nu=1.5)
    kernels = [RBF(), 1.0 * Matern(nu=2.5), 1.0 * Matern(nu=1.5)]
    model = GaussianProcessRegressor(kernel=own)
    params, exact = own_params(model, {"kernel": kernels})
    assert exact
    assert params["kernel"] is kernels[2]
    assert own_params(model, {"kernel": kernels[:2]}) is None
