"""The parameters of BayesSearchCV, as of any estimator."""

import inspect
import re

import pytest

from sklearn_hp import BayesSearchCV, RandomSearchCV
from tests.model_selection.bayes import X, search_for, y


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"n_pending": -1}, "The 'n_pending' parameter of BayesSearchCV must be"),
        ({"n_pending": "all"}, "The 'n_pending' parameter of BayesSearchCV must be"),
        ({"n_initial_points": 0}, "The 'n_initial_points' parameter of"),
        ({"initial_points": {"a": 1}}, "The 'initial_points' parameter of"),
        ({"n_iter": 0}, "The 'n_iter' parameter of BayesSearchCV must be"),
        ({"n_iter": True}, "The 'n_iter' parameter of BayesSearchCV must be an int"),
        ({"timeout": True}, "The 'timeout' parameter of BayesSearchCV must be a float"),
    ],
)
def test_wrong_parameters(kwargs, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        search_for(**kwargs).fit(X, y)


def test_the_signature_is_that_of_the_constructor():
    signature = inspect.signature(BayesSearchCV)
    assert (
        list(signature.parameters)
        == list(inspect.signature(BayesSearchCV.__init__).parameters)[1:]
    )
    random = list(inspect.signature(RandomSearchCV).parameters)
    assert list(signature.parameters)[: len(random)] == random
    for name, parameter in signature.parameters.items():
        if name == "racing":
            assert parameter.default is True
        elif name in random:
            expected = inspect.signature(RandomSearchCV).parameters[name]
            assert (str(parameter), parameter.kind) == (str(expected), expected.kind)
        else:
            assert parameter.kind is parameter.KEYWORD_ONLY
    assert set(BayesSearchCV._get_param_names()) == set(signature.parameters)
