"""The stopped model of each library: its rounds, its weights, its metrics."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification, make_friedman1
from sklearn.linear_model import LogisticRegression, SGDRegressor
from sklearn.metrics import log_loss, mean_squared_error

from sklearn_hp import EarlyStoppingClassifier, EarlyStoppingRegressor
from sklearn_hp._early_stopping._libraries import Rule, stoppable
from sklearn_hp._early_stopping._rows import Rows
from tests.early_stopping.boosters import classifiers, regressors

X, y = make_classification(240, 8, n_informative=4, flip_y=0.3, random_state=0)
X_numbers, numbers = make_friedman1(240, noise=3.0, random_state=0)
CLASSIFIERS, REGRESSORS = dict(classifiers()), dict(regressors())
BOOSTERS = [*CLASSIFIERS.values(), *REGRESSORS.values()]
NAMES = [*CLASSIFIERS, *REGRESSORS]


def stopped(estimator, **params):
    make = EarlyStoppingClassifier
    if not is_classifier(estimator):
        make = EarlyStoppingRegressor
    return make(estimator, **{"random_state": 0, "n_iter_no_change": 5, **params})


def data_for(estimator):
    return (X, y) if is_classifier(estimator) else (X_numbers, numbers)


def responses(model, X):
    name = "predict_proba" if is_classifier(model) else "predict"
    return getattr(model, name)(X)


@pytest.mark.parametrize("estimator", BOOSTERS, ids=NAMES)
def test_the_model_is_that_of_the_best_round(estimator):
    X, y = data_for(estimator)
    model = stopped(estimator).fit(X, y)
    n_iter = model.best_n_iter_
    assert 1 <= n_iter < 100
    # an equal fit on the same rows, cut there
    train, _ = model._split(X, y, None)
    name = stoppable(estimator).rounds(estimator)
    cut = clone(estimator).set_params(**{name: n_iter})
    if hasattr(cut, "schedule_epochs"):
        cut.set_params(schedule_epochs=estimator.max_epochs)
    cut.fit(X[train], y[train])
    np.testing.assert_allclose(
        responses(model, X), responses(cut, X), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("estimator", BOOSTERS, ids=NAMES)
def test_the_best_round_is_that_of_the_lowest_loss(estimator):
    X, y = data_for(estimator)
    model = stopped(estimator).fit(X, y)
    train, stop = model._split(X, y, None)
    name = stoppable(estimator).rounds(estimator)
    loss = log_loss if is_classifier(estimator) else mean_squared_error

    def loss_after(n_iter):
        cut = clone(estimator).set_params(**{name: n_iter})
        if hasattr(cut, "schedule_epochs"):
            cut.set_params(schedule_epochs=estimator.max_epochs)
        return loss(y[stop], responses(cut.fit(X[train], y[train]), X[stop]))

    best = loss_after(model.best_n_iter_)
    assert len(stop) == 24
    for n_iter in {max(1, model.best_n_iter_ - 1), model.best_n_iter_ + 1}:
        assert best <= loss_after(n_iter) + 1e-9


@pytest.mark.parametrize("estimator", BOOSTERS, ids=NAMES)
def test_weights_are_set_aside_with_their_rows(estimator):
    X, y = data_for(estimator)
    rng = np.random.default_rng(0)
    # of rows that are nonsense, the weight is nearly 0
    is_nonsense = rng.random(len(X)) < 0.5
    wrong = np.where(is_nonsense, rng.permutation(y), y)
    weight = np.where(is_nonsense, 1e-6, 1.0)
    model = stopped(estimator, validation_fraction=0.3).fit(X, wrong, weight)
    train, stop = model._split(X, wrong, None)
    stop = stop[~is_nonsense[stop]]
    # the same rows to stop by, but for the nonsense
    library = stoppable(estimator)
    n_iter = library.fit(
        clone(estimator),
        Rows(X[train], wrong[train], {"sample_weight": weight[train]}),
        Rows(X[stop], wrong[stop], {"sample_weight": weight[stop]}),
        Rule(5, None),
    )
    assert model.best_n_iter_ == n_iter


@pytest.mark.parametrize("estimator", BOOSTERS, ids=NAMES)
def test_parameters_for_the_refit(estimator):
    X, y = data_for(estimator)
    model = stopped(estimator)
    model.set_params(**model.refit_params([10, 15]))
    assert not model.early_stopping
    assert model.fit(X, y).best_n_iter_ is None
    expected = clone(estimator)
    name = stoppable(estimator).rounds(estimator)
    expected.set_params(**{name: 12})
    if hasattr(expected, "schedule_epochs"):
        expected.set_params(schedule_epochs=estimator.max_epochs)
    np.testing.assert_array_equal(responses(model, X), responses(expected.fit(X, y), X))


def test_no_refit_without_early_stopping():
    assert stopped(BOOSTERS[0], early_stopping=False).refit_params([3]) == {}


@pytest.mark.parametrize("estimator", BOOSTERS, ids=NAMES)
def test_what_stopped_by_itself_stops_as_it_is_told(estimator):
    own = estimator.get_params(deep=False)
    names = {"early_stopping_rounds", "n_iter_no_change"} & own.keys()
    if "early_stopping" in own:
        names = set()
        estimator = clone(estimator).set_params(early_stopping=True)
    if not names and "early_stopping" not in own:
        pytest.skip("has no early stopping of its own")
    estimator = clone(estimator).set_params(**dict.fromkeys(names, 2))
    X, y = data_for(estimator)
    model = stopped(estimator).fit(X, y)
    refitted = clone(model).set_params(**model.refit_params([7])).fit(X, y)
    assert refitted.best_n_iter_ is None
    expected = stoppable(estimator).without_stopping(estimator)
    assert expected and expected.items() <= refitted.estimator_.get_params().items()


@pytest.mark.parametrize("estimator", CLASSIFIERS.values(), ids=CLASSIFIERS.keys())
@pytest.mark.parametrize(
    "labels",
    [
        np.array(["no", "perhaps", "yes"]),
        np.array([3, 5, 9]),
        np.array(["a", "b", "c"], dtype=object),
    ],
    ids=["text", "numbers", "objects"],
)
def test_labels_of_any_kind(estimator, labels):
    X, y = make_classification(
        150, n_informative=4, n_classes=3, flip_y=0.2, random_state=0
    )
    model = stopped(estimator).fit(X, labels[y])
    np.testing.assert_array_equal(model.classes_, labels)
    p = model.predict_proba(X)
    assert p.shape == (150, 3)
    predicted = np.asarray(model.predict(X)).ravel()
    np.testing.assert_array_equal(predicted, labels[p.argmax(axis=1)])
    # the rows to stop by have the same labels as those to train on
    assert model.best_n_iter_ == stopped(estimator).fit(X, y).best_n_iter_


@pytest.mark.parametrize("estimator", CLASSIFIERS.values(), ids=CLASSIFIERS.keys())
def test_a_class_of_one_row_is_trained_on(estimator):
    y_rare = y.copy()
    y_rare[17] = 2
    for seed in range(3):
        model = stopped(estimator, random_state=seed, validation_fraction=0.4)
        assert model.fit(X, y_rare).classes_.tolist() == [0, 1, 2]
        assert model.predict_proba(X).shape == (240, 3)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "histogram"])
def test_columns_of_categories(name):
    if name not in CLASSIFIERS:
        pytest.skip(f"{name} is not installed")
    frame = pd.DataFrame(X[:, :4], columns=list("abcd"))
    frame["kind"] = pd.Categorical(np.where(X[:, 4] > 0, "long", "short"))
    frame.loc[3, "kind"] = "rare" if "rare" in frame["kind"].cat.categories else None
    estimator = clone(CLASSIFIERS[name])
    if name == "xgboost":
        estimator.set_params(enable_categorical=True, tree_method="hist")
    if name == "histogram":
        estimator.set_params(categorical_features="from_dtype")
    model = stopped(estimator).fit(frame, pd.Series(y))
    assert model.best_n_iter_ >= 1
    assert model.feature_names_in_.tolist() == [*"abcd", "kind"]
    assert model.n_features_in_ == 5
    assert model.score(frame, y) > 0.6


def test_importances_of_the_model():
    model = stopped(CLASSIFIERS["gradient"])
    assert not hasattr(model, "feature_importances_")
    importances = model.fit(X, y).feature_importances_
    np.testing.assert_array_equal(importances, model.estimator_.feature_importances_)
    assert not hasattr(stopped(CLASSIFIERS["histogram"]).fit(X, y), "coef_")


# ---- metrics -------------------------------------------------------------------------


def error_of(y_true, y_pred):
    return float(np.mean((y_pred > 0.5) != y_true))


def lightgbm_error(y_true, y_pred):
    return "own", error_of(y_true, y_pred), False


def always_the_same(y_true, y_pred):
    return 1.0


def lightgbm_same(y_true, y_pred):
    return "own", 1.0, False


@pytest.mark.parametrize(
    ("name", "metric", "constant"),
    [
        ("xgboost", "error", always_the_same),
        ("lightgbm", "auc", lightgbm_same),
        ("lightgbm", lightgbm_error, lightgbm_same),
        ("histogram", "roc_auc", lambda model, X, y: 1.0),
        ("gradient", lambda y, p: error_of(y, p[:, 1]), always_the_same),
    ],
)
def test_metrics(name, metric, constant):
    if name not in CLASSIFIERS:
        pytest.skip(f"{name} is not installed")
    model = stopped(CLASSIFIERS[name], validation_fraction=0.3)
    n_iters = {
        (
            clone(model).set_params(random_state=seed).fit(X, y).best_n_iter_,
            clone(model)
            .set_params(random_state=seed, eval_metric=metric)
            .fit(X, y)
            .best_n_iter_,
        )
        for seed in range(4)
    }
    assert any(by_loss != by_metric for by_loss, by_metric in n_iters)
    # what never improves is best at first, so nothing but the metric decides
    never = clone(model).set_params(eval_metric=constant).fit(X, y)
    assert never.best_n_iter_ == 1


def test_a_metric_of_fit():
    pytest.importorskip("lightgbm")
    model = stopped(CLASSIFIERS["lightgbm"]).fit(X, y, eval_metric=lightgbm_same)
    assert model.best_n_iter_ == 1


def test_the_metrics_of_losses():
    booster = REGRESSORS["gradient"]
    n_iters = {
        loss: stopped(clone(booster).set_params(loss=loss, alpha=0.8))
        .fit(X_numbers, numbers)
        .best_n_iter_
        for loss in ("squared_error", "absolute_error", "huber", "quantile")
    }
    assert len(set(n_iters.values())) > 1


def test_metrics_that_are_not_known():
    with pytest.raises(
        TypeError, match="has no metrics by name, got eval_metric='auc'"
    ):
        stopped(CLASSIFIERS["gradient"], eval_metric="auc").fit(X, y)
    if "network" in CLASSIFIERS:
        with pytest.raises(ValueError, match="The 'scoring' parameter of Torch"):
            stopped(CLASSIFIERS["network"], eval_metric="auc").fit(X, y)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("metric", ["roc_auc", ["accuracy"]])
def test_metrics_of_other_libraries(name, metric):
    if name not in CLASSIFIERS:
        pytest.skip(f"{name} is not installed")
    match = f"does not know the metric {re.escape(repr(metric))}. Pass .* 'auc'"
    with pytest.raises(ValueError, match=match):
        stopped(CLASSIFIERS[name], eval_metric=metric).fit(X, y)
    own = {"xgboost": "eval_metric", "lightgbm": "metric"}[name]
    booster = clone(CLASSIFIERS[name]).set_params(**{own: metric})
    with pytest.raises(ValueError, match=match):
        stopped(booster).fit(X, y)


# ---- what classes weigh --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "class_weight"),
    [
        ("histogram", "balanced"),
        ("lightgbm", "balanced"),
        ("lightgbm", {"no": 1.0, "yes": 9.0}),
    ],
)
def test_rows_to_stop_by_are_weighted_by_class(name, class_weight):
    if name not in CLASSIFIERS:
        pytest.skip(f"{name} is not installed")
    uneven = np.flatnonzero((y == 0) | (np.arange(240) % 5 == 0))
    X_some, y_some = X[uneven], np.array(["no", "yes"])[y[uneven]]
    by_class = clone(CLASSIFIERS[name]).set_params(class_weight=class_weight)
    model = stopped(by_class).fit(X_some, y_some)
    train, _ = model._split(X_some, y_some, None)
    weights = class_weight
    if class_weight == "balanced":
        labels, counts = np.unique(y_some[train], return_counts=True)
        weights = dict(zip(labels, len(train) / 2 / counts, strict=True))
    of_rows = np.vectorize(weights.get)(y_some)
    same = stopped(CLASSIFIERS[name]).fit(X_some, y_some, sample_weight=of_rows)
    assert model.best_n_iter_ == same.best_n_iter_
    np.testing.assert_allclose(model.predict_proba(X), same.predict_proba(X), 1e-5)


# ---- special cases of libraries ------------------------------------------------------


def test_callbacks_of_the_user_stay():
    xgboost = pytest.importorskip("xgboost")
    seen = []

    class Watch(xgboost.callback.TrainingCallback):
        def after_iteration(self, model, epoch, evals_log):
            seen.append(epoch)
            return False

    watch = Watch()
    booster = clone(CLASSIFIERS["xgboost"]).set_params(callbacks=[watch])
    model = stopped(booster).fit(X, y)
    assert model.best_n_iter_ < len(seen) or len(seen) == 0
    (kept,) = model.estimator_.callbacks
    assert isinstance(kept, Watch)


def test_a_linear_booster():
    xgboost = pytest.importorskip("xgboost")
    booster = xgboost.XGBRegressor(booster="gblinear", n_estimators=30, n_jobs=1)
    assert stopped(booster).fit(X_numbers, numbers).best_n_iter_ >= 1


@pytest.mark.filterwarnings("ignore:Early stopping is not available in dart mode")
def test_a_booster_that_cannot_be_stopped():
    lightgbm = pytest.importorskip("lightgbm")
    booster = lightgbm.LGBMRegressor(
        boosting_type="dart", n_estimators=9, n_jobs=1, verbose=-1
    )
    model = stopped(booster).fit(X_numbers, numbers)
    assert model.best_n_iter_ is None


@pytest.mark.parametrize(
    ("estimator", "data"),
    [(LogisticRegression(), (X, y)), (SGDRegressor(), (X_numbers, numbers))],
)
def test_estimators_without_rounds(estimator, data):
    with pytest.raises(TypeError, match="cannot be stopped by rows that are set aside"):
        stopped(estimator).fit(*data)
    stopped(estimator, early_stopping=False).fit(*data)


def test_subclasses_are_known():
    xgboost = pytest.importorskip("xgboost")

    class Own(xgboost.XGBClassifier):
        pass

    assert stopped(Own(n_estimators=50, n_jobs=1)).fit(X, y).best_n_iter_ < 50


def test_a_learning_rate_that_depends_on_the_rounds():
    catboost = pytest.importorskip("catboost")
    model = stopped(catboost.CatBoostRegressor(iterations=50))
    with pytest.warns(UserWarning, match="chooses one by the number of rounds"):
        assert model.refit_params([7])["estimator__iterations"] == 7


@pytest.mark.parametrize(
    "rounds", ["num_iterations", "num_boost_round", "n_estimators"]
)
@pytest.mark.filterwarnings("ignore:Found .* in params")
def test_other_names_of_parameters_of_lightgbm(rounds):
    lightgbm = pytest.importorskip("lightgbm")
    booster = lightgbm.LGBMClassifier(
        n_jobs=1, verbose=-1, early_stopping_round=3, **{rounds: 150}
    )
    model = stopped(booster).fit(X, y)
    assert 1 < model.best_n_iter_ < 150
    refitted = clone(model).set_params(**model.refit_params([7])).fit(X, y)
    assert refitted.estimator_.booster_.num_trees() == 7


def test_attributes_of_rounds_are_cut():
    booster = clone(CLASSIFIERS["gradient"]).set_params(subsample=0.5)
    model = stopped(booster).fit(X, y)
    inner, n_iter = model.estimator_, model.best_n_iter_
    assert len(inner.estimators_) == inner.n_estimators_ == n_iter
    assert len(inner.train_score_) == len(inner.oob_scores_) == n_iter
    assert inner.oob_score_ == inner.oob_scores_[-1]
    assert len(list(inner.staged_predict(X))) == n_iter

    model = stopped(CLASSIFIERS["histogram"]).fit(X, y)
    inner, n_iter = model.estimator_, model.best_n_iter_
    assert inner.n_iter_ == len(list(inner.staged_predict(X))) == n_iter
    assert len(inner.validation_score_) == 1 + n_iter
    assert inner.validation_score_.argmax() == n_iter


@pytest.mark.parametrize("name", ["xgboost", "network"])
def test_several_targets(name):
    if name not in REGRESSORS:
        pytest.skip(f"{name} is not installed")
    both = np.c_[numbers, numbers[::-1]]
    model = stopped(REGRESSORS[name]).fit(X_numbers, both)
    assert model.predict(X_numbers).shape == both.shape


def test_several_labels():
    pytest.importorskip("xgboost")
    labels = np.c_[y, X[:, 0] > 0].astype(int)
    model = stopped(CLASSIFIERS["xgboost"]).fit(X, labels)
    assert model.predict(X).shape == model.predict_proba(X).shape == labels.shape


@pytest.mark.parametrize("estimator", CLASSIFIERS.values(), ids=CLASSIFIERS.keys())
def test_labels_of_data_frames(estimator):
    labels = pd.Series(np.array(["no", "yes"])[y], index=range(240, 0, -1))
    frame = pd.DataFrame(X, columns=[*"abcdefgh"], index=labels.index)
    for target in (labels, labels.astype("category"), labels == "yes"):
        model = stopped(estimator).fit(frame, target)
        assert model.score(frame, target) > 0.6


def test_only_the_rounds_up_to_the_best_are_kept():
    pytest.importorskip("xgboost")
    model = stopped(CLASSIFIERS["xgboost"]).fit(X, y)
    assert model.estimator_.get_booster().num_boosted_rounds() == model.best_n_iter_


def test_the_first_of_several_metrics_of_lightgbm_decides():
    pytest.importorskip("lightgbm")
    model = stopped(CLASSIFIERS["lightgbm"], eval_metric="binary_logloss").fit(X, y)
    both = clone(model).set_params(eval_metric=["binary_logloss", lightgbm_same])
    assert both.fit(X, y).best_n_iter_ == model.best_n_iter_ > 1
