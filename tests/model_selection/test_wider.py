"""A wider space goes on from a narrower one; any other does not."""

import json
import re

import pytest
from scipy.stats import loguniform, randint, uniform
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp.model_selection._wider import space_of, what_is_left_out
from sklearn_hp.samplers import GPSampler


def left_out(before, now):
    spaces = [space_of(RandomSearchCV(SVC(), space)) for space in (before, now)]
    return what_is_left_out(*json.loads(json.dumps(spaces)))


WIDER = {
    "the same": ({"C": [1, 2]}, {"C": [1, 2]}),
    "more values": ({"C": [1, 2]}, {"C": [0, 2, 1]}),
    "a wider range": ({"C": loguniform(1, 10)}, {"C": loguniform(0.1, 100)}),
    "whole numbers": ({"C": randint(1, 10)}, {"C": randint(0, 10)}),
    "a range for values": ({"C": [1, 2]}, {"C": uniform(0, 3)}),
    "one more dict": ({"C": [1]}, [{"gamma": [1]}, {"C": [1]}]),
    "the same long list": ({"C": range(20_000)}, {"C": range(20_000)}),
}
OTHER = {
    "fewer values": ({"C": [1, 2]}, {"C": [1]}, r"C was searched over \[1, 2\]"),
    "a narrower range": (
        {"C": loguniform(0.1, 100)},
        {"C": loguniform(1, 10)},
        r"C was searched over a distribution from 0\.1 to 100, and is now searched "
        r"over a distribution from 1 to 10$",
    ),
    "values for a range": ({"C": uniform(0, 3)}, {"C": [1, 2]}, "C was searched over"),
    "text for a range": ({"C": ["a"]}, {"C": uniform(0, 3)}, r"over \['a'\]"),
    "another parameter": ({"C": [1]}, {"C": [1], "gamma": [1]}, "^gamma is new$"),
    "no dict any more": (
        [{"C": [1]}, {"gamma": [1]}],
        {"C": [1]},
        "^C is new, gamma is missing$",
    ),
    "another long list": ({"C": range(20_000)}, {"C": range(30_000)}, "a list"),
}


@pytest.mark.parametrize(("before", "now"), WIDER.values(), ids=WIDER)
def test_a_wider_space_leaves_nothing_out(before, now):
    assert left_out(before, now) == ""


@pytest.mark.parametrize(("before", "now", "match"), OTHER.values(), ids=OTHER)
def test_what_is_left_out_is_named(before, now, match):
    assert re.search(match, left_out(before, now))


def test_the_space_of_each_class():
    for cls in (GridSearchCV, RandomSearchCV, BayesSearchCV):
        assert space_of(cls(SVC(), {"C": [1]})) == [{"C": {"values": ["1"]}}]


def test_only_a_sampler_of_the_users_knows_its_space():
    space = {"C": [1, 2]}
    search = BayesSearchCV(SVC(), space, sampler=GPSampler(space))
    assert space_of(search) is None
    assert what_is_left_out(None, space_of(GridSearchCV(SVC(), space))) == ""
