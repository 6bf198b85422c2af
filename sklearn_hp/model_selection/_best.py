"""The choice of the best candidate, and its refit."""

import time
from contextlib import nullcontext

import numpy as np

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
        makes_ensemble = returned is not None and not returned.is_refit
        estimator = candidate(plan, self.best_params_)
        context = context.subcontext(task_name="refit-with-best-params")
        reached = nullcontext()
        if not makes_ensemble:
            reached = context.propagate_callback_context(estimator)
        with reached:
            context.call_on_fit_task_begin(estimator=self, **plan.hook_arguments)
            start = time.perf_counter()
            try:
                if makes_ensemble:
                    estimator = ensemble_of(self, plan, done, returned)
                else:
                    fit_on_all_rows(self, plan, estimator, self.best_index_)
            except BaseException as exc:
                self.stop_reason_ = f"{type(exc).__name__} in the refit"
                raise
            self.refit_time_ = time.perf_counter() - start
        self.best_estimator_ = estimator
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
        context.call_on_fit_task_end(estimator=self, **plan.hook_arguments)
