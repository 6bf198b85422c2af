"""What pytest does not look into, where the extra `torch` is not installed."""

from importlib.util import find_spec

collect_ignore = []
if not (find_spec("torch") and find_spec("skorch")):
    collect_ignore += [
        "docs/user_guide/neural_networks.rst",
        "sklearn_hp/neural_network",
        "tests/neural_network",
    ]
