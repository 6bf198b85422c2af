"""What is learnt, in groups: each may have a learning rate, and more, of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from numbers import Real
from typing import Any

from torch import nn
from torch.optim import Optimizer


def check_patterns(patterns: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return `param_groups` if each is a pattern with its settings.

    Raises
    ------
    ValueError
        If one is not.
    """
    if isinstance(patterns, str | Mapping):
        raise ValueError(_wrong_groups(patterns))
    checked = []
    for pair in patterns or ():
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise ValueError(_wrong_groups(pair))
        pattern, settings = pair
        if not (isinstance(pattern, str) and isinstance(settings, Mapping)):
            raise ValueError(_wrong_groups(pair))
        rate = settings.get("lr", 0.0)
        if not isinstance(rate, Real) or rate < 0:
            raise ValueError(
                f"The rate lr of the pattern {pattern!r} in optimizer__param_groups "
                f"must be a number of 0 or more, got {rate!r}."
            )
        checked.append((pattern, dict(settings)))
    return checked


def _wrong_groups(given: Any) -> str:
    return (
        f"optimizer__param_groups must be a list of pairs of a pattern and a dict, as "
        f"in [('body.0.*', {{'lr': 1e-4}})], got {given!r}."
    )


def check_settings(
    patterns: Sequence[tuple[str, Mapping[str, Any]]], optimizer: Optimizer
) -> None:
    """Refuse a setting of `param_groups` that the optimiser does not know.

    Raises
    ------
    ValueError
        With those that it knows.
    """
    for pattern, settings in patterns:
        for name in settings.keys() - optimizer.defaults.keys():
            raise ValueError(
                f"optimizer__param_groups sets {name!r} for the pattern {pattern!r}, "
                f"and the optimizer {type(optimizer).__name__} has no such setting. It "
                f"has: {sorted(optimizer.defaults)}."
            )


def make_groups(
    named: Iterable[tuple[str, nn.Parameter]],
    patterns: Sequence[tuple[str, Mapping[str, Any]]],
    rate: float,
    decays: bool,
) -> list[dict[str, Any]]:
    """Return what is learnt in the groups of an optimiser, none of them empty.

    The first pattern that matches a name decides. Vectors, which are biases and the
    scales of normalisation, do not decay unless their pattern says so.

    Parameters
    ----------
    named : iterable of (name, parameter)
    patterns : sequence of (pattern, settings)
    rate : float
        The learning rate of what no pattern matches.
    decays : bool
        Whether what no pattern matches decays.

    Returns
    -------
    groups : list of dict
        Each has its settings, and a "kind" by which new parameters find their group:
        the number of the pattern, -1 for none, and whether they are vectors beside
        what decays. One with a rate of its own has the ratio "lr_ratio" to `rate`.
    """
    groups: dict[tuple[int, bool], dict[str, Any]] = {}
    for name, parameter in named:
        number, settings = -1, {}
        for i, (pattern, its_settings) in enumerate(patterns):
            if fnmatchcase(name, pattern):
                number, settings = i, dict(its_settings)
                break
        # a group takes time in each step
        kind = (number, decays and parameter.ndim < 2)
        if kind not in groups:
            if kind[1] or not decays:  # whatever the default of the class is
                settings.setdefault("weight_decay", 0.0)
            if "lr" in settings:
                settings["lr_ratio"] = settings["lr"] / rate
            groups[kind] = {"params": [], "kind": kind, **settings}
        groups[kind]["params"].append(parameter)
    return [groups[kind] for kind in sorted(groups)]


def check_all_match(
    named: Sequence[tuple[str, nn.Parameter]],
    patterns: Sequence[tuple[str, Mapping[str, Any]]],
    groups: Sequence[Mapping[str, Any]],
) -> None:
    """Refuse a pattern that has no group.

    Raises
    ------
    ValueError
        With the names of the parameters that there are.
    """
    unmatched = [
        pattern
        for number, (pattern, _) in enumerate(patterns)
        if not any(group["kind"][0] == number for group in groups)
    ]
    if unmatched:
        raise ValueError(
            f"The pattern {unmatched[0]!r} of optimizer__param_groups matches no "
            f"parameter that an earlier one left. The parameters are: "
            f"{[name for name, _ in named]}. '*' stands for any text."
        )


def add_parameters(
    optimizer: Optimizer,
    named: Sequence[tuple[str, nn.Parameter]],
    patterns: Sequence[tuple[str, Mapping[str, Any]]],
    rate: float,
) -> None:
    """Let an optimiser know of more parameters, in the groups that there are if any."""
    known = {group.get("kind"): group for group in optimizer.param_groups}
    decays = bool(optimizer.defaults.get("weight_decay"))
    for group in make_groups(named, patterns, rate, decays):
        if group["kind"] in known:  # a schedule of skorch's counts the groups
            known[group["kind"]]["params"].extend(group["params"])
        else:
            now = _rate_now(optimizer, rate)
            optimizer.add_param_group({**group, "lr": now * group.get("lr_ratio", 1.0)})


def _rate_now(optimizer: Optimizer, rate: float) -> float:
    """Return the rate of what has none of its own, as far along as the schedule is."""
    for group in optimizer.param_groups:
        ratio = group.get("lr_ratio", 1.0)
        if ratio:
            return group["lr"] / ratio
    return rate  # all rates are 0


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the learning rate; groups with one of their own keep their ratio to it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("lr_ratio", 1.0)
