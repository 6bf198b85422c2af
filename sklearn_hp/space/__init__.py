"""Parameter values and the points that stand for them."""

from sklearn_hp.space._log_randint import log_randint
from sklearn_hp.space._search_space import SearchSpace

__all__ = ["SearchSpace", "log_randint"]
