"""Rows that are loaded batch by batch: Datasets, and what a user's collate_fn joins."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback
from skorch.helper import SliceDataset
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchMLPClassifier,
    TorchRegressor,
)
from tests.neural_network.modules import Small, TwoParts, assert_same_weights, weights
from tests.neural_network.networks import classification

X, y = classification()
PARAMS = {"max_epochs": 2, "batch_size": 16, "device": "cpu", "random_state": 0}


class Counting(Dataset):
    """Rows with or without targets; counts how often each is loaded."""

    def __init__(self, X, y=None, parts=False):
        self.X, self.y, self.parts = X, y, parts
        self.loaded = np.zeros(len(X), int)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        self.loaded[i] += 1
        x = self.X[i]
        if self.parts:
            x = {"a": x[:2], "b": x[2:]}
        return x if self.y is None else (x, self.y[i])


@pytest.mark.parametrize("parts", [False, True])
def test_a_dataset_equals_its_rows(parts):
    net = TorchClassifier(TwoParts if parts else Small, scaler=None, **PARAMS)
    rows = {"a": X[:, :2], "b": X[:, 2:]} if parts else X
    expected = net.fit(rows, y)
    weight = np.arange(120) % 3
    for fit in (
        lambda net: net.fit(Counting(X, y, parts)),
        lambda net: net.fit(Counting(X, y, parts), y),
        lambda net: net.fit(Counting(X, None, parts), y),
        lambda net: net.fit(SliceDataset(Counting(X, y, parts)), y),
    ):
        lazy = fit(clone(net))
        assert_same_weights(weights(lazy), weights(expected))
        data = Counting(X, y, parts)
        np.testing.assert_allclose(
            lazy.predict_proba(data), expected.predict_proba(rows), rtol=1e-5
        )
        np.testing.assert_allclose(
            lazy.predict_proba(rows), expected.predict_proba(rows), rtol=1e-5
        )
    expected = clone(net).fit(rows, y, sample_weight=weight)
    lazy = clone(net).fit(Counting(X, y, parts), sample_weight=weight)
    assert_same_weights(weights(lazy), weights(expected))
    assert hasattr(lazy, "n_features_in_") is not parts
    lazy = clone(net).partial_fit(Counting(X, y, parts), None, classes=[0, 1])
    assert_same_weights(
        weights(lazy), weights(clone(net).partial_fit(rows, y, classes=[0, 1]))
    )


def test_rows_are_loaded_once_an_epoch_and_never_all_at_once():
    dataset = Counting(X, y)
    alive = []

    class Watch(Callback):
        def on_epoch_end(self, net, **kwargs):
            alive.append(dataset.loaded.copy())

    net = TorchClassifier(
        Small, batch_size=16, max_epochs=3, device="cpu", callbacks=[Watch()]
    )
    net.fit(dataset, y)
    # eight rows are run through the module, and seen for their shape
    np.testing.assert_array_equal(np.diff(alive, axis=0), 1)
    assert alive[0].sum() <= 120 + 3 * 8
    dataset.loaded[:] = 0
    net.predict(dataset)
    np.testing.assert_array_equal(dataset.loaded, 1)
    dataset.loaded[:] = 0
    clone(net).set_params(callbacks=None, max_epochs=1).fit(dataset)
    # the targets are one more pass
    assert dataset.loaded[8:].tolist() == [2] * 112


def test_rows_of_a_batch_are_let_go():
    import gc
    import weakref

    made = []

    class Big(Dataset):
        def __len__(self):
            return 200

        def __getitem__(self, i):
            row = torch.full((3,), float(i))
            made.append(weakref.ref(row))
            assert sum(each() is not None for each in made) <= 2 * 16 + 1
            return row

    net = TorchClassifier(Small, **PARAMS).fit(Big(), np.arange(200) % 2)
    gc.collect()
    net.predict(Big())


def test_stopping_by_rows_of_a_dataset():
    dataset = Counting(X, y)
    net = TorchClassifier(Small, early_stopping=True, scaler=None, **PARAMS)
    expected = clone(net).fit(X, y)
    lazy = clone(net).fit(dataset)
    assert_same_weights(weights(lazy), weights(expected))
    np.testing.assert_allclose(lazy.validation_scores_, expected.validation_scores_)
    lazy = clone(net).fit(dataset, X_val=Counting(X, y))
    assert len(lazy.validation_scores_) == 2


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_search_slices_a_dataset(n_jobs, tmp_path):
    net = TorchClassifier(Small, scaler=None, **PARAMS)
    space = {"module__width": [4, 8]}
    search = GridSearchCV(net, space, cv=2, n_jobs=n_jobs, checkpoint=tmp_path / "a")
    search.fit(SliceDataset(Counting(X, y)), y)
    expected = GridSearchCV(net, space, cv=2).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    # targets as skorch's documentation has them
    data = Counting(X, y)
    again = GridSearchCV(net, space, cv=2).fit(
        SliceDataset(data), SliceDataset(data, idx=1)
    )
    np.testing.assert_array_equal(
        again.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )


def test_a_dataset_in_a_search_that_cannot_slice_it():
    net = TorchClassifier(Small, **PARAMS)
    with pytest.raises(
        TypeError, match=r"a torch Dataset.* skorch.helper.SliceDataset\(X\)"
    ):
        GridSearchCV(net, {"max_epochs": [1]}).fit(TensorDataset(torch.tensor(X)), y)
    # another search makes a list of it
    pairs = [(torch.tensor(row), label) for row, label in zip(X, y, strict=True)]
    with pytest.raises(TypeError, match=r"a list of pairs.*helper.SliceDataset"):
        net.fit(pairs, y)


def test_a_regressor_of_a_dataset():
    target = np.column_stack([X[:, 0], 100 + X[:, 1]])
    net = TorchRegressor(Small, max_epochs=30, device="cpu", random_state=0)
    net.set_params(learning_rate_init=0.01).fit(Counting(X, target))
    assert net.score(Counting(X, target), target) > 0.8


def test_integers_and_pixels_of_a_dataset():
    codes = np.random.default_rng(0).integers(0, 5, (120, 3))

    def embedded(n_features_in, n_outputs):
        return nn.Sequential(
            nn.Embedding(5, 2), nn.Flatten(), nn.Linear(2 * n_features_in, n_outputs)
        )

    TorchClassifier(embedded, **PARAMS).fit(Counting(codes, y))
    pixels = np.random.default_rng(0).integers(0, 255, (120, 2, 5, 4), np.uint8)

    def convolution(in_channels, n_outputs):
        return nn.Sequential(
            nn.Conv2d(in_channels, 3, 3), nn.Flatten(), nn.Linear(18, n_outputs)
        )

    net = TorchClassifier(convolution, **PARAMS).fit(Counting(pixels, y))
    assert net.n_features_in_ == 2


def test_datasets_that_are_refused():
    net = TorchClassifier(Small, **PARAMS)

    class Triples(Counting):
        def __getitem__(self, i):
            return X[i], X[i], y[i]

    class Stream(IterableDataset):
        def __iter__(self):
            yield from zip(X, y, strict=True)

    class Text(Counting):
        def __getitem__(self, i):
            return object(), y[i]

    class Ragged(Counting):
        def __getitem__(self, i):
            return X[i, : 1 + i % 5], y[i]

    for data, error, message in [
        (Counting(X), ValueError, r"y is None, and the Dataset Counting does not"),
        (Triples(X), ValueError, r"y is None, and the Dataset Triples does not"),
        (Stream(), TypeError, r"IterableDataset cannot be split into rows"),
        (Text(X), ValueError, r"cannot be joined to a batch.* collate_fn"),
        (Ragged(X), ValueError, r"cannot be joined to a batch.* collate_fn"),
    ]:
        with pytest.raises(error, match=message):
            net.fit(data)
    with pytest.raises(TypeError, match=r"returned a tuple of 3. Return a pair"):
        net.fit(Triples(X), y)
    with pytest.raises(ValueError, match=r"scaler='standard' needs all rows at once"):
        clone(net).set_params(scaler="standard").fit(Counting(X, y))
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples"):
        net.fit(Counting(X), y[:-1])


# ---- collate_fn ----------------------------------------------------------------------


@pytest.mark.parametrize("parts", [False, True])
def test_text_in_a_dataset(parts):
    class Texts(Dataset):
        def __len__(self):
            return len(X)

        def __getitem__(self, i):
            return ({"x": X[i], "name": "row"} if parts else "row"), y[i]

    with pytest.raises(ValueError, match=r"cannot be joined.* a row has text"):
        TorchClassifier(Small, **PARAMS).fit(Texts())


def test_a_data_loader():
    loader = DataLoader(Counting(X, y))
    net = TorchClassifier(Small, **PARAMS)
    for refusing in (net, clone(net).set_params(collate_fn=pad), TorchMLPClassifier()):
        with pytest.raises(TypeError, match=r"X is a DataLoader.* Pass X\.dataset"):
            refusing.fit(loader)
    with pytest.raises(TypeError, match=r"X is a DataLoader.* Pass X\.dataset"):
        net.fit(loader.dataset).predict(loader)


def test_a_dataset_without_a_module():
    with pytest.raises(TypeError, match=r"type Counting. TorchClassifier and Torch"):
        TorchMLPClassifier().fit(Counting(X, y))


class Padded(nn.Module):
    """Mean of embedded tokens; 0 is padding."""

    def __init__(self, n_outputs, width=4):
        super().__init__()
        self.embedding = nn.Embedding(10, width, padding_idx=0)
        self.last = nn.Linear(width, n_outputs)

    def forward(self, tokens, lengths):
        return self.last(self.embedding(tokens).sum(1) / lengths[:, None])


def pad(pairs):
    rows, targets = zip(*pairs, strict=True)
    tokens = [torch.as_tensor(row) for row in rows]
    lengths = torch.tensor([len(row) for row in rows])
    X = {"tokens": pad_sequence(tokens, batch_first=True), "lengths": lengths}
    return X, torch.stack(targets)


def pad_longest_first(pairs):
    return pad(sorted(pairs, key=lambda pair: -len(pair[0])))


def sequences(n_samples=90, seed=0):
    """Return token sequences of one to six, and whether most are above 5."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(1, 10, rng.integers(1, 7)) for _ in range(n_samples)]
    return rows, np.array([np.mean(row) > 5 for row in rows])


ROWS, LABELS = sequences()
FAST = {"max_epochs": 30, "learning_rate_init": 0.05, "device": "cpu"}


def test_sequences_of_several_lengths():
    net = TorchClassifier(Padded, collate_fn=pad, random_state=0, **FAST)
    assert net.fit(ROWS, LABELS).score(ROWS, LABELS) > 0.9
    # of all kinds
    as_lists = [row.tolist() for row in ROWS]
    as_objects = np.empty(len(ROWS), object)
    as_objects[:] = ROWS
    for rows in (as_lists, as_objects, Counting(ROWS, LABELS)):
        other = clone(net).fit(rows, LABELS)
        assert_same_weights(weights(other), weights(net))
        np.testing.assert_array_equal(other.predict(rows), net.predict(ROWS))


def test_a_collate_fn_that_sorts():
    net = TorchClassifier(Padded, collate_fn=pad, random_state=0, **FAST)
    net.fit(ROWS, LABELS)
    expected = net.predict_proba(ROWS)
    net.set_params(collate_fn=pad_longest_first)
    np.testing.assert_allclose(net.predict_proba(ROWS), expected, rtol=1e-4)
    assert net.fit(ROWS, LABELS).score(ROWS, LABELS) > 0.9
    with pytest.raises(ValueError, match=r"changes the order of rows.* sample_weight"):
        net.fit(ROWS, LABELS, sample_weight=np.arange(90) + 1)
    with pytest.raises(ValueError, match=r"changes the order of rows.* class_weight"):
        net.set_params(class_weight={True: 2, False: 1}).fit(ROWS, LABELS)


class Recurrent(nn.Module):
    def __init__(self, n_outputs):
        super().__init__()
        self.gru = nn.GRU(2, 4)
        self.last = nn.Linear(4, n_outputs)

    def forward(self, packed):
        return self.last(self.gru(packed)[1][-1])


def pack(pairs):
    rows, targets = zip(*pairs, strict=True)
    tensors = [torch.as_tensor(row) for row in rows]
    return pack_sequence(tensors, enforce_sorted=False), torch.stack(targets)


def test_packed_sequences():
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(rng.integers(1, 5), 2)) for _ in range(60)]
    target = np.array([row[:, 0].sum() for row in rows])
    net = TorchRegressor(Recurrent, collate_fn=pack, random_state=0, **FAST)
    assert net.fit(rows, target).score(rows, target) > 0.8


def test_targets_joined_as_numbers():
    rows = [np.ones(3) * i for i in range(40)]

    def join(pairs):
        rows, targets = zip(*pairs, strict=True)
        return torch.tensor(np.stack(rows)) / 40, torch.tensor(targets)

    def linear(n_outputs):
        return nn.Linear(3, n_outputs)

    net = TorchRegressor(linear, collate_fn=join, batch_size=8, random_state=0, **FAST)
    assert net.fit(rows, np.arange(40.0)).score(rows, np.arange(40.0)) > 0.9


def test_text_through_a_collate_fn():
    rows = ["good film", "bad film", "good", "so bad"] * 10

    def tokens(pairs):
        texts, targets = zip(*pairs, strict=True)
        codes = torch.tensor([[float("good" in text)] for text in texts])
        return codes, torch.stack(targets)

    def linear(n_outputs):
        return nn.Linear(1, n_outputs)

    net = TorchClassifier(linear, collate_fn=tokens, random_state=0, **FAST)
    net.set_params(batch_size=4)
    target = np.array(["+", "-", "+", "-"] * 10)
    assert net.fit(rows, target).score(rows, target) == 1


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_collate_in_a_search(n_jobs, tmp_path):
    net = TorchClassifier(Padded, collate_fn=pad, early_stopping=True, **PARAMS)
    search = GridSearchCV(
        net,
        {"module__width": [2, 4], "collate_fn": [pad, pad_longest_first]},
        cv=2,
        n_jobs=n_jobs,
        checkpoint=tmp_path / "search",
    )
    search.fit(ROWS, LABELS)
    assert search.predict(ROWS).shape == (90,)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_checkpoint_of_collated_rows(tmp_path):
    net = TorchClassifier(
        Padded, collate_fn=pad, checkpoint=tmp_path / "a.pt", schedule_epochs=4
    ).set_params(**PARAMS)
    whole = clone(net).set_params(max_epochs=4, checkpoint=None).fit(ROWS, LABELS)
    net.fit(ROWS, LABELS)
    net.set_params(max_epochs=4).fit(ROWS, LABELS)
    assert_same_weights(weights(net), weights(whole))
    with pytest.raises(ValueError, match=r"is of a fit to other data"):
        net.fit(ROWS[:-1], LABELS[:-1])


@pytest.mark.parametrize(
    ("collate", "error", "message"),
    [
        (lambda pairs: torch.zeros(len(pairs), 3), TypeError, r"must return a pair"),
        (lambda pairs: (pad(pairs)[0], 1), TypeError, r"must return a pair \(X, y\)"),
        (
            lambda pairs: (pad(pairs)[0], torch.zeros(len(pairs))),
            ValueError,
            r"must return the targets that it is given.* returned \[0.0",
        ),
        (
            lambda pairs: pad(pairs[1:]),
            ValueError,
            r"must return the targets that it is given",
        ),
    ],
)
def test_collate_fns_that_are_refused(collate, error, message):
    with pytest.raises(error, match=message):
        TorchClassifier(Padded, collate_fn=collate, **PARAMS).fit(ROWS, LABELS)
