"""Any torch module as a classifier or a regressor."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from sklearn_hp.neural_network._criterion import (
    is_of_one_class,
    is_one_logit,
    wants_log_probabilities,
)
from sklearn_hp.neural_network._doc import (
    AUTO_BY_CRITERION,
    CROSS_ENTROPY,
    MODULE,
    documented,
)
from sklearn_hp.neural_network._net import is_probability
from sklearn_hp.neural_network._target_scale import Link, link_of
from sklearn_hp.neural_network._targets import BaseTorchClassifier, BaseTorchRegressor
from sklearn_hp.neural_network._user_module import BaseUserModule


@documented(
    specific=MODULE.format(loss=CROSS_ENTROPY.strip()),
)
class TorchClassifier(BaseUserModule, BaseTorchClassifier):
    """Any torch module as a classifier.

    The module returns logits: one number for each class, without a softmax at the end.

    Parameters
    ----------
    %(specific)s
    %(module_scaler)s
    %(training)s
    %(classifier)s
    %(running)s

    Attributes
    ----------
    %(classes)s
    %(attributes)s

    See Also
    --------
    TorchMLPClassifier : A ready-made network for tabular data.
    TorchCNNClassifier : A ready-made network for images.

    Notes
    -----
    The module draws dropout from torch's global generator, which is seeded for the fit
    and given back. Fits in threads of one process share it, so they train in turns;
    those in processes do not wait.

    References
    ----------
    %(references)s

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from torch import nn
    >>> from sklearn_hp.neural_network import TorchClassifier
    >>> class TwoLayers(nn.Sequential):
    ...     def __init__(self, n_features_in, n_outputs, width=32):
    ...         super().__init__(
    ...             nn.Linear(n_features_in, width), nn.ReLU(),
    ...             nn.Linear(width, n_outputs),
    ...         )
    >>> X, y = load_iris(return_X_y=True)
    >>> net = TorchClassifier(
    ...     TwoLayers, module__width=64, learning_rate_init=0.01, device="cpu",
    ...     random_state=0,
    ... )
    >>> bool(net.fit(X, y).score(X, y) > 0.9)
    True
    """

    _output_name = "class"

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchClassifier._parameter_constraints,
        **BaseUserModule._parameter_constraints,
    }

    def __init__(
        self,
        module,
        *,
        criterion=None,
        channel_axis="auto",
        collate_fn=None,
        scaler="auto",
        optimizer="adamw",
        learning_rate_init=1e-3,
        momentum=0.9,
        nesterovs_momentum=True,
        weight_decay=0.02,
        batch_size=64,
        max_epochs=40,
        learning_rate="cosine",
        schedule_epochs=None,
        max_grad_norm=None,
        early_stopping=False,
        validation_fraction=0.1,
        shuffle=True,
        scoring="loss",
        n_iter_no_change=10,
        tol=1e-4,
        class_weight=None,
        label_smoothing=0.0,
        device="auto",
        workers_per_device=1,
        amp=False,
        checkpoint=None,
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        self.module = module
        self.criterion = criterion
        self.channel_axis = channel_axis
        self.collate_fn = collate_fn
        self.scaler = scaler
        self.optimizer = optimizer
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.learning_rate = learning_rate
        self.schedule_epochs = schedule_epochs
        self.max_grad_norm = max_grad_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.shuffle = shuffle
        self.scoring = scoring
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.device = device
        self.workers_per_device = workers_per_device
        self.amp = amp
        self.checkpoint = checkpoint
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    @property
    def _n_outputs(self) -> int:
        return 1 if self._has_one_logit else super()._n_outputs

    @property
    def _has_one_logit(self) -> bool:
        return is_one_logit(self.criterion) and not self._target.is_multilabel

    def _learn_target(self, rows, *, reset):
        if self._target.is_multilabel:
            self._check_multilabel()
        elif self._has_one_logit and len(self.classes_) > 2:
            raise ValueError(
                f"criterion={self.criterion!r} is a loss of one logit for two classes, "
                f"and y has {len(self.classes_)}. Leave criterion=None for the "
                f"cross-entropy of one logit for each class."
            )
        super()._learn_target(rows, reset=reset)

    def _check_multilabel(self):
        """Refuse what has no meaning where y has several labels."""
        if self.criterion is None:
            return
        if is_of_one_class(self.criterion):
            raise ValueError(
                f"criterion={self.criterion!r} is a loss of one class for each row, "
                f"and y has several labels. Leave criterion=None for the cross-entropy "
                f"of each label, or pass a loss such as BCEWithLogitsLoss."
            )
        if self.class_weight is not None:
            raise ValueError(
                f"class_weight={self.class_weight!r} of several labels belongs to the "
                f"default loss, and criterion={self.criterion!r} takes its place. "
                f"Leave one of them out, or give the criterion weights, as "
                f"BCEWithLogitsLoss has pos_weight."
            )

    def _to_learn(self, rows):
        rows = super()._to_learn(rows)
        if not self._has_one_logit:
            return rows
        return replace(rows, target=rows.target[:, np.newaxis].astype(np.float32))

    def _check_output(self, module: nn.Module, output: torch.Tensor) -> None:
        name = type(module.body).__name__
        if self._target.is_multilabel or self._has_one_logit:
            *_, last = module.modules()
            # a layer of this kind, as the last that was made, can be a gate inside
            if isinstance(last, nn.Sigmoid) and bool(
                ((output >= 0) & (output <= 1)).all()
            ):
                raise ValueError(
                    f"The module {name} ends in a sigmoid. It must return logits, so "
                    f"remove the sigmoid at its end; predict_proba applies one."
                )
        elif wants_log_probabilities(self.criterion):
            if not is_probability(output.exp()):
                raise ValueError(
                    f"criterion={self.criterion!r} needs the logarithms of "
                    f"probabilities, and the module {name} returned other numbers. "
                    f"Leave criterion=None for the cross-entropy of logits, or end the "
                    f"module in nn.LogSoftmax(dim=1)."
                )
        elif is_probability(output):
            raise ValueError(
                f"The module {name} returned probabilities: rows of numbers above 0 "
                f"that sum to 1. It must return logits, so remove the softmax at its "
                f"end; predict_proba applies one."
            )


@documented(
    specific=MODULE.format(loss="the mean squared error."),
    target_scaler=AUTO_BY_CRITERION,
)
class TorchRegressor(BaseUserModule, BaseTorchRegressor):
    """Any torch module as a regressor.

    The module returns one number for each target. `target_scaler` says on which scale
    it learns them; its output is scaled back. With ``PoissonNLLLoss`` the output is the
    logarithm of the prediction, unless ``log_input=False``; with ``BCEWithLogitsLoss``
    it is its logit.

    Parameters
    ----------
    %(specific)s
    %(module_scaler)s
    %(target_scaler)s
    %(training)s
    %(running)s

    Attributes
    ----------
    %(attributes)s

    See Also
    --------
    TorchMLPRegressor : A ready-made network for tabular data.

    Notes
    -----
    The module draws dropout from torch's global generator, which is seeded for the fit
    and given back. Fits in threads of one process share it, so they train in turns;
    those in processes do not wait.

    References
    ----------
    %(references)s

    Examples
    --------
    >>> import numpy as np
    >>> from torch import nn
    >>> from sklearn_hp.neural_network import TorchRegressor
    >>> X = np.random.RandomState(0).uniform(-1, 1, (200, 3))
    >>> y = X @ [1.0, 2.0, 3.0]
    >>> net = TorchRegressor(
    ...     nn.Linear, learning_rate_init=0.1, device="cpu", random_state=0
    ... )
    >>> bool(net.fit(X, y).score(X, y) > 0.99)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchRegressor._parameter_constraints,
        **BaseUserModule._parameter_constraints,
    }

    def __init__(
        self,
        module,
        *,
        criterion=None,
        channel_axis="auto",
        collate_fn=None,
        scaler="auto",
        target_scaler="auto",
        optimizer="adamw",
        learning_rate_init=1e-3,
        momentum=0.9,
        nesterovs_momentum=True,
        weight_decay=0.02,
        batch_size=64,
        max_epochs=40,
        learning_rate="cosine",
        schedule_epochs=None,
        max_grad_norm=None,
        early_stopping=False,
        validation_fraction=0.1,
        shuffle=True,
        scoring="loss",
        n_iter_no_change=10,
        tol=1e-4,
        device="auto",
        workers_per_device=1,
        amp=False,
        checkpoint=None,
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        self.module = module
        self.criterion = criterion
        self.channel_axis = channel_axis
        self.collate_fn = collate_fn
        self.scaler = scaler
        self.target_scaler = target_scaler
        self.optimizer = optimizer
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.learning_rate = learning_rate
        self.schedule_epochs = schedule_epochs
        self.max_grad_norm = max_grad_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.shuffle = shuffle
        self.scoring = scoring
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.device = device
        self.workers_per_device = workers_per_device
        self.amp = amp
        self.checkpoint = checkpoint
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    @property
    def _link(self) -> Link:
        return link_of(self._loss)

    @property
    def _loss_name(self) -> str:
        return f"criterion={self.criterion!r}"

    def _make_criterion(self, *, weighted):
        if is_of_one_class(self.criterion):
            raise ValueError(
                f"criterion={self.criterion!r} is a loss of classes, and "
                f"TorchRegressor predicts numbers. Use TorchClassifier, or a loss such "
                f"as nn.HuberLoss."
            )
        if self.criterion is None:
            return nn.MSELoss(reduction="none" if weighted else "mean")
        return super()._make_criterion(weighted=weighted)
