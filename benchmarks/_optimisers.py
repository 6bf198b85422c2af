"""Ours and its peers behind one interface: the scores of a search of a task.

Of ours, `BayesSearchCV` itself is fitted, with its defaults but for the settings that a
row of a table names. Peers are asked for a candidate and told its score.

Each peer gets the search space in the form that suits it best:

- loguniform, uniform and integer distributions become its own float and integer ranges,
  on a logarithmic scale where the distribution is;
- a list of three or more numbers in order becomes an integer, the index: better for a
  model than the unordered categories that one would write down first;
- any other list is categorical, a list of one value no parameter at all;
- of a list of dicts, the branch is a categorical parameter. Equal distributions of one
  name in several branches are one parameter.

Optuna's TPESampler is given branches define-by-run, the form it is made for: only the
parameters of the chosen branch are suggested. GPSampler would then model no parameter
but those that all branches share, and draw the others at random. So it is given the
flat space: all parameters of all branches are suggested in every trial, and those of
other branches are ignored. So is scikit-optimize, which knows no branches.
`optuna-gp-by-run` shows what GPSampler does define-by-run.

The peers are told a failure as the worst score so far: what they do with failures by
themselves is worse or an error.
"""

import itertools
import math
import numbers
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
from _replay import replay
from sklearn.model_selection import ParameterSampler

from sklearn_hp import BayesSearchCV
from sklearn_hp._records import Trial
from sklearn_hp.samplers import GPSampler, Observation


@dataclass(frozen=True)
class Range:
    """A peer's numeric parameter: both ends included."""

    low: float
    high: float
    log: bool = False
    integer: bool = False


@dataclass(frozen=True)
class Choice:
    """A peer's categorical parameter: the index of one of `n` choices."""

    n: int


class Dimension:
    """One entry of `param_distributions`, as a peer sees it."""

    def __init__(self, given):
        self.values = None if hasattr(given, "rvs") else list(given)
        self.domain = _domain(given) if self.values is None else _list_domain(given)

    @property
    def key(self):
        """Equal for equal distributions of one name in two branches."""
        return self.domain, None if self.values is None else repr(self.values)

    def decode(self, suggested):
        """Turn a suggestion into a value of the parameter."""
        if self.values is None:
            return suggested
        return self.values[0 if suggested is None else suggested]


def _domain(distribution):
    """Return the range of a frozen scipy.stats distribution."""
    name, args = distribution.dist.name, distribution.args
    if name == "uniform":
        return Range(args[0], args[0] + args[1])
    if name in ("loguniform", "reciprocal"):
        return Range(*args, log=True)
    if name == "randint":
        return Range(args[0], args[1] - 1, integer=True)
    if name == "log_randint":
        return Range(args[0], args[1] - 1, log=True, integer=True)
    raise ValueError(f"no peer has a counterpart of the distribution {name!r}")


def _list_domain(values):
    if len(values) == 1:
        return None
    is_number = [
        isinstance(v, numbers.Real) and not isinstance(v, bool) for v in values
    ]
    if len(values) >= 3 and all(is_number):
        steps = np.diff(values)
        if (steps > 0).all() or (steps < 0).all():
            return Range(0, len(values) - 1, integer=True)
    return Choice(len(values))


class PeerSpace:
    """The search space of a peer: the branches, and the parameters of each.

    `branches` has, for each branch, the key of every parameter name; `dimensions` the
    dimension of each key. A key is the name, with a number for every distribution of it
    but the first.
    """

    def __init__(self, param_distributions):
        given = param_distributions
        given = [given] if isinstance(given, dict) else given
        self.dimensions: dict[str, Dimension] = {}
        self.branches: list[dict[str, str]] = []
        for branch in given:
            self.branches.append(
                {name: self._add(name, values) for name, values in branch.items()}
            )

    def _add(self, name, values):
        dimension = Dimension(values)
        for number in itertools.count():
            key = name if number == 0 else f"{name}:{number}"
            known = self.dimensions.setdefault(key, dimension)
            if known.key == dimension.key:
                return key

    @property
    def domains(self):
        """The domain of the branch, if there are several, and of all parameters."""
        domains = {key: dim.domain for key, dim in self.dimensions.items()}
        if len(self.branches) > 1:
            domains = {"branch": Choice(len(self.branches)), **domains}
        return {key: domain for key, domain in domains.items() if domain is not None}

    def suggest(self, suggest, flat):
        """Draw a candidate, calling `suggest(key, domain)`; flat: of all parameters."""
        drawn = {}
        if flat:
            drawn = {key: suggest(key, domain) for key, domain in self.domains.items()}
        elif len(self.branches) > 1:
            drawn["branch"] = suggest("branch", self.domains["branch"])
        branch = self.branches[drawn.get("branch", 0)]
        for key in branch.values():
            if key not in drawn and key in self.domains:
                drawn[key] = suggest(key, self.domains[key])
        return {
            name: self.dimensions[key].decode(drawn.get(key))
            for name, key in branch.items()
        }


class RandomSearch:
    """What RandomizedSearchCV evaluates."""

    def __init__(self, task, seed, n_iter=1000):
        rng = np.random.RandomState(seed)
        with warnings.catch_warnings():  # a grid smaller than n_iter
            warnings.simplefilter("ignore", UserWarning)
            self._candidates = iter(
                ParameterSampler(task.param_distributions, n_iter, random_state=rng)
            )

    def ask(self):
        return next(self._candidates, None)

    def tell(self, params, score):
        pass


class AskedSampler:
    """GPSampler of sklearn_hp by itself, asked and told like a peer."""

    def __init__(self, task, seed):
        self._sampler = GPSampler(task.param_distributions, random_state=seed)
        self._random = RandomSearch(task, seed)
        self._n_told = 0

    def ask(self):
        return self._sampler.ask()

    def ask_random(self):
        """Return a random candidate, to be told like any other."""
        return self._random.ask()

    def tell(self, params, score):
        self._sampler.tell(Trial(self._n_told, params), Observation(score))
        self._n_told += 1


class _Peer:
    """What the peers have in common: a failure is told as the worst score so far."""

    def __init__(self):
        self._worst = math.inf

    def tell(self, params, score):
        if math.isfinite(score):
            self._worst = min(self._worst, score)
        else:
            score = self._worst
        self._tell(score if math.isfinite(score) else None)


class Optuna(_Peer):
    """A study of Optuna, with a sampler made by `make_sampler(seed)`."""

    def __init__(self, task, seed, make_sampler, flat=False):
        import optuna

        super().__init__()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space, self._flat = PeerSpace(task.param_distributions), flat
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # experimental options
            sampler = make_sampler(optuna.samplers, seed)
        self._study = optuna.create_study(sampler=sampler, direction="maximize")
        self._random_sampler = optuna.samplers.RandomSampler(seed)
        self._failed = optuna.trial.TrialState.FAIL

    def ask(self):
        self._trial = self._study.ask()
        return self._space.suggest(self._suggest, self._flat)

    def ask_random(self):
        """Return a random candidate, to be told like any other."""
        sampler, self._study.sampler = self._study.sampler, self._random_sampler
        params = self.ask()
        self._study.sampler = sampler
        return params

    def _suggest(self, key: str, domain: Range | Choice) -> Any:
        if isinstance(domain, Choice):
            return self._trial.suggest_categorical(key, list(range(domain.n)))
        if domain.integer:
            low, high = int(domain.low), int(domain.high)
            return self._trial.suggest_int(key, low, high, log=domain.log)
        return self._trial.suggest_float(key, domain.low, domain.high, log=domain.log)

    def _tell(self, score):
        state = self._failed if score is None else None
        self._study.tell(self._trial, score, state=state)


class ScikitOptimize(_Peer):
    """skopt.Optimizer with its defaults: a Gaussian process and gp_hedge."""

    def __init__(self, task, seed):
        import skopt

        super().__init__()
        self._space = PeerSpace(task.param_distributions)
        dimensions = [self._dimension(d) for d in self._space.domains.values()]
        self._optimizer = skopt.Optimizer(dimensions, random_state=seed)

    @staticmethod
    def _dimension(domain):
        from skopt.space import Categorical, Integer, Real

        if isinstance(domain, Choice):
            return Categorical(list(range(domain.n)))
        prior = "log-uniform" if domain.log else "uniform"
        return (Integer if domain.integer else Real)(domain.low, domain.high, prior)

    def ask(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a point evaluated before
            self._point = self._optimizer.ask()
        values = [v.item() if hasattr(v, "item") else v for v in self._point]
        drawn = dict(zip(self._space.domains, values, strict=True))
        return self._space.suggest(lambda key, domain: drawn[key], flat=True)

    def _tell(self, score):
        if score is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # L-BFGS-B did not converge
                self._optimizer.tell(self._point, -score)  # it minimises


def _gp(samplers, seed):
    return samplers.GPSampler(seed=seed)


def _tpe(samplers, seed):
    return samplers.TPESampler(seed=seed)


def _tpe_univariate(samplers, seed):
    return samplers.TPESampler(seed=seed, multivariate=False)


@dataclass(frozen=True)
class AskAndTell:
    """A search by what `make(task=, seed=)` returns; `label` is its name in tables."""

    label: str
    make: Callable[..., Any]

    def search(self, task, seed, n_iter):
        """Return a search's scores, its number of fits, and CPU times in ms."""
        scores, cpu_ms = [], []
        start = time.process_time()
        search = self.make(task=task, seed=seed)
        for _ in range(n_iter):
            params = search.ask()
            if params is None:  # the space is exhausted
                break
            cpu = time.process_time() - start
            scores.append(task.evaluate(params))
            start = time.process_time()
            search.tell(params, scores[-1])
            cpu_ms.append(round(1000 * cpu, 3))
        n_fits = len(task.splits) * len(scores)
        return {"scores": scores, "n_fits": n_fits, "cpu_ms": cpu_ms}


@dataclass(frozen=True)
class Ours:
    """A search by `BayesSearchCV`.

    `settings` are those that are not its defaults. If it is not `informed`, it begins
    as a peer does: not even from the estimator's own parameters. `patches` are
    (object, name of an attribute, value): what is replaced while it runs.
    """

    label: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    informed: bool = True
    patches: Sequence[tuple[Any, str, Any]] = ()

    def search(self, task, seed, n_iter):
        """Return a search's scores, its number of fits, and the CPU time in ms.

        A candidate that was dropped has no score: it could not be chosen.
        """
        with ExitStack() as stack:
            for patched in self.patches:
                stack.enter_context(patch.object(*patched))
            replayed = replay(self.make(task, seed, n_iter), task)
        scores = replayed.scores.tolist()
        cpu_ms = [round(1000 * replayed.cpu / len(scores), 3)]
        return {"scores": scores, "n_fits": replayed.n_fits, "cpu_ms": cpu_ms}

    def make(self, task, seed, n_iter, **settings):
        """Return the search of a task's estimator and space, not fitted."""
        space, sampler = task.param_distributions, None
        if not self.informed:
            sampler = GPSampler(space, random_state=seed)
        return BayesSearchCV(
            task.estimator,
            space,
            n_iter=n_iter,
            random_state=seed,
            sampler=sampler,
            **self.settings,
            **settings,
        )


OPTIMISERS = {
    "ours": Ours("sklearn_hp"),
    "ours-no-experience": Ours(
        "sklearn_hp, initial_points=None", {"initial_points": None}
    ),
    "ours-complete": Ours("sklearn_hp, racing=False", {"racing": False}),
    "ours-pure": Ours("sklearn_hp, no start points", informed=False),
    "optuna-gp": AskAndTell(
        "Optuna GPSampler", partial(Optuna, make_sampler=_gp, flat=True)
    ),
    "optuna-tpe": AskAndTell("Optuna TPESampler", partial(Optuna, make_sampler=_tpe)),
    "optuna-tpe-univariate": AskAndTell(
        "Optuna TPESampler, multivariate=False",
        partial(Optuna, make_sampler=_tpe_univariate),
    ),
    "skopt": AskAndTell("scikit-optimize", ScikitOptimize),
    "random": AskAndTell("random search", RandomSearch),
    "optuna-gp-by-run": AskAndTell(
        "Optuna GPSampler, define-by-run", partial(Optuna, make_sampler=_gp)
    ),
}
