"""Searches whose scores are known, to be stopped."""

import numpy as np
from sklearn.datasets import load_iris

from sklearn_hp import GridSearchCV
from sklearn_hp.callback import EarlyStopping, TargetScore, TimeBudget
from tests.faults import Faulty

X, y = load_iris(return_X_y=True)
# The best is candidate 3, and 4 is as good. The rest is long, as one worker runs ahead
# while another is slow, and the tests must not depend on how slow it is.
PEAK = [0.1, 0.2, 0.3, 0.8, 0.8, *([0.5] * 500)]
EACH = [EarlyStopping(), TargetScore(0.9), TimeBudget(60)]


def search_over(qualities, callback=None, cls=GridSearchCV, **kwargs):
    search = cls(Faulty(), {"quality": qualities}, cv=2, **kwargs)
    return search if callback is None else search.set_callbacks(callback)


def n_complete(search):
    return np.isfinite(search.cv_results_["mean_test_score"]).sum()


class AfterEachFit:
    """A callback that calls a function with the search after each fit of a candidate.

    What the function returns, it returns: True stops the search.
    """

    def __init__(self, function):
        self.function = function

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "candidate-split-evaluation":
            return self.function(estimator)
        return None
