"""The parts of docstrings that all torch estimators have in common."""

import textwrap

_SCALER = """
scaler : {"standard", "robust"} or None, default="standard"
    How inputs are put on a common scale, by moments of the training rows that are kept
    in the network: "standard" subtracts the mean and divides by the standard deviation;
    "robust" does so by median and quartiles, and draws outliers nearer; None leaves
    inputs as they are.
"""

_MODULE_SCALER = """
scaler : {"auto", "standard", "robust"} or None, default="auto"
    How inputs are put on a common scale, by moments of the training rows that are kept
    in the network: "standard" subtracts the mean and divides by the standard deviation;
    "robust" does so by median and quartiles, and draws outliers nearer. "auto" is
    "standard", but leaves integers as they are if the module takes them, as int64: an
    embedding gets its codes. None scales nothing; a module that does not take integers
    is given float32.
"""

_TARGET_SCALER = """
target_scaler : {{"auto", "standard", "robust", "mean"}} or None, default="auto"
    The scale on which targets are learnt, by moments of the training rows: "standard"
    subtracts the mean and divides by the standard deviation; "robust" does so by
    median and quartiles; "mean" divides by the mean and subtracts nothing; None leaves
    targets as they are.
    {auto}
"""

_CLASSIFIER_LOSS = """
loss : {"log_loss", "focal"}, default="log_loss"
    "log_loss" is the cross-entropy. "focal" multiplies it by (1 - p) ** `focal_gamma`,
    p the probability of a row's class, so that rows which are classified well hardly
    count; probabilities are less extreme by it.
focal_gamma : float, default=2.0
    0 or more; only with ``loss="focal"``.
"""

_REGRESSION_LOSS = """
loss : str, default="squared_error"
    What training minimises. "squared_error", and "huber" and "absolute_error", which
    outliers among the targets hardly move; "quantile", for which a share `quantile` of
    the targets is below the prediction. "poisson" for counts and rates of 0 or more,
    and "gamma" for amounts above 0: the network returns the logarithm of what
    `predict` returns. "huber" is squared up to 1.35 scales of the targets.
quantile : float in (0, 1), default=0.5
    Only with ``loss="quantile"``.
"""

_TRAINING = """
optimizer : {{"adamw", "adam", "sgd"}}, str or class, default="adamw"
    What changes the weights: AdamW [1]_, Adam, gradient descent with `momentum`, or
    another class of `torch.optim`, by name (in any case), or a subclass of
    `torch.optim.Optimizer`. Its own parameters are set as ``optimizer__name``, as in
    ``optimizer__betas=(0.9, 0.95)``, and can be searched.
    ``optimizer__param_groups=[("body.0.*", {{"lr": 1e-4}})]`` gives parameters whose
    names match a pattern settings of their own, see
    :ref:`the user guide <neural_network_optimizer>`.
learning_rate_init : float, default={learning_rate_init}
    The learning rate of the first epoch.
momentum : float in [0, 1], default=0.9
    Only with "sgd".
nesterovs_momentum : bool, default=True
    Whether the momentum is Nesterov's. Only with "sgd" and a `momentum` above 0.
weight_decay : float{or_none}, default={weight_decay}
    L2 penalty on weights, not on biases. With "adamw" weights shrink by this times the
    learning rate in each step, whatever the loss [1]_, so it is not the `alpha` of
    scikit-learn's MLP; with "adam" and "sgd" it is added to the gradient. An optimizer
    without weight decay needs 0.{decay_of_none}
batch_size : int, default={batch_size}
    Rows in one step. A row that would remain alone goes with the batch before it.
max_epochs : int, default={max_epochs}
    Passes over the training rows, at most.
learning_rate : {{"cosine", "constant"}}, default="cosine"
    "cosine" lets the rate fall to 0 over `schedule_epochs`, from epoch to epoch [2]_.
schedule_epochs : int, default=None
    Epochs over which the rate falls; None means `max_epochs`. Set it to the most epochs
    there will be if fits are paused and resumed.
max_grad_norm : float, default=None
    Gradients are shortened to this norm, that of all together, if they are longer. It
    helps where single batches throw training off, as in recurrent networks.
early_stopping : bool, default=False
    Whether some training rows are set aside, by which training is stopped; the best
    weights are restored. For a classifier each class gives its share, unless rows have
    several labels.
validation_fraction : float in (0, 1), default=0.1
    Share of the rows, or of the `groups`, that is set aside.
shuffle : bool, default=True
    Whether to draw the rows that are set aside. False takes the last rows, or the
    groups that occur last, for data in the order of time. The rows to train on are
    shuffled in each epoch in any case.
scoring : str, callable or None, default="loss"
    The score to stop by, on the rows set aside: "loss", the name of a scorer of
    scikit-learn, a callable ``scorer(estimator, X, y)``, or None for the estimator's
    ``score``. Greater is better. A scorer predicts after each epoch, which takes time.
n_iter_no_change : int, default=10
    Epochs without improvement after which training stops early.
tol : float, default=1e-4
    An epoch is an improvement if its score is greater by more, or its loss smaller.
"""

_DECAY_OF_NONE = """
    None fits it to the rows: with "adamw" it is 1 / (30 * `learning_rate_init` * steps
    in an epoch), so that the weights forget over 30 epochs whatever the number of rows.
    In `partial_fit`, and with another optimizer, it is 0.02, or 0 if that has none.
"""

_RUNNING = """
device : str, default="auto"
    Where to train and predict: "cpu", "cuda" (AMD devices too), "xpu", "mps", one
    device as in "cuda:1", or "auto" for an accelerator if there is one. Chosen in
    `fit`, inside the worker; several devices are dealt out among the workers of a
    search.
workers_per_device : int, default=1
    How many workers of a search train on one device at a time. More than one pays for
    small networks, which leave most of a device idle.
amp : {"bfloat16"} or False, default=False
    Whether to compute in bfloat16 where that is safe: faster on accelerators.
checkpoint : path-like, default=None
    A file that `fit` writes at its end and every 5 seconds, or less often if that
    takes more than 1 % of the time, and from which it goes on if the file exists. A
    fit that goes on equals one that never paused, bit for bit on the CPU. It raises
    an error if a parameter other than `max_epochs` changed, or the data. A damaged
    file is put aside with a warning, and training starts again. The state of
    `callbacks` is not in the file. Not for a search, where many fits would share the
    file: there, use the `checkpoint` of the search.
callbacks : list of skorch callbacks, default=None
    Called while training, see :ref:`the user guide <neural_network_callbacks>`. A fit
    works on copies, which are in ``net_.callbacks_`` afterwards.
random_state : int, RandomState instance or None, default=None
    Determines initial weights, dropout, the order of rows and which of them are set
    aside; an int gives equal results on the CPU, and equal up to rounding on an
    accelerator. Neither torch's nor numpy's global generators are touched, so None
    differs from fit to fit even after ``numpy.random.seed``.
verbose : int or bool, default=0
    Whether to print a line for each epoch, as skorch does.
"""

_CLASSIFIER = """
class_weight : dict, "balanced" or None, default=None
    Weights of the classes in the loss, by label; "balanced" weighs them inversely to
    their frequency. If `y` has indicators of several labels: what a label counts where
    it applies, by the number of its column; "balanced" lets it count as much where it
    applies as where it does not.
label_smoothing : float in [0, 1), default=0.0
    Share of the target that is spread over all classes. It can raise accuracy; it makes
    probabilities less extreme, which costs log loss.
"""

_CLASSES = """
classes_ : ndarray of shape (n_classes,), or list of n_labels such arrays
    The labels, sorted; after a fit to indicators of several labels, a list that has
    ``array([0, 1])`` for each.
"""

_ATTRIBUTES = """
n_features_in_ : int
    Number of columns seen in `fit`; of channels or features, where rows have more axes.
feature_names_in_ : ndarray of shape (n_features,)
    Their names, if all are strings.
n_iter_ : int
    Epochs trained.
best_n_iter_ : int or None
    The epoch whose weights early stopping kept, None without early stopping.
loss_curve_ : list of float
    Mean training loss of each epoch.
validation_scores_ : list of float, or None
    Scores of the rows set aside, after each epoch: by `scoring`, or the negative loss.
    None without early stopping.
device_ : torch.device
    Where the network was trained.
net_ : skorch.NeuralNet
    The net, for everything not covered here. ``net_.module_`` is the module; a
    classifier's returns logits, a regressor's returns targets on the scale of
    `target_scaler`.
"""

_REFERENCES = """
.. [1] Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019.
   arXiv:1711.05101.
.. [2] Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts",
   ICLR 2017. arXiv:1608.03983.
"""

# What TorchClassifier and TorchRegressor have in common.

MODULE = """
module : class, callable or torch.nn.Module
    Makes the module. It is called with the number of columns of `X` (on the
    `channel_axis`, if rows have more axes) as the argument `n_features_in`, and with
    the number of outputs as `n_outputs`. Other usual names do as well, such as
    `in_features` and `out_features`, `input_dim` and `output_dim`, `num_classes`;
    places of arguments do not count. Other arguments are set as ``module__name``; they
    are checked against the signature at once, and can be searched. An instance is
    copied, and training starts from its weights.
criterion : class, callable or torch.nn.Module, default=None
    The loss, called as ``criterion(output, target)``: a function or an instance; or the
    class that makes it. Parameters of a class or a function are set as
    ``criterion__name``. Weights of rows and classes need one that takes `reduction`, or
    returns the loss of each row. None for {loss}
channel_axis : int or "auto", default="auto"
    The axis of `X` that holds the channels or features, where rows have more than one
    axis: 1 for images of shape (n_samples, channels, height, width), -1 for sequences
    of shape (n_samples, time, features). They are scaled, and counted, along this axis.
    "auto" takes the one with which the module runs, or which its first layer needs, and
    raises an error if both do. Of an input in several parts, it is for all parts whose
    rows have several axes.
collate_fn : callable, default=None
    Makes a batch of a list of pairs (row, target), as that of a torch ``DataLoader``,
    and returns what the module gets and a tensor of the targets: for rows of several
    lengths, or rows that are text. A dict is given to the arguments of those names.
    Targets are numbers of classes, or targets on the scale on which they are learnt;
    in `predict`, the places of the rows.
"""

CROSS_ENTROPY = """the cross-entropy of the output as logits.
    With ``BCEWithLogitsLoss`` the module has one output for two classes, and the target
    is 0 or 1, as float32 of shape (n_samples, 1).
"""

TARGET_SCALER_BY_LOSS = """
    "auto" is "standard" for "squared_error", "robust" for "absolute_error", "huber" and
    "quantile", and "mean" for "poisson" and "gamma", whose targets must not be shifted.
"""

AUTO_BY_CRITERION = """
    "auto" is "standard" for the squared, absolute and Huber losses of torch, and None
    for all others, since a loss of counts, or one of your own, may need targets as they
    are.
"""


def documented(
    *,
    specific,
    target_scaler="",
    learning_rate_init="1e-3",
    batch_size=64,
    max_epochs=40,
    weight_decay=0.02,
    allows_none=False,
):
    """Put the common parts in the places that a class docstring has for them."""
    parts = {
        "%(specific)s": specific,
        "%(scaler)s": _SCALER,
        "%(module_scaler)s": _MODULE_SCALER,
        "%(target_scaler)s": _TARGET_SCALER.format(auto=target_scaler.strip()),
        "%(loss)s": _CLASSIFIER_LOSS,
        "%(regression_loss)s": _REGRESSION_LOSS,
        "%(training)s": _TRAINING.format(
            learning_rate_init=learning_rate_init,
            batch_size=batch_size,
            max_epochs=max_epochs,
            weight_decay=weight_decay,
            or_none=" or None" * allows_none,
            decay_of_none=_DECAY_OF_NONE.rstrip() * allows_none,
        ),
        "%(running)s": _RUNNING,
        "%(classifier)s": _CLASSIFIER,
        "%(classes)s": _CLASSES,
        "%(attributes)s": _ATTRIBUTES,
        "%(references)s": _REFERENCES,
    }

    def fill(cls):
        if cls.__doc__ is not None:  # python -OO
            for place, text in parts.items():
                text = textwrap.indent(text.strip(), "    ")
                cls.__doc__ = cls.__doc__.replace("    " + place, text)
        return cls

    return fill
