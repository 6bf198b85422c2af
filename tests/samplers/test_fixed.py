import numpy as np
from scipy.stats import uniform
from sklearn.model_selection import ParameterSampler

from sklearn_hp._records import Trial
from sklearn_hp.samplers import FixedSampler


def test_candidates_in_order_then_none_for_ever():
    sampler = FixedSampler({"a": i} for i in range(3))
    assert [sampler.ask() for _ in range(5)] == [
        {"a": 0},
        {"a": 1},
        {"a": 2},
        None,
        None,
    ]


def test_scores_change_nothing():
    sampler = FixedSampler([{"a": 1}, {"a": 2}])
    sampler.tell(Trial(0, sampler.ask()), 1.0)
    assert sampler.ask() == {"a": 2}


def test_a_shared_generator_is_drawn_from_at_once():
    random_state, reference = np.random.RandomState(0), np.random.RandomState(0)
    FixedSampler(ParameterSampler({"a": uniform()}, 5, random_state=random_state))
    list(ParameterSampler({"a": uniform()}, 5, random_state=reference))
    assert random_state.rand() == reference.rand()
