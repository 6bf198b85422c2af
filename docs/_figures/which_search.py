"""Draw what searches find with so many candidates, from the table of the benchmark."""

from pathlib import Path

import matplotlib.pyplot as plt

LOOKS = {
    "random search": ("random search", "tab:blue", "s"),
    "**sklearn_hp, initial_points=None**": (
        "Bayesian search, without experience",
        "tab:green",
        "^",
    ),
    "**sklearn_hp**": ("Bayesian search", "tab:orange", "o"),
}
N_CANDIDATES = [8, 16, 25, 50]


def regrets(text):
    """Return the mean regrets and their errors, by the name of the optimiser."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 7 and cells[1] in LOOKS and cells[1] not in found:
            pairs = [cell.split(" ± ") for cell in cells[3:7]]
            found[cells[1]] = [[float(part) for part in pair] for pair in pairs]
    return found


# the page runs this in the folder of this file
path = Path("../../benchmarks/results/sample_efficiency.md")
table = regrets(path.read_text(encoding="utf-8"))
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, (label, color, marker) in LOOKS.items():
    mean, error = zip(*table[name], strict=True)
    ax.errorbar(
        N_CANDIDATES, mean, error, marker=marker, color=color, capsize=3, label=label
    )
ax.set(
    xlabel="candidates",
    ylabel="distance to the best known score\n(1: a typical candidate)",
    ylim=(0, None),
    xticks=N_CANDIDATES,
)
ax.grid(color="0.92")
ax.set_axisbelow(True)
ax.legend(frameon=False)
