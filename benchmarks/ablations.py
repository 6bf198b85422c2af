"""What each part of the Bayesian optimiser is worth: the regret without it.

The tuning tasks of `sample_efficiency.py` are searched by the sampler as it is, and
with one part taken away or exchanged. The difference in normalised regret is paired by
task and seed. Searches that differ in one early candidate part for good, so pairing
takes little of the noise away: what is below two standard errors is not resolved.

Searches are stored, and run only if missing, as in `sample_efficiency.py`.
"""

from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import _comparison as comparison
import numpy as np
import sample_efficiency
from _efficiency_report import CHECKPOINTS, normalised_regret, scale_of
from _optimisers import OPTIMISERS, Optimiser, Ours
from _tuning_tasks import TUNING, make_task

from sklearn_hp._gaussian_process import _maximize, _regressor
from sklearn_hp._records import Observation, Trial
from sklearn_hp.samplers import _design, _gp, _targets
from sklearn_hp.space import _search_space

BASELINE = "ours-pure"
N_PENDING = 2


class Ablated(Ours):
    """The sampler with attributes of its modules replaced while it works."""

    patches: tuple = ()

    def __init__(self, task, seed):
        with self._patched():
            super().__init__(task, seed)

    def ask(self):
        with self._patched():
            return super().ask()

    def _patched(self):
        stack = ExitStack()
        for module, name, value in self.patches:
            stack.enter_context(patch.object(module, name, value))
        return stack


class Late(Ablated):
    """Learns each score late, as with pending candidates."""

    def __init__(self, task, seed):
        super().__init__(task, seed)
        self._late = []

    def tell(self, params, score):
        self._late.append(
            (
                Trial(len(self._sampler.scores) + len(self._late), params),
                Observation(score),
            )
        )
        if len(self._late) > N_PENDING:
            self._sampler.tell(*self._late.pop(0))


def rbf(r2, s):
    """The squared-exponential kernel, in the place of Matern-5/2."""
    k = s * np.exp(-0.5 * r2)
    return k, -0.5 * k


def lognormal_prior(theta, features):
    """Log-normal length scales as in Hvarfner et al. (2024), and their noise."""
    t = _regressor.Theta.unpack(theta, features)
    log_l, p = -0.5 * t.log_w, features.n_columns
    mean, sd = np.sqrt(2) + 0.5 * np.log(p), np.sqrt(3)
    warps = np.concatenate([t.log_a, t.log_b])
    value = (
        -np.sum((log_l - mean) ** 2) / (2 * sd**2)
        - (t.log_noise + 4) ** 2 / 2
        - t.log_s**2 / 2
        - np.sum(warps**2) / (2 * _regressor.WARP_SD**2)
    )
    gradient = np.concatenate(
        [
            0.5 * (log_l - mean) / sd**2,
            [-(t.log_noise + 4), -t.log_s],
            -warps / _regressor.WARP_SD**2,
        ]
    )
    return float(value), gradient


def not_refined(acquisition, domain, S, values):
    """Leave the best candidates as they were drawn."""
    return S, values


def no_steps(acquisition, domain, S, values, discrete):
    """Change no discrete column."""
    return S, values, False


def no_climb(acquisition, domain, S, values, maxiter):
    """Follow no gradient."""
    return S, values


def by_uniform(X_best, domain, n, rng):
    """Draw what would be local candidates anywhere."""
    return domain.from_cube(rng.random((n, X_best.shape[1])))


class SobolOnly(_design.StartDesign):
    """A start design without the centre."""

    def __init__(self, space, seed, n_drawn=0):
        super().__init__(space, seed, n_drawn + 1)


class SeparateBranches(_search_space.SearchSpace):
    """Shares only the column that tells the branches apart."""

    def _add_parameter(self, name, by_branch):
        for branch, dimension in zip(self._branches, by_branch, strict=True):
            if dimension is not None:
                alone = [dimension if b is branch else None for b in self._branches]
                super()._add_parameter(name, alone)


def ignored(model, X):
    """Leave the posterior as it is, whatever is pending."""
    return model


def _ablation(*patches, base=Ablated):
    return type(base.__name__, (base,), {"patches": patches})


# label, and what makes the search
ABLATIONS = {
    "raw-scores": (
        "scores not drawn nearer to their median",
        _ablation((_targets, "half_rank", np.copy)),
    ),
    "no-warp": (
        "inputs not warped",
        _ablation((_regressor, "_BOUNDS_WARP", (0.0, 0.0))),
    ),
    "rbf": (
        "RBF kernel",
        _ablation((_regressor, "matern52", rbf)),
    ),
    "lognormal": (
        "log-normal prior of length scales",
        _ablation((_regressor, "log_prior", lognormal_prior)),
    ),
    "not-refined": (
        "best of 800 candidates, not refined",
        _ablation((_maximize, "refine", not_refined)),
    ),
    "no-steps": (
        "refined without steps in discrete columns",
        _ablation((_maximize, "_change_one", no_steps)),
    ),
    "no-climb": (
        "refined without gradients",
        _ablation((_maximize, "_climb", no_climb)),
    ),
    "no-local": (
        "all candidates uniform, none local",
        _ablation((_maximize, "perturb", by_uniform)),
    ),
    "sobol-only": (
        "start with Sobol points, without the centre",
        _ablation((_gp, "StartDesign", SobolOnly)),
    ),
    "separate": (
        "branches share no parameters",
        _ablation((_gp, "SearchSpace", SeparateBranches)),
    ),
    "late": (f"{N_PENDING} pending candidates", _ablation(base=Late)),
    "late-ignored": (
        f"{N_PENDING} pending candidates, ignored by the acquisition",
        _ablation((_regressor.GaussianProcess, "condition", ignored), base=Late),
    ),
}
OPTIMISERS.update({n: Optimiser(label, make) for n, (label, make) in ABLATIONS.items()})


def report(runs, names, tasks):
    """Return the table of differences to the sampler as it is."""
    scales = {task.name: scale_of(runs, task.name) for task in tasks}

    def regret(name):
        return {
            key[1:]: normalised_regret(run["scores"], *scales[key[1]])
            for key, run in runs.items()
            if key[0] == name and key[1] in scales
        }

    base = regret(BASELINE)
    own = np.array(list(base.values()))
    rows = [["**as it is** (regret itself)", str(len(own)), *_cells(own, ".3f")]]
    for name in names:
        other = regret(name)
        pairs = [key for key in other if key in base]
        if pairs:
            difference = np.array([other[key] - base[key] for key in pairs])
            label = ABLATIONS[name][0]
            rows.append([label, str(len(pairs)), *_cells(difference, "+.3f")])
    columns = ["variant", "searches", *(f"after {n}" for n in CHECKPOINTS)]
    return comparison.markdown_table(columns, rows)


def _cells(values, form):
    error = values.std(axis=0, ddof=1) / len(values) ** 0.5
    return [
        f"{m:{form}} ± {e:.3f}" for m, e in zip(values.mean(axis=0), error, strict=True)
    ]


def main():
    """Run the searches that are missing, and report all that are stored."""
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--store", type=Path, default=Path("ablations"))
    parser.add_argument("--memory", type=Path, help="keep scores in this folder")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(4)))
    parser.add_argument("--only", nargs="+", choices=list(ABLATIONS))
    args = parser.parse_args()
    names = args.only or list(ABLATIONS)
    args.jobs, args.tasks = 1, list(TUNING)
    args.optimisers = [sample_efficiency.POOL, BASELINE, *names]
    sample_efficiency.run_missing(args)
    runs = sample_efficiency.load_runs(args.store)
    tasks = [make_task(name) for name in TUNING]
    note = (
        f"{len(tasks)} tuning tasks, seeds {min(args.seeds)} to {max(args.seeds)}. "
        "Normalised regret of the sampler, without the estimator's own parameters "
        "first; below, difference of each variant to it, ± standard error over pairs "
        "of task and seed. Above 0, the variant is worse."
    )
    body = [note, report(runs, list(ABLATIONS), tasks)]
    comparison.publish("Ablations", body, args.output)


if __name__ == "__main__":
    main()
