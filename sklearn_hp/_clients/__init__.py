"""Tools around scikit-learn that know its searches by their class: they learn of ours.

One file for each tool. None is imported before the user has imported it.
"""

from sklearn_hp._clients._mlflow import announced_to_mlflow
from sklearn_hp._clients._onnx import OnnxConvertible

__all__ = ["OnnxConvertible", "announced_to_mlflow"]
