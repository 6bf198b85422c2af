"""FLAML's CFO and BlendSearch: asked for a candidate, told its score and its time."""

import math

import numpy as np
from _optimisers import Choice, PeerSpace

FAILED = 1e6  # the loss of a candidate that failed


class Flaml:
    """A search of FLAML, by the name of its class.

    It is given the values that the cheapest candidates have, from which it starts.
    """

    def __init__(self, task, seed, name):
        import flaml
        from flaml import tune

        np.random.seed(seed)  # noqa: NPY002 - it draws from the global stream
        self._space = PeerSpace(task.param_distributions)
        domains = self._space.domains
        self._search = getattr(flaml, name)(
            metric="loss",
            mode="min",
            space={key: _as_flaml(tune, domain) for key, domain in domains.items()},
            low_cost_partial_config={
                key: self._encode(key, value) for key, value in task.cheap.items()
            },
            seed=seed,
        )
        self._number = -1

    def _encode(self, key, value):
        values = self._space.dimensions[key].values
        return value if values is None else values.index(value)

    def ask(self):
        self._number += 1
        self._config = None
        while self._config is None:  # it asks to be asked again
            self._config = self._search.suggest(str(self._number))
        return self._space.suggest(lambda key, _: self._config[key], flat=True)

    def tell(self, params, score):
        self._loss = -score if math.isfinite(score) else FAILED

    def tell_cost(self, seconds, left):
        """Pass score and seconds on; it has no use for the share of time left."""
        result = {"loss": self._loss, "time_total_s": seconds, "training_iteration": 1}
        result |= {f"config/{key}": value for key, value in self._config.items()}
        result["config"] = self._config
        self._search.on_trial_complete(str(self._number), result)


def _as_flaml(tune, domain):
    if isinstance(domain, Choice):
        return tune.choice(list(range(domain.n)))
    if domain.integer:
        kind = tune.lograndint if domain.log else tune.randint
        return kind(int(domain.low), int(domain.high) + 1)
    return (tune.loguniform if domain.log else tune.uniform)(domain.low, domain.high)
