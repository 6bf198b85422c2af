"""PyTorch networks as scikit-learn estimators, through skorch; the extra ``torch``."""

try:
    import skorch as _skorch  # noqa: F401
    import torch as _torch  # noqa: F401
except ImportError as exc:
    raise ImportError(
        f"sklearn_hp.neural_network needs torch and skorch, and {exc.name} is not "
        f'installed. Install them with: pip install "sklearn-hp[torch]"'
    ) from exc

from sklearn_hp.neural_network._cnn import TorchCNNClassifier, TorchCNNRegressor
from sklearn_hp.neural_network._generic import TorchClassifier, TorchRegressor
from sklearn_hp.neural_network._losses import BinaryFocalLoss, FocalLoss
from sklearn_hp.neural_network._mlp import TorchMLPClassifier, TorchMLPRegressor

__all__ = [
    "BinaryFocalLoss",
    "FocalLoss",
    "TorchCNNClassifier",
    "TorchCNNRegressor",
    "TorchClassifier",
    "TorchMLPClassifier",
    "TorchMLPRegressor",
    "TorchRegressor",
]
