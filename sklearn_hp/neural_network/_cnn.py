"""A convolutional network for images."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_array, validate_data
from torch import nn

from sklearn_hp._sklearn_compat import NumberInterval, Options, StrOptions
from sklearn_hp.neural_network._doc import documented
from sklearn_hp.neural_network._losses import CLASSIFIER_LOSS_CONSTRAINTS
from sklearn_hp.neural_network._modules import ACTIVATIONS, CNN
from sklearn_hp.neural_network._targets import BaseTorchClassifier

_PARAMETERS = """
n_blocks : int, default=2
    Number of blocks of convolution, normalisation, activation and pooling. A block
    halves height and width.
channels : int, default=32
    Channels of the first block; each further block has twice as many.
kernel_size : int, default=3
    Height and width of the convolutions' kernels.
image_shape : tuple of int, default=None
    (height, width) or (channels, height, width) of the images in the rows of a flat
    `X`; (height, width, channels) with ``channel_axis=-1``.
channel_axis : {"auto", 1, -1}, default="auto"
    Where the channels of images are: 1 is before height and width, -1 after them.
    "auto" is 1, and raises an error for images whose last axis may be channels.
activation : str, default="mish"
    What follows each convolution: "mish", "relu", "gelu", "silu", "selu", "tanh",
    "logistic" or "identity".
dropout : float in [0, 1), default=0.2
    Share of the inputs of the output layer that a training step leaves out.
normalization : {"batch"} or None, default="batch"
    Normalisation before the activation.
"""


@documented(specific=_PARAMETERS, max_epochs=20)
class TorchCNNClassifier(BaseTorchClassifier):
    """Convolutional network for images, trained with PyTorch.

    `X` is an array of shape (n_samples, height, width), (n_samples, channels, height,
    width), (n_samples, height, width, channels) with ``channel_axis=-1``, or
    (n_samples, n_features) with `image_shape` given. Images of type uint8
    stay so, in a quarter of the memory, until the network sees them.

    Parameters
    ----------
    %(specific)s
    %(scaler)s
    %(training)s
    %(loss)s
    %(classifier)s
    %(running)s

    Attributes
    ----------
    %(classes)s
    image_shape_ : tuple of (channels, height, width)
        Of the images in `fit`.
    %(attributes)s

    See Also
    --------
    TorchClassifier : For a network of your own.

    References
    ----------
    %(references)s

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_hp.neural_network import TorchCNNClassifier
    >>> digits = load_digits(n_class=3)
    >>> X, y = digits.images, digits.target
    >>> cnn = TorchCNNClassifier(
    ...     channels=8, max_epochs=5, device="cpu", random_state=0
    ... )
    >>> bool(cnn.fit(X, y).score(X, y) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchClassifier._parameter_constraints,
        **CLASSIFIER_LOSS_CONSTRAINTS,
        "n_blocks": [NumberInterval(Integral, 1, None, closed="left")],
        "channels": [NumberInterval(Integral, 1, None, closed="left")],
        "kernel_size": [NumberInterval(Integral, 1, None, closed="left")],
        "image_shape": ["array-like", None],
        "channel_axis": [StrOptions({"auto"}), Options(Integral, {1, -1})],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [NumberInterval(Real, 0, 1, closed="left")],
        "normalization": [StrOptions({"batch"}), None],
    }

    def __init__(
        self,
        n_blocks=2,
        *,
        channels=32,
        kernel_size=3,
        image_shape=None,
        channel_axis="auto",
        activation="mish",
        dropout=0.2,
        normalization="batch",
        scaler="standard",
        optimizer="adamw",
        learning_rate_init=1e-3,
        momentum=0.9,
        nesterovs_momentum=True,
        weight_decay=0.02,
        batch_size=64,
        max_epochs=20,
        learning_rate="cosine",
        schedule_epochs=None,
        max_grad_norm=None,
        early_stopping=False,
        validation_fraction=0.1,
        shuffle=True,
        scoring="loss",
        n_iter_no_change=10,
        tol=1e-4,
        loss="log_loss",
        focal_gamma=2.0,
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
        self.n_blocks = n_blocks
        self.channels = channels
        self.kernel_size = kernel_size
        self.image_shape = image_shape
        self.channel_axis = channel_axis
        self.activation = activation
        self.dropout = dropout
        self.normalization = normalization
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
        self.loss = loss
        self.focal_gamma = focal_gamma
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.device = device
        self.workers_per_device = workers_per_device
        self.amp = amp
        self.checkpoint = checkpoint
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def _check_X(self, X: Any, *, reset: bool) -> np.ndarray:
        # of other types, such as int64, the first is made
        dtype = [np.float32, np.float64, np.uint8]
        images = check_array(X, dtype=dtype, allow_nd=True, input_name="X")
        if images.ndim == 2:
            images = validate_data(self, X, reset=reset, dtype=dtype)
        X = images
        shape = self._shape_of(X)
        if reset:
            self.image_shape_ = shape
            if X.ndim > 2:
                self.n_features_in_ = shape[0]
                if hasattr(self, "feature_names_in_"):
                    del self.feature_names_in_
        elif shape != self.image_shape_:
            raise ValueError(
                f"X has images of shape {shape}, but {type(self).__name__} was fitted "
                f"to images of shape {self.image_shape_} (channels, height, width)."
            )
        if X.dtype == np.float64:
            X = check_array(X, dtype=np.float32, allow_nd=True, input_name="X")
        if self.channel_axis == -1 and X.ndim != 3:
            channels, height, width = shape
            X = np.moveaxis(X.reshape(len(X), height, width, channels), -1, 1)
        # flat in between, as torch chooses other kernels by the strides
        X = np.ascontiguousarray(X).ravel().reshape(len(X), *shape)
        return X if X.flags.writeable else X.copy()

    def _shape_of(self, X: np.ndarray) -> tuple[int, int, int]:
        """Return (channels, height, width) of the images in X."""
        if X.ndim == 3:
            return 1, X.shape[1], X.shape[2]
        if X.ndim == 4:
            return self._channels_first(X.shape[1:], f"X of shape {X.shape}")
        if X.ndim == 2 and self.image_shape is not None:
            shape = tuple(int(size) for size in self.image_shape)
            what = f"image_shape={self.image_shape!r}"
            if np.prod(shape) == X.shape[1] and len(shape) == 3:
                return self._channels_first(shape, what)
            if np.prod(shape) == X.shape[1] and len(shape) == 2:
                return 1, *shape
            raise ValueError(
                f"{what} does not fit X, which has "
                f"{X.shape[1]} columns. Give (height, width) or (channels, height, "
                f"width) whose product is the number of columns."
            )
        raise ValueError(
            f"X must be images of shape (n_samples, height, width) or (n_samples, "
            f"channels, height, width), got an array of shape {X.shape}. If its rows "
            f"are flat images, say of 28 x 28, pass image_shape=(28, 28)."
        )

    def _channels_first(
        self, shape: tuple[int, ...], what: str
    ) -> tuple[int, int, int]:
        """Return (channels, height, width) of a shape that has them in either order."""
        first, middle, last = shape
        if self.channel_axis == -1:
            return last, first, middle
        if self.channel_axis == "auto" and last in (1, 3, 4) and last < middle:
            raise ValueError(
                f"{what} looks as if channels may come last. If they do, pass "
                f"channel_axis=-1; if they come before height and width, "
                f"channel_axis=1."
            )
        return first, middle, last

    def _make_module(self, row_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
        return CNN(
            self.image_shape_,
            n_outputs,
            self.n_blocks,
            self.channels,
            self.kernel_size,
            self.activation,
            self.dropout,
            self.normalization,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = self.image_shape is not None
        return tags
