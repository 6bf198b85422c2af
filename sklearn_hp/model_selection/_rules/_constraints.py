"""The rule that chooses the best candidate among those that satisfy constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from sklearn_hp.model_selection._rules._columns import numbers_of, resolve_column
from sklearn_hp.model_selection._rules._rules import SelectionRule

# A mean that misses a bound by less, relative to the bound, misses it by rounding.
_ROUNDING = 1e-12


class BestUnderConstraints(SelectionRule):
    """Choose the best mean score among the candidates that satisfy constraints.

    Parameters
    ----------
    at_least : dict of str to float, or list of pairs, default=None
        For columns of ``cv_results_``, the lowest value that is accepted, as in
        ``{"recall": 0.8}``. You can leave ``mean_test_``, ``param_`` or ``mean_`` of a
        column's name out.
    at_most : dict of str to float, or list of pairs, default=None
        The highest value that is accepted, as in ``{"score_time": 0.01}``; times are in
        seconds for one split.
    metric : str or None, default=None
        The metric to choose by. It may be None if the search has only one.

    See Also
    --------
    WithinOneStandardError : Of candidates as good as the best, the fastest.
    HighestLowerBound : Prefer scores that vary little.

    Notes
    -----
    The rule chooses among candidates that have a finite score on every split. This
    leaves out candidates that failed, and those that racing dropped. A candidate
    without a number in a column (None, text, or a parameter it does not have) does not
    satisfy a constraint on it.

    If no candidate satisfies all constraints, an error names the nearest one: that with
    the smallest sum of violations, each in standard deviations of its column.

    Scores whose names start with ``neg_`` are negative. A log loss of at most 0.5 is
    ``at_least={"neg_log_loss": -0.5}``.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.model_selection import BestUnderConstraints
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(
    ...     tree,
    ...     {"max_leaf_nodes": [2, 3, 4, 8]},
    ...     scoring=["precision", "recall"],
    ...     refit=BestUnderConstraints(at_least={"recall": 0.94}, metric="precision"),
    ... )
    >>> search.fit(X, y).best_params_
    {'max_leaf_nodes': 4}
    >>> search.cv_results_["mean_test_precision"].round(3).tolist()
    [0.898, 0.955, 0.943, 0.933]
    >>> search.cv_results_["mean_test_recall"].round(3).tolist()
    [0.952, 0.924, 0.955, 0.938]
    """

    _parameter_constraints: ClassVar[dict] = {
        **SelectionRule._parameter_constraints,
        "at_least": [Mapping, list, tuple, None],
        "at_most": [Mapping, list, tuple, None],
    }

    def __init__(self, *, at_least=None, at_most=None, metric=None):
        self.at_least = at_least
        self.at_most = at_most
        self.metric = metric

    def _check_parameters(self):
        super()._check_parameters()
        for parameter in ("at_least", "at_most"):
            for pair in _pairs(getattr(self, parameter)):
                if not _is_constraint(pair):
                    raise ValueError(
                        f"{parameter} of BestUnderConstraints must map names of "
                        f"columns to finite numbers, as in {parameter}="
                        f"{{'recall': 0.8}}, or be a list of such pairs; got {pair!r} "
                        f"in it."
                    )

    def _choose(self, S, rows, cv_results):
        constraints = [
            _constraint(parameter, name, bound, cv_results)
            for parameter in ("at_least", "at_most")
            for name, bound in _pairs(getattr(self, parameter))
        ]
        means = S.mean(axis=1)
        missed_by = np.zeros((len(rows), len(constraints)))
        for column, constraint in enumerate(constraints):
            missed_by[:, column] = constraint.missed_by(constraint.values[rows])
        satisfies = (missed_by <= 0).all(axis=1)  # not where it is NaN
        if satisfies.any():
            return np.where(satisfies, means, -np.inf).argmax()
        listed = " and ".join(map(str, constraints))
        raise ValueError(
            f"No candidate satisfies {listed}, of the {len(rows)} that have all their "
            f"scores. {_nearest(missed_by, means, constraints, rows, cv_results)}"
            f"Relax the constraints, or search other values."
        )


@dataclass(frozen=True)
class _Constraint:
    """A bound on a column: ``sign * values >= sign * bound``, sign being 1 or -1."""

    column: str
    sign: float
    bound: float
    values: np.ndarray

    def __str__(self):
        return f"{self.column} {'>=' if self.sign > 0 else '<='} {self.bound:g}"

    def missed_by(self, values):
        """Return how far values are from satisfying it; 0 or less if they do."""
        shortfall = self.sign * (self.bound - values)
        return shortfall - _ROUNDING * abs(self.bound)


def _pairs(given):
    return list(given.items() if isinstance(given, Mapping) else given or ())


def _is_constraint(pair):
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return False
    name, bound = pair
    return isinstance(name, str) and isinstance(bound, Real) and np.isfinite(bound)


def _constraint(parameter, name, bound, cv_results):
    """Return the constraint that a pair in a parameter of the rule stands for."""
    column = resolve_column(cv_results, name)
    values = numbers_of(cv_results, column)
    if "_neg_" in column and bound > 0 and np.nanmax(values) <= 0:
        other = "at_most" if parameter == "at_least" else "at_least"
        raise ValueError(
            f"{parameter}={{{name!r}: {bound:g}}} of BestUnderConstraints bounds "
            f"scores that are all negative by a positive number. Scores are maximised, "
            f"so a loss of {bound:g} is a score of {-bound:g}. Use "
            f"{other}={{{name!r}: {-bound:g}}}."
        )
    return _Constraint(column, 1.0 if parameter == "at_least" else -1.0, bound, values)


def _nearest(missed_by, means, constraints, rows, cv_results):
    """Return a sentence on the candidate that comes nearest; "" if there is none."""
    scale = np.array([_spread(c.values[rows]) for c in constraints])
    distance = (np.maximum(missed_by, 0) / scale).sum(axis=1)
    nearest = np.lexsort((-means, distance))[0]  # NaN is sorted last
    if np.isnan(distance[nearest]):
        return ""
    row = rows[nearest]
    has = [f"{c.column}={c.values[row]:.6g}" for c in constraints]
    return (
        f"The nearest is candidate {row}, {list(cv_results['params'])[row]!r}, with "
        f"{', '.join(dict.fromkeys(has))}. "
    )


def _spread(values):
    """Return the standard deviation of what are numbers; 1 if they do not differ."""
    known = values[~np.isnan(values)]
    return (np.std(known) if len(known) else 0.0) or 1.0
