"""The table of importances, from any search."""

import time

import numpy as np
import pytest

from sklearn_hp.inspection import parameter_importance
from tests.inspection import _searches as fitted

ANY = [
    "grid", "random", "bayes", "halving", "skopt", "optuna_search", "study",
    "sklearn_grid", "with_failures",
]  # fmt: skip


def table_of(X, scores):
    """Return results with the columns of X as parameters."""
    columns = {f"param_p{i}": column for i, column in enumerate(X.T)}
    return {**columns, "mean_test_score": scores}


@pytest.mark.parametrize("method", ["model", "ped-anova"])
@pytest.mark.parametrize("name", ANY)
def test_any_search(name, method):
    found = parameter_importance(getattr(fitted, name)(), method=method)
    assert len({len(column) for column in found.values()}) == 1
    # of few candidates PED-ANOVA may find nothing that is more than chance
    total = found["importance"].sum()
    assert total == pytest.approx(1) or (method == "ped-anova" and total == 0)
    assert (np.diff(found["importance"]) <= 0).all()


@pytest.mark.parametrize("method", ["model", "ped-anova"])
def test_shares_of_a_known_function(method):
    X = np.random.default_rng(0).random((200, 3))
    found = parameter_importance(table_of(X, X @ [1, 0, 2.0]), method=method)
    assert found["parameter"] == ["p2", "p0", "p1"]
    np.testing.assert_allclose(found["importance"], [0.8, 0.2, 0], atol=0.08)
    assert not found["is_guess"].any() and (found["n_candidates"] == 200).all()


@pytest.mark.parametrize("method", ["model", "ped-anova"])
def test_what_matters_among_the_best_is_something_else(method):
    X = np.random.default_rng(0).random((400, 2))
    # p0 ruins half of the candidates, p1 decides among the others
    scores = np.where(X[:, 0] < 0.7, X[:, 1], -5.0)
    overall, best = (
        parameter_importance(table_of(X, scores), method=method, target=target)
        for target in ("overall", "best")
    )
    assert overall["parameter"][0] == "p0" and best["parameter"][0] == "p1"


def test_a_parameter_that_makes_fits_fail_matters():
    X = np.random.default_rng(0).random((60, 2))
    scores = np.where(X[:, 0] < 0.3, np.nan, 1 + 0.1 * X[:, 1])
    found = parameter_importance(table_of(X, scores))
    assert found["parameter"][0] == "p0"


def test_losses_and_other_metrics():
    search = fitted.bayes()
    first = parameter_importance(search)
    other = parameter_importance(search, metric="neg_log_loss")
    assert not np.array_equal(first["importance"], other["importance"])
    assert first["is_guess"].all()
    # each branch has its own
    assert first["n_candidates"].max() < 12


def test_equal_scores_and_single_candidates():
    X = np.random.default_rng(0).random((40, 2))
    assert not parameter_importance(table_of(X, np.ones(40)))["importance"].any()
    one = parameter_importance(table_of(X[:1], np.ones(1)))
    assert one["parameter"] == ["p0", "p1"] and not one["importance"].any()


@pytest.mark.parametrize("random_state", [None, 3, np.random.RandomState(0)])
def test_random_states(random_state):
    found = parameter_importance(fitted.grid(), random_state=random_state)
    assert np.isfinite(found["std"]).all()
    again = parameter_importance(fitted.grid())["importance"]
    np.testing.assert_array_equal(
        again, parameter_importance(fitted.grid())["importance"]
    )


@pytest.mark.parametrize("n_parameters", [12, 40])
def test_many_candidates_are_fast(n_parameters):
    X = np.random.default_rng(0).random((1000, n_parameters))
    start = time.process_time()
    found = parameter_importance(table_of(X, X[:, 0] - X[:, 7] ** 2))
    assert time.process_time() - start < 2
    assert set(found["parameter"][:2]) == {"p0", "p7"}


def test_refused():
    with pytest.raises(ValueError, match="method must be 'model' or 'ped-anova', got"):
        parameter_importance(fitted.grid(), method="fanova")
    with pytest.raises(ValueError, match="target must be 'overall' or 'best', got 1"):
        parameter_importance(fitted.grid(), target=1)
    with pytest.raises(ValueError, match="metric='x' is none of this search"):
        parameter_importance(fitted.grid(), metric="x")
    with pytest.raises(ValueError, match="No candidate of the"):
        parameter_importance(fitted.all_failed())
