"""How experience is learnt: the pure functions of benchmarks/experience."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

KERNELS = {"gamma": {"kernel": ["rbf", "poly"]}, "degree": {"kernel": ["poly"]}}


@pytest.fixture
def R():
    return np.random.default_rng(0).random((12, 40)) ** 0.5


def make_lines(n_tables=6, n_candidates=30):
    rng = np.random.default_rng(1)
    return {
        f"table {i}": {
            "table": f"table {i}",
            "runs": [
                {
                    "scores": {
                        "r2": rng.random(n_candidates).tolist(),
                        "neg_mean_absolute_error": (-rng.random(n_candidates)).tolist(),
                    },
                    "defaults": {"r2": [0.5], "neg_mean_absolute_error": [-0.5]},
                }
            ],
        }
        for i in range(n_tables)
    }


METRICS = ["r2", "neg_mean_absolute_error"]


def test_first_point_is_best_on_the_mean(portfolio, R):
    weights = np.random.default_rng(1).random(12)
    [first] = portfolio.greedy(R, weights, 1)
    sums = [sum(weights[t] * R[t, c] for t in range(12)) for c in range(40)]
    assert first == np.argmin(sums)


def test_each_point_lowers_the_sum_most(portfolio, R):
    weights = np.ones(12)
    points = portfolio.greedy(R, weights, 5)
    for n in range(1, 5):
        sums = [R[:, [*points[:n], c]].min(axis=1).sum() for c in range(40)]
        assert sums[points[n]] == pytest.approx(min(sums))
    lowest = [R[:, points[: n + 1]].min(axis=1).sum() for n in range(5)]
    assert np.all(np.diff(lowest) <= 0)


def test_points_are_distinct_where_none_is_better(portfolio):
    R = np.array([[0.0, 0.7, 0.2, 0.2]])
    assert portfolio.greedy(R, np.ones(1)) == [0, 2, 3, 1]


@pytest.mark.parametrize("n_drawn", [1, 2, 4, 7])
def test_expected_minimum_is_that_of_all_subsets(portfolio, n_drawn):
    R = np.random.default_rng(2).random((3, 7)).round(1)  # with ties
    subsets = list(combinations(range(7), n_drawn))
    expected = np.mean([R[:, subset].min(axis=1) for subset in subsets], axis=0)
    np.testing.assert_allclose(portfolio.expected_minimum(R, n_drawn), expected)


def test_more_than_all_candidates_cannot_be_drawn(portfolio, R):
    np.testing.assert_allclose(portfolio.expected_minimum(R, 99), R.min(axis=1))


def test_regret_is_0_at_the_best_and_1_from_the_median(portfolio):
    lines = {"a": make_line([0.0, None, 1.0, 0.5, 0.75, 0.1])}
    tasks = portfolio.make_tasks(lines, ["r2"])
    np.testing.assert_allclose(tasks.R, [[1, 1, 0, 1, 0.5, 1]])
    np.testing.assert_allclose(tasks.defaults, [0.2])


def make_line(*runs, default=0.9):
    made = [{"scores": {"r2": run}, "defaults": {"r2": [default]}} for run in runs]
    return {"runs": made}


def test_scores_are_those_of_one_run(portfolio):
    lines = {
        "a": make_line([0.0, 1.0, 0.6], [1.0, 0.5, None]),
        "b": make_line([0.1, 0.2, 0.3]),
    }
    first = portfolio.make_tasks(lines, ["r2"])
    second = portfolio.make_tasks(lines, ["r2"], run=1)
    assert list(first.tables) == ["a", "b"]
    np.testing.assert_allclose(first.R, [[1, 0, 1], [1, 1, 0]])
    assert list(second.tables) == ["a"], "the table that has a second run"
    np.testing.assert_allclose(second.R, [[0, 1, 1]])
    assert list(first.shared_with(second).tables) == ["a"]
    np.testing.assert_allclose(first.shared_with(second).R, [[1, 0, 1]])


def test_what_is_chosen_in_one_run_is_measured_in_the_other(portfolio):
    chosen_by = np.array([[0.5, 0.6, 0.2, 0.2, 0.0]])
    R = np.array([[0.1, 0.2, 0.3, 0.4, 0.5]])
    np.testing.assert_array_equal(
        portfolio.regrets_of_choices(chosen_by, R), [[0.1, 0.1, 0.3, 0.3, 0.5]]
    )
    np.testing.assert_array_equal(
        portfolio.regrets_of_choices(R, R), np.minimum.accumulate(R, axis=1)
    )


@pytest.mark.parametrize("n_drawn", [1, 2, 5])
def test_expected_choice_is_that_of_all_subsets(portfolio, n_drawn):
    rng = np.random.default_rng(3)
    chosen_by, R = rng.random((2, 3, 6))
    subsets = [list(subset) for subset in combinations(range(6), n_drawn)]
    expected = [
        [R[task, s[np.argmin(chosen_by[task, s])]] for s in subsets]
        for task in range(3)
    ]
    np.testing.assert_allclose(
        portfolio.expected_choice(chosen_by, R, n_drawn), np.mean(expected, axis=1)
    )


def test_tasks_that_tell_nothing_are_left_out(portfolio):
    lines = {
        "constant": make_line([0.5, 0.5, 0.5]),
        "failed": make_line([None, None, None]),
        "good": make_line([0.1, 0.2, 0.3]),
    }
    assert list(portfolio.make_tasks(lines, ["r2"]).tables) == ["good"]


def test_peers_widen_the_scale(portfolio):
    lines, peers = {"a": make_line([0.2, 0.4])}, {"a": make_line([0.6, 1.0])}
    tasks = portfolio.make_tasks({**lines, "b": lines["a"]}, ["r2"], peers)
    # best 1.0, median 0.5 of all four
    np.testing.assert_allclose(tasks.R, [[1, 1]])
    tasks = portfolio.make_tasks(peers, ["r2"], lines)
    np.testing.assert_allclose(tasks.R, [[0.8, 0]])


def test_metrics_share_the_weight_of_a_table(portfolio):
    lines = make_lines()
    del lines["table 2"]["runs"][0]["scores"]["r2"]
    tasks = portfolio.make_tasks(lines, METRICS)
    np.testing.assert_array_equal(tasks.weights, [0.5] * 4 + [1] + [0.5] * 6)


def test_a_table_is_not_learnt_from_when_judged(portfolio):
    tasks = portfolio.make_tasks(make_lines(), METRICS)
    seen = []
    regrets = portfolio.left_out_regrets(
        tasks, tasks, 4, lambda others: seen.append(list(others)) or others
    )
    names = sorted(make_lines())
    assert seen == [[other for other in names if other != name] for name in names]
    assert regrets.shape == (6, 4)
    assert np.all(np.diff(regrets, axis=1) <= 0)


def test_order_of_lines_does_not_matter(portfolio):
    lines = make_lines()
    forward = portfolio.make_tasks(lines, METRICS)
    backward = portfolio.make_tasks(dict(reversed(lines.items())), METRICS)
    np.testing.assert_array_equal(forward.R, backward.R)
    assert portfolio.greedy(forward.R, forward.weights) == portfolio.greedy(
        backward.R, backward.weights
    )


def test_point_keeps_what_has_a_meaning(portfolio):
    params = {"kernel": "rbf", "gamma": 0.0123456, "degree": 3, "class_weight": None}
    assert portfolio.make_point(params, KERNELS) == {
        "kernel": "rbf",
        "gamma": 0.0123,
        "class_weight": None,
    }
    assert portfolio.make_point({**params, "kernel": "linear"}, KERNELS) == {
        "kernel": "linear",
        "class_weight": None,
    }


def test_condition_on_an_absent_parameter_is_met(portfolio):
    assert portfolio.make_point({"gamma": 1.0, "degree": 3}, KERNELS) == {
        "gamma": 1.0,
        "degree": 3,
    }


def test_scores_are_read_as_they_were_written(scores, tmp_path):
    file = scores.file_of(tmp_path, "SVC, absolute gamma")
    assert file.name == "SVC-absolute_gamma.jsonl.gz"
    assert scores.read(file) == (None, {})
    head = {"estimator": "SVC()", "candidates": {"C": [1.0, 2.0], "gamma": [0.1, 0.2]}}
    lines = {
        name: {"table": name, "scores": {"r2": [0.5, None]}} for name in ("b", "a")
    }
    scores.write(file, head, lines)
    assert scores.read(file) == (head, lines)
    assert list(scores.read(file)[1]) == ["b", "a"]
    assert scores.candidates_in(head) == [
        {"C": 1.0, "gamma": 0.1},
        {"C": 2.0, "gamma": 0.2},
    ]
    first = file.read_bytes()
    scores.write(file, head, lines)
    assert file.read_bytes() == first
    assert [file] == list(tmp_path.iterdir()), "nothing is left beside"


@pytest.mark.parametrize(
    ("low", "high", "log", "integer", "expected"),
    [
        (0.034, 870.0, True, False, (0.03, 900.0)),
        (0.03, 900.0, True, False, (0.03, 900.0)),
        (3e-07, 0.0612, True, False, (3e-07, 0.07)),
        (17, 93, True, True, (10, 100)),
        (1, 7, True, True, (1, 7)),
        (0.31, 0.97, False, False, (0.3, 1.0)),
        (0.3, 0.7, False, False, (0.3, 0.7)),
        (2, 5, False, True, (2, 5)),
        (0.5, 0.5, False, False, (0.5, 0.5)),
    ],
)
def test_round_outward(ranges, low, high, log, integer, expected):
    rounded = ranges.round_outward(low, high, log, integer)
    assert rounded == expected
    assert all(isinstance(value, int) == integer for value in rounded)


def test_range_stays_within_that_collected(ranges):
    collected = SimpleNamespace(low=0.25, high=0.95, log=False, integer=False)
    found = ranges.best_range(collected, [0.26, 0.5, 0.94], np.ones(3))
    assert found == {"low": 0.25, "high": 0.95, "log": False, "integer": False}
    collected = SimpleNamespace(low=1, high=30, log=True, integer=False)
    found = ranges.best_range(collected, [1.5, 29.5], np.ones(2))
    assert (found["low"], found["high"]) == (1.0, 30.0)
    assert isinstance(found["high"], float)


def test_ranges_hold_the_best(portfolio, ranges):
    rng = np.random.default_rng(4)
    collected = SimpleNamespace(low=1e-4, high=1e4, log=True, integer=False)
    experiment = SimpleNamespace(
        space={"gamma": collected, "kernel": ["rbf", "linear", "poly"]},
        only_if={"gamma": {"kernel": ["rbf", "poly"]}},
    )
    candidates = [
        {
            "gamma": float(10 ** rng.uniform(-4, 4)),
            "kernel": ["rbf", "linear", "poly"][i % 3],
        }
        for i in range(300)
    ]
    distance = np.array([abs(np.log10(params["gamma"])) for params in candidates])
    R = np.where(np.arange(300) % 3 == 2, 1.0, np.minimum(distance, 1))[None]
    tasks = portfolio.Tasks(np.array(["a"]), np.array(["r2"]), R, np.ones(1))
    found = ranges.learn_ranges(experiment, candidates, tasks)
    assert found["kernel"] == {"choices": ["rbf", "linear"]}
    assert 0.1 <= found["gamma"]["low"] < 1 < found["gamma"]["high"] <= 10
    inside = {"gamma": 1.0, "kernel": "rbf"}
    for params, expected in [
        (inside, True),
        ({**inside, "gamma": 1e3}, False),
        ({**inside, "gamma": 1e3, "kernel": "linear"}, True),
        ({**inside, "kernel": "poly"}, False),
    ]:
        assert ranges.is_inside(params, found, experiment.only_if) == expected


def test_quantile_of_equal_weights(ranges):
    values = np.random.default_rng(3).permutation(200)
    for q in (0.025, 0.5, 0.975):
        assert ranges.quantile(values, np.ones(200), q) == 200 * q - 1


def test_candidates_that_tie_share_the_last_places(ranges):
    R = np.ones((1, 60))
    R[0, [7, 8]] = 0.0, 0.1
    R[0, [20, 30]] = 0.3
    weights = ranges.best_weights(R, np.ones(1))  # the best 3 of 60
    np.testing.assert_allclose(weights[[7, 8, 20, 30]], [1 / 3, 1 / 3, 1 / 6, 1 / 6])
    assert weights.sum() == pytest.approx(1)


def test_choices_that_are_rarely_best_are_left_out(ranges):
    weights = np.array([0.96, 0.04, 0.0, 0.0])
    found = ranges.best_choices(["b", "a", [1, 2]], ["a", "b", "a", [1, 2]], weights)
    assert found == {"choices": ["a"]}
    found = ranges.best_choices(["b", "a"], ["a", "b"], np.array([0.9, 0.1]))
    assert found == {"choices": ["b", "a"]}
