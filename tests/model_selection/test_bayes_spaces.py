"""Which spaces BayesSearchCV takes, and when they are exhausted."""

import re
import tracemalloc

import numpy as np
import pytest
from scipy import stats
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV
from tests.faults import Faulty
from tests.model_selection.bayes import Bumpy, X, search_for, y


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
    with pytest.raises(
        ValueError, match=rf"\['C'\] is {name}\(.*parameters are invalid"
    ):
        BayesSearchCV(SVC(), {"C": distribution}).fit(X, y)


def test_a_heavy_tail_is_drawn_from():
    search = search_for(space={"a": stats.zipf(1.1)}, n_iter=5).fit(X, y)
    assert len(search.cv_results_["params"]) == 5


def test_long_lists_are_not_gone_through_before_the_first_fit():
    space = {"C": range(1, 10**9), "gamma": np.linspace(0.1, 1, 10**6)}
    tracemalloc.start()
    search = BayesSearchCV(SVC(), space, n_iter=2, cv=2, random_state=0).fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6, "bytes; a list of the array's numbers has 32 million"
    assert type(search.best_params_["C"]) is int
