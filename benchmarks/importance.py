"""How often importance ranks parameters right, beside Optuna's evaluators.

Functions whose effects are known are searched at random and by `GPSampler`, with noise
of a tenth of the standard deviation of the scores. From the same candidates and scores
importance is found in different ways. Ranks are right if all pairs of parameters whose
true shares differ by `GAP` or more are in the right order.

The true shares are Shapley effects of the function over its space or, for being among
the best 10 %, of the function that is 1 there and 0 elsewhere.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import _comparison as comparison
import numpy as np
from scipy.stats import uniform
from threadpoolctl import threadpool_limits

from sklearn_hp._records import Trial
from sklearn_hp.inspection._flat_space import FlatSpace
from sklearn_hp.inspection._gp_importance import gp_importance, shapley_effects
from sklearn_hp.inspection._importance import normalise
from sklearn_hp.inspection._ped_anova import BEST, OVERALL, ped_anova
from sklearn_hp.samplers import GPSampler, Observation

FIRST_SEED = 100  # with lower ones the bound of the scores was chosen
GAP = 0.1  # of true shares that must be told apart
TOP = 0.1
NOISE = 0.1  # in standard deviations of the scores
BAR = 19 / 20
TIME_BAR = 2.0  # seconds, for 1,000 candidates of 12 parameters
PEERS = {"optuna": "optuna"}


@dataclass(frozen=True)
class Function:
    """A score of candidates, maximised; NaN in a column of one that is inactive."""

    name: str
    score: Callable
    n_choices: tuple
    gated: tuple = ()  # (column, choice of the first column that activates it)

    def deactivate(self, X):
        """Return candidates with NaN where a parameter is inactive."""
        X = np.array(X)
        for column, choice in self.gated:
            X[X[:, 0] != choice, column] = np.nan
        return X

    def draw(self, n, rng):
        """Return n random candidates."""
        U, n_choices = rng.random((n, len(self.n_choices))), np.array(self.n_choices)
        return self.deactivate(np.where(n_choices > 0, np.floor(U * n_choices), U))

    @property
    def space(self):
        """What a sampler searches: a dict for each choice that activates others."""
        entries = {
            f"x{i}": [*range(n)] if n else uniform(0, 1)
            for i, n in enumerate(self.n_choices)
        }
        if not self.gated:
            return entries
        return [
            {
                **{name: values for name, values in entries.items() if name not in off},
                "x0": [choice],
            }
            for choice in entries["x0"]
            for off in [{f"x{c}" for c, opens in self.gated if opens != choice}]
        ]


def additive(X):
    """Slopes of different size; two parameters are irrelevant."""
    return X @ np.array([4.0, 2.5, 1.5, 0, 0])


def bowl(X):
    """An optimum inside; three parameters are irrelevant."""
    best, weight = np.array([0.3, 0.7, 0.1]), np.array([4.0, 2, 1.2])
    return -((X[:, :3] - best) ** 2) @ weight


def peak(X):
    """A narrow peak of two parameters beside a slope."""
    z = ((X[:, 0] - 0.4) / 0.15) ** 2 + ((X[:, 1] - 0.6) / 0.35) ** 2
    return np.exp(-z) + 0.2 * X[:, 2]


def ishigami(X):
    """Two periods of the second parameter; the third matters by interaction alone."""
    z = np.pi * (2 * X - 1)
    return (1 + 0.1 * z[:, 2] ** 4) * np.sin(z[:, 0]) + 7 * np.sin(z[:, 1]) ** 2


def sobol_g(X):
    """A product: everything interacts."""
    a = np.array([0, 1, 4.5, 99, 99])
    return -np.prod((np.abs(4 * X - 2) + a) / (1 + a), axis=1)


def categories(X):
    """A choice of four, numbers, and an irrelevant choice of three."""
    level = np.array([0, 0.5, 1, -0.5])[X[:, 0].astype(int)]
    return level - 2 * (X[:, 1] - 0.4) ** 2 + 0.25 * X[:, 4]


def conditional(X):
    """Another parameter matters for each choice of the first."""
    x = np.nan_to_num(X)
    first = 1 - 3 * (x[:, 1] - 0.6) ** 2
    return np.where(x[:, 0] == 0, first, 0.3 + 0.4 * x[:, 2]) + 0.15 * X[:, 4]


def diverging(X):
    """Most of the first parameter's range is bad beyond measure."""
    bad = np.exp(12 * np.maximum(X[:, 0] - 0.5, 0))
    return -bad - 2 * (X[:, 1] - 0.6) ** 2 - 0.5 * X[:, 2]


FUNCTIONS = [
    Function("additive", additive, (0,) * 5),
    Function("bowl", bowl, (0,) * 6),
    Function("peak", peak, (0,) * 5),
    Function("Ishigami", ishigami, (0,) * 3),
    Function("Sobol g", sobol_g, (0,) * 5),
    Function("categories", categories, (4, 0, 3, 0, 0)),
    Function("conditional", conditional, (2, 0, 0, 0, 0), ((1, 0), (2, 1))),
    Function("diverging", diverging, (0,) * 4),
]


# -------------------------------------------------------------------------- histories


def random_history(function, n, seed):
    """Return random candidates and their scores."""
    rng = np.random.default_rng([seed, 0])
    X = function.draw(n, rng)
    return X, function.score(X) + noise_of(function) * rng.normal(size=n)


def bayes_history(function, n, seed):
    """Return the candidates of a search by GPSampler, and their scores."""
    rng, sd = np.random.default_rng([seed, 1]), noise_of(function)
    sampler = GPSampler(function.space, random_state=seed)
    X, scores = [], []
    for number in range(n):
        params = sampler.ask()
        names = [f"x{i}" for i in range(len(function.n_choices))]
        X.append([float(params.get(name, np.nan)) for name in names])
        scores.append(function.score(np.array(X[-1:]))[0] + sd * rng.normal())
        sampler.tell(Trial(number, params), Observation(scores[-1]))
    return np.array(X), np.array(scores)


def noise_of(function):
    """Return the standard deviation of the noise."""
    typical = function.score(function.draw(1000, np.random.default_rng(0)))
    # of the better half: where scores diverge, the noise of the others counts
    return NOISE * np.std(typical[typical >= np.median(typical)])


HISTORIES = {"random": random_history, "GPSampler": bayes_history}


# ------------------------------------------------------------------------------- truth


def true_shares(function, top=None):
    """Return the Shapley effects, as shares; of being among the best if asked."""
    n_choices = np.array(function.n_choices)
    space = FlatSpace(function.draw(1000, np.random.default_rng(0)), n_choices)

    def score(U):
        rows = space.rows(U)[:, : len(n_choices)]
        return function.score(function.deactivate(rows))[:, np.newaxis]

    rng, d = np.random.default_rng(0), len(n_choices)
    threshold = np.quantile(score(rng.random((100_000, d))), 1 - (top or 0))

    def is_best(U):
        return (score(U) >= threshold).astype(float)

    f = score if top is None else is_best
    runs = [shapley_effects(f, d, rng)[0] for _ in range(20)]
    return normalise(np.mean(runs, axis=0))


def ranks_are_right(found, truth):
    """Whether all pairs that differ by `GAP` in truth are in the right order."""
    must = truth[:, np.newaxis] - truth >= GAP
    return bool((found[:, np.newaxis] > found)[must].all())


# ------------------------------------------------------------------------ the ways


def optuna_shares(make_evaluator):
    """Return what finds importance by an evaluator of Optuna."""

    def find(X, n_choices, scores):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        domains = [
            optuna.distributions.CategoricalDistribution(range(n))
            if n
            else optuna.distributions.FloatDistribution(0, 1)
            for n in n_choices
        ]
        study = optuna.create_study(direction="maximize")
        for row, score in zip(X, scores, strict=True):
            active = np.flatnonzero(~np.isnan(row))
            params = {f"x{i}": int(row[i]) if n_choices[i] else row[i] for i in active}
            used = {f"x{i}": domains[i] for i in active}
            study.add_trial(
                optuna.trial.create_trial(
                    params=params, distributions=used, value=float(score)
                )
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # experimental, and few trials
            evaluator = make_evaluator(optuna.importance)
            found = evaluator.evaluate(study)
        # fANOVA leaves conditional parameters out
        return normalise(np.array([found.get(f"x{i}", 0.0) for i in range(X.shape[1])]))

    return find


def ours(find, **options):
    """Return what finds importance in one of our ways, without a bootstrap."""
    return lambda *table: find(*table, n_bootstrap=0, **options).values


WAYS = {
    None: {
        "Shapley of our model": ours(gp_importance),
        "our PED-ANOVA": ours(ped_anova, top=OVERALL),
        "Optuna PED-ANOVA": optuna_shares(lambda i: i.PedAnovaImportanceEvaluator()),
        "Optuna fANOVA": optuna_shares(lambda i: i.FanovaImportanceEvaluator(seed=0)),
    },
    TOP: {
        "Shapley of our model": ours(gp_importance, top=TOP),
        "our PED-ANOVA": ours(ped_anova, top=BEST),
        "Optuna PED-ANOVA": optuna_shares(lambda i: i.PedAnovaImportanceEvaluator()),
    },
}


# ------------------------------------------------------------------------------ tables


def compare(function, make_history, args):
    """Return for each question and way whether ranks were right, and the errors."""
    truth = {top: true_shares(function, top) for top in WAYS}
    results = {(top, way): [] for top, ways in WAYS.items() for way in ways}
    for seed in range(args.seeds):
        X, scores = make_history(function, args.candidates, FIRST_SEED + seed)
        table = X, np.array(function.n_choices), scores
        for top, way in results:
            found = WAYS[top][way](*table)
            error = np.sqrt(np.mean((found - truth[top]) ** 2))
            right = ranks_are_right(found, truth[top])
            results[top, way].append((right, error))
        comparison.progress(function.name, seed, args.seeds)
    return results


def make_rows(results, top):
    """Return a row for each function and history, and the sums."""
    totals = {way: [] for way in WAYS[top]}
    for (function, history), found in results.items():
        cells = []
        for way, total in totals.items():
            right, error = map(np.array, zip(*found[top, way], strict=True))
            total.extend(right)
            cells.append(f"{right.sum()} ({error.mean():.3f})")
        share = np.mean([right for right, _ in found[top, "Shapley of our model"]])
        bar = comparison.verdict(share, BAR, at_most=False)
        yield [function, history, f"**{cells[0]}**", *cells[1:], bar]
    right = totals["Shapley of our model"]
    yield [
        *("all", f"of {len(right)}"),
        *(str(sum(total)) for total in totals.values()),
        comparison.verdict(np.mean(right), BAR, at_most=False),
    ]


def time_rows():
    """Return rows of the time for 1,000 candidates, with the bootstrap."""
    for d in (6, 10, 12):
        rng = np.random.default_rng(0)
        X, n_choices = rng.random((1000, d)), np.zeros(d, dtype=int)
        scores = bowl(X) + 0.05 * rng.normal(size=1000)
        for name, find in {
            "Shapley of our model": gp_importance,
            "our PED-ANOVA": ped_anova,
        }.items():
            start = time.process_time()
            found = find(X, n_choices, scores)
            spent = time.process_time() - start
            bar = comparison.verdict(spent, TIME_BAR, at_most=True) if d == 12 else ""
            yield [name, str(d), str(len(found.draws)), f"{spent:.2f}", bar]


def make_parser():
    """Return the command line's parser."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="default: 20")
    parser.add_argument("--candidates", type=int, default=50, help="default: 50")
    return parser


def main(args):
    """Compare on each function and publish the tables."""
    with threadpool_limits(1):
        results = {
            (function.name, history): compare(function, make_history, args)
            for function in FUNCTIONS
            for history, make_history in HISTORIES.items()
        }
        times = list(time_rows())
    note = (
        f"In how many of {args.seeds} searches of {args.candidates} candidates, with "
        f"seeds from {FIRST_SEED}, the ranks were right: all pairs of parameters in "
        f"order whose true shares differ by {GAP} or more. In brackets the root mean "
        f"square error of the shares. The noise has {NOISE} of the standard "
        f"deviation of the better half of the scores. Shares of PED-ANOVA and "
        f"fANOVA leave out interactions in part or altogether, so that their "
        f"errors have a part that more candidates do not mend. Optuna's "
        f"fANOVA leaves out conditional parameters, which count as 0. "
        f"The best of Sobol's g lies where the first parameter makes all others "
        f"irrelevant. GPSampler stays there, so its candidates say little of others."
    )
    titles = {None: "## Overall", TOP: "## To be among the best 10 %"}
    parts = [note]
    for top, title in titles.items():
        columns = ["function", "search", *WAYS[top], "bar for our model"]
        parts += [title, comparison.markdown_table(columns, make_rows(results, top))]
    columns = ["way", "parameters", "bootstrap samples", "CPU seconds", "bar"]
    parts += [
        "## Time for 1,000 candidates, with the bootstrap, on one core",
        comparison.markdown_table(columns, times),
    ]
    title = "Importance of parameters: known functions"
    comparison.publish(title, parts, args.output, PEERS)


if __name__ == "__main__":
    main(make_parser().parse_args())
