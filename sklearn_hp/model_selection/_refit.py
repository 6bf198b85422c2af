"""Fit a candidate on all rows."""

from sklearn.base import clone

from sklearn_hp._evaluation._optional_methods import params_for_refit
from sklearn_hp.model_selection._results import n_iters_of


def candidate(plan, params):
    """Return the unfitted estimator of a candidate.

    Parameters
    ----------
    plan : Plan
        Has the estimator that candidates are set on.
    params : dict
        The candidate.
    """
    # parameters can be estimators, which fitting would change
    return clone(plan.estimator).set_params(**clone(params, safe=False))


def fit_on_all_rows(search, plan, estimator, index):
    """Fit a candidate on all rows, for as long as early stopping chose on its splits.

    Parameters
    ----------
    search : BaseSearch
        The search.
    plan : Plan
        The data.
    estimator : estimator
        The candidate's.
    index : int
        Its row in ``cv_results_``.
    """
    n_iters = n_iters_of(search.cv_results_, index, search.n_splits_)
    params = params_for_refit(estimator, n_iters)
    if params:
        if search.verbose > 0:
            settings = ", ".join(f"{name}={value}" for name, value in params.items())
            chosen = ", ".join(map(str, n_iters))
            print(f"Refitting with {settings}: the splits chose n_iter {chosen}.")
        estimator.set_params(**params)
    fit_args = (plan.X,) if plan.y is None else (plan.X, plan.y)
    return estimator.fit(*fit_args, **plan.fit_params)
