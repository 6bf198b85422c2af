import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sklearn_hp import RandomSearchCV
from sklearn_hp.neural_network import TorchCNNClassifier, TorchCNNRegressor


@pytest.fixture(scope="module")
def digits():
    data = load_digits(n_class=4)
    return train_test_split(data.images, data.target, random_state=0)


def small(**params):
    settings = {"channels": 8, "max_epochs": 4, "learning_rate_init": 0.005}
    return TorchCNNClassifier(**{**settings, "random_state": 0, **params})


def test_learns_digits(digits):
    X_train, X_test, y_train, y_test = digits
    net = small().fit(X_train, y_train)
    assert net.score(X_test, y_test) > 0.95
    assert net.image_shape_ == (1, 8, 8)


def test_layouts_are_equal(digits):
    X, X_test, y, _ = digits
    expected = small().fit(X, y).predict_proba(X_test)
    four_axes = small().fit(X[:, None], y).predict_proba(X_test[:, None])
    flat = small(image_shape=(8, 8)).fit(X.reshape(len(X), -1), y)
    np.testing.assert_array_equal(four_axes, expected)
    of_flat = flat.predict_proba(X_test.reshape(len(X_test), -1))
    np.testing.assert_array_equal(of_flat, expected)
    assert flat.n_features_in_ == 64


def test_three_channels(digits):
    X, _, y, _ = digits
    colour = np.stack([X, 2 * X + 1, -X], axis=1)
    flat = colour.reshape(len(X), -1)
    net = small(image_shape=(3, 8, 8)).fit(flat, y)
    assert net.image_shape_ == (3, 8, 8)
    assert net.score(flat, y) > 0.95
    expected = net.predict_proba(flat)
    np.testing.assert_array_equal(
        small().fit(colour, y).predict_proba(colour), expected
    )


@pytest.mark.parametrize("scaler", ["standard", None])
def test_bytes_stay_bytes(digits, scaler):
    X, X_test, y, y_test = digits
    X, X_test = (X * 15).astype(np.uint8), (X_test * 15).astype(np.uint8)
    net = small(scaler=scaler).fit(X, y)
    assert net.score(X_test, y_test) > 0.9
    # the same numbers, of another type
    as_float = net.predict_proba(X_test.astype(np.float64))
    np.testing.assert_allclose(as_float, net.predict_proba(X_test), atol=1e-6)
    if scaler is None:
        assert net.net_.module_.scale.factor.item() == pytest.approx(1 / 255)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (28, 28)])
@pytest.mark.parametrize("n_blocks", [1, 4])
def test_images_of_any_size(shape, n_blocks):
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(12, *shape)), np.arange(12) % 3
    net = small(n_blocks=n_blocks, channels=2, max_epochs=1, kernel_size=2).fit(X, y)
    assert net.predict_proba(X).shape == (12, 3)


def test_errors_of_shapes(digits):
    X, _, y, _ = digits
    flat = X.reshape(len(X), -1)
    with pytest.raises(ValueError, match=r"X must be images.*pass image_shape="):
        small().fit(flat, y)
    with pytest.raises(ValueError, match=r"image_shape=\(7, 8\) does not fit X"):
        small(image_shape=(7, 8)).fit(flat, y)
    net = small(max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=r"X has images of shape \(1, 8, 7\)"):
        net.predict(X[:, :, :7])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        small().fit(np.full_like(X, np.nan), y)


def test_search(digits):
    X, _, y, _ = digits
    search = RandomSearchCV(
        small(early_stopping=True, max_epochs=3),
        {"n_blocks": [1, 2], "channels": [4, 8], "dropout": [0.0, 0.3]},
        n_iter=3,
        cv=2,
        random_state=0,
        error_score="raise",
    ).fit(X, y)
    assert search.best_score_ > 0.8
    assert search.best_estimator_.early_stopping is False


@pytest.mark.parametrize("dtype", [np.int64, np.int16, np.uint16, np.float16])
def test_other_types_are_not_wrapped_to_bytes(digits, dtype):
    X, _, y, _ = digits
    X = 20 * X
    expected = small(max_epochs=1).fit(X.astype(np.float32), y).predict_proba(X)
    net = small(max_epochs=1).fit(X.astype(dtype), y)
    np.testing.assert_allclose(net.predict_proba(X.astype(dtype)), expected, atol=1e-5)


def test_channels_last_are_refused(digits):
    X, _, y, _ = digits
    with pytest.raises(ValueError, match=r"pass channel_axis=-1"):
        small().fit(np.stack([X, X, X], axis=-1), y)


def test_errors_at_predict_name_the_shape_of_images(digits):
    X, _, y, _ = digits
    net = small(max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=r"X has images of shape \(1, 16, 16\)"):
        net.predict(np.zeros((2, 16, 16)))
    np.testing.assert_array_equal(net.predict(X[:, None]), net.predict(X))


@pytest.fixture(scope="module")
def ink(digits):
    X_train, X_test, _, _ = digits
    return [1000 + 100 * X.mean(axis=(1, 2)) for X in (X_train, X_test)]


def regressor(**params):
    settings = {"channels": 8, "max_epochs": 10, "learning_rate_init": 0.005}
    return TorchCNNRegressor(**{**settings, "random_state": 0, **params})


def test_regressor(digits, ink):
    X, X_test, _, _ = digits
    y, y_test = ink
    net = regressor().fit(X, y)
    assert net.score(X_test, y_test) > 0.9
    assert net.predict(X_test).shape == y_test.shape
    flat = regressor(image_shape=(8, 8)).fit(X.reshape(len(X), -1), y)
    np.testing.assert_array_equal(
        flat.predict(X_test.reshape(len(X_test), -1)), net.predict(X_test)
    )


def test_regressor_of_several_targets(digits, ink):
    X, X_test, _, _ = digits
    y, y_test = (np.column_stack([one, -one]) for one in ink)
    net = regressor().fit(X, y)
    assert net.predict(X_test).shape == y_test.shape
    assert net.score(X_test, y_test) > 0.9


def test_losses_of_the_regressor(digits, ink):
    X, X_test, _, _ = digits
    y, y_test = ink
    for quantile in (0.1, 0.9):
        net = regressor(loss="quantile", quantile=quantile, max_epochs=20).fit(X, y)
        assert abs((net.predict(X_test) > y_test).mean() - quantile) < 0.15
    counts = regressor(loss="poisson", target_scaler="mean").fit(X, y)
    assert counts.predict(X_test).min() > 0
    with pytest.raises(ValueError, match="shifts targets"):
        regressor(loss="gamma", target_scaler="standard").fit(X, y)
    with pytest.raises(ValueError, match="'loss' parameter of TorchCNNRegressor"):
        regressor(loss="log_loss").fit(X, y)


def test_search_of_the_regressor(digits, ink):
    X, _, _, _ = digits
    search = RandomSearchCV(
        regressor(early_stopping=True),
        {"channels": [4, 8], "loss": ["huber", "squared_error"]},
        n_iter=2,
        cv=2,
        random_state=0,
        error_score="raise",
    ).fit(X, ink[0])
    assert search.best_score_ > 0.5
    assert search.best_estimator_.early_stopping is False
    once = regressor().partial_fit(X, ink[0]).partial_fit(X, ink[0])
    assert once.n_iter_ == 2


def test_classifier_and_regressor_have_the_same_parameters():
    of_classes = {"focal_gamma", "class_weight", "label_smoothing"}
    of_numbers = {"quantile", "target_scaler"}
    one, other = TorchCNNClassifier().get_params(), TorchCNNRegressor().get_params()
    assert one.keys() - other.keys() == of_classes
    assert other.keys() - one.keys() == of_numbers
    differing = {name for name in one.keys() & other.keys() if one[name] != other[name]}
    assert differing == {"loss"}


def test_one_image_and_flat_ones_at_predict(digits):
    X, _, y, _ = digits
    net = small(max_epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=r"of shape \(8, 8\).* X\[np.newaxis\]"):
        net.predict(X[0])
    with pytest.raises(ValueError, match=r"shape \(5, 64\).*image_shape=\(28, 28\)"):
        net.predict(X[:5].reshape(5, -1))
    assert net.predict(X[0][np.newaxis]).shape == (1,)
    flat = small(max_epochs=1, image_shape=(8, 8)).fit(X, y)
    expected = flat.predict_proba(X)
    np.testing.assert_array_equal(flat.predict_proba(X.reshape(-1, 64)), expected)


def test_images_of_several_sizes(digits):
    X, _, y, _ = digits
    as_objects = np.empty(2, dtype=object)
    as_objects[:] = [X[0], X[1, :7]]
    for several in ([X[0], X[1, :7]], [X[0], X[1][:, :7]], as_objects):
        with pytest.raises(ValueError, match=r"must all have one size.* Resize or"):
            small().fit(several, y[:2])
