"""The configured object of a search's ensemble."""

import pickle

import pytest
from sklearn.base import clone

from sklearn_hp.ensemble import CandidateEnsemble


def test_is_cloned_shown_and_pickled():
    ensemble = CandidateEnsemble(n_steps=15, members="refit")
    assert repr(ensemble) == "CandidateEnsemble(members='refit', n_steps=15)"
    assert clone(ensemble).get_params() == ensemble.get_params()
    assert pickle.loads(pickle.dumps(ensemble)).get_params() == ensemble.get_params()
    assert "CandidateEnsemble" in ensemble._repr_html_()


def test_defaults_are_valid():
    CandidateEnsemble().check()
    CandidateEnsemble(max_members=1, members="refit").check()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_steps": 0}, r"'n_steps' parameter of CandidateEnsemble must be an int"),
        ({"n_steps": 2.5}, r"'n_steps' .* int in the range \[1, 100\]. Got 2.5"),
        ({"n_steps": 10**9}, r"'n_steps' .* \[1, 100\]. Got 1000000000"),
        ({"max_members": 0}, r"'max_members' .* \[1, inf\) or None. Got 0"),
        ({"max_members": True}, "'max_members' .* or None. Got True"),
        ({"n_steps": True}, "'n_steps' .* Got True"),
        ({"n_candidates": True}, "'n_candidates' .* Got True"),
        ({"n_candidates": None}, "'n_candidates' .* Got None"),
        ({"members": "fold"}, "'members' .* str among {.*}. Got 'fold'"),
    ],
)
def test_what_is_refused(params, message):
    with pytest.raises(ValueError, match=message):
        CandidateEnsemble(**params).check()
