"""Values that stand for a later computation, as those of skrub."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Lazy:
    """Any plain attribute of it, and any comparison with it, is another such value."""

    def __init__(self, number=0):
        self.number = number

    def __getattr__(self, name):
        # as for skrub's, special methods and those of estimators are not made up
        if name.startswith("__") or name == "get_params":
            raise AttributeError(name)
        return Lazy()

    def __eq__(self, other):
        return Lazy()

    __hash__ = None

    def __bool__(self):
        raise TypeError("the value is only known later")

    def __repr__(self):
        return f"Lazy({self.number})"


class LazyChoice(Lazy):
    """As a choice of a list, which scikit-learn stores in a masked array."""

    _mask = np.ma.nomask  # numpy asks for it


class LazyClassifier(ClassifierMixin, BaseEstimator):
    """Predicts one class, whatever the data; its plan is only carried."""

    def __init__(self, plan=None, c=0):
        self.plan = plan
        self.c = c

    def fit(self, X, y):
        self.classes_ = sorted(set(y))
        return self

    def predict(self, X):
        return [self.classes_[self.c]] * len(X)
