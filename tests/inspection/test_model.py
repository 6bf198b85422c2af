from dataclasses import replace

import numpy as np
import pytest

from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._model import FEWEST, fit_model
from tests.inspection import _searches as fitted

ANY = ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "study"]


def model_of(search):
    data = read_search(search)
    return data, fit_model(data, data.metrics[0])


def branches(n=40, seed=0):
    """Return a search in which b belongs to kind x, and scores that depend on all."""
    rng = np.random.default_rng(seed)
    params = [{"kind": str(k), "a": float(a)} for k, a in
              zip(rng.choice(["x", "y"], n), rng.random(n), strict=True)]  # fmt: skip
    for one, b in zip(params, rng.random(n), strict=True):
        if one["kind"] == "x":
            one["b"] = float(b)
    scores = [-((p["a"] - 0.3) ** 2) + p.get("b", -0.2) for p in params]
    return {"params": params, "mean_test_score": np.array(scores)}


@pytest.mark.parametrize("name", ANY)
def test_any_search_has_a_model_that_predicts_near_its_scores(name):
    data, model = model_of(getattr(fitted, name)())
    scores = data.scores[data.metrics[0].name]
    mean, std = model.predict(model.X)
    assert np.isfinite(mean).all() and (std > 0).all()
    seen = scores[np.isfinite(scores)]
    assert (np.abs(mean - seen.mean()) <= 2 * np.ptp(seen)).all()


def test_it_predicts_a_known_function_on_the_scale_of_the_score():
    table = branches(260)
    scores = table["mean_test_score"].copy()
    table["mean_test_score"][60:] = np.nan
    _, model = model_of(table)
    mean, std = (values[60:] for values in model.predict(model.X))
    error = mean - scores[60:]
    assert np.abs(error).mean() < 0.03 * np.ptp(scores)
    assert (np.abs(error) < 2 * std).mean() > 0.8


def test_too_few_candidates_or_equal_scores_have_no_model():
    table = branches(FEWEST - 1)
    assert model_of(table)[1] is None
    table = branches()
    table["mean_test_score"] = np.ones(40)
    assert model_of(table)[1] is None
    assert model_of(fitted.all_failed())[1] is None


def test_failed_candidates_are_left_out():
    table = branches()
    failed = {"params": [{"kind": "y", "a": 0.3}] * 5, "mean_test_score": [np.nan] * 5}
    both = {name: [*table[name], *failed[name]] for name in table}
    _, without = model_of(table)
    _, model = model_of(both)
    np.testing.assert_allclose(model.predict(without.X), without.predict(without.X))


def test_a_conditional_parameter_follows_its_gate():
    data, model = model_of(branches())
    names = [parameter.name for parameter in data.parameters]
    kind, b = names.index("kind"), names.index("b")
    levels = data.parameters[kind].levels
    row = model.X[data.best].copy()
    assert levels[int(row[kind])] == "x"
    row[kind] = levels.index("y")
    settled = model.settle(row[None])[0]
    assert np.isnan(settled[b])
    settled[kind] = levels.index("x")
    assert model.settle(settled[None])[0, b] == model.X[data.best, b]


def test_a_candidate_that_lacks_hard_splits_is_judged_by_the_others():
    n, rng = 12, np.random.default_rng(0)
    a = np.linspace(0, 1, n)
    cells = a[:, None] + np.array([0.0, 5.0]) + 1e-3 * rng.random((n, 2))
    cells[::3, 1] = np.nan
    table = {
        "params": [{"a": float(value)} for value in a],
        "mean_test_score": np.nanmean(cells, axis=1),
        "split0_test_score": cells[:, 0],
        "split1_test_score": cells[:, 1],
        "n_splits_run": np.where(np.isnan(cells[:, 1]), 1, 2),
    }
    _, model = model_of(table)
    np.testing.assert_allclose(model.predict(model.X)[0], a + 2.5, atol=0.1)


def test_with_rungs_it_predicts_for_the_largest_resource():
    data = read_search(fitted.halving())
    table = replace(data, scores={"score": np.log(data.resource)})
    model = fit_model(table, table.metrics[0])
    mean, _ = model.predict(model.X)
    np.testing.assert_allclose(mean, np.log(data.resource.max()), atol=0.3)


def test_of_2000_candidates_it_sees_some():
    _, model = model_of(branches(2000))
    assert len(model.process.y) == 200
