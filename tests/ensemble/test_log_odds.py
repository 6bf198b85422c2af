"""Decision values of probabilities: finite, with the same labels and ranks."""

import numpy as np
import pytest

from sklearn_hp._responses import Target, predicted
from sklearn_hp.ensemble._log_odds import log_odds

TWO = Target((np.array([0, 1]),))
THREE = Target((np.array([0, 1, 2]),))
LABELS = Target((np.array([0, 1]),) * 2, ndim=2, multilabel=True)


def test_two_classes():
    second = np.array([0, 1e-300, 1e-20, 0.2, 0.5, 0.7, 1 - 1e-10, 1])
    values = log_odds(np.column_stack([1 - second, second]), TWO)
    assert values.shape == (len(second), 1)
    assert np.isfinite(values).all()
    assert (np.diff(values[:, 0]) > 0).all()
    assert values[3, 0] == pytest.approx(np.log(0.25))
    assert values[4, 0] == 0


def test_several_classes():
    p = np.array([[1.0, 0, 0], [0.2, 0.5, 0.3]])
    values = log_odds(p, THREE)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values[1], np.log(p[1]))


def test_equal_probabilities_of_a_class_stay_equal():
    """They are ties for an area or an average precision, whatever the other classes."""
    p = np.array([[0.4, 0.3, 0.3], [0.4, 0.6, 0.0], [0.4, 0.2, 0.4]])
    assert len(np.unique(log_odds(p, THREE)[:, 0])) == 1


def test_labels():
    values = log_odds(np.array([[0.0, 0.5], [1.0, 0.75]]), LABELS)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values[:, 1], [0, np.log(3)])


@pytest.mark.parametrize(
    "p, target",
    [
        # a tie but for rounding, and a sum that is not quite 1
        ([[np.nextafter(0.5, 0), 0.5], [0.5, 0.5], [0.5, np.nextafter(0.5, 0)]], TWO),
        # logarithms of the first two are equal
        ([[0.1, np.nextafter(0.1, 1), 0.05]], THREE),
    ],
)
def test_labels_are_the_same_where_probabilities_are_nearly_equal(p, target):
    p = np.array(p)
    np.testing.assert_array_equal(
        predicted(log_odds(p, target), "decision_function", target),
        predicted(p, "predict_proba", target),
    )
