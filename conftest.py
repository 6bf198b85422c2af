"""What is not collected where an optional dependency is missing."""

from importlib.util import find_spec

collect_ignore_glob = []

if not (find_spec("torch") and find_spec("skorch")):
    collect_ignore_glob += [
        "sklearn_hp/neural_network/*",
        "tests/neural_network/*",
        "docs/user_guide/neural_network*",
    ]
