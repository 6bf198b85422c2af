"""Inputs in several parts: dicts of arrays, given to a module by name."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skorch.helper import DataFrameTransformer, SliceDict
from torch import nn

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp.neural_network import TorchClassifier, TorchRegressor
from tests.neural_network.modules import assert_same_weights, weights

PARAMS = {"max_epochs": 3, "device": "cpu", "random_state": 0}


class Mixed(nn.Module):
    """An image, a few numbers and a code."""

    def __init__(self, n_outputs, n_numbers=3, width=8):
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.ReLU())
        self.code = nn.Embedding(5, 2)
        self.body = nn.Sequential(nn.Linear(8 + n_numbers + 2, width), nn.ReLU())
        self.last = nn.Linear(width, n_outputs)
        self.seen = {}

    def forward(self, image, numbers, code):
        self.seen = {"image": image, "numbers": numbers, "code": code}
        parts = [self.image(image), numbers, self.code(code)]
        return self.last(self.body(torch.cat(parts, dim=1)))


def mixed(n_samples=80, seed=0):
    """Return parts of uint8, float64 and int64, and a target of two classes."""
    rng = np.random.default_rng(seed)
    X = {
        "image": rng.integers(0, 256, (n_samples, 1, 4, 4), dtype=np.uint8),
        "numbers": rng.normal(1e3, 5.0, (n_samples, 3)),
        "code": rng.integers(0, 5, n_samples),
    }
    y = np.where(X["numbers"][:, 0] + 5 * (X["code"] > 2) > 1002, "b", "a")
    return X, y


X, y = mixed()


def test_each_part_by_its_own_moments():
    net = TorchClassifier(Mixed, batch_size=100, **PARAMS).fit(X, y)
    net.predict(X)
    seen = net.net_.module_.body.seen
    assert {n: str(part.dtype) for n, part in seen.items()} == {
        "image": "torch.float32",
        "numbers": "torch.float32",
        "code": "torch.int64",
    }
    for name in ("image", "numbers"):
        part = seen[name].transpose(0, 1).flatten(1)
        torch.testing.assert_close(
            part.mean(1), torch.zeros(len(part)), atol=1e-4, rtol=0
        )
        torch.testing.assert_close(
            part.std(1, correction=0), torch.ones(len(part)), atol=1e-4, rtol=0
        )
    np.testing.assert_array_equal(seen["code"], X["code"])
    assert not hasattr(net, "n_features_in_")
    assert not hasattr(net, "feature_names_in_")


def test_parts_without_a_scale():
    net = TorchClassifier(Mixed, scaler=None, **PARAMS).fit(X, y)
    net.predict(X)
    seen = net.net_.module_.body.seen
    np.testing.assert_array_equal(seen["numbers"], X["numbers"].astype(np.float32))
    np.testing.assert_array_equal(seen["image"], X["image"].astype(np.float32))


def test_dicts_of_all_kinds_are_equal():
    expected = TorchClassifier(Mixed, **PARAMS).fit(X, y)
    others = [
        SliceDict(**X),
        {n: torch.tensor(part) for n, part in X.items()},
        {**X, "numbers": pd.DataFrame(X["numbers"]), "code": pd.Series(X["code"])},
        {**X, "numbers": X["numbers"].tolist(), "code": X["code"].astype(np.int16)},
    ]
    for other in others:
        net = clone(expected).fit(other, y)
        assert_same_weights(weights(net), weights(expected))
        np.testing.assert_array_equal(net.predict(other), expected.predict(X))
    again = pickle.loads(pickle.dumps(expected))
    np.testing.assert_array_equal(again.predict_proba(X), expected.predict_proba(X))


def test_a_regressor_of_parts_learns():
    target = X["numbers"][:, 0] * 2 + X["code"]
    net = TorchRegressor(
        Mixed, max_epochs=60, learning_rate_init=0.01, device="cpu", random_state=0
    )
    assert net.fit(X, target).score(X, target) > 0.9


def test_weights_stopping_groups_and_partial_fit():
    net = TorchClassifier(Mixed, early_stopping=True, **PARAMS)
    weight = np.arange(80) % 3
    net.fit(X, y, sample_weight=weight, groups=np.arange(80) // 4)
    assert len(net.validation_scores_) == 3
    rows = np.flatnonzero(weight)
    net.fit(X, y, X_val={n: part[:9] for n, part in X.items()}, y_val=y[:9])
    # rows of weight 0 are left out
    net = TorchClassifier(Mixed, **PARAMS)
    some = {n: part[rows] for n, part in X.items()}
    one = clone(net).fit(X, y, sample_weight=weight)
    other = clone(net).fit(some, y[rows], sample_weight=weight[rows])
    assert_same_weights(weights(one), weights(other))
    net.partial_fit(X, y, classes=["a", "b"]).partial_fit(SliceDict(**X), y)
    assert net.n_iter_ == 2


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_in_searches(n_jobs, tmp_path):
    net = TorchClassifier(Mixed, **PARAMS)
    search = GridSearchCV(
        net,
        {"module__width": [4, 8]},
        cv=2,
        n_jobs=n_jobs,
        checkpoint=tmp_path / "search",
    )
    search.fit(SliceDict(**X), y)
    assert search.predict(X).shape == (80,)
    expected = cross_val_score(clone(search.best_estimator_), SliceDict(**X), y, cv=2)
    assert search.best_score_ == pytest.approx(expected.mean())


def test_in_a_bayesian_search():
    space = {"learning_rate_init": [1e-3, 1e-2], "module__width": [4, 8]}
    search = BayesSearchCV(
        TorchClassifier(Mixed, **PARAMS), space, n_iter=2, cv=2, random_state=0
    )
    assert search.fit(SliceDict(**X), y).best_score_ > 0


class Columns(nn.Module):
    """What skorch's DataFrameTransformer makes: numbers as X, categories by name."""

    def __init__(self, n_outputs, n_numbers=2):
        super().__init__()
        self.city = nn.Embedding(3, 2)
        self.last = nn.Linear(n_numbers + 2, n_outputs)

    def forward(self, X, city):
        return self.last(torch.cat([X, self.city(city)], dim=1))


def test_columns_of_a_frame_in_a_pipeline():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60)})
    frame["city"] = pd.Categorical(np.array(["x", "y", "z"])[np.arange(60) % 3])
    target = frame["a"] > 0
    net = TorchClassifier(Columns, **PARAMS)
    pipe = make_pipeline(DataFrameTransformer(), net)
    search = GridSearchCV(pipe, {"torchclassifier__max_epochs": [2, 3]}, cv=2)
    assert search.fit(frame, target).predict(frame).dtype == bool

    def parts(frame):
        return {"X": frame[["a", "b"]], "city": frame["city"].cat.codes}

    own = make_pipeline(FunctionTransformer(parts), net).fit(frame, target)
    np.testing.assert_array_equal(
        own.predict_proba(frame), pipe.fit(frame, target).predict_proba(frame)
    )


class Sequence(nn.Module):
    """Numbers over time, and a part whose name modules have as an attribute."""

    def __init__(self, n_outputs):
        super().__init__()
        self.steps = nn.GRU(2, 4, batch_first=True)
        self.last = nn.Linear(5, n_outputs)

    def forward(self, steps, type):
        _, state = self.steps(steps)
        return self.last(torch.cat([state[-1], type[:, None]], dim=1))


def test_the_axis_of_a_part():
    rng = np.random.default_rng(0)
    steps = rng.normal([0.0, 100.0], [1.0, 10.0], (40, 5, 2))
    parts = {"steps": steps, "type": rng.normal(size=40)}
    target = rng.integers(0, 2, 40)
    net = TorchClassifier(Sequence, **PARAMS).fit(parts, target)
    center = net.net_.module_.front.layers["of_steps"].center
    np.testing.assert_allclose(center.flatten(), steps.mean((0, 1)), rtol=1e-5)
    given = clone(net).set_params(channel_axis=-1).fit(parts, target)
    assert_same_weights(weights(net), weights(given))
    for axis in (0, 3, -3):
        with pytest.raises(ValueError, match=r"no axis of a row of X\['steps'\]"):
            clone(net).set_params(channel_axis=axis).fit(parts, target)


class Hidden(Sequence):
    def forward(self, steps, type):
        return super().forward(steps + 1, type)


def test_an_axis_that_is_not_told():
    parts = {"steps": np.zeros((8, 5, 2)), "type": np.zeros(8)}
    net = TorchClassifier(Hidden, **PARAMS)
    with pytest.raises(ValueError, match=r"X\['steps'\] .* no layer .* channel_axis=1"):
        net.fit(parts, [0, 1] * 4)
    net.set_params(scaler=None).fit(parts, [0, 1] * 4)


def bad(**changed):
    return {**X, **changed}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, r"names of the arguments .* got the keys \[\]"),
        ({0: X["code"]}, r"got the keys \[0\]"),
        (bad(code=np.arange(3)), r"one row for each sample, got .*'code': 3"),
        (bad(code=["u"] * 80), r"X\['code'\] must hold numbers.* OrdinalEncoder"),
        (bad(code=np.array(["u"] * 80, object)), r"X\['code'\] must hold numbers"),
        (bad(numbers=np.full((80, 3), np.nan)), r"Input X\['numbers'\] contains NaN"),
        (bad(numbers=[[1] * (i % 2 + 1) for i in y.argsort()]), r"rows of one length"),
    ],
)
def test_parts_that_are_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        TorchClassifier(Mixed, **PARAMS).fit(parts, y)


def test_other_parts_than_in_fit():
    net = TorchClassifier(Mixed, **PARAMS).fit(X, y)
    less = {n: X[n] for n in ("image", "numbers")}
    for parts, message in [
        (less, r"has the parts \['image', 'numbers'\], and had \['code'"),
        (bad(code=np.full(80, 0.5)), r"X\['code'\] was int64 in fit"),
        (bad(code=X["code"][:, None]), r"X\['code'\] of shape \(80, 1\) .* 1 axes"),
        (X["numbers"], r"fitted to a dict of parts, and X is an array, .* ndarray"),
    ]:
        with pytest.raises(ValueError, match=message):
            net.predict(parts)
    # whole numbers as floats, as after a transformer, are codes all the same
    as_floats = bad(code=X["code"].astype(float))
    np.testing.assert_array_equal(net.predict(as_floats), net.predict(X))
    with pytest.raises(ValueError, match=r"fitted to an array, and X is a dict"):
        TorchRegressor(nn.Linear, **PARAMS).fit([[0.0], [1.0]], [0, 1]).predict(X)


def test_a_size_that_there_is_none_of():
    class Sized(Mixed):
        def __init__(self, n_features_in, n_outputs):
            super().__init__(n_outputs, n_features_in)

    net = TorchClassifier(Sized, **PARAMS)
    with pytest.raises(
        ValueError, match=r"Set it as module__n_features_in. If X is a dict"
    ):
        net.fit(X, y)
    net.set_params(module__n_features_in=3).fit(X, y)


def test_a_plain_dict_in_a_search():
    with pytest.raises(TypeError, match=r"skorch.helper.SliceDict\(\*\*X\)"):
        GridSearchCV(TorchClassifier(Mixed), {"max_epochs": [1]}).fit(X, y)
