"""Optimisers: which there are, and their own parameters."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from sklearn_hp.neural_network._param_groups import (
    check_all_match,
    check_patterns,
    check_settings,
    make_groups,
)
from sklearn_hp.neural_network._prefixed import Part, unknown_name

# These update all weights in one operation, on such devices.
_FUSED = (Adam, AdamW, SGD)
_FUSED_ON = ("cpu", "cuda", "xpu")

# What an estimator has a parameter of its own for.
_OURS = {"lr": "learning_rate_init", "weight_decay": "weight_decay"}
_OURS_OF_SGD = {**_OURS, "momentum": "momentum", "nesterov": "nesterovs_momentum"}

# Of `default_decay`. With 20, data sets whose columns tell much of the classes lose;
# with 70, unbalanced ones whose columns tell little are learnt by heart.
_EPOCHS_REMEMBERED = 30
# That of other optimisers, which add it to the gradient, so it has no such length.
_OTHER_DECAY = 0.02

# Takes gradients of sparse embeddings alone.
_REFUSED = {torch.optim.SparseAdam: "it takes sparse gradients only"}


# ---- which there are -----------------------------------------------------------------


def optimizer_class(optimizer: Any) -> type:
    """Return the class of optimisers that a name, or a class, stands for.

    Raises
    ------
    ValueError
        If there is none of that name, or if it cannot train in batches.
    """
    cls = _find(optimizer)
    if cls is None:
        names = sorted(name for name, each in _named().items() if not _flaw(each))
        close = get_close_matches(str(optimizer).lower(), map(str.lower, names), n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"optimizer must be 'adamw', 'adam', 'sgd', the name of another class of "
            f"torch.optim, or a subclass of torch.optim.Optimizer, got "
            f"{optimizer!r}.{meant} The names are: {', '.join(names)}. Parameters of "
            f"an optimizer are set as optimizer__name."
        )
    flaw = _flaw(cls)
    if flaw:
        raise ValueError(
            f"optimizer={optimizer!r} cannot train a network in batches: {flaw}. Use "
            f"'adamw', the default, or another optimizer of torch.optim."
        )
    return cls


@functools.cache
def _named() -> dict[str, type]:
    return {name: cls for name, cls in vars(torch.optim).items() if _is_one(cls)}


def _is_one(cls: Any) -> bool:
    """Whether this is a class of optimisers, and not their base."""
    is_class = isinstance(cls, type) and issubclass(cls, Optimizer)
    return is_class and cls is not Optimizer


def _find(optimizer: Any) -> type | None:
    if _is_one(optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        return None
    named = _named()
    same = [cls for name, cls in named.items() if name.lower() == optimizer.lower()]
    return named.get(optimizer, same[0] if len(same) == 1 else None)


@functools.cache
def _flaw(cls: Any) -> str:
    """Return why a class cannot train in batches; empty if it can."""
    if cls in _REFUSED:
        return _REFUSED[cls]
    needed = list(inspect.signature(cls.step).parameters.values())[1:]
    if any(_is_required(parameter) for parameter in needed):
        return "its step evaluates the loss several times"
    return ""


# ---- its own parameters --------------------------------------------------------------


@functools.cache
def _signature(cls: type) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(cls).parameters


def _ours(cls: type) -> Mapping[str, str]:
    return _OURS_OF_SGD if cls is SGD else _OURS


class OptimizerPart(Part):
    """The parameters ``optimizer__name``: what is passed to the class."""

    name = "optimizer"

    def free(self, value: Any) -> Mapping[str, inspect.Parameter]:
        """Return what can be set, by name without the prefix."""
        cls = _find(value)
        if cls is None:
            return {}
        taken = {"params", *_ours(cls), *(["fused"] if cls in _FUSED else [])}
        named = {
            name: parameter
            for name, parameter in _signature(cls).items()
            if name not in taken and not _is_variable(parameter)
        }
        groups = inspect.Parameter(
            "param_groups", inspect.Parameter.KEYWORD_ONLY, default=()
        )
        return {**named, "param_groups": groups}

    def takes(self, value: Any, name: str) -> bool:
        """Whether a name, without the prefix, can be set."""
        cls = _find(value)
        if cls is None:  # fit says so
            return True
        kinds = [parameter.kind for parameter in _signature(cls).values()]
        takes_any = inspect.Parameter.VAR_KEYWORD in kinds and name not in _ours(cls)
        return takes_any or name in self.free(value)

    def refusal(self, value: Any, name: str) -> str:
        """Return what to say of a name, without the prefix, that cannot be set."""
        cls = _find(value)
        assert cls is not None  # else it takes all
        if name in _ours(cls):
            return f"{self.prefix + name!r} is set by the parameter {_ours(cls)[name]}."
        return unknown_name(self, f"The optimizer {cls.__name__}", value, name)


def own_arguments(
    optimizer: Any, weight_decay: float, momentum: float, nesterovs_momentum: bool
) -> dict[str, Any]:
    """Return what a class gets of the estimator's own parameters, but for the rate.

    Raises
    ------
    ValueError
        If the optimiser has no weight decay, and one is wanted.
    """
    cls = optimizer_class(optimizer)
    arguments: dict[str, Any] = {}
    if cls is SGD:  # as scikit-learn's MLP has it
        nesterov = bool(nesterovs_momentum and momentum > 0)
        arguments = {"momentum": float(momentum), "nesterov": nesterov}
    if "weight_decay" in _signature(cls) or (weight_decay and _decays(cls)):
        return {**arguments, "weight_decay": float(weight_decay)}
    if weight_decay:
        raise ValueError(
            f"optimizer={optimizer!r} has no weight decay, got weight_decay="
            f"{weight_decay}. Pass weight_decay=0, or use an optimizer that has it, "
            f"such as 'adamw'."
        )
    return arguments


def default_decay(optimizer: Any, rate: float, n_steps: int | None) -> float:
    """Return the weight decay of an estimator that has None.

    AdamW's weights are a moving average of its updates over 1 / (rate * decay) steps.
    Counted in epochs, the best length hardly depends on the number of rows [1]_, so the
    decay does.

    Parameters
    ----------
    optimizer : str or class
    rate : float
        The learning rate of the first epoch.
    n_steps : int or None
        In an epoch; None if rows come in parts, and nobody knows how many there are.

    References
    ----------
    .. [1] Wang & Aitchison, "How to set AdamW's weight decay as you scale model and
       dataset size", 2024. arXiv:2405.13698.
    """
    cls = optimizer_class(optimizer)
    if issubclass(cls, AdamW) and n_steps is not None:
        return 1.0 / (rate * _EPOCHS_REMEMBERED * n_steps)
    return _OTHER_DECAY if _decays(cls) else 0.0


def _decays(cls: type) -> bool:
    signature = _signature(cls)
    return "weight_decay" in signature or any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in signature.values()
    )


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and not _is_variable(parameter)


def _is_variable(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def make_optimizer(
    optimizer: type,
    named: Sequence[tuple[str, nn.Parameter]],
    rate: float,
    device: torch.device,
    params: Mapping[str, Any],
) -> Optimizer:
    """Return the optimiser of what is learnt.

    Parameters
    ----------
    optimizer : class
    named : sequence of (name, parameter)
        What is learnt.
    rate : float
        The learning rate of the first epoch.
    device : torch.device
        Where it is.
    params : dict
        Arguments of the class, and `param_groups`.

    Raises
    ------
    ValueError
        If a pattern of `param_groups` matches nothing, or if the class takes other
        arguments.
    """
    arguments = {name: v for name, v in params.items() if name != "param_groups"}
    patterns = check_patterns(params.get("param_groups"))
    decays = bool(arguments.get("weight_decay"))
    groups = make_groups(named, patterns, rate, decays)
    check_all_match(named, patterns, groups)
    if optimizer in _FUSED:
        arguments["fused"] = device.type in _FUSED_ON
    try:
        made = optimizer(groups, lr=rate, **arguments)
    except (TypeError, ValueError, RuntimeError) as exc:
        own = {name: v for name, v in arguments.items() if name != "fused"}
        raise ValueError(
            f"The optimizer {optimizer.__name__} cannot be made with lr={rate} and "
            f"{own}. It raised {type(exc).__name__}: {exc}. Its parameters are set as "
            f"optimizer__name."
        ) from exc
    check_settings(patterns, made)
    return made


def load_state(
    optimizer: Optimizer, state: Mapping[str, Any], device: torch.device
) -> None:
    """Take over the state of an optimiser, perhaps of another device."""
    fused = device.type in _FUSED_ON
    groups = [
        {**group, "fused": fused} if type(optimizer) in _FUSED else group
        for group in state["param_groups"]
    ]
    optimizer.load_state_dict({**state, "param_groups": groups})
