"""Parameters of preprocessing steps."""

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC

from sklearn_hp._experience._preprocessing import KNOWN, preprocessing_space
from sklearn_hp.space import SearchSpace


@pytest.mark.parametrize("cls", KNOWN, ids=lambda cls: cls.__name__)
def test_each_value_is_valid(cls):
    space = preprocessing_space(cls())
    assert space == KNOWN[cls]
    known, rng = SearchSpace(space), np.random.default_rng(0)
    for u in rng.random((10, known.n_columns)):
        params = known.decode(known.from_cube(u[None])[0], rng)
        cls().set_params(**params)._validate_params()


def test_what_was_chosen_for_a_reason_is_left_alone():
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5))
    assert list(preprocessing_space(characters)) == ["min_df"]
    assert list(preprocessing_space(CountVectorizer(min_df=0.1))) == ["ngram_range"]
    modes = SimpleImputer(strategy="most_frequent")
    assert list(preprocessing_space(modes)) == ["add_indicator"]
    assert list(preprocessing_space(CountVectorizer(analyzer=list))) == ["min_df"]


def test_steps_everywhere():
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), [0]),
            ("words", TfidfVectorizer(), 1),
            ("rest", "passthrough", [2]),
            ("none", "drop", [3]),
        ]
    )
    union = FeatureUnion([("pca", PCA()), ("columns", columns), ("out", "drop")])
    pipe = Pipeline([("union", union), ("nothing", None), ("svc", SVC())])
    expected = [
        "union__pca__n_components",
        "union__columns__numbers__simpleimputer__strategy",
        "union__columns__numbers__simpleimputer__add_indicator",
        "union__columns__words__ngram_range",
        "union__columns__words__min_df",
    ]
    assert list(preprocessing_space(pipe)) == expected
    assert set(expected) <= pipe.get_params().keys()


@pytest.mark.parametrize(
    "estimator, prefix",
    [
        (TransformedTargetRegressor(make_pipeline(PCA(), Lasso())), "regressor__"),
        (
            VotingClassifier(
                [("a", make_pipeline(PCA(), SVC())), ("b", LogisticRegression())]
            ),
            "a__",
        ),
    ],
)
def test_pipelines_inside(estimator, prefix):
    name = f"{prefix}pca__n_components"
    assert list(preprocessing_space(estimator)) == [name]
    assert name in estimator.get_params()


def test_only_what_fits():
    constant = SimpleImputer(strategy="most_frequent")
    assert list(preprocessing_space(constant)) == ["add_indicator"]
    assert preprocessing_space(PCA(svd_solver="randomized")) == {}
    assert list(preprocessing_space(CountVectorizer(analyzer=str.split))) == ["min_df"]
    for nothing in (
        SVC(),
        StandardScaler(),
        FunctionTransformer(),
        make_pipeline(SVC()),
    ):
        assert preprocessing_space(nothing) == {}


def test_ranges_that_the_own_value_is_not_in():
    assert preprocessing_space(PCA(5)) == {}
    assert preprocessing_space(PCA("mle")) == {}
    assert preprocessing_space(PCA(0.9)).keys() == {"n_components"}
    assert preprocessing_space(KBinsDiscretizer(n_bins=[3, 4])) == {}
    knots = SplineTransformer(knots=np.array([[0.0], [1.0]]), n_knots=2)
    assert list(preprocessing_space(knots)) == ["degree"]


def test_lists_are_the_users_own():
    space = preprocessing_space(SimpleImputer())
    space["strategy"].append("most_frequent")
    assert preprocessing_space(SimpleImputer())["strategy"] == ["mean", "median"]
