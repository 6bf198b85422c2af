"""Tables of regret from stored searches; see `sample_efficiency.py`."""

import statistics
import sys
from dataclasses import dataclass

import _comparison as comparison
import numpy as np
from _optimisers import OPTIMISERS
from _tuning_tasks import N_FOLDS

N_EVALUATIONS = 50
CHECKPOINTS = (8, 16, 25, 50)
SHORT_CHECKPOINTS = (25, 50)
TWICE = "random-twice"
OURS = ("ours", "ours-no-experience", "ours-complete", "ours-pure")
N_BOOTSTRAP = 1000

NOTE = """\
{n_tasks} tasks; each score is the mean over three fixed folds of a real table of a \
few hundred rows (`_tuning_tasks.py`). Runs of {dates}. Normalised regret, (best known \
- best so far) / (best known - median of random candidates), after {checkpoints} \
evaluations: mean over tasks and seeds ± standard error over seeds, the tasks being \
fixed. Lower is better. Best known and median are of all stored searches of the task \
and {n_pool} more random candidates. CPU is that of a suggestion at one native \
thread, mean over all {n_evaluations}: for a peer, what asking and telling take; for \
`sklearn_hp`, all that the search does but fits. Fits are those of single folds, as a \
share of all folds of all candidates."""
RATIO_NOTE = """\
Mean regret of `sklearn_hp` over that of each peer, by the seeds that both have. \
± is the standard deviation over {n_bootstrap} bootstrap samples of tasks, and of \
seeds of each: how far the ratio may be another on other tasks like these. Below 1, \
ours is better."""
OURS_NOTE = """\
`sklearn_hp` is `BayesSearchCV`, with its defaults and one worker. It begins with the \
estimator's own parameters if they lie in the space, and with points learnt on other \
data sets (`benchmarks/experience`), none of them one of these tasks. With \
`initial_points=None` it begins with the estimator's own parameters only. Without \
start points, it knows what the peers know. By racing, it drops candidates before \
their last fold: these count as evaluated, and never as the best. With \
`racing=False`, all folds of all candidates are fitted, as the peers do."""
FAMILY_NOTE = "Mean regret after {} evaluations by family of models."
TASK_NOTE = """\
Mean regret after {} evaluations by task. In brackets the number of parameters."""


@dataclass(frozen=True)
class Searches:
    """The stored searches of one optimiser over the reported tasks.

    regret : (n_seeds, n_tasks, n_checkpoints); cpu_ms: mean over all suggestions.
    fits : share of all folds of all candidates that were fitted.
    """

    label: str
    seeds: list[int]
    regret: np.ndarray
    cpu_ms: float
    fits: float

    @property
    def by_seed(self):
        """Mean regret over the tasks, of shape (n_seeds, n_checkpoints)."""
        return self.regret.mean(axis=1)


def make_report(runs, tasks, optimisers):
    """Return the paragraphs and tables of the report.

    Parameters
    ----------
    runs : dict
        The stored line of each (optimiser, task, seed).
    tasks : list of TuningTask
        The tasks to report.
    optimisers : list of str
        Those to report; without a stored search of all tasks they are left out.

    Returns
    -------
    body : list of str
        Markdown.
    """
    runs = {key: run for key, run in runs.items() if key[1] in {t.name for t in tasks}}
    scales = [scale_of(runs, task.name) for task in tasks]
    searches = {}
    for name in [name for name in OPTIMISERS if name in optimisers]:
        found = _collect(runs, name, tasks, scales)
        if found is None:
            print(f"{name}: no seed with all tasks stored", file=sys.stderr)
            continue
        searches[name] = found
        if name == "random":
            searches[TWICE] = _collect(runs, name, tasks, scales, factor=2)
    dates = sorted({run["date"] for run in runs.values()})
    note = NOTE.format(
        n_tasks=len(tasks),
        dates=dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
        checkpoints=_join(CHECKPOINTS),
        n_pool=sum(len(r["scores"]) for k, r in runs.items() if k[0] == "pool")
        // len(tasks),
        n_evaluations=N_EVALUATIONS,
    )
    body = [note, _regret_table(searches)]
    if "ours" in searches:
        body.insert(1, OURS_NOTE)
    if any(name in searches for name in OURS):
        ratio_note = RATIO_NOTE.format(n_bootstrap=N_BOOTSTRAP)
        body += ["## Ratio to each peer", ratio_note, _ratio_table(searches)]
    short = " / ".join(map(str, SHORT_CHECKPOINTS))
    families = _family_table(searches, tasks)
    body += ["## By family", FAMILY_NOTE.format(short), families]
    body += ["## By task", TASK_NOTE.format(short), _task_table(searches, tasks)]
    return [*body, _scale_table(tasks, scales)]


def scale_of(runs, task):
    """Return the best known score of a task, and the median of random candidates."""
    scores = {key: run["scores"] for key, run in runs.items() if key[1] == task}
    random = [s for key, s in scores.items() if key[0] in ("pool", "random")]
    best = np.nanmax(np.concatenate(list(scores.values())))
    return best, np.nanmedian(np.concatenate(random))


def _collect(runs, name, tasks, scales, factor=1):
    """Return the searches of one optimiser, of the seeds that have every task."""
    seeds = sorted({seed for optimiser, _, seed in runs if optimiser == name})
    seeds = [s for s in seeds if all((name, t.name, s) in runs for t in tasks)]
    if not seeds:
        return None
    regret = [
        [
            normalised_regret(runs[name, task.name, seed]["scores"], *scale, factor)
            for task, scale in zip(tasks, scales, strict=True)
        ]
        for seed in seeds
    ]
    found = [runs[name, task.name, seed] for seed in seeds for task in tasks]
    cpu_ms = statistics.fmean(statistics.fmean(run["cpu_ms"]) for run in found)
    fits = sum(run["n_fits"] for run in found)
    fits /= sum(N_FOLDS * len(run["scores"]) for run in found)
    label = OPTIMISERS[name].label
    label = label if factor == 1 else f"{label}, twice the evaluations"
    return Searches(label, seeds, np.array(regret), cpu_ms, fits)


def normalised_regret(scores, best, median, factor=1):
    """Return the normalised regret at the checkpoints; 1 while nothing succeeded."""
    so_far = np.fmax.accumulate(np.asarray(scores, dtype=float))
    last = [min(factor * n, len(so_far)) - 1 for n in CHECKPOINTS]
    regret = (best - so_far[last]) / (best - median)
    return np.nan_to_num(np.maximum(regret, 0.0), nan=1.0)


def _regret_table(searches):
    columns = ["optimiser", "seeds", *(f"after {n}" for n in CHECKPOINTS)]
    rows = [
        [
            f"**{s.label}**" if name in OURS else s.label,
            str(len(s.seeds)),
            *(_mean_and_error(column) for column in s.by_seed.T),
            f"{100 * s.fits:.0f} %",
            f"{s.cpu_ms:.1f}" if s.cpu_ms >= 0.1 else "",
        ]
        for name, s in searches.items()
    ]
    return comparison.markdown_table([*columns, "fits", "CPU [ms]"], rows)


def _ratio_table(searches):
    columns = ["ours", "over", "seeds", *(f"after {n}" for n in CHECKPOINTS)]
    rows = []
    for rank, ours in enumerate(OURS):
        for name, peer in searches.items():
            if ours not in searches or name in OURS[: rank + 1]:
                continue
            rows.append(_ratio_row(searches[ours], peer))
    return comparison.markdown_table(columns, [row for row in rows if row])


def _ratio_row(ours, peer):
    seeds = sorted(set(ours.seeds) & set(peer.seeds))
    if not seeds:
        return None
    a, b = (s.regret[[s.seeds.index(i) for i in seeds]] for s in (ours, peer))
    return [ours.label, peer.label, str(len(seeds)), *_ratios(a, b)]


def _ratios(ours, theirs):
    """Format ratios of mean regrets, (n_seeds, n_tasks, n_checkpoints) each."""
    rng = np.random.default_rng(0)
    n_seeds, n_tasks, _ = ours.shape
    ratios = []
    for _ in range(N_BOOTSTRAP):
        tasks = rng.integers(n_tasks, size=n_tasks)
        seeds = rng.integers(n_seeds, size=(n_seeds, n_tasks))
        ratios.append(
            ours[seeds, tasks].mean(axis=(0, 1))
            / theirs[seeds, tasks].mean(axis=(0, 1))
        )
    ratio = ours.mean(axis=(0, 1)) / theirs.mean(axis=(0, 1))
    errors = np.std(ratios, axis=0)
    return [f"**{r:.2f}** ± {e:.2f}" for r, e in zip(ratio, errors, strict=True)]


def _family_table(searches, tasks):
    families = list(dict.fromkeys(task.family for task in tasks))
    rows = []
    for family in families:
        of_family = [task.family == family for task in tasks]
        rows.append(
            [f"{family} ({sum(of_family)})", *_short_cells(searches, of_family)]
        )
    return comparison.markdown_table(["family (tasks)", *_labels(searches)], rows)


def _task_table(searches, tasks):
    rows = []
    for i, task in enumerate(tasks):
        only = [j == i for j in range(len(tasks))]
        name = f"{task.name} ({task.n_parameters})"
        rows.append([name, *_short_cells(searches, only)])
    return comparison.markdown_table(["task", *_labels(searches)], rows)


def _scale_table(tasks, scales):
    columns = ["task", "table", "rows", "score", "median of random", "best known"]
    rows = [
        [
            task.name,
            task.table,
            f"{task.n_rows}",
            task.scoring,
            f"{low:.4g}",
            f"{best:.4g}",
        ]
        for task, (best, low) in zip(tasks, scales, strict=True)
    ]
    return comparison.markdown_table(columns, rows)


def _short_cells(searches, task_mask):
    at = [CHECKPOINTS.index(n) for n in SHORT_CHECKPOINTS]
    for s in searches.values():
        mean = s.regret[:, task_mask].mean(axis=(0, 1))[at]
        yield " / ".join(f"{value:.3f}" for value in mean)


def _labels(searches):
    return [s.label for s in searches.values()]


def _mean_and_error(values):
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return comparison.mean_and_error(values)


def _join(numbers):
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}"
