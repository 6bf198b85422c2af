"""Candidates chosen by what earlier ones scored."""

from numbers import Integral
from typing import ClassVar

import numpy as np

from sklearn_hp._sklearn_compat import NumberInterval, StrOptions, named_scorers
from sklearn_hp._unexpected_argument import with_remedies
from sklearn_hp.model_selection._base import BaseSearch
from sklearn_hp.model_selection._checks import (
    REMEDIES_BAYES,
    check_has_end,
    check_param_distributions,
    check_param_names,
    check_values,
    copy_sampler,
    representatives,
    warn_of_ranges,
    warn_of_unsearched,
)
from sklearn_hp.model_selection._first_candidates import (
    described_start,
    first_candidates,
)
from sklearn_hp.model_selection._fitted import SetByFit
from sklearn_hp.model_selection._prior import known_results
from sklearn_hp.model_selection._scheduling import make_queue
from sklearn_hp.model_selection._seeds import seed_sampler
from sklearn_hp.samplers import GPSampler


class BayesSearchCV(BaseSearch):
    """Evaluate the candidates that promise most, given those evaluated so far.

    A Gaussian process predicts the score of every candidate of the space and how sure
    it is; the next candidate is where the expected improvement over the best score is
    largest [1]_ [2]_. It takes the parameters of :class:`RandomSearchCV` and finds as
    good a candidate in fewer evaluations.

    The first candidate has the estimator's current parameters, if they are in the
    space, so the tuned estimator is not worse than the untuned one. For scikit-learn's
    usual estimators, also inside of a Pipeline, points follow that were good on other
    data sets [3]_; for others, points that cover the space evenly. No candidate is
    evaluated twice: a search of a finite space ends when it is exhausted.

    Read more in the :ref:`User Guide <bayesian_search>`. Examples:
    :ref:`sphx_glr_gallery_plot_credit_scoring.py`,
    :ref:`sphx_glr_gallery_plot_conditional_space.py`.

    Parameters
    ----------
    estimator : estimator
        What to tune. It is cloned, never fitted itself.
    param_distributions : dict or list of dict
        Parameter names and, for each, a frozen :mod:`scipy.stats` distribution or a
        list of values. Three or more different numbers are ordered, other values are
        not, and may be anything. A list of dicts has one space in several branches,
        which learn from each other where they share parameters. An object with ``rvs``
        only is drawn from, and not learnt from.
    n_iter : int or None, default=10
        Number of candidates. 25 to 50 are usual. The default is that of
        `RandomizedSearchCV`, so that a script that changes the class takes no longer:
        five candidates to begin with, and five that the scores have led to. None, which
        needs a `timeout`, goes on until then or until all candidates of a finite space
        are evaluated.
    scoring : str, callable, list, tuple or dict, default=None
        What to maximise on the rows held out. One metric: a scorer's name, a callable
        ``scorer(estimator, X, y)``, or None for the estimator's own ``score``. Several:
        a list of names, a dict of name to scorer, or a callable that returns a dict.
        Of several, the one that `refit` names is searched by, else the first.
    n_jobs : int, default=None
        Number of workers; None means 1, or what :func:`joblib.parallel_config` says,
        and -1 all processors. The active joblib backend decides what a worker is.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all data at the end. With several metrics,
        the name of the one that decides, and that the model is of. A callable gets
        ``cv_results_`` and returns the index of the best candidate, see
        :ref:`selection_rules` for some; there is then no ``best_score_``.
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
        An int fixes the candidates, however long the fits take. With more than a few
        workers, set `n_pending` to a number too.
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
    racing : bool or float, default=True
        Whether to give up a candidate whose first splits show that it will not be the
        best. It is compared with the best complete candidate on the same splits. About
        a third of the fits are saved. False evaluates all on all splits. A number is
        the probability of being better below which a candidate is dropped; True means
        0.005. Needs 3 splits or more, and one metric to judge by. See :ref:`the user
        guide <racing>`.
    n_pending : int or "auto", default="auto"
        Each decision, as of the next candidate, is made without the scores of the fits
        begun last, this many of them. More keep more workers busy. "auto" is two for
        each worker but the first. Give a number to have the same results on any number
        of workers.
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
    prior_results : dict, DataFrame, search, study or path, default=None
        Results of the same estimator on similar data, such as last month's: a
        ``cv_results_``, a DataFrame of one, also from a CSV file, a fitted search of
        sklearn-hp or scikit-learn, an Optuna study, or the path of a `checkpoint`. The
        search begins with the best of these candidates and expects similar scores, as
        far as its own agree. They are not evaluated, not counted and not in
        ``cv_results_``. See :ref:`prior_results`.
    n_initial_points : int, default=5
        Number of candidates that do not depend on scores: the `initial_points` and
        points that are spread evenly. More if more are given in a list, and, unless it
        is 1, if there are more branches, so that each is tried.
    initial_points : "auto", list of dict or None, default="auto"
        Candidates to evaluate first. "auto": the estimator's own parameters, if they
        are in the space, then points that were good on other data sets, where any are
        known for the estimator; they are moved into the space. For some of them, the
        steps before the estimator are fitted to up to 1,000 rows. A list of your own,
        or `initial_points_` of another search, is evaluated instead. None for the
        estimator's own parameters only.
    sampler : Sampler or None, default=None
        What proposes the candidates: a configured
        :class:`~sklearn_hp.samplers.GPSampler`, or an object of your own with its
        ``ask``, ``tell`` and ``n_initial``. ``fit`` works with a copy: a clone if it
        has ``get_params``. Only what the sampler proposes is searched:
        `param_distributions` serves to check names, and `random_state`,
        `prior_results`, `n_initial_points` and `initial_points` have no effect. A
        warning or an error says where they contradict the sampler.

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
        Candidate, split, worker, start, times and kind of failure of each fit.
    stop_reason_ : str or None
        Why the search ended before its last candidate; None if it did not.
    sampler_ : Sampler
        What proposed the candidates; by default a
        :class:`~sklearn_hp.samplers.GPSampler`, whose ``predict`` gives the scores the
        model expects. In a search that was stopped it may have proposed one more.
    initial_points_ : list of dict
        The candidates that the search begins with, each once: ``params``, and
        ``source``, where they come from: "known" for those of an earlier run or fit
        that searched a smaller space. Points that are spread evenly are not among
        them, nor those of a `sampler` of your own.
    classes_ : ndarray of shape (n_classes,)
        Class labels, if the best estimator is a classifier.
    n_features_in_ : int
        Number of features seen by the best estimator.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if the best estimator has them.

    See Also
    --------
    RandomSearchCV : Candidates drawn at random.
    sklearn_hp.space.log_randint : Integers on a logarithmic scale.

    References
    ----------
    .. [1] J. Snoek, H. Larochelle and R. P. Adams, "Practical Bayesian Optimization of
       Machine Learning Algorithms", NeurIPS, 2012.
    .. [2] S. Ament et al., "Unexpected Improvements to Expected Improvement for
       Bayesian Optimization", NeurIPS, 2023.
    .. [3] M. Feurer et al., "Auto-sklearn 2.0: Hands-free AutoML via Meta-Learning",
       Journal of Machine Learning Research 23, 2022.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-2, 1e2), "gamma": loguniform(1e-3, 1)}
    >>> search = BayesSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.97)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseSearch._parameter_constraints,
        "param_distributions": [dict, list],
        "n_iter": [NumberInterval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "prior_results": "no_validation",  # see known_results
        "n_initial_points": [NumberInterval(Integral, 1, None, closed="left")],
        "initial_points": [list, None, StrOptions({"auto"})],
        "sampler": "no_validation",  # see copy_sampler
    }

    initial_points_ = SetByFit()
    sampler_ = SetByFit()

    @with_remedies(REMEDIES_BAYES)
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
        racing=True,
        n_pending="auto",
        ensemble=None,
        keep_predictions=False,
        fit_timeout=None,
        fit_memory_limit=None,
        checkpoint=None,
        warm_start=False,
        prior_results=None,
        n_initial_points=5,
        initial_points="auto",
        sampler=None,
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
        self.prior_results = prior_results
        self.n_initial_points = n_initial_points
        self.initial_points = initial_points
        self.sampler = sampler

    def __sklearn_clone__(self):
        copy = super().__sklearn_clone__()
        # a clone of a search that is fitted would have no results
        copy.prior_results = self.prior_results
        return copy

    def _make_scheduler(self, plan, n_splits, metric):
        check_has_end(self.n_iter, self.timeout)
        check_param_distributions(self.param_distributions)
        check_param_names(plan.estimator, representatives(self.param_distributions))
        if self.sampler is None:
            space = self.param_distributions
            warn_of_ranges(space)
            check_values(plan.estimator, space, "param_distributions")
        self.sampler_ = self._make_sampler(plan, metric)
        return make_queue(
            self,
            plan,
            self.sampler_,
            n_splits,
            metric,
            self.n_iter,
            races_by_default=True,
        )

    def _run(self, plan, context):
        done = super()._run(plan, context)
        if self.sampler is not None:
            warn_of_unsearched(
                self.sampler, self.param_distributions, self.cv_results_["params"]
            )
        return done

    def _make_sampler(self, plan, metric):
        self.initial_points_ = []
        if self.sampler is not None:
            return seed_sampler(copy_sampler(self, plan.estimator), plan)
        metric = metric or next(iter(named_scorers(plan.scorer) or ()), None)
        prior = known_results(self, plan.estimator, metric)
        points = first_candidates(self, plan, metric, prior)
        sampler = GPSampler(
            self.param_distributions,
            n_initial_points=self.n_initial_points,
            initial_points=[point.params for point in points],
            random_state=plan.random_state,
            prior_results=prior,
        )
        # those that are known are distinct, those that are given have one source
        tried = sampler.initial_points[: self.n_iter]
        self.initial_points_ = [
            {"params": dict(params), "source": point.source}
            for params, point in zip(tried, points, strict=False)
        ]
        return sampler

    def _headline(self, n_candidates, n_tasks):
        """Return the lines that are printed first, with where the search begins."""
        begins = described_start(self, self.sampler_, self.initial_points_)
        return "\n".join([super()._headline(n_candidates, n_tasks), *begins])
