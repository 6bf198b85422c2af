"""Which rows a fit sets aside, what gets them, and what is refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import estimator_html_repr, get_tags

from sklearn_hp import EarlyStoppingClassifier, EarlyStoppingRegressor

X, y = make_classification(200, 6, flip_y=0.2, random_state=0)
X_numbers, numbers = make_friedman1(200, noise=3.0, random_state=0)
groups = np.arange(200) // 8
# so that a model can be asked which rows it has seen
X[:, 0] = np.arange(200)


class Spy(HistGradientBoostingClassifier):
    """Keeps what its `fit` gets."""

    def fit(self, X, y, sample_weight=None, **params):
        self.got_ = {"X": X, "y": y, "sample_weight": sample_weight, **params}
        return super().fit(X, y, sample_weight, **params)


class Recorder(TransformerMixin, BaseEstimator):
    """Changes nothing, and keeps what its `fit` gets."""

    def fit(self, X, y=None, sample_weight=None):
        self.rows_, self.weight_ = X[:, 0].astype(int), sample_weight
        return self

    def transform(self, X):
        return X


def stopped(estimator=None, **params):
    estimator = Spy(max_iter=30) if estimator is None else estimator
    return EarlyStoppingClassifier(estimator, **{"random_state": 0, **params})


def rows_of(model):
    """Return the numbers of the rows to train on and of those to stop by."""
    last = model.estimator_
    while isinstance(last, Pipeline):
        last = last[-1]
    got = last.got_
    return got["X"][:, 0].astype(int), got["X_val"][:, 0].astype(int)


# ---- which rows ----------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [0.1, 0.3])
def test_the_share_of_rows(fraction):
    train, stop = rows_of(stopped(validation_fraction=fraction).fit(X, y))
    assert len(stop) == round(fraction * 200)
    assert sorted([*train, *stop]) == list(range(200))
    assert abs(y[stop].mean() - y.mean()) < 1 / len(stop)


def test_rows_depend_on_the_seed():
    drawn = [tuple(rows_of(stopped(random_state=i).fit(X, y))[1]) for i in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_the_last_rows():
    _, stop = rows_of(stopped(shuffle=False).fit(X, y))
    assert stop.tolist() == list(range(180, 200))


@pytest.mark.parametrize("kind", [np.asarray, list, pd.Series])
def test_groups_are_not_torn(kind):
    train, stop = rows_of(stopped().fit(X, y, groups=kind(groups)))
    assert len(stop) >= 8 and not {*groups[train]} & {*groups[stop]}


def test_groups_of_another_length():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        stopped().fit(X, y, groups=groups[1:])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_too_few_rows(n):
    with pytest.raises(ValueError, match=r"needs 2 samples or more|none can be spared"):
        stopped().fit(X[:n], np.arange(n))


# ---- parameters of fit ---------------------------------------------------------------

weight = np.linspace(1, 2, 200)


def test_weights_are_cut_like_their_rows():
    model = stopped().fit(X, y, sample_weight=weight)
    train, stop = rows_of(model)
    got = model.estimator_.got_
    np.testing.assert_array_equal(got["sample_weight"], weight[train])
    np.testing.assert_array_equal(got["sample_weight_val"], weight[stop])


@pytest.mark.parametrize("prefixed", [False, True])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_weights_reach_the_last_step(prefixed, early_stopping):
    pipeline = Pipeline([("in", Pipeline([("a", Recorder()), ("b", Spy(max_iter=9))]))])
    name = "in__b__sample_weight" if prefixed else "sample_weight"
    model = stopped(pipeline, early_stopping=early_stopping).fit(X, y, **{name: weight})
    got = model.estimator_[-1][-1].got_
    np.testing.assert_array_equal(
        got["sample_weight"], weight[got["X"][:, 0].astype(int)]
    )
    assert model.estimator_[-1][0].weight_ is None


def test_parameters_of_steps():
    pipeline = Pipeline([("a", Recorder()), ("b", Spy(max_iter=9))])
    model = stopped(pipeline).fit(X, y, a__sample_weight=weight)
    recorder = model.estimator_[0]
    np.testing.assert_array_equal(recorder.weight_, weight[recorder.rows_])
    assert model.estimator_[-1].got_["sample_weight"] is None


@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_metadata_are_routed(in_pipeline, early_stopping):
    with config_context(enable_metadata_routing=True):
        estimator = Spy(max_iter=9).set_fit_request(sample_weight=True)
        recorder = Recorder().set_fit_request(sample_weight=False)
        if in_pipeline:
            estimator = Pipeline([("a", recorder), ("b", estimator)])
        model = stopped(estimator, early_stopping=early_stopping)
        outer = Pipeline([("model", model.set_fit_request(groups=True))])
        model = outer.fit(X, y, sample_weight=weight, groups=groups)[-1]
        last = model.estimator_[-1] if in_pipeline else model.estimator_
        rows = last.got_["X"][:, 0].astype(int)
        np.testing.assert_array_equal(last.got_["sample_weight"], weight[rows])
        if early_stopping:
            train, stop = rows_of(model)
            assert not {*groups[train]} & {*groups[stop]}


def test_metadata_for_a_step_before_the_last():
    with config_context(enable_metadata_routing=True):
        recorder = Recorder().set_fit_request(sample_weight=True)
        last = Spy(max_iter=9).set_fit_request(sample_weight=False)
        model = stopped(make_pipeline(recorder, last)).fit(X, y, sample_weight=weight)
        recorder = model.estimator_[0]
        np.testing.assert_array_equal(recorder.weight_, weight[recorder.rows_])
        assert model.estimator_[-1].got_["sample_weight"] is None


@pytest.mark.parametrize("name", ["eval_set", "X_val", "hist__eval_set"])
def test_rows_that_are_given(name):
    with pytest.raises(
        TypeError, match=f"takes the rows to stop by out of X, got {name}"
    ):
        stopped().fit(X, y, **{name: [(X, y)]})


# ---- pipelines -----------------------------------------------------------------------


@pytest.mark.parametrize("memory", [False, True])
def test_preprocessing_is_fitted_without_the_rows_to_stop_by(memory, tmp_path):
    pipeline = Pipeline(
        [
            ("a", Recorder()),
            ("b", StandardScaler()),
            ("c", "passthrough"),
            ("d", Spy()),
        ],
        memory=str(tmp_path) if memory else None,
    )
    model = stopped(pipeline, validation_fraction=0.3).fit(X, y)
    seen = model.estimator_[0].rows_
    assert len(seen) == 140
    scaler = model.estimator_[1]
    np.testing.assert_allclose(scaler.mean_, X[seen].mean(axis=0))
    others = np.setdiff1d(np.arange(200), seen)
    got = model.estimator_[-1].got_
    np.testing.assert_allclose(
        np.sort(got["X_val"][:, 0]), scaler.transform(X[others])[:, 0]
    )
    assert not hasattr(pipeline[0], "rows_")
    assert model.predict_proba(X).shape == (200, 2)


def test_a_pipeline_of_one_step():
    assert stopped(make_pipeline(Spy())).fit(X, y).best_n_iter_ >= 1


def test_columns_of_many_kinds():
    frame = pd.DataFrame(X[:, 1:], columns=list("abcde"))
    frame["kind"] = np.where(X[:, 0] % 3 > 1, "x", "y")
    encode = ColumnTransformer(
        [("kind", OneHotEncoder(sparse_output=False), ["kind"])],
        remainder="passthrough",
    )
    pipeline = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=20))
    model = stopped(pipeline).fit(frame, pd.Series(y, index=range(7, 207)))
    assert model.feature_names_in_.tolist() == [*"abcde", "kind"]
    assert model.predict(frame).shape == (200,)


def test_as_the_last_step_and_for_a_transformed_target():
    model = TransformedTargetRegressor(
        make_pipeline(
            StandardScaler(),
            EarlyStoppingRegressor(HistGradientBoostingRegressor(max_iter=50)),
        ),
        func=np.log1p,
        inverse_func=np.expm1,
    ).fit(X_numbers, numbers - numbers.min())
    assert model.regressor_[-1].best_n_iter_ >= 1


def test_sparse_rows():
    model = stopped(GradientBoostingClassifier(n_estimators=40)).fit(csr_array(X), y)
    np.testing.assert_array_equal(model.predict(csr_array(X)), model.predict(X))


# ---- the protocol --------------------------------------------------------------------


def test_parameters_are_deep():
    model = stopped(make_pipeline(StandardScaler(), Spy()))
    model.set_params(estimator__spy__learning_rate=0.7)
    assert model.get_params()["estimator__spy__learning_rate"] == 0.7
    assert clone(model).estimator[-1].learning_rate == 0.7


def test_only_what_the_estimator_has():
    assert not hasattr(
        EarlyStoppingRegressor(HistGradientBoostingRegressor()), "predict_proba"
    )
    model = stopped()
    assert hasattr(model, "decision_function") and not hasattr(
        model, "predict_log_proba"
    )
    assert hasattr(stopped(GradientBoostingClassifier()), "predict_log_proba")
    for name in ("n_features_in_", "feature_names_in_", "classes_"):
        assert not hasattr(model, name)
    model.fit(X, y)
    assert model.n_features_in_ == 6 and not hasattr(model, "feature_names_in_")
    np.testing.assert_array_equal(
        model.decision_function(X), model.estimator_.decision_function(X)
    )


def test_tags_are_the_estimators():
    assert get_tags(stopped(HistGradientBoostingClassifier())).input_tags.allow_nan
    assert not get_tags(stopped(GradientBoostingClassifier())).input_tags.allow_nan
    assert get_tags(stopped(GradientBoostingClassifier())).input_tags.sparse


def test_a_pickle_predicts_the_same():
    model = stopped().fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


def test_the_html_has_the_estimator():
    model = stopped(HistGradientBoostingClassifier())
    assert "HistGradientBoostingClassifier" in estimator_html_repr(model)
    assert "HistGradientBoostingClassifier" in estimator_html_repr(model.fit(X, y))


def test_the_estimator_of_the_user_is_left_alone():
    booster = HistGradientBoostingClassifier(max_iter=30)
    before = booster.get_params()
    stopped(booster).fit(X, y)
    assert booster.get_params() == before and not hasattr(booster, "classes_")


def test_a_second_fit_forgets_the_first():
    model = stopped().fit(X, y)
    assert model.best_n_iter_ is not None
    model.set_params(early_stopping=False).fit(X[:, :3], y)
    assert model.best_n_iter_ is None and model.n_features_in_ == 3


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (
            EarlyStoppingClassifier(GradientBoostingRegressor()),
            ValueError,
            "must be a classifier, got GradientBoostingRegressor. For numbers, use",
        ),
        (
            EarlyStoppingRegressor(GradientBoostingClassifier()),
            ValueError,
            "must be a regressor, got GradientBoostingClassifier. For classes, use",
        ),
        (
            EarlyStoppingClassifier(GradientBoostingClassifier),
            TypeError,
            "estimator of EarlyStoppingClassifier must be an instance of an estimator",
        ),
        (stopped(validation_fraction=1.0), ValueError, "The 'validation_fraction'"),
        (stopped(n_iter_no_change=0), ValueError, "The 'n_iter_no_change' parameter"),
        (stopped(shuffle="no"), ValueError, "The 'shuffle' parameter"),
    ],
)
def test_what_is_refused(model, error, message):
    with pytest.raises(error, match=message):
        model.fit(X, y)


def test_without_a_target():
    with pytest.raises(ValueError, match="requires y to be passed, but the target"):
        stopped().fit(X, None)
