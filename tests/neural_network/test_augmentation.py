"""Images that are changed at random while a network trains."""

import pickle

import numpy as np
import pytest
import torch
from scipy.ndimage import rotate
from sklearn.base import clone
from sklearn.datasets import load_digits

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp.neural_network import TorchCNNClassifier, TorchCNNRegressor
from sklearn_hp.neural_network._augmentation import Augmentation, _rotations
from tests.neural_network.modules import assert_same_weights, differ, weights

DIGITS = load_digits(n_class=3)
X, y = DIGITS.images[:120], DIGITS.target[:120]


def small(**params):
    settings = {"channels": 4, "max_epochs": 3, "learning_rate_init": 0.005}
    return TorchCNNClassifier(
        **{**settings, "device": "cpu", "random_state": 0, **params}
    )


def batch(n=16, height=7, width=10, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 3, height, width, generator=generator)


def augmented(images, seed=0, **strengths):
    layer = Augmentation(strengths, [])
    layer.generator = torch.Generator().manual_seed(seed)
    return layer(images)


@pytest.mark.parametrize(("name", "axis"), [("flip", 3), ("vertical_flip", 2)])
def test_flips(name, axis):
    images = batch()
    torch.testing.assert_close(augmented(images, **{name: 1.0}), images.flip(axis))
    torch.testing.assert_close(augmented(images, **{name: 0.0}), images)
    half = augmented(batch(400), **{name: 0.5})
    is_same = torch.isclose(half, batch(400), atol=1e-5).flatten(1).all(1)
    assert 150 < is_same.sum() < 250


def test_shifts_are_of_whole_pixels_and_repeat_the_edge():
    images = batch()
    shifted = augmented(images, shift=0.3)
    wide = np.pad(images, [(0, 0), (0, 0), (3, 3), (3, 3)], mode="edge")
    seen = set()
    for i, image in enumerate(shifted):
        found = [
            (down, right)
            for down in range(7)
            for right in range(7)
            if np.allclose(
                image, wide[i, :, down : down + 7, right : right + 10], atol=1e-5
            )
        ]
        assert found
        seen.add(found[0])
    assert len(seen) > 8


def test_small_images_shift_by_a_pixel_at_least():
    images = batch(100, 4, 4)
    same = torch.isclose(augmented(images, shift=0.01), images, atol=1e-5)
    assert 0.1 < same.flatten(1).all(1).float().mean() < 0.5


@pytest.mark.parametrize("shape", [(9, 9), (9, 15), (15, 9)])
@pytest.mark.parametrize("degrees", [-70, 25, 90])
def test_rotations_are_those_of_scipy(shape, degrees):
    image = np.random.RandomState(0).uniform(size=shape)
    height, width = shape
    angle = torch.deg2rad(torch.tensor([float(degrees)]))
    maps = _rotations(angle, torch.tensor([width, height]))
    maps = torch.cat([maps, torch.zeros(1, 2, 1)], dim=2)
    layer = Augmentation({"rotate": 1.0}, [])
    layer._maps = lambda n, size: maps
    ours = layer(torch.tensor(image)[None, None])[0, 0]
    theirs = rotate(image, degrees, reshape=False, order=1, mode="nearest")
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_crops_enlarge():
    ramp = torch.arange(20.0).expand(50, 1, 20, 20)
    cropped = augmented(ramp, crop=0.4)
    inside = cropped[:, 0, 10].diff(dim=1)[:, 2:-2]  # half a pixel at the edge is less
    slope = inside.mean(1, keepdim=True)
    torch.testing.assert_close(inside, slope.expand_as(inside), atol=1e-4, rtol=0)
    assert 0.6 <= slope.min() < 0.7
    assert 0.9 < slope.max() <= 1.0
    assert cropped.min() >= 0
    assert cropped.max() <= 19


def test_rows_differ():
    images = batch()[:1].expand(16, -1, -1, -1)
    changed = augmented(images, rotate=30, shift=0.2)
    assert len(changed.flatten(1).unique(dim=0)) == 16


def test_only_training_rows_are_changed():
    seen = []

    def count(images):
        seen.append(len(images))
        return images

    net = small(augmentation=count, early_stopping=True).fit(X, y)
    n_train = len(X) - round(0.1 * len(X))
    assert sum(seen) == 3 * n_train
    net.predict(X)
    assert sum(seen) == 3 * n_train


def test_one_seed_gives_one_result():
    strengths = {"shift": 0.2, "flip": 0.5, "rotate": 20, "crop": 0.1}
    net = small(augmentation=strengths)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    expected = weights(net.fit(X, y))
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(1)
    assert_same_weights(weights(clone(net).fit(X, y)), expected)
    assert differ(weights(small().fit(X, y)), expected)
    assert differ(weights(clone(net).set_params(random_state=1).fit(X, y)), expected)


def noise(images):
    return images + 0.1 * torch.randn_like(images)


@pytest.mark.parametrize("augmentation", [["shift", "rotate"], noise, ["flip", noise]])
def test_resumes(tmp_path, augmentation):
    path = tmp_path / "fit.pt"
    params = {"augmentation": augmentation, "schedule_epochs": 4}
    small(checkpoint=path, max_epochs=2, **params).fit(X, y)
    resumed = small(checkpoint=path, max_epochs=4, **params).fit(X, y)
    whole = small(max_epochs=4, **params).fit(X, y)
    assert_same_weights(weights(resumed), weights(whole))
    with pytest.raises(ValueError, match="augmentation="):
        small(checkpoint=path, max_epochs=4, schedule_epochs=4).fit(X, y)


def test_functions_get_images_as_they_were_given():
    def look(images):
        assert images.shape[1:] == (1, 8, 8)
        assert images.dtype == torch.uint8
        assert images.max() > 10
        return images

    small(augmentation=[look]).fit(X.astype(np.uint8), y)


def test_functions_that_return_something_else():
    with pytest.raises(
        ValueError, match=r"shape that it got.*returned \(64, 1, 8, 4\)"
    ):
        small(augmentation=lambda images: images[..., :4]).fit(X, y)
    with pytest.raises(ValueError, match=r"returned <class 'NoneType'>"):
        small(augmentation=lambda images: None).fit(X, y)


def test_bytes_and_partial_fit_and_pickle():
    as_bytes = X.astype(np.uint8)
    net = small(augmentation="shift").fit(as_bytes, y)
    loaded = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(loaded.predict_proba(X), net.predict_proba(X))
    once = small(augmentation="shift").partial_fit(as_bytes, y, classes=[0, 1, 2])
    plain = small().partial_fit(as_bytes, y, classes=[0, 1, 2])
    assert differ(weights(once), weights(plain))


@pytest.mark.parametrize(
    ("search", "params"), [(GridSearchCV, {}), (BayesSearchCV, {"n_iter": 4})]
)
def test_searched(search, params):
    choices = [None, "flip", ["shift", "rotate"], {"shift": 0.2}]
    space = {"augmentation": choices}
    found = search(small(max_epochs=1), space, cv=2, **params).fit(X, y)
    assert len(found.cv_results_["params"]) >= 4
    assert found.best_params_["augmentation"] in choices


@pytest.mark.slow
def test_two_workers():
    searches = [
        GridSearchCV(
            small(), {"augmentation": [noise, ["shift", "rotate"]]}, cv=2, n_jobs=n_jobs
        ).fit(X, y)
        for n_jobs in (1, 2)
    ]
    scores = [search.cv_results_["mean_test_score"] for search in searches]
    np.testing.assert_array_equal(*scores)


@pytest.mark.slow
def test_helps_where_images_vary_so():
    """With 150 images at random places, 0.9 of the others are read instead of 0.7."""
    digits = load_digits()
    rng = np.random.RandomState(0)
    placed = np.zeros((len(digits.images), 12, 12))
    for canvas, image in zip(placed, digits.images, strict=True):
        down, right = rng.randint(5, size=2)
        canvas[down : down + 8, right : right + 8] = image
    scores = []
    for augmentation in (None, {"shift": 0.15}):
        net = small(channels=8, max_epochs=100, augmentation=augmentation)
        net.fit(placed[:200], digits.target[:200])
        scores.append(net.score(placed[200:], digits.target[200:]))
    assert scores[1] > scores[0] + 0.05


def test_regressor():
    ink = X.mean(axis=(1, 2))
    net = TorchCNNRegressor(
        channels=4,
        augmentation=["flip", "vertical_flip"],
        learning_rate_init=0.01,
        random_state=0,
    )
    assert net.fit(X, ink).score(X, ink) > 0.8


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"of flip, .*, crop, got 'blur'"):
        small(augmentation=["flip", "blur"]).fit(X, y)
    with pytest.raises(ValueError, match=r"'augmentation' parameter.*'flip'"):
        small(augmentation="flop").fit(X, y)
    with pytest.raises(ValueError, match=r"'rotate' must be a number from 0 to 180"):
        small(augmentation={"rotate": 200}).fit(X, y)
    with pytest.raises(ValueError, match=r"'flip' must be a number.*got True"):
        small(augmentation={"flip": True}).fit(X, y)
    with pytest.raises(ValueError, match=r"functions of a batch, got 3 of type int"):
        small(augmentation=[3]).fit(X, y)
