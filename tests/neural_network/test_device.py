"""Devices: which one, how many fits, how much memory.

Most run with pretended devices: nothing is on them, but the rest believes in them.
"""

import pickle
import threading
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp._current_slot import running_in
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNRegressor,
    TorchMLPClassifier,
    _device,
    _rows,
)
from sklearn_hp.neural_network import _device as devices
from sklearn_hp.neural_network._device import (
    accelerators,
    count_slots,
    fits_on,
    limit_memory,
    memory_error_on,
    resolve_device,
)
from sklearn_hp.neural_network._inputs import CheckedRows
from tests.neural_network.modules import assert_same_weights, weights

X, y = make_classification(60, random_state=0)


def make_mlp(**params):
    params = {"max_epochs": 2, "random_state": 0, **params}
    return TorchMLPClassifier(width=8, n_layers=1, batch_size=16, **params)


@pytest.fixture
def pretend(monkeypatch):
    """Let there be so many devices of each kind."""

    def pretend(**counts):
        monkeypatch.setattr(devices, "_count", lambda kind: counts.get(kind, 0))

    return pretend


@pytest.fixture
def three_of_the_cpu(monkeypatch):
    monkeypatch.setattr(devices, "accelerators", lambda: ("cpu", 3))


# ---- which ----


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, ("cpu", 0)),
        ({"cuda": 2}, ("cuda", 2)),
        ({"xpu": 1, "mps": 1}, ("xpu", 1)),
        ({"mps": 1}, ("mps", 1)),
        ({"cuda": 1, "xpu": 4}, ("cuda", 1)),
    ],
)
def test_the_kind_of_accelerator(pretend, counts, expected):
    pretend(**counts)
    assert accelerators() == expected


@pytest.mark.parametrize("kind", ["cuda", "xpu"])
def test_devices_are_counted_by_torch(monkeypatch, kind):
    layer = getattr(torch, kind)
    monkeypatch.setattr(layer, "device_count", lambda: 5)
    for available, expected in ((True, 5), (False, 0)):
        monkeypatch.setattr(
            layer, "is_available", lambda available=available: available
        )
        assert devices._count(kind) == expected
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices._count("mps") == 1
    assert devices._count("cpu") == 0


def test_auto_is_the_cpu_without_an_accelerator(pretend):
    pretend()
    assert resolve_device("auto", 3) == torch.device("cpu")
    assert make_mlp().fit(X, y).device_ == torch.device("cpu")


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_devices_are_dealt_out_by_slot(pretend, device):
    pretend(cuda=3)
    found = [str(resolve_device(device, slot)) for slot in range(5)]
    assert found == ["cuda:0", "cuda:1", "cuda:2", "cuda:0", "cuda:1"]


def test_one_device_may_be_named(pretend):
    pretend(cuda=3, xpu=1, mps=1)
    for slot in range(3):
        assert resolve_device("cuda:1", slot) == torch.device("cuda", 1)
        assert resolve_device("xpu", slot) == torch.device("xpu", 0)
        assert resolve_device("mps", slot).type == "mps"
        assert resolve_device("cpu", slot) == torch.device("cpu")


@pytest.mark.parametrize("device", ["rocm", "hip"])
def test_amd_devices_are_called_cuda(device):
    with pytest.raises(
        ValueError, match=f"device='{device}' is not a name.*Pass 'cuda' or 'auto'"
    ):
        make_mlp(device=device).fit(X, y)


@pytest.mark.parametrize("device", ["quantum", "gpu", "cuda:x", ""])
def test_an_unknown_device(device):
    with pytest.raises(
        ValueError, match=f"device must be 'auto', 'cpu', or .*, got '{device}'"
    ):
        make_mlp(device=device).fit(X, y)


@pytest.mark.parametrize(
    ("device", "counts", "text"),
    [
        ("cuda", {}, "sees 0 devices of kind 'cuda'"),
        ("cuda:0", {}, "sees 0 devices of kind 'cuda'"),
        ("cuda:2", {"cuda": 2}, "sees 2 devices of kind 'cuda'"),
        ("xpu", {"cuda": 2}, "sees 0 devices of kind 'xpu'"),
        ("mps", {"cuda": 2}, "sees 0 devices of kind 'mps'"),
    ],
)
def test_a_device_that_is_not_here(pretend, device, counts, text):
    pretend(**counts)
    with pytest.raises(ValueError, match=f"device='{device}' is not here.*{text}"):
        make_mlp(device=device).fit(X, y)


def test_a_fit_takes_the_device_of_its_slot(three_of_the_cpu):
    for slot, expected in ((0, "cpu:0"), (2, "cpu:2"), (4, "cpu:1")):
        with running_in(slot):
            mlp = make_mlp().fit(X, y)
            assert str(mlp.device_) == mlp.net_.device == expected
    mlp.predict(X)  # outside of a search
    assert mlp.net_.device == "cpu:0"


_all_run = threading.Barrier(3, timeout=30)
_trained_on = []


class MeetOthers(Callback):
    def on_train_begin(self, net, **rows):
        _all_run.wait()
        _trained_on.append(net.device)


def test_a_search_deals_out_the_devices(three_of_the_cpu):
    _trained_on.clear()
    search = GridSearchCV(
        make_mlp(callbacks=[MeetOthers()]),
        {"dropout": [0.0, 0.5]},
        cv=3,
        n_jobs=3,
        refit=False,
    )
    with joblib.parallel_config(backend="threading"):
        search.fit(X, y)
    # three at a time, each on another
    assert sorted(_trained_on) == sorted(2 * ["cpu:0", "cpu:1", "cpu:2"])
    alone = GridSearchCV(make_mlp(), {"dropout": [0.0, 0.5]}, cv=3, refit=False)
    alone.fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
    )


# ---- how many ----


@pytest.mark.parametrize(
    ("device", "counts", "expected"),
    [
        ("auto", {}, None),
        ("auto", {"cuda": 3}, 3),
        ("cuda", {"cuda": 3}, 3),
        ("cuda:1", {"cuda": 3}, 1),
        ("cpu", {"cuda": 3}, None),
        ("auto", {"mps": 1}, 1),
        ("mps", {"mps": 1}, 1),
        ("xpu", {"cuda": 3, "xpu": 2}, 2),
    ],
)
def test_slots_of_the_devices(pretend, device, counts, expected):
    pretend(**counts)
    assert make_mlp(device=device).device_slots() == expected
    twice = None if expected is None else 2 * expected
    assert make_mlp(device=device, workers_per_device=2).device_slots() == twice
    assert count_slots(device, 1) == expected


def test_a_search_says_that_the_devices_take_no_more(pretend, monkeypatch, capsys):
    pretend(cuda=1)
    fitted = []

    def fit(self, X, y):
        fitted.append(threading.current_thread().name)
        self.classes_ = np.unique(y)
        return self

    monkeypatch.setattr(TorchMLPClassifier, "fit", fit)
    monkeypatch.setattr(
        TorchMLPClassifier, "predict", lambda self, X: np.zeros(len(X), dtype=int)
    )
    search = GridSearchCV(
        make_pipeline("passthrough", make_mlp()),
        {"torchmlpclassifier__width": [2, 3]},
        cv=2,
        n_jobs=2,
        verbose=1,
        refit=False,
    )
    with joblib.parallel_config(backend="threading"):
        search.fit(X, y)
    assert len(fitted) == 4
    assert "Running 1 fit at a time instead of 2" in capsys.readouterr().out


def test_forked_workers_are_refused_on_a_device(pretend):
    grid = {"width": [2, 3]}
    with joblib.parallel_config(backend="multiprocessing"):
        pretend(cuda=2)
        with pytest.raises(ValueError, match="which a forked process cannot use"):
            GridSearchCV(make_mlp(), grid, n_jobs=2).fit(X, y)
        with pytest.raises(ValueError, match="Use 'loky'"):
            pipeline = make_pipeline("passthrough", make_mlp(device="cuda:1"))
            grid = {"torchmlpclassifier__width": [2, 3]}
            GridSearchCV(pipeline, grid, n_jobs=2).fit(X, y)


# ---- how much memory ----


class Hungry(nn.Linear):
    """Has memory for 8 rows in training."""

    attempts: list = []  # noqa: RUF012

    def forward(self, X):
        if self.training and len(X) > 8:
            Hungry.attempts.append(len(X))
            raise torch.OutOfMemoryError("tried to allocate 2 GiB")
        return super().forward(X)


def test_a_device_without_memory_is_a_memory_error():
    net = TorchClassifier(Hungry, batch_size=16, device="cpu")
    with pytest.raises(
        MemoryError,
        match=r"^cpu ran out of memory\. Lower batch_size or the size of the network, "
        r"or pass device='cpu'\. tried to allocate 2 GiB$",
    ) as caught:
        net.fit(X, y)
    assert isinstance(caught.value.__cause__, torch.OutOfMemoryError)
    with pytest.raises(MemoryError, match="Lower batch_size"):
        net.partial_fit(X, y, classes=[0, 1])
    fitted = net.set_params(batch_size=8, max_epochs=1).fit(X, y)
    fitted.net_.module_.body.forward = lambda X: Hungry.forward(
        fitted.net_.module_.body.train(), X
    )
    with pytest.raises(MemoryError, match="Lower batch_size"):
        fitted.predict(X)


def test_a_search_tries_once_more_and_then_records_it():
    Hungry.attempts.clear()
    search = GridSearchCV(
        TorchClassifier(Hungry, max_epochs=2, device="cpu", random_state=0),
        {"batch_size": [4, 16, 8]},
        cv=[(np.arange(40), np.arange(40, 60))],
        n_jobs=2,
        error_score=-1.0,
    )
    with (
        joblib.parallel_config(backend="threading"),
        pytest.warns(FitFailedWarning) as caught,
    ):
        search.fit(X, y)
    assert Hungry.attempts == [16, 16]
    scores = search.cv_results_["mean_test_score"]
    assert scores[1] == -1.0
    assert (scores[[0, 2]] > 0).all()
    assert search.best_params_["batch_size"] != 16
    text = str(caught[0].message)
    assert "It ran out of memory, and failed again when it ran alone" in text
    assert "cpu ran out of memory. Lower batch_size" in text


def test_other_errors_pass():
    with (
        pytest.raises(RuntimeError, match="of another kind"),
        memory_error_on(torch.device("cpu"), "advice"),
    ):
        raise RuntimeError("of another kind")


def test_memory_is_given_back(monkeypatch):
    emptied = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(1))
    with memory_error_on(torch.device("cuda", 1), "advice"):
        pass
    with pytest.raises(MemoryError, match=r"^cuda:1 ran out of memory\. advice no$"):
        with memory_error_on(torch.device("cuda", 1), "advice"):
            raise torch.OutOfMemoryError("no")
    assert len(emptied) == 2
    with memory_error_on(torch.device("cpu"), "advice"):
        pass
    assert len(emptied) == 2


def test_workers_of_one_device_have_their_shares(monkeypatch):
    shares = []
    monkeypatch.setattr(_device, "_limited", set())
    monkeypatch.setattr(
        torch.cuda,
        "set_per_process_memory_fraction",
        lambda share, device: shares.append((share, str(device))),
    )
    limit_memory(torch.device("cuda", 0), 1)
    limit_memory(torch.device("cuda", 1), 3)
    limit_memory(torch.device("cuda", 1), 1)  # a worker that is kept, alone now
    limit_memory(torch.device("cpu"), 3)
    assert shares == [(pytest.approx(0.3), "cuda:1"), (1.0, "cuda:1")]


def test_data_stay_on_a_device_that_has_room(monkeypatch):
    device = torch.device("cuda", 1)
    asked = []

    def mem_get_info(device):
        asked.append(device)
        return 300, 1000

    monkeypatch.setattr(torch.cuda, "mem_get_info", mem_get_info)
    assert fits_on(device, 100)
    assert not fits_on(device, 101)
    assert asked == [device, device]
    assert fits_on(torch.device("cpu"), 10**15)
    assert fits_on(torch.device("mps"), 10**15)  # says nothing of its memory


def test_data_without_room_wait_in_pinned_memory(monkeypatch):
    pinned = []

    def pin_memory(tensor):
        pinned.append(tensor)
        return tensor

    monkeypatch.setattr(_rows, "fits_on", lambda device, n_bytes: False)
    monkeypatch.setattr(torch.Tensor, "pin_memory", pin_memory)
    X32 = X.astype(np.float32)
    rows = CheckedRows(X32, y, np.arange(60.0), None)
    batches = make_mlp()._batches(rows, torch.device("cuda", 0))
    tensors = [batches.rows.weight, batches.rows.X, batches.rows.y]
    assert all(one is other for one, other in zip(pinned, tensors, strict=True))
    assert float(batches.rows.weight.mean()) == pytest.approx(1.0)
    # other kinds of devices have no such memory
    make_mlp()._batches(rows, torch.device("mps", 0))
    assert len(pinned) == 3


def test_where_data_wait_does_not_change_the_fit(monkeypatch):
    expected = weights(make_mlp(early_stopping=True).fit(X, y))
    monkeypatch.setattr(_rows, "fits_on", lambda device, n_bytes: False)
    assert_same_weights(weights(make_mlp(early_stopping=True).fit(X, y)), expected)


def test_a_net_is_pickled_on_the_cpu(monkeypatch):
    mlp = make_mlp(device="cpu").fit(X, y)
    moved = []
    true = type(mlp.net_).move_to

    def move_to(net, device):
        moved.append((net, str(device)))
        true(net, device)

    monkeypatch.setattr(type(mlp.net_), "move_to", move_to)
    mlp.net_.device = "cuda:0"
    with warnings.catch_warnings():
        # skorch, in the copy: there is no CUDA
        warnings.simplefilter("ignore")
        loaded = pickle.loads(pickle.dumps(mlp))
    ((net, device),) = moved
    assert device == "cpu"
    assert net is not mlp.net_
    assert mlp.net_.device == "cuda:0"
    assert str(loaded.net_.device) == "cpu"
    assert_same_weights(weights(loaded), weights(mlp))
    mlp.net_.device = "cpu"
    pickle.dumps(mlp)
    assert len(moved) == 1


def test_a_net_moves_with_all_that_belongs_to_it():
    mlp = make_mlp(device="cpu", class_weight={0: 2.0}).fit(X, y)
    there = torch.device("meta")
    mlp.net_.move_to(there)
    assert mlp.net_.device == "meta"
    assert all(p.device == there for p in mlp.net_.module_.parameters())
    assert all(b.device == there for b in mlp.net_.module_.buffers())
    # meta has no fused optimisers; torch moves the state along with the groups
    assert not any(group["fused"] for group in mlp.net_.optimizer_.param_groups)


# ---- a real one ----


@pytest.fixture
def accelerator():
    kind, count = accelerators()
    if not count:
        pytest.skip("there is no accelerator")
    return kind


@pytest.mark.gpu
@pytest.mark.parametrize(
    "params",
    [
        {"dropout": 0.0},
        {"dropout": 0.0, "optimizer": "sgd", "normalization": "batch"},
        {"dropout": 0.0, "early_stopping": True, "class_weight": "balanced"},
        {
            "dropout": 0.0,
            "optimizer": "RMSprop",
            "optimizer__param_groups": [("body.0.*", {"lr": 1e-4})],
            "max_grad_norm": 0.5,
            "early_stopping": True,
            "scoring": "neg_log_loss",
        },
    ],
    ids=["adamw", "sgd", "stopping", "rates by layer"],
)
def test_a_fit_on_a_device_equals_one_on_the_cpu(accelerator, params):
    params = {"max_epochs": 5, **params}
    there = make_mlp(device=accelerator, **params).fit(X, y)
    here = make_mlp(device="cpu", **params).fit(X, y)
    assert there.device_.type == accelerator
    assert next(there.net_.module_.parameters()).device.type == accelerator
    np.testing.assert_allclose(there.predict_proba(X), here.predict_proba(X), atol=1e-3)


@pytest.mark.gpu
def test_category_columns_on_a_device(accelerator):
    levels = np.array([f"level {i}" for i in range(12)])
    frame = pd.DataFrame({"few": levels[np.arange(60) % 3], "number": X[:, 0]})
    frame = frame.assign(many=levels[np.arange(60) % 12])
    frame.loc[::7, ["number", "few"]] = None
    params = {"max_epochs": 5, "dropout": 0.0}
    there = make_mlp(device=accelerator, **params).fit(frame, y)
    here = make_mlp(device="cpu", **params).fit(frame, y)
    expected = here.predict_proba(frame)
    np.testing.assert_allclose(there.predict_proba(frame), expected, atol=1e-3)
    loaded = pickle.loads(pickle.dumps(there)).set_params(device="cpu")
    np.testing.assert_allclose(loaded.predict_proba(frame), expected, atol=1e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("scaler", ["standard", None])
def test_sparse_rows_on_a_device(accelerator, scaler):
    rows = csr_array(np.where(np.abs(X) > 1, X, 0.0))
    params = {"max_epochs": 5, "dropout": 0.0, "scaler": scaler}
    there = make_mlp(device=accelerator, **params).fit(rows, y)
    here = make_mlp(device="cpu", **params).fit(rows, y)
    np.testing.assert_allclose(
        there.predict_proba(rows), here.predict_proba(rows), atol=1e-3
    )


@pytest.mark.gpu
def test_several_labels_on_a_device(accelerator):
    labels = np.column_stack([y, X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    params = {"dropout": 0.0, "class_weight": "balanced", "max_epochs": 5}
    there = make_mlp(device=accelerator, **params).fit(X, labels)
    here = make_mlp(device="cpu", **params).fit(X, labels)
    np.testing.assert_allclose(there.predict_proba(X), here.predict_proba(X), atol=1e-3)


@pytest.mark.gpu
def test_images_are_changed_on_the_device(accelerator):
    images, numbers = X.reshape(60, 4, 5), X[:, 0]
    seen = []

    def look(batch):
        seen.append(batch.device.type)
        return batch

    augmentation = [{"flip": 0.5, "shift": 0.2, "rotate": 20, "crop": 0.2}, look]
    cnn = TorchCNNRegressor(channels=4, max_epochs=2, random_state=0)
    cnn.set_params(augmentation=augmentation, device=accelerator)
    one = cnn.fit(images, numbers).predict(images)
    assert set(seen) == {accelerator}
    np.testing.assert_allclose(cnn.fit(images, numbers).predict(images), one, atol=1e-2)


@pytest.mark.gpu
def test_a_fit_on_a_device_is_repeatable_to_rounding(accelerator):
    before = torch.get_rng_state()
    one, other = (
        make_mlp(dropout=0.5, device=accelerator).fit(X, y).predict_proba(X)
        for _ in range(2)
    )
    np.testing.assert_allclose(one, other, atol=1e-4)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.gpu
def test_a_pickle_of_a_device_loads_on_the_cpu(accelerator):
    fitted = make_mlp(device=accelerator).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    assert next(loaded.net_.module_.parameters()).device.type == "cpu"
    assert next(fitted.net_.module_.parameters()).device.type == accelerator
    expected = fitted.predict_proba(X)
    np.testing.assert_allclose(loaded.predict_proba(X), expected, atol=1e-6)
    loaded.set_params(device="cpu")
    np.testing.assert_allclose(loaded.predict_proba(X), expected, atol=1e-3)
    loaded.partial_fit(X, y)


@pytest.mark.gpu
def test_a_checkpoint_of_a_device_goes_on_on_the_cpu(accelerator, tmp_path):
    params = {"checkpoint": tmp_path / "fit.pt", "schedule_epochs": 4, "dropout": 0.0}
    make_mlp(device=accelerator, max_epochs=2, **params).fit(X, y)
    went_on = make_mlp(device="cpu", max_epochs=4, **params).fit(X, y)
    params["checkpoint"] = None
    unbroken = make_mlp(device="cpu", max_epochs=4, **params).fit(X, y)
    np.testing.assert_allclose(
        went_on.predict_proba(X), unbroken.predict_proba(X), atol=1e-3
    )


@pytest.mark.gpu
def test_memory_of_a_device_is_freed(accelerator):
    if accelerator != "cuda":
        pytest.skip("memory is counted on cuda only")
    make_mlp().fit(X, y)
    before = torch.cuda.memory_allocated()
    data = np.zeros((100_000, 20), dtype=np.float32)
    mlp = make_mlp().fit(data, np.arange(100_000) % 2)
    # what remains is the network
    assert torch.cuda.memory_allocated() - before < 1_000_000
    del mlp
    assert torch.cuda.memory_reserved() < 100_000_000


@pytest.mark.gpu
def test_data_beyond_the_memory_of_a_device(accelerator, monkeypatch):
    expected = make_mlp(device=accelerator).fit(X, y).predict_proba(X)
    monkeypatch.setattr(_rows, "fits_on", lambda device, n_bytes: False)
    found = make_mlp(device=accelerator).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.gpu
def test_a_device_that_is_too_small(accelerator):
    if accelerator != "cuda":
        pytest.skip("memory is limited on cuda only")
    huge = make_mlp(device="cuda").set_params(width=8000, n_layers=2)  # 256 MB
    total = torch.cuda.mem_get_info()[1]
    torch.cuda.set_per_process_memory_fraction(1e8 / total)
    try:
        with pytest.raises(
            MemoryError, match=r"cuda:0 ran out of memory\. Lower batch"
        ):
            huge.fit(X, y)
        make_mlp(device="cuda").fit(X, y)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.gpu
def test_bfloat16_on_a_device(accelerator):
    full = make_mlp(max_epochs=20, device=accelerator)
    full.set_params(learning_rate_init=0.01).fit(X, y)
    fitted = clone(full).set_params(amp="bfloat16").fit(X, y)
    assert fitted.score(X, y) > 0.8
    proba = fitted.predict_proba(X)
    # bfloat16 has 8 bits of precision
    np.testing.assert_allclose(proba, full.predict_proba(X), atol=0.1)
    assert not np.array_equal(proba, full.predict_proba(X))


@pytest.mark.gpu
def test_a_search_on_a_device(accelerator):
    mlp = make_mlp(device=accelerator, workers_per_device=2)
    grid = {"learning_rate_init": [1e-3, 1e-2]}
    two = GridSearchCV(mlp, grid, cv=3, n_jobs=2).fit(X, y)
    one = GridSearchCV(mlp, grid, cv=3, n_jobs=1).fit(X, y)
    np.testing.assert_allclose(
        two.cv_results_["mean_test_score"],
        one.cv_results_["mean_test_score"],
        atol=0.05,
    )
    assert two.best_estimator_.device_.type == accelerator


@pytest.mark.parametrize(
    "message",
    [
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4e14 bytes.",
        "CUDA error: out of memory",
    ],
)
def test_a_lack_of_memory_has_many_names(message):
    with (
        pytest.raises(MemoryError, match=r"cpu ran out of memory\. Buy some"),
        memory_error_on(torch.device("cpu"), "Buy some."),
    ):
        raise RuntimeError(message)
    with (
        pytest.raises(RuntimeError, match="mat1 and mat2"),
        memory_error_on(torch.device("cpu"), "Buy some."),
    ):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def test_a_network_too_large_for_the_machine_is_a_memory_error():
    mlp = make_mlp(device="cpu", hidden_layer_sizes=(10**7, 10**7)).set_params(
        n_layers=2, width=128
    )
    with pytest.raises(MemoryError, match="Lower batch_size or the size"):
        mlp.fit(X, y)
