"""The Pipeline that every estimator is measured in."""

from functools import lru_cache

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def make_model(estimator):
    """Return the estimator behind what a user would put before it."""
    return Pipeline([("prepare", Prepare()), ("model", estimator)])


def make_encoder():
    """Return what imputes, scales and encodes."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(
            max_categories=12,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
        ),
    )
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (categories, make_column_selector(dtype_exclude="number")),
    )


class Prepare(TransformerMixin, BaseEstimator):
    """The encoder, fitted once for each fold of a table whatever candidate asks.

    Preparing takes longer than most fits, and is the same for all candidates.
    """

    def fit(self, X, y=None):
        """Fit the encoder to the training rows."""
        self.rows_ = _Rows(X)
        return self

    def transform(self, X):
        """Return the encoded rows."""
        return _encode(self.rows_, _Rows(X))


class _Rows:
    """A data frame that is known by its columns and its index."""

    def __init__(self, frame):
        self.frame = frame
        self._key = (tuple(frame.columns), frame.index.to_numpy().tobytes())

    def __hash__(self):
        return hash(self._key)

    def __eq__(self, other):
        return self._key == other._key


@lru_cache(maxsize=6)
def _fitted_encoder(training_rows):
    return make_encoder().fit(training_rows.frame)


@lru_cache(maxsize=12)
def _encode(training_rows, rows):
    return _fitted_encoder(training_rows).transform(rows.frame)
