"""Every combination of a parameter grid."""

from typing import ClassVar

import numpy as np
from sklearn.model_selection import ParameterGrid

from sklearn_hp._unexpected_argument import with_remedies
from sklearn_hp.model_selection._base import BaseSearch
from sklearn_hp.model_selection._checks import (
    REMEDIES_GRID,
    check_param_grid,
    check_param_names,
    check_values,
)
from sklearn_hp.model_selection._scheduling import make_queue
from sklearn_hp.samplers import FixedSampler


class GridSearchCV(BaseSearch):
    """Evaluate every combination of given parameter values by cross-validation.

    Takes the seat of :class:`sklearn.model_selection.GridSearchCV`: same parameters,
    same candidates in the same order, same results.

    Parameters
    ----------
    estimator : estimator
        What to tune. It is cloned, never fitted itself.
    param_grid : dict or list of dict
        Parameter names and, for each, the list of values to try. A list of dicts spans
        several grids, for parameters that exist only beside some values of others.
    scoring : str, callable, list, tuple or dict, default=None
        What to maximise on the rows held out. One metric: a scorer's name, a callable
        ``scorer(estimator, X, y)``, or None for the estimator's own ``score``. Several:
        a list of names, a dict of name to scorer, or a callable that returns a dict.
    n_jobs : int, default=None
        Number of workers; None means 1, or what :func:`joblib.parallel_config` says,
        and -1 all processors. The active joblib backend decides what a worker is.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all data at the end. With several metrics,
        the name of the one that decides. A callable gets ``cv_results_`` and returns
        the index of the best candidate, see :ref:`selection_rules` for some; there is
        then no ``best_score_``.
    cv : int, splitter or iterable, default=None
        Cross-validation: None for 5 folds, a number of folds (stratified for a
        classifier), a splitter, or an iterable of (train, test) index arrays. The
        splits are drawn once, so all candidates see the same ones. A generator, which
        can be read only once, is replaced by the list of its splits in ``fit``.
    verbose : int, default=0
        1 prints the number of fits, and now and then how many candidates are done, the
        best score so far and the time left. 2 prints a line for each fit with its time,
        and one for each candidate with its mean score; 3 also the scores of each fit;
        10 also a line when a fit starts.
    pre_dispatch : int or str, default="2*n_jobs"
        Accepted for compatibility, without effect: the data is sent to a worker once,
        and a task when the worker is free.
    error_score : "raise" or float, default=np.nan
        The score of a fit that failed, by an exception, the death of its worker, or a
        score that is not a finite number. A candidate that failed cannot win against
        one that did not. "raise" ends the search at the first failure.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    timeout : float, seconds, default=None
        Start no fit later than this after ``fit`` was called, finish those that run,
        and refit the best candidate so far. The first candidate is always completed;
        the refit is not counted. None for no limit.
    racing : bool or float, default=False
        Whether to give up a candidate whose first splits show that it will not be the
        best. It is compared with the best complete candidate on the same splits. About
        half of the fits are saved, and ``cv_results_`` is incomplete. A number is the
        probability of being better below which a candidate is dropped; True means
        0.005. Needs 3 splits or more, and one metric to judge by. See :ref:`the user
        guide <racing>`.
    n_pending : int or "auto", default="auto"
        With `racing`, each decision is made without the scores of the fits begun last,
        this many of them. More keep more workers busy. "auto" is two for each worker
        but the first. Give a number to have the same results on any number of workers.
    ensemble : {"folds", "candidates"}, CandidateEnsemble or None, default=None
        What ``best_estimator_`` is. None: the best candidate, fitted on all rows.
        "folds": the mean of the models that its splits fitted. "candidates": an
        ensemble of the fold models of several candidates, chosen on the rows held out;
        a :class:`~sklearn_hp.ensemble.CandidateEnsemble` sets how. No model is fitted
        for "folds" and "candidates", and predicting takes as long as all their models
        do. Where the ensemble predicts rows left out of its choice worse than the best
        candidate, by more than chance, that one is fitted on all rows, with a warning.
    keep_predictions : bool or path, default=False
        Whether to keep what the splits predicted for the rows held out, which gives
        ``cv_predictions_`` and ``corrected_score_``. Implied by `ensemble`. They are in
        temporary files that go with the search; name a folder to keep them.
    fit_timeout : float, seconds, default=None
        The longest that one fit and its scoring may take; the final fit on all rows is
        not limited. A fit that takes longer is ended, whatever it is doing, and its
        split has failed, see `error_score`. With a limit, fits run in worker processes,
        with ``n_jobs=1`` in one. Threads and clusters are refused. None for no limit.
        See :ref:`the user guide <limits>`.
    fit_memory_limit : int or str, bytes, default=None
        The most memory that a worker process may take, such as ``"4GiB"`` or
        ``500_000_000``. A fit in a worker that takes more is ended, as by
        `fit_timeout`. Data that all workers share do not count. None for no limit.
    checkpoint : str, path-like or None, default=None
        File for the results, each as soon as it is there. If the process is killed, run
        the same script again: finished fits are not run again, networks go on from
        their last epochs, and the search returns what it would have returned. In a
        folder that exists, each search makes a file of its own, for searches inside of
        :func:`~sklearn.model_selection.cross_val_score`. See :ref:`long_searches`.
    warm_start : bool, default=False
        Whether `fit` goes on where the last `fit` of this object ended, with a larger
        grid or after an interruption. No fit runs twice. If data, estimator, splits
        or scoring differ, an error says so. See :ref:`going_on`.

    Attributes
    ----------
    cv_results_ : dict of arrays of shape (n_candidates,)
        Parameters, scores and times (seconds) by candidate, ready for
        :class:`pandas.DataFrame`. ``params`` is the list of candidates; ``param_*`` are
        masked where a candidate lacks the parameter; ``rank_test_*`` starts at 1;
        ``split*_test_*``, ``mean_test_*`` and ``std_test_*`` are the scores. They are
        NaN for splits that were not run, in a search that was stopped. With `racing`,
        ``n_splits_run`` tells which candidates are complete; they rank first. The mean
        score of one that was dropped is an estimate.
        ``split*_n_iter`` and ``mean_n_iter`` are there if early stopping chose numbers
        of iterations.
    best_estimator_ : estimator
        The best candidate, fitted on all data, or what `ensemble` says. Not there if
        ``refit=False``.
    best_score_ : float
        Mean cross-validated score of the best candidate.
    best_params_ : dict
        The best candidate.
    best_index_ : int
        Its index in the arrays of ``cv_results_``.
    cv_predictions_ : ndarray, or list of ndarray
        What ``best_estimator_`` predicts for rows held out: each row by models that
        did not see it; NaN for rows that no split held out. In the form of its method
        ``cv_predictions_method_``. Needs `keep_predictions` or `ensemble`; for any
        candidate see ``get_cv_predictions``.
    cv_predictions_method_ : {"predict_proba", "decision_function", "predict"}
        The method that these predictions are of: the first that the best candidate
        has.
    corrected_score_ : CorrectedScore
        The score to expect of ``best_estimator_`` on new rows. It is near
        ``estimate``, and lies between ``low`` and ``high`` in about 95 % of searches.
        Unlike ``best_score_``, it allows for the choice among candidates. ``how`` says
        how it was made. Needs `keep_predictions` or `ensemble`.
    scorer_ : callable or dict
        The scorer in use, or a dict of them if there are several metrics.
    n_splits_ : int
        Number of cross-validation splits.
    refit_time_ : float
        Seconds that the final fit took. Not there if ``refit=False``.
    multimetric_ : bool
        Whether there are several metrics.
    failures_ : list of dict
        One for each fit or score that failed: its candidate, split, parameters, the
        stage and metric that failed, the kind of failure, and the reason with its
        traceback.
    fits_ : dict of ndarray of shape (n_fits,)
        What ran when and where: candidate, split, worker, start, times and the kind of
        failure of each fit. ``pandas.DataFrame(search.fits_)`` is a table of it.
    stop_reason_ : str or None
        Why the search ended before its last candidate; None if it did not.
    classes_ : ndarray of shape (n_classes,)
        Class labels, if the best estimator is a classifier.
    n_features_in_ : int
        Number of features seen by the best estimator.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if the best estimator has them.

    See Also
    --------
    RandomSearchCV : A given number of candidates, drawn at random.
    sklearn.model_selection.ParameterGrid : The combinations of a grid.

    Notes
    -----
    Workers are processes of this machine by default. Each gets the data once, large
    arrays memory-mapped. See :ref:`the user guide <parallel>` for threads and clusters.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"kernel": ["linear", "rbf"], "C": [1, 10]})
    >>> search.fit(X, y).best_params_
    {'C': 1, 'kernel': 'linear'}
    >>> search.cv_results_["mean_test_score"].round(3)
    array([0.98 , 0.967, 0.973, 0.98 ])
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseSearch._parameter_constraints,
        "param_grid": [dict, list],
    }

    @with_remedies(REMEDIES_GRID)
    def __init__(
        self,
        estimator,
        param_grid,
        *,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        error_score=np.nan,
        return_train_score=False,
        timeout=None,
        racing=False,
        n_pending="auto",
        ensemble=None,
        keep_predictions=False,
        fit_timeout=None,
        fit_memory_limit=None,
        checkpoint=None,
        warm_start=False,
    ):
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_grid = param_grid
        self.timeout = timeout
        self.racing = racing
        self.n_pending = n_pending
        self.ensemble = ensemble
        self.keep_predictions = keep_predictions
        self.fit_timeout = fit_timeout
        self.fit_memory_limit = fit_memory_limit
        self.checkpoint = checkpoint
        self.warm_start = warm_start

    def _make_scheduler(self, plan, n_splits, metric):
        check_param_grid(self.param_grid)
        sampler = FixedSampler(ParameterGrid(self.param_grid))
        check_param_names(plan.estimator, sampler.candidates)
        check_values(plan.estimator, self.param_grid, "param_grid")
        return make_queue(
            self, plan, sampler, n_splits, metric, len(sampler.candidates)
        )
