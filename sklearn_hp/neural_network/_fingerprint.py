"""What must be equal for a fit to go on from a checkpoint: parameters and data."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch

from sklearn_hp._canonical import canonical

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
        name: canonical(value, _special)
        for name, value in params.items()
        if name not in _FREE
    }
    return {**kept, "schedule_epochs": repr(horizon)}


def _special(value: Any) -> str | None:
    """Return the text of what is not compared as it is."""
    if isinstance(value, np.random.RandomState):
        return "RandomState"  # the seed drawn of it is in the checkpoint
    if isinstance(value, torch.nn.Module):
        return f"{value!r} {canonical(_settings(value))}"
    return None


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
    data: str | None,
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
        "leave checkpoint=None, as its fits would share the file: the search has a "
        "checkpoint of its own."
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
