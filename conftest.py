"""What pytest does not look into where torch and skorch are not installed."""

from importlib.util import find_spec

collect_ignore = []
if not (find_spec("torch") and find_spec("skorch")):
    collect_ignore += [
        "docs/user_guide/neural_networks.rst",
        "sklearn_hp/neural_network",
        "tests/neural_network",
    ]


def pytest_report_header():
    """Name what is left out, so that it is not left out in silence."""
    if collect_ignore:
        return f"without torch and skorch: {', '.join(collect_ignore)} left out"
    return None
