"""Targets of a regressor <-> the scale on which a network learns them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

from sklearn_hp.neural_network._criterion import argument_of, is_one_logit, kind_of

# Of a normal distribution the quartiles are so many standard deviations apart.
_QUARTILES = 1.349

# The losses for which it does not matter that targets are shifted and stretched.
_SHIFTABLE = (
    *(nn.MSELoss, F.mse_loss, nn.L1Loss, F.l1_loss),
    *(nn.HuberLoss, F.huber_loss, nn.SmoothL1Loss, F.smooth_l1_loss),
)


def _identity(output: np.ndarray) -> np.ndarray:
    return output


@dataclass(frozen=True)
class Link:
    """What a loss makes of targets and of outputs.

    Parameters
    ----------
    scaler : {"standard", "robust", "mean"} or None
        What ``target_scaler="auto"`` stands for.
    inverse : callable, default=identity
        Output -> prediction, both of shape (n_samples, n_outputs).
    domain : str, default=""
        What targets must be, for messages; "" allows all.
    allows : callable, default=None
        Whether a target is in the domain, for an array of them.
    """

    scaler: str | None
    inverse: Callable[[np.ndarray], np.ndarray] = _identity
    domain: str = ""
    allows: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def is_shiftable(self) -> bool:
        """Whether targets may be moved along their axis."""
        return self.inverse is _identity

    def check(self, target: np.ndarray, name: str) -> None:
        """Refuse targets that the loss does not know.

        Raises
        ------
        ValueError
            With one of them.
        """
        if self.allows is None or (fine := self.allows(target)).all():
            return
        raise ValueError(
            f"Targets must be {self.domain} for {name}, got y with "
            f"{target[~fine][0]:g}. Take another loss, or look for wrong values in y."
        )


def _not_negative(target: np.ndarray) -> np.ndarray:
    return target >= 0


def _positive(target: np.ndarray) -> np.ndarray:
    return target > 0


def _a_share(target: np.ndarray) -> np.ndarray:
    return (target >= 0) & (target <= 1)


LINKS = {
    "squared_error": Link("standard"),
    "absolute_error": Link("robust"),
    "huber": Link("robust"),
    "quantile": Link("robust"),
    "poisson": Link("mean", np.exp, "0 or more", _not_negative),
    "gamma": Link("mean", np.exp, "above 0", _positive),
}


def link_of(criterion: Any) -> Link:
    """Return what a user's criterion makes of targets and of outputs."""
    kind = kind_of(criterion)
    if criterion is None or kind in _SHIFTABLE:
        return Link("standard")
    if kind in (nn.PoissonNLLLoss, F.poisson_nll_loss):
        if argument_of(criterion, "log_input", True):
            return Link(None, np.exp, "0 or more", _not_negative)
        return Link(None, domain="0 or more", allows=_not_negative)
    if is_one_logit(criterion):
        return Link(None, expit, "from 0 to 1", _a_share)
    return Link(None)


@dataclass(frozen=True)
class TargetScale:
    """Moves and stretches targets.

    Parameters
    ----------
    center, scale : ndarray of shape (n_outputs,)
    """

    center: np.ndarray
    scale: np.ndarray

    def transform(self, target: np.ndarray) -> np.ndarray:
        """Return targets as the network learns them, float32."""
        return ((target - self.center) / self.scale).astype(np.float32)

    def inverse_transform(self, target: np.ndarray) -> np.ndarray:
        """Return targets as users have them."""
        return target * self.scale + self.center


def learn_scale(
    scaler: str | None, target: np.ndarray, weight: np.ndarray | None
) -> TargetScale:
    """Return the scale of targets.

    Parameters
    ----------
    scaler : {"standard", "robust", "mean"} or None
        By mean and standard deviation; by median and quartiles; by the mean, without
        a shift; not at all.
    target : ndarray of shape (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,) or None
    """
    n_outputs = target.shape[1]
    if scaler is None:
        return TargetScale(np.zeros(n_outputs), np.ones(n_outputs))
    moments = StandardScaler().fit(target, sample_weight=weight)
    if scaler == "standard":
        return TargetScale(moments.mean_, moments.scale_)
    if scaler == "mean":
        size = np.abs(moments.mean_)
        return TargetScale(np.zeros(n_outputs), np.where(size > 0, size, 1.0))
    low, middle, high = _quartiles(target, weight)
    spread = (high - low) / _QUARTILES
    # of targets that are mostly one value the quartiles are equal, and say nothing
    return TargetScale(middle, np.where(spread > 0, spread, moments.scale_))


def _quartiles(target: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the quartiles by column: of weighted rows, as if they were repeated."""
    if weight is None:
        weight = np.ones(len(target))
    order = np.argsort(target, axis=0)
    ranks = np.cumsum(weight[order], axis=0)
    columns = np.arange(target.shape[1])
    rows = [(ranks < share * ranks[-1]).sum(axis=0) for share in (0.25, 0.5, 0.75)]
    return np.take_along_axis(target, order, axis=0)[np.stack(rows), columns]
