"""Early stopping: when it ends, by which rows, and the refit after it."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback, EarlyStopping
from torch import nn

from sklearn_hp import GridSearchCV
from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor
from sklearn_hp.neural_network._base import BaseTorch
from sklearn_hp.neural_network._randomness import SPLIT, derive_seed
from sklearn_hp.neural_network._stopping import Stopping, split_off
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


# ---- by which rows -------------------------------------------------------------------


def split(y, fraction=0.1, seed=0, stratify=True, groups=None):
    y = np.asarray(y)
    train, stopping = split_off(
        y, fraction, np.random.RandomState(seed), stratify=stratify, groups=groups
    )
    np.testing.assert_array_equal(
        np.sort(np.concatenate([train, stopping])), np.arange(len(y))
    )
    assert (np.diff(train) > 0).all() and (np.diff(stopping) > 0).all()
    return train, stopping


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_share_of_rows(fraction, stratify, seed):
    y = np.repeat([0, 1, 2], [120, 60, 20])
    _, stopping = split(y, fraction, seed, stratify)
    assert len(stopping) == round(fraction * 200)
    if stratify:
        counts = np.bincount(y[stopping], minlength=3)
        np.testing.assert_allclose(counts, fraction * np.array([120, 60, 20]), atol=1)


def test_rows_are_drawn_by_the_seed():
    y = np.repeat([0, 1], 50)
    drawn = [tuple(split(y, 0.2, seed)[1]) for seed in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]
    # each of the rows is in its turn
    drawn = {row for seed in range(60) for row in split(y, 0.2, seed)[1]}
    assert drawn == set(range(100))


@pytest.mark.parametrize("seed", range(5))
def test_every_class_remains_in_training(seed):
    y = np.array([0] * 10 + [1] * 2 + [2])
    train, stopping = split(y, 0.9, seed)
    assert set(y[train]) == {0, 1, 2}
    assert len(stopping) == 10  # all that can be spared


def test_at_least_one_row_to_stop_by_and_one_to_train_on():
    assert len(split([0, 0, 0], 0.01)[1]) == 1
    assert len(split(np.zeros(3), 0.99, stratify=False)[0]) == 1


def test_targets_of_several_columns():
    assert len(split(np.zeros((20, 2)), 0.25, stratify=False)[1]) == 5


@pytest.mark.parametrize(
    ("y", "stratify"), [([0, 1, 2], True), (np.zeros(1), False)], ids=["classes", "row"]
)
def test_too_few_rows(y, stratify):
    with pytest.raises(
        ValueError, match=rf"of these {len(y)} samples none can be spared"
    ):
        split(y, stratify=stratify)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("names", [np.arange(20), [f"g{i}" for i in range(20)]])
def test_groups_are_not_torn(seed, stratify, names):
    groups = np.repeat(names, 5)
    y = np.tile([0, 1], 50)
    train, stopping = split(y, 0.1, seed, stratify, groups)
    assert not set(groups[train]) & set(groups[stopping])
    assert len(set(groups[stopping])) == 2
    again = split(y, 0.1, seed, stratify, groups)[1]
    np.testing.assert_array_equal(again, stopping)
    others = [tuple(split(y, 0.1, i, stratify, groups)[1]) for i in range(5)]
    assert len(set(others)) > 1


def test_groups_are_stratified_as_far_as_they_can_be():
    # 20 groups of 5 rows, of one class each
    y = np.repeat(np.arange(20) % 2, 5)
    _, stopping = split(y, 0.2, groups=np.arange(100) // 5)
    assert np.bincount(y[stopping]).tolist() == [10, 10]


def test_a_class_in_few_groups():
    y = np.array([0] * 20 + [1] * 2)
    groups = np.repeat(np.arange(11), 2)
    train, stopping = split(y, 0.1, groups=groups)
    assert not set(groups[train]) & set(groups[stopping])


def test_two_groups_are_enough_and_one_is_not():
    assert len(split([0, 1] * 4, 0.1, groups=[0] * 4 + [1] * 4)[1]) == 4
    with pytest.raises(ValueError, match="the 8 training samples are all of one group"):
        split([0, 1] * 4, groups=np.zeros(8))


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
