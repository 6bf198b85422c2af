from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    get_scorer,
    make_scorer,
    mean_pinball_loss,
)

from sklearn_hp._held_out import (
    Judgement,
    NoIntervalError,
    Rows,
    Scores,
    averaging_gain,
    choose_best,
    choose_ensemble,
    step_beyond_folds,
)
from sklearn_hp._held_out import _bootstrap as bootstrap
from sklearn_hp._held_out._bootstrap import draw_rows
from sklearn_hp._responses import Target
from tests.held_out.test_scores import SPLITS, N, of_classes, of_numbers


def pinball_loss(y_true, y_pred):
    """A function of the user."""
    return mean_pinball_loss(y_true, y_pred, alpha=0.3)


CASES = [
    ("neg_mean_squared_error", of_numbers, (), 400, 0),
    ("r2", of_numbers, (2,), 400, 1),
    ("roc_auc", of_classes, (2,), 400, 1),
    (
        make_scorer(pinball_loss, greater_is_better=False),
        of_numbers,
        (),
        50,
        None,
    ),
]


def judge(scores, P, *choices):
    return Judgement(P, scores, [choose(P, scores) for choose in choices])


def ensemble(P, scores):
    return choose_ensemble(P, scores, pool_size=len(P))


@pytest.mark.parametrize("name, make, args, n_draws, perfect", CASES)
def test_of_one_candidate_it_is_the_plain_bootstrap(name, make, args, n_draws, perfect):
    rows, P = make(*args)
    scores = Scores(get_scorer(name), rows)
    judgement = judge(scores, P[:1], choose_best, ensemble)
    W = np.concatenate([*draw_rows(scores, 0)])
    assert len(W) == n_draws
    plain = scores(P[:1], W)
    np.testing.assert_allclose(judgement.draws, np.repeat(plain, 2, axis=1))
    np.testing.assert_allclose(judgement.estimates, [scores(P[:1])[0, 0]] * 2)
    score = judgement.corrected(0, step=0.0)
    assert score.estimate == pytest.approx(scores(P[:1])[0, 0])
    # Student's quantile for 59 degrees of freedom
    width = 1.4 * 2.0010 * plain.std(ddof=1)
    if perfect is None:
        assert score.high - score.low == pytest.approx(2 * width, rel=1e-4)
        return
    roots = np.sqrt(perfect - np.array([score.high, score.estimate, score.low]))
    np.testing.assert_allclose(np.diff(roots), width / (2 * roots[1]), rtol=1e-4)


@pytest.mark.parametrize("name, make, args", [case[:3] for case in CASES[:3]])
def test_the_order_of_the_candidates_does_not_matter(name, make, args):
    rows, P = make(*args)
    scores = Scores(get_scorer(name), rows)
    order = [2, 0, 3, 1]
    one, other = (judge(scores, p, choose_best, ensemble) for p in (P, P[order]))
    np.testing.assert_allclose(one.estimates, other.estimates)
    np.testing.assert_allclose(one.draws, other.draws)
    assert averaging_gain(P, scores) == pytest.approx(averaging_gain(P[order], scores))


def test_the_best_by_luck_is_found_out():
    """Thirty candidates that are equally good, some of them by chance better."""
    optimism, error = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=100)
        P = y[:, np.newaxis] + rng.normal(size=(30, 100, 1))
        rows = Rows(y, "predict", Target(None), np.repeat(np.arange(5), 20))
        scores = Scores(get_scorer("neg_mean_squared_error"), rows)
        optimism.append(scores(P).max() + 1)
        error.append(judge(scores, P, choose_best).estimates[0] + 1)
    # a mean square of 100 normal errors has the deviation 0.14, that of 40 such 0.022
    assert np.mean(optimism) > 0.2
    assert abs(np.mean(error)) < 3 * 0.022


def test_intervals_hold_the_truth():
    """Here no training rows vary, so the interval is wider than it has to be."""
    held = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=80)
        P = (y + rng.normal(size=80))[np.newaxis, :, np.newaxis]
        rows = Rows(y, "predict", Target(None), np.repeat(np.arange(4), 20))
        scores = Scores(get_scorer("neg_mean_squared_error"), rows)
        score = judge(scores, P, choose_best).corrected(0, 0.0)
        held.append(score.low <= -1 <= score.high)
    # 1.4 * 1.96 deviations: 99.4 %; the deviation of a share of 100 is 0.8 %
    assert 0.96 <= np.mean(held)


def average_precision_of(n_positive, n_splits=5, n=300):
    """Return what is estimated of a model, and its score on very many rows."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(40):
        y = (rng.permutation(n) < n_positive).astype(int)
        one = np.clip(rng.normal(1.5 * y, 1), -9, 9)[:, np.newaxis]
        splits = np.empty(n, dtype=int)
        for label in (0, 1):  # stratified
            splits[y == label] = np.arange(np.sum(y == label)) % n_splits
        rows = Rows(y, "decision_function", Target((np.arange(2),)), splits)
        scores = Scores(get_scorer("average_precision"), rows)
        judgement = judge(scores, [one], choose_best)
        found.append((scores(one[np.newaxis])[0, 0], judgement.corrected(0, 0.0)))
    y = (np.arange(200_000) < 200_000 * n_positive / n).astype(int)
    return found, average_precision_score(y, rng.normal(1.5 * y, 1))


@pytest.mark.parametrize("n_positive", [15, 30])
def test_the_average_precision_of_few_rows_is_too_high(n_positive):
    found, truth = average_precision_of(n_positive)
    of_splits = np.mean([score for score, _ in found]) - truth
    estimated = np.mean([corrected.estimate for _, corrected in found]) - truth
    assert of_splits > 0.05
    assert abs(estimated) < 0.6 * of_splits
    held = [corrected.low <= truth <= corrected.high for _, corrected in found]
    assert np.mean(held) >= 0.9


def test_a_perfect_score_is_not_passed():
    rows, P = of_classes(2)
    scores = Scores(get_scorer("accuracy"), rows)
    assert scores.perfect == 1
    P = np.eye(2)[rows.y][np.newaxis]
    P[0, 0] = P[0, 0, ::-1]  # one mistake
    score = judge(scores, P, choose_best).corrected(0, step=0.5)
    # one of the 15 rows of one of three splits; a step halves the loss at most
    assert score.estimate == pytest.approx(1 - 1 / 45 / 2)
    assert 0.8 < score.low < score.estimate < score.high <= 1
    P[0, 0] = P[0, 0, ::-1]
    score = judge(scores, P, choose_best).corrected(0, step=0.0)
    assert (score.low, score.estimate, score.high) == (1 - 3 / N, 1, 1)


@pytest.mark.parametrize(
    "scorer, is_share",
    [
        ("f1_macro", True),
        (make_scorer(balanced_accuracy_score), True),
        (make_scorer(balanced_accuracy_score, adjusted=True), False),
        ("matthews_corrcoef", False),
    ],
)
def test_a_share_is_not_below_0(scorer, is_share):
    rows, P = of_classes(2)
    P[0] = np.eye(2)[1 - rows.y]  # all but three rows are wrong
    P[0, :3] = P[0, :3, ::-1]
    score = judge(Scores(get_scorer(scorer), rows), P[:1], choose_best).corrected(0, 0)
    assert (score.low == 0) == is_share
    assert score.low <= score.estimate <= score.high


def test_no_loss_at_all():
    rows, _ = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)
    judgement = judge(scores, np.atleast_3d(rows.y[np.newaxis]), choose_best)
    with pytest.raises(NoIntervalError, match="the score is 0 whatever rows are drawn"):
        judgement.corrected(0, step=0.0)


def test_bad_models_are_no_variance():
    """Of good models and some that are far off, the gain is that of the good ones."""
    rng = np.random.default_rng(0)
    rows, P = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)
    good = np.repeat(P[:1], 5, axis=0)
    bad = good[:4] + rng.normal(0, 5, size=(4, 1, 1))
    assert averaging_gain(np.concatenate([good, bad]), scores) < 1e-12
    assert averaging_gain(good[:3], scores) == 0


def test_too_few_groups_for_a_bootstrap():
    rows, P = of_numbers()
    rows = replace(rows, groups=np.arange(N) // 15)
    judgement = judge(Scores(get_scorer("r2"), rows), P, choose_best)
    with pytest.raises(NoIntervalError, match="there are 4 rows or groups to draw"):
        judgement.corrected(0, step=0.0)


@pytest.mark.parametrize("metric", ["r2", "neg_root_mean_squared_error"])
def test_one_group_in_each_split(metric):
    """Drawn split by split, each group would always be drawn."""
    rows, P = of_numbers()
    groups = np.arange(N) // 10
    rows = replace(rows, splits=groups, groups=groups)
    score = judge(Scores(get_scorer(metric), rows), P, choose_best).corrected(0, 0.0)
    assert score.low < score.estimate < score.high


def test_a_loss_that_can_be_negative_has_no_bound():
    rows, _ = of_numbers()
    gain = make_scorer(lambda y, p: -5 - p.mean(), greater_is_better=False)
    assert Scores(gain, rows).perfect is None


def test_luck_is_not_taken_for_skill():
    """Of 300 coin flips, neither the best nor an ensemble of the best is expected."""
    rng = np.random.default_rng(0)
    rows, _ = of_classes(2)
    P = rng.uniform(size=(300, N, 1))
    P = np.concatenate([P, 1 - P], axis=2)
    scores = Scores(get_scorer("roc_auc"), rows)
    best = choose_best(P, scores)
    few = choose_ensemble(P, scores, pool_size=20)
    assert scores(P).max() > 0.65
    estimates = judge(scores, P, lambda *_: best, lambda *_: few).estimates
    assert (abs(estimates - 0.5) < 0.1).all()
    assert averaging_gain(P, scores) < 0.1


def test_where_no_score_is_perfect_the_interval_is_symmetric():
    rows, P = of_numbers()
    scorer = make_scorer(lambda y, p: 1e3 - np.abs(y - p).sum())
    scores = Scores(scorer, rows)
    assert scores.perfect is None
    judgement = judge(scores, P, choose_best)
    score = judgement.corrected(0, step=2.0)
    assert score.estimate == judgement.estimates[0] + 2
    assert score.high - score.estimate == pytest.approx(score.estimate - score.low)


def test_worse_by_more_than_chance():
    rows, P = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)

    def always(index):
        return lambda P, scores: lambda W: np.eye(2)[[index] * len(W)]

    judgement = judge(scores, np.stack([P[0], P[0] + 3]), always(0), always(1))
    assert judgement.is_worse(1, 0)
    assert not judgement.is_worse(0, 1)
    assert not judgement.is_worse(0, 0)
    judgement.estimates[1] = np.nan
    assert judgement.is_worse(1, 0)


def test_worse_by_chance():
    rows, P = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)
    luckier, other = np.argsort(scores(P)[0])[[-1, -2]]  # they are equally good

    def always(index):
        return lambda P, scores: lambda W: np.eye(len(P))[[index] * len(W)]

    judgement = judge(scores, P, always(luckier), always(other))
    difference, error = -np.diff(judgement.estimates), np.diff(judgement.draws).std()
    assert 0 < difference < error
    assert not judgement.is_worse(1, 0)


# ---- what is drawn ------------------------------------------------------------------


def test_rows_are_drawn_with_replacement():
    rows, _ = of_numbers()
    W = np.concatenate(
        [*draw_rows(Scores(get_scorer("neg_mean_squared_error"), rows), 0)]
    )
    np.testing.assert_array_equal(W.sum(axis=1), N)
    # a row is left out with probability (1 - 1/60)^60; 24,000 weights: deviation 0.003
    assert np.mean(W == 0) == pytest.approx((1 - 1 / N) ** N, abs=0.012)


def test_groups_are_drawn_whole():
    rows, _ = of_classes(2)
    groups = np.repeat(["a", "b", "c", "d", "e", "f"], [5, 10, 5, 15, 5, 20])
    for name in ("accuracy", "roc_auc"):
        scores = Scores(get_scorer(name), replace(rows, groups=groups))
        W = np.concatenate([*draw_rows(scores, 0)])
        for group in np.unique(groups):
            members = W[:, groups == group]
            assert (members == members[:, :1]).all()
        assert len(np.unique(W, axis=0)) > 3


@pytest.mark.parametrize("size_of_class", [3, 5])
def test_each_split_keeps_its_rows_of_each_class(size_of_class):
    rows, _ = of_classes(2)
    y = np.zeros(N, int)
    for start in (0, 20, 40):
        y[start : start + size_of_class] = 1
    scores = Scores(get_scorer("roc_auc"), replace(rows, y=y))
    W = np.concatenate([*draw_rows(scores, 0)])
    for split, size in enumerate([15, 20, 25]):
        assert (W[:, split == SPLITS].sum(axis=1) == size).all()
        in_both = (split == SPLITS) & (y == 1)
        assert (W[:, in_both].sum(axis=1) == size_of_class).all()
        assert np.ptp(W[:, in_both], axis=0).all()


def test_a_class_with_a_row_in_each_split_varies():
    rows, _ = of_classes(2)
    y = np.zeros(N, int)
    y[[0, 20, 40]] = 1
    W = np.concatenate(
        [*draw_rows(Scores(get_scorer("roc_auc"), replace(rows, y=y)), 0)]
    )
    assert (W.sum(axis=1) == N).all()
    assert W[:, 0].std() > 0.5


def test_same_seed_same_draws_however_many_at_a_time(monkeypatch):
    rows, P = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)
    expected = judge(scores, P, choose_best).draws
    monkeypatch.setattr(bootstrap, "_CHUNK", 7 * N)
    np.testing.assert_allclose(judge(scores, P, choose_best).draws, expected)


def test_draws_that_leave_a_metric_undefined_are_left_out():
    """Groups of one class each: a draw can lack a class."""
    rows, P = of_classes(2)
    y = (np.arange(N) % 5 < 2).astype(int)
    groups = np.char.add(SPLITS.astype(str), y.astype(str))
    rows = replace(rows, y=y, groups=groups)
    judgement = judge(Scores(get_scorer("roc_auc"), rows), P, choose_best)
    assert np.isnan(judgement.draws).any()
    score = judgement.corrected(0, 0.0)
    assert score.low < score.estimate < score.high


# ---- the step beyond the models of folds --------------------------------------------


def test_averaging_gain_is_the_variance_between_the_models():
    rows, P = of_numbers()
    scores = Scores(get_scorer("neg_mean_squared_error"), rows)
    of_rows = P[:, :, 0].var(axis=0)
    of_four = np.mean([of_rows[split == SPLITS].mean() for split in range(3)])
    with_worse = np.concatenate([P, P + 50, P - 50])  # of twelve, four are averaged
    expected = of_four * (1 - 1 / 10) / (1 - 1 / 4)
    assert averaging_gain(with_worse, scores) == pytest.approx(expected)


def test_averaging_gain_is_of_the_ten_best():
    rows, P = of_numbers()
    scores = Scores(get_scorer("r2"), rows)
    ten = np.concatenate([P, P, P])[:10]
    one, other = (np.concatenate([ten + far, ten, ten - far]) for far in (9, 50))
    assert averaging_gain(one, scores) == pytest.approx(averaging_gain(other, scores))
    # of more models, no more than ten
    many = np.concatenate([one, ten + 30])
    assert averaging_gain(many, scores) == pytest.approx(averaging_gain(one, scores))


def test_a_loss_by_averaging_is_no_step():
    """Two models each have a third of the rows wrong, their mean has two thirds."""
    rows, _ = of_classes(2)
    right, wrong = np.eye(2)[rows.y], np.eye(2)[1 - rows.y]
    third = (np.arange(N) % 3)[:, np.newaxis]
    P = np.stack(
        [np.where(third == i, wrong, 0.6 * right + 0.4 * wrong) for i in (0, 1)]
    )
    scores = Scores(get_scorer("accuracy"), rows)
    assert scores(P.mean(axis=0)[np.newaxis])[0, 0] < 0.4 < 0.6 < scores(P).min()
    with_worse = np.concatenate([P, [wrong] * 4])
    assert averaging_gain(with_worse, scores) == 0.0


def test_the_step_grows_with_the_logarithm_of_the_rows():
    assert step_beyond_folds("refitted", 2.0, 0.8) == pytest.approx(0.6)
    assert step_beyond_folds("refitted", 2.0, 0.64) == pytest.approx(1.2)
    assert step_beyond_folds("refitted", 2.0, 1.0) == 0.0


def test_many_rows():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=30_000)
    P = np.clip(y + rng.normal(size=(3, y.size)), -2, 3) / 5 + 0.4
    rows = Rows(
        y, "predict_proba", Target((np.arange(2),)), np.repeat(np.arange(5), 6_000)
    )
    scores = Scores(get_scorer("accuracy"), rows)
    sizes = [len(W) for W in draw_rows(scores, 0)]
    assert sum(sizes) == 400
    assert max(sizes) * y.size <= 4_000_000
    score = judge(scores, np.stack([1 - P, P], axis=2), choose_best).corrected(0, 0.0)
    assert 0 < score.high - score.low < 0.02
