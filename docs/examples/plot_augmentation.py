"""
Change training images at random
================================

A network that reads digits has to know that a 3 is a 3 wherever it stands. With few
images it cannot learn that from the data. `augmentation` shows it each image anew in
every epoch: shifted, rotated, cropped or flipped. A search finds out which of these
help.
"""

# %%
# The data
# --------
# We put each digit, of 8 x 8 pixels, somewhere on a canvas of 12 x 12. We train on 300
# of them and hold out the others.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
rng = np.random.default_rng(0)
images = np.zeros((len(digits.images), 12, 12))
for canvas, image in zip(images, digits.images, strict=True):
    down, right = rng.integers(5, size=2)
    canvas[down : down + 8, right : right + 8] = image
X_train, X_test, y_train, y_test = train_test_split(
    images, digits.target, train_size=300, stratify=digits.target, random_state=0
)

# %%
# What the network sees
# ---------------------
# "shift" moves an image by up to a tenth of its height and width, "rotate" turns it by
# up to 10 degrees. A dict gives other strengths. A function of a batch of images can do
# anything else; here one keeps what the network sees, to show it.

from sklearn_hp.neural_network import TorchCNNClassifier

seen = []


def look(batch):
    seen.append(batch[0, 0].numpy(force=True))
    return batch


network = TorchCNNClassifier(channels=8, max_epochs=8, device="cpu", random_state=0)
network.set_params(augmentation=[{"shift": 0.2, "rotate": 15}, look])
network.fit(X_train[[0, 0]], y_train[[0, 0]])  # twice the same

fig, axes = plt.subplots(1, 8, figsize=(10, 1.5), layout="constrained")
for epoch, (ax, image) in enumerate(zip(axes, seen, strict=True), start=1):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(f"epoch {epoch}")
    ax.axis("off")
plt.show()

# %%
# The search
# ----------
# `augmentation` is a parameter like any other. Flips are among the choices to show that
# not all changes help: a digit that is flipped is no digit any more. Training lasts 60
# epochs, as images that are always new take longer to learn.

import pandas as pd

from sklearn_hp import GridSearchCV

network.set_params(max_epochs=60, learning_rate_init=0.01, batch_size=32)
choices = [None, "flip", "shift", {"shift": 0.2}]
search = GridSearchCV(
    network, {"augmentation": choices}, scoring="neg_log_loss", cv=3, n_jobs=2
).fit(X_train, y_train)

results = pd.DataFrame(search.cv_results_)
results["augmentation"] = [str(choice) for choice in choices]
columns = ["augmentation", "mean_test_score", "std_test_score", "mean_fit_time"]
results[columns].round(3)

# %%
# On images held out
# ------------------
# Shifts are what these images need:

without = search.estimator.set_params(augmentation=None).fit(X_train, y_train)
print(f"without       {without.score(X_test, y_test):.3f}")
found = search.best_estimator_
print(f"{found.augmentation!s:<14}{found.score(X_test, y_test):.3f}")
