"""Every exclusion names a test that exists."""

from ._exclusions import EXCLUSIONS


def test_no_exclusion_is_stale(collected):
    files = {test.partition("::")[0] for test in EXCLUSIONS} & set(collected)
    found = set().union(*(collected[file] for file in files))
    expected = {test for test in EXCLUSIONS if test.partition("::")[0] in files}
    assert expected <= found


def test_every_exclusion_has_a_reason():
    assert all(len(reason) > 20 for reason in EXCLUSIONS.values())
