"""The nets: their epochs, and the callbacks that hear of them."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification, make_regression
from sklearn.metrics import accuracy_score
from skorch.callbacks import Callback, EarlyStopping, EpochScoring
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
)
from sklearn_hp.neural_network._data import Batches
from tests.neural_network.modules import weights

X, y = make_classification(70, n_informative=4, n_classes=3, flip_y=0.2, random_state=0)
weight = np.random.RandomState(0).uniform(0.5, 2.0, size=70)


def make_mlp(cls=TorchMLPClassifier, **params):
    params = {"max_epochs": 3, **params}
    return cls(
        width=8,
        learning_rate_init=0.01,
        batch_size=16,
        device="cpu",
        random_state=0,
        **params,
    )


class HearsOfBatches(Callback):
    def __init__(self):
        self.seen = []

    def on_batch_end(self, net, batch, training, **kwargs):
        self.seen.append((training, len(batch[0]), kwargs["loss"].ndim))


class HearsOfGradients(Callback):
    def on_grad_computed(self, net, named_parameters, **kwargs):
        assert all(p.grad is not None for _, p in named_parameters)


class HearsOfEpochs(Callback):
    def __init__(self):
        self.heard = []

    def on_train_begin(self, net, X, y, **kwargs):
        self.heard.append("train begin")

    def on_epoch_begin(self, net, dataset_train, dataset_valid, **kwargs):
        self.heard.append("epoch begin")

    def on_epoch_end(self, net, dataset_train, dataset_valid, **kwargs):
        assert net.history[-1, "train_loss"] > 0
        self.heard.append("epoch end")

    def on_train_end(self, net, X, y, **kwargs):
        self.heard.append("train end")


# ---- epochs ----


@pytest.mark.parametrize("callback", [HearsOfBatches, HearsOfGradients])
@pytest.mark.parametrize("sample_weight", [None, weight], ids=["equal", "weighted"])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_an_epoch_equals_that_of_skorch(
    callback, sample_weight, early_stopping, optimizer
):
    params = {"early_stopping": early_stopping, "optimizer": optimizer}
    fast = make_mlp(**params).fit(X, y, sample_weight)
    slow = make_mlp(callbacks=[callback()], **params).fit(X, y, sample_weight)
    assert slow.net_.hears_of_batches and not fast.net_.hears_of_batches
    # equal to the rounding of float32 sums in another order
    np.testing.assert_allclose(slow.loss_curve_, fast.loss_curve_, rtol=1e-5)
    if early_stopping:
        np.testing.assert_allclose(
            slow.validation_scores_, fast.validation_scores_, rtol=1e-5
        )
    expected = weights(fast)
    for name, values in weights(slow).items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-5, atol=1e-6)


def test_batches_are_told_to_those_who_ask():
    hears = HearsOfBatches()
    params = {"early_stopping": True, "validation_fraction": 0.3}
    fitted = make_mlp(callbacks=[hears], max_epochs=1, **params).fit(X, y)
    # 49 rows to train on, the last of which joins the third batch
    seen = fitted.net_.callbacks_[1][1].seen
    assert seen == [(True, 16, 0), (True, 16, 0), (True, 17, 0), (False, 21, 0)]


def test_the_history_has_epochs_only():
    history = make_mlp(early_stopping=True).fit(X, y).net_.history
    for number, row in enumerate(history, start=1):
        assert row["epoch"] == number
        assert set(row) == {
            "batches",
            "dur",
            "epoch",
            "train_loss",
            "train_loss_best",
            "valid_loss",
            "valid_loss_best",
        }
        assert row["batches"] == []
    slow = make_mlp(callbacks=[HearsOfBatches()]).fit(X, y).net_.history
    assert all(len(row["batches"]) == 5 for row in slow)


@pytest.mark.parametrize("callbacks", [None, [HearsOfBatches()]], ids=["fast", "slow"])
def test_the_history_marks_the_best_epochs(callbacks):
    mlp = make_mlp(max_epochs=8, callbacks=callbacks, early_stopping=True).fit(X, y)
    for name in ("train_loss", "valid_loss"):
        losses = mlp.net_.history[:, name]
        best = [loss < min([np.inf, *losses[:i]]) for i, loss in enumerate(losses)]
        assert mlp.net_.history[:, f"{name}_best"] == best


@pytest.mark.parametrize("callbacks", [None, [HearsOfBatches()]], ids=["fast", "slow"])
def test_the_loss_is_the_mean_of_the_rows(callbacks):
    # a rate of almost 0: all batches see the weights at the end
    params = {"optimizer": "sgd", "dropout": 0.0, "max_epochs": 1}
    mlp = make_mlp(callbacks=callbacks, **params).set_params(learning_rate_init=1e-20)
    mlp.fit(X, y)
    loss = -np.log(mlp.predict_proba(X)[np.arange(70), y])
    np.testing.assert_allclose(mlp.loss_curve_, [loss.mean()], rtol=1e-5)
    mlp.fit(X, y, sample_weight=weight)
    loss = -np.log(mlp.predict_proba(X)[np.arange(70), y])
    # of batches that count by their rows
    expected = np.average(loss, weights=weight)
    np.testing.assert_allclose(mlp.loss_curve_, [expected], rtol=1e-5)


def test_rates_follow_a_cosine():
    seen = []

    class Rates(Callback):
        def on_epoch_end(self, net, **rows):
            seen.append({group["lr"] for group in net.optimizer_.param_groups})

    make_mlp(max_epochs=4, schedule_epochs=8, callbacks=[Rates()]).fit(X, y)
    expected = 0.01 * (1 + np.cos(np.pi * np.arange(4) / 8)) / 2
    assert all(len(rates) == 1 for rates in seen)
    np.testing.assert_allclose([rates.pop() for rates in seen], expected)
    seen.clear()
    make_mlp(learning_rate="constant", callbacks=[Rates()]).fit(X, y)
    assert seen == [{0.01}] * 3


def test_only_weights_decay():
    params = {"normalization": "batch", "weight_decay": 0.5}
    groups = make_mlp(**params).fit(X, y).net_.optimizer_.param_groups
    assert [group["weight_decay"] for group in groups] == [0.5, 0.0]
    assert [{p.ndim for p in group["params"]} for group in groups] == [{2}, {1}]
    assert sum(len(group["params"]) for group in groups) == 6 + 4


def test_without_weight_decay_there_is_one_group():
    groups = make_mlp(weight_decay=0).fit(X, y).net_.optimizer_.param_groups
    assert [(len(g["params"]), g["weight_decay"]) for g in groups] == [(6, 0.0)]


def test_a_module_without_parameters_is_refused():
    class Nothing(nn.Module):
        def forward(self, X):
            return X[:, :3]

    with pytest.raises(ValueError, match="has no parameters to train"):
        TorchClassifier(Nothing(), device="cpu").fit(X, y)


def test_outputs_of_many_rows_are_those_of_few():
    mlp = make_mlp(max_epochs=1, normalization="batch").fit(X, y)
    many = np.tile(X, (60, 1))  # more than are evaluated at once
    np.testing.assert_allclose(
        mlp.predict_proba(many)[-70:], mlp.predict_proba(X), atol=1e-6
    )


# ---- callbacks ----


def test_epochs_are_told():
    hears = HearsOfEpochs()
    fitted = make_mlp(callbacks=[hears], max_epochs=2).fit(X, y)
    assert not fitted.net_.hears_of_batches
    assert fitted.net_.callbacks_[1][1].heard == [
        "train begin",
        *2 * ["epoch begin", "epoch end"],
        "train end",
    ]


def test_callbacks_may_be_named_and_batches_be_read_from_rows():
    seen = []

    class Reads(Callback):
        def on_epoch_end(self, net, dataset_train, dataset_valid, **kwargs):
            batches = net.get_iterator(dataset_valid)
            assert isinstance(batches, Batches)
            seen.append([len(batch[0]) for batch in batches])

    make_mlp(callbacks=[("reads", Reads())], early_stopping=True).fit(X, y)
    assert seen == [[7]] * 3


def test_the_early_stopping_of_skorch_stops_the_fit(capsys):
    stopping = EarlyStopping("train_loss", patience=2, threshold=100.0)
    fitted = make_mlp(max_epochs=9, callbacks=[stopping]).fit(X, y)
    assert fitted.n_iter_ == 3
    assert len(fitted.loss_curve_) == 3
    # and the next one begins anew
    assert fitted.fit(X, y).n_iter_ == 3


def test_the_early_stopping_of_skorch_watches_the_rows_set_aside():
    stopping = EarlyStopping(
        "valid_loss", patience=1, threshold=100.0, sink=lambda text: None
    )
    fitted = make_mlp(max_epochs=9, early_stopping=True, callbacks=[stopping])
    assert fitted.fit(X, y).n_iter_ == 2


def test_a_callback_may_stop_the_fit():
    class Enough(Callback):
        def on_epoch_end(self, net, **rows):
            net.stop_training = len(net.history) == 2

    fitted = make_mlp(max_epochs=9, callbacks=[Enough()]).fit(X, y)
    assert fitted.n_iter_ == 2
    assert fitted.fit(X, y).n_iter_ == 2


class PressesKey(Callback):
    """Raises what Ctrl-C does, in a hook."""

    def __init__(self, hook):
        self.hook = hook

    def _press(self, hook):
        if hook == self.hook:
            raise KeyboardInterrupt

    def on_epoch_begin(self, net, **rows):
        self._press("epoch begin")

    def on_epoch_end(self, net, **rows):
        self._press("epoch end")


class PressesKeyInBatch(Callback):
    def on_batch_end(self, net, **rows):
        raise KeyboardInterrupt


class PressedInForward(nn.Linear):
    def forward(self, X):
        if self.training:
            raise KeyboardInterrupt
        return super().forward(X)


INTERRUPTED = {
    "epoch begin": lambda: make_mlp(callbacks=[PressesKey("epoch begin")]),
    "epoch end": lambda: make_mlp(callbacks=[PressesKey("epoch end")]),
    "with early stopping": lambda: make_mlp(
        callbacks=[EarlyStopping("train_loss"), PressesKey("epoch end")]
    ),
    "batch": lambda: make_mlp(callbacks=[PressesKeyInBatch()]),
    "module": lambda: TorchClassifier(PressedInForward, device="cpu"),
}


@pytest.mark.parametrize("where", INTERRUPTED)
def test_ctrl_c_leaves_the_fit_and_the_search(where):
    before = torch.get_rng_state()
    with pytest.raises(KeyboardInterrupt):
        INTERRUPTED[where]().fit(X, y)
    assert torch.equal(torch.get_rng_state(), before)
    search = GridSearchCV(INTERRUPTED[where](), {"batch_size": [32, 64]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert not hasattr(search, "best_estimator_")


def test_scores_of_epochs_are_of_the_rows_set_aside():
    rows = {}

    class Keep(Callback):
        def on_epoch_end(self, net, dataset_train, dataset_valid, **kwargs):
            rows["train"], rows["valid"] = dataset_train, dataset_valid
            rows["weights"] = {
                name: value.clone() for name, value in net.module_.state_dict().items()
            }

    callbacks = [
        EpochScoring("accuracy", lower_is_better=False, name="valid_accuracy"),
        EpochScoring(
            "accuracy", lower_is_better=False, name="train_accuracy", on_train=True
        ),
        EpochScoring("neg_log_loss", lower_is_better=False, name="log_loss"),
        Keep(),
    ]
    fitted = make_mlp(
        callbacks=callbacks, early_stopping=True, validation_fraction=0.5
    ).fit(X, np.array(["a", "b", "c"])[y])
    net = fitted.net_
    net.module_.load_state_dict(rows["weights"])  # those of the last epoch
    predicted = fitted.predict(rows["valid"].X.numpy())
    expected = fitted.classes_[rows["valid"].y]
    score = net.history[-1, "valid_accuracy"]
    assert score == pytest.approx(accuracy_score(expected, predicted))
    assert len(net.history[:, "valid_accuracy"]) == 3
    # with dropout, and before the last step: not the score of the net as it is now
    assert len(net.history[:, "train_accuracy"]) == 3
    np.testing.assert_allclose(
        net.history[:, "log_loss"], fitted.validation_scores_, rtol=1e-5
    )


def test_scores_of_epochs_of_a_regressor():
    X, y = make_regression(60, 4, random_state=0)
    scoring = EpochScoring("neg_mean_squared_error", lower_is_better=False, name="mse")
    fitted = make_mlp(TorchMLPRegressor, callbacks=[scoring], early_stopping=True).fit(
        X, y
    )
    np.testing.assert_allclose(
        fitted.net_.history[:, "mse"], fitted.validation_scores_, rtol=1e-5
    )


def test_a_table_is_printed_on_demand(capsys):
    make_mlp(verbose=0).fit(X, y)
    assert capsys.readouterr().out == ""
    make_mlp(verbose=1, early_stopping=True).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["epoch", "train_loss", "valid_loss", "dur"]
    assert len(lines) == 2 + 3


def test_a_schedule_of_skorch_sets_the_rate_where_ours_does_not():
    from skorch.callbacks import LRScheduler

    steps = LRScheduler("StepLR", step_size=1, gamma=0.1)
    fitted = make_mlp(learning_rate="constant", callbacks=[steps]).fit(X, y)
    (group, *_) = fitted.net_.optimizer_.param_groups
    assert group["lr"] == pytest.approx(fitted.learning_rate_init * 0.1**3)
