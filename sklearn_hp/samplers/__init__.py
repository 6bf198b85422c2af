"""WHERE to look next: samplers propose candidates and learn from their scores."""

from sklearn_hp._records import Observation, Trial
from sklearn_hp.samplers._base import Sampler
from sklearn_hp.samplers._fixed import FixedSampler, LazySampler
from sklearn_hp.samplers._gp import GPSampler

__all__ = [
    "FixedSampler",
    "GPSampler",
    "LazySampler",
    "Observation",
    "Sampler",
    "Trial",
]
