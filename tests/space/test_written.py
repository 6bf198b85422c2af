"""What is searched, written as people would write it."""

import re
from functools import partial

import numpy as np
import pytest
from scipy import stats
from sklearn.preprocessing import StandardScaler

from sklearn_hp.space import log_randint
from sklearn_hp.space._written import written


@pytest.mark.parametrize(
    "values, text",
    [
        (stats.loguniform(0.002, np.float64(7000)), "loguniform(0.002, 7000)"),
        (stats.uniform(loc=1, scale=2.5), "uniform(loc=1, scale=2.5)"),
        (stats.norm(), "norm()"),
        (stats.norm, "norm"),
        (log_randint(1, 100), "log_randint(1, 100)"),
        (
            stats.rv_discrete(values=([1, 2], [0.25, 0.75])),
            "rv_discrete(values=(array([1, 2]), array([0.25, 0.75])))",
        ),
        (stats.uniform(np.zeros(2), 1), "uniform(array([0, 0]), 1)"),
        (["a", None, 0.1], "['a', None, 0.1]"),
        ((5,), "(5,)"),
        ((5, (1, 2)), "(5, (1, 2))"),
        ([], "[]"),
        (range(10**9), "range(0, 1000000000)"),
        (np.logspace(-3, 3, 13), "array([0.001, 0.00316228, 0.01, ..., 1000])"),
        (np.arange(3), "array([0, 1, 2])"),
        (np.arange(4).reshape(2, 2), "array([array([0, 1]), array([2, 3])])"),
        (np.array(["a", "b"]), "array(['a', 'b'])"),
        ([np.float64(0.5), np.str_("a")], "[0.5, 'a']"),
        ([abs, np.mean, StandardScaler, StandardScaler()], None),
        ({"a": [1], "b": stats.uniform(0, 1)}, "{'a': [1], 'b': uniform(0, 1)}"),
        ([{"a": [1]}, {"b": (2,)}], "[{'a': [1]}, {'b': (2,)}]"),
        ({}, "{}"),
    ],
)
def test_values_are_written_as_people_would(values, text):
    if text is None:
        text = "[abs, mean, StandardScaler, StandardScaler()]"
    assert written(values) == text


def test_no_text_is_long_or_has_an_address():
    class Coin:
        def rvs(self, random_state):
            return 0

    functions = [partial(max, i) for i in range(3000)]
    distributions = [
        functions,
        [lambda x: x] * 3000,
        list(range(3000)),
        Coin(),
        stats.dirichlet([1, 1]),
        stats.rv_histogram(np.histogram(np.arange(100.0), bins=50)),
        stats.rv_discrete(values=(np.arange(100), np.full(100, 0.01))),
    ]
    for values in distributions:
        text = written(values)
        assert len(text) < 200
        assert not re.search(" at 0x", text)
