"""Random numbers of a fit, and those that it leaves as they were."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from torch import nn

from sklearn_hp.neural_network import TorchClassifier, TorchMLPClassifier
from sklearn_hp.neural_network._modules import Dropout, give_generator
from sklearn_hp.neural_network._randomness import (
    INIT,
    LAYERS,
    SHUFFLE,
    SPLIT,
    derive_seed,
    draw_seed,
    drawn_from,
    global_generator_kept,
    seed_global_generator,
    shuffle_generator,
)
from tests.neural_network.modules import Small, assert_same_weights, differ, weights

CPU = torch.device("cpu")
X, y = make_classification(60, random_state=0)


def make_mlp(**params):
    params = {"random_state": 0, **params}
    return TorchMLPClassifier(
        width=8, dropout=0.5, batch_size=16, max_epochs=3, device="cpu", **params
    )


def test_the_seed_is_that_which_was_given():
    assert draw_seed(7) == draw_seed(np.int64(7)) == 7
    assert type(draw_seed(np.int64(7))) is int
    first = np.random.RandomState(0)
    again = np.random.RandomState(0)
    assert draw_seed(first) == draw_seed(again) != draw_seed(first)
    assert draw_seed(None) != draw_seed(None)


def test_streams_and_epochs_have_seeds_of_their_own():
    seeds = {
        derive_seed(seed, stream, epoch)
        for seed in range(3)
        for stream in (INIT, SPLIT, SHUFFLE, LAYERS)
        for epoch in range(50)
    }
    assert len(seeds) == 3 * 4 * 50
    assert derive_seed(1, LAYERS, 2) == derive_seed(1, LAYERS, 2)


def test_orders_depend_on_seed_and_epoch_only():
    def order(seed, epoch):
        torch.rand(3)
        return torch.randperm(20, generator=shuffle_generator(seed, epoch)).tolist()

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2) != order(1, 2)


def test_the_global_generator_is_left_as_it_was():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), global_generator_kept(CPU):
        torch.rand(3)
        with global_generator_kept(CPU):
            torch.rand(3)
        assert not torch.equal(torch.get_rng_state(), before)
        raise ZeroDivisionError
    assert torch.equal(torch.get_rng_state(), before)


def test_the_last_of_several_threads_restores_the_global_generator():
    before = torch.get_rng_state()
    inside, leave = threading.Event(), threading.Event()

    def other():
        with global_generator_kept(CPU):
            inside.set()
            torch.rand(3)
            leave.wait(10)

    with global_generator_kept(CPU):
        torch.rand(3)
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(10)
    assert not torch.equal(torch.get_rng_state(), before)
    leave.set()
    thread.join()
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_drawn_depends_on_the_seed_only():
    before = torch.get_rng_state()
    with drawn_from(3, CPU):
        first = torch.rand(5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    with drawn_from(3, CPU):
        assert torch.equal(torch.rand(5), first)
    with drawn_from(4, CPU):
        assert not torch.equal(torch.rand(5), first)
    with global_generator_kept(CPU):
        seed_global_generator(3, CPU)
        assert torch.equal(torch.rand(5), first)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        make_mlp,
        lambda **params: TorchClassifier(
            Small, module__dropout=0.5, max_epochs=2, device="cpu", **params
        ),
    ],
    ids=["mlp", "own module"],
)
def test_global_generators_are_untouched_by_fit_and_predict(make, early_stopping):
    before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    estimator = make(early_stopping=early_stopping, random_state=None).fit(X, y)
    estimator.predict_proba(X)
    if not early_stopping:
        estimator.partial_fit(X, y)
    assert torch.equal(torch.get_rng_state(), before[0])
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(after[1], before[1][1])
    assert after[2:] == before[1][2:]


def test_a_failed_fit_leaves_the_global_generator_too():
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="diverged"):
        make_mlp(learning_rate_init=1e30).fit(X, y)
    assert torch.equal(torch.get_rng_state(), before)


def test_fits_in_threads_equal_fits_one_after_the_other():
    expected = [weights(make_mlp(random_state=seed).fit(X, y)) for seed in range(6)]
    before = torch.get_rng_state()
    with ThreadPoolExecutor(3) as pool:
        fits = pool.map(lambda seed: make_mlp(random_state=seed).fit(X, y), range(6))
        for fitted, of_one in zip(fits, expected, strict=True):
            assert_same_weights(weights(fitted), of_one)
    assert torch.equal(torch.get_rng_state(), before)
    assert differ(expected[0], expected[1])


def test_epochs_draw_other_numbers():
    # with a rate of almost 0 losses differ by dropout alone
    mlp = make_mlp(learning_rate_init=1e-20, optimizer="sgd").fit(X, y)
    assert len(set(mlp.loss_curve_)) == 3


def test_dropout_draws_from_the_generator_it_is_given():
    layers = nn.Sequential(Dropout(0.25), nn.Sequential(Dropout(0.25)), nn.Dropout(0.0))
    ones = torch.ones(10_000)

    def run(seed):
        give_generator(layers, torch.Generator().manual_seed(seed))
        return layers[0](ones)

    before = torch.get_rng_state()
    assert torch.equal(run(0), run(0))
    assert not torch.equal(run(0), run(1))
    assert torch.equal(torch.get_rng_state(), before)
    assert layers[1][0].generator is layers[0].generator
    give_generator(layers, None)
    assert layers[0].generator is None
    # what is kept, is scaled up; 10 000 draws have a standard deviation of 0.0043
    kept = run(2)
    assert set(kept.tolist()) == {0.0, float(torch.tensor(1.0) / 0.75)}
    # neighbours, which are parts of one random number, do not go together
    both = (kept[1:] > 0) & (kept[:-1] > 0)
    assert abs(float(both.float().mean()) - 0.75**2) < 4 * 0.0050
    assert abs(float((kept > 0).float().mean()) - 0.75) < 4 * 0.0043
    layers.eval()
    assert torch.equal(run(0), ones)


@pytest.mark.parametrize("p", [1e-9, 0.1, 0.9, 1 - 1e-9])
@pytest.mark.parametrize("shape", [(7,), (400, 3), (40, 2, 3, 5), (0, 4), (300, 128)])
def test_dropout_keeps_the_mean(p, shape):
    layer = Dropout(p)
    layer.generator = torch.Generator().manual_seed(0)
    X = torch.ones(shape, dtype=torch.bfloat16 if shape[0] == 7 else None)
    dropped = layer(X)
    assert (dropped.shape, dropped.dtype) == (X.shape, X.dtype)
    n_kept = int((dropped > 0).sum())
    std = (p * (1 - p) * X.numel()) ** 0.5
    # of a chance below 2**-16 none or one may be the other
    assert abs(n_kept - (1 - p) * X.numel()) <= 4 * std + 1
    assert n_kept == 0 or float(dropped.max()) == pytest.approx(
        1 / max(1 - p, 2**-16), rel=1e-2
    )


def test_dropout_of_zero_draws_nothing():
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    layer = Dropout(0.0)
    layer.generator = generator
    ones = torch.ones(3)
    assert layer(ones) is ones
    assert torch.equal(generator.get_state(), before)


def test_a_device_that_fails_leaves_nothing_behind():
    with (
        pytest.raises((AssertionError, RuntimeError)),
        global_generator_kept(torch.device("cuda", 99)),
    ):
        raise AssertionError("there are not so many")
    torch.manual_seed(123)
    before = torch.get_rng_state()
    TorchMLPClassifier(max_epochs=1).fit(np.eye(4), [0, 1, 0, 1])
    assert torch.equal(torch.get_rng_state(), before)
