"""Results of earlier searches, in whatever form a user has them."""

from sklearn_hp.model_selection._prior._known import known_results

__all__ = ["known_results"]
