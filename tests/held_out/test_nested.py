import numpy as np
import pytest
from sklearn.metrics import get_scorer

from sklearn_hp._held_out import Scores, choose_best, choose_ensemble, select_greedily
from sklearn_hp._held_out._nested import nested_predictions
from tests.held_out.test_scores import SPLITS, M, N, of_classes, of_numbers

NAMES = [
    ("r2", of_numbers, ()),
    ("neg_mean_absolute_error", of_numbers, (2,)),
    ("neg_log_loss", of_classes, (3,)),
    ("roc_auc", of_classes, (2,)),
]


@pytest.mark.parametrize("name, make, args", NAMES)
def test_each_split_is_predicted_by_the_best_of_the_others(name, make, args):
    rows, P = make(*args)
    scores = Scores(get_scorer(name), rows)
    per_split = np.concatenate([scores(P, (SPLITS == s)[None] * 1.0) for s in range(3)])
    found = nested_predictions(P, choose_best(P, scores), rows)
    for split in range(3):
        best = np.delete(per_split, split, axis=0).mean(axis=0).argmax()
        np.testing.assert_array_equal(found[split == SPLITS], P[best][split == SPLITS])


@pytest.mark.parametrize("name, make, args", NAMES)
def test_each_split_is_predicted_by_the_ensemble_of_the_others(name, make, args):
    rows, P = make(*args)
    scores = Scores(get_scorer(name), rows)
    choose = choose_ensemble(P, scores, pool_size=3, max_steps=4)
    found = nested_predictions(P, choose, rows)
    for split in range(3):
        w = (SPLITS != split) * 1.0
        pool = np.argsort(-scores(P, w[np.newaxis])[0], kind="stable")[:3]
        without = select_greedily(P[pool], scores, w, 4)
        mean = np.average(P[pool], axis=0, weights=without.counts)
        np.testing.assert_allclose(found[split == SPLITS], mean[split == SPLITS])


def test_all_rows_choose_as_the_search():
    rows, P = of_numbers()
    scores = Scores(get_scorer("r2"), rows)
    every = np.ones((1, N))
    assert choose_best(P, scores)(every).argmax() == scores(P).argmax()
    weights = choose_ensemble(P, scores, pool_size=M)(every)[0]
    np.testing.assert_allclose(weights, select_greedily(P, scores).counts / 10)


def test_the_first_of_equals_is_best():
    rows, P = of_numbers()
    choose = choose_best(np.stack([P[0]] * 3), Scores(get_scorer("r2"), rows))
    np.testing.assert_array_equal(choose(np.ones((2, N))), [[1, 0, 0]] * 2)
