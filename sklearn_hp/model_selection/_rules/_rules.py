"""What rules share, and those that go by one column or bound."""

import inspect
from abc import ABC, abstractmethod
from numbers import Real
from typing import ClassVar

import numpy as np

from sklearn_hp._sklearn_compat import (
    NumberInterval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn_hp.model_selection._rules._columns import (
    choose_metric,
    complete_rows,
    metrics_of,
    numbers_of,
    resolve_column,
    split_scores,
)


class SelectionRule(ABC):
    """Base of the rules: chooses among the candidates that have all their scores.

    A subclass stores its keyword-only parameters unchanged. They are checked when the
    rule is called.
    """

    _parameter_constraints: ClassVar[dict] = {"metric": [str, None]}
    metric: str | None

    def __call__(self, cv_results):
        """Choose a candidate.

        Parameters
        ----------
        cv_results : mapping of str to array
            The results of a search; a data frame of them is accepted.

        Returns
        -------
        best_index : int
            Row of the candidate.

        Raises
        ------
        ValueError
            If no candidate can be chosen, or a column or metric does not exist.
        """
        metric = self.check(metrics_of(cv_results))
        S = split_scores(cv_results, metric)
        rows = complete_rows(cv_results, S)
        if not len(rows):
            raise ValueError(
                f"{type(self).__name__} has no candidate to choose from: none of "
                f"{len(S)} has a finite {metric!r} on every split. The warnings of the "
                f"search say why fits failed; its cv_results_ has what was finished."
            )
        return int(rows[self._choose(S[rows], rows, cv_results)])

    def check(self, metrics=None):
        """Check the parameters, as each call does.

        Parameters
        ----------
        metrics : list of str or None, default=None
            Names of the search's metrics; None if they are not known yet.

        Returns
        -------
        metric : str or None
            The metric that the rule goes by, if it is known.

        Raises
        ------
        ValueError
            If a parameter is out of range, or `metric` names none of `metrics`.
        """
        self._check_parameters()
        if metrics is None:
            return self.metric
        return choose_metric(metrics, self.metric, type(self).__name__)

    def _check_parameters(self):
        validate_parameter_constraints(
            self._parameter_constraints, vars(self), caller_name=type(self).__name__
        )

    @abstractmethod
    def _choose(self, S, rows, cv_results):
        """Return the position in `rows` of the candidate to choose.

        `S` has the scores of these rows, of shape (n_rows, n_splits).
        """

    def __repr__(self):
        defaults = inspect.signature(type(self)).parameters
        given = [
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if value != defaults[name].default
        ]
        return f"{type(self).__name__}({', '.join(given)})"


class WithinOneStandardError(SelectionRule):
    """Choose the fastest, or the simplest, of the candidates as good as the best.

    As good as the best is a candidate whose mean score is within one standard error of
    the best mean score [1]_. Of these, the rule chooses the one with the smallest or
    largest value in a column of ``cv_results_``.

    Parameters
    ----------
    column : str, default="mean_fit_time"
        The column that decides, such as "mean_score_time", "param_max_depth" or
        "mean_test_recall". You can leave ``mean_test_``, ``param_`` or ``mean_`` out.
    prefer : {"smallest", "largest"}, default="smallest"
        Which value of the column is best.
    metric : str or None, default=None
        The metric by which candidates are as good as the best. It may be None if the
        search has only one.
    test_train_ratio : float, default=0.0
        Size of a test set divided by that of its training set. Give it if splits are
        repeated or drawn at random: 0.25 for repeated 5-fold cross-validation. See the
        notes.

    See Also
    --------
    BestUnderConstraints : Best score among the candidates that are fast enough.
    HighestLowerBound : Prefer scores that vary little.

    Notes
    -----
    The rule compares each candidate with the best one split by split. With `d` the `k`
    differences of their scores, it keeps the candidate if ``mean(d) >= -error``, where
    ``error = sqrt((1 / k + test_train_ratio) * var(d, ddof=1))``. Most of the spread of
    a candidate's own scores is because some splits are easier for every model. It
    cancels out in `d`, so fewer candidates are kept than with the usual formula.

    Splits share training rows, so their scores are not independent. For splits drawn
    at random, Nadeau and Bengio [2]_ therefore add `test_train_ratio` to ``1 / k``.
    Whether that is better depends on the splits, see ``benchmarks/standard_error.py``.
    In k-fold cross-validation the error was 0.8 to 1.7 times the true one without the
    ratio, and 1.2 to 2.5 times with it, so the default is 0. With repeated or random
    splits it was 0.5 to 0.9 times without the ratio, and 1.0 to 2.2 times with it.

    The rule chooses among candidates that have a finite score on every split. This
    leaves out candidates that failed, and those that racing dropped. Candidates without
    a number in `column` (None, text, or a parameter they do not have) come last; ties
    are decided by the mean score. The score of the chosen candidate on new rows is
    usually a little worse than that of the best.

    References
    ----------
    .. [1] L. Breiman, J. Friedman, R. Olshen and C. Stone, "Classification and
       regression trees", Wadsworth, 1984, section 3.4.3.
    .. [2] C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine
       Learning 52, 2003. DOI 10.1023/A:1024068626366.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.model_selection import WithinOneStandardError
    >>> X, y = load_wine(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_leaf_nodes": [2, 4, 6, 8, 12]}
    >>> GridSearchCV(tree, grid).fit(X, y).best_params_
    {'max_leaf_nodes': 8}
    >>> rule = WithinOneStandardError(column="max_leaf_nodes")
    >>> GridSearchCV(tree, grid, refit=rule).fit(X, y).best_params_
    {'max_leaf_nodes': 6}
    """

    _parameter_constraints: ClassVar[dict] = {
        **SelectionRule._parameter_constraints,
        "column": [str],
        "prefer": [StrOptions({"smallest", "largest"})],
        "test_train_ratio": [NumberInterval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        column="mean_fit_time",
        prefer="smallest",
        metric=None,
        test_train_ratio=0.0,
    ):
        self.column = column
        self.prefer = prefer
        self.metric = metric
        self.test_train_ratio = test_train_ratio

    def _choose(self, S, rows, cv_results):
        column = resolve_column(cv_results, self.column)
        values = numbers_of(cv_results, column)[rows]
        if self.prefer == "largest":
            values = -values
        means = S.mean(axis=1)
        d = S - S[means.argmax()]
        error = _standard_error(d, type(self).__name__, self.test_train_ratio)
        good = np.flatnonzero(d.mean(axis=1) >= -error)
        # NaN is sorted last
        return good[np.lexsort((-means[good], values[good]))[0]]


class HighestLowerBound(SelectionRule):
    """Choose the candidate whose score is high on all splits.

    It has the highest lower bound: the mean score minus a multiple of its standard
    error over the splits.

    Parameters
    ----------
    n_standard_errors : float, default=1.0
        The multiple. With 0, the best mean is chosen.
    metric : str or None, default=None
        The metric to choose by. It may be None if the search has only one.

    See Also
    --------
    WithinOneStandardError : Of candidates as good as the best, the fastest.
    BestUnderConstraints : Best score among the candidates that are good enough in other
        respects.

    Notes
    -----
    The standard error is ``std(scores, ddof=1) / sqrt(k)`` over the `k` splits. It is
    used to compare candidates, not as an interval that holds the true score: splits
    share training rows, which it ignores. A correction for that would multiply all
    errors by the same number, which `n_standard_errors` does as well.

    The rule chooses among candidates that have a finite score on every split. This
    leaves out candidates that failed, and those that racing dropped.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.model_selection import HighestLowerBound
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_leaf_nodes": [3, 8, 32]}
    >>> search = GridSearchCV(tree, grid, scoring="precision").fit(X, y)
    >>> search.cv_results_["mean_test_score"].round(3).tolist()
    [0.955, 0.933, 0.943]
    >>> search.cv_results_["std_test_score"].round(3).tolist()
    [0.029, 0.015, 0.01]
    >>> HighestLowerBound(n_standard_errors=2)(search.cv_results_)
    2
    """

    _parameter_constraints: ClassVar[dict] = {
        **SelectionRule._parameter_constraints,
        "n_standard_errors": [NumberInterval(Real, 0, None, closed="left")],
    }

    def __init__(self, *, n_standard_errors=1.0, metric=None):
        self.n_standard_errors = n_standard_errors
        self.metric = metric

    def _choose(self, S, rows, cv_results):
        error = _standard_error(S, type(self).__name__)
        return (S.mean(axis=1) - self.n_standard_errors * error).argmax()


def _standard_error(S, rule, test_train_ratio=0.0):
    """Return the standard error of each row's mean over the splits."""
    k = S.shape[1]
    if k < 2:
        raise ValueError(
            f"{rule} needs 2 splits or more, and the search has 1: one score has no "
            f"standard error. Use cross-validation, such as cv=5, or choose by "
            f"BestUnderConstraints, which needs none."
        )
    return np.sqrt((1 / k + test_train_ratio) * S.var(axis=1, ddof=1))
