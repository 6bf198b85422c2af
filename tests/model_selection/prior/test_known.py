"""Prior results become candidates of the space, or it is said why not."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV
from sklearn_hp.model_selection._prior import known_results

SPACE = {"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "poly"]}
X, y = load_iris(return_X_y=True)


def table(candidates, scores=None, metric="score"):
    scores = np.linspace(0, 1, len(candidates)) if scores is None else scores
    return {"params": candidates, f"mean_test_{metric}": scores}


def pairs_of(results, space=SPACE, estimator=None, metric=None, **kwargs):
    estimator = SVC() if estimator is None else estimator
    search = BayesSearchCV(estimator, space, prior_results=results, **kwargs)
    return known_results(search, estimator, metric)


GOOD = [{"C": 1.0, "kernel": "rbf"}, {"C": 10.0, "kernel": "poly"}]


def test_candidates_of_the_space_come_with_their_scores():
    assert pairs_of(table(GOOD)) == list(zip(GOOD, [0.0, 1.0], strict=True))
    pairs = pairs_of(table([*GOOD, GOOD[0]], [0.5, np.nan, 0.25]))
    assert np.isnan(pairs[1][1])


def test_what_one_of_the_spaces_lacks_is_the_estimators():
    """The earlier search had another space; the estimator fills the gaps."""
    earlier = [{"C": 1.0, "gamma": "scale"}, {"C": 10.0, "gamma": "scale"}]
    assert [params for params, _ in pairs_of(table(earlier))] == [
        {"C": 1.0, "kernel": "rbf"},
        {"C": 10.0, "kernel": "rbf"},
    ]
    poly = SVC(kernel="poly")
    assert pairs_of(table(earlier), estimator=poly)[0][0]["kernel"] == "poly"


@pytest.mark.parametrize(
    "params, reason",
    [
        ({"C": 1e3, "kernel": "rbf"}, "'C' is 1000.0, not between 0.01 and 100"),
        (
            {"C": 1.0, "kernel": "linear"},
            r"'kernel' is 'linear', not one of \['rbf', 'poly'\]",
        ),
        (
            {"C": 1.0, "degree": 2},
            "'degree' is 2, which this search does not vary, and the estimator has 3",
        ),
        ({"C": 1.0, "depth": 2}, "neither the space nor the estimator has 'depth'"),
    ],
)
def test_what_is_not_in_the_space_is_left_out_with_the_reason(params, reason):
    start = "1 of the 3 prior_results are not in the space of this search and are left"
    with pytest.warns(UserWarning, match=f"{start} out, as {reason}"):
        assert len(pairs_of(table([*GOOD, params]))) == 2
    with pytest.raises(ValueError, match=f"{reason}.*too little to learn from. Make"):
        pairs_of(table([params, GOOD[0]]))


def test_of_several_dicts_one_must_have_the_candidate():
    space = [{"C": [1, 10]}, {"C": [1, 10], "degree": [2, 3], "kernel": ["poly"]}]
    given = [{"C": 10, "degree": 2, "kernel": "poly"}, {"C": 1, "kernel": "rbf"}]
    assert [params for params, _ in pairs_of(table(given), space)] == [
        given[0],
        {"C": 1},
    ]


def test_the_score_is_that_of_the_search():
    results = {
        **table(GOOD, [0.1, 0.2], "roc_auc"),
        **table(GOOD, [0.3, 0.4], "accuracy"),
    }
    assert pairs_of(results, scoring="accuracy")[0][1] == 0.3
    assert pairs_of(results, metric="roc_auc", scoring=["accuracy", "roc_auc"])[0][1]
    with pytest.raises(
        ValueError,
        match=r"has the scores 'roc_auc', 'accuracy', and this search maximises 'f1'. "
        "Pass a dict with its params and, as mean_test_score",
    ):
        pairs_of(results, scoring="f1")
    with pytest.raises(ValueError, match="maximises the estimator's score"):
        pairs_of(results)


def test_another_metric_is_told():
    X, y = np.arange(20.0)[:, None], np.arange(20) // 10
    earlier = BayesSearchCV(
        SVC(), SPACE, scoring="f1", n_iter=3, cv=2, racing=False, random_state=0
    ).fit(X, y)
    with pytest.warns(UserWarning, match="scores of 'f1', and this search maximises"):
        pairs_of(earlier, scoring="accuracy")
    assert len(pairs_of(earlier, scoring="f1")) == 3


def test_two_scores_at_least():
    with pytest.raises(ValueError, match=r"has 2 candidates .* at least 2 are needed"):
        pairs_of(table(GOOD, [0.5, np.nan]))


def test_what_is_not_searched_any_more_has_the_value_of_this_estimator():
    earlier = GridSearchCV(SVC(gamma=0.5), {"C": [1, 10], "kernel": ["rbf", "poly"]})
    earlier.fit(X, y)
    space = {"gamma": loguniform(1e-2, 1), "kernel": ["rbf", "poly"]}
    with pytest.warns(UserWarning, match="2 of the 4 prior_results are not in the"):
        pairs = pairs_of(earlier, space, SVC(C=1))
    assert [params for params, _ in pairs] == [
        {"gamma": 0.5, "kernel": "rbf"},
        {"gamma": 0.5, "kernel": "poly"},
    ]
    # the earlier estimator had C=1, which says nothing of this one
    reason = "'C' is 1, which this search does not vary, and the estimator has 5"
    with pytest.raises(ValueError, match=reason):
        pairs_of(earlier, space, SVC(C=5))
