"""Losses by name, and the `criterion` of a user in all the forms that it has."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from sklearn_hp._sklearn_compat import NumberInterval, StrOptions
from sklearn_hp.neural_network._signature import parameters_of

# In units of the robust scale of the targets, as `epsilon` of HuberRegressor: 95 % as
# efficient as squared errors where the noise is normal.
_HUBER_DELTA = 1.35

CLASSIFIER_LOSS_CONSTRAINTS: dict[str, list[Any]] = {
    "loss": [StrOptions({"log_loss", "focal"})],
    "focal_gamma": [NumberInterval(Real, 0, None, closed="left")],
}


class _RowLoss(nn.Module):
    """A loss with the `reduction` of torch's own."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of each value, or their mean."""
        loss = self.of_each(output, target)
        return loss.mean() if self.reduction == "mean" else loss

    def of_each(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of each value."""
        raise NotImplementedError


class QuantileLoss(_RowLoss):
    """Least where a share `quantile` of the targets is below the output."""

    def __init__(self, quantile: float, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.quantile = quantile

    def of_each(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the pinball loss."""
        error = target - output
        return torch.maximum(self.quantile * error, (self.quantile - 1) * error)


class GammaLoss(_RowLoss):
    """Half of the Gamma deviance, up to what depends on targets alone.

    The output is the logarithm of the mean.
    """

    def of_each(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the negative logarithm of the likelihood, of shape 1."""
        return output + target * torch.exp(-output)


class FocalLoss(_RowLoss):
    """Cross-entropy that hardly counts rows which are classified well [1]_.

    References
    ----------
    .. [1] Lin, Goyal, Girshick, He & Dollar, "Focal loss for dense object detection",
       ICCV 2017, Eq. 4. arXiv:1708.02002.
    """

    def __init__(self, gamma: float, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.gamma = gamma

    def of_each(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of each row; targets are numbers of classes."""
        log_p = -F.cross_entropy(output, target, reduction="none")
        # the derivative of a power below 1 is infinite at 0
        rest = (-torch.expm1(log_p)).clamp_min(torch.finfo(log_p.dtype).eps)
        return -(rest**self.gamma) * log_p


class MultilabelFocalLoss(_RowLoss):
    """The focal loss of labels of which each applies or not.

    Parameters
    ----------
    gamma : float
    pos_weight : Tensor of shape (n_labels,) or None
        What a label counts where it applies.
    reduction : {"mean", "none"}, default="mean"
    """

    pos_weight: torch.Tensor | None

    def __init__(
        self, gamma: float, pos_weight: torch.Tensor | None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.gamma = gamma
        self.register_buffer("pos_weight", pos_weight)

    def of_each(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of each label of each row; targets are 0 or 1."""
        sign = 2 * target - 1
        log_p = F.logsigmoid(sign * output)
        # the derivative of a power below 1 is infinite at 0
        rest = torch.sigmoid(-sign * output).clamp_min(torch.finfo(log_p.dtype).eps)
        loss = -(rest**self.gamma) * log_p
        if self.pos_weight is None:
            return loss
        return loss * (1 + (self.pos_weight - 1) * target)


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


def regression_loss(name: str, quantile: float, reduction: str) -> nn.Module:
    """Return a loss of `TorchMLPRegressor` by its name."""
    if name == "quantile":
        return QuantileLoss(quantile, reduction)
    if name == "huber":
        return nn.HuberLoss(delta=_HUBER_DELTA, reduction=reduction)
    by_name: dict[str, Callable[..., nn.Module]] = {
        "squared_error": nn.MSELoss,
        "absolute_error": nn.L1Loss,
        "poisson": nn.PoissonNLLLoss,
        "gamma": GammaLoss,
    }
    return by_name[name](reduction=reduction)


def multiclass_loss(
    reduction: str, focal_gamma: float | None, label_smoothing: float
) -> nn.Module:
    """Return the loss of one class for each row; `focal_gamma` if it is focal."""
    if focal_gamma is not None:
        return FocalLoss(focal_gamma, reduction)
    return nn.CrossEntropyLoss(label_smoothing=label_smoothing, reduction=reduction)


def multilabel_loss(
    reduction: str, focal_gamma: float | None, pos_weight: np.ndarray | None
) -> nn.Module:
    """Return the loss of several labels; `focal_gamma` if it is focal."""
    weight = None
    if pos_weight is not None:
        weight = torch.tensor(pos_weight, dtype=torch.float32)
    if focal_gamma is not None:
        return MultilabelFocalLoss(focal_gamma, weight, reduction)
    return nn.BCEWithLogitsLoss(pos_weight=weight, reduction=reduction)


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
            f"criterion={criterion!r} cannot be made without arguments: {exc}. Pass an "
            f"instance, or functools.partial with the arguments."
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
    )


def is_of_one_class(criterion: Any) -> bool:
    """Whether a loss is of one class for each row."""
    return kind_of(criterion) in (
        *(nn.CrossEntropyLoss, F.cross_entropy),
        *(nn.NLLLoss, F.nll_loss, nn.MultiMarginLoss, F.multi_margin_loss),
    )


def argument_of(criterion: Any, name: str, default: Any) -> Any:
    """Return what an instance, or a partial, has for an argument."""
    if isinstance(criterion, functools.partial):
        return criterion.keywords.get(name, argument_of(criterion.func, name, default))
    return getattr(criterion, name, default)


def _is_loss(criterion: Any) -> bool:
    """Whether it is called with outputs and targets, and not to make a loss."""
    if inspect.isclass(kind_of(criterion)):
        return False
    try:
        inspect.signature(criterion)
    except ValueError:  # built in, as some of torch's
        return True
    required = [p for p in parameters_of(criterion).values() if p.default is p.empty]
    return len(required) >= 2
