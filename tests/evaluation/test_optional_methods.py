import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metaestimators import available_if

from sklearn_hp import GridSearchCV
from sklearn_hp._evaluation._optional_methods import (
    Holder,
    chosen_n_iter,
    device_slots,
    holders,
    may_hold_estimators,
    params_for_refit,
)
from tests.optional_methods import OnDevice, StoppingScaler, Stops, StopsOnDemand

X, y = np.arange(20.0).reshape(10, 2), np.arange(10.0)


def in_target(regressor):
    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


@pytest.mark.parametrize(
    "estimator, prefix",
    [
        (Stops(), ""),
        (make_pipeline(StandardScaler(), Stops()), "stops__"),
        (make_pipeline("passthrough", StoppingScaler(), Stops()), "stoppingscaler__"),
        (in_target(Stops()), "regressor__"),
        (in_target(make_pipeline(Stops())), "regressor__stops__"),
        (make_pipeline(in_target(Stops())), "transformedtargetregressor__regressor__"),
        (StopsOnDemand(), ""),
    ],
)
def test_the_one_that_stops_early_is_found_wherever_it_is(estimator, prefix):
    assert next(holders(estimator, "refit_params")).prefix == prefix
    assert params_for_refit(clone(estimator), [3, 5]) == {
        f"{prefix}max_iter": 5,
        f"{prefix}early_stopping": False,
    }
    assert chosen_n_iter(estimator.fit(X, y)) == 10


def test_a_cached_step_is_found(tmp_path):
    steps = [("stops", StoppingScaler()), ("last", LinearRegression())]
    pipeline = Pipeline(steps, memory=str(tmp_path))
    assert params_for_refit(pipeline, [7]) == {
        "stops__max_iter": 7,
        "stops__early_stopping": False,
    }
    for _ in range(2):  # the second comes from the cache
        assert chosen_n_iter(pipeline.fit(X, y)) == 10
    assert not hasattr(steps[0][1], "best_n_iter_")


@pytest.mark.parametrize(
    "estimator",
    [
        LinearRegression(),
        Stops(early_stopping=False),
        StopsOnDemand(early_stopping=False),
        make_pipeline(Stops(early_stopping=False)),
        # several were fitted
        VotingRegressor([("a", Stops()), ("b", Stops())]),
        # the search refitted it already
        GridSearchCV(Stops(), {"extra": [1]}, cv=2),
        # it was fitted elsewhere
        make_pipeline(FrozenEstimator(Stops().fit(X, y))),
    ],
)
def test_without_a_choice_there_is_no_n_iter(estimator):
    assert chosen_n_iter(estimator.fit(X, y)) is None


def test_what_is_frozen_gets_no_parameters():
    frozen = make_pipeline(FrozenEstimator(Stops().fit(X, y)))
    assert params_for_refit(frozen, [3]) == {}
    assert params_for_refit(Stops(), []) == {}
    assert params_for_refit(LinearRegression(), [3]) == {}


def test_an_n_iter_must_be_an_integer():
    estimator = Stops()
    estimator.best_n_iter_ = 7.5
    with pytest.raises(TypeError, match=r"best_n_iter_ of Stops must be an int, got 7"):
        chosen_n_iter(estimator)


@pytest.mark.parametrize(
    "estimator, expected",
    [
        (LinearRegression(), None),
        (OnDevice(), None),
        (OnDevice(slots=2), 2),
        (OnDevice(slots=np.int64(3)), 3),
        (make_pipeline(StandardScaler(), OnDevice(slots=2)), 2),
        (VotingRegressor([("a", OnDevice(4)), ("b", OnDevice(2)), ("c", None)]), 2),
        (make_pipeline(FrozenEstimator(OnDevice(slots=2))), 2),
    ],
)
def test_slots_are_those_of_the_scarcest_device(estimator, expected):
    assert device_slots(estimator) == expected


@pytest.mark.parametrize("slots", [0, -1, 1.5, "2"])
def test_an_impossible_number_of_slots_is_refused(slots):
    with pytest.raises(
        ValueError, match=r"OnDevice.device_slots\(\) must return a whole"
    ):
        device_slots(OnDevice(slots=slots))


def test_a_class_as_a_parameter_offers_nothing():
    class Module:
        def __init__(self, module=Stops):
            self.module = module

        def get_params(self, deep=True):
            return {"module": self.module}

    assert list(holders(Module(), "refit_params")) == []


def test_a_method_may_be_there_for_some_parameters_only():
    class Sometimes(Stops):
        @available_if(lambda self: False)
        def device_slots(self):
            raise AssertionError

    estimator = Sometimes()
    assert list(holders(estimator, "device_slots")) == [Holder("", estimator)]
    assert device_slots(estimator) is None
    assert params_for_refit(StopsOnDemand(early_stopping=False), [3]) == {}


@pytest.mark.parametrize(
    "params, expected",
    [
        ({}, False),
        ({"a": 1, "b": "rbf", "c": None, "d": np.ones(3)}, False),
        ({"step": Stops()}, True),
        ({"steps": [("a", Stops())]}, True),
    ],
)
def test_candidates_of_plain_values_are_quick(params, expected):
    assert may_hold_estimators(params) == expected
