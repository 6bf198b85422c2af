from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pytest
from sklearn.metrics import get_scorer, make_scorer, r2_score

from sklearn_hp._held_out import (
    Judgement,
    Scores,
    averaging_gain,
    choose_best,
    choose_ensemble,
    select_greedily,
)
from sklearn_hp._held_out import _greedy as greedy
from tests.held_out.test_scores import Counted, N, of_classes, of_numbers


def test_each_step_is_the_best_there_is():
    rows, P = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)
    chosen = []
    selection = select_greedily(P, scores, max_steps=6)
    for reached in selection.path:
        each = [scores(P[[*chosen, j]].mean(axis=0)[np.newaxis]) for j in range(len(P))]
        chosen.append(int(np.argmax(each)))
        assert np.max(each) == pytest.approx(reached, rel=1e-12)
    np.testing.assert_array_equal(
        selection.counts, np.bincount(chosen, minlength=len(P))
    )


def test_two_steps_against_all_pairs():
    """The first is the best alone, the second the best beside it."""
    rows, P = of_classes(3)
    scores = Scores(get_scorer("neg_log_loss"), rows)
    best = int(np.argmax(scores(P)))
    pairs = [p for p in combinations_with_replacement(range(len(P)), 2) if best in p]
    reached = [scores(P[list(p)].mean(axis=0)[np.newaxis])[0, 0] for p in pairs]
    selection = select_greedily(P, scores, max_steps=2)
    assert selection.path[-1] == pytest.approx(max(reached), rel=1e-12)


@pytest.mark.parametrize("name", ["neg_log_loss", "roc_auc", "accuracy"])
def test_the_path_ends_at_the_score_of_the_counts(name):
    rows, P = of_classes(2)
    scores = Scores(get_scorer(name), rows)
    selection = select_greedily(P, scores)
    assert selection.path[0] == scores(P).max()
    assert selection.counts.sum() == len(selection.path) == 10
    mean = np.average(P, axis=0, weights=selection.counts)
    assert scores(mean[np.newaxis])[0, 0] == pytest.approx(selection.path[-1])


@pytest.mark.parametrize("max_members", [1, 2, 3])
def test_number_of_members(max_members):
    rows, P = of_numbers()
    scores = Scores(get_scorer("r2"), rows)
    free = select_greedily(P, scores)
    assert np.count_nonzero(free.counts) == 4
    few = select_greedily(P, scores, max_members=max_members)
    assert np.count_nonzero(few.counts) == max_members
    assert few.counts.sum() == 10


def test_order_of_the_candidates_does_not_matter():
    rows, P = of_numbers()
    scores = Scores(get_scorer("r2"), rows)
    order = np.array([2, 0, 3, 1])
    np.testing.assert_array_equal(
        select_greedily(P[order], scores).counts,
        select_greedily(P, scores).counts[order],
    )


def test_the_first_of_equals_is_taken():
    rows, P = of_numbers()
    scores = Scores(get_scorer("r2"), rows)
    once = select_greedily(P, scores)
    twice = select_greedily(np.concatenate([P, P]), scores)
    np.testing.assert_array_equal(twice.counts[: len(P)], once.counts)
    assert not twice.counts[len(P) :].any()


def test_rows_without_weight_do_not_count():
    rows, P = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)
    w = (rows.splits != 1).astype(float)
    expected = select_greedily(P, scores, w)
    P[:, rows.splits == 1] = 1e6
    np.testing.assert_array_equal(select_greedily(P, scores, w).counts, expected.counts)


def test_parts_of_the_candidates_at_a_time(monkeypatch):
    rows, P = of_numbers()
    scores = Scores(get_scorer("r2"), rows)
    expected = select_greedily(P, scores)
    monkeypatch.setattr(greedy, "_CHUNK", 3 * N)
    found = select_greedily(P, scores)
    np.testing.assert_array_equal(found.counts, expected.counts)
    np.testing.assert_allclose(found.path, expected.path)


# ---- where each score is a call of the user's function ------------------------------


def many_models(n_models, n_splits=3):
    rows, _ = of_numbers()
    rng = np.random.default_rng(1)
    error = rng.normal(size=(n_models, N)) * rng.uniform(0.5, 2, (n_models, 1))
    rows = replace(rows, splits=np.arange(N) % n_splits)
    return rows, (rows.y + error)[:, :, np.newaxis]


def test_few_models_are_chosen_as_of_a_known_metric():
    rows, P = many_models(5)
    known = Scores(get_scorer("r2"), rows)
    unknown = Scores(make_scorer(lambda y, p: r2_score(y, p)), rows)
    assert known.is_fast and not unknown.is_fast
    one, other = (select_greedily(P, scores) for scores in (known, unknown))
    np.testing.assert_array_equal(one.counts, other.counts)
    np.testing.assert_allclose(one.path, other.path)


@pytest.mark.parametrize("n_splits, n_left", [(3, 10), (5, 10), (7, 7), (20, 5)])
def test_of_many_models_the_best_are_left(n_splits, n_left):
    rows, P = many_models(20, n_splits)
    scorer = Counted(get_scorer("r2"))
    scores = Scores(scorer, rows)
    selection = select_greedily(P, scores)
    # the best and again the best is the best alone, which is known
    calls = n_splits * (20 + 9 * n_left - 1)
    assert calls - n_splits * n_left < scorer.n_calls <= calls
    alone = np.argsort(-scores(P)[0])
    assert set(np.flatnonzero(selection.counts)) <= set(alone[:n_left])
    pool = np.sort(alone[:n_left])
    known = select_greedily(P[pool], Scores(get_scorer("r2"), rows))
    np.testing.assert_array_equal(selection.counts[pool], known.counts)


def test_calls_for_a_selection_and_its_judgement():
    rows, P = many_models(20, 5)
    scorer = Counted(get_scorer("r2"))
    scores = Scores(scorer, rows)
    select_greedily(P, scores)
    choices = [choose_best(P, scores), choose_ensemble(P, scores, 20)]
    Judgement(P, scores, choices)
    averaging_gain(P, scores)
    assert scorer.n_calls < 3000
