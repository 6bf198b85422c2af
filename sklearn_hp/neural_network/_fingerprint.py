"""What must be equal for a fit to go on from a checkpoint: parameters and data."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import joblib
import numpy as np
import torch

# What may differ between the fit that is paused and the one that goes on.
_FREE = {"max_epochs", "checkpoint", "device", "verbose", "workers_per_device"}


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
    """Return a text that is the same in another process, and for nothing else."""
    if isinstance(value, np.random.RandomState):
        return "RandomState"  # the seed drawn of it is in the checkpoint
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (str, int, float, type(None))):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_readable, value))}]"
    if isinstance(value, dict):
        pairs = (f"{_readable(k)}: {_readable(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, partial):
        return f"partial{_readable([value.func, value.args, value.keywords])}"
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, torch.nn.Module):
        return f"{value!r} {joblib.hash(_settings(value))}"
    if hasattr(value, "get_params"):  # a callback
        return f"{type(value).__name__}({_readable(value.get_params())})"
    return f"{type(value).__name__} {joblib.hash(value)}"


def _settings(module: torch.nn.Module) -> list[Any]:
    """Return what a module computes by, but for its weights: a checkpoint has those."""
    plain = (str, int, float, bool)
    settings: list[Any] = []
    for name, part in module.named_modules():
        values = sorted(item for item in vars(part).items() if type(item[1]) in plain)
        settings.append((name, values))
    buffers = ((name, b.cpu().numpy()) for name, b in module.named_buffers())
    return [*settings, *buffers]


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
        "with it. Use another path, or delete the file to start again. In a search "
        "leave checkpoint=None, as its fits would share the file."
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
