"""When two values of a parameter are the same candidate."""

import copy
import pickle
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.svm import SVC

from sklearn_hp.space import log_randint
from sklearn_hp.space._values import same_value, token


class Hostile:
    """Neither compared nor hashed, nor asked for its truth or its length."""

    def __eq__(self, other):
        raise RuntimeError("compared")

    def __hash__(self):
        raise RuntimeError("hashed")

    def __bool__(self):
        raise RuntimeError("asked")

    __ne__ = __lt__ = __eq__
    __len__ = __iter__ = __float__ = __bool__


class Expression:
    """Evaluated later: any attribute is another expression, the truth of it unknown."""

    def __getattr__(self, name):
        return Expression()

    def __bool__(self):
        raise TypeError("evaluated later")

    __eq__ = __call__ = lambda self, *args, **kwargs: Expression()
    __hash__ = None


class RefusesToTell(BaseEstimator):
    def get_params(self, deep=True):
        raise RuntimeError("asked")


class HasParams:
    """What `clone` copies, and is no estimator of scikit-learn's."""

    def __init__(self, width):
        self.width = width

    def get_params(self, deep=True):
        return {"width": self.width}


@dataclass
class Layer:
    n_units: int


@pytest.mark.parametrize(
    "a, b, same",
    [
        (1, 1, True),
        (1, np.int64(1), True),
        (1, 1.0, False),
        (1, True, False),
        (0.5, np.float64(0.5), True),
        (0.5, Fraction(1, 2), True),
        ("a", "a", True),
        ("a", b"a", False),
        (None, None, True),
        (None, False, False),
        ((1, "a"), (1, "a"), True),
        ((1, "a"), [1, "a"], False),
        ((1,), (1.0,), False),
        (SVC(C=1), SVC(C=1), True),
        (SVC(C=1), SVC(C=1.0), False),
        (SVC(), LogisticRegression(), False),
        (np.zeros(2), np.zeros(2), True),
        (np.zeros(2, "i4, f8")[0], np.zeros(2, "i4, f8")[1], True),
        (np.zeros(2, "i4, f8")[0], np.ones(2, "i4, f8")[1], False),
        (np.zeros(2, "i4, f8")[0], np.zeros(2, "i8, f8")[1], False),
        (slice(1, 5), slice(1, 5), True),
        (slice(1, 5), slice(1, 5, 2), False),
        (np.zeros(2), np.zeros(2, int), False),
        (np.zeros(2), np.zeros((2, 1)), False),
        ({1}, {1}, True),
        (np.nan, float("nan"), True),
        (np.nan, 1.0, False),
        (2j, 2j, True),
        (np.dtype("f4"), np.dtype(np.float32), True),
        (range(10**9), range(10**9), True),
        (np.array([1, None]), np.array([1, None]), True),
        (np.array([1, None]), np.array([1, 2], object), False),
        (partial(max, 1, key=abs), partial(max, 1, key=abs), True),
        (partial(max, 1), partial(max, 2), False),
        (SVC().fit, SVC().fit, True),
        (np.mean, np.mean, True),
        (abs, max, False),
        (SVC, SVC, True),
        (HasParams(3), HasParams(3), True),
        (HasParams(3), HasParams(4), False),
        (Layer(3), Layer(3), True),
        (Layer(3), Layer(4), False),
        (KFold(3), KFold(3), True),
        (KFold(3), KFold(4), False),
        (KFold(3), StratifiedKFold(3), False),
        (make_scorer(f1_score, beta=1), make_scorer(f1_score, beta=1), True),
        (make_scorer(f1_score, beta=1), make_scorer(f1_score, beta=2), False),
        (1.0 * RBF() + WhiteKernel(), 1.0 * RBF() + WhiteKernel(), True),
        (1.0 * RBF() + WhiteKernel(), 1.0 * RBF() * WhiteKernel(), False),
        (RBF(2.0), RBF(3.0), False),
        (RBF(np.ones(2)), RBF(np.ones(2)), True),
        (stats.uniform(0, 1), stats.uniform(0, 1), True),
        (stats.uniform(0, 1), stats.uniform(0, 2), False),
        (stats.uniform(0, 1), stats.norm(0, 1), False),
        (log_randint(1, 9), log_randint(1, 9), False),  # no family of scipy's
        (FrozenEstimator(SVC()), FrozenEstimator(SVC()), False),
        (date(2020, 1, 1), date(2020, 1, 1), True),
        (Path("a"), Path("a"), True),
        (Decimal("0.1"), Decimal("0.1"), True),
        (RefusesToTell(), RefusesToTell(), False),
        (Expression(), Expression(), False),
        (Hostile(), Hostile(), False),
        (object(), object(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_same_value(a, b, same):
    assert same_value(a, b) is same
    assert same_value(b, a) is same
    assert (token(a) == token(b)) is same


def test_every_value_is_the_same_as_itself():
    for value in (Hostile(), Expression(), [Expression()], RefusesToTell(), object()):
        assert same_value(value, value)
        assert token(value) == token(value)
        assert hash(token(value)) == hash(token(value))


def test_tokens_of_what_is_copied_are_those_of_the_copies():
    values = [object(), Layer(3), [object()], {"a": object()}]
    for twin in (copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))):
        index, copies = twin(({token(v): i for i, v in enumerate(values)}, values))
        assert [index[token(v)] for v in copies] == [0, 1, 2, 3]
