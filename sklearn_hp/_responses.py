"""What fitted models answer, as columns of numbers that can be averaged and scored.

A *response* is what `predict_proba`, `decision_function` or `predict` of a model
returns. As columns it has the same shape for every model of one target:

- probabilities: a column for each class, outputs one after the other; of a multilabel
  target, a column for each label, with its probability;
- decision values: one column if there are two classes, else one for each;
- labels: votes, a column for each class that is 1 where the model chose it;
- numbers: a column for each output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target

METHODS = ("predict_proba", "decision_function", "predict")

# How far from 1 the probabilities of a row may add up after rounding to float32.
_ROUNDING = 1e-5

# The most that float32 may lose of kept numbers, as a share of their range.
_LOSS = 1e-5


class FormError(ValueError):
    """A response has not the form that the target asks for."""


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Parameters
    ----------
    classes : tuple of ndarray or None
        The sorted labels of each output; None for numbers.
    ndim : int, default=1
        Number of dimensions of `y`, 1 or 2.
    multilabel : bool, default=False
        Whether each output is a label that applies or does not.
    """

    classes: tuple[np.ndarray, ...] | None
    ndim: int = 1
    multilabel: bool = False

    @property
    def is_binary(self) -> bool:
        """Whether there is one output, with two classes."""
        return self._n_classes == [2] and not self.multilabel

    @property
    def _n_classes(self) -> list[int]:
        return [] if self.classes is None else [len(labels) for labels in self.classes]

    def blocks(self, values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the classes of each output and their columns, of shape (n, n_classes).

        Of a target of classes, and of responses with a column for each.
        """
        assert self.classes is not None
        ends = np.cumsum(self._n_classes)
        yield from zip(self.classes, np.split(values, ends[:-1], axis=1), strict=True)


def target_of(y: Any, is_classifier: bool) -> Target:
    """Return what a model of `y` predicts.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), or None
        The target of all rows.
    is_classifier : bool
        Whether classes are predicted; numbers otherwise.
    """
    y = y.toarray() if issparse(y) else np.asarray(y)
    if not is_classifier:
        return Target(None, ndim=max(1, min(2, y.ndim)))
    # type_of_target says so of any two numbers, but predict returns those of y
    if type_of_target(y) == "multilabel-indicator" and np.isin(y, (0, 1)).all():
        return Target((np.array([0, 1]),) * y.shape[1], ndim=2, multilabel=True)
    if y.ndim == 2 and y.shape[1] > 1:
        return Target(tuple(np.unique(column) for column in y.T), ndim=2)
    return Target((np.unique(y),))


def respond(estimator: Any, X: Any, method: str, target: Target) -> np.ndarray:
    """Return what a fitted model answers for some rows, as columns.

    Parameters
    ----------
    estimator : estimator
        Fitted; it may lack classes that were not among its training rows.
    X : array-like of shape (n_samples, n_features)
        The rows.
    method : {"predict_proba", "decision_function", "predict"}
        Which response.
    target : Target
        What is predicted.

    Returns
    -------
    values : ndarray of float, shape (n_samples, n_columns)
        See the module. A class that the model lacks has the probability 0, and the
        least decision value of the row.

    Raises
    ------
    FormError
        If the response has another shape than the target asks for, or is of labels that
        the target lacks.
    """
    raw = getattr(estimator, method)(X)
    if target.classes is None:
        return _as_columns(raw)
    if method == "predict":
        return _votes(raw, target)
    if target.multilabel:
        return _of_labels(raw, estimator, method, target)
    if method == "predict_proba":
        outputs = raw if isinstance(raw, list) else [raw]
        own = _classes_of(estimator, len(outputs), target)
        return np.hstack(
            [
                _aligned(_as_columns(columns), known, labels, lowest=False)
                for columns, known, labels in zip(
                    outputs, own, target.classes, strict=True
                )
            ]
        )
    return _decision_values(_as_columns(raw), estimator, target)


def as_given(values: np.ndarray, method: str, target: Target) -> Any:
    """Return columns in the form in which an estimator's own method returns them.

    Labels are those of the most votes. Probabilities of several outputs are a list;
    those of labels are one array of shape (n_samples, n_labels).
    """
    if method == "predict":
        return predicted(values, method, target)
    if target.classes is not None and not target.multilabel:
        if method == "predict_proba" and len(target.classes) > 1:
            return [columns for _, columns in target.blocks(values)]
        if method == "decision_function" and target.is_binary:
            return values[:, 0]
    return values


def predicted(values: np.ndarray, method: str, target: Target) -> np.ndarray:
    """Return the labels or numbers that `predict` returns for these responses."""
    if target.classes is None:
        return values[:, 0] if target.ndim == 1 else values
    if target.multilabel:
        return (values > (0.0 if method == "decision_function" else 0.5)).astype(int)
    if method == "decision_function":
        (labels,) = target.classes
        is_one = values.shape[1] == 1
        return labels[(values[:, 0] > 0).astype(int) if is_one else values.argmax(1)]
    chosen = [labels[columns.argmax(1)] for labels, columns in target.blocks(values)]
    return chosen[0] if target.ndim == 1 else np.column_stack(chosen)


def stored(values: np.ndarray) -> np.ndarray:
    """Return responses as they are kept: in half the space, where that loses nothing.

    Numbers that differ by little from each other, such as times in seconds since 1970,
    would be rounded to one: they stay in double precision.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        single = values.astype(np.float32)
        rounding = abs(single - values).max(axis=0, initial=0)
        spread = np.ptp(values, axis=0) if len(values) else rounding
        return values if (rounding > _LOSS * spread).any() else single


def restored(values: np.ndarray, method: str, target: Target) -> np.ndarray:
    """Return kept responses for scoring, in double precision.

    Probabilities of two classes add up to 1 again. That also undoes the rounding of
    those close to 1, which would otherwise be ties for the area under a curve. Of more
    classes, dividing by the sum would part equal values of rows whose others differ.
    """
    values = values.astype(float)
    if method == "predict_proba" and target.classes and not target.multilabel:
        for labels, columns in target.blocks(values):  # views
            if len(labels) > 2:
                continue
            total = columns.sum(axis=1, keepdims=True)
            np.divide(columns, total, out=columns, where=abs(total - 1) < _ROUNDING)
    return values


# ---- a model that has answered already ----------------------------------------------


def _answers_by(*methods: str) -> Any:
    return available_if(lambda answers: answers.method in methods)


class _Answers(BaseEstimator):
    """A fitted model whose answers are there already, whatever rows it is given."""

    def __init__(self, values: np.ndarray, method: str, target: Target) -> None:
        self.values = values
        self.method = method
        self.target = target

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def _checked(self, X: Any) -> np.ndarray:
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if n_rows != len(self.values):
            raise ValueError(
                f"Predictions of {len(self.values)} rows are asked for {n_rows}."
            )
        return self.values

    def predict(self, X: Any) -> np.ndarray:
        return predicted(self._checked(X), self.method, self.target)


class PredictionsOfClassifier(ClassifierMixin, _Answers):
    @property
    def classes_(self) -> Any:
        assert self.target.classes is not None
        return self.target.classes[0] if self.target.ndim == 1 else self.target.classes

    @_answers_by("predict_proba")
    def predict_proba(self, X: Any) -> Any:
        return as_given(self._checked(X), self.method, self.target)

    @_answers_by("decision_function")
    def decision_function(self, X: Any) -> Any:
        return as_given(self._checked(X), self.method, self.target)


class PredictionsOfRegressor(RegressorMixin, _Answers):
    pass


def answers(values: np.ndarray, method: str, target: Target) -> Any:
    """Return a fitted classifier or regressor that gives these responses.

    Scorers can score it in the place of the models that gave them. It takes no part of
    `X` but its number of rows, and has only the methods that follow from the responses.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_columns)
        The responses, as `respond` or `restored` return them.
    method : {"predict_proba", "decision_function", "predict"}
        Which they are.
    target : Target
        What is predicted.
    """
    kind = PredictionsOfRegressor if target.classes is None else PredictionsOfClassifier
    return kind(values, method, target)


# ---- columns ------------------------------------------------------------------------


def _as_columns(raw: Any) -> np.ndarray:
    values = np.asarray(raw, dtype=float)
    return values[:, np.newaxis] if values.ndim == 1 else values


def _classes_of(estimator: Any, n_outputs: int, target: Target) -> list[Any]:
    """Return the labels that a model knows, for each output."""
    own = getattr(estimator, "classes_", None)
    if own is None:
        raise FormError(
            f"{type(estimator).__name__} has no attribute classes_, which says which "
            f"column of a response is of which class."
        )
    known = [own] if n_outputs == 1 and not isinstance(own, list) else list(own)
    assert target.classes is not None
    if not n_outputs == len(known) == len(target.classes):
        raise FormError(
            f"A response is of {n_outputs} outputs, the estimator has classes of "
            f"{len(known)}, and y has {len(target.classes)}."
        )
    return known


def _aligned(
    columns: np.ndarray, known: Any, labels: np.ndarray, lowest: bool
) -> np.ndarray:
    """Put the columns of a model's classes where those of all classes have them."""
    known = np.asarray(known)
    if columns.shape[1] != len(known):
        raise FormError(
            f"A response has {columns.shape[1]} columns, where the estimator has "
            f"{len(known)} classes."
        )
    filled = np.zeros((len(columns), len(labels)))
    if lowest and len(columns):
        filled += columns.min(axis=1, keepdims=True)
    filled[:, _places(known, labels)] = columns
    return filled


def _places(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return where each value is among sorted labels."""
    places = np.minimum(np.searchsorted(labels, values), len(labels) - 1)
    if not (labels[places] == values).all():
        raise FormError(
            f"The model knows or predicts the labels {np.unique(values)}, where y has "
            f"{labels}."
        )
    return places


def _decision_values(columns: np.ndarray, estimator: Any, target: Target) -> np.ndarray:
    assert target.classes is not None
    is_one = columns.shape[1] == 1
    if is_one:  # a model of two of the classes
        columns = np.hstack([-columns, columns])
    (known,) = _classes_of(estimator, 1, target)
    values = _aligned(columns, known, target.classes[0], lowest=True)
    if not target.is_binary:
        return values
    return values[:, 1:] if is_one else values[:, 1:] - values[:, :1]


def _of_labels(raw: Any, estimator: Any, method: str, target: Target) -> np.ndarray:
    """Return a column for each label, of what estimators give in two forms."""
    assert target.classes is not None
    if not isinstance(raw, list):
        columns = _as_columns(raw)
        if columns.shape[1] != len(target.classes):
            raise FormError(
                f"A response has {columns.shape[1]} columns, where y has "
                f"{len(target.classes)} labels."
            )
        return columns
    known = _classes_of(estimator, len(raw), target)
    return np.column_stack(
        [
            _aligned(_as_columns(columns), own, labels, lowest=False)[:, 1]
            for columns, own, labels in zip(raw, known, target.classes, strict=True)
        ]
    )


def _votes(raw: Any, target: Target) -> np.ndarray:
    raw = raw.toarray() if issparse(raw) else np.asarray(raw)
    if target.multilabel:
        return raw.astype(float)
    assert target.classes is not None
    outputs = raw[:, np.newaxis] if raw.ndim == 1 else raw
    return np.hstack(
        [
            np.eye(len(labels))[_places(column, labels)]
            for labels, column in zip(target.classes, outputs.T, strict=True)
        ]
    )
