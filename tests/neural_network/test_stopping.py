"""Early stopping: when it ends, what it is told, and the refit after it."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EarlyStopping
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp._stopping_rows import split_off
from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor
from sklearn_hp.neural_network._base import BaseTorch
from sklearn_hp.neural_network._randomness import SPLIT, derive_seed
from sklearn_hp.neural_network._stopping import Stopping
from tests.neural_network.modules import assert_same_weights, differ, weights

# ---- when it ends --------------------------------------------------------------------


def watch(scores, n_iter_no_change=3, tol=0.0):
    """Return a stopping that has seen scores, of a module whose weight is the epoch."""
    stopping = Stopping(n_iter_no_change, tol)
    module = nn.Linear(1, 1)
    for epoch, score in enumerate(scores, start=1):
        assert not stopping.stopped
        nn.init.constant_(module.weight, epoch)
        stopping.update(score, epoch, module)
    return stopping


@pytest.mark.parametrize(
    ("scores", "best", "stopped"),
    [
        ([-3.0], 1, False),
        ([-3.0, -2.0, -1.0], 3, False),
        ([-3.0, -4.0, -5.0], 1, False),
        ([-3.0, -4.0, -5.0, -6.0], 1, True),
        ([-3.0, -4.0, -5.0, -2.0, -2.5, -2.5], 4, False),
        ([-3.0, -3.0, -3.0, -3.0], 1, True),  # the first of equals
    ],
)
def test_the_best_epoch_and_its_weights_are_kept(scores, best, stopped):
    stopping = watch(scores)
    assert stopping.best_epoch == best
    assert stopping.best_score == max(scores)
    assert float(stopping.best_weights["weight"]) == best
    assert stopping.stopped == stopped


def test_before_the_first_epoch():
    stopping = Stopping(1, 0.0)
    assert (stopping.best_epoch, stopping.stopped) == (0, False)


def test_an_improvement_is_one_by_more_than_tol():
    scores = [-1.0, -0.75, -0.5, -0.25]
    assert not watch(scores, tol=0.125).stopped
    # exactly tol is not more; the best are taken all the same
    stopping = watch(scores, tol=0.25)
    assert stopping.stopped
    assert stopping.best_epoch == 4
    # absolute: a large score needs no larger improvement
    assert not watch([-1e6, -1e6 + 1, -1e6 + 2, -1e6 + 3], tol=0.5).stopped


def test_a_stopping_goes_on_from_its_state():
    first = watch([-3.0, -4.0, -5.0])
    second = Stopping(3, 0.0)
    second.load_state_dict(first.state_dict())
    assert (second.best_score, second.best_epoch) == (-3.0, 1)
    assert float(second.best_weights["weight"]) == 1
    assert not second.stopped
    second.update(-6.0, 4, nn.Linear(1, 1))
    assert second.stopped


# ---- in a fit ------------------------------------------------------------------------

X, y = make_classification(90, flip_y=0.4, random_state=0)
X_numbers, numbers = make_regression(90, 5, noise=50.0, random_state=0)
groups = np.arange(90) // 3

_params = {
    "width": 8,
    "batch_size": 16,
    "learning_rate_init": 0.03,
    "max_epochs": 30,
    "n_iter_no_change": 3,
    "validation_fraction": 0.3,
    "early_stopping": True,
    "device": "cpu",
    "random_state": 0,
}


def rows_of_split(seed, groups=None):
    rng = np.random.RandomState(derive_seed(seed, SPLIT))
    return split_off(y, 0.3, rng, stratify=True, groups=groups)


@pytest.mark.parametrize(
    ("make", "data", "groups", "seed"),
    [
        (TorchMLPClassifier, (X, y), None, 0),
        (TorchMLPClassifier, (X, y), groups, 2),
        (TorchMLPRegressor, (X_numbers, numbers), None, 0),
    ],
    ids=["classifier", "groups", "regressor"],
)
def test_a_stopped_fit_equals_one_cut_at_its_best_epoch(make, data, groups, seed):
    params = {**_params, "random_state": seed}
    stopped = make(**params).fit(*data, groups=groups)
    n_iter = stopped.best_n_iter_
    assert 1 < n_iter < stopped.n_iter_ < 30
    assert np.argmax(stopped.validation_scores_) == n_iter - 1
    cut_params = {**params, "max_epochs": n_iter, "schedule_epochs": 30}
    cut = make(**cut_params).fit(*data, groups=groups)
    assert cut.n_iter_ == n_iter
    assert_same_weights(weights(cut), weights(stopped))
    np.testing.assert_array_equal(cut.predict(data[0]), stopped.predict(data[0]))
    longer = make(**{**cut_params, "max_epochs": n_iter + 1, "n_iter_no_change": 9})
    last = longer.fit(*data, groups=groups)
    assert_same_weights(weights(last), weights(stopped))  # the best were taken back
    if make is TorchMLPRegressor:
        return  # its targets are scaled by all rows
    train, _ = rows_of_split(seed, groups)
    alone = make(**{**cut_params, "early_stopping": False}).fit(X[train], y[train])
    assert_same_weights(weights(alone), weights(stopped))


def test_the_scores_are_those_of_the_rows_set_aside():
    fitted = TorchMLPClassifier(**_params).fit(X, y)
    _, stopping = rows_of_split(0)
    proba = fitted.predict_proba(X[stopping])
    loss = -np.log(proba[np.arange(len(stopping)), y[stopping]]).mean()
    best = fitted.validation_scores_[fitted.best_n_iter_ - 1]
    np.testing.assert_allclose(best, -loss, rtol=1e-5)


def test_without_early_stopping_no_epoch_is_chosen():
    fitted = TorchMLPClassifier(**{**_params, "early_stopping": False}).fit(X, y)
    assert fitted.n_iter_ == 30
    assert fitted.best_n_iter_ is None
    assert fitted.validation_scores_ is None


# ---- in a search ---------------------------------------------------------------------


@pytest.fixture
def splits(monkeypatch):
    """The numbers of rows that fits train on and stop by, which are their column 0."""
    seen = []
    true = BaseTorch._split

    def spy(self, rows, seed):
        train, stopping = true(self, rows, seed)
        seen.append([part.X[:, 0].astype(int) for part in (train, stopping)])
        return train, stopping

    monkeypatch.setattr(BaseTorch, "_split", spy)
    return seen


numbered = np.column_stack([np.arange(90), X])
_short = {**_params, "max_epochs": 2}


def test_rows_to_stop_by_are_of_the_training_part(splits):
    cv = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(
        make_pipeline("passthrough", TorchMLPClassifier(**_short)),
        {"torchmlpclassifier__width": [2, 3]},
        cv=cv,
        refit=False,
    )
    search.fit(numbered, y)
    assert len(splits) == 6
    outer = [train for train, _ in cv.split(numbered)]
    for train, stopping in splits:
        both = np.sort(np.concatenate([train, stopping]))
        assert len(stopping) == 18
        assert any(np.array_equal(both, rows) for rows in outer)


def test_groups_are_routed_to_the_split(splits):
    with config_context(enable_metadata_routing=True):
        mlp = TorchMLPClassifier(**_short).set_fit_request(groups=True)
        search = GridSearchCV(
            make_pipeline("passthrough", mlp),
            {"torchmlpclassifier__width": [2, 3]},
            cv=GroupKFold(3),
        )
        search.fit(numbered, y, groups=groups)
    assert len(splits) == 6  # the refit has none
    for train, stopping in splits:
        in_train, in_stopping = set(groups[train]), set(groups[stopping])
        test = np.setdiff1d(np.arange(90), np.concatenate([train, stopping]))
        assert len(in_stopping) == 7  # a third of 20, as StratifiedGroupKFold has it
        assert not in_train & in_stopping
        assert not (in_train | in_stopping) & set(groups[test])


@pytest.mark.parametrize("schedule_epochs", [None, 40])
def test_the_refit_is_on_all_rows_for_the_mean_of_epochs(schedule_epochs):
    mlp = TorchMLPClassifier(**_params, schedule_epochs=schedule_epochs)
    pipeline = make_pipeline("passthrough", mlp)
    grid = {"torchmlpclassifier__dropout": [0.0, 0.5]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    results = search.cv_results_
    of_splits = np.array([results[f"split{i}_n_iter"] for i in range(3)])
    np.testing.assert_allclose(results["mean_n_iter"], of_splits.mean(axis=0))
    assert len(set(of_splits.ravel())) > 1
    best = search.best_estimator_[-1]
    n_iter = round(results["mean_n_iter"][search.best_index_])
    assert best.n_iter_ == best.max_epochs == n_iter < 30
    assert best.early_stopping is False
    assert best.schedule_epochs == (schedule_epochs or 30)
    assert set(search.best_params_) == set(grid)
    dropout = search.best_params_["torchmlpclassifier__dropout"]
    expected = TorchMLPClassifier(
        **{
            **_params,
            "dropout": dropout,
            "early_stopping": False,
            "max_epochs": n_iter,
            "schedule_epochs": schedule_epochs or 30,
        }
    ).fit(X, y)
    assert_same_weights(weights(best), weights(expected))
    without_schedule = TorchMLPClassifier(
        **{
            **_params,
            "dropout": dropout,
            "early_stopping": False,
            "max_epochs": n_iter,
        }
    ).fit(X, y)
    assert differ(weights(best), weights(without_schedule))


def test_refit_params():
    mlp = TorchMLPClassifier(**_params)
    assert mlp.refit_params([1, 2, 6]) == {
        "max_epochs": 3,
        "early_stopping": False,
        "schedule_epochs": 30,
    }
    assert TorchMLPClassifier().refit_params([40, 40]) == {}


def test_a_search_without_early_stopping_refits_as_the_candidate_says():
    mlp = TorchMLPClassifier(**{**_short, "early_stopping": False})
    search = GridSearchCV(mlp, {"max_epochs": [1, 2]}, cv=2).fit(X, y)
    assert search.best_estimator_.n_iter_ == search.best_params_["max_epochs"]


def test_the_scale_of_targets_is_that_of_the_training_rows():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(60, 3))
    target = X[:, 0].copy()
    mlp = TorchMLPRegressor(early_stopping=True, max_epochs=2, random_state=0)
    expected = mlp.fit(X, target).loss_curve_
    split_seed = derive_seed(0, SPLIT)
    _, stop = split_off(target, 0.1, np.random.RandomState(split_seed), stratify=False)
    target[stop] += 100
    assert mlp.fit(X, target).loss_curve_ == expected


def test_the_refit_has_no_callbacks_that_watch_rows_set_aside():
    watching = EarlyStopping("valid_loss", patience=2)
    mlp = TorchMLPClassifier(**_short, callbacks=[("stop", watching), Callback()])
    search = GridSearchCV(mlp, {"width": [4, 8]}, cv=2, error_score="raise").fit(X, y)
    (callback,) = search.best_estimator_.callbacks
    assert type(callback) is Callback
    with pytest.raises(ValueError, match=r"'valid_loss', which there is with early"):
        mlp.set_params(early_stopping=False).fit(X, y)


# ---- rows to stop by that are given --------------------------------------------------


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array(["no", "yes"])])
def test_a_fit_stops_by_the_rows_it_is_given(labels):
    own = TorchMLPClassifier(**_params).fit(X, labels[y])
    train, stop = rows_of_split(0)
    given = TorchMLPClassifier(**_params).fit(
        X[train], labels[y[train]], X_val=X[stop], y_val=labels[y[stop]]
    )
    assert given.best_n_iter_ == own.best_n_iter_
    assert_same_weights(weights(given), weights(own))
    assert given.validation_scores_ == own.validation_scores_


def test_weights_of_rows_to_stop_by():
    weight = (np.arange(30) < 15).astype(float)
    params = {"X_val": X_numbers[60:], "y_val": numbers[60:]}
    make = TorchMLPRegressor(**_params)
    weighted = make.fit(
        X_numbers[:60], numbers[:60], **params, sample_weight_val=weight
    )
    some = make.__class__(**_params).fit(
        X_numbers[:60], numbers[:60], X_val=X_numbers[60:75], y_val=numbers[60:75]
    )
    # losses are float32
    assert weighted.validation_scores_ == pytest.approx(some.validation_scores_, 1e-5)
    # twice the weight is twice the row
    twice = make.fit(
        X_numbers[:60], numbers[:60], **params, sample_weight_val=1 + weight
    ).validation_scores_
    rows = np.r_[60:90, 60:75]
    make.fit(X_numbers[:60], numbers[:60], X_val=X_numbers[rows], y_val=numbers[rows])
    assert twice == pytest.approx(make.validation_scores_, 1e-5)


@pytest.mark.parametrize(
    ("given", "early_stopping"),
    [
        ({"X_val": X}, True),
        ({"y_val": y}, True),
        ({"X_val": X, "y_val": y}, False),
        ({"sample_weight_val": np.ones(len(y))}, True),
    ],
    ids=["no y", "no X", "no stopping", "weights alone"],
)
def test_rows_to_stop_by_in_vain(given, early_stopping):
    estimator = TorchMLPClassifier(**{**_params, "early_stopping": early_stopping})
    with pytest.raises(ValueError, match="given together and need early_stopping=True"):
        estimator.fit(X, y, **given)


def test_rows_to_stop_by_have_the_same_targets():
    with pytest.raises(ValueError, match="y has 2 columns, and had 1 in the first"):
        TorchMLPRegressor(**_params).fit(
            X_numbers, numbers, X_val=X_numbers, y_val=np.c_[numbers, numbers]
        )
    with pytest.raises(ValueError, match="y contains labels that are not among"):
        TorchMLPClassifier(**_params).fit(X, y, X_val=X, y_val=y + 1)
