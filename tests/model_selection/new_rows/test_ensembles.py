"""What best_estimator_ is with `ensemble`, and out-of-fold predictions of searches."""

import os
import pathlib
import pickle
import threading
import warnings

import numpy as np
import pytest
from joblib import parallel_config
from scipy.sparse import csr_matrix
from scipy.stats import loguniform, randint
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, log_loss, make_scorer, roc_auc_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp.ensemble import (
    CandidateEnsemble,
    EnsembleClassifier,
    EnsembleRegressor,
)
from sklearn_hp.model_selection import (
    CorrectedScore,
    WithinOneStandardError,
)
from sklearn_hp.model_selection import (
    _refit as refit,
)

X, y = load_breast_cancer(return_X_y=True)
X, y = X[::2], y[::2]
X_NUMBERS, NUMBERS = load_diabetes(return_X_y=True)
TREE = DecisionTreeClassifier(random_state=0)
DEPTHS = {"max_depth": [1, 2, 3, 4], "min_samples_leaf": [1, 10]}
SEARCHES = [GridSearchCV, RandomSearchCV, BayesSearchCV]


def tree_search(cls=GridSearchCV, **params):
    search = cls(TREE, DEPTHS, cv=4, scoring="neg_log_loss")
    if cls is not GridSearchCV:
        search.set_params(n_iter=6, random_state=0)
    return search.set_params(**params)


# ---- predictions --------------------------------------------------------------------


@pytest.mark.parametrize("cls", SEARCHES)
def test_predictions_of_the_winner_are_those_of_cross_val_predict(cls):
    search = tree_search(cls, keep_predictions=True).fit(X, y)
    expected = cross_val_predict(
        search.best_estimator_, X, y, cv=4, method="predict_proba"
    )
    assert search.cv_predictions_method_ == "predict_proba"
    np.testing.assert_allclose(search.cv_predictions_, expected, atol=1e-6)
    np.testing.assert_array_equal(
        search.get_cv_predictions(search.best_index_), search.cv_predictions_
    )


def test_predictions_of_any_candidate():
    search = tree_search(keep_predictions=True).fit(X, y)
    for index, params in enumerate(search.cv_results_["params"]):
        expected = cross_val_predict(
            clone(TREE).set_params(**params), X, y, cv=4, method="predict_proba"
        )
        np.testing.assert_allclose(
            search.get_cv_predictions(index), expected, atol=1e-6
        )


@pytest.mark.parametrize(
    "backend, n_jobs", [("loky", 1), ("loky", 2), ("threading", 2)]
)
def test_ensembles_do_not_depend_on_the_workers(backend, n_jobs):
    expected = tree_search(ensemble="candidates").fit(X, y)
    with parallel_config(backend=backend, n_jobs=n_jobs):
        search = tree_search(ensemble="candidates").fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(search.cv_predictions_, expected.cv_predictions_)
    assert search.corrected_score_ == expected.corrected_score_


def test_rows_that_no_split_holds_out_are_nan():
    cv = ShuffleSplit(3, test_size=0.2, random_state=0)
    held_out = np.zeros(len(y), bool)
    for _, test in cv.split(X):
        held_out[test] = True
    search = tree_search(keep_predictions=True, cv=cv).fit(X, y)
    known = ~np.isnan(search.cv_predictions_).any(axis=1)
    np.testing.assert_array_equal(known, held_out)
    labels = GridSearchCV(
        LabelsOnly(), {"depth": [1, 2]}, cv=cv, keep_predictions=True
    ).fit(X, np.where(y == 1, "ill", "well"))
    assert labels.cv_predictions_method_ == "predict"
    assert set(labels.cv_predictions_[held_out]) == {"ill", "well"}
    assert all(value != value for value in labels.cv_predictions_[~held_out])


def test_repeats_do_not_raise_the_corrected_score():
    """It is that of single models; the mean over repeats is nobody's prediction."""
    search = GridSearchCV(
        DecisionTreeRegressor(random_state=0), {"max_depth": [6, 9]}
    ).set_params(keep_predictions=True)
    estimates = [
        search.set_params(cv=RepeatedKFold(n_splits=4, n_repeats=n, random_state=0))
        .fit(X_NUMBERS, NUMBERS)
        .corrected_score_.estimate
        for n in (1, 8)
    ]
    assert estimates[0] == pytest.approx(estimates[1], abs=0.05)


def test_masks_are_splits_as_good_as_indices():
    splits = [*KFold(4).split(X_NUMBERS)]
    every = np.arange(len(NUMBERS))
    masks = [(np.isin(every, train), np.isin(every, test)) for train, test in splits]
    one, other = (
        GridSearchCV(
            DecisionTreeRegressor(random_state=0),
            {"max_depth": [3, 6, 9]},
            cv=cv,
            keep_predictions=True,
        ).fit(X_NUMBERS, NUMBERS)
        for cv in (splits, masks)
    )
    assert one.corrected_score_ == other.corrected_score_


def test_a_gain_that_is_scored_as_a_loss():
    """No bound at 0 is assumed for a function of the user."""

    def cost(y, predicted):
        return np.mean(np.where(predicted == 1, np.where(y == 1, -5, 1), 0))

    search = tree_search(
        scoring=make_scorer(cost, greater_is_better=False), keep_predictions=True
    ).fit(X, y)
    score = search.corrected_score_
    assert 1 < score.low < score.estimate < score.high


def test_coin_flips_have_no_skill():
    """The luckiest of many, and the ensemble of the luckiest, are found out."""
    rng = np.random.default_rng(0)
    noise, flips = rng.normal(size=(150, 6)), rng.integers(2, size=150)
    search = RandomSearchCV(
        DecisionTreeClassifier(splitter="random"),
        {"max_depth": [2, 3, 4], "random_state": range(100)},
        n_iter=100,
        scoring="roc_auc",
        random_state=0,
    )
    for ensemble in (None, "candidates"):
        search.set_params(ensemble=ensemble, keep_predictions=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            search.fit(noise, flips)
        score = search.corrected_score_
        assert score.estimate < 0.56
        assert score.low < 0.5


class Silent(DecisionTreeClassifier):
    """Cannot say how sure it is."""

    def predict_proba(self, X):
        raise RuntimeError("no probabilities today")


def test_where_nothing_could_be_kept_the_best_candidate_is_refitted():
    search = GridSearchCV(
        Silent(random_state=0), {"max_depth": [1, 2]}, cv=3, ensemble="folds"
    )
    with pytest.warns(UserWarning, match="refitted alone. .*no probabilities today"):
        search.fit(X, y)
    assert isinstance(search.best_estimator_, Silent)
    assert search.predict(X).shape == y.shape


def test_a_refused_ensemble_leaves_no_folder(tmp_path):
    search = tree_search(
        ensemble="folds", keep_predictions=tmp_path, cv=ShuffleSplit(1)
    )
    with pytest.raises(ValueError, match="a single split"):
        search.fit(X, y)
    assert not [*tmp_path.iterdir()]


def test_rows_held_out_twice_have_the_mean():
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=cv, keep_predictions=True)
    search.fit(X_NUMBERS, NUMBERS)
    total = np.zeros(len(NUMBERS))
    for train, test in cv.split(X_NUMBERS):
        model = Ridge(alpha=1.0).fit(X_NUMBERS[train], NUMBERS[train])
        total[test] += model.predict(X_NUMBERS[test])
    np.testing.assert_allclose(search.cv_predictions_, total / 2, rtol=1e-5)


def test_decision_values_and_frames_and_sparse_data():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    pipeline = make_pipeline(StandardScaler(with_mean=False), LinearSVC())
    grid = {"linearsvc__C": [0.01, 1]}
    for data in (frame, csr_matrix(X)):
        search = GridSearchCV(
            pipeline, grid, scoring="roc_auc", ensemble="folds", cv=3
        ).fit(data, y)
        assert search.cv_predictions_method_ == "decision_function"
        assert search.cv_predictions_.shape == (len(y),)
        assert not hasattr(search, "predict_proba")
        assert search.score(data, y) > 0.9
    assert search.corrected_score_.low < search.corrected_score_.high


class Interrupted(DecisionTreeClassifier):
    """Is interrupted in the fit of its last candidate."""

    def fit(self, X, y):
        if self.max_depth == 4:
            raise KeyboardInterrupt
        return super().fit(X, y)


def test_an_interrupted_search_has_the_predictions_of_what_was_finished():
    search = GridSearchCV(
        Interrupted(random_state=0), {"max_depth": [2, 3, 4]}, ensemble="candidates"
    )
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    np.testing.assert_allclose(
        search.get_cv_predictions(1),
        cross_val_predict(
            Interrupted(max_depth=3, random_state=0), X, y, method="predict_proba"
        ),
        atol=1e-6,
    )
    with pytest.raises(AttributeError, match="as fit was not completed"):
        search.cv_predictions_  # noqa: B018


def test_an_index_is_an_integer():
    search = tree_search(keep_predictions=True).fit(X, y)
    for index in (1.7, True, "1"):
        given = type(index).__name__
        with pytest.raises(TypeError, match=f"must be an integer, .* of type {given}"):
            search.get_cv_predictions(index)
    assert search.get_cv_predictions(np.int64(1)).shape == (len(y), 2)


@pytest.mark.parametrize("index", [8, -1])
def test_there_is_no_such_candidate(index):
    search = tree_search(keep_predictions=True).fit(X, y)
    with pytest.raises(IndexError, match=f"no candidate {index}: .* indices 0 to 7"):
        search.get_cv_predictions(index)


def test_nothing_is_kept_unasked():
    search = tree_search().fit(X, y)
    for name in ("cv_predictions_", "corrected_score_"):
        with pytest.raises(AttributeError, match=f"'{name}' after this fit: it needs"):
            getattr(search, name)
    needs = "This GridSearchCV kept no predictions: it needs keep_predictions=True, or"
    with pytest.raises(AttributeError, match=needs):
        search.get_cv_predictions(0)


def test_a_named_folder_stays(tmp_path):
    tree_search(keep_predictions=tmp_path / "kept").fit(X, y)
    (folder,) = (tmp_path / "kept").iterdir()
    names = {path.name for path in folder.iterdir()}
    assert {"0_0.npy", "7_3.npy", "rows_0.npy"} <= names
    assert not any(name.endswith(".pickle") for name in names)


def test_a_search_without_refit_has_predictions():
    search = tree_search(keep_predictions=True, refit=False).fit(X, y)
    assert search.cv_predictions_.shape == (len(y), 2)
    several = tree_search(
        keep_predictions=True, refit=False, scoring=["accuracy", "roc_auc"]
    ).fit(X, y)
    assert several.get_cv_predictions(3).shape == (len(y), 2)
    with pytest.raises(AttributeError, match="after this fit"):
        several.cv_predictions_  # noqa: B018


def test_copies_have_the_predictions():
    search = tree_search(ensemble="candidates").fit(X, y)
    restored = pickle.loads(pickle.dumps(search))
    del search
    assert restored.get_cv_predictions(2).shape == (len(y), 2)
    assert isinstance(restored.corrected_score_, CorrectedScore)
    assert restored.predict(X).shape == y.shape


@pytest.mark.parametrize("ensemble", [None, "folds", "candidates"])
def test_the_pickle_of_what_is_returned_has_no_predictions(ensemble):
    search = tree_search(ensemble=ensemble, keep_predictions=True).fit(X, y)
    model = pickle.dumps(search.best_estimator_)
    assert b"_kept" not in model
    assert b"_kept" in pickle.dumps(search)


def test_clusters_can_be_kept():
    search = GridSearchCV(
        KMeans(random_state=0), {"n_clusters": [2, 3]}, cv=3, keep_predictions=True
    ).fit(X)
    assert search.cv_predictions_.shape == (len(X),)
    assert not hasattr(search, "corrected_score_")


# ---- ensembles ----------------------------------------------------------------------


@pytest.mark.parametrize("cls", SEARCHES)
def test_folds_are_the_mean_of_the_winners_models(cls):
    search = tree_search(cls, ensemble="folds").fit(X, y)
    best = clone(TREE).set_params(**search.best_params_)
    expected = EnsembleClassifier([("best", best)], cv=4).fit(X, y)
    assert isinstance(search.best_estimator_, EnsembleClassifier)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))
    assert search.best_estimator_.weights_ == [1.0]
    assert search.refit_time_ < 10


def test_decision_values_of_a_search():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": [0.01, 0.1, 1]},
        ensemble="folds",
    ).fit(X, y)
    values = search.decision_function(X)
    assert values.shape == y.shape
    np.testing.assert_array_equal(search.predict(X), (values > 0).astype(int))


@pytest.mark.parametrize("cls", SEARCHES)
def test_an_ensemble_of_candidates(cls):
    search = tree_search(cls, ensemble="candidates", scoring="neg_log_loss").fit(X, y)
    ensemble = search.best_estimator_
    assert isinstance(ensemble, EnsembleClassifier)
    assert len(ensemble.weights_) > 1
    assert ensemble.weights_.sum() == pytest.approx(1)
    assert all(len(models) == 4 for models in ensemble.estimators_)
    # what is kept is what the ensemble predicts for rows held out
    mean = sum(
        weight * search.get_cv_predictions(int(name.removeprefix("candidate_")))
        for weight, (name, _) in zip(
            ensemble.weights_, ensemble.estimators, strict=True
        )
    )
    np.testing.assert_allclose(search.cv_predictions_, mean, atol=1e-6)
    # and a clone fits the same members
    again = clone(ensemble).fit(X, y)
    np.testing.assert_allclose(again.predict_proba(X), search.predict_proba(X))


def test_members_are_refitted_on_request():
    options = CandidateEnsemble(members="refit", max_members=2)
    search = tree_search(ensemble=options, scoring="neg_log_loss").fit(X, y)
    ensemble = search.best_estimator_
    assert [len(models) for models in ensemble.estimators_] == [1, 1]
    for (_, estimator), (model,) in zip(
        ensemble.estimators, ensemble.estimators_, strict=True
    ):
        np.testing.assert_array_equal(
            clone(estimator).fit(X, y).predict_proba(X), model.predict_proba(X)
        )


def test_numbers():
    search = BayesSearchCV(
        DecisionTreeRegressor(random_state=0),
        {"max_depth": randint(1, 8), "min_samples_leaf": randint(1, 40)},
        n_iter=10,
        random_state=0,
        ensemble="candidates",
    ).fit(X_NUMBERS, NUMBERS)
    assert isinstance(search.best_estimator_, EnsembleRegressor)
    assert search.cv_predictions_.shape == NUMBERS.shape
    # dropped candidates are no members
    run = search.cv_results_["n_splits_run"]
    assert run.min() < 5
    members = [
        int(name.removeprefix("candidate_"))
        for name, _ in search.best_estimator_.estimators
    ]
    assert all(run[members] == 5)


@pytest.mark.parametrize("scoring", ["f1", "roc_auc", "accuracy", None])
def test_metrics(scoring):
    search = tree_search(ensemble="candidates", scoring=scoring)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the winner may be as good
        search.fit(X, y)
    score = get_scorer(scoring or "accuracy")(search.best_estimator_, X, y)
    assert score > 0.9
    corrected = search.corrected_score_
    assert corrected.low < corrected.estimate < corrected.high
    assert "ensemble" in corrected.how or "refitted" in corrected.how


def test_the_metric_named_by_refit_decides():
    several = tree_search(
        ensemble="candidates", scoring=["accuracy", "neg_log_loss"]
    ).set_params(refit="neg_log_loss")
    several.fit(X, y)
    alone = tree_search(ensemble="candidates", scoring="neg_log_loss").fit(X, y)
    np.testing.assert_array_equal(several.predict_proba(X), alone.predict_proba(X))
    assert several.corrected_score_.estimate == alone.corrected_score_.estimate
    assert several.corrected_score_.how.startswith("neg_log_loss of an ensemble")


def test_a_function_that_returns_several_scores():
    def scoring(estimator, X, y):
        auc = roc_auc_score(y, estimator.predict_proba(X)[:, 1])
        return {"auc": auc, "accuracy": estimator.score(X, y)}

    search = tree_search(ensemble="candidates", scoring=scoring, refit="auc", cv=3)
    search.set_params(param_grid={"min_samples_leaf": [1, 3, 10]}).fit(X, y)
    assert search.corrected_score_.how.startswith("auc of ")


def test_the_same_where_the_import_is_all_that_changes():
    """Scores, pipelines, importances and calibration take the search as it is."""
    search = tree_search(ensemble="candidates", scoring="neg_log_loss")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the winner may be as good
        assert cross_val_score(search, X, y, cv=3).mean() > -0.5
    pipeline = make_pipeline(StandardScaler(), search).fit(X, y)
    assert pipeline.score(X, y) > -0.2
    best = search.fit(X, y).best_estimator_
    importance = permutation_importance(best, X, y, n_repeats=1, random_state=0)
    assert importance.importances_mean.max() > 0
    calibrated = CalibratedClassifierCV(best, cv=3).fit(X, y)
    assert calibrated.score(X, y) > 0.9


# ---- where there is none ------------------------------------------------------------


def test_the_user_is_told_where_the_winner_is_as_good():
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=3)
    with pytest.warns(
        UserWarning, match="the best candidate was refitted alone, as an"
    ):
        search.set_params(ensemble="candidates").fit(X, y)
    assert isinstance(search.best_estimator_, GaussianNB)
    assert search.corrected_score_.how.startswith("score of the best candidate, ref")


def by_amount(estimator, X, y):
    """Score what a wrong prediction costs, which a column of X says."""
    return -np.mean(X[:, 0] * (estimator.predict(X) != y))


def test_a_scorer_that_reads_a_column():
    search = tree_search(scoring=by_amount, keep_predictions=True).fit(X, y)
    assert isinstance(search.corrected_score_, CorrectedScore)


def impatient(estimator, X, y):
    """Is interrupted when predictions stand in for a model."""
    if not isinstance(estimator, DecisionTreeClassifier):
        raise KeyboardInterrupt
    return estimator.score(X, y)


def test_an_interruption_of_the_choice():
    search = tree_search(scoring=impatient, ensemble="candidates")
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert search.stop_reason_ == "KeyboardInterrupt in the choice of what to return"
    assert search.best_params_["max_depth"] in DEPTHS["max_depth"]
    assert search.get_cv_predictions(0).shape == (len(y), 2)


def by_coefficients(estimator, X, y):
    """Score what predictions do not tell."""
    return -abs(estimator.coef_).sum()


def test_a_scorer_that_needs_the_model_is_refused():
    search = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1]}, cv=3, scoring=by_coefficients
    ).set_params(ensemble="candidates")
    X_few = X[:, :2]
    with pytest.warns(
        UserWarning, match="needs predictions, and the scorer needs more of a model"
    ):
        search.fit(X_few, y)
    assert isinstance(search.best_estimator_, LogisticRegression)
    reason = "'PredictionsOfClassifier' object has no attribute 'coef_'"
    with pytest.raises(AttributeError, match=f"needs more of a model .*: {reason}"):
        search.corrected_score_  # noqa: B018


def with_a_bug(estimator, X, y):
    """Fail on the split whose first row is that of the data."""
    if X[0, 0] == 17.99:
        raise KeyError("no such column")
    return {"accuracy": estimator.score(X, y)}


def with_one_class(estimator, X, y):
    return log_loss(y, estimator.predict_proba(X))


@pytest.mark.parametrize(
    "scoring, rows, reason",
    [
        (with_a_bug, slice(None), "KeyError: 'no such column'"),
        (with_one_class, np.argsort(y), "ValueError: y_true contains only one label"),
        ("neg_log_loss", np.argsort(y), "ValueError: y_true contains only one label"),
    ],
)
def test_a_scorer_that_fails_on_models_too(scoring, rows, reason):
    search = tree_search(
        scoring=scoring,
        refit="accuracy" if scoring is with_a_bug else True,
        cv=KFold(4),
        error_score=-9.0,
        keep_predictions=True,
    )
    with pytest.warns(UserWarning, match="Scoring failed on test rows"):
        search.fit(X[rows], y[rows])
    with pytest.raises(AttributeError, match=f"fails on split 0 .*: {reason}") as info:
        search.corrected_score_  # noqa: B018
    assert ".." not in str(info.value)


def test_verbose_says_what_the_interval_means(capsys):
    search = tree_search(keep_predictions=True, verbose=1).fit(X, y)
    score = search.corrected_score_
    assert (
        f"expect a score near {score.estimate:.4g}, and between {score.low:.4g} and "
        f"{score.high:.4g} in about 95 % of searches like this one.\n"
    ) in capsys.readouterr().out


def of_loss(y, proba):
    return -log_loss(y, proba)


@pytest.mark.parametrize(
    "params, line",
    [
        ({"ensemble": "candidates"}, "Choosing the ensemble from 8 candidates..."),
        (
            {
                "keep_predictions": True,
                "scoring": make_scorer(of_loss, response_method="predict_proba"),
            },
            "Estimating the score on new rows from 8 candidates...",
        ),
    ],
)
def test_verbose_says_when_a_choice_begins(params, line, capsys):
    tree_search(verbose=1, **params).fit(X, y)
    *before, last, told, _ = capsys.readouterr().out.splitlines()
    assert told == line
    assert last.startswith("Candidates done: 8 of 8")
    assert line not in before


def test_a_short_estimate_is_not_announced(capsys):
    tree_search(verbose=1, keep_predictions=True).fit(X, y)
    assert "..." not in capsys.readouterr().out


def test_time_series():
    cv = TimeSeriesSplit(4)
    search = GridSearchCV(
        DecisionTreeRegressor(random_state=0), {"max_depth": [2, 3, 4]}, cv=cv
    )
    with pytest.raises(ValueError, match="with TimeSeriesSplit each knows only the"):
        search.set_params(ensemble="folds").fit(X_NUMBERS, NUMBERS)
    search.set_params(ensemble="candidates").fit(X_NUMBERS, NUMBERS)
    assert {len(models) for models in search.best_estimator_.estimators_} == {1}
    assert np.isnan(search.cv_predictions_[:50]).all()
    with pytest.raises(AttributeError, match="as in a time series"):
        search.corrected_score_  # noqa: B018


def test_a_single_split():
    cv = ShuffleSplit(1, test_size=0.3, random_state=0)
    search = GridSearchCV(
        DecisionTreeRegressor(random_state=0), DEPTHS, cv=cv, ensemble="folds"
    )
    with pytest.raises(ValueError, match="there is a single split, whose model knows"):
        search.fit(X_NUMBERS, NUMBERS)
    search.set_params(ensemble="candidates").fit(X_NUMBERS, NUMBERS)
    assert {len(models) for models in search.best_estimator_.estimators_} == {1}


def test_a_precomputed_kernel():
    kernel = X[:, :4] @ X[:, :4].T
    search = GridSearchCV(SVC(kernel="precomputed"), {"C": [1e-4, 1e-3]}, cv=3)
    with pytest.raises(ValueError, match="X is a precomputed kernel or distances"):
        search.set_params(ensemble="folds").fit(kernel, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the winner may be as good
        search.set_params(ensemble="candidates", scoring="roc_auc").fit(kernel, y)
    assert search.score(kernel, y) > 0.9
    assert search.cv_predictions_.shape == y.shape


def test_groups():
    groups = np.arange(len(y)) // 7
    search = tree_search(ensemble="candidates", cv=GroupKFold(4))
    search.fit(X, y, groups=groups)
    assert search.corrected_score_.how.endswith("a bootstrap of groups")


def test_a_rule_chooses_the_winner():
    search = tree_search(refit=WithinOneStandardError(), keep_predictions=True)
    search.fit(X, y)
    assert search.cv_predictions_.shape == (len(y), 2)
    with pytest.raises(AttributeError, match="refit is a function, and its choice"):
        search.corrected_score_  # noqa: B018


def test_sample_weight():
    weight = np.linspace(1, 3, len(y))
    search = tree_search(ensemble="candidates", scoring="neg_log_loss")
    search.fit(X, y, sample_weight=weight)
    (_, estimator), *_ = search.best_estimator_.estimators
    model = search.best_estimator_.estimators_[0][0]
    train, _ = next(iter(search_splits(search, X, y)))
    again = clone(estimator).fit(X[train], y[train], sample_weight=weight[train])
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def search_splits(search, X, y):
    return search.best_estimator_.cv.split(X, y)


class Locked(DecisionTreeClassifier):
    """Cannot be pickled once it is fitted."""

    def fit(self, X, y):
        super().fit(X, y)
        self.lock_ = threading.Lock()
        return self


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_models_that_cannot_be_pickled_are_fitted_anew(n_jobs, capsys):
    search = GridSearchCV(
        Locked(random_state=0),
        {"max_depth": [2, 3]},
        cv=3,
        ensemble="folds",
        verbose=1,
        n_jobs=n_jobs,
    ).fit(X, y)
    assert len(search.best_estimator_.estimators_[0]) == 3
    assert "anew: The model cannot be pickled: TypeError" in capsys.readouterr().out
    plain = GridSearchCV(TREE, {"max_depth": [2, 3]}, cv=3, ensemble="folds").fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), plain.predict_proba(X))


class InProcess(DecisionTreeClassifier):
    """Knows in which process it was fitted."""

    def fit(self, X, y):
        super().fit(X, y)
        self.process_ = os.getpid()
        return self


class LockedInProcess(InProcess):
    """Cannot be pickled once it is fitted."""

    def __getstate__(self):
        if hasattr(self, "tree_"):
            raise TypeError("no pickle today")
        return super().__getstate__()


@pytest.mark.parametrize(
    "backend", [pytest.param("loky", marks=pytest.mark.slow), "threading"]
)
@pytest.mark.parametrize("estimator", [InProcess, LockedInProcess])
def test_members_are_refitted_by_workers(estimator, backend, monkeypatch):
    monkeypatch.setattr(refit, "_SECONDS_TO_START", 0.0)
    options = CandidateEnsemble(members="refit", max_members=3)
    searches = []
    for n_jobs in (1, 2):
        search = GridSearchCV(
            estimator(random_state=0), DEPTHS, scoring="neg_log_loss", n_jobs=n_jobs
        )
        with parallel_config(backend):
            searches.append(search.set_params(ensemble=options).fit(X, y))
    one, two = (search.best_estimator_ for search in searches)
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))
    assert len(two.estimators_) > 1
    here = {model.process_ == os.getpid() for (model,) in two.estimators_}
    assert here == {backend == "threading" or estimator is LockedInProcess}


class LabelsOnly(ClassifierMixin, BaseEstimator):
    """Has labels, and neither probabilities nor decision values."""

    def __init__(self, depth=1):
        self.depth = depth

    def fit(self, X, y):
        self.tree_ = DecisionTreeClassifier(max_depth=self.depth).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict(self, X):
        return self.tree_.predict(X)


def test_votes():
    names = np.array(["setosa", "versicolor", "virginica"])[load_iris().target]
    search = GridSearchCV(
        LabelsOnly(), {"depth": [1, 2, 3]}, cv=3, ensemble="folds"
    ).fit(load_iris().data, names)
    assert set(search.predict(load_iris().data)) == set(names)
    assert not hasattr(search, "predict_proba")


def test_candidates_that_answer_differently():
    """Members answer as the winner does."""
    grid = [{"clf": [SVC()]}, {"clf": [KNeighborsClassifier(), GaussianNB(), TREE]}]
    pipeline = make_pipeline(StandardScaler(), PCA(2), SVC())
    pipeline.steps[-1] = ("clf", SVC())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        search = GridSearchCV(pipeline, grid, cv=3, ensemble="candidates").fit(X, y)
    winner = search.cv_results_["params"][search.best_index_]["clf"]
    has = hasattr(winner, "predict_proba")
    assert hasattr(search, "predict_proba") == has
    assert (search.cv_predictions_method_ == "predict_proba") == has


def test_several_outputs():
    Y = np.column_stack([NUMBERS, X_NUMBERS[:, 0] * 100])
    search = GridSearchCV(
        DecisionTreeRegressor(random_state=0),
        {"max_depth": [2, 3, 4]},
        cv=3,
        ensemble="candidates",
    ).fit(X_NUMBERS, Y)
    assert search.predict(X_NUMBERS).shape == Y.shape
    assert search.cv_predictions_.shape == Y.shape
    kinds = np.column_stack([y, X[:, 0] > 15])
    labels = GridSearchCV(
        TREE, {"max_depth": [2, 3]}, cv=KFold(3), ensemble="folds"
    ).fit(X, kinds)
    assert labels.predict(X).shape == kinds.shape


def test_the_winner_of_a_race_over_many_models():
    search = RandomSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": loguniform(1e-4, 1e2)},
        n_iter=15,
        random_state=0,
        racing=True,
        ensemble=CandidateEnsemble(n_candidates=3),
        scoring="neg_log_loss",
    )
    search.fit(X, y)
    assert search.score(X, y) > -0.2


# ---- what is refused ----------------------------------------------------------------


@pytest.mark.parametrize(
    "params, message",
    [
        ({"ensemble": "all"}, "must be None, 'folds', 'candidates' or a .* Got 'all'"),
        ({"ensemble": CandidateEnsemble}, r"an instance, with brackets behind\). Got"),
        ({"ensemble": True}, "Got True instead"),
        ({"ensemble": "folds", "refit": False}, "with refit=False there is none"),
        (
            {"ensemble": "candidates", "refit": WithinOneStandardError()},
            r"averages several .* refit=WithinOneStandardError\(\) chooses one",
        ),
        ({"keep_predictions": "a\0b"}, r"path .* Got 'a\\x00b' .*: embedded null"),
        (
            {"keep_predictions": pathlib.Path("a\0b")},
            "no folder can have: embedded null",
        ),
        ({"keep_predictions": "\ud800"}, "no folder can have: 'utf-8' codec"),
        ({"keep_predictions": ""}, "the path of a folder. Got ''"),
        (
            {"keep_predictions": 1},
            "must be True, False, or the path of a folder. Got 1",
        ),
    ],
)
def test_parameters_are_checked(params, message):
    with pytest.raises(ValueError, match=message):
        tree_search(**params).fit(X, y)


def test_parameters_of_the_ensemble_are_checked():
    search = tree_search(ensemble=CandidateEnsemble(n_steps=0), scoring="neg_log_loss")
    with pytest.raises(ValueError, match="'n_steps' parameter of CandidateEnsemble"):
        search.fit(X, y)
    search.set_params(ensemble__n_steps=5).fit(X, y)


def test_what_cannot_be_averaged_is_refused():
    search = GridSearchCV(KMeans(), {"n_clusters": [2]}, ensemble="folds")
    with pytest.raises(ValueError, match=r"and y is None \(KMeans\)"):
        search.fit(X)
    with pytest.raises(ValueError, match=r"this estimator is neither \(KMeans\)"):
        search.fit(X, y)
    search = GridSearchCV(PCA(), {"n_components": [2]}, keep_predictions=True)
    with pytest.raises(ValueError, match="PCA has no method predict"):
        search.fit(X)


def test_predictions_that_fail_cost_no_fit():
    accuracy = make_scorer(lambda y, p: np.mean(y == p))
    search = GridSearchCV(
        Silent(random_state=0),
        {"max_depth": [2, 3]},
        scoring=accuracy,
        ensemble="candidates",
    )
    with pytest.warns(UserWarning, match="no probabilities today"):
        search.fit(X, y)
    assert isinstance(search.best_estimator_, Silent)
    with pytest.raises(AttributeError, match="no probabilities today"):
        search.cv_predictions_  # noqa: B018
