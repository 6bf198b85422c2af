"""Candidates drawn at random."""

import math
import sys
from collections.abc import Mapping
from itertools import islice
from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.model_selection import ParameterSampler
from sklearn.utils import check_random_state

from sklearn_hp._sklearn_compat import NumberInterval
from sklearn_hp._unexpected_argument import with_remedies
from sklearn_hp.model_selection._base import BaseSearch
from sklearn_hp.model_selection._checks import (
    REMEDIES_RANDOM,
    check_has_end,
    check_param_distributions,
    check_param_names,
    check_values,
    warn_of_ranges,
)
from sklearn_hp.model_selection._combinations import (
    combination,
    count_combinations,
    draw_numbers,
)
from sklearn_hp.model_selection._scheduling import make_queue
from sklearn_hp.samplers import FixedSampler, LazySampler

# With n_iter=None, names are checked in so many candidates before the first fit.
_N_CHECKED = 100


class RandomSearchCV(BaseSearch):
    """Evaluate candidates drawn at random by cross-validation.

    Takes the seat of :class:`sklearn.model_selection.RandomizedSearchCV`, and is also
    importable by that name: same parameters, same candidates for the same
    ``random_state``, same results. Random search finds better candidates than a grid of
    equal size where only some of the parameters matter [1]_.

    Parameters
    ----------
    estimator : estimator
        What to tune. It is cloned, never fitted itself.
    param_distributions : dict or list of dict
        Parameter names and, for each, a frozen :mod:`scipy.stats` distribution or a
        list of values with equal chances. Of a list of dicts, one is drawn for each
        candidate. If all are lists, no combination is drawn twice.
    n_iter : int or None, default=10
        Number of candidates. None, which needs a `timeout`, draws until then or until
        all combinations of lists were drawn; see Notes.
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
    random_state : int, RandomState instance or None, default=None
        Fixes the candidates, if an int.
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
        `n_iter` or after an interruption. No fit runs twice. If data, estimator, splits
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
    GridSearchCV : Every combination of given values.
    sklearn.model_selection.ParameterSampler : How the candidates are drawn.

    Notes
    -----
    With ``n_iter=None`` a candidate is drawn when it is needed. Where a parameter has a
    distribution, the candidates are those of any finite `n_iter`, in the same order. If
    all are lists, they are those of an `n_iter` between 1 % and 99 % of the
    combinations or, where there are more than 10,000, of one below 1 %.

    References
    ----------
    .. [1] J. Bergstra and Y. Bengio, "Random Search for Hyper-Parameter Optimization",
       Journal of Machine Learning Research 13, 2012.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import RandomSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e2), "gamma": loguniform(1e-3, 1)}
    >>> search = RandomSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> round(float(search.best_score_), 2)
    0.98
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseSearch._parameter_constraints,
        "param_distributions": [dict, list],
        "n_iter": [NumberInterval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    @with_remedies(REMEDIES_RANDOM)
    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=10,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        random_state=None,
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
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.random_state = random_state
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
        check_has_end(self.n_iter, self.timeout)
        check_param_distributions(self.param_distributions)
        warn_of_ranges(self.param_distributions)
        check_values(plan.estimator, self.param_distributions, "param_distributions")
        dicts = self.param_distributions
        if isinstance(dicts, Mapping):
            dicts = [dicts]
        rng = check_random_state(plan.random_state)
        has_draws = any(hasattr(v, "rvs") for values in dicts for v in values.values())
        n_combinations = math.inf if has_draws else count_combinations(dicts)
        if self.n_iter is None:
            candidates = _draw_all(dicts, n_combinations, rng)
            sampler = LazySampler(candidates, n_first=_N_CHECKED)
            check_param_names(plan.estimator, sampler.first)
            n_candidates = None if has_draws else n_combinations
            return make_queue(self, plan, sampler, n_splits, metric, n_candidates)
        if sys.maxsize < n_combinations < math.inf:  # ParameterSampler cannot count
            candidates = islice(_draw_all(dicts, n_combinations, rng), self.n_iter)
        else:
            candidates = ParameterSampler(dicts, self.n_iter, random_state=rng)
        sampler = FixedSampler(candidates)
        check_param_names(plan.estimator, sampler.candidates)
        return make_queue(
            self, plan, sampler, n_splits, metric, len(sampler.candidates)
        )


def _draw_all(dicts, n_combinations, rng):
    """Return an iterator over random candidates: each once, or without an end."""
    if n_combinations == math.inf:
        return iter(ParameterSampler(dicts, sys.maxsize, random_state=rng))
    return (combination(dicts, i) for i in draw_numbers(n_combinations, rng))
