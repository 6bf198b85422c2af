"""Decision values that say the same as probabilities."""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from sklearn_hp._responses import Target

# Scorers refuse infinite values, which the probabilities 0 and 1 would have.
_LEAST = np.finfo(float).tiny
_MOST = 1 - np.finfo(float).epsneg


def log_odds(p: np.ndarray, target: Target) -> np.ndarray:
    """Return decision values that lead to the same labels and ranks as probabilities.

    Parameters
    ----------
    p : ndarray of shape (n_samples, n_columns)
        Probabilities of the classes of one output, or of labels that apply or do not.
    target : Target
        What is predicted.

    Returns
    -------
    values : ndarray of shape (n_samples, n_columns)
        The logarithm of the odds of each label, or of the second of two classes, in a
        single column; the logarithm of the probability of each of several classes.
        All are finite.
    """
    if target.multilabel:
        return np.asarray(logit(np.clip(p, _LEAST, _MOST)))
    chosen = p.argmax(axis=1)[:, np.newaxis]
    # Rounding must not change the label: probabilities that differ by the last digit
    # can have equal logarithms, and two can add up to a little less than 1.
    if target.is_binary:
        values = logit(np.clip(p[:, 1:], _LEAST, _MOST))
        return np.where(chosen, np.maximum(values, _LEAST), np.minimum(values, 0.0))
    values = np.log(np.maximum(p, _LEAST))
    other = np.flatnonzero(values.argmax(axis=1) != chosen[:, 0])
    highest = np.nextafter(values[other].max(axis=1), np.inf)
    values[other, chosen[other, 0]] = highest  # in these rows only: ties remain ties
    return values
