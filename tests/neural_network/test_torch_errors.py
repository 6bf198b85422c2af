"""Errors of torch in modules of users, in our words."""

import numpy as np
import pytest
from torch import nn
from torch.utils.data import Dataset

from sklearn_hp.neural_network import TorchClassifier
from tests.neural_network.networks import TwoLayers, classification

X, y = classification()
PARAMS = {"max_epochs": 1, "device": "cpu", "random_state": 0}


def embedded(n_features_in, n_outputs):
    return nn.Sequential(
        nn.Embedding(5, 3), nn.Flatten(), nn.Linear(3 * n_features_in, n_outputs)
    )


def normalised(n_features_in, n_outputs):
    return nn.Sequential(
        nn.BatchNorm1d(n_features_in), nn.Linear(n_features_in, n_outputs)
    )


def wrong_width(n_features_in, n_outputs):
    return nn.Linear(n_features_in + 1, n_outputs)


def test_codes_beyond_an_embedding():
    codes = np.arange(120)[:, np.newaxis] % 5
    net = TorchClassifier(embedded, **PARAMS).fit(codes, y)
    with pytest.raises(
        ValueError, match=r"raise num_embeddings .* torch raised: index"
    ):
        net.predict(codes + 1)
    # found among the first rows, or in training
    for row in (0, 100):
        codes[row] = 5
        with pytest.raises(ValueError, match=r"Codes are from 0 to num_embeddings - 1"):
            TorchClassifier(embedded, **PARAMS).fit(codes, y)
        codes[row] = 0


def test_batches_of_one_row():
    with pytest.raises(ValueError, match=r"a batch has one row. Raise batch_size"):
        TorchClassifier(normalised, batch_size=1, **PARAMS).fit(X, y)


class NarrowInTraining(nn.Linear):
    def forward(self, X):
        return super().forward(X)[:, : 1 if self.training else None]


class Short(Dataset):
    """Says that it has more rows than there are."""

    def __len__(self):
        return len(y) + 1

    def __getitem__(self, i):
        return X[i].astype(np.float32)


def test_what_is_out_of_bounds():
    net = TorchClassifier(NarrowInTraining, **PARAMS)
    with pytest.raises(ValueError, match=r"fewer columns than there are classes"):
        net.fit(X, y)
    net = TorchClassifier(nn.Linear, module__in_features=6, **PARAMS)
    with pytest.raises(IndexError, match=r"^index 120 is out of bounds for axis 0"):
        net.fit(Short(), [*y, 0])


def test_a_module_of_a_wrong_size():
    message = (
        r"module Linear failed on rows of shape \(8, 6\)\. Look at the sizes of its "
        r"layers, for n_features_in=6 and n_outputs=2\. It raised RuntimeError"
    )
    with pytest.raises(ValueError, match=message):
        TorchClassifier(wrong_width, **PARAMS).fit(X, y)


def test_rows_of_several_lengths():
    with pytest.raises(ValueError, match=r"all have one length.* Pad short ones"):
        TorchClassifier(TwoLayers, **PARAMS).fit([[1] * (i % 3 + 1) for i in y], y)
