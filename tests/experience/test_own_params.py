"""The estimator's own parameters as a candidate."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp.experience import _store
from sklearn_hp.experience._own_params import own_params
from sklearn_hp.experience._store import Experience
from tests.space.test_search_space import Coin

WIDE = stats.loguniform(1e-12, 1e12)
X = np.random.default_rng(0).normal(size=(50, 4))


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
