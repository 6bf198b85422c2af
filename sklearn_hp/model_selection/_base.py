"""What all searches share: ``fit`` as named steps."""

import os
from abc import abstractmethod
from collections.abc import Iterator
from functools import partial
from numbers import Integral, Real
from time import monotonic
from typing import ClassVar

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.utils import indexable

from sklearn_hp._clients import OnnxConvertible, announced_to_mlflow
from sklearn_hp._evaluation import Evaluation, open_pool
from sklearn_hp._history import History
from sklearn_hp._schedulers import AllFail
from sklearn_hp._sklearn_compat import (
    BaseSearchCV,
    NumberInterval,
    StrOptions,
    check_method_params,
    fit_context,
    named_scorers,
)
from sklearn_hp._tracebacks import error_line
from sklearn_hp.callback._base import StoppedByCallbacks
from sklearn_hp.model_selection._best import BestCandidateMixin
from sklearn_hp.model_selection._checkpoint import resumed
from sklearn_hp.model_selection._checks import (
    check_estimator,
    check_limits,
    check_no_callbacks,
    check_refit,
    check_rows_can_be_chosen,
    check_scoring,
    list_splits,
    make_splitter,
    missing_classes,
    warn_of_eval_set,
)
from sklearn_hp.model_selection._display import SearchDisplayMixin
from sklearn_hp.model_selection._failures import (
    list_failures,
    message_of_early_end,
    report_failures,
)
from sklearn_hp.model_selection._fits import list_fits
from sklearn_hp.model_selection._fitted import SetByFit, forget_fit
from sklearn_hp.model_selection._giving_up import give_up_early
from sklearn_hp.model_selection._monitor import Monitor
from sklearn_hp.model_selection._new_rows import (
    Done,
    HeldOutMixin,
    as_indices,
    check_keeping,
    check_splits_for,
    keep_in_folder,
    kept_folds,
)
from sklearn_hp.model_selection._notebook import check_progress_bar
from sklearn_hp.model_selection._plan import Plan
from sklearn_hp.model_selection._results import CVResults
from sklearn_hp.model_selection._run import run_trials
from sklearn_hp.model_selection._scheduling import (
    check_racing,
    n_pending_of,
    race_alpha,
)
from sklearn_hp.model_selection._signals import EndedBySignals, interrupts_deferred
from sklearn_hp.model_selection._warm_start import memory_of
from sklearn_hp.model_selection._warning import warn_caller

_NO_FITS = (
    "No fits were performed. Was the CV iterator empty? Were there no candidates? "
    "Give a cv with at least one split, and parameters with at least one value."
)


class BaseSearch(
    BestCandidateMixin,
    HeldOutMixin,
    SearchDisplayMixin,
    OnnxConvertible,
    StoppedByCallbacks,
    BaseSearchCV,
):
    """Base of the searches; a subclass provides parameters and `_make_scheduler`.

    All searches have `timeout`, `racing`, `n_pending`, `ensemble`, `keep_predictions`,
    `fit_timeout`, `fit_memory_limit` and `checkpoint` besides the parameters of
    scikit-learn's base.

    Prediction, scoring, tags and metadata routing are scikit-learn's own; ``fit`` is
    not. No other class calls inherited private methods.
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseSearchCV._parameter_constraints,
        # names are checked in fit, with those that come close
        "scoring": [str, callable, list, tuple, dict, None],
        "timeout": [NumberInterval(Real, 0, None, closed="neither"), None],
        "racing": "no_validation",  # see check_racing
        "ensemble": "no_validation",  # see check_keeping
        "keep_predictions": "no_validation",
        "fit_timeout": "no_validation",  # see check_limits
        "fit_memory_limit": "no_validation",
        "checkpoint": [str, os.PathLike, None],
        "warm_start": ["boolean"],
        "n_pending": [
            NumberInterval(Integral, 0, None, closed="left"),
            StrOptions({"auto"}),
        ],
    }

    cv_results_ = SetByFit()
    failures_ = SetByFit()
    fits_ = SetByFit()
    multimetric_ = SetByFit()
    n_splits_ = SetByFit()
    scorer_ = SetByFit()
    stop_reason_ = SetByFit()

    @abstractmethod
    def _make_scheduler(self, plan, n_splits, metric):
        """Return the scheduler of one search.

        Parameters
        ----------
        plan : Plan
            What is decided of the search: the estimator that candidates are set on,
            the data.
        n_splits : int
            Number of cross-validation splits.
        metric : str or None
            Name of the score to maximise, None for the first or only one.

        Returns
        -------
        scheduler : Scheduler
            With its candidates already drawn where they do not depend on scores.
        """

    @fit_context(
        # the estimator to search over is not validated yet
        prefer_skip_nested_validation=False
    )
    def fit(self, X, y=None, **params):
        """Evaluate candidates, then refit the best on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data; square for a precomputed kernel or distance matrix.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        **params : dict of str -> object
            Parameters for the ``fit`` of the estimator, the scorer and the splitter.
            Those with one entry per sample are split along with `X`; ``groups`` goes to
            the splitter. Under metadata routing, what was requested.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        ValueError
            If a parameter name is unknown, there are no splits, all fits failed, or no
            candidate has a finite score to choose by.
        KeyboardInterrupt
            If interrupted; ``cv_results_`` then has what was finished.
        SystemExit
            If the process gets SIGTERM or SIGHUP, and you set no handler for it; as if
            interrupted.
        """
        if announced_to_mlflow(BaseSearch):
            return BaseSearch.fit(self, X, y, **params)  # which is MLflow's by now
        with EndedBySignals():
            return self._fit(X, y, params)

    def _fit(self, X, y, params):
        check_progress_bar(self)
        start = monotonic()
        plan = self._plan(X, y, params, start)
        with resumed(self, plan, memory_of(self)) as plan:
            forget_fit(self)  # not before: it stays if this fit is refused
            return self._fit_as_planned(plan)

    def _fit_as_planned(self, plan):
        context = self._init_callback_context(
            max_subtasks=1 + (self.refit is not False)
        ).call_on_fit_task_begin(estimator=self, **plan.hook_arguments)
        self.n_splits_ = plan.splitter.get_n_splits(plan.X, plan.y, **plan.split_params)
        if self.n_splits_ == 0:
            raise ValueError(_NO_FITS)
        done = self._run(plan, context)
        self._select_best(plan.refit_metric)
        returned = self._look_at_held_out(plan, done)
        if self.refit:
            self._refit(plan, context, done, returned)
        self._set_scorer(plan)
        context.call_on_fit_task_end(estimator=self, **plan.hook_arguments)
        return self

    def _set_scorer(self, plan):
        named = named_scorers(plan.scorer)
        self.scorer_ = plan.scorer if named is None else named

    def _plan(self, X, y, params, start):
        check_estimator(self.estimator)
        check_scoring(self.scoring, type(self).__name__)
        check_refit(self.refit, self.scoring)
        check_racing(self)
        limits = check_limits(self)
        check_no_callbacks(self.estimator, params)
        warn_of_eval_set(self.estimator, params)
        cv = list_splits(self.cv)
        if isinstance(self.cv, Iterator):
            # it is used up: the next fit, clones and pickles have the list
            self.cv = cv
        scorer, refit_metric = self._get_scorers()
        check_rows_can_be_chosen(X)
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        sample_weight = params.get("sample_weight")
        return Plan(
            estimator=clone(self.estimator),
            X=X,
            y=y,
            scorer=scorer,
            refit_metric=refit_metric,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            split_params=routed.splitter.split,
            metadata=None
            if sample_weight is None
            else {"sample_weight": sample_weight},
            splitter=make_splitter(cv, y, classifier=is_classifier(self.estimator)),
            deadline=np.inf if self.timeout is None else start + self.timeout,
            wanted=check_keeping(self, y),
            limits=limits,
            n_pending=n_pending_of(self),
            random_state=getattr(self, "random_state", None),
        )

    def _run(self, plan, context):
        """Evaluate the candidates and make ``cv_results_`` of them."""
        n_splits = self.n_splits_
        # before the splits, as in scikit-learn: both may draw from the same generator
        metric = self.refit if isinstance(self.refit, str) else None
        scheduler = self._draw_candidates(plan, n_splits, metric)
        scheduler = give_up_early(self, scheduler, plan.estimator, n_splits)
        n_candidates, n_tasks = scheduler.max_trials, scheduler.max_tasks
        context = context.subcontext(
            task_name="search", max_subtasks=n_tasks, sequential_subtasks=False
        ).call_on_fit_task_begin(estimator=self)
        splits = plan.draw_splits(n_splits)
        check_splits_for(plan, splits)
        self._missing_classes = missing_classes(
            plan.estimator, plan.y, as_indices(plan, splits)
        )
        if plan.earlier is not None:
            plan.earlier.begin(splits)
        folder, keep = keep_in_folder(self, plan)
        evaluation = self._evaluation(plan, splits, keep)
        if n_tasks == 0:
            raise ValueError(_NO_FITS)
        if self.verbose > 0:
            print(self._headline(n_candidates, n_tasks))
        history = History()
        kept = kept_folds(self, plan, folder, evaluation, history)
        if kept is not None:
            self._kept_folds = kept
        monitor = Monitor(
            self, evaluation, context, n_candidates, plan.deadline, kept, plan.is_known
        )
        self._run_tasks(scheduler, evaluation, monitor, history, n_tasks, plan)
        if not history:  # a sampler had nothing to propose
            raise ValueError(_NO_FITS)
        report_failures(history, self.cv_results_, self.error_score)
        if monitor.stop_reason is None and scheduler.exhausted and self.n_iter:
            warn_caller(
                f"n_iter={self.n_iter} is more than there are candidates: "
                f"{self.stop_reason_}. Numbers between those of a list are not tried: "
                f"for a range, give a distribution, such as loguniform(low, high)."
            )
        self._check_metrics()
        context.call_on_fit_task_end(estimator=self)
        return None if kept is None else Done(evaluation, history, kept)

    def _evaluation(self, plan, splits, keep):
        """Return what all fits share."""
        return Evaluation(
            estimator=plan.estimator,
            X=plan.X,
            y=plan.y,
            splits=splits,
            scorer=plan.scorer,
            fit_params=plan.fit_params,
            score_params=plan.score_params,
            return_train_score=self.return_train_score,
            keep_exceptions=self.error_score == "raise",
            keep=keep,
            states=plan.states,
        )

    def _draw_candidates(self, plan, n_splits, metric):
        """Make the scheduler; if that is interrupted, leave what `_run_tasks` leaves.

        Initial points can take a while: preprocessing steps are fitted for them.
        """
        try:
            return self._make_scheduler(plan, n_splits, metric)
        except (KeyboardInterrupt, SystemExit) as exc:
            self.failures_ = []
            self.stop_reason_ = f"{type(exc).__name__} after 0 fits"
            raise

    def _headline(self, n_candidates, n_tasks):
        """Return the line that scikit-learn prints first, or what is known of it."""
        line = f"Fitting {self.n_splits_} folds for each "
        if n_candidates is None:
            line += "candidate"
        else:
            raced = race_alpha(self, self.n_splits_) is not None
            fits = f"{'at most ' * raced}{n_tasks} fits"
            line += f"of {n_candidates} candidates, totalling {fits}"
        if self.timeout is not None:
            line += f"; none starts after {self.timeout:g} s"
        return line

    def _run_tasks(self, scheduler, evaluation, monitor, history, n_tasks, plan):
        """Run the loop; whatever ends it, keep what was finished."""
        results = CVResults(
            history,
            self.n_splits_,
            self.error_score,
            self.return_train_score,
            metric=self.refit if isinstance(self.refit, str) else None,
            raced=race_alpha(self, self.n_splits_) is not None,
        )
        self.cv_results_ = results  # what callbacks see
        try:
            # tasks travel one by one if the search may be stopped after any, or if the
            # next candidate waits for them
            bundle = not (monitor.has_callbacks or self.timeout or scheduler.waits)
            notify = print if self.verbose > 0 else None
            open_workers = partial(
                open_pool, evaluation, self.n_jobs, n_tasks, bundle, notify, plan.limits
            )
            with plan.workers(open_workers) as pool:
                run_trials(scheduler, pool, history, monitor)
            self.stop_reason_ = monitor.stop_reason
            if scheduler.exhausted and self.stop_reason_ is None:
                self.stop_reason_ = (
                    f"the space is exhausted: all {len(history.trials)} candidates "
                    f"were evaluated"
                )
        except AllFail as exc:
            self.stop_reason_ = f"no candidate can succeed: {error_line(exc.reason)}"
            raise ValueError(message_of_early_end(exc, n_tasks)) from None
        except BaseException as exc:
            self.stop_reason_ = f"{type(exc).__name__} after {len(history)} fits"
            raise
        finally:
            history.cut_off()
            try:
                monitor.catch_up()
            finally:
                # whatever that raises, and whenever a second Ctrl-C comes
                with interrupts_deferred():
                    self._keep_results(history, results)

    def _keep_results(self, history, results):
        """Set what a search has of the fits that were finished."""
        del self.cv_results_
        if history:
            self.cv_results_ = results.as_dict()
            self.multimetric_ = any(result.multimetric for result in history)
        self.failures_ = list_failures(history, results.metrics)
        self.fits_ = list_fits(history)

    def __sklearn_is_fitted__(self):
        # a search that was interrupted has results, and cannot predict
        return hasattr(self, "best_estimator_" if self.refit else "cv_results_")
