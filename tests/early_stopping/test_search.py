"""In a search: rounds in the results, and the refit."""

import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV as SklearnGridSearchCV
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import (
    BayesSearchCV,
    EarlyStoppingClassifier,
    EarlyStoppingRegressor,
    GridSearchCV,
    suggest_space,
)
from sklearn_hp.space._written import written
from tests.early_stopping.boosters import classifiers, regressors

X, y = make_classification(150, 6, flip_y=0.3, random_state=0)
X_numbers, numbers = make_friedman1(150, noise=3.0, random_state=0)
LABELS = np.array(["no", "yes"])


def stopped(estimator, **params):
    make = EarlyStoppingClassifier
    if not hasattr(estimator, "predict_proba"):
        make = EarlyStoppingRegressor
    return make(estimator, **{"random_state": 0, "n_iter_no_change": 5, **params})


BOOSTERS = {f"{k} classifier": (v, X, LABELS[y]) for k, v in classifiers(100)}
BOOSTERS |= {f"{k} regressor": (v, X_numbers, numbers) for k, v in regressors(100)}


@pytest.mark.parametrize("name", BOOSTERS)
@pytest.mark.parametrize("where", ["bare", "around", "inside"])
def test_the_refit_takes_all_rows_for_the_rounds_found(name, where):
    booster, X, y = BOOSTERS[name]
    estimator, prefix = stopped(booster), ""
    if where == "around":
        estimator = stopped(make_pipeline(StandardScaler(), booster))
    if where == "inside":
        estimator = make_pipeline(StandardScaler(), estimator)
        prefix = f"{type(estimator[-1]).__name__.lower()}__"
    grid = {f"{prefix}validation_fraction": [0.2, 0.3]}
    search = GridSearchCV(estimator, grid, cv=3).fit(X, y)
    results, best = search.cv_results_, search.best_index_
    n_iters = [results[f"split{i}_n_iter"][best] for i in range(3)]
    assert results["mean_n_iter"][best] == pytest.approx(np.mean(n_iters))
    assert max(n_iters) < 100
    model = search.best_estimator_
    model = model[-1] if where == "inside" else model
    assert not model.early_stopping and model.best_n_iter_ is None
    params = model.get_params()
    rounds = round(np.mean(n_iters))
    assert rounds in [
        value
        for name, value in params.items()
        if name.rpartition("__")[2] in ("n_estimators", "max_iter", "max_epochs")
    ]
    assert search.predict(X).shape == y.shape
    assert search.best_params_[f"{prefix}validation_fraction"] in (0.2, 0.3)


@pytest.mark.parametrize(
    "name",
    [
        name if name in quick else pytest.param(name, marks=pytest.mark.slow)
        for quick in [{"histogram classifier", "lightgbm classifier"}]
        for name in BOOSTERS
    ],
)
def test_two_workers_find_the_same(name):
    booster, X, y = BOOSTERS[name]
    grid = {"validation_fraction": [0.2, 0.3]}
    results = [
        GridSearchCV(stopped(booster), grid, cv=2, n_jobs=n_jobs).fit(X, y).cv_results_
        for n_jobs in (1, 2)
    ]
    for column in ("mean_test_score", "split0_n_iter", "split1_n_iter"):
        np.testing.assert_allclose(results[0][column], results[1][column])


def test_several_metrics_and_scikit_learns_search():
    estimator = stopped(HistGradientBoostingClassifier(max_iter=100))
    grid = {"estimator__learning_rate": [0.1, 0.5]}
    params = {"scoring": ["roc_auc", "neg_log_loss"], "refit": "roc_auc", "cv": 3}
    ours = GridSearchCV(estimator, grid, **params).fit(X, y)
    theirs = SklearnGridSearchCV(estimator, grid, **params).fit(X, y)
    for name in ("mean_test_roc_auc", "mean_test_neg_log_loss"):
        np.testing.assert_array_equal(ours.cv_results_[name], theirs.cv_results_[name])
    # which does not know of the rounds, so its refit stops by rows set aside
    assert theirs.best_estimator_.early_stopping
    assert not ours.best_estimator_.early_stopping


def test_a_bayesian_search_and_cross_validation_around_it():
    estimator = stopped(HistGradientBoostingRegressor(max_iter=50))
    search = BayesSearchCV(
        estimator, {"estimator__max_leaf_nodes": [3, 6, 12]}, n_iter=3, cv=2
    )
    assert len(cross_val_score(search, X_numbers, numbers, cv=2)) == 2


def test_groups_are_routed_to_splits_and_stopping():
    groups = np.arange(150) // 6
    torn = []

    class Spy(HistGradientBoostingClassifier):
        def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
            if X_val is not None:
                seen = {*groups[X[:, 0].astype(int)]}
                torn.append(bool(seen & {*groups[X_val[:, 0].astype(int)]}))
            return super().fit(X, y, X_val=X_val, y_val=y_val)

    numbered = X.copy()
    numbered[:, 0] = np.arange(150)
    with config_context(enable_metadata_routing=True):
        model = stopped(Spy(max_iter=20)).set_fit_request(groups=True)
        GridSearchCV(model, {"shuffle": [True, False]}, cv=GroupKFold(3)).fit(
            numbered, y, groups=groups
        )
    assert torn == [False] * 6


@pytest.mark.parametrize("ensemble", ["folds", "candidates"])
def test_members_of_an_ensemble(ensemble):
    estimator = stopped(HistGradientBoostingClassifier(max_iter=50))
    grid = {"estimator__learning_rate": [0.1, 0.5]}
    search = GridSearchCV(estimator, grid, cv=3, ensemble=ensemble).fit(X, y)
    assert search.predict_proba(X).shape == (150, 2)


def test_stopping_can_itself_be_searched():
    estimator = stopped(HistGradientBoostingClassifier(max_iter=20))
    search = GridSearchCV(clone(estimator), {"early_stopping": [True, False]}, cv=2)
    n_iters = search.fit(X, y).cv_results_["mean_n_iter"]
    assert np.isnan(n_iters[1]) and n_iters[0] >= 1


# ---- rows to stop by that all fits would share ---------------------------------------


@pytest.mark.parametrize("in_pipeline", [False, True])
def test_rows_to_stop_by_are_warned_of(in_pipeline):
    xgboost = pytest.importorskip("xgboost")
    estimator, name = xgboost.XGBRegressor(n_estimators=5, n_jobs=1), "eval_set"
    if in_pipeline:
        estimator, name = make_pipeline(estimator), f"xgbregressor__{name}"
    search = GridSearchCV(estimator, {}, cv=2)
    given = {
        name: [(X_numbers[:9], numbers[:9])],
        name.replace("eval_set", "verbose"): 0,
    }
    with pytest.warns(
        UserWarning, match=rf"fit got '{name}'.*sklearn_hp.EarlyStoppingRegressor\("
    ) as caught:
        search.fit(X_numbers, numbers, **given)
    assert len(caught) == 1 and caught[0].filename == __file__


def test_rows_of_scikit_learns_boosters_are_warned_of():
    search = GridSearchCV(HistGradientBoostingClassifier(max_iter=5), {}, cv=2)
    with pytest.warns(UserWarning, match=r"fit got 'X_val'.*EarlyStoppingClassifier\("):
        search.fit(X, y, X_val=X[:20], y_val=y[:20])


@pytest.mark.parametrize("kind", ["all", "some"])
@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_early_stopping_without_rows_has_a_remedy(library, kind):
    name = "early_stopping_rounds" if library == "xgboost" else "early_stopping_round"
    grid = {name: [3, 5] if kind == "all" else [3, None]}
    if f"{library} classifier" not in BOOSTERS:
        pytest.skip(f"{library} is not installed")
    booster, X, y = BOOSTERS[f"{library} classifier"]
    if library == "lightgbm" and kind == "some":
        grid[name] = [3, 0]
    search = GridSearchCV(clone(booster), grid, cv=2)
    message = "leave early stopping to sklearn_hp.EarlyStoppingClassifier"
    y = np.unique(y, return_inverse=True)[1]
    if kind == "all":
        with pytest.raises(ValueError, match=message):
            search.fit(X, y)
    else:
        with pytest.warns(FitFailedWarning, match=message), warnings.catch_warnings():
            # of the means
            warnings.filterwarnings("ignore", "One or more of the test scores")
            search.fit(X, y)


# ---- experience ----------------------------------------------------------------------


@pytest.mark.parametrize("name", BOOSTERS)
def test_spaces_and_start_points_see_through(name):
    if name.startswith("catboost"):
        pytest.skip("nothing is known of CatBoost")
    booster, X, y = BOOSTERS[name]
    few = dict(classifiers(20) if "class" in name else regressors(20))
    bare = suggest_space(few[name.split()[0]], X, y)
    many = dict(classifiers(5000) if "class" in name else regressors(5000))
    booster = make_pipeline(StandardScaler(), many[name.split()[0]])
    estimator = stopped(booster)
    space = suggest_space(estimator, X, y)
    prefix = f"estimator__{booster.steps[-1][0]}__"
    # many rounds want no small rate if they are not all taken
    assert {k: str(written(v)) for k, v in space.items()} == {
        f"{prefix}{k}": str(written(v)) for k, v in bare.items()
    }
    start = BayesSearchCV(estimator, space, n_iter=2, cv=2, random_state=0)
    booster.set_params(**{booster.steps[-1][0]: few[name.split()[0]]})
    points = start.fit(X, y).initial_points_
    assert any("learnt for" in point["source"] for point in points)
