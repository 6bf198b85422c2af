"""What predictions of held-out rows say: arrays in, arrays out."""

from sklearn_hp._held_out._bootstrap import (
    CorrectedScore,
    Judgement,
    NoIntervalError,
    averaging_gain,
    step_beyond_folds,
)
from sklearn_hp._held_out._greedy import Selection, select_greedily
from sklearn_hp._held_out._nested import choose_best, choose_ensemble
from sklearn_hp._held_out._rows import Rows, why_not_exchangeable
from sklearn_hp._held_out._scores import Scores, why_not_from_predictions

__all__ = [
    "CorrectedScore",
    "Judgement",
    "NoIntervalError",
    "Rows",
    "Scores",
    "Selection",
    "averaging_gain",
    "choose_best",
    "choose_ensemble",
    "select_greedily",
    "step_beyond_folds",
    "why_not_exchangeable",
    "why_not_from_predictions",
]
