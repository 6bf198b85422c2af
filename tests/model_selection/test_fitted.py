"""What a search lacks before fit, it lacks with an error that says so."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp.model_selection._fitted import SetByFit

X, y = load_iris(return_X_y=True)
SEARCHES = [GridSearchCV, RandomSearchCV, BayesSearchCV]


def search_for(cls, **kwargs):
    search = cls(SVC(), {"C": [1, 2]}, cv=2).set_params(**kwargs)
    return search if cls is GridSearchCV else search.set_params(n_iter=2)


def set_by_fit(cls):
    return {
        name
        for base in cls.__mro__
        for name, value in vars(base).items()
        if isinstance(value, SetByFit)
    }


@pytest.mark.parametrize("cls", SEARCHES)
def test_before_fit(cls):
    search = search_for(cls)
    for name in set_by_fit(cls):
        message = f"'{cls.__name__}' object has no attribute '{name}' before fit: call"
        with pytest.raises(AttributeError, match=message):
            getattr(search, name)
        assert not hasattr(search, name)
        assert not hasattr(cls, name)
        assert getattr(search, name, 3) == 3
        assert inspect.getattr_static(search, name) is not None


@pytest.mark.parametrize("cls", SEARCHES)
def test_after_fit(cls):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))
    search = search_for(cls, keep_predictions=True).fit(frame, y)
    assert vars(search).keys() & set_by_fit(cls) == set_by_fit(cls)
    assert {name for name in vars(search) if name.endswith("_")} <= set_by_fit(cls)
    for other in (copy.copy(search), copy.deepcopy(search)):
        assert other.best_params_ == search.best_params_
    restored = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(restored.predict(frame), search.predict(frame))
    assert not hasattr(clone(search), "best_params_")
    # what another fit does not set is not that of the first
    search.set_params(refit=False).fit(X, y)
    message = "no attribute 'best_estimator_' after this fit with refit=False; the help"
    with pytest.raises(AttributeError, match=message):
        search.best_estimator_  # noqa: B018
    assert not hasattr(search, "feature_names_in_")


def test_what_is_no_attribute_of_a_search():
    for name in ("nonsense", "sampler_", "initial_points_"):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'$"):
            getattr(search_for(GridSearchCV), name)


class Interrupted(SVC):
    """Is interrupted in the fit of a candidate."""

    def fit(self, X, y):
        if self.C == self.coef0:
            raise KeyboardInterrupt
        return super().fit(X, y)


@pytest.mark.parametrize(
    "at, message",
    [
        (1, "KeyboardInterrupt after 0 fits: no fit of a candidate was finished"),
        (2, "KeyboardInterrupt after 2 fits: cv_results_ has what was finished"),
    ],
)
def test_after_an_interruption(at, message):
    search = GridSearchCV(Interrupted(coef0=at), {"C": [1, 2]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    with pytest.raises(AttributeError, match=f"fit was not completed, {message}"):
        search.best_params_  # noqa: B018
