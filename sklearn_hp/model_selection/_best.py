"""The choice of the best candidate, and its refit."""

import time
from contextlib import nullcontext
from time import monotonic

import numpy as np
from sklearn.exceptions import NotFittedError

from sklearn_hp._checkpoint_path import paths_in
from sklearn_hp.model_selection._failures import message_of_no_choice, without_failures
from sklearn_hp.model_selection._fitted import SetByFit
from sklearn_hp.model_selection._new_rows import ensemble_of
from sklearn_hp.model_selection._refit import candidate, fit_on_all_rows
from sklearn_hp.model_selection._rules import SelectionRule


class BestCandidateMixin:
    """Chooses among evaluated candidates, and makes ``best_estimator_``."""

    best_estimator_ = SetByFit()
    best_index_ = SetByFit()
    best_params_ = SetByFit()
    best_score_ = SetByFit()
    feature_names_in_ = SetByFit()
    refit_time_ = SetByFit()

    def refit_best(self, X, y=None, **params):
        """Fit the best candidate so far on all data, after a `fit` that was cut short.

        A search that was interrupted has ``cv_results_`` of what was finished, and no
        ``best_estimator_``. This makes it, as the end of `fit` would have: the search
        can then predict. The best candidate is the best of those that are complete; an
        `ensemble` is not made.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data: those of `fit`, or more of their kind.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        **params : dict of str -> object
            As for `fit`.

        Returns
        -------
        self : object
            The search, with the attributes that ``best_estimator_`` goes with.

        Raises
        ------
        NotFittedError
            If no fit of a candidate was finished.
        ValueError
            If ``refit=False``, or no candidate is complete and has a score.
        """
        if "cv_results_" not in vars(self):
            raise NotFittedError(
                f"refit_best() chooses among the candidates that were evaluated, and "
                f"this {type(self).__name__} has no cv_results_. Call fit(X, y) first."
            )
        if not self.refit:
            raise ValueError(
                f"refit_best() needs a refit that says which candidate is the best, "
                f"got refit={self.refit!r}. Set it first: "
                f"search.set_params(refit=True), or the name of a metric."
            )
        plan = self._plan(X, y, params, monotonic())
        self._select_best(plan.refit_metric)
        self._fit_best(plan, candidate(plan, self.best_params_))
        self._set_scorer(plan)
        return self

    def _check_metrics(self):
        """Check `refit` where only the results tell which metrics there are."""
        if callable(self.scoring) and self.multimetric_:
            prefix = "rank_test_"
            names = [
                key.removeprefix(prefix)
                for key in self.cv_results_
                if key.startswith(prefix)
            ]
            self._check_refit_for_multimetric(names)

    def _select_best(self, refit_metric):
        """Set ``best_*``; without a refit, only if there is something to choose by."""
        if not self.refit and self.multimetric_:
            return
        results = self.cv_results_
        if callable(self.scoring) and self.multimetric_:
            refit_metric = self.refit
        if not callable(self.refit):
            means = results[f"mean_test_{refit_metric}"]
            if np.isnan(means).all():
                if self.refit:
                    raise ValueError(message_of_no_choice(self.failures_))
                return
        if isinstance(self.refit, SelectionRule):
            results = without_failures(results, self.failures_)
        self.best_index_ = self._select_best_index(self.refit, refit_metric, results)
        if not callable(self.refit):
            self.best_score_ = means[self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _refit(self, plan, context, done, returned):
        """Fit the best candidate on all data, or make the ensemble that was chosen."""
        if returned is not None and returned.is_refit:
            returned = None
        estimator = candidate(plan, self.best_params_)
        context = context.subcontext(task_name="refit-with-best-params")
        reached = nullcontext()
        if returned is None:
            reached = context.propagate_callback_context(estimator)
        with reached:
            context.call_on_fit_task_begin(estimator=self, **plan.hook_arguments)
            self._fit_best(plan, estimator, done, returned)
        context.call_on_fit_task_end(estimator=self, **plan.hook_arguments)

    def _fit_best(self, plan, estimator, done=None, returned=None):
        """Set ``best_estimator_``: the estimator, fitted, or the ensemble returned."""
        start = time.perf_counter()
        try:
            if returned is None:
                folder = None if plan.states is None else plan.states.of_refit()
                with paths_in(folder):
                    fit_on_all_rows(self, plan, estimator, self.best_index_)
            else:
                estimator = ensemble_of(self, plan, done, returned)
        except BaseException as exc:
            self.stop_reason_ = f"{type(exc).__name__} in the refit"
            raise
        self.refit_time_ = time.perf_counter() - start
        self.best_estimator_ = estimator
        if hasattr(estimator, "feature_names_in_"):
            self.feature_names_in_ = estimator.feature_names_in_
