"""What is known of the networks that no table was run for.

How a network is trained depends less on its layers than on the data. So the training
parameters of any module are taken from the scores of our multilayer perceptrons. Those
of the convolutional network are from `images.py`, which has few candidates: its ranges
are those that the candidates were drawn from.
"""

from _portfolio import METRICS, greedy, make_point, make_tasks
from _scores import candidates_in, file_of, read
from _spaces import CNN, Range

TRAINING = ["learning_rate_init", "weight_decay", "batch_size"]
# Scores of the perceptrons are of 20 epochs; the ends are those that users try.
EPOCHS = {"low": 10, "high": 100, "log": True, "integer": True}
# The images that were measured have 8 to 12 pixels to a side. Three blocks, the most
# that were tried, were best for them; larger images take more.
MOST_BLOCKS = 4
# With early stopping the number of epochs is only the most that there may be.
ONLY_IF = {"max_epochs": {"early_stopping": [False]}}
PRODUCTS = [["learning_rate_init", "max_epochs", 0.5]]


def derive(estimators, folder):
    """Return entries of other networks, by key.

    Parameters
    ----------
    estimators : dict
        What was learnt, as it is written.
    folder : Path
        Of the scores.
    """
    entries = {}
    for kind in ("Classifier", "Regressor"):
        perceptron = estimators[f"sklearn_hp.TorchMLP{kind}"]
        entries[f"sklearn_hp.TorchCNN{kind}"] = of_images(perceptron, folder)
        entries[f"sklearn_hp.Torch{kind}"] = of_any_module(perceptron)
    return entries


def of_any_module(perceptron):
    """Return what is known of a module of the user's."""
    n_epochs = perceptron["fixed"]["max_epochs"]
    portfolios = {
        name: [
            {
                **{parameter: point[parameter] for parameter in TRAINING},
                "max_epochs": n_epochs,
            }
            for point in perceptron[name]
        ]
        for name in ("points", "points_alike")
        if name in perceptron
    }
    ranges = {name: perceptron["ranges"][name] for name in TRAINING}
    return {
        **_of_network(perceptron, perceptron["measured"]),
        "suggested": [*TRAINING, "max_epochs"],
        "ranges": {**ranges, "max_epochs": EPOCHS},
        **portfolios,
    }


def of_images(perceptron, folder):
    """Return what is known of the convolutional network."""
    head, lines = read(file_of(folder, "TorchCNNClassifier"))
    candidates = candidates_in(head)
    tasks = make_tasks(lines, METRICS["classification"])
    chosen = greedy(tasks.R, tasks.weights)
    points = [make_point(candidates[c], ONLY_IF) for c in chosen]
    ranges = {name: _range_of(values) for name, values in CNN.items()}
    is_classifier = perceptron["kind"] == "classification"
    return {
        **_of_network(perceptron, head["estimator"]),
        "suggested": [*CNN],
        "ranges": {**ranges, "n_blocks": {**ranges["n_blocks"], "high": MOST_BLOCKS}},
        "points": points,
        **({"points_alike": points} if is_classifier else {}),
    }


def _of_network(perceptron, measured):
    return {
        "kind": perceptron["kind"],
        "measured": measured,
        "only_if": ONLY_IF,
        "products": PRODUCTS,
        "fixed": {"early_stopping": False},
    }


def _range_of(values):
    if not isinstance(values, Range):
        return {"choices": values}
    return {
        "low": values.low,
        "high": values.high,
        "log": values.log,
        "integer": values.integer,
    }
