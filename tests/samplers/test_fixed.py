from itertools import count

import numpy as np
from scipy.stats import uniform
from sklearn.model_selection import ParameterSampler

from sklearn_hp._records import Observation, Trial
from sklearn_hp.samplers import FixedSampler, LazySampler


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
    sampler.tell(Trial(0, sampler.ask()), Observation(1.0))
    assert sampler.ask() == {"a": 2}


def test_a_shared_generator_is_drawn_from_at_once():
    random_state, reference = np.random.RandomState(0), np.random.RandomState(0)
    FixedSampler(ParameterSampler({"a": uniform()}, 5, random_state=random_state))
    list(ParameterSampler({"a": uniform()}, 5, random_state=reference))
    assert random_state.rand() == reference.rand()


def test_a_lazy_sampler_draws_what_is_asked_for():
    numbers = count()
    sampler = LazySampler(({"a": i} for i in numbers), n_first=2)
    assert sampler.first == [{"a": 0}, {"a": 1}]
    asked = [sampler.ask() for _ in range(3)]
    sampler.tell(Trial(0, asked[0]), Observation(1.0))
    assert [candidate["a"] for candidate in asked] == [0, 1, 2]
    assert next(numbers) == 3


def test_a_lazy_sampler_with_fewer_candidates_than_it_draws_at_once():
    sampler = LazySampler([{"a": 0}], n_first=2)
    assert [sampler.ask() for _ in range(3)] == [{"a": 0}, None, None]


def test_repr():
    assert repr(FixedSampler([{"a": 1}, {"a": 2}])) == "FixedSampler(<2 candidates>)"
