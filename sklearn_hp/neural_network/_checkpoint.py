"""A fit on disk: all that it needs to go on, in another process, bit for bit."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch

_FORMAT = 1

# What may differ between the fit that is paused and the one that goes on.
_FREE = {"max_epochs", "checkpoint", "callbacks", "device", "verbose"}
_FREE |= {"workers_per_device"}

_ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")


def fingerprint(params: dict[str, Any], horizon: int | None) -> dict[str, str]:
    """Return what must be equal for a fit to go on, readable, by parameter name.

    Parameters
    ----------
    params : dict
        Of the estimator.
    horizon : int or None
        Epochs over which the learning rate decays, None if it does not.
    """
    kept = {
        name: _readable(value) for name, value in params.items() if name not in _FREE
    }
    return {**kept, "schedule_epochs": repr(horizon)}


def _readable(value: Any) -> str:
    """Return a text that is the same in another process."""
    if isinstance(value, torch.nn.Module):
        return type(value).__name__
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return _ADDRESS.sub("", repr(value))


def save(path: str | os.PathLike, state: dict[str, Any]) -> None:
    """Write a state; whoever reads `path` finds the old or the new one, whole."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save({"format": _FORMAT, **state}, file)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike) -> dict[str, Any] | None:
    """Return the state in `path`; None if there is none that can be read."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["format"] != _FORMAT:
            raise ValueError(f"its format is {state['format']}, not {_FORMAT}")
    except FileNotFoundError:
        return None
    # a broken file can raise anything from the unpickler's errors to KeyError
    except Exception as exc:
        warnings.warn(
            f"The checkpoint {os.fspath(path)!r} cannot be read, so training starts "
            f"from the beginning: {type(exc).__name__}: {exc}",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return state


def check_same(
    state: dict[str, Any],
    expected: dict[str, str],
    data: str,
    max_epochs: int,
    path: str | os.PathLike,
) -> None:
    """Refuse to go on with a fit of other parameters or other data.

    Raises
    ------
    ValueError
        With what differs.
    """
    remedy = (
        "Only max_epochs, upwards, may change between a fit and the one that goes on "
        "with it. Use another path, or delete the file to start again."
    )
    where = f"The checkpoint {os.fspath(path)!r} "
    before = state["params"]
    changed = [
        f"{name}={before.get(name)} then, {expected.get(name)} now"
        for name in sorted(before.keys() | expected.keys())
        if before.get(name) != expected.get(name)
    ]
    if changed:
        hint = ""
        if before.get("schedule_epochs") != expected.get("schedule_epochs"):
            hint = (
                " The learning rate decays over schedule_epochs, by default "
                "max_epochs: set it to the most epochs there will be."
            )
        raise ValueError(
            f"{where}is of a fit with other parameters: {'; '.join(changed)}. "
            f"{remedy}{hint}"
        )
    if state["data"] != data:
        raise ValueError(f"{where}is of a fit to other data. {remedy}")
    if state["epoch"] > max_epochs:
        raise ValueError(
            f"{where}is of epoch {state['epoch']}, past max_epochs={max_epochs}. "
            f"{remedy}"
        )
