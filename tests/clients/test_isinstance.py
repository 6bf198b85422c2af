"""Tools tell a search by ``isinstance``, with the names of scikit-learn's classes."""

import pytest
from sklearn import model_selection
from sklearn.linear_model import Ridge

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (GridSearchCV, model_selection.GridSearchCV),
        (RandomSearchCV, model_selection.RandomizedSearchCV),
        (BayesSearchCV, model_selection.RandomizedSearchCV),
    ],
)
def test_a_search_is_an_instance_of_the_class_that_it_replaces(ours, theirs):
    search = ours(Ridge(), {"alpha": [1.0]})
    assert isinstance(search, theirs)
    # what goes by that finds the parameters that it expects
    assert theirs(Ridge(), {}).get_params().keys() <= search.get_params().keys()
    others = {model_selection.GridSearchCV, model_selection.RandomizedSearchCV}
    assert not isinstance(search, tuple(others - {theirs}))
