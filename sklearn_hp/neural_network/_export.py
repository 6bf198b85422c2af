"""A trained network as one module, from rows as users have them to predictions."""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted
from torch import nn

from sklearn_hp.neural_network._target_scale import Link, TargetScale

# What links do to outputs, in numpy -> in torch.
_IN_TORCH = {np.exp: torch.exp, expit: torch.sigmoid}


class ExportMixin:
    """Gives the trained network away, without scikit-learn around it."""

    @abstractmethod
    def _make_head(self) -> nn.Module:
        """Return what makes predictions of the outputs of the module."""

    def to_module(self):
        """Return the trained network as one ``torch.nn.Module``.

        It is for export, and for use without this package: `torch.export`, ONNX and
        `torch.compile` take it, see :ref:`the user guide <neural_network_export>`.

        Returns
        -------
        module : torch.nn.Module
            A copy, on the CPU and in evaluation mode. It is called with a tensor of
            rows as in `fit`, not scaled: float32, or integers if those were fitted; or
            with a dict of parts. To a convolutional network, images have the shape
            (n_samples, channels, height, width), also if they were flat in `fit`, or
            had their channels last or none. A category column holds the numbers of its
            levels, sorted, from 1; 0 is a level that `fit` has not seen, and a missing
            value comes last. Rows for a `collate_fn` are collated before. It returns
            float32: a classifier's probabilities of shape (n_samples, n_classes), in
            the order of ``classes_``; a regressor's predictions, shaped and scaled as
            those of `predict`.
        """
        check_is_fitted(self, "net_")
        body = copy.deepcopy(self.net_.module_).cpu().eval()
        return Predictor(body, self._make_head()).eval()


class Predictor(nn.Module):
    """Rows -> predictions.

    Parameters
    ----------
    network : torch.nn.Module
        The trained module, with what prepares its inputs.
    head : torch.nn.Module
        Makes predictions of its outputs.
    """

    def __init__(self, network: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.network, self.head = network, head

    def forward(self, X: Any) -> torch.Tensor:
        """Return the predictions of a batch."""
        output = self.network(X)
        output = (output[0] if isinstance(output, tuple) else output).float()
        return self.head(output if output.ndim > 1 else output.unsqueeze(1))


class Probabilities(nn.Module):
    """Logits -> probabilities.

    Parameters
    ----------
    is_multilabel : bool
        Whether each logit is of a label that applies or not.
    """

    def __init__(self, is_multilabel: bool) -> None:
        super().__init__()
        self.is_multilabel = is_multilabel

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the probability of each class or label."""
        if self.is_multilabel:
            return torch.sigmoid(logits)
        if logits.shape[1] == 1:  # of the second class against the first
            logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
        return torch.softmax(logits, dim=1)


class Targets(nn.Module):
    """Outputs -> targets as users have them.

    Parameters
    ----------
    link : Link
    scale : TargetScale
    is_flat : bool
        Whether there is one target for each row, without an axis.
    """

    center: torch.Tensor
    scale: torch.Tensor

    def __init__(self, link: Link, scale: TargetScale, is_flat: bool) -> None:
        super().__init__()
        self.inverse = _IN_TORCH.get(link.inverse)
        self.is_flat = is_flat
        for name, value in (("center", scale.center), ("scale", scale.scale)):
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32))

    def forward(self, output: torch.Tensor) -> torch.Tensor:
        """Return the predictions."""
        if self.inverse is not None:
            output = self.inverse(output)
        y = output * self.scale + self.center
        return y.squeeze(1) if self.is_flat else y
