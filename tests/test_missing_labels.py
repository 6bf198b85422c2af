"""A classifier whose labels are missing is told so, and in which rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from sklearn_hp import EarlyStoppingClassifier, GridSearchCV
from sklearn_hp._missing_labels import are_missing, check_no_label_missing

X = np.random.RandomState(0).normal(size=(40, 2))
TEXT = pd.Series(np.where(X[:, 0] > 0, "yes", "no"))
GONE = TEXT.index == 3
SENTENCE = r"NaN or None: the label is missing in 1 of 40 rows.*y\[y.notna\(\)\]"
MISSING = {
    "nan": TEXT.astype(object).where(~GONE),
    "None": TEXT.astype(object).where(~GONE, None),
    "NA": TEXT.astype("string").where(~GONE),
    "category": TEXT.astype("category").where(~GONE),
    "boolean": (TEXT == "yes").astype("boolean").where(~GONE),
    "list": [None, *TEXT[1:]],
    "float": np.where(GONE, np.nan, TEXT == "yes"),
    "columns": pd.DataFrame({"a": TEXT, "b": TEXT.astype(object).where(~GONE)}),
}


@pytest.mark.parametrize("kind", MISSING)
def test_what_is_missing_is_counted(kind):
    with pytest.raises(ValueError, match=SENTENCE):
        check_no_label_missing(MISSING[kind])


@pytest.mark.parametrize(
    "y",
    [
        *(None, TEXT, TEXT.tolist(), [[1], [1, 2]], [0.0, 1.0]),
        *(np.array([[1, 0], [0, 1]]), csr_array(np.eye(3))),
        pd.to_datetime(["2020-01-01"]),
    ],
)
def test_what_is_not_missing(y):
    check_no_label_missing(y)


def test_which_objects_are_missing():
    values = np.array([None, np.nan, pd.NA, pd.NaT, "", 0, False, 0], dtype=object)
    values[-1] = np.array([1.0, np.nan])
    np.testing.assert_array_equal(are_missing(values), [True] * 4 + [False] * 4)


@pytest.mark.parametrize("kind", ["nan", "None", "NA", "category", "list", "float"])
def test_early_stopping(kind):
    booster = EarlyStoppingClassifier(HistGradientBoostingClassifier(max_iter=5))
    with pytest.raises(ValueError, match=SENTENCE):
        booster.fit(X, MISSING[kind])


@pytest.mark.parametrize("kind", ["nan", "None", "NA", "category"])
def test_a_search(kind):
    search = GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2)
    with pytest.raises(ValueError, match=SENTENCE):
        search.fit(X, MISSING[kind])


def test_other_faults_of_a_target_are_left_to_scikit_learn():
    search = GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2)
    with pytest.raises(ValueError, match="legacy multi-label"):
        search.fit(X, [[1]] * 20 + [[1, 2]] * 20)
