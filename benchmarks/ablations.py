"""What each part of the Bayesian search is worth: the regret without it.

The tuning tasks of `sample_efficiency.py` are searched by `BayesSearchCV`, with one
worker, and by the same with one part taken away or exchanged. The difference in
normalised regret is paired by task and seed. Searches that differ in one early
candidate part for good, so pairing takes little of the noise away: what is below two
standard errors is not resolved. All is done with experience, as is the default, and
with `initial_points=None`.

Searches are stored, and run only if missing, as in `sample_efficiency.py`.
"""

from pathlib import Path

import _comparison as comparison
import numpy as np
import sample_efficiency
from _efficiency_report import CHECKPOINTS, normalised_regret, scale_of
from _optimisers import OPTIMISERS, Ours
from _tuning_tasks import TUNING, make_task

from sklearn_hp._gaussian_process import _hyperparameters, _maximize, _regressor
from sklearn_hp.samplers import _design, _gp, _targets
from sklearn_hp.space import _search_space

# the searches that are varied, by the setting `initial_points`
BASELINES = {"auto": "ours", None: "ours-no-experience"}
LATE = 6  # fits, those of two candidates


def rbf(r2, s):
    """The squared-exponential kernel, in the place of Matern-5/2."""
    k = s * np.exp(-0.5 * r2)
    return k, -0.5 * k


def lognormal_prior(theta, features):
    """Log-normal length scales as in Hvarfner et al. (2024), and their noise."""
    t = _hyperparameters.Theta.unpack(theta, features)
    log_l, p = -0.5 * t.log_w, features.n_columns
    mean, sd = np.sqrt(2) + 0.5 * np.log(p), np.sqrt(3)
    warps = np.concatenate([t.log_a, t.log_b])
    value = (
        -np.sum((log_l - mean) ** 2) / (2 * sd**2)
        - (t.log_noise + 4) ** 2 / 2
        - t.log_s**2 / 2
        - np.sum(warps**2) / (2 * _hyperparameters.WARP_SD**2)
    )
    gradient = np.concatenate(
        [
            0.5 * (log_l - mean) / sd**2,
            [-(t.log_noise + 4), -t.log_s],
            -warps / _hyperparameters.WARP_SD**2,
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


def ignored(model, *X):
    """Leave the posterior as it is, whatever is pending."""
    return model


_IGNORED = (_regressor.GaussianProcess, "condition", ignored)

# label, what is replaced, other settings
ABLATIONS = {
    "raw-scores": (
        "scores not drawn nearer to their median",
        (_targets, "half_rank", np.copy),
    ),
    "no-warp": ("inputs not warped", (_hyperparameters, "_BOUNDS_WARP", (0.0, 0.0))),
    "rbf": ("RBF kernel", (_regressor, "matern52", rbf)),
    "lognormal": (
        "log-normal prior of length scales",
        (_regressor, "log_prior", lognormal_prior),
    ),
    "not-refined": (
        "best of 800 candidates, not refined",
        (_maximize, "refine", not_refined),
    ),
    "no-steps": (
        "refined without steps in discrete columns",
        (_maximize, "_change_one", no_steps),
    ),
    "no-climb": ("refined without gradients", (_maximize, "_climb", no_climb)),
    "no-local": (
        "all candidates uniform, none local",
        (_maximize, "perturb", by_uniform),
    ),
    "sobol-only": (
        "start with Sobol points, without the centre",
        (_gp, "StartDesign", SobolOnly),
    ),
    "separate": (
        "branches share no parameters",
        (_gp, "SearchSpace", SeparateBranches),
    ),
    "pending-1": ("`n_pending=1`", None, {"n_pending": 1}),
    "pending-3": ("`n_pending=3`", None, {"n_pending": 3}),
    "pending-6": ("`n_pending=6`", None, {"n_pending": 6}),
    "pending-6-ignored": (
        "`n_pending=6`, ignored by the acquisition",
        _IGNORED,
        {"n_pending": 6},
    ),
}


def stored_as(name, baseline):
    """Return the name under which a variant of a search is stored."""
    return f"{baseline}-{name}"


def _variant(baseline, label, patched=None, settings=None):
    search = OPTIMISERS[baseline]
    return Ours(
        label,
        {**search.settings, **(settings or {})},
        patches=() if patched is None else (patched,),
    )


OPTIMISERS.update(
    {
        stored_as(name, baseline): _variant(baseline, *variant)
        for baseline in BASELINES.values()
        for name, variant in ABLATIONS.items()
    }
)


def report(runs, baseline, tasks):
    """Return the table of differences to the search as it is."""
    scales = {task.name: scale_of(runs, task.name) for task in tasks}

    def regret(name):
        return {
            key[1:]: normalised_regret(run["scores"], *scales[key[1]])
            for key, run in runs.items()
            if key[0] == name and key[1] in scales
        }

    base = regret(baseline)
    own = np.array(list(base.values()))
    rows = [["**as it is** (regret itself)", str(len(own)), *_cells(own, ".3f")]]
    for name, (label, *_) in ABLATIONS.items():
        other = regret(stored_as(name, baseline))
        pairs = [key for key in other if key in base]
        if pairs:
            difference = np.array([other[key] - base[key] for key in pairs])
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
    comparison.add_store(parser, "ablations", "searches")
    parser.add_argument("--memory", type=Path, help="keep the folds in this folder")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(4)))
    parser.add_argument("--only", nargs="+", choices=list(ABLATIONS))
    args = parser.parse_args()
    args.jobs, args.tasks = 1, list(TUNING)
    names = args.only or list(ABLATIONS)
    args.optimisers = [sample_efficiency.POOL]
    for baseline in BASELINES.values():
        args.optimisers += [baseline, *(stored_as(name, baseline) for name in names)]
    sample_efficiency.run_missing(args)
    runs = sample_efficiency.load_runs(args.store)
    tasks = [make_task(name) for name in TUNING]
    body = [
        f"{len(tasks)} tuning tasks, seeds {min(args.seeds)} to {max(args.seeds)}, one "
        "worker. Normalised regret of `BayesSearchCV`; below, difference of each "
        "variant to it, ± standard error over pairs of task and seed. Above 0, the "
        "variant is worse."
    ]
    for setting, baseline in BASELINES.items():
        body += [f"## `initial_points={setting!r}`", report(runs, baseline, tasks)]
    comparison.publish("Ablations", body, args.output)


if __name__ == "__main__":
    main()
