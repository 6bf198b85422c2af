"""Searches that evaluate the same candidates, to run the same tests on."""

import numpy as np
from sklearn.model_selection import ParameterGrid

from sklearn_hp import BayesSearchCV, GridSearchCV


def bayes_over(estimator, grid, **kwargs):
    """Return a BayesSearchCV that evaluates the candidates of a grid in their order."""
    points = list(ParameterGrid(grid))
    return BayesSearchCV(
        estimator,
        grid,
        n_iter=max(len(points), 1),
        initial_points=points,
        random_state=0,
        racing=False,
        **kwargs,
    )


def learning_over(estimator, grid, **kwargs):
    """Return a BayesSearchCV that chooses all candidates but the first two itself."""
    points = list(ParameterGrid(grid))
    return BayesSearchCV(
        estimator,
        grid,
        n_iter=len(points),
        n_initial_points=2,
        random_state=0,
        **kwargs,
    )


BUILDERS = [GridSearchCV, bayes_over]


def sorted_scores(search):
    """Return the mean scores of all candidates, the best first, NaN last."""
    scores = search.cv_results_["mean_test_score"]
    return scores[np.argsort(-scores, kind="stable")].tolist()
