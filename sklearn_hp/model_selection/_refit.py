"""Fit candidates on all rows."""

import pickle

from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from sklearn_hp._evaluation._joblib_compat import dumps
from sklearn_hp._evaluation._optional_methods import device_slots, params_for_refit
from sklearn_hp.model_selection._results import n_iters_of

# Fits that take less, together, are done before worker processes have started.
_SECONDS_TO_START = 5.0


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
    _set_iterations(search, estimator, index)
    return _fit(estimator, plan.X, plan.y, plan.fit_params)


def fit_several_on_all_rows(search, plan, estimators):
    """Fit candidates on all rows, `n_jobs` at a time if that saves time.

    Parameters
    ----------
    search : BaseSearch
        The search.
    plan : Plan
        The data.
    estimators : dict of int to estimator
        The candidates' estimators, by their row in ``cv_results_``. They are left
        unfitted.

    Returns
    -------
    models : list of estimator
        Fitted, in this order.
    """
    unfitted = [clone(estimator) for estimator in estimators.values()]
    for index, estimator in zip(estimators, unfitted, strict=True):
        _set_iterations(search, estimator, index)
    seconds = search.cv_results_["mean_fit_time"][list(estimators)].sum()
    # workers of joblib do not know how many of them fit on a device
    if seconds < _SECONDS_TO_START or device_slots(plan.estimator) is not None:
        return [_fit(one, plan.X, plan.y, plan.fit_params) for one in unfitted]
    models = Parallel(n_jobs=search.n_jobs)(
        delayed(_fit_for_return)(estimator, plan.X, plan.y, plan.fit_params)
        for estimator in unfitted
    )
    return [
        _fit(estimator, plan.X, plan.y, plan.fit_params)
        if fitted.model is None
        else fitted.model
        for fitted, estimator in zip(models, unfitted, strict=True)
    ]


def _set_iterations(search, estimator, index):
    """Have an estimator train for as long as early stopping chose on its splits."""
    n_iters = n_iters_of(search.cv_results_, index, search.n_splits_)
    params = params_for_refit(estimator, n_iters)
    if params:
        if search.verbose > 0:
            settings = ", ".join(f"{name}={value}" for name, value in params.items())
            chosen = ", ".join(map(str, n_iters))
            print(f"Refitting with {settings}: the splits chose n_iter {chosen}.")
        estimator.set_params(**params)


def _fit(estimator, X, y, fit_params):
    fit_args = (X,) if y is None else (X, y)
    return estimator.fit(*fit_args, **fit_params)


def _fit_for_return(estimator, X, y, fit_params):
    return _Fitted(_fit(estimator, X, y, fit_params))


class _Fitted:
    """A model on its way from a worker; None if it cannot be pickled there, or read."""

    def __init__(self, model):
        self.model = model

    def __getstate__(self):
        try:
            return {"pickled": bytes(dumps(self.model))}
        except Exception:  # user code pickles
            return {"pickled": None}

    def __setstate__(self, state):
        pickled = state["pickled"]
        try:
            self.model = None if pickled is None else pickle.loads(pickled)
        except Exception:  # user code unpickles
            self.model = None
