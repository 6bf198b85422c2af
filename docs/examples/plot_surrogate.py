"""
What the search believes
========================

:class:`~sklearn_hp.BayesSearchCV` keeps a model of how the score depends on the
parameters, and looks next where that model promises most. With one parameter we can
draw this. Here it is after 3, 6 and 12 candidates.
"""

# %%
# One parameter
# -------------
# A support vector machine predicts how far diabetes has progressed in a year. We tune
# only `gamma`, which sets the width of its kernel, over five orders of magnitude.

from scipy.stats import loguniform
from sklearn.datasets import load_diabetes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

X, y = load_diabetes(return_X_y=True)
pipeline = make_pipeline(StandardScaler(), SVR(C=100))
param_distributions = {"svr__gamma": loguniform(1e-5, 1)}

# %%
# For comparison we compute the scores of a fine grid, which the search does not see.

import numpy as np

from sklearn_hp import BayesSearchCV, GridSearchCV

gamma = param_distributions["svr__gamma"].ppf(np.linspace(0, 1, 50))
grid = GridSearchCV(pipeline, {"svr__gamma": gamma}, n_jobs=2, refit=False).fit(X, y)
candidates = grid.cv_results_["params"]

# %%
# Asking the sampler
# ------------------
# After a search, `sampler_` is the object that proposed the candidates. Its `ask`
# returns the next candidate. Its `predict` returns the score that it expects of a
# candidate, and a standard deviation that says how sure it is. *Expected improvement*
# combines the two: it is the average amount by which a candidate would beat the best
# score so far. It is large where the expected score is high, and where little is known.

# %%
# Three searches
# --------------
# One seed gives one sequence of candidates, so the longer searches begin like the
# shorter ones. With `n_pending=0` each candidate is chosen from the scores of all
# before it. The first three do not come from the model. With `initial_points=None` they
# are spread evenly, as if nothing was known about support vector machines. With
# `racing=False` each candidate runs on all splits, so the picture shows no estimates.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(
    2, 3, figsize=(10, 5.4), sharex=True, height_ratios=[3, 1], layout="constrained"
)
for (top, bottom), n_iter in zip(axes.T, [3, 6, 12], strict=True):
    search = BayesSearchCV(
        pipeline,
        param_distributions,
        n_iter=n_iter,
        n_initial_points=3,
        initial_points=None,
        n_pending=0,
        racing=False,
        random_state=0,
    ).fit(X, y)
    following = search.sampler_.ask()
    mean, std = search.sampler_.predict(candidates)
    improvement = search.sampler_.expected_improvement(candidates)

    top.fill_between(
        gamma,
        mean - 2 * std,
        mean + 2 * std,
        color="tab:blue",
        alpha=0.15,
        linewidth=0,
        label="± 2 standard deviations",
    )
    top.plot(gamma, mean, color="tab:blue", label="expected score")
    top.plot(
        gamma,
        grid.cv_results_["mean_test_score"],
        "--",
        color="0.4",
        label="true score",
    )
    top.plot(
        [params["svr__gamma"] for params in search.cv_results_["params"]],
        search.cv_results_["mean_test_score"],
        "o",
        color="black",
        markersize=5,
        label="evaluated",
        zorder=3,
    )
    bottom.fill_between(gamma, improvement, color="tab:orange", alpha=0.4, linewidth=0)
    for ax in (top, bottom):
        ax.axvline(following["svr__gamma"], color="tab:orange", label="next")
        ax.grid(axis="y", color="0.92")
        ax.set_axisbelow(True)
    top.set(title=f"{n_iter} candidates", xscale="log", ylim=(-0.1, 0.6))
    bottom.set(
        xlabel="gamma",
        yticks=[],
        title=f"up to {improvement.max():.1g}",
        ylim=(0, None),
    )
    bottom.title.set(fontsize="medium", color="0.35")
axes[0, 0].set(ylabel="R², mean of 5 splits")
axes[1, 0].set(ylabel="expected\nimprovement")
handles, labels = axes[0, 0].get_legend_handles_labels()
fig.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
plt.show()

# %%
# After three candidates, all of them in the middle, the model expects nearly the same
# score everywhere. That is wrong at both ends. But the model says that the best place
# to look is beside the best candidate, and that is right. After six candidates it knows
# the middle well, and looks next at the end that it knows least about. After twelve it
# has seen both ends and is back in the middle, where little is left to gain. It still
# knows little about the slopes, but it is sure that the best score is elsewhere. This
# is how a model saves fits: it learns the score well only where the score is high.
