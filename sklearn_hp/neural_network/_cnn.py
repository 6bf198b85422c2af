"""Convolutional networks for images."""

from __future__ import annotations

from typing import ClassVar

from sklearn_hp._unexpected_argument import with_remedies
from sklearn_hp.neural_network._doc import TARGET_SCALER_BY_LOSS, documented
from sklearn_hp.neural_network._images import ImagesMixin
from sklearn_hp.neural_network._losses import CLASSIFIER_LOSS_CONSTRAINTS
from sklearn_hp.neural_network._other_names import REMEDIES
from sklearn_hp.neural_network._targets import (
    BaseTorchClassifier,
    NamedLossRegressor,
)

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
augmentation : str, dict, callable, list of these, or None, default=None
    How each training image is changed at random, anew in each epoch: "flip" (left to
    right), "vertical_flip", "shift", "rotate", "crop" (and enlarge what is left). A
    dict has strengths by name, as in ``{"shift": 0.2, "rotate": 15}``: the probability
    of flips, 0.5 by default; the largest shift, as a share of height and width, 0.1;
    the largest angle in degrees, 10; the largest share of height and width that is cut
    off, 0.2. A callable gets a batch as ``X`` has it, a tensor of shape (n_samples,
    channels, height, width) on the device, after what has a name, and returns one of
    the same shape; it may draw from torch's generators.
"""


@documented(specific=_PARAMETERS, max_epochs=20)
class TorchCNNClassifier(ImagesMixin, BaseTorchClassifier):
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
    TorchCNNRegressor : The same for numbers.
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
        **ImagesMixin._parameter_constraints,
    }

    @with_remedies(REMEDIES)
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
        augmentation=None,
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
        self.augmentation = augmentation
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


@documented(
    specific=_PARAMETERS,
    target_scaler=TARGET_SCALER_BY_LOSS,
    max_epochs=20,
)
class TorchCNNRegressor(ImagesMixin, NamedLossRegressor):
    """Convolutional network that predicts numbers from images, trained with PyTorch.

    `X` is as for :class:`TorchCNNClassifier`. Targets need not be scaled, the network
    does it itself.

    Parameters
    ----------
    %(specific)s
    %(regression_loss)s
    %(scaler)s
    %(target_scaler)s
    %(training)s
    %(running)s

    Attributes
    ----------
    image_shape_ : tuple of (channels, height, width)
        Of the images in `fit`.
    %(attributes)s

    See Also
    --------
    TorchCNNClassifier : The same for classes.
    TorchRegressor : For a network of your own.

    References
    ----------
    %(references)s

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_hp.neural_network import TorchCNNRegressor
    >>> X = load_digits(n_class=3).images
    >>> ink = X.mean(axis=(1, 2))
    >>> cnn = TorchCNNRegressor(
    ...     channels=8, max_epochs=20, device="cpu", random_state=0
    ... )
    >>> bool(cnn.fit(X, ink).score(X, ink) > 0.8)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **NamedLossRegressor._parameter_constraints,
        **ImagesMixin._parameter_constraints,
    }

    @with_remedies(REMEDIES)
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
        augmentation=None,
        loss="squared_error",
        quantile=0.5,
        scaler="standard",
        target_scaler="auto",
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
        self.augmentation = augmentation
        self.loss = loss
        self.quantile = quantile
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
