"""
Classify images with a convolutional network
============================================

A convolutional network learns to read 1,797 handwritten digits, of 8 x 8 pixels each.
:class:`~sklearn_hp.BayesSearchCV` finds how deep and how wide the network should be,
how fast it should learn, and how much to regularise it. Early stopping finds how long
to train it.
"""

# %%
# The data
# --------
# We train on 600 images, which keeps this page quick, and hold out the others for the
# end. The network takes an array of shape (number of images, height, width).

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(
    digits.images, digits.target, train_size=600, stratify=digits.target, random_state=0
)

fig, axes = plt.subplots(1, 12, figsize=(10, 1.2), layout="constrained")
for ax, image, label in zip(axes, X_train, y_train, strict=False):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(label)
    ax.axis("off")
plt.show()

# %%
# The network
# -----------
# :class:`~sklearn_hp.neural_network.TorchCNNClassifier` consists of blocks. Each looks
# at small patches of the image, and halves its size. With ``early_stopping=True`` a fit
# sets a tenth of its training images aside. It ends when the loss on those has not
# improved for `n_iter_no_change` epochs, and keeps the best weights. The search scores
# on other images.

from sklearn_hp.neural_network import TorchCNNClassifier

cnn = TorchCNNClassifier(
    early_stopping=True, n_iter_no_change=3, device="cpu", random_state=0
)

# %%
# The space
# ---------
# Rates and penalties get a logarithmic scale. A list of numbers is ordered: the search
# infers something about 8 channels from the scores of 4 and 16.

from scipy.stats import loguniform, uniform

param_distributions = {
    "n_blocks": [1, 2, 3],
    "channels": [4, 8, 16],
    "learning_rate_init": loguniform(3e-4, 3e-2),
    "batch_size": [32, 64, 128],
    "max_epochs": [5, 10, 20],
    "weight_decay": loguniform(1e-4, 1e-1),  # the L2 penalty
    "dropout": uniform(0, 0.5),
}

# %%
# The search
# ----------
# We score by log loss, because the accuracy of most candidates is near 1. The log loss
# shows differences between them that the accuracy does not.

import pandas as pd
from sklearn.model_selection import StratifiedKFold

from sklearn_hp import BayesSearchCV

search = BayesSearchCV(
    cnn,
    param_distributions,
    n_iter=12,
    scoring=["neg_log_loss", "accuracy"],
    refit="neg_log_loss",
    cv=StratifiedKFold(3, shuffle=True, random_state=0),
    racing=False,  # to see the accuracy of all candidates
    n_jobs=2,
    random_state=0,
).fit(X_train, y_train)

results = pd.DataFrame(search.cv_results_).sort_values("rank_test_neg_log_loss")
columns = [f"param_{name}" for name in param_distributions]
columns += ["mean_n_iter", "mean_test_accuracy", "mean_test_neg_log_loss"]
table = results[columns].rename(columns=lambda name: name.removeprefix("param_"))
table.head().round(4)

# %%
# `mean_n_iter` is the epoch whose weights were kept, as a mean over the splits. The
# search trains the best candidate on all 600 images for as many epochs, with the same
# schedule of the learning rate. It sets no images aside:

network = search.best_estimator_
print(f"max_epochs={network.max_epochs}, early_stopping={network.early_stopping}")

# %%
# How it stops
# ------------
# A fitted network keeps its loss curves. To see training end before the last epoch, we
# train the best candidate once more, with more epochs than it needs. It ends three
# epochs after the best one, and goes back to the weights of that epoch.

from sklearn.base import clone

watched = clone(cnn).set_params(**{**search.best_params_, "max_epochs": 30})
watched.fit(X_train, y_train)

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
epochs = range(1, watched.n_iter_ + 1)
ax.plot(epochs, watched.loss_curve_, label="training images, with dropout")
stopping_loss = [-score for score in watched.validation_scores_]
ax.plot(epochs, stopping_loss, label="images set aside")
ax.axvline(watched.best_n_iter_, color="0.5", linestyle="--", label="weights kept")
ax.set(xlabel="Epoch", ylabel="Log loss", yscale="log", title="Early stopping")
ax.grid(color="0.92")
fig.legend(loc="outside lower center", ncols=3, frameon=False)
plt.show()

# %%
# On images held out
# ------------------
# We compare the tuned network with the default one.

from sklearn.metrics import accuracy_score, log_loss

untuned = TorchCNNClassifier(device="cpu", random_state=0).fit(X_train, y_train)
print(f"{'held out':<12}{'accuracy':>10}{'log loss':>10}")
for name, model in {"untuned": untuned, "tuned": network}.items():
    accuracy = accuracy_score(y_test, model.predict(X_test))
    loss = log_loss(y_test, model.predict_proba(X_test))
    print(f"{name:<12}{accuracy:>10.4f}{loss:>10.4f}")

# %%
# With 1,197 images, the accuracy is exact to about ±0.004, so the two are equally
# accurate. The search was asked to improve the log loss, and it did: the probabilities
# of the tuned network are better.

from sklearn.metrics import ConfusionMatrixDisplay

fig, ax = plt.subplots(figsize=(6, 5.2), layout="constrained")
ConfusionMatrixDisplay.from_estimator(
    network, X_test, y_test, ax=ax, cmap="Blues", colorbar=False
)
ax.set(title=f"{len(y_test)} digits held out", xlabel="Predicted", ylabel="True")
plt.show()
