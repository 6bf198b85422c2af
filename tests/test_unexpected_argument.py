"""Unexpected arguments that other libraries have get an error that says what to use."""

import inspect
import pickle
import re
from importlib.util import find_spec

import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sklearn_hp import (
    BayesSearchCV,
    EarlyStoppingClassifier,
    GridSearchCV,
    RandomSearchCV,
)
from sklearn_hp._unexpected_argument import with_remedies
from sklearn_hp.callback import EarlyStopping


class Estimator:
    @with_remedies({"n_trials": "Use n_iter.", "space": lambda given: f"Pass {given}."})
    def __init__(self, estimator, *, n_iter=10):
        """Store the parameters."""
        self.estimator = estimator
        self.n_iter = n_iter


def test_a_remedy():
    prefix = "Estimator.__init__() got an unexpected keyword argument"
    with pytest.raises(TypeError, match=re.escape(f"{prefix} 'n_trials'. Use n_iter.")):
        Estimator(1, n_trials=3)
    with pytest.raises(TypeError, match=re.escape(f"{prefix} 'space'. Pass [1].")):
        Estimator(space=[1])


@pytest.mark.parametrize(
    "name, meant",
    [("n_itr", "n_iter"), ("njobs", "n_jobs"), ("param_distribution", None)],
)
@pytest.mark.parametrize("cls", [RandomSearchCV, BayesSearchCV])
def test_a_misspelt_argument(cls, name, meant):
    meant = meant or f"{name}s"
    with pytest.raises(TypeError, match=f"argument '{name}'. Did you mean '{meant}'"):
        cls(SVC(), {"C": [1]}, **{name: 3})


def test_all_else_is_the_constructor():
    assert vars(Estimator(1, n_iter=3)) == {"estimator": 1, "n_iter": 3}
    assert str(inspect.signature(Estimator)) == "(estimator, *, n_iter=10)"
    assert Estimator.__init__.__doc__ == "Store the parameters."
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'other'$"):
        Estimator(1, other=3)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        Estimator()


def test_a_subclass_may_have_a_parameter_of_the_name():
    class Own(Estimator):
        def __init__(self, n_trials):
            super().__init__(1, n_iter=n_trials)

    assert Own(n_trials=4).n_iter == 4


class Studied(BayesSearchCV):
    """Has names of Optuna's search, and only some of the parameters of its base."""

    def __init__(
        self, estimator, param_distributions, *, n_iter=9, study=None, callbacks=None
    ):
        super().__init__(estimator, param_distributions, n_iter=n_iter)
        self.study = study
        self.callbacks = callbacks


def test_a_search_with_other_parameters():
    search = Studied(SVC(), {"C": [1, 2]}, study="a", callbacks=[], n_iter=2)
    for other in (clone(search), pickle.loads(pickle.dumps(search))):
        params = other.get_params(deep=False)
        assert list(params) == sorted(inspect.signature(Studied).parameters)
        assert (params["study"], params["callbacks"], params["n_iter"]) == ("a", [], 2)
    X, y = load_iris(return_X_y=True)
    assert search.set_params(study="b").fit(X, y).best_params_["C"] in (1, 2)


def networks():
    if not (find_spec("torch") and find_spec("skorch")):
        return []
    from sklearn_hp.neural_network import TorchMLPClassifier, TorchMLPRegressor

    return [TorchMLPClassifier, TorchMLPRegressor]


@pytest.mark.parametrize(
    "cls", [GridSearchCV, RandomSearchCV, BayesSearchCV, EarlyStopping, *networks()]
)
def test_signatures_that_readers_see(cls):
    signature = inspect.signature(cls)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    assert kinds <= {
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    }
    assert "__new__" not in vars(cls)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("early_stopping_rounds", "Use n_iter_no_change"),
        ("scoring", "Use eval_metric"),
        ("n_estimators", "Set it in the estimator"),
    ],
)
def test_names_of_boosters(name, remedy):
    prefix = "^EarlyStoppingClassifier.__init__.. got an unexpected keyword argument"
    with pytest.raises(TypeError, match=f"{prefix} '{name}'. {remedy}"):
        EarlyStoppingClassifier(SVC(), **{name: 1})
