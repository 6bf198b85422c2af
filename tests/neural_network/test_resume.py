"""Fits that pause and go on."""

import functools
import shutil
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, EarlyStopping, EpochScoring
from torch import nn

from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchMLPClassifier,
    _checkpoint,
    _training,
)
from tests.neural_network.modules import Small, assert_same_weights, differ, weights
from tests.neural_network.networks import TwoLayers
from tests.neural_network.resume import CASES, LABELS, X, fit, path_of, summary, y

MLP = functools.partial(
    TorchMLPClassifier,
    width=4,
    n_layers=1,
    batch_size=32,
    schedule_epochs=9,
    device="cpu",
    random_state=0,
)


@pytest.fixture(scope="module")
def resumed(tmp_path_factory):
    """Fits of another process that went on from checkpoints of this one."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for name in CASES:
        path = path_of(folder, name, "3, 9")
        fit(name, path, 1)
        shutil.copy(path, path_of(folder, name, "1, 3, 9"))
        fit(name, path, 3)
    command = [sys.executable, "-W", "error", "-m", "tests.neural_network.resume"]
    subprocess.run([*command, str(folder)], check=True)
    return joblib.load(folder / "results")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("name", CASES)
def test_a_fit_that_goes_on_equals_an_unbroken_one(resumed, name, label):
    expected = summary(fit(name, None, 9))
    actual = resumed[name, label]
    assert_same_weights(actual.pop("weights"), expected.pop("weights"))
    np.testing.assert_array_equal(
        actual.pop("predictions"), expected.pop("predictions")
    )
    assert actual == expected
    assert len(expected["loss_curve_"]) == expected["n_iter_"]
    assert (expected["n_iter_"] < 9) == (name == "stopped early")


def test_an_interrupted_fit_goes_on_from_its_last_epoch(tmp_path, monkeypatch):
    armed = tmp_path / "armed"  # no variable: its value would be another parameter
    armed.touch()

    class Interrupt(Callback):
        def on_epoch_begin(self, net, **rows):
            if armed.exists() and len(net.history) == 5:
                raise ZeroDivisionError

    monkeypatch.setattr(_training, "_SECONDS_BETWEEN_CHECKPOINTS", 0)
    monkeypatch.setattr(_training, "_TRAINING_TO_WRITING", 0)
    path = tmp_path / "fit.pt"
    with pytest.raises(ZeroDivisionError):
        MLP(max_epochs=9, checkpoint=path, callbacks=[Interrupt()]).fit(X, y)
    assert _checkpoint.load(path)["epoch"] == 4
    armed.unlink()
    went_on = MLP(max_epochs=9, checkpoint=path, callbacks=[Interrupt()]).fit(X, y)
    assert_same_weights(weights(went_on), weights(MLP(max_epochs=9).fit(X, y)))


@pytest.mark.parametrize(
    ("seconds", "times_writing", "expected"),
    [
        (0, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 9]),
        (0, 10_000, [1, 9]),
        (60, 0, [9]),
    ],
)
def test_writing_takes_little_of_the_time(
    tmp_path, monkeypatch, seconds, times_writing, expected
):
    saved = []

    def save(path, state):
        saved.append(state["epoch"])
        time.sleep(0.01)

    monkeypatch.setattr(_checkpoint, "save", save)
    monkeypatch.setattr(_training, "_SECONDS_BETWEEN_CHECKPOINTS", seconds)
    monkeypatch.setattr(_training, "_TRAINING_TO_WRITING", times_writing)
    MLP(max_epochs=9, checkpoint=tmp_path / "fit.pt").fit(X, y)
    assert saved == expected


def test_the_path_may_be_a_text(tmp_path):
    path = str(tmp_path / "fit.pt")
    MLP(max_epochs=1, checkpoint=path).fit(X, y)
    assert MLP(max_epochs=2, checkpoint=path).fit(X, y).n_iter_ == 2


def test_a_finished_fit_is_not_trained_again(tmp_path):
    path = tmp_path / "fit.pt"
    first = MLP(max_epochs=9, checkpoint=path).fit(X, y)
    again = MLP(max_epochs=9, checkpoint=path).fit(X, y)
    assert again.n_iter_ == 9
    assert_same_weights(weights(again), weights(first))


@pytest.mark.parametrize(
    "make_random_state",
    [lambda: None, lambda: np.random.RandomState(0)],
    ids=["None", "RandomState"],
)
def test_the_seed_is_that_of_the_first_fit(tmp_path, make_random_state):
    paths = [tmp_path / "one.pt", tmp_path / "other.pt"]
    MLP(max_epochs=2, checkpoint=paths[0], random_state=make_random_state()).fit(X, y)
    shutil.copy(paths[0], paths[1])
    one, other = (
        MLP(max_epochs=4, checkpoint=path, random_state=make_random_state()).fit(X, y)
        for path in paths
    )
    assert_same_weights(weights(one), weights(other))
    assert one.loss_curve_[:2] == other.loss_curve_[:2]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"dropout": 0.3}, "dropout=0.2 then, 0.3 now"),
        ({"width": 5}, "width=4 then, 5 now"),
        ({"activation": "relu"}, "activation='mish' then, 'relu' now"),
        ({"scaler": "robust"}, "scaler='standard' then, 'robust' now"),
        ({"optimizer": "adam"}, "optimizer='adamw' then, 'adam' now"),
        ({"learning_rate_init": 0.01}, "learning_rate_init=0.001 then, 0.01 now"),
        ({"weight_decay": 0.0}, "weight_decay=None then, 0.0 now"),
        ({"batch_size": 8}, "batch_size=32 then, 8 now"),
        ({"early_stopping": True}, "early_stopping=False then, True now"),
        ({"class_weight": {0: 2.0}}, "class_weight=None then, {0: 2.0} now"),
        ({"label_smoothing": 0.1}, "label_smoothing=0.0 then, 0.1 now"),
        ({"amp": "bfloat16"}, "amp=False then, 'bfloat16' now"),
        ({"random_state": 1}, "random_state=0 then, 1 now"),
        ({"width": 5, "dropout": 0}, "dropout=0.2 then, 0 now; width=4 then, 5 now"),
        ({"schedule_epochs": 10}, "schedule_epochs=9 then, 10 now"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_a_changed_parameter_is_named(tmp_path, changed, text):
    path = tmp_path / "fit.pt"
    MLP(max_epochs=1, checkpoint=path).fit(X, y)
    with pytest.raises(ValueError) as caught:
        MLP(**{"max_epochs": 2, "checkpoint": path, **changed}).fit(X, y)
    message = str(caught.value)
    assert f"{str(path)!r} is of a fit with other parameters: {text}. Only" in message
    assert "Use another path, or delete the file" in message
    assert ("set it to the most epochs" in message) == ("schedule_epochs" in changed)


def test_a_changed_parameter_of_a_module_is_named(tmp_path):
    params = {"device": "cpu", "schedule_epochs": 2, "checkpoint": tmp_path / "fit.pt"}
    TorchClassifier(Small, max_epochs=1, module__width=3, **params).fit(X, y)
    with pytest.raises(ValueError, match="module__width=3 then, 4 now"):
        TorchClassifier(Small, max_epochs=2, module__width=4, **params).fit(X, y)
    with pytest.raises(
        ValueError, match=r"module=tests\..*\.Small \(\w+\) then, torch\..*"
    ):
        TorchClassifier(torch.nn.Linear, max_epochs=2, **params).fit(X, y)


def make_small(n_features_in, n_outputs):
    return Small(n_features_in, n_outputs)


@pytest.mark.parametrize(
    "make_module",
    [
        lambda: make_small,
        lambda: Small(6, 3),
        lambda: functools.partial(Small, width=4),
    ],
    ids=["function", "instance", "partial"],
)
def test_modules_of_all_kinds_are_recognised(tmp_path, make_module):
    params = {"device": "cpu", "schedule_epochs": 2, "checkpoint": tmp_path / "fit.pt"}
    TorchClassifier(make_module(), max_epochs=1, **params).fit(X, y)
    again = TorchClassifier(make_module(), max_epochs=2, **params).fit(X, y)
    assert len(again.loss_curve_) == 2


@pytest.mark.parametrize(
    "changed",
    [{"verbose": 1}, {"batch_size": np.int64(32)}, {"workers_per_device": 2}],
    ids=lambda changed: next(iter(changed)),
)
def test_what_does_not_change_the_fit_may_change(tmp_path, changed, capsys):
    path = tmp_path / "fit.pt"
    MLP(max_epochs=1, checkpoint=path).fit(X, y)
    went_on = MLP(max_epochs=3, checkpoint=path, **changed).fit(X, y)
    assert_same_weights(weights(went_on), weights(MLP(max_epochs=3).fit(X, y)))


def test_scores_of_callbacks_are_kept(tmp_path):
    path = tmp_path / "fit.pt"
    params = {
        "checkpoint": path,
        "early_stopping": True,
        "callbacks": [EpochScoring("accuracy", lower_is_better=False)],
    }
    MLP(max_epochs=2, **params).fit(X, y)
    went_on = MLP(max_epochs=4, **params).fit(X, y)
    scores = went_on.net_.history[:, "accuracy"]
    assert len(scores) == 4
    unbroken = MLP(max_epochs=4, **{**params, "checkpoint": None}).fit(X, y)
    assert scores == unbroken.net_.history[:, "accuracy"]


@pytest.mark.parametrize("what", ["X", "y", "sample_weight", "groups"])
def test_changed_data_are_refused(tmp_path, what):
    data = {
        "X": X,
        "y": y,
        "sample_weight": np.ones(len(X)),
        "groups": np.arange(len(X)),
    }
    params = {"early_stopping": True, "checkpoint": tmp_path / "fit.pt"}
    MLP(max_epochs=1, **params).fit(**data)
    MLP(max_epochs=2, **params).fit(**data)
    changed = data[what].copy()
    changed[0] = (changed[0] + 1) % 3
    with pytest.raises(ValueError, match=r"is of a fit to other data\. Only max_epoch"):
        MLP(max_epochs=3, **params).fit(**{**data, what: changed})


def test_the_schedule_must_be_set_to_raise_max_epochs(tmp_path):
    params = {"schedule_epochs": None, "checkpoint": tmp_path / "fit.pt"}
    MLP(max_epochs=2, **params).fit(X, y)
    with pytest.raises(
        ValueError,
        match=r"schedule_epochs=2 then, 3 now.*default max_epochs: set it to the most",
    ):
        MLP(max_epochs=3, **params).fit(X, y)
    # without a schedule there is nothing to set
    params = {
        "schedule_epochs": None,
        "learning_rate": "constant",
        "checkpoint": tmp_path / "constant.pt",
    }
    MLP(max_epochs=2, **params).fit(X, y)
    assert MLP(max_epochs=3, **params).fit(X, y).n_iter_ == 3


def test_epochs_are_not_undone(tmp_path):
    path = tmp_path / "fit.pt"
    MLP(max_epochs=3, checkpoint=path).fit(X, y)
    with pytest.raises(ValueError, match=r"is of epoch 3, past max_epochs=2\. Only"):
        MLP(max_epochs=2, checkpoint=path).fit(X, y)


def test_the_best_weights_travel(tmp_path):
    path = tmp_path / "fit.pt"
    params = {"early_stopping": True, "learning_rate_init": 0.5, "optimizer": "adam"}
    fitted = MLP(max_epochs=9, checkpoint=path, **params).fit(X, y)
    state = _checkpoint.load(path)
    assert fitted.best_n_iter_ == state["stopping"]["best_epoch"] < 9
    best = {
        name: value.numpy() for name, value in state["stopping"]["best_weights"].items()
    }
    assert_same_weights(weights(fitted), best)
    last = {name: value.numpy() for name, value in state["module"].items()}
    assert differ(last, best)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"criterion": nn.CrossEntropyLoss()},
            {"criterion": nn.CrossEntropyLoss(label_smoothing=0.4)},
        ),
        ({"callbacks": None}, {"callbacks": [Callback()]}),
        ({"module": functools.partial(TwoLayers, width=8)}, {"module": TwoLayers}),
    ],
)
def test_what_is_no_plain_value_is_compared_too(tmp_path, before, after):
    params = {"module": TwoLayers, "checkpoint": tmp_path / "fit.pt", "max_epochs": 1}
    TorchClassifier(**{**params, **before}).fit(X, y)
    TorchClassifier(**{**params, **before}).fit(X, y)
    with pytest.raises(ValueError, match=f"{next(iter(before))}=.* then, .* now"):
        TorchClassifier(**{**params, **after}).fit(X, y)


def test_numbers_as_a_search_draws_them_can_go_on(tmp_path):
    """torch takes numpy's scalars for harmful."""
    path = tmp_path / "fit.pt"
    drawn = {
        "learning_rate_init": np.float64(0.01),
        "weight_decay": np.float64(0.01),
        "batch_size": np.int64(16),
    }
    for max_epochs in (1, 3):
        went_on = MLP(max_epochs=max_epochs, checkpoint=path, **drawn).fit(X, y)
    plain = {name: value.item() for name, value in drawn.items()}
    went_on = MLP(max_epochs=9, checkpoint=path, **plain).fit(X, y)
    assert_same_weights(weights(went_on), weights(MLP(max_epochs=9, **plain).fit(X, y)))


def test_a_fit_that_a_callback_stopped_stays_stopped(tmp_path):
    stopping = EarlyStopping("train_loss", patience=2, threshold=100.0)
    for max_epochs in (9, 12):
        fitted = MLP(
            max_epochs=max_epochs,
            schedule_epochs=12,
            checkpoint=tmp_path / "fit.pt",
            callbacks=[stopping],
        ).fit(X, y)
        assert fitted.n_iter_ == 3
