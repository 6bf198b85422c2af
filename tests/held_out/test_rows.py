from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import KFold, ShuffleSplit, TimeSeriesSplit

from sklearn_hp._held_out import why_not_exchangeable
from sklearn_hp._held_out._rows import parts_of
from tests.held_out.test_scores import SPLITS, N, of_numbers


def test_many_splits_are_taken_together():
    rows, _ = of_numbers()
    each = replace(rows, splits=np.arange(N))  # leave one out
    np.testing.assert_array_equal(np.bincount(parts_of(each)), [6] * 10)
    np.testing.assert_array_equal(parts_of(rows), SPLITS)


@pytest.mark.parametrize("n_splits", [1, 2])
def test_rows_of_few_splits_are_divided(n_splits):
    rows, _ = of_numbers()
    few = replace(rows, splits=np.arange(N) % n_splits)
    np.testing.assert_array_equal(np.bincount(parts_of(few)), [12] * 5)
    groups = np.repeat(np.arange(15), 4)
    parts = parts_of(replace(few, groups=groups))
    np.testing.assert_array_equal(np.bincount(parts), [12] * 5)
    assert all(len(set(parts[groups == group])) == 1 for group in range(15))


def test_rows_in_the_order_of_time_are_not_exchangeable():
    for cv in (TimeSeriesSplit(3), TimeSeriesSplit(2, gap=3, max_train_size=9)):
        reason = why_not_exchangeable([*cv.split(np.zeros(N))])
        assert "as in a time series" in reason
    for cv in (KFold(2), KFold(5, shuffle=True, random_state=0), ShuffleSplit(1)):
        assert why_not_exchangeable([*cv.split(np.zeros(N))]) is None
