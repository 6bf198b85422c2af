"""A sampler that says what it was told."""


class NotingSampler:
    """Proposes numbers; `told` is the latest observation by trial number."""

    takes_estimates = True

    def __init__(self, n_candidates):
        self.n_candidates = n_candidates
        self.n_asked = 0
        self.told = {}

    def ask(self):
        if self.n_asked == self.n_candidates:
            return None
        self.n_asked += 1
        return {"a": self.n_asked - 1}

    def tell(self, trial, observation):
        assert trial.params == {"a": trial.number}
        self.told[trial.number] = observation
