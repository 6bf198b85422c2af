"""The file of a checkpoint: whole, private, and never used when it is damaged."""

import io
import os
import pickle
import stat
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sklearn_hp.neural_network import TorchMLPClassifier, _checkpoint
from tests.neural_network.modules import assert_same_weights, weights
from tests.neural_network.resume import X, y

STATE = dict.fromkeys(sorted(_checkpoint._PARTS), 1) | {"module": torch.arange(4.0)}
UNREADABLE = r"fit\.pt' cannot be read, so training starts from the beginning: "


def fit(path, max_epochs=1):
    return TorchMLPClassifier(
        width=2,
        n_layers=1,
        max_epochs=max_epochs,
        schedule_epochs=9,
        checkpoint=path,
        device="cpu",
        random_state=0,
    ).fit(X, y)


def with_digest(payload):
    """Return a file that whoever knows the format can write."""
    return _checkpoint._MAGIC + _checkpoint._digest(payload) + payload


def saved_by_torch(value):
    payload = io.BytesIO()
    torch.save(value, payload)
    return payload.getvalue()


@pytest.fixture
def path(tmp_path):
    """A checkpoint of a real fit."""
    fit(tmp_path / "fit.pt")
    return tmp_path / "fit.pt"


def test_a_state_returns_as_it_was_saved(tmp_path):
    path = tmp_path / "fit.pt"
    _checkpoint.save(path, STATE)
    loaded = _checkpoint.load(path)
    assert torch.equal(loaded.pop("module"), STATE["module"])
    assert loaded == {k: v for k, v in STATE.items() if k != "module"}


def test_one_flipped_bit_anywhere_makes_a_file_unreadable(path):
    whole = path.read_bytes()
    start = len(with_digest(b""))
    places = [*range(start), *range(start, len(whole), len(whole) // 200)]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.warns(RuntimeWarning, match=UNREADABLE):
            assert _checkpoint.load(path) is None
    assert len(list(path.parent.glob("fit.pt.unreadable*"))) == len(places)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda whole: b"", "it is empty"),
        (lambda whole: b"no checkpoint", "of another version, or no checkpoint"),
        (lambda whole: whole[:10], "of another version, or no checkpoint"),
        (lambda whole: whole[:40], "it is damaged or cut off"),
        (lambda whole: whole[: len(whole) // 2], "it is damaged or cut off"),
        (lambda whole: whole[:-1], "it is damaged or cut off"),
        (lambda whole: whole + b"\0", "it is damaged or cut off"),
        (lambda whole: whole + whole, "it is damaged or cut off"),
        (lambda whole: saved_by_torch({**STATE, "format": 1}), "of another version"),
        (lambda whole: with_digest(b""), r"torch cannot load it \(\w+\)"),
        (lambda whole: with_digest(b"text"), r"torch cannot load it \(\w+\)"),
        (lambda whole: with_digest(b"PK\3\4" * 9), r"torch cannot load it \(\w+\)"),
        (lambda whole: with_digest(saved_by_torch([1])), "it lacks parts"),
        (lambda whole: with_digest(saved_by_torch({"seed": 1})), "it lacks parts"),
    ],
)
def test_an_unreadable_file_is_put_aside_with_a_warning(path, spoil, reason):
    spoilt = spoil(path.read_bytes())
    path.write_bytes(spoilt)
    with pytest.warns(RuntimeWarning, match=UNREADABLE + f".*{reason}.*kept as '.*'"):
        fitted = fit(path)
    assert_same_weights(weights(fitted), weights(fit(None)))
    kept = path.with_name("fit.pt.unreadable")
    assert kept.read_bytes() == spoilt
    assert _checkpoint.load(path)["epoch"] == 1  # the new fit has written its own


class Planted:
    """Makes a file when it is unpickled."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return open, (str(self.canary), "w")


@pytest.mark.parametrize(
    "plant",
    [
        lambda planted: with_digest(pickle.dumps(planted, 2)),
        lambda planted: with_digest(pickle.dumps({**STATE, "seed": planted}, 2)),
        lambda planted: with_digest(saved_by_torch({**STATE, "seed": planted})),
        lambda planted: with_digest(saved_by_torch(planted)),
        lambda planted: saved_by_torch({**STATE, "seed": planted}),
        lambda planted: pickle.dumps(planted, 2),
    ],
    ids=["pickle", "pickled state", "torch state", "torch", "torch, bare", "bare"],
)
def test_code_in_a_file_is_not_executed(tmp_path, plant):
    path, canary = tmp_path / "fit.pt", tmp_path / "canary"
    path.write_bytes(plant(Planted(canary)))
    with pytest.warns(RuntimeWarning, match=UNREADABLE):
        assert _checkpoint.load(path) is None
    assert not canary.exists()
    assert path.with_name("fit.pt.unreadable").exists()


def test_a_file_put_aside_is_never_overwritten(tmp_path):
    path = tmp_path / "fit.pt"
    (tmp_path / "fit.pt.unreadable.1").mkdir()  # the user's own
    kept = []
    for content in [b"first", b"second", b"third"]:
        path.write_bytes(content)
        with pytest.warns(RuntimeWarning, match=UNREADABLE) as caught:
            _checkpoint.load(path)
        kept.append(str(caught[0].message).split("kept as ")[1])
    names = ["fit.pt.unreadable", "fit.pt.unreadable.2", "fit.pt.unreadable.3"]
    assert kept == [f"{str(tmp_path / name)!r}." for name in names]
    contents = [(tmp_path / name).read_bytes() for name in names]
    assert contents == [b"first", b"second", b"third"]


def test_no_two_files_get_the_same_name_at_the_same_time(tmp_path):
    together = threading.Barrier(4)

    def reserve(_):
        together.wait()
        return _checkpoint._reserve(str(tmp_path / "fit.pt.unreadable"))

    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(reserve, range(20)))
    assert len(set(names)) == 20


def test_a_missing_file_is_written_silently(tmp_path):
    path = tmp_path / "fit.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(path)
    assert [file.name for file in tmp_path.iterdir()] == ["fit.pt"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")
def test_only_the_owner_can_read_a_checkpoint(path):
    path.chmod(0o644)
    fit(path, max_epochs=2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"damaged")
    path.chmod(0o600)
    with pytest.warns(RuntimeWarning, match=UNREADABLE):
        _checkpoint.load(path)
    kept = path.with_name("fit.pt.unreadable")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("crash", [OSError("disk full"), KeyboardInterrupt()])
def test_a_crash_while_saving_leaves_the_old_file(path, monkeypatch, crash):
    before = path.read_bytes()

    def fsync(handle):
        raise crash

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(type(crash)):
            fit(path, max_epochs=2)
    assert [file.name for file in path.parent.iterdir()] == ["fit.pt"]
    assert path.read_bytes() == before
    assert fit(path, max_epochs=2).n_iter_ == 2


def test_a_file_that_cannot_be_put_aside_stays(tmp_path, monkeypatch):
    path = tmp_path / "fit.pt"
    path.write_bytes(b"damaged")

    def replace(source, target):
        raise PermissionError(13, "Permission denied", source)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(PermissionError, match="Permission denied"):
            fit(path)
    assert [file.name for file in tmp_path.iterdir()] == ["fit.pt"]
    assert path.read_bytes() == b"damaged"


def test_paths_that_cannot_be_written_to(tmp_path):
    with pytest.raises(ValueError, match=r"is a folder\. Give the path of a file"):
        fit(tmp_path)
    with pytest.raises(ValueError, match=r"does not exist\. Make the folder"):
        fit(tmp_path / "not there" / "fit.pt")
