"""How good the standard error of `WithinOneStandardError` is, with and without a ratio.

Two models are cross-validated on many samples of 300 rows that do not overlap. Their
mean difference varies from sample to sample: its standard deviation is the truth. From
the splits of each sample, the rule estimates it, by ``sqrt(var / k)``, and with Nadeau
and Bengio's ratio of the sizes of test and training sets, by ``sqrt(var * (1 / k +
ratio))``. The table has the root mean square of the estimates over the truth.
"""

from sys import stderr

import _comparison as comparison
import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

N_ROWS = 300
PAIRS = {
    "tree of depth 3, of depth 6": (
        DecisionTreeClassifier(max_depth=3, random_state=0),
        DecisionTreeClassifier(max_depth=6, random_state=0),
    ),
    "5 neighbours, 25": (KNeighborsClassifier(5), KNeighborsClassifier(25)),
    "tree of depth 5, naive Bayes": (
        DecisionTreeClassifier(max_depth=5, random_state=0),
        GaussianNB(),
    ),
    "logistic regression with C=0.01, 1": (
        LogisticRegression(C=0.01),
        LogisticRegression(C=1),
    ),
}
# name: splitter, size of a test set over that of its training set
SPLITTERS = {
    "3 folds": (StratifiedKFold(3), 1 / 2),
    "5 folds": (StratifiedKFold(5), 1 / 4),
    "10 folds": (StratifiedKFold(10), 1 / 9),
    "4 x 5 folds": (
        RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0),
        1 / 4,
    ),
    "10 drawn at random, a fifth tests": (
        StratifiedShuffleSplit(10, test_size=0.2, random_state=0),
        1 / 4,
    ),
}


def differences(pair, cv, n_samples):
    """Return the differences by split on each sample, (n_samples, k)."""
    X, y = make_classification(
        N_ROWS * n_samples,
        n_features=12,
        n_informative=6,
        flip_y=0.1,
        class_sep=0.7,
        random_state=0,
    )
    rows = np.arange(len(X)).reshape(n_samples, N_ROWS)
    first, second = (
        [
            cross_val_score(model, X[r], y[r], cv=cv, scoring="neg_brier_score")
            for r in rows
        ]
        for model in PAIRS[pair]
    )
    return np.subtract(first, second)


def make_row(splitter, pair, n_samples):
    """Return a row of the table."""
    cv, ratio = SPLITTERS[splitter]
    d = differences(pair, cv, n_samples)
    truth = d.mean(axis=1).std(ddof=1)
    variance = d.var(axis=1, ddof=1).mean()
    k = d.shape[1]
    estimates = np.sqrt([variance / k, variance * (1 / k + ratio)])
    print(splitter, pair, file=stderr)
    return [splitter, pair, *(f"{estimate / truth:.2f}" for estimate in estimates)]


def main(args):
    """Compare for each kind of splits and pair of models; publish the table."""
    rows = [make_row(s, pair, args.samples) for s in SPLITTERS for pair in PAIRS]
    columns = ["splits", "models", "without a ratio", "with it"]
    note = (
        f"Estimated standard error of a paired difference of Brier scores, over the "
        f"true one; {args.samples} samples of {N_ROWS} rows, so each number is known "
        f"to {100 / np.sqrt(2 * args.samples):.0f} %."
    )
    table = comparison.markdown_table(columns, rows)
    comparison.publish("Standard error over splits", [note, table], args.output)


if __name__ == "__main__":
    parser = comparison.make_parser(__doc__)
    parser.add_argument("--samples", type=int, default=150, help="default: 150")
    main(parser.parse_args())
