"""A search in about ten lines."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.model_selection import GridSearchCV as SklearnGrid
from sklearn.svm import SVC

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp.inspection import summary
from tests.inspection import _searches as fitted


def test_best_and_untuned():
    search = GridSearchCV(SVC(), {"C": [0.01, 1.0, 100.0]}, cv=3)
    lines = search.fit(fitted.X, fitted.y).summary().splitlines()
    assert lines[0] == "GridSearchCV of SVC: 3 candidates, 3 splits"
    assert lines[1].startswith("Best accuracy: 0.9")
    assert "Parameters: C=100" in lines
    assert any(line.startswith("Untuned: accuracy 0.") for line in lines)
    assert any(line.startswith("9 fits took ") for line in lines)


def test_the_untuned_estimator_is_the_best():
    search = GridSearchCV(SVC(), {"C": [0.001, 1.0]}, cv=3)
    text = search.fit(fitted.X, fitted.y).summary()
    assert "The winner is the estimator as it was given" in text


def halved(scores):
    """Return a halving search of two candidates, the first one untuned."""
    rungs = {"n_resources": [50, 50, 150], "mean_test_score": scores}
    params = [{"C": 1.0}, {"C": 10.0}]
    best = int(np.argmax(scores[:2]))
    return SimpleNamespace(
        cv_results_={"params": [*params, params[best]], **rungs},
        estimator=SVC(),
        best_index_=2,
        resource="n_samples",
    )


def test_the_untuned_estimator_in_rungs():
    # the winner's score on more rows is lower than its own on fewer
    assert "The winner is the estimator as it was given" in (
        summary(halved([0.9, 0.8, 0.7]))
    )
    assert (
        "Untuned: accuracy 0.8 with 50 n_samples (the winner had 150), candidate 0."
        in summary(halved([0.8, 0.9, 0.7]))
    )


def test_the_score_to_expect():
    search = RandomSearchCV(
        SVC(), {"C": loguniform(0.1, 10)}, n_iter=3, cv=3, keep_predictions=True
    )
    assert "To expect on new rows: accuracy 0." in (
        search.fit(fitted.X, fitted.y).summary()
    )


def test_the_most_important_parameters():
    X = np.random.default_rng(0).random((40, 3))
    columns = {f"param_p{i}": x for i, x in enumerate(X.T)}
    table = {**columns, "mean_test_score": X @ [1, 0, 2.0]}
    found = re.search(
        r"\nMost important: p2 \((\d+)%\), p0 \((\d+)%\).\n", summary(table)
    )
    assert sum(map(int, found.groups())) in (99, 100)
    # few candidates, and 40 with nearly equal scores
    assert (
        "\nMost important, as a guess: min_samples_leaf (" in fitted.random().summary()
    )
    assert "\nMost important, as a guess: min_samples_leaf (" in fitted.grid().summary()


def test_of_few_candidates_or_one_parameter_nothing_is_important():
    one = RandomSearchCV(SVC(), {"C": loguniform(0.1, 10)}, n_iter=12, cv=3)
    for search in (one.fit(fitted.X, fitted.y), fitted.with_failures()):
        assert "Most important" not in summary(search)


@pytest.mark.parametrize(
    "name",
    ["grid", "random", "bayes", "halving", "skopt", "optuna_search", "study",
     "sklearn_grid", "with_failures", "all_failed"],
)  # fmt: skip
def test_any_search(name):
    lines = summary(getattr(fitted, name)()).splitlines()
    assert 3 <= len(lines) <= 14 and max(map(len, lines)) <= 88


def test_what_failed():
    text = summary(fitted.with_failures())
    assert "2 complete, 4 failed." in text
    assert "- 4 of 6 candidates failed." in text
    assert "No candidate has a score." in summary(fitted.all_failed())


def test_before_fit():
    with pytest.raises(ValueError, match="GridSearchCV has no cv_results_: it is not"):
        GridSearchCV(SVC(), {"C": [1]}).summary()


def test_a_rule_chose_the_winner():
    search = SklearnGrid(
        fitted.TREE,
        {"max_depth": [1, 4]},
        scoring=["accuracy", "roc_auc"],
        refit=lambda results: int(np.argmin(results["mean_test_accuracy"])),
        cv=3,
    ).fit(fitted.X, fitted.y)
    lower, higher = np.sort(search.cv_results_["mean_test_accuracy"])
    text = " ".join(summary(search).split())
    assert f"The winner's accuracy: {lower:.4g}" in text
    assert f"refit chose it; the best accuracy is {higher:.4g}" in text
    assert "Best accuracy" not in text


def test_names_and_values_are_not_broken():
    name, value = "a" * 60, "b-" * 20
    results = {"params": [{name: value}], "mean_test_score": [0.5]}
    assert f"{name}={value}" in summary(results)


def test_the_other_scores_of_the_winner():
    search = fitted.bayes()
    score = -search.cv_results_["mean_test_neg_log_loss"][search.best_index_]
    text = " ".join(summary(search).split())
    assert f"The other scores of this candidate: log loss {score:.4g} ± " in text
    assert "other scores" not in summary(fitted.grid())
