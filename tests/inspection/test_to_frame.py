"""Any fitted search as a DataFrame."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklearn_hp.inspection import to_frame
from sklearn_hp.inspection._data import read_search
from tests.inspection import _searches as fitted

ALL = ["grid", "random", "bayes", "sklearn_grid", "halving", "skopt", "optuna_search"]


@pytest.mark.parametrize("name", [*ALL, "study", "with_failures", "all_failed"])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_row_for_each_candidate(name, library):
    search = getattr(fitted, name)()
    frame = to_frame(search, dataframe_library=library)
    assert isinstance(frame, {"pandas": pd, "polars": pl}[library].DataFrame)
    assert len(frame) == len(read_search(search))


def test_types():
    frame = to_frame(fitted.bayes())
    assert frame.dtypes["param_max_depth"] == "Int64"
    assert frame.dtypes["param_ccp_alpha"] == "Float64"
    assert to_frame(fitted.random()).dtypes["param_min_samples_leaf"] == "int64"
    frame = to_frame(fitted.bayes(), dataframe_library="polars")
    assert frame.schema["param_max_depth"] == pl.Int64


def test_values_are_those_of_the_search():
    search = fitted.bayes()
    frame = to_frame(search)
    for name in ("mean_test_roc_auc", "rank_test_roc_auc", "std_test_roc_auc"):
        np.testing.assert_allclose(frame[name], search.cv_results_[name])


def test_ranks_of_halving_put_the_highest_rung_first():
    frame = to_frame(fitted.halving())
    assert frame["rank_test_score"].idxmin() == fitted.halving().best_index_


@pytest.mark.parametrize("name", ALL)
def test_by_split(name):
    frame = to_frame(getattr(fitted, name)(), by_split=True)
    score = next(column for column in frame if column.startswith("test_"))
    by_candidate = to_frame(getattr(fitted, name)())
    complete = by_candidate["state"] == "complete"
    if name != "halving":
        means = frame.groupby("candidate")[score].mean()[complete]
        np.testing.assert_allclose(means, by_candidate[f"mean_{score}"][complete])
    assert set(frame["split"]) == set(range(3))


def test_splits_that_are_not_known():
    with pytest.raises(ValueError, match="by_split=True needs the scores of single"):
        to_frame(fitted.study(), by_split=True)
    with pytest.raises(ValueError, match="dataframe_library must be 'pandas' or"):
        to_frame(fitted.grid(), dataframe_library="arrow")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_large_whole_numbers_are_exact(library):
    seeds = [2**53 + 1, 2**80]
    for n in (1, 2):
        table = {"params": [{"seed": s} for s in seeds[:n]], "mean_test_score": [0] * n}
        frame = to_frame(table, dataframe_library=library)
        assert list(frame["param_seed"]) == seeds[:n]
