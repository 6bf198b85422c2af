"""The `criterion` of a user, in all the forms that it has, and its parameters."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from sklearn_hp.neural_network._losses import BinaryFocalLoss, FocalLoss
from sklearn_hp.neural_network._prefixed import Part, unknown_name
from sklearn_hp.neural_network._signature import name_of, parameters_of

# Set by the estimator, or no longer in use in torch.
_NOT_FREE = {"reduction", "size_average", "reduce"}


class CriterionPart(Part):
    """The parameters ``criterion__name``: those of a class, or of a function."""

    name = "criterion"

    def free(self, value: Any) -> Mapping[str, inspect.Parameter]:
        """Return what can be set, by name without the prefix."""
        named = parameters_of(value)
        if callable(value) and _is_loss(value):  # the first are output and target
            named = dict(list(named.items())[2:])
        return {name: each for name, each in named.items() if name not in _NOT_FREE}

    def takes(self, value: Any, name: str) -> bool:
        """Whether a name, without the prefix, can be set."""
        return name in self.free(value)

    def refusal(self, value: Any, name: str) -> str:
        """Return what to say of a name, without the prefix, that cannot be set."""
        if value is None or isinstance(value, nn.Module):
            return (
                f"{self.prefix + name!r} cannot be set, since criterion={value!r} has "
                f"no parameters to set. Pass a class, such as criterion=nn.HuberLoss, "
                f"or a function."
            )
        return unknown_name(self, f"The criterion {name_of(value)}", value, name)


class FunctionLoss(nn.Module):
    """A function of outputs and targets, as a module."""

    def __init__(self, function: Callable[..., Any], **params: Any) -> None:
        super().__init__()
        self.function, self.params = function, params

    def forward(self, output: torch.Tensor, target: torch.Tensor) -> Any:
        """Call the function."""
        return self.function(output, target, **self.params)

    def extra_repr(self) -> str:
        """Return the name of the function."""
        return str(getattr(self.function, "__name__", self.function))


def make_criterion(criterion: Any, reduction: str) -> nn.Module:
    """Return the loss that a user's `criterion` is, or makes.

    Parameters
    ----------
    criterion : class, function, partial or torch.nn.Module
        A function of two arguments or more is the loss itself.
    reduction : {"mean", "none"}
        Passed to a class or function that takes it.

    Returns
    -------
    loss : torch.nn.Module
        Called with output and target.

    Raises
    ------
    ValueError
        If nothing can be made without arguments.
    """
    if isinstance(criterion, nn.Module):
        loss: Any = copy.deepcopy(criterion)
        if reduction == "none" and hasattr(loss, "reduction"):
            loss.reduction = reduction
        return loss
    params = {"reduction": reduction} if "reduction" in parameters_of(criterion) else {}
    if _is_loss(criterion):
        return FunctionLoss(criterion, **params)
    try:
        loss = criterion(**params)
    except TypeError as exc:
        raise ValueError(
            f"criterion={criterion!r} cannot be made without arguments: {exc}. Set "
            f"them as criterion__name, or pass an instance."
        ) from exc
    return loss if isinstance(loss, nn.Module) else FunctionLoss(loss)


def kind_of(criterion: Any) -> Any:
    """Return the class or function that a criterion is of, without its arguments."""
    if isinstance(criterion, functools.partial):
        return kind_of(criterion.func)
    return type(criterion) if isinstance(criterion, nn.Module) else criterion


def is_one_logit(criterion: Any) -> bool:
    """Whether a loss is of one logit for two classes."""
    return kind_of(criterion) in (
        nn.BCEWithLogitsLoss,
        F.binary_cross_entropy_with_logits,
        BinaryFocalLoss,
    )


def is_of_one_class(criterion: Any) -> bool:
    """Whether a loss is of one class for each row."""
    return kind_of(criterion) in (
        *(nn.CrossEntropyLoss, F.cross_entropy, FocalLoss),
        *(nn.NLLLoss, F.nll_loss, nn.MultiMarginLoss, F.multi_margin_loss),
    )


def wants_log_probabilities(criterion: Any) -> bool:
    """Whether a loss takes the output of a log-softmax, and not logits."""
    return kind_of(criterion) in (nn.NLLLoss, F.nll_loss)


def argument_of(criterion: Any, name: str, default: Any) -> Any:
    """Return what an instance, or a partial, has for an argument."""
    if isinstance(criterion, functools.partial):
        return criterion.keywords.get(name, argument_of(criterion.func, name, default))
    return getattr(criterion, name, default)


def _is_loss(criterion: Any) -> bool:
    """Whether it is called with outputs and targets, and not to make a loss."""
    if not callable(criterion) or inspect.isclass(kind_of(criterion)):
        return False
    try:
        inspect.signature(criterion)
    except ValueError:  # built in, as some of torch's
        return True
    required = [p for p in parameters_of(criterion).values() if p.default is p.empty]
    return len(required) >= 2
