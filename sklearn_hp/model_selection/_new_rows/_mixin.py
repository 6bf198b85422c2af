"""What a search has of the rows that its splits held out."""

import operator
from contextlib import suppress

from sklearn.utils.validation import check_is_fitted

from sklearn_hp.model_selection._fitted import SetByFit
from sklearn_hp.model_selection._new_rows._returned import (
    Chooser,
    predictions_in_form,
    print_expected_score,
)

_NEEDS = "keep_predictions=True, or an ensemble"


class HeldOutMixin:
    """Predictions of the rows held out, and what they tell of new rows."""

    corrected_score_ = SetByFit(_NEEDS)
    cv_predictions_ = SetByFit(_NEEDS)
    cv_predictions_method_ = SetByFit(_NEEDS)
    _kept_folds = SetByFit(_NEEDS)
    _missing = SetByFit()  # attribute -> reason why it is not set

    def get_cv_predictions(self, index):
        """Return the out-of-fold predictions of any candidate.

        Needs ``keep_predictions`` or `ensemble`.

        Parameters
        ----------
        index : int
            Its index in the arrays of ``cv_results_``.

        Returns
        -------
        predictions : ndarray, or list of ndarray
            Row by row those of the fold that held the row out, their mean if several
            did, NaN if none did or was run. Probabilities, of shape (n_samples,
            n_classes), if the candidate has them; else decision values, labels or
            numbers, each in the form that the estimator's own method returns. A list of
            them for several outputs of classes.

        Raises
        ------
        AttributeError
            If the search kept nothing.
        ValueError
            If there are none of the candidate.
        IndexError
            If there is no such candidate.
        TypeError
            If the index is no integer.
        """
        check_is_fitted(self, "cv_results_")
        if not hasattr(self, "_kept_folds"):
            raise AttributeError(
                f"This {type(self).__name__} kept no predictions: it needs {_NEEDS}. "
                f"Set one of these, and fit the search again."
            )
        n_candidates = len(self.cv_results_["params"])
        index = _as_index(index)
        if not 0 <= index < n_candidates:
            raise IndexError(
                f"There is no candidate {index}: the rows of cv_results_ have the "
                f"indices 0 to {n_candidates - 1}."
            )
        return predictions_in_form(self._kept_folds, {index: 1.0})[0]

    def _look_at_held_out(self, plan, done):
        """Choose what to return, and set what follows from out-of-fold predictions."""
        if done is None:
            return None
        self._missing = {}
        if not hasattr(self, "best_index_"):
            return None
        try:
            returned = Chooser(self, plan, done).choose()
        except BaseException as exc:
            self.stop_reason_ = f"{type(exc).__name__} in the choice of what to return"
            raise
        self._missing.update(returned.missing)
        if returned.corrected is not None:
            self.corrected_score_ = returned.corrected
        try:
            self.cv_predictions_, self.cv_predictions_method_ = predictions_in_form(
                done.kept, returned.weights
            )
        except ValueError as exc:
            self._missing.update(cv_predictions_=str(exc))
        if self.verbose > 0:
            print_expected_score(self)
        return returned


def _as_index(index):
    if not isinstance(index, bool):
        with suppress(TypeError):
            return operator.index(index)
    raise TypeError(
        f"index must be an integer, a candidate's index in cv_results_; got {index!r} "
        f"of type {type(index).__name__}."
    )
