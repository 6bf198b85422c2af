from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.datasets import make_classification
from sklearn.svm import SVC

from sklearn_hp import RandomSearchCV
from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._encoding import encode, ends, from_unit, to_unit

TABLE = {
    "param_C": [0.01, 0.1, 1.0, 10.0, 100.0, 0.1],
    "param_kernel": ["rbf", "linear", "rbf", "poly", "rbf", "rbf"],
    "param_degree": [None, None, None, 3, None, None],
    "mean_test_score": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
}


def parameter_of(tried, **changes):
    table = {"param_a": tried, "mean_test_score": np.arange(len(tried))}
    return replace(read_search(table).parameters[0], **changes)


def test_positions_are_on_the_scale_of_the_range_that_was_searched():
    X, y = make_classification(random_state=0)
    space = {
        "C": loguniform(1e-3, 1e3),
        "tol": uniform(0, 2),
        "kernel": ["rbf", "linear"],
    }
    search = RandomSearchCV(SVC(), space, n_iter=8, cv=2, random_state=0)
    data = read_search(search.fit(X, y))
    rows, n_choices = encode(data)
    names = [parameter.name for parameter in data.parameters]
    C = np.array([params["C"] for params in data.candidates])
    tol = np.array([params["tol"] for params in data.candidates])
    np.testing.assert_allclose(rows[:, names.index("C")], np.log10(C) / 6 + 0.5)
    np.testing.assert_allclose(rows[:, names.index("tol")], tol / 2)
    assert n_choices.tolist() == [2 * (name == "kernel") for name in names]


def test_categories_are_codes_and_what_is_lacking_is_nan():
    frame = {name: np.array(values, object) for name, values in TABLE.items()}
    data = read_search({**frame, "mean_test_score": TABLE["mean_test_score"]})
    rows, n_choices = encode(data)
    assert [parameter.name for parameter in data.parameters][1] == "kernel"
    levels = np.array(data.parameters[1].levels)
    assert levels[rows[:, 1].astype(int)].tolist() == TABLE["param_kernel"]
    assert n_choices[1] == 3
    np.testing.assert_allclose(rows[:4, 0], [0, 0.25, 0.5, 0.75])


@pytest.mark.parametrize("is_log", [False, True])
def test_from_unit_inverts_to_unit(is_log):
    parameter = parameter_of([1.0, 3.0, 20.0], is_log=is_log, low=0.5, high=50.0)
    positions = np.array([0.0, 0.1, 0.7, 1.0])
    numbers = from_unit(parameter, positions)
    assert numbers[[0, -1]].tolist() == pytest.approx([0.5, 50.0])
    np.testing.assert_allclose(to_unit(parameter, numbers), positions, atol=1e-12)


def test_ends_where_the_range_has_none_or_does_not_hold_all_values():
    numbers = [1.0, 2.0, 5.0]
    assert ends(parameter_of(numbers, low=-np.inf, high=np.inf)) == (1, 5)
    assert ends(parameter_of(numbers, low=2.0, high=9.0)) == (1, 9)
    assert ends(parameter_of(numbers, is_log=True, low=0.0, high=9.0)) == (1, 9)
    assert ends(parameter_of(numbers, numbers=np.full(3, np.nan))) == (0, 1)


def test_a_single_number_and_infinite_ones_have_positions():
    one = parameter_of([2.0, 2.0])
    assert to_unit(one, np.array([2.0, np.nan])).tolist()[0] == 0.5
    assert from_unit(one, np.array([0.0, 1.0])).tolist() == [2.0, 2.0]
    wide = parameter_of([0.0, 4.0, np.inf])
    assert to_unit(wide, np.array([0.0, 1.0, np.inf, np.nan]))[:3].tolist() == [
        0.0,
        0.25,
        1.0,
    ]
