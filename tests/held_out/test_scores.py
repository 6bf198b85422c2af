import warnings
from dataclasses import replace
from types import FunctionType

import numpy as np
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import check_scoring, get_scorer, make_scorer

from sklearn_hp._held_out import Rows, Scores, why_not_from_predictions
from sklearn_hp._held_out._metrics import nan_mean
from sklearn_hp._held_out._scores import score_of_answers
from sklearn_hp._responses import Target, restored, stored

N, M = 60, 4
SPLITS = np.repeat([0, 1, 2], [15, 20, 25])


def of_classes(n_classes, method="predict_proba", params=None, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n_classes)
    y = labels[rng.permutation(np.arange(N) % n_classes)]
    P = rng.dirichlet(np.ones(n_classes), size=(M, N)).round(2)  # with ties
    P[..., -1] = (1 - P[..., :-1].sum(axis=-1)).round(2)
    if method == "decision_function" and n_classes == 2:
        P = P[..., 1:] - 0.5
    target = Target((labels,))
    return Rows(y, method, target, SPLITS, score_params=params or {}), P


def of_numbers(n_outputs=1, params=None, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.gamma(4, 1, (N, n_outputs))
    P = np.abs(y + rng.normal(size=(M, N, n_outputs)))
    y = y[:, 0] if n_outputs == 1 else y
    return Rows(
        y, "predict", Target(None, ndim=y.ndim), SPLITS, score_params=params or {}
    ), P


def by_split(scorer, rows, P, w):
    """The score of each split, with rows repeated."""
    found = []
    for split in np.unique(rows.splits):
        block = np.flatnonzero(rows.splits == split)
        drawn = np.repeat(block, w[block])
        found.append(score_of_answers(scorer, P[drawn], rows, drawn))
    return np.array(found)


def by_hand(scorer, rows, P, w):
    return np.mean(by_split(scorer, rows, P, w))


def by_rows(scorer, rows, P, w):
    """A mean over rows, each of which weighs by the size of its split."""
    weights = np.bincount(rows.splits, w) / np.bincount(rows.splits)
    return np.average(by_split(scorer, rows, P, w), weights=weights)


CLASS_METRICS = ["accuracy", "balanced_accuracy", "neg_log_loss", "neg_brier_score"]
CLASS_METRICS += [
    "matthews_corrcoef",
    make_scorer(metrics.cohen_kappa_score),
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "precision_macro",
    "precision_weighted",
    "recall_macro",
    "recall_weighted",
    "jaccard_macro",
    "jaccard_micro",
    "jaccard_weighted",
    make_scorer(metrics.f1_score, average="macro", zero_division=1, labels=None),
    make_scorer(metrics.fbeta_score, beta=0.5, average="weighted"),
]
BINARY_METRICS = [
    "f1",
    "precision",
    "recall",
    "jaccard",
    make_scorer(metrics.f1_score, pos_label=0),
    make_scorer(metrics.precision_score, zero_division=1.0),
    make_scorer(metrics.fbeta_score, beta=2),
    make_scorer(metrics.fbeta_score, beta=0),
    make_scorer(metrics.fbeta_score, beta=np.inf),
]
RANKING_METRICS = [
    "roc_auc",
    "average_precision",
    make_scorer(
        metrics.average_precision_score,
        pos_label=0,
        response_method=("decision_function", "predict_proba"),
    ),
]
MEAN_PRECISIONS = [
    "average_precision",
    make_scorer(
        metrics.average_precision_score,
        average="weighted",
        response_method="predict_proba",
    ),
]
NUMBER_METRICS = [
    "r2",
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "neg_mean_absolute_error",
    "neg_median_absolute_error",
    "neg_mean_absolute_percentage_error",
    "neg_mean_squared_log_error",
    "neg_root_mean_squared_log_error",
    make_scorer(metrics.mean_pinball_loss, greater_is_better=False, alpha=0.1),
]
ONE_NUMBER_METRICS = [
    "neg_mean_poisson_deviance",
    "neg_mean_gamma_deviance",
    *(
        make_scorer(metrics.mean_tweedie_deviance, greater_is_better=False, power=power)
        for power in (-1, 0, 1.5, 3)
    ),
]
CASES = [
    *((name, of_classes, (n,)) for name in CLASS_METRICS for n in (2, 3)),
    ("accuracy", of_classes, (2, "decision_function")),
    ("accuracy", of_classes, (3, "decision_function")),
    ("balanced_accuracy", of_classes, (2, "decision_function")),
    ("f1_macro", of_classes, (3, "decision_function")),
    *((name, of_classes, (2,)) for name in BINARY_METRICS),
    ("f1", of_classes, (2, "decision_function")),
    *((name, of_classes, (2,)) for name in RANKING_METRICS),
    *((name, of_classes, (2, "decision_function")) for name in RANKING_METRICS),
    *((f"roc_auc_{kind}", of_classes, (2,)) for kind in ("ovr", "ovo")),
    *((f"roc_auc_{kind}", of_classes, (3,)) for kind in ("ovr", "ovr_weighted")),
    *((name, of_classes, (3,)) for name in MEAN_PRECISIONS),
    ("average_precision", of_classes, (3, "decision_function")),
    *((name, of_numbers, ()) for name in ONE_NUMBER_METRICS),
    *((name, of_numbers, (n,)) for name in NUMBER_METRICS for n in (1, 2)),
]

# scikit-learn has no weights of rows for these
UNWEIGHTED = [
    (f"roc_auc_{kind}", of_classes, (n,))
    for kind in ("ovo", "ovo_weighted")
    for n in (3, 4)
]


@pytest.mark.parametrize("name, make, args", CASES + UNWEIGHTED)
def test_equal_to_the_scorer_split_by_split(name, make, args):
    rows, P = make(*args)
    scorer = get_scorer(name)
    scores = Scores(scorer, rows)
    expected = [by_hand(scorer, rows, p, np.ones(N, int)) for p in P]
    np.testing.assert_allclose(scores(P), [expected], rtol=1e-12)


@pytest.mark.parametrize("name, make, args", CASES + UNWEIGHTED)
def test_weights_are_repeated_rows(name, make, args):
    rows, P = make(*args)
    scorer = get_scorer(name)
    scores = Scores(scorer, rows)
    W = np.random.default_rng(1).integers(0, 4, (5, N))
    by = by_rows if scores.is_row_mean else by_hand
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        expected = [[by(scorer, rows, p, w) for p in P] for w in W]
    np.testing.assert_allclose(scores(P, W), expected, rtol=1e-10)


@pytest.mark.parametrize("name, make, args", CASES)
def test_sample_weight(name, make, args):
    weight = np.random.default_rng(2).uniform(0.5, 2, N)
    rows, P = make(*args, params={"sample_weight": weight})
    scorer = get_scorer(name)
    expected = [by_hand(scorer, rows, p, np.ones(N, int)) for p in P]
    np.testing.assert_allclose(Scores(scorer, rows)(P), [expected], rtol=1e-12)


@pytest.mark.parametrize(
    "scorer, make, args, is_fast",
    [
        (get_scorer("roc_auc"), of_classes, (2,), True),
        (make_scorer(metrics.roc_auc_score), of_classes, (2,), False),  # of labels
        (get_scorer("average_precision"), of_classes, (3,), True),
        (make_scorer(metrics.average_precision_score, average="micro",
                     response_method="predict_proba"), of_classes, (3,), False),
        (make_scorer(metrics.f1_score, average="macro", labels=[0, 2]),
         of_classes, (3,), False),
        (make_scorer(metrics.f1_score, average="macro", zero_division=np.nan),
         of_classes, (3,), False),
        (make_scorer(metrics.cohen_kappa_score, weights="linear"),
         of_classes, (3,), False),
        (make_scorer(metrics.roc_auc_score, max_fpr=0.3,
                     response_method="predict_proba"), of_classes, (2,), False),
        (make_scorer(metrics.r2_score, multioutput="variance_weighted"),
         of_numbers, (2,), False),
        (make_scorer(metrics.log_loss, greater_is_better=False,
                     response_method="predict_proba"), of_classes, (2,), True),
        (make_scorer(metrics.log_loss, response_method="predict_proba"),
         of_classes, (2,), False),  # maximised, by mistake or not
        (make_scorer(metrics.accuracy_score, normalize=False), of_classes, (2,), False),
        (make_scorer(metrics.mean_pinball_loss, alpha=0.1), of_numbers, (), False),
    ],
)  # fmt: skip
def test_any_scorer(scorer, make, args, is_fast):
    rows, P = make(*args)
    scores = Scores(scorer, rows)
    assert isinstance(scores.blocks[0][1], FunctionType) != is_fast
    W = np.random.default_rng(1).integers(1, 4, (3, N))
    by = by_rows if scores.is_row_mean else by_hand
    expected = [[by(scorer, rows, p, w) for p in P] for w in W]
    np.testing.assert_allclose(scores(P, W), expected, rtol=1e-10)


@pytest.mark.parametrize(
    "name, make, args",
    [
        case
        for case in CASES + UNWEIGHTED
        if case[1] is of_classes and case[0] not in ("neg_log_loss", "neg_brier_score")
    ],
)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:No positive class found in y_true")
@pytest.mark.filterwarnings("ignore:A single label was found in 'y_true'")
def test_classes_that_a_split_lacks(name, make, args):
    """Splits of one class, models that predict one or never predict another."""
    rows, P = make(*args)
    n_classes = len(rows.target.classes[0])
    y = np.where(rows.splits == 0, rows.y, rows.splits - 1)
    rows = replace(rows, y=y)
    if P.shape[2] == 1:
        P[0], P[1] = -1, 1
    else:
        P[:2] = np.eye(n_classes)[[0, n_classes - 1]][:, np.newaxis]
        P[2, :, 1] += P[2, :, 0]
        P[2, :, 0] = 0
    scorer, scores = get_scorer(name), Scores(get_scorer(name), rows)
    assert scores.is_fast
    for p, found in zip(P, scores(P)[0], strict=True):
        expected = nan_mean(np.array([*of_each_split(scorer, rows, p)]))
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)


def of_each_split(scorer, rows, p):
    for split in np.unique(rows.splits):
        w = (rows.splits == split).astype(int)
        try:
            (score,) = by_split(scorer, one_split(rows, w), p[w == 1], w[w == 1])
            yield score
        except ValueError:  # the scorer needs rows of all classes
            yield np.nan


def one_split(rows, w):
    return replace(rows, y=rows.y[w == 1], splits=rows.splits[w == 1])


def test_metadata_that_is_not_known_goes_to_the_scorer():
    rows, P = of_numbers()
    limit = np.random.default_rng(0).uniform(1, 5, N)

    def scorer(estimator, X, y, limit):
        return np.mean(np.minimum(estimator.predict(X), limit) > y)

    rows = replace(rows, score_params={"limit": limit})
    expected = by_hand(scorer, rows, P[0], np.ones(N, int))
    assert Scores(scorer, rows)(P[:1])[0, 0] == pytest.approx(expected)
    assert not Scores(get_scorer("r2"), rows).is_fast


class Counted:
    """A function of the user, which counts its calls."""

    def __init__(self, scorer):
        self.scorer = scorer
        self.n_calls = 0

    def __call__(self, estimator, X, y):
        self.n_calls += 1
        return self.scorer(estimator, X, y)


def test_a_scorer_is_not_called_twice_for_the_same():
    rows, P = of_classes(2)
    scorer = Counted(get_scorer("roc_auc"))
    scores = Scores(scorer, rows)
    without_one = np.stack([SPLITS != split for split in range(3)]) * 1.0
    found = scores(P, without_one)
    assert scorer.n_calls == M * 3
    np.testing.assert_array_equal(scores(P[[2, 2]], without_one), found[:, [2, 2]])
    assert scorer.n_calls == M * 3
    twice = 2 * without_one[:1]
    np.testing.assert_allclose(scores(P, twice), found[:1])
    assert scorer.n_calls == M * 5  # other draws, of two splits


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError, IndexError])
def test_draws_that_a_scorer_raises_for_are_left_out(error):
    rows, P = of_classes(2)

    def scorer(estimator, X, y):
        if len(set(y)) < 2:
            raise error("no positive rows")
        return roc_auc(estimator, X, y)

    roc_auc = get_scorer("roc_auc")
    w = np.ones(N, int)
    w[(rows.splits == 0) & (rows.y == 1)] = 0
    w = w[np.newaxis]
    assert not Scores(scorer, rows).is_fast
    np.testing.assert_allclose(
        Scores(scorer, rows)(P, w), Scores(roc_auc, rows)(P, w), rtol=1e-12
    )


def test_warnings_of_a_scorer_are_not_repeated():
    rows, P = of_classes(2)

    def scorer(estimator, X, y):
        warnings.warn("some of y are missing", UserWarning, stacklevel=1)
        return 1.0

    np.testing.assert_array_equal(Scores(scorer, rows)(P), np.ones((1, M)))


def test_labels_of_any_kind():
    rows, P = of_classes(2)
    named = replace(
        rows,
        y=np.array(["no", "yes"])[rows.y],
        target=Target((np.array(["no", "yes"]),)),
    )
    for name in ("accuracy", "neg_log_loss", "roc_auc"):
        scorer = get_scorer(name)
        np.testing.assert_array_equal(Scores(scorer, named)(P), Scores(scorer, rows)(P))


@pytest.mark.parametrize(
    "make, args, name", [(of_classes, (3,), "accuracy"), (of_numbers, (2,), "r2")]
)
def test_the_score_method_of_estimators(make, args, name):
    rows, P = make(*args)
    estimator = DummyClassifier() if rows.target.classes else DummyRegressor()
    scores = Scores(check_scoring(estimator), rows)
    np.testing.assert_array_equal(scores(P), Scores(get_scorer(name), rows)(P))


def test_what_is_undefined_is_left_out():
    rows, P = of_classes(2)
    scores = Scores(get_scorer("roc_auc"), rows)
    w = np.ones(N, int)
    w[(rows.splits == 0) & (rows.y == 1)] = 0  # no pair in this split
    expected = by_split(get_scorer("roc_auc"), rows, P[0], np.ones(N, int))[1:].mean()
    np.testing.assert_allclose(scores(P[:1], w[np.newaxis]), [[expected]])
    assert np.isnan(scores(P, np.zeros((2, N)))).all()


def test_r2_where_all_are_equal():
    rows, P = of_numbers()
    constant = replace(rows, y=np.full(N, 7.0))
    P[1] = 7.0
    np.testing.assert_array_equal(
        Scores(get_scorer("r2"), constant)(P)[0], [0.0, 1.0, 0.0, 0.0]
    )


def test_an_offset_costs_no_digits():
    rows, P = of_numbers()
    far = replace(rows, y=rows.y + 1e6)
    near, there = (Scores(get_scorer("r2"), r) for r in (rows, far))
    np.testing.assert_allclose(there(P + 1e6), near(P), rtol=1e-8)


@pytest.mark.parametrize(
    "scorer, perfect",
    [
        (get_scorer("neg_log_loss"), 0.0),
        (get_scorer("neg_median_absolute_error"), 0.0),
        (get_scorer("r2"), 1.0),
        (get_scorer("f1_macro"), 1.0),
        (check_scoring(DummyRegressor()), 1.0),
        (make_scorer(metrics.accuracy_score, normalize=False), None),
        (make_scorer(metrics.dcg_score), None),
        (lambda estimator, X, y: 7.0, None),
    ],
)
def test_the_perfect_score(scorer, perfect):
    assert Scores(scorer, of_numbers()[0]).perfect == perfect


# ---- scorers that take more than predictions ----------------------------------------


def parts_of(rows, P, scorer, change=lambda score: score):
    for split in np.unique(rows.splits):
        block = np.flatnonzero(rows.splits == split)
        part = replace(rows, y=rows.y[block], splits=rows.splits[block])
        score = score_of_answers(scorer, P[block], rows, block)
        kept = restored(stored(P[block]), rows.method, rows.target)
        yield kept, part, change(score)


@pytest.mark.parametrize("name, make, args", CASES)
def test_scorers_that_take_predictions(name, make, args):
    rows, P = make(*args)
    scorer = get_scorer(name)
    assert why_not_from_predictions(scorer, list(parts_of(rows, P[0], scorer))) is None


def test_ties_stay_ties_in_single_precision():
    """Of trees' votes for three classes, the area under the curve is all ties."""
    rng = np.random.default_rng(0)
    rows, _ = of_classes(3)
    P = rng.multinomial(20, [0.3, 0.3, 0.4], size=N) / 20
    scorer = get_scorer("roc_auc_ovr")
    assert why_not_from_predictions(scorer, list(parts_of(rows, P, scorer))) is None


def test_a_scorer_that_reads_the_model_is_refused():
    rows, P = of_classes(2)
    parts = list(parts_of(rows, P[0], get_scorer("accuracy")))

    def few_leaves(estimator, X, y):
        return -estimator.tree_.n_leaves

    reason = why_not_from_predictions(few_leaves, parts)
    assert reason.startswith("the scorer needs more of a model than its predictions: ")
    assert "tree_" in reason


def test_a_scorer_that_finds_another_score_is_refused():
    rows, P = of_classes(2)
    scorer = get_scorer("accuracy")
    parts = list(parts_of(rows, P[0], scorer, lambda score: score - 0.01))
    assert why_not_from_predictions(scorer, parts) == (
        "the scorer gives 0.533333 for the predictions (predict_proba) of split 0, but "
        "gave 0.523333 for the model itself. It may read another method of the model; "
        "a scoring that reads predict_proba would do"
    )
