"""What a fitted BayesSearchCV is, and where it is used."""

import copy
import pickle

import numpy as np
import pytest
from scipy import stats
from sklearn import config_context
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV
from sklearn_hp.samplers import GPSampler
from tests.model_selection.bayes import BUMPY, X, results_of, search_for, y


def test_cloned_pickled_and_shown():
    sampler = GPSampler(BUMPY, random_state=1)
    search = search_for(n_iter=6, sampler=sampler, random_state=None)
    assert "BayesSearchCV" in search._repr_html_()
    assert "n_iter=6" in repr(search)
    expected = results_of(clone(search).fit(X, y))
    unfitted = pickle.loads(pickle.dumps(search))
    assert results_of(unfitted.fit(X, y)) == expected
    search.fit(X, y)
    restored = pickle.loads(pickle.dumps(search))
    assert results_of(restored) == expected
    np.testing.assert_array_equal(restored.predict(X), search.predict(X))
    params = search.cv_results_["params"]
    np.testing.assert_array_equal(
        restored.sampler_.predict(params), search.sampler_.predict(params)
    )
    assert copy.deepcopy(search).best_params_ == search.best_params_
    assert not hasattr(clone(search), "sampler_")


def test_without_labels():
    search = BayesSearchCV(
        KMeans(n_init=2, random_state=0), {"n_clusters": range(2, 8)}, n_iter=5, cv=2
    )
    assert search.fit(X).best_params_["n_clusters"] >= 5
    assert search.predict(X).shape == (len(X),)
    assert len(search.cv_results_["params"]) == 5


def test_inside_and_outside_of_other_estimators():
    inner = BayesSearchCV(SVC(), {"C": stats.loguniform(0.1, 10)}, n_iter=5, cv=2)
    pipe = make_pipeline(StandardScaler(), inner)
    assert cross_val_score(pipe, X, y, cv=2).min() > 0.9
    outer = BayesSearchCV(
        inner, {"estimator__kernel": ["rbf", "linear"]}, n_iter=2, cv=2, random_state=0
    )
    assert outer.fit(X, y).best_score_ > 0.9


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_routed_metadata(n_jobs):
    groups, weight = np.arange(len(X)) % 5, np.linspace(0.1, 2, len(X))
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression(max_iter=500)
        model.set_fit_request(sample_weight=True)
        scorer = make_scorer(
            roc_auc_score, response_method="predict_proba", multi_class="ovr"
        ).set_score_request(sample_weight=True)
        search = BayesSearchCV(
            model,
            {"C": stats.loguniform(1e-3, 1e3)},
            n_iter=5,
            cv=GroupKFold(3),
            scoring=scorer,
            n_jobs=n_jobs,
            random_state=0,
        ).fit(X, y, sample_weight=weight, groups=groups)
    first = search.cv_results_["params"][0]
    assert first == {"C": 1.0}
    train, test = next(GroupKFold(3).split(X, y, groups))
    model = clone(model).fit(X[train], y[train], sample_weight=weight[train])
    expected = roc_auc_score(
        y[test],
        model.predict_proba(X[test]),
        multi_class="ovr",
        sample_weight=weight[test],
    )
    assert search.cv_results_["split0_test_score"][0] == pytest.approx(expected)


def test_train_scores_and_verbose_lines(capsys):
    search = search_for(n_iter=5, return_train_score=True, verbose=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_train_score"]).all()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Fitting 2 folds for each of 5 candidates, totalling 10 fits"
    assert lines[1] == "Initial points: 5 evenly spread"
    assert sum("[CV] END" in line for line in lines) == 10
