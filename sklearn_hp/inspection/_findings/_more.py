"""Whether more candidates would help.

The bounds were chosen on the functions of benchmarks/importance.py, with seeds below
100. benchmarks/more_candidates.py says how often they are right, with other seeds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sklearn_hp.inspection._data import Metric, SearchData
from sklearn_hp.inspection._findings._finding import Finding, comparable_rows
from sklearn_hp.inspection._model import ScoreModel, fit_model

N_MORE = 25
_FEWEST = 20  # candidates of which this can be told
# Random ones may all have missed a good region.
_FEWEST_TO_STOP_AT_RANDOM = 40
# In distances from the median of the scores to the best.
_LITTLE_AT_RANDOM, _MUCH_AT_RANDOM = 0.01, 0.1  # of what 25 random ones gain
_LITTLE = 0.005  # of the improvement by the most promising one
KINDS = ("more candidates hardly help", "more candidates help")


def more_candidates(data: SearchData) -> Iterator[Finding]:
    """Yield whether 25 more candidates of the same space would help.

    Of a search that learns from its scores, only if they would not: that they would is
    told no better than by chance.
    """
    # a grid has no more of the same; a rung has few candidates
    if data.best is None or "Grid" in data.kind or data.resource is not None:
        return
    rows, metric = comparable_rows(data), data.metrics[0]
    scores = data.scores[metric.name][rows]
    if len(rows) < _FEWEST:
        return
    spread = float(scores.max() - np.median(scores))
    model = fit_model(data, metric)
    if model is None or spread == 0:
        return
    yield from _judged(data, model, metric, spread, len(rows))


def _judged(
    data: SearchData, model: ScoreModel, metric: Metric, spread: float, n: int
) -> Iterator[Finding]:
    if not data.drawn_at_random:
        gain = model.expected_improvement()
        if gain < _LITTLE * spread:
            what = f"The most promising candidate is expected to gain {gain:.2g}"
            yield _hardly(what, metric, gain / spread)
        return
    gain = model.expected_gain(N_MORE)
    what = f"The best of {N_MORE} more is expected to gain {gain:.2g}"
    if gain < _LITTLE_AT_RANDOM * spread and n >= _FEWEST_TO_STOP_AT_RANDOM:
        yield _hardly(what, metric, gain / spread)
    elif gain >= _MUCH_AT_RANDOM * spread:
        yield Finding(
            kind=KINDS[1],
            severity="advice",
            what="More candidates would likely find a better score.",
            evidence=_evidence(what, metric, gain / spread),
            advice=f"Search on, with {N_MORE} more; BayesSearchCV needs fewer.",
        )


def _hardly(what: str, metric: Metric, share: float) -> Finding:
    return Finding(
        kind=KINDS[0],
        severity="note",
        what="More candidates of the same space would hardly help.",
        evidence=_evidence(what, metric, share),
        advice=(
            "Change the space, the features or the kind of model if you need a better "
            "score."
        ),
    )


def _evidence(what: str, metric: Metric, share: float) -> str:
    return (
        f"{what} in {metric.label}, {share:.1%} of the distance from the median "
        f"candidate to the best, by a model of the scores."
    )
