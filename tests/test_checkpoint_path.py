import os
import stat
import threading
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from sklearn_hp import checkpoint_path
from sklearn_hp._checkpoint_path import paths_in

X, y = np.arange(6.0).reshape(3, 2), np.arange(3.0)


def test_there_is_none_outside_of_a_search(tmp_path):
    assert checkpoint_path(Ridge(), X, y) is None
    with paths_in(str(tmp_path / "fits" / "fit")), paths_in(None):
        assert checkpoint_path(Ridge(), X, y) is None
    assert not (tmp_path / "fits").exists()


def test_the_same_fit_has_the_same_path_when_it_runs_again(tmp_path):
    given = []
    for _ in range(2):
        with paths_in(str(tmp_path / "fits" / "fit")):
            first = checkpoint_path(Ridge(), X, y)
            others = [
                checkpoint_path(Ridge(alpha=2), X, y),
                checkpoint_path(Ridge(), X, y + 1),
                checkpoint_path(Ridge(), X, y, None),
                checkpoint_path(Ridge(), X, y),  # another member of an ensemble
            ]
        given.append([first, *others])
    assert given[0] == given[1]
    assert len(set(given[0])) == 5
    assert {Path(path).parent for path in given[0]} == {tmp_path / "fits" / "fit"}


def test_an_estimator_that_was_fitted_before_has_the_same_path(tmp_path):
    model = Ridge()
    paths = []
    for _ in range(2):
        with paths_in(str(tmp_path / "fits" / "fit")):
            paths.append(checkpoint_path(model, X, y))
        model.fit(X, y)
    assert paths[0] == paths[1]


def test_parameters_that_cannot_be_told_from_others_have_none(tmp_path):
    with paths_in(str(tmp_path / "fits" / "fit")):
        assert checkpoint_path(Ridge(alpha=threading.Lock()), X, y) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_the_folders_are_private(tmp_path):
    with paths_in(str(tmp_path / "fits" / "fit")):
        path = Path(checkpoint_path(Ridge(), X, y))
    for folder in path.parent, path.parent.parent:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    (tmp_path / "fits").mkdir()
    (tmp_path / "fits").chmod(0o777)
    with (
        paths_in(str(tmp_path / "fits" / "fit")),
        pytest.warns(RuntimeWarning, match="no folder for states.*others can write"),
    ):
        assert checkpoint_path(Ridge(), X, y) is None


def test_without_room_for_a_folder_the_fit_goes_on(tmp_path):
    (tmp_path / "file").touch()
    with (
        paths_in(str(tmp_path / "file" / "fits" / "fit")),
        pytest.warns(RuntimeWarning, match="no folder for states.*The search"),
    ):
        assert checkpoint_path(Ridge(), X, y) is None
