"""Rows and their batches."""

import pytest
import torch

from sklearn_hp.neural_network._data import Batches, Rows

CPU = torch.device("cpu")


def make_rows(n, weighted=False):
    X = torch.arange(2.0 * n).reshape(n, 2)
    return Rows(X, torch.arange(n), torch.arange(n) / n if weighted else None)


def numbers(batches):
    """Return the numbers of the rows in each batch."""
    return [batch[1].tolist() for batch in batches]


@pytest.mark.parametrize(
    ("n", "batch_size", "sizes"),
    [
        (8, 4, [4, 4]),
        (10, 4, [4, 4, 2]),
        (9, 4, [4, 5]),
        (5, 4, [5]),
        (3, 4, [3]),
        (1, 4, [1]),
        (3, 1, [1, 1, 1]),
    ],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_single_row_goes_with_the_batch_before(n, batch_size, sizes, shuffle):
    batches = Batches(make_rows(n), batch_size, CPU, shuffle=shuffle)
    found = numbers(batches)
    assert [len(batch) for batch in found] == sizes
    assert len(batches) == len(sizes)
    assert sorted(number for batch in found for number in batch) == [*range(n)]


def test_without_shuffling_rows_stay_in_order():
    batches = Batches(make_rows(5), 2, CPU, shuffle=False)
    for _ in range(2):
        assert numbers(batches) == [[0, 1], [2, 3, 4]]


def test_rows_are_shuffled_as_the_generator_says():
    rows = make_rows(10, weighted=True)
    batches = Batches(rows, 4, CPU, shuffle=True)
    orders = []
    for seed in (0, 1, 0):
        batches.generator = torch.Generator().manual_seed(seed)
        found = list(batches)
        order = torch.randperm(10, generator=torch.Generator().manual_seed(seed))
        for batch, index in zip(found, order.split([4, 4, 2]), strict=True):
            assert torch.equal(batch[0], rows.X.index_select(0, index))
            assert torch.equal(batch[1], rows.y.index_select(0, index))
            assert torch.equal(batch.weight, rows.weight.index_select(0, index))
        orders.append(order.tolist())
    assert orders[0] == orders[2] != orders[1]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_batches_are_pairs_with_the_weights_of_their_rows(shuffle, weighted):
    for batch in Batches(make_rows(6, weighted), 4, CPU, shuffle=shuffle):
        X, y = batch
        assert torch.equal(X[:, 0], 2.0 * y)
        if weighted:
            assert torch.equal(batch.weight, y / 6)
        else:
            assert batch.weight is None


@pytest.mark.parametrize("weighted", [False, True])
def test_rows_in_the_memory_of_the_host_are_copied_batch_by_batch(weighted):
    # torch's device without memory stands for any other
    there = torch.device("meta")
    batches = Batches(make_rows(6, weighted), 4, there, shuffle=True)
    for batch, size in zip(batches, (4, 2), strict=True):
        assert batch[0].device == batch[1].device == there
        assert batch[0].shape == (size, 2)
        assert batch.weight is None if not weighted else batch.weight.device == there
    assert batches.rows.X.device == CPU


def test_rows_are_a_dataset_for_skorch():
    rows = make_rows(3, weighted=True)
    assert len(rows) == 3
    X, y = rows[1]
    assert (X.tolist(), int(y)) == ([2.0, 3.0], 1)
    assert rows.n_bytes == 3 * (2 * 4 + 8 + 4)
    assert make_rows(3).n_bytes == 3 * (2 * 4 + 8)
    doubled = rows.map(lambda tensor: 2 * tensor)
    assert torch.equal(doubled.X, 2 * rows.X)
    assert torch.equal(doubled.y, 2 * rows.y)
    assert torch.equal(doubled.weight, 2 * rows.weight)
    assert make_rows(3).map(torch.neg).weight is None
