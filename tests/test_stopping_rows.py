"""Which rows are set aside to be stopped by."""

import numpy as np
import pytest

from sklearn_hp._stopping_rows import split_off


def split(y, fraction=0.1, seed=0, stratify=True, groups=None, shuffle=True):
    y = np.asarray(y)
    rng = np.random.RandomState(seed)
    train, stopping = split_off(
        y, fraction, rng, stratify=stratify, groups=groups, shuffle=shuffle
    )
    np.testing.assert_array_equal(
        np.sort(np.concatenate([train, stopping])), np.arange(len(y))
    )
    assert (np.diff(train) > 0).all() and (np.diff(stopping) > 0).all()
    return train, stopping


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_share_of_rows(fraction, stratify, seed):
    y = np.repeat([0, 1, 2], [120, 60, 20])
    _, stopping = split(y, fraction, seed, stratify)
    assert len(stopping) == round(fraction * 200)
    if stratify:
        counts = np.bincount(y[stopping], minlength=3)
        np.testing.assert_allclose(counts, fraction * np.array([120, 60, 20]), atol=1)


def test_rows_are_drawn_by_the_seed():
    y = np.repeat([0, 1], 50)
    drawn = [tuple(split(y, 0.2, seed)[1]) for seed in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]
    # each of the rows is in its turn
    drawn = {row for seed in range(60) for row in split(y, 0.2, seed)[1]}
    assert drawn == set(range(100))


@pytest.mark.parametrize("seed", range(5))
def test_every_class_remains_in_training(seed):
    y = np.array([0] * 10 + [1] * 2 + [2])
    train, stopping = split(y, 0.9, seed)
    assert set(y[train]) == {0, 1, 2}
    assert len(stopping) == 10  # all that can be spared


def test_at_least_one_row_to_stop_by_and_one_to_train_on():
    assert len(split([0, 0, 0], 0.01)[1]) == 1
    assert len(split(np.zeros(3), 0.99, stratify=False)[0]) == 1


def test_targets_of_several_columns():
    assert len(split(np.zeros((20, 2)), 0.25, stratify=False)[1]) == 5


@pytest.mark.parametrize(
    ("y", "stratify"), [([0, 1, 2], True), (np.zeros(1), False)], ids=["classes", "row"]
)
def test_too_few_rows(y, stratify):
    with pytest.raises(
        ValueError, match=rf"of these {len(y)} samples none can be spared"
    ):
        split(y, stratify=stratify)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("names", [np.arange(20), [f"g{i}" for i in range(20)]])
def test_groups_are_not_torn(seed, stratify, names):
    groups = np.repeat(names, 5)
    y = np.tile([0, 1], 50)
    train, stopping = split(y, 0.1, seed, stratify, groups)
    assert not set(groups[train]) & set(groups[stopping])
    assert len(set(groups[stopping])) == 2
    again = split(y, 0.1, seed, stratify, groups)[1]
    np.testing.assert_array_equal(again, stopping)
    others = [tuple(split(y, 0.1, i, stratify, groups)[1]) for i in range(5)]
    assert len(set(others)) > 1


def test_groups_are_stratified_as_far_as_they_can_be():
    # 20 groups of 5 rows, of one class each
    y = np.repeat(np.arange(20) % 2, 5)
    _, stopping = split(y, 0.2, groups=np.arange(100) // 5)
    assert np.bincount(y[stopping]).tolist() == [10, 10]


def test_a_class_in_few_groups():
    y = np.array([0] * 20 + [1] * 2)
    groups = np.repeat(np.arange(11), 2)
    train, stopping = split(y, 0.1, groups=groups)
    assert not set(groups[train]) & set(groups[stopping])


@pytest.mark.parametrize("seed", range(10))
def test_a_class_of_one_group_is_trained_on(seed):
    groups = np.repeat(np.arange(6), 4)
    y = np.where(groups == 2, 2, np.arange(24) % 2)
    train, stopping = split(y, 0.5, seed, groups=groups)
    assert set(y[train]) == {0, 1, 2}
    assert not set(groups[train]) & set(groups[stopping])


def test_classes_of_one_group_each():
    with pytest.raises(ValueError, match="of these 3 groups none can be spared"):
        split([0, 0, 1, 1, 2, 2], 0.4, groups=[0, 0, 1, 1, 2, 2])


def test_the_last_rows():
    _train, stopping = split(np.zeros(20), 0.25, stratify=False, shuffle=False)
    assert stopping.tolist() == [15, 16, 17, 18, 19]
    assert len(split(np.zeros(3), 0.99, stratify=False, shuffle=False)[0]) == 1


def test_a_class_of_the_last_rows_is_trained_on():
    y = np.array([0, 1] * 8 + [2, 0, 2, 1])
    _train, stopping = split(y, 0.2, shuffle=False)
    assert stopping.tolist() == [17, 18, 19]


def test_the_last_groups():
    groups = np.array([*"bbddaac", "a", "c", "c"])
    _train, stopping = split(
        np.zeros(10), 0.25, stratify=False, groups=groups, shuffle=False
    )
    assert stopping.tolist() == [6, 8, 9]


def test_two_groups_are_enough_and_one_is_not():
    assert len(split([0, 1] * 4, 0.1, groups=[0] * 4 + [1] * 4)[1]) == 4
    with pytest.raises(ValueError, match="the 8 training samples are all of one group"):
        split([0, 1] * 4, groups=np.zeros(8))
