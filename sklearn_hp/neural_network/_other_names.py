"""What scikit-learn's MLP, skorch and Keras call otherwise than our networks."""

from __future__ import annotations

from collections.abc import Mapping

_BETAS = "Use optimizer__betas=(beta_1, beta_2)."
_STOPPING = "Use early_stopping=True, and validation_fraction."

REMEDIES: Mapping[str, str] = {
    "alpha": (
        "Use weight_decay, on another scale: it shrinks weights by weight_decay times "
        "the learning rate in each step. Begin with its default."
    ),
    "beta_1": _BETAS,
    "beta_2": _BETAS,
    "epsilon": "Use optimizer__eps.",
    "solver": "Use optimizer='adamw', 'adam', 'sgd' or another of torch.optim.",
    "max_iter": "Use max_epochs.",
    "power_t": "Use learning_rate='cosine' or 'constant'.",
    "warm_start": "Use partial_fit, or checkpoint.",
    "lr": "Use learning_rate_init.",
    "patience": "Use early_stopping=True, and n_iter_no_change.",
    "train_split": _STOPPING,
    "validation_split": _STOPPING,
    "criterion": (
        "Use loss. TorchClassifier and TorchRegressor, for a module of your own, have "
        "a criterion."
    ),
    "seed": "Use random_state.",
}
