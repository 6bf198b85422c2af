"""Replay searches that end candidates early on scores that are already known.

scores : (n_candidates, n_splits), in the order in which the search proposes them.
ran : bool of the same shape, the splits that a rule lets a candidate run.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from optuna.pruners import WilcoxonPruner
from optuna.study import StudyDirection

from sklearn_hp._records import SplitResult
from sklearn_hp._schedulers import RacingPolicy, TrialQueue
from sklearn_hp.samplers import FixedSampler

N_SEARCHED = 50
N_RANDOM = 10  # of a guided search, before it is guided
N_PROPOSED = 5  # of which a guided search takes the one that looks best
P_THRESHOLD = 0.1
# Searches with the pruner, by the number of splits: with ties, a test of ten splits can
# take longer than all else in a search.
MOST_WILCOXON = {2: 25, 3: 25, 5: 25}


@dataclass(frozen=True)
class Outcome:
    """What one search saved and lost beside complete cross-validation.

    Attributes
    ----------
    fits, seconds : float
        The share that was saved.
    missed : bool
        Whether the search returned a candidate other than the best.
    regret : float
        How far it is below the best, in standard errors.
    """

    fits: float
    seconds: float
    missed: bool
    regret: float


def standard_error(scores):
    """Return the noise of the mean of a good candidate, beside others on its splits."""
    return _residual_sd(_best(scores)) / np.sqrt(scores.shape[1])


def spread_of_splits(scores):
    """Return how much splits differ, in units of the noise that pairing leaves."""
    best = _best(scores)
    return np.std(best.mean(axis=0), ddof=1) / _residual_sd(best)


def _best(scores):
    return scores[np.argsort(-scores.mean(axis=1))[:20]]


def _residual_sd(scores):
    """Return what is left without the effects of candidates and of splits."""
    rest = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0)
    n, k = scores.shape
    return np.sqrt(np.sum((rest + scores.mean()) ** 2) / ((n - 1) * (k - 1)))


def random_order(scores, rng):
    """Return which candidates a random search proposes."""
    return rng.permutation(len(scores))[:N_SEARCHED]


def guided_order(scores, rng):
    """Return which candidates a search proposes that has some idea of their scores.

    After ten at random, each is the best of five at random by its mean score and a
    noise that is half the spread of all candidates.
    """
    means = scores.mean(axis=1)
    spread = np.subtract(*np.percentile(means, [75, 25])) / 1.35
    left = list(rng.permutation(len(scores)))
    order, left = left[:N_RANDOM], left[N_RANDOM:]
    while len(order) < N_SEARCHED:
        proposed = rng.choice(left, min(N_PROPOSED, len(left)), replace=False)
        proxy = means[proposed] + rng.normal(0, spread / 2, len(proposed))
        order.append(proposed[np.argmax(proxy)])
        left.remove(order[-1])
    return np.array(order)


ORDERS = {"random": random_order, "guided": guided_order}


def complete(scores):
    """Run everything."""
    return np.ones(scores.shape, dtype=bool)


def racing(scores):
    """End a candidate as `racing=True` does."""
    n, k = scores.shape
    ran = np.zeros((n, k), dtype=bool)
    sampler = FixedSampler([{"number": number} for number in range(n)])
    queue = TrialQueue(sampler, RacingPolicy(), n_splits=k)
    while (task := queue.next_task()) is not None:
        number, split = task.trial.number, task.split
        ran[number, split] = True
        score = {"score": scores[number, split]}
        queue.tell(SplitResult(*task.key, 0.0, 0.0, test_scores=score))
    return ran


def wilcoxon(scores):
    """End a candidate when Optuna's WilcoxonPruner says so."""
    pruner = WilcoxonPruner(p_threshold=P_THRESHOLD)
    study = SimpleNamespace(direction=StudyDirection.MAXIMIZE)

    def ends(seen, best):
        if 0.5 ** len(seen) >= P_THRESHOLD:
            return False  # no test of so few differences has so small a p
        study.best_trial = SimpleNamespace(intermediate_values=dict(enumerate(best)))
        values = dict(enumerate(seen))
        trial = SimpleNamespace(number=0, intermediate_values=values)
        return pruner.prune(study, trial)

    return _against_the_best(scores, ends)


def below_mean(scores):
    """End a candidate when its mean so far is below that of the best."""
    return _against_the_best(scores, lambda seen, best: seen.mean() < best.mean())


def _against_the_best(scores, ends):
    """Run the splits in their order while `ends(scores so far, those of the best)`."""
    n, k = scores.shape
    ran = np.zeros((n, k), dtype=bool)
    best = None
    for number in range(n):
        for j in range(1, k + 1):
            ran[number, j - 1] = True
            seen = scores[number, :j]
            if best is not None and j < k and ends(seen, best):
                break
        if ran[number].all() and (best is None or seen.mean() > best.mean()):
            best = seen
    return ran


def outcomes(rules, order, scores, seconds, n_searches):
    """Return the outcomes of each rule, on the same searches.

    The splits are in another order in each search, as if drawn anew.
    """
    error = standard_error(scores)
    found = {name: [] for name in rules}
    for seed in range(n_searches):
        rng = np.random.default_rng(seed)
        candidates = ORDERS[order](scores, rng)
        here = np.ix_(candidates, rng.permutation(scores.shape[1]))
        for name, rule in rules.items():
            if rule is wilcoxon and seed >= MOST_WILCOXON.get(scores.shape[1], 2):
                continue
            found[name].append(_replay(rule, scores[here], seconds[here], error))
    return found


def _replay(rule, scores, seconds, error):
    ran = rule(scores)
    means = scores.mean(axis=1)
    lost = means.max() - means[ran.all(axis=1)].max()
    # the means of equal scores in another order of splits differ by rounding
    missed = bool(lost > 1e-12 * np.abs(means).max())
    return Outcome(
        fits=1 - ran.mean(),
        seconds=1 - seconds[ran].sum() / seconds.sum(),
        missed=missed,
        regret=lost / error if missed else 0.0,
    )
