"""Rows to stop by in the order of time, and scores to stop by."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.metrics import get_scorer, log_loss, make_scorer, r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EarlyStopping
from torch.utils.data import TensorDataset

from sklearn_hp import EarlyStoppingClassifier, GridSearchCV
from sklearn_hp._stopping_rows import split_off
from sklearn_hp.neural_network import (
    TorchClassifier,
    TorchCNNClassifier,
    TorchMLPClassifier,
    TorchMLPRegressor,
    TorchRegressor,
)
from sklearn_hp.neural_network._randomness import SPLIT, derive_seed
from tests.neural_network.modules import (
    Small,
    TwoParts,
    assert_same_weights,
    weights,
)
from tests.neural_network.networks import TwoLayers

X, codes = make_classification(120, 6, n_informative=4, flip_y=0.3, random_state=0)
y = np.array(["no", "yes"])[codes]
X_numbers, numbers = make_regression(120, 6, noise=50.0, random_state=0)
PARAMS = {
    "early_stopping": True,
    "validation_fraction": 0.25,
    "learning_rate_init": 0.02,
    "n_iter_no_change": 3,
    "max_epochs": 12,
    "batch_size": 32,
    "device": "cpu",
    "random_state": 0,
}


def make_mlp(cls=TorchMLPClassifier, **params):
    return cls(width=8, **{**PARAMS, **params})


def rows_of_split(target, stratify):
    rng = np.random.RandomState(derive_seed(0, SPLIT))
    return split_off(target, 0.25, rng, stratify=stratify)


# ---- rows ----------------------------------------------------------------------------


def test_the_last_rows():
    last = make_mlp(TorchMLPRegressor, shuffle=False).fit(X_numbers, numbers)
    given = make_mlp(TorchMLPRegressor).fit(
        X_numbers[:90], numbers[:90], X_val=X_numbers[90:], y_val=numbers[90:]
    )
    assert_same_weights(weights(last), weights(given))
    assert last.best_n_iter_ == given.best_n_iter_


def test_the_last_groups():
    groups = np.repeat([3, 0, 2, 1], 30)
    last = make_mlp(shuffle=False).fit(X, y, groups=groups)
    given = make_mlp().fit(X[:90], y[:90], X_val=X[90:], y_val=y[90:])
    assert_same_weights(weights(last), weights(given))


def test_without_early_stopping_rows_are_shuffled_in_any_case():
    params = {"early_stopping": False, "max_epochs": 2}
    usual = make_mlp(**params).fit(X, y)
    assert_same_weights(
        weights(make_mlp(**params, shuffle=False).fit(X, y)), weights(usual)
    )


# ---- scores --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "own", "scoring"),
    [
        (TorchMLPClassifier, {"width": 8}, "accuracy"),
        (TorchMLPClassifier, {"width": 8}, "roc_auc"),
        (
            TorchMLPClassifier,
            {"width": 8},
            make_scorer(roc_auc_score, response_method="predict_proba"),
        ),
        (TorchClassifier, {"module": TwoLayers}, "neg_log_loss"),
        (TorchCNNClassifier, {"image_shape": (2, 3)}, "balanced_accuracy"),
        (TorchMLPRegressor, {"width": 8}, "neg_mean_absolute_error"),
        (TorchRegressor, {"module": TwoLayers}, None),
    ],
)
def test_scores_are_those_of_the_estimator(make, own, scoring):
    is_classifier = "Classifier" in make.__name__
    data, target = (X, y) if is_classifier else (X_numbers, numbers)
    net = make(**own, **PARAMS, scoring=scoring).fit(data, target)
    _, stop = rows_of_split(codes if is_classifier else numbers, is_classifier)
    scorer = net.__class__.score if scoring is None else get_scorer(scoring)
    score = scorer(net, data[stop], target[stop])
    scores = net.validation_scores_
    assert len(scores) == net.n_iter_ and max(scores) == pytest.approx(score)
    assert net.best_n_iter_ == 1 + int(np.argmax(scores))
    history = net.net_.history
    assert history[:, "valid_score"] == scores
    best = [score > max([-np.inf, *scores[:i]]) for i, score in enumerate(scores)]
    assert history[:, "valid_score_best"] == best
    assert len(history[:, "valid_loss"]) == net.n_iter_


def test_stopping_by_the_log_loss_is_stopping_by_the_loss():
    by_loss = make_mlp().fit(X, y)
    by_score = make_mlp(scoring="neg_log_loss").fit(X, y)
    assert_same_weights(weights(by_score), weights(by_loss))
    # the loss is computed in float32
    assert by_score.validation_scores_ == pytest.approx(
        by_loss.validation_scores_, 1e-5
    )


def test_tol_is_that_of_the_score():
    assert make_mlp(scoring="accuracy", tol=1.0).fit(X, y).n_iter_ == 4
    assert (
        make_mlp(scoring="accuracy", tol=1.0, n_iter_no_change=5).fit(X, y).n_iter_ == 6
    )


def test_a_callable_sees_the_rows_as_they_were_given():
    seen = []

    def scorer(estimator, X, y):
        seen.append((X, y, estimator.predict(X)))
        return float(np.mean(estimator.predict(X) == y))

    frame = pd.DataFrame(X, columns=list("abcdef"), index=np.arange(500, 620))
    target = pd.Series(y, index=frame.index)
    weight = (np.arange(120) % 3 > 0).astype(float)
    net = make_mlp(scoring=scorer, max_epochs=2, validation_fraction=0.1, shuffle=False)
    net.fit(frame, target, sample_weight=weight)
    assert len(seen) == net.n_iter_ == 2
    expected = frame[weight > 0].iloc[-8:]
    pd.testing.assert_frame_equal(seen[0][0], expected)
    pd.testing.assert_series_equal(seen[0][1], target.loc[expected.index])
    assert set(seen[0][2]) <= {"no", "yes"}
    # the scorer is given no net that a later epoch changes in secret
    assert not hasattr(clone(net), "net_")


def test_rows_that_are_given_are_scored():
    given = {"X_val": X[90:], "y_val": y[90:]}
    net = make_mlp(scoring="accuracy").fit(X[:90], y[:90], **given)
    assert max(net.validation_scores_) == net.score(X[90:], y[90:])
    lists = make_mlp(scoring="accuracy").fit(
        X[:90].tolist(), y[:90].tolist(), X_val=X[90:].tolist(), y_val=y[90:].tolist()
    )
    assert lists.validation_scores_ == net.validation_scores_


@pytest.mark.parametrize("given", [False, True])
def test_rows_of_other_kinds_are_scored(given):
    X32 = X.astype(np.float32)
    params = {"scaler": None, "scoring": "neg_log_loss"}
    kinds = (
        (TwoParts, {"a": X32[:, :2], "b": X32[:, 2:]}, y),
        (TwoParts, {"a": X32[:, :2].tolist(), "b": X32[:, 2:]}, y),
        (Small, TensorDataset(torch.from_numpy(X32), torch.from_numpy(codes)), None),
    )
    for module, rows, labels in kinds:
        net = TorchClassifier(module, **{**PARAMS, **params})
        stop = {"X_val": rows, "y_val": labels} if given else {}
        scores = net.fit(rows, labels, **stop).validation_scores_
        np.testing.assert_allclose(
            scores, [-row["valid_loss"] for row in net.net_.history], rtol=1e-4
        )


def test_weights_go_to_scorers_that_take_them():
    weight_val = np.random.RandomState(0).uniform(size=30)
    weight_val[:5] = 0
    given = {"X_val": X[90:], "y_val": y[90:], "sample_weight_val": weight_val}

    def weighted(estimator, X, y, sample_weight=None):
        return -log_loss(y, estimator.predict_proba(X), sample_weight=sample_weight)

    for scoring in ("neg_log_loss", weighted):
        net = make_mlp(scoring=scoring).fit(X[:90], y[:90], **given)
        expected = weighted(net, X[90:], y[90:], sample_weight=weight_val)
        assert max(net.validation_scores_) == pytest.approx(expected)

    def unweighted(y_true, y_pred):
        return r2_score(y_true, y_pred)

    for scoring in (make_scorer(unweighted), lambda net, X, y: net.score(X, y)):
        net = make_mlp(TorchMLPRegressor, scoring=scoring)
        net.fit(X_numbers, numbers, sample_weight=np.arange(120.0))
        assert net.n_iter_ == len(net.validation_scores_)


def test_a_fit_that_pauses(tmp_path):
    params = {"scoring": "accuracy", "n_iter_no_change": 20, "tol": 0.0}
    whole = make_mlp(**params).fit(X, y)
    paused = make_mlp(**params, checkpoint=tmp_path / "net.pt")
    paused.set_params(max_epochs=5, schedule_epochs=12).fit(X, y)
    paused.set_params(max_epochs=12).fit(X, y)
    assert_same_weights(weights(paused), weights(whole))
    assert paused.validation_scores_ == whole.validation_scores_
    with pytest.raises(ValueError, match="other parameters: scoring='accuracy' then"):
        paused.set_params(scoring="roc_auc").fit(X, y)


def test_in_a_search():
    mlp = make_mlp(scoring="roc_auc", max_epochs=4)
    search = GridSearchCV(
        make_pipeline(mlp), {"torchmlpclassifier__width": [4, 8]}, cv=2
    )
    best = search.fit(X, y).best_estimator_[-1]
    assert not best.early_stopping and best.max_epochs == best.n_iter_


def test_within_the_wrapper():
    pipeline = make_pipeline(StandardScaler(), make_mlp(max_epochs=4))
    stopped = EarlyStoppingClassifier(pipeline, eval_metric="roc_auc", random_state=0)
    net = stopped.fit(X, y).estimator_[-1]
    assert net.scoring == "roc_auc" and 0.5 < max(net.validation_scores_) <= 1


def test_callbacks_may_watch_the_score():
    watch = EarlyStopping(
        "valid_score", patience=1, threshold=9.0, lower_is_better=False
    )
    watch.set_params(sink=lambda text: None)
    mlp = make_mlp(scoring="accuracy", callbacks=[watch], n_iter_no_change=9)
    assert mlp.fit(X, y).n_iter_ == 2


# ---- what cannot be ------------------------------------------------------------------


def fails(estimator, X, y):
    raise KeyError("the price")


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        (
            fails,
            r"failed on the 30 rows to stop by. Pass .* raised KeyError: 'the price'",
        ),
        (
            lambda net, X, y: np.nan,
            r"must return a finite number, got nan for the 30 row",
        ),
        (lambda net, X, y: "1", "must return a finite number, got '1'"),
        ("r2", r"scoring='r2' failed on .*ValueError: could not convert string"),
        (log_loss, "looks like it is a metric function rather than a scorer"),
        ("acc", "The 'scoring' parameter of TorchMLPClassifier must be"),
        (["accuracy"], "The 'scoring' parameter of TorchMLPClassifier must be"),
    ],
)
def test_a_score_that_cannot_be(scoring, message):
    with pytest.raises(ValueError, match=message):
        make_mlp(scoring=scoring).fit(X, y)


def test_a_scorer_that_the_estimator_does_not_suit():
    with pytest.raises(ValueError, match=r"'neg_log_loss' failed .*AttributeError"):
        make_mlp(TorchMLPRegressor, scoring="neg_log_loss").fit(X_numbers, numbers)


@pytest.mark.filterwarnings("ignore:Only one class is present")
def test_rows_of_one_class():
    with pytest.raises(ValueError, match="need rows of every class there"):
        make_mlp(scoring="roc_auc").fit(X, y, X_val=X[:1], y_val=y[:1])


def test_the_scorer_is_not_asked_where_nothing_stops():
    mlp = make_mlp(scoring=fails, early_stopping=False, max_epochs=1)
    assert mlp.fit(X, y).validation_scores_ is None
    mlp.partial_fit(X, y)
