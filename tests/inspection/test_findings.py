"""Each finding: a search that must trigger it, and one that must not."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sklearn_hp import GridSearchCV, RandomSearchCV
from sklearn_hp.inspection import findings
from sklearn_hp.inspection._data import Fits, read_search
from sklearn_hp.inspection._findings import busy_share
from tests.inspection import _searches as fitted


def kinds(search):
    """Return the kinds of what is found."""
    return [finding.kind for finding in findings(search)]


def only(search, kind):
    """Return the one finding of a kind."""
    (found,) = [finding for finding in findings(search) if finding.kind == kind]
    return found


def table(scores, **columns):
    """Return results with one parameter, a."""
    n = len(scores)
    return {
        "params": [{"a": value} for value in columns.pop("a", range(n))],
        "mean_test_score": scores,
        **columns,
    }


def searched(scores, low, high, estimator=None, name="a", values=None):
    """Return a search over a range, with given scores."""
    values = np.linspace(low, high, len(scores)) if values is None else values

    columns = table(scores)
    columns["params"] = [{name: float(value)} for value in values]
    return SimpleNamespace(
        cv_results_=columns,
        param_distributions={name: uniform(low, high - low)},
        estimator=estimator,
    )


class TestEdges:
    def test_rising_towards_the_end(self):
        found = only(searched(np.arange(20.0), 0, 10), "edge of range")
        assert found.parameter == "a" and found.severity == "advice"
        assert "high end" in found.what and "to about 15" in found.advice
        found = only(searched(-np.arange(20.0), 10, 30), "edge of range")
        assert "low end" in found.what and "to about 0" in found.advice

    def test_logarithmic_ranges_go_on_by_decades(self):
        X, y = fitted.X, fitted.y
        model = make_pipeline(StandardScaler(), SVC(gamma=1e-4))
        search = RandomSearchCV(
            model, {"svc__C": loguniform(1e-4, 1e-1)}, n_iter=20, cv=3, random_state=0
        )
        # more is better: the scores are given, as those of a small table vary
        search.fit(X, y)
        search.cv_results_["mean_test_score"] = np.array(
            [np.log(p["svc__C"]) for p in search.cv_results_["params"]]
        )
        search.best_index_ = int(np.argmax(search.cv_results_["mean_test_score"]))
        assert "to about 3.16" in only(search, "edge of range").advice

    def test_a_best_value_inside(self):
        scores = -((np.linspace(0, 10, 20) - 5) ** 2)
        assert "edge of range" not in kinds(searched(scores, 0, 10))

    def test_an_end_by_chance(self):
        scores = np.sin(np.arange(20.0) * 7)
        scores[-1] = 2.0  # alone
        assert "edge of range" not in kinds(searched(scores, 0, 10))

    def test_an_end_beyond_which_nothing_is_allowed(self):
        # l1_ratio ends at 1, alpha at 0
        l1 = searched(np.arange(20.0), 0, 1, LogisticRegression(), "l1_ratio")
        assert "edge of range" not in kinds(l1)
        alpha = searched(-np.arange(20.0), 0, 1, Ridge(), "alpha")
        assert "edge of range" not in kinds(alpha)
        alpha = searched(np.arange(20.0), 0, 1, Ridge(), "alpha")
        assert "edge of range" in kinds(alpha)

    @pytest.mark.parametrize(
        ("scores", "low", "high", "estimator", "name", "to"),
        [
            (-np.arange(20.0), 0.1, 10, SVC(), "C", "0.02266"),  # not -4.85
            (-np.arange(20.0), 0.1, 10, None, "C", "0.02266"),
            (np.arange(20.0), 0, 0.9, LogisticRegression(), "l1_ratio", "0.9563"),
        ],
    )
    def test_only_to_values_that_are_taken(
        self, scores, low, high, estimator, name, to
    ):
        search = searched(scores, low, high, estimator, name)
        assert only(search, "edge of range").advice == f"Search on, to about {to}."

    def test_of_a_share_nobody_knows_more(self):
        assert "edge of range" not in kinds(searched(np.arange(20.0), 0, 1))


class TestNoEffect:
    @staticmethod
    def of(seed, noise=0.1, n=40, n_irrelevant=0):
        """Return a random search in which 2 to 5 parameters matter, each by 5 %."""
        rng = np.random.default_rng(seed)
        d = int(rng.integers(2, 6))
        X = rng.random((n, d + n_irrelevant))
        scores = noise * rng.normal(size=n)
        weight = rng.uniform(0.4, 1, d)
        for j in range(d):
            best, bend = rng.random(), rng.integers(2)
            effect, of_all = (
                -((x - best) ** 2) if bend else x for x in (X[:, j], rng.random(1000))
            )
            scores += weight[j] * effect / of_all.std() / np.linalg.norm(weight)
        columns = {f"param_p{j}": x for j, x in enumerate(X.T)}
        return {**columns, "mean_test_score": scores}, f"p{d}"

    def test_a_parameter_that_never_mattered(self):
        search, name = self.of(0, n=60, n_irrelevant=1)
        found = only(search, "no effect")
        assert found.parameter == name and found.what == f"{name} never mattered."
        assert "is at most" in found.evidence and "its default" in found.advice

    def test_of_few_candidates_nobody_knows(self):
        search, _ = self.of(0, n=29, n_irrelevant=1)
        assert "no effect" not in kinds(search)

    @pytest.mark.slow
    @pytest.mark.parametrize("noise", [0.1, 0.5, 1.0])
    def test_where_every_parameter_matters(self, noise):
        """Of 50 random searches, hardly any has the finding."""
        with_finding = [
            seed for seed in range(50) if "no effect" in kinds(self.of(seed, noise)[0])
        ]
        assert len(with_finding) <= 1

    def test_what_matters_among_the_best_alone(self):
        X = np.random.default_rng(0).random((100, 2))
        scores = np.where(X[:, 0] < 0.7, 0.1 * X[:, 1], -5.0)
        search = {"param_a": X[:, 0], "param_b": X[:, 1], "mean_test_score": scores}
        assert "no effect" not in kinds(search)

    def test_a_parameter_with_one_value_was_not_searched(self):
        search, _ = self.of(0, n=60)
        assert "no effect" not in kinds({**search, "param_one": np.ones(60)})


class TestFailures:
    def test_reasons_are_counted(self):
        found = only(fitted.with_failures(), "failures")
        assert found.severity == "warning"
        assert found.what == "4 of 6 candidates failed."
        assert found.evidence.startswith("The reasons: ")
        assert "6 times InvalidParameterError: The 'max_depth' parameter" in (
            found.evidence
        )

    def test_what_they_have_in_common(self):
        grid = {"max_depth": [1, 2, 3], "criterion": ["gini", "entropy", "gino"]}
        search = GridSearchCV(DecisionTreeClassifier(), grid, cv=2)
        fitted.fit_quietly(search)
        assert "have criterion='gino'" in only(search, "failures").evidence

        found = only(table([1.0, 2.0, np.nan, np.nan]), "failures")
        assert "have a of 2 and more" in found.evidence

    def test_candidates_count_once_in_all_rungs(self):
        scores = [np.nan, *np.arange(5.0), 4.0, 5.0]
        found = only(
            table(scores, a=[*range(6), 4, 5], n_resources=[10] * 6 + [20] * 2),
            "failures",
        )
        assert found.what == "1 of 6 candidates failed."

    def test_of_few_it_is_a_note(self):
        assert only(table([np.nan, *range(20)]), "failures").severity == "note"

    def test_none(self):
        assert "failures" not in kinds(fitted.grid())


class TestTime:
    scores = np.array([0.9] + [0.5] * 9)

    def test_slow_fits_that_bring_nothing(self):
        seconds = np.array([1.0, 1, 1, 1, 1, 1, 9, 9, 9, 9])
        found = only(table(self.scores, mean_fit_time=seconds), "slow fits")
        assert found.what.startswith("4 of 10 candidates took more than 5 times")
        assert "took 86% of the time" in found.evidence
        assert "a large a goes with it" in found.evidence

    @pytest.mark.parametrize(
        ("scores", "seconds"),
        [
            (scores, np.ones(10)),
            (scores[::-1], np.arange(1.0, 11) ** 2),  # the winner is the slowest
            (scores, np.array([1, 1, 1, 1, 1, 1, 9, 9, 9, 9]) / 1e3),  # nobody waits
        ],
    )
    def test_no_slow_fits(self, scores, seconds):
        assert "slow fits" not in kinds(table(scores, mean_fit_time=seconds))

    def test_a_rule_preferred_a_fast_candidate(self):
        seconds = np.array([1.0, 1, 1, 1, 1, 1, 9, 9, 9, 9])
        search = SimpleNamespace(
            cv_results_=table(1 - self.scores, mean_fit_time=seconds), best_index_=0
        )
        assert "slow fits" not in kinds(search)  # "none is better" is not true

    @staticmethod
    def with_fits(started, worker, seconds=10.0):
        data = read_search(table(np.arange(float(len(started)))))
        n = len(started)
        fits = Fits(
            candidate=np.arange(n),
            split=np.zeros(n, int),
            worker=np.array(worker),
            started=seconds * np.array(started, float),
            seconds=np.full(n, seconds),
            failure=np.array([""] * n),
        )
        object.__setattr__(data, "fits", fits)
        return data

    def test_idle_workers(self):
        data = self.with_fits([0, 0, 1, 2, 3, 4, 5], [0, 1, 0, 0, 0, 0, 0])
        found = only(data, "idle workers")
        assert found.what == "The 2 workers were idle for 42% of the time."

    def test_busy_workers(self):
        data = self.with_fits([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1])
        assert "idle workers" not in kinds(data)
        assert busy_share(data.fits) == (1.0, 2, 30.0)
        assert "idle workers" not in kinds(self.with_fits([0, 5], [0, 0]))


class TestDoubts:
    def test_a_perfect_score(self):
        X = np.column_stack([fitted.X[:, :2], fitted.y])
        search = GridSearchCV(fitted.TREE, {"max_depth": [1, 2]}, cv=3)
        found = only(search.fit(X, fitted.y), "perfect score")
        assert found.what == "The best accuracy is perfect: 1."
        assert found.evidence == "2 of 2 candidates have it."
        assert "perfect score" not in kinds(fitted.grid())

    def test_a_score_without_a_bound_may_be_one(self):
        assert "perfect score" not in kinds(table([1.0, 1.0]))

    def test_everything_may_be_recalled_by_a_model_that_knows_nothing(self):
        one = {"params": [{"a": 1}], "mean_test_recall": [1.0]}
        assert "perfect score" not in kinds(one)
        auc = {"params": [{"a": 1}], "mean_test_roc_auc": [1.0]}
        assert "perfect score" in kinds(auc)

    @staticmethod
    def with_splits(cells):
        cells = np.asarray(cells, float)
        search = GridSearchCV(fitted.TREE, {"max_depth": [1, 2]})
        search.cv_results_ = table(cells.mean(axis=1)) | {
            f"split{i}_test_score": cells[:, i] for i in range(cells.shape[1])
        }
        return search

    def test_an_odd_split(self):
        rng = np.random.default_rng(0)
        cells = 0.9 + 0.02 * rng.normal(size=(1, 5)) + 0.01 * rng.normal(size=(30, 5))
        assert "odd split" not in kinds(self.with_splits(cells))
        cells[:, 3] -= 0.6
        found = only(self.with_splits(cells), "odd split")
        assert found.what == "Split 3 is much worse than the others."

    @staticmethod
    def with_a_wrong_row():
        """Return scores of splits of 30 rows: all are right, but for one."""
        cells = np.ones((10, 5))
        cells[:, 2] -= 1 / 30
        return cells

    def test_one_row_makes_no_odd_split(self):
        cells = self.with_a_wrong_row()
        assert "odd split" not in kinds(self.with_splits(cells))

    @pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
    def test_the_unit_of_a_loss_does_not_matter(self, unit):
        cells = self.with_a_wrong_row()
        search = self.with_splits(-unit * cells)
        search.scoring = "neg_mean_squared_error"
        assert "odd split" not in kinds(search)
        search.cv_results_ = self.with_splits(-unit * cells**40).cv_results_
        assert "odd split" in kinds(search)  # a quarter of the error of the others

    def test_splits_differ_by_chance(self):
        """Of 200 searches without an odd split, hardly any has the finding."""
        rng = np.random.default_rng(0)
        n_found = 0
        for n_splits in (3, 5, 10) * 66:
            cells = 0.8 + 0.05 * rng.normal(size=n_splits) + np.zeros((20, 1))
            n_found += "odd split" in kinds(self.with_splits(cells))
        assert n_found <= 2

    def test_a_missing_class(self):
        y = fitted.y.copy()
        y[:3] = 2
        splits = [(np.arange(90), np.arange(90, 190)), (np.arange(60, 190), [0, 1, 5])]
        search = GridSearchCV(fitted.TREE, {"max_depth": [1, 2]}, cv=splits)
        found = only(search.fit(fitted.X, y), "missing class")
        assert "2 from the test rows of split 0" in found.evidence
        assert "2 from the train rows of split 1" in found.evidence
        assert "missing class" not in kinds(fitted.grid())


class TestWinner:
    @staticmethod
    def compared(gap, seconds=None):
        """Return a search of two candidates, the second one untuned, worse by gap."""
        rng = np.random.default_rng(0)
        cells = 0.8 + 0.02 * rng.normal(size=5) + 0.01 * rng.normal(size=(2, 5))
        cells[1] -= gap
        columns = {f"split{i}_test_score": cells[:, i] for i in range(5)}
        columns |= {} if seconds is None else {"mean_fit_time": seconds}
        search = GridSearchCV(SVC(), {"C": [1.0, 10.0]}, cv=5)
        search.cv_results_ = table(cells.mean(axis=1), **columns)
        search.cv_results_["params"] = [{"C": 10.0}, {"C": 1.0}]
        return search

    def test_not_better_than_untuned(self):
        found = only(self.compared(0.001), "not better than untuned")
        assert found.evidence.startswith("Its accuracy is better by 0.0")
        assert "a 95 % interval of -0.0" in found.evidence

    def test_better_than_untuned(self):
        assert kinds(self.compared(0.2)) == []

    def test_as_good_and_faster(self):
        search = self.compared(0.001, seconds=[10.0, 1.0])
        search.cv_results_["params"] = [{"C": 10.0}, {"C": 20.0}]
        found = only(search, "as good as the winner")
        assert found.what.startswith("The other candidate is as good as the winner")
        assert "Candidate 1 of them takes 1.0 s a fit, the winner 10 s." in (
            found.evidence
        )

    def test_of_a_dropped_candidate_too_little_is_known(self):
        search = self.compared(0.01)
        results = search.cv_results_
        for split in (2, 3, 4):  # two splits tell nothing: the interval is huge
            results[f"split{split}_test_score"][1] = np.nan
        results["n_splits_run"] = [5, 2]
        search.failures_ = []
        assert read_search(search).states.tolist() == ["complete", "dropped"]
        assert kinds(search) == []
        results["params"] = [{"C": 10.0}, {"C": 20.0}]
        assert kinds(search) == []

    @pytest.mark.parametrize(
        "gaps, n_splits_run, what",
        [
            ([0, 0, 0, 9], [5, 5, 5, 5], "2 of the 3 other candidates are"),
            ([0, 0, 9, 9], [5, 5, 5, 5], "1 of the 3 other candidates is"),
            ([0, 0, 0, 0], [5, 5, 5, 5], "All 3 other candidates are"),
            ([0, 0, 0, 0], [5, 5, 5, 2], "Both other complete candidates are"),
            ([0, 0, 0, 0], [5, 5, 2, 2], "The other complete candidate is"),
        ],
    )
    def test_as_good_are_complete(self, gaps, n_splits_run, what):
        rng = np.random.default_rng(0)
        cells = 0.8 + 0.02 * rng.normal(size=5) - np.array(gaps)[:, None]
        cells += 0.002 * rng.normal(size=(4, 5)) - [[0], [0.001], [0.001], [0.001]]
        cells[np.arange(5) >= np.array(n_splits_run)[:, None]] = np.nan
        columns = {f"split{i}_test_score": cells[:, i] for i in range(5)}
        results = table(np.nanmean(cells, axis=1), **columns)
        results["n_splits_run"] = np.array(n_splits_run)
        found = only(results, "as good as the winner")
        assert found.what.startswith(f"{what} as good as the winner")


def test_a_category_with_one_choice():
    params = [{"a": float(i), "b": "one"} for i in range(40)]
    found = findings({"params": params, "mean_test_score": np.arange(40.0) ** 2})
    assert "b" not in {finding.parameter for finding in found}


@pytest.mark.parametrize("name", ["skopt", "optuna_search", "study", "halving"])
def test_searches_of_others(name):
    for finding in findings(getattr(fitted, name)()):
        assert str(finding).endswith(".")


def test_the_most_severe_comes_first():
    severities = [finding.severity for finding in findings(fitted.with_failures())]
    assert severities == sorted(severities, key=["warning", "advice", "note"].index)
