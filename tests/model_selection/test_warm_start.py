"""A second fit goes on where the first ended, as one longer search."""

import copy
import pickle
import re

import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV, load_history
from sklearn_hp.samplers import GPSampler
from tests.checkpoints import BUILDERS, GRID, SPACE, Logged, X, assert_same_table, y
from tests.checkpoints import n_fits as count

NO_REFIT = {"refit": False, "n_pending": 0}
LONGER = {
    "random": {"n_iter": 20},
    "bayes": {"n_iter": 13},
    "raced": {"n_iter": 20},
    "raced bayes": {"n_iter": 13},
    "grid": {"param_grid": {"c": [*GRID["c"], 0.5, 7.0, 1000.0]}},
}


@pytest.fixture
def log(tmp_path):
    return str(tmp_path / "fits")


def n_splits_run(search):
    results = search.cv_results_
    return sum(
        int(np.isfinite(results[f"split{split}_test_score"]).sum())
        for split in range(search.n_splits_)
    )


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("change", [lambda search: search, copy.deepcopy, "pickle"])
def test_it_is_one_longer_search(name, change, log):
    whole = BUILDERS[name](Logged(), **NO_REFIT).set_params(**LONGER[name]).fit(X, y)
    search = BUILDERS[name](Logged(log=log), warm_start=True, **NO_REFIT).fit(X, y)
    if change == "pickle":
        search = pickle.loads(pickle.dumps(search))
    else:
        search = change(search)
    search.set_params(**LONGER[name]).fit(X, y)
    assert_same_table(whole, search)
    assert count(log) == n_splits_run(whole)


@pytest.mark.parametrize("name", BUILDERS)
def test_nothing_new_runs_nothing(name, log):
    search = BUILDERS[name](Logged(log=log), warm_start=True, **NO_REFIT).fit(X, y)
    first, n_fits = copy.deepcopy(search), count(log)
    search.set_params(n_jobs=2, n_pending=0).fit(X, y)
    assert_same_table(first, search)
    assert search.cv_results_["mean_fit_time"].tolist() == (
        first.cv_results_["mean_fit_time"].tolist()
    )
    assert count(log) == n_fits
    # one without it forgets, and begins anew
    search.set_params(warm_start=False, n_jobs=1).fit(X, y)
    assert count(log) == 2 * n_fits
    search.set_params(warm_start=True).fit(X, y)
    assert count(log) == 3 * n_fits


class Interrupts(Logged):
    """Raises KeyboardInterrupt once, when the log has 7 fits."""

    n_interrupts = 0

    def fit(self, X, y):
        if count(self.log) == 7 and not self.n_interrupts:
            type(self).n_interrupts += 1
            raise KeyboardInterrupt
        return super().fit(X, y)


@pytest.mark.parametrize("name", BUILDERS)
def test_an_interrupted_fit_goes_on(name, log, monkeypatch):
    monkeypatch.setattr(Interrupts, "n_interrupts", 0)
    whole = BUILDERS[name](Logged(), **NO_REFIT).fit(X, y)
    search = BUILDERS[name](Interrupts(log=log), warm_start=True, **NO_REFIT)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert count(log) == 7
    assert_same_table(whole, search.fit(X, y))
    assert count(log) == n_splits_run(whole)


def test_more_time_goes_on(log):
    search = BUILDERS["random"](
        Logged(log=log, seconds=0.01), warm_start=True, timeout=0.1, **NO_REFIT
    ).fit(X, y)
    assert "timeout" in search.stop_reason_
    whole = BUILDERS["random"](Logged(), **NO_REFIT).fit(X, y)
    assert_same_table(whole, search.set_params(timeout=None).fit(X, y))
    assert count(log) == 36


@pytest.mark.parametrize("make_seed", [lambda: None, lambda: np.random.RandomState(3)])
@pytest.mark.parametrize("build", [RandomSearchCV, BayesSearchCV])
def test_candidates_and_splits_are_those_of_the_first_fit(make_seed, build, log):
    """Also where nobody gave a seed, or generators that change with each use."""
    seed = make_seed()
    search = build(
        Logged(log=log),
        SPACE,
        n_iter=6,
        random_state=seed,
        cv=KFold(3, shuffle=True, random_state=make_seed()),
        racing=False,
        warm_start=True,
        **NO_REFIT,
    ).fit(X, y)
    first = search.cv_results_
    search = pickle.loads(pickle.dumps(search))
    second = search.set_params(n_iter=9).fit(X, y).cv_results_
    assert second["params"][:6] == first["params"]
    assert second["mean_test_score"][:6].tolist() == first["mean_test_score"].tolist()
    assert count(log) == 27


def test_a_shared_generator_is_drawn_from_as_in_one_search():
    def search_with(n_iter):
        seed = np.random.RandomState(3)
        return RandomSearchCV(
            Logged(), SPACE, n_iter=n_iter, random_state=seed, warm_start=True,
            cv=KFold(3, shuffle=True, random_state=seed), **NO_REFIT,
        )  # fmt: skip

    twice = search_with(6).fit(X, y).fit(X, y)
    assert_same_table(search_with(6).fit(X, y), twice)


def test_a_wider_space_begins_with_what_is_known(log):
    wide = {"c": loguniform(1e-4, 1e4)}
    search = BUILDERS["bayes"](Logged(log=log), warm_start=True, **NO_REFIT).fit(X, y)
    first = search.cv_results_
    search.set_params(param_distributions=wide, n_iter=13).fit(X, y)
    assert search.cv_results_["params"][:9] == first["params"]
    assert search.cv_results_["mean_test_score"][:9].tolist() == (
        first["mean_test_score"].tolist()
    )
    assert count(log) == 39
    with pytest.raises(
        ValueError, match=r"whose space this one does not include: c wa"
    ):
        search.set_params(param_distributions=SPACE).fit(X, y)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda s: s.fit(X + 1, y), "X: array .* then, .* now"),
        (lambda s: s.fit(X, 1 - y), "y: array .* then, .* now"),
        (lambda s: s.set_params(estimator__fails_above=9.0).fit(X, y), "fails_above"),
        (lambda s: s.set_params(cv=4).fit(X, y), "splits of cv: 3 splits"),
        (lambda s: s.set_params(scoring="roc_auc").fit(X, y), "scoring: None then"),
        (lambda s: s.set_params(random_state=5).fit(X, y), "random_state: 0 then, 5"),
    ],
)
def test_another_search_is_refused(change, said):
    search = BUILDERS["random"](Logged(), warm_start=True, **NO_REFIT).fit(X, y)
    begin = "The earlier fit, which warm_start=True continues, is of a search that diff"
    anew = "To begin anew, fit sklearn.base.clone(search), or set warm_start=False."
    with pytest.raises(ValueError, match=f"{begin}.*{said}.*{re.escape(anew)}"):
        change(search)
    # what it carries is not lost
    search = BUILDERS["random"](Logged(), warm_start=True, **NO_REFIT).fit(X, y)


def test_what_was_refused_can_still_go_on(log):
    search = BUILDERS["grid"](Logged(log=log), warm_start=True, **NO_REFIT).fit(X, y)
    with pytest.raises(ValueError, match="is of a search that differs"):
        search.fit(X + 1, y)
    search.fit(X, y)
    assert count(log) == 36


def test_clones_and_folds_begin_anew(log):
    search = BUILDERS["grid"](Logged(log=log), warm_start=True, **NO_REFIT).fit(X, y)
    clone(search).fit(X + 1, y)
    assert count(log) == 72
    search.set_params(refit=True)
    cross_val_score(search, X, y, cv=2)


@pytest.mark.parametrize("in_file", [True, False])
def test_with_a_checkpoint_both_have_all(in_file, log, tmp_path):
    """Whichever of the two is missing later."""
    path = tmp_path / "search.db"
    search = BUILDERS["random"](
        Logged(log=log), warm_start=True, checkpoint=path if in_file else None,
        **NO_REFIT,
    ).fit(X, y)  # fmt: skip
    search.set_params(checkpoint=path, n_iter=15).fit(X, y)
    assert count(log) == 45
    assert len(load_history(path)["split"]) == 45
    other = clone(search).fit(X, y)
    search.set_params(checkpoint=None).fit(X, y)
    assert_same_table(search, other)
    assert count(log) == 45


@pytest.mark.parametrize("change", [lambda search: search, "pickle"])
def test_predictions_are_those_of_all_fits(change, log):
    kwargs = {"keep_predictions": True, "n_pending": 0, "scoring": "accuracy"}
    search = BUILDERS["random"](Logged(log=log), warm_start=True, **kwargs).fit(X, y)
    if change == "pickle":
        search = pickle.loads(pickle.dumps(search))
    search.set_params(n_iter=16).fit(X, y)
    whole = BUILDERS["random"](Logged(), **kwargs).set_params(n_iter=16).fit(X, y)
    np.testing.assert_array_equal(search.cv_predictions_, whole.cv_predictions_)
    assert search.corrected_score_ == whole.corrected_score_
    # two refits, and what lost its predictions on the way runs again
    assert count(log) == 3 * 16 + 2 + (36 if change == "pickle" else 0)


@pytest.mark.parametrize("ensemble", ["folds", "candidates"])
@pytest.mark.filterwarnings("ignore:ensemble=")
def test_an_ensemble_may_be_asked_for_later(ensemble):
    kwargs = {"n_pending": 0, "scoring": "accuracy"}
    search = BUILDERS["random"](Logged(), warm_start=True, **kwargs).fit(X, y)
    search.set_params(ensemble=ensemble).fit(X, y)
    whole = BUILDERS["random"](Logged(), ensemble=ensemble, **kwargs).fit(X, y)
    np.testing.assert_array_equal(search.predict(X), whole.predict(X))
    search.set_params(n_iter=14).fit(X, y)


def test_grid_with_another_parameter_is_told():
    search = GridSearchCV(Logged(), GRID, cv=2, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="does not include: c was searched over"):
        search.set_params(param_grid={"c": [1.0]}).fit(X, y)


@pytest.mark.parametrize("in_file", [False, True])
def test_a_space_made_wider_twice_goes_on_each_time(in_file, log, tmp_path):
    path = tmp_path / "search.db" if in_file else None
    search = BUILDERS["bayes"](Logged(log=log), warm_start=True, **NO_REFIT)
    search.set_params(checkpoint=path).fit(X, y)
    for factor in (10, 100):
        before = search.cv_results_["params"]
        space = {"c": loguniform(0.01 / factor, 100 * factor)}
        for n_new in (2, 4):
            search.set_params(param_distributions=space, n_iter=len(before) + n_new)
            found = search.fit(X, y).cv_results_["params"]
            assert found[: len(before)] == before
    assert count(log) == 3 * (9 + 4 + 4)


def test_what_a_space_of_integers_does_not_have_is_not_proposed():
    narrow, integers = {"c": uniform(1.5, 1)}, {"c": randint(1, 20)}
    search = BUILDERS["bayes"](Logged(), warm_start=True, **NO_REFIT)
    search.set_params(param_distributions=narrow).fit(X, y)
    search.set_params(param_distributions=integers).fit(X, y)
    assert all(isinstance(one["c"], int) for one in search.cv_results_["params"])


def test_a_sampler_without_a_seed_goes_on(log, tmp_path):
    def search(**kwargs):
        sampler = GPSampler(SPACE)
        return BayesSearchCV(Logged(log=log), SPACE, sampler=sampler, cv=3, n_iter=6,
                             racing=False, **kwargs, **NO_REFIT)  # fmt: skip

    first = search(warm_start=True).fit(X, y)
    params = first.cv_results_["params"]
    first.set_params(n_iter=8).fit(X, y)
    assert first.cv_results_["params"][:6] == params
    path = tmp_path / "search.db"
    assert_same_table(*(search(checkpoint=path).fit(X, y) for _ in range(2)))
    assert count(log) == 24 + 18


@pytest.mark.parametrize("change", [{"cv": 1}, {"scoring": "roc_auc"}])
def test_a_fit_that_is_refused_leaves_the_last_one(change):
    search = BUILDERS["random"](Logged(), warm_start=True, n_pending=0).fit(X, y)
    predicted = search.predict(X)
    with pytest.raises(ValueError, match=next(iter(change))):
        search.set_params(**change).fit(X, y)
    np.testing.assert_array_equal(search.predict(X), predicted)


def test_other_processors_are_allowed():
    """They change no score; those of candidates are candidates of their own."""
    steps = [("scale", StandardScaler()), ("model", RandomForestClassifier(3))]
    search = RandomSearchCV(
        Pipeline(steps), {"model__max_depth": [1, 2, 3]}, n_iter=3, cv=2,
        warm_start=True, n_pending=0, random_state=0,
    ).fit(X, y)  # fmt: skip
    times = search.cv_results_["mean_fit_time"].tolist()
    search.set_params(estimator__model__n_jobs=1, estimator__verbose=False).fit(X, y)
    assert search.cv_results_["mean_fit_time"].tolist() == times
    with pytest.raises(ValueError, match="estimator's model__n_estimators: 3 then"):
        search.set_params(estimator__model__n_estimators=4).fit(X, y)
