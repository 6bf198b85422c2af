"""Losses that torch lacks, and those that estimators have by name."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from sklearn_hp._sklearn_compat import NumberInterval, StrOptions

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

    A `criterion` for :class:`TorchClassifier`. The module returns one logit for each
    class. For two classes and one logit take :class:`BinaryFocalLoss`.

    Parameters
    ----------
    gamma : float, default=2.0
        The loss of a row is multiplied by (1 - p) ** `gamma`, p the probability of its
        class. 0 is the cross-entropy.
    reduction : {"mean", "none"}, default="mean"
        "none" returns the loss of each row; `TorchClassifier` sets it where rows have
        weights.

    References
    ----------
    .. [1] Lin, Goyal, Girshick, He & Dollar, "Focal loss for dense object detection",
       ICCV 2017, Eq. 4. arXiv:1708.02002.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from torch import nn
    >>> from sklearn_hp.neural_network import FocalLoss, TorchClassifier
    >>> net = TorchClassifier(
    ...     nn.Linear, criterion=FocalLoss, criterion__gamma=1.0, device="cpu"
    ... )
    >>> net.fit(*load_iris(return_X_y=True)).predict_proba([[5, 3, 1, 0]]).shape
    (1, 3)
    """

    def __init__(self, gamma: float = 2.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.gamma = _checked_gamma(gamma)

    def of_each(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of each row; targets are numbers of classes."""
        log_p = -F.cross_entropy(output, target, reduction="none")
        # the derivative of a power below 1 is infinite at 0
        rest = (-torch.expm1(log_p)).clamp_min(torch.finfo(log_p.dtype).eps)
        return -(rest**self.gamma) * log_p


class BinaryFocalLoss(_RowLoss):
    """The focal loss [1]_ of one logit for two classes, or of one for each label.

    A `criterion` for :class:`TorchClassifier`. Of two classes, the logit is that of the
    second against the first; the module has one output. If `y` is an indicator matrix
    of several labels, it has one for each.

    Parameters
    ----------
    gamma : float, default=2.0
        The loss is multiplied by (1 - p) ** `gamma`, p the probability of what is true.
        0 is the cross-entropy.
    pos_weight : Tensor of shape (n_labels,), default=None
        What a label, or the second class, counts where it applies.
    reduction : {"mean", "none"}, default="mean"
        "none" returns the loss of each row; `TorchClassifier` sets it where rows have
        weights.

    References
    ----------
    .. [1] Lin, Goyal, Girshick, He & Dollar, "Focal loss for dense object detection",
       ICCV 2017, Eq. 4. arXiv:1708.02002.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from torch import nn
    >>> from sklearn_hp.neural_network import BinaryFocalLoss, TorchClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> net = TorchClassifier(nn.Linear, criterion=BinaryFocalLoss, device="cpu")
    >>> net.fit(X, y).predict_proba(X).shape
    (569, 2)
    """

    pos_weight: torch.Tensor | None

    def __init__(
        self,
        gamma: float = 2.0,
        pos_weight: torch.Tensor | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        self.gamma = _checked_gamma(gamma)
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


def _checked_gamma(gamma: float) -> float:
    if not gamma >= 0:
        raise ValueError(f"gamma must be 0 or more, got {gamma!r}.")
    return gamma


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
        return BinaryFocalLoss(focal_gamma, weight, reduction)
    return nn.BCEWithLogitsLoss(pos_weight=weight, reduction=reduction)
