"""What predictions of held-out rows say: arrays in, arrays out."""

from sklearn_hp._held_out._greedy import Selection, select_greedily
from sklearn_hp._held_out._scores import Rows, Scores, why_not_from_predictions

__all__ = [
    "Rows",
    "Scores",
    "Selection",
    "select_greedily",
    "why_not_from_predictions",
]
